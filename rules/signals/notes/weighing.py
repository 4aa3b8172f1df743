"""What speaks for each category in a clause of a note, and a card of points for each.

The points are data (`notes/scorecard.yaml`), fitted to labelled texts by a tool. Nothing in here
knows a heading or decides what follows from a score.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from rules.signals.notes.clauses import NAME, Clause, Sentence
from rules.signals.notes.telling import Telling
from rules.signals.words.word_files import shipped_words

DISCUSSED: Final = "discussed"
PROPOSED: Final = "proposed"
NEXT: Final = "next"
#: Said without anybody, in English, it is ours: "Want", not "Wants".
_WANT: Final = frozenset({"want", "need", "hope", "think", "feel", "must", "reckon"})
#: What we do ends so in Spanish and Portuguese.
_WE_DO: Final = re.compile(r"[a-z]+[aei]mos")
_NO_VERBS: Final = frozenset({"ultimos", "proximos", "minimos", "maximos", "ramos", "tramos"})
_WHEN: Final = frozenset({"when", "idle"})
_NOT_BARE: Final = frozenset({"fault", "says", "step", "unreached", "warm", "not"})
_NOT_PLAIN: Final = frozenset({"warm", "unreached", "oneway", "idle"})
_SHUT: Final = frozenset({"shut", "place", "frame", "when"})
_AROUND: Final = 8  # clauses that are looked at on either side of one
_FEW: Final = 4  # words
_REACH: Final = 3  # words at the beginning of a clause, one of which says who
Counts = dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A clause with what stands around it."""

    clause: Clause
    rest: tuple[Clause, ...]  # of its sentence, itself the first
    before: tuple[Clause, ...]  # of its sentence
    previous: tuple[Clause, ...]  # the sentence before
    unreached: bool  # somewhere in the note nobody was reached
    oneway: bool  # somewhere in the note word was left
    spoken: bool  # somewhere the other side says something
    reached: bool  # somewhere they wrote or rang
    plain: bool  # nowhere it says how it was, or that nothing came of it
    first: bool  # of the first sentence
    last: bool  # of the last sentence
    telling: Telling


def seen_in(some: Sequence[Sentence], telling: Telling) -> Iterator[tuple[Seen, str]]:
    """Yield each clause of some sentences with what stands around it, and its sentence."""
    every = [clause for one in some for clause in one.clauses]
    unreached = any(map(_is_unreached, every))
    plain = not any(one.classes & _NOT_PLAIN for one in every)
    reached = any("reached" in one.classes for one in every)
    oneway = any("oneway" in one.classes for one in every)
    spoken = any("says" in one.classes and _is_theirs(one) for one in every)
    previous: tuple[Clause, ...] = ()
    for place, sentence in enumerate(some):
        for n, clause in enumerate(sentence.clauses):
            yield (
                Seen(
                    clause=clause,
                    rest=sentence.clauses[n : n + _AROUND],
                    before=sentence.clauses[max(0, n - _AROUND) : n],
                    previous=previous[-_AROUND:],
                    unreached=unreached,
                    oneway=oneway,
                    spoken=spoken,
                    reached=reached,
                    plain=plain,
                    first=place == 0,
                    last=place == len(some) - 1,
                    telling=telling,
                ),
                sentence.said,
            )
        previous = sentence.clauses


def _is_ours(one: Clause) -> bool:
    """Tell whether one of ours does it: "I ...", "On Monday we ...", "Want the drawings"."""
    first = one.words[:_REACH]
    if first[0].plain in _WANT or any("we" in word.classes for word in first):
        return True
    return any(_WE_DO.fullmatch(w.plain) and w.plain not in _NO_VERBS for w in first)


def _is_theirs(one: Clause) -> bool:
    """Tell whether one of theirs does it, or somebody by name."""
    return any(
        "they" in word.classes or (word.kind == NAME and not word.dated)
        for word in one.words[:_REACH]
    )


def _is_unreached(one: Clause) -> bool:
    """Tell whether nobody was reached: said in so many words, or "Shop shut"."""
    if "reached" in one.classes:
        return False
    others = [word for word in one.words if word.tells and not word.classes & _SHUT]
    shut = "shut" in one.classes and len(one.words) <= _FEW and not others
    return shut or "unreached" in one.classes


def _is_bare_date(one: Clause) -> bool:
    """Tell whether a clause is no more than a day: "Friday:", "Do. 9:30 nochmal"."""
    others = [word for word in one.words if word.tells and not word.classes & _WHEN]
    return one.dated and not others


def _told(seen: Seen) -> bool:
    """Tell whether we say it: "I said", or "Me:" before it."""
    if any("told" in one.classes for one in (*seen.rest, *seen.before[-1:])):
        return True
    return any(len(one.words) == 1 and "we" in one.classes for one in seen.before[-1:])


def _several(number: int, most: int) -> float:
    return float(min(number, most))


def counts(seen: Seen) -> dict[str, Counts]:
    """Return the named counts of each category but `discussed`."""
    return {PROPOSED: _offers(seen), NEXT: _steps(seen)}


def _step_shape(one: Clause, *, behind_date: bool) -> Counts:
    """Return how far a clause looks ahead, whatever for."""
    has = one.classes
    first = one.first
    begins = first is not None and "step" in first.classes
    return {
        "step": float("step" in has),
        "begins": float(begins),
        "ends": float("step" in one.words[-1].classes),  # "Maße abfragen", "lijst mailen"
        "will": float("will" in has),
        "dated": float(one.dated or behind_date),
        "dated_first": float(behind_date or (one.dated and _begins_with_date(one))),
    }


def _begins_with_offer(one: Clause) -> bool:
    return one.first is not None and "offer" in one.first.classes


def _begins_with_date(one: Clause) -> bool:
    return any("when" in word.classes or word.plain[:1].isdigit() for word in one.words[:2])


def _steps(seen: Seen) -> Counts:
    one = seen.clause
    left = [w for c in seen.rest for w in seen.telling.purposes(c)]
    if _begins_with_offer(one):  # "Suggested to talk again"
        left = [word for word in left if "offer" not in word.classes]
    deeds = [w for w in left if "step" in w.classes]
    it = any("it" in c.classes for c in seen.rest)
    aim = any("aim" in c.classes for c in seen.rest)
    which = any("which" in c.classes for c in seen.rest)
    what = bool(left) or it or (which and aim)
    dates = [*seen.before[-1:], *(seen.previous[-1:] if not seen.before else ())]
    shape = _step_shape(one, behind_date=any(map(_is_bare_date, dates)))
    has = one.classes
    ahead = bool(shape["step"] or shape["will"] or shape["dated"])
    begins = bool(shape["begins"])
    ours = _is_ours(one)
    return {
        **{name: value * what for name, value in shape.items()},
        "step_dated": shape["step"] * shape["dated"] * what,
        "step_will": shape["step"] * shape["will"] * what,
        "ours": float(ours) * shape["step"] * what,
        "ours_dated": float(ours) * shape["dated"] * what,
        "theirs": float(_is_theirs(one) and not ours) * what,
        "aim": float(aim and ahead) * what,
        "which": float(which and ahead),
        "it": float(it and ahead),
        "nothing_left": float(not what),
        "only_deeds": float(bool(deeds) and len(deeds) == len(left)),
        "definite": _several(sum(w.definite for w in left), 3) * ahead,
        "left": _several(len(left), 3) * ahead,
        "idle": float("idle" in has),
        "idle_rest": float(any("idle" in c.classes for c in seen.rest[1:])),
        "was": float("was" in has),
        "says": float("says" in has and not begins and not ours),
        "fault": float("fault" in has and not begins and not ours),
        "offer": float("offer" in has and (not begins or _begins_with_offer(one))),
        "could": float("could" in has or "deal" in has),
        "terms": float("terms" in has and not begins),
        "unreached": float(_is_unreached(one)),
        "oneway": float("oneway" in has),
        "not": float("not" in has),
        "asks": float(one.asks),
        "last": float(seen.last) * what,
        "first": float(seen.first),
    }


def _offers(seen: Seen) -> Counts:
    one = seen.clause
    has = one.classes
    everything = [w for c in seen.rest for w in c.telling("offer", "talk", "idle", "warm", "frame")]
    before = frozenset(x for c in seen.before for x in c.classes)
    prior = frozenset(x for c in seen.previous for x in c.classes)
    offer, terms, told = "offer" in has, "terms" in has, _told(seen)
    what = bool(everything) or one.amount or terms
    near = frozenset(x for c in (one, *seen.before[-1:]) for x in c.classes)
    condition = "if" in near or "deal" in has
    ours = _is_ours(one)
    bare = not has & _NOT_BARE
    return {
        "offer": float(offer and what),
        "offer_ours": float(offer and what and _is_ours(one)),
        "offer_theirs": float(offer and _is_theirs(one)),
        "could": float("could" in has and what),
        "could_ours": float("could" in has and what and _is_ours(one)),
        "could_if": float("could" in has and condition),
        "rather": float("rather" in has),
        "terms": float(terms),
        "two_terms": float(len({word.plain for word in one.words if "terms" in word.classes}) > 1),
        "deal": float("deal" in has),
        "if_terms": float(condition and (terms or one.amount)),
        "offer_terms": float(offer and terms),
        "could_terms": float("could" in has and terms),
        "told": float(told and what),
        "told_terms": float(told and (terms or one.amount or one.number)),
        "amount": float(one.amount),
        "amount_terms": float(one.amount and terms),
        "amount_ours": float(one.amount and ours and "step" not in has),
        "if_ours": float(condition and ours and not one.dated and what),
        "terms_bare": float(terms and bare),
        "or": float("or" in has and len(one.telling()) > 1),
        "or_told": float("or" in has and (told or "could" in has or offer)),
        "not": float("not" in has),
        "offer_not": float(offer and _taken_back(one)),
        "oneway": float("oneway" in has),
        "oneway_terms": float(terms and seen.oneway),
        "behind_oneway": float("oneway" in before or ("oneway" in prior and "step" not in has)),
        "nothing": float(not what),
        "talk": float(
            "talk" in has and not one.telling("talk", "offer", "idle", "warm", "step", "frame")
        ),
        "was": float("was" in has),
        "says": float("says" in has),
        "fault": float("fault" in has),
        "asks": float(one.asks),
        "asks_terms": float(one.asks and terms),
        "dated_step": float("step" in has and one.dated),
        "theirs": float(_is_theirs(one)),
    }


def _taken_back(one: Clause) -> bool:
    offers = [n for n, w in enumerate(one.words) if "offer" in w.classes]
    return any(
        "not" in w.classes and any(abs(n - m) <= 2 for m in offers) for n, w in enumerate(one.words)
    )


def talked(seen: Seen, here: Mapping[str, float], behind: Mapping[str, float]) -> Counts:
    """Return the counts of `discussed`.

    `here` are the chances of the other categories for the clause, `behind` the highest of them for
    the clauses before it in its sentence.
    """
    one = seen.clause
    has = one.classes
    facts = one.telling("warm", "frame", "idle", "unreached", "oneway")
    if all("says" in word.classes and "fault" not in word.classes for word in facts):
        facts = []
    definite = [w for w in facts if w.definite]
    warm = len({w.plain for w in one.words if "warm" in w.classes})
    frame = len({w.plain for w in one.words if "frame" in w.classes})
    before = frozenset(x for c in seen.before for x in c.classes)
    theirs, ours, fault = _is_theirs(one), _is_ours(one), "fault" in has
    some = bool(facts)
    said = fault or (theirs and "says" in has)
    return {
        "facts": _several(len(facts), 4),
        "some": float(some),
        "definite": _several(len(definite), 4),
        "two_definite": float(len(definite) > 1),
        "says": float("says" in has and some and not ours),
        "says_theirs": float("says" in has and some and theirs),
        "behind_says": float("says" in before and some),
        "fault": float(fault and some),
        "says_fault": float(fault and some and bool("says" in has or "says" in before)),
        "strong": float(any(w.kind == "strong" for w in one.words)),
        "number": float(one.number and not one.dated and some),
        "theirs": float(theirs and some),
        "ours": float(ours),
        "ours_unsaid": float(ours and "says" not in has),
        "warm": _several(warm, 3) * (not said),
        "warm_said": _several(warm, 3) * said,
        "frame": _several(frame, 3) * (not said),
        "plain_note": float(seen.plain and some),
        "denied": float("not" in has and some and not ours and not _is_unreached(one)),
        "idle": float("idle" in has),
        "unreached": float(_is_unreached(one)),
        "unreached_note": float(seen.unreached),
        "oneway": float("oneway" in has or "oneway" in before),
        "oneway_note": float(seen.oneway),
        "reached": float(seen.reached),
        "ahead": here[NEXT],
        "offered": here[PROPOSED],
        "behind_ahead": behind[NEXT],
        "behind_offered": behind[PROPOSED],
        "terms": float("terms" in has),
        "spoken": float(seen.spoken),
        "not": float("not" in has),
        "asks": float(one.asks),
    }


@dataclass(frozen=True, kw_only=True)
class Card:
    """The points of each count of one category."""

    base: float
    points: Mapping[str, float]

    def score(self, counted: Mapping[str, float]) -> float:
        """Return more than nought where a clause speaks for the category."""
        points = self.points
        return self.base + sum(points[name] * value for name, value in counted.items() if value)


def chance(score: float) -> float:
    """Return the chance that a score stands for, 0 to 1."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))


@cache
def shipped_cards() -> Mapping[str, Card]:
    """Return the points of each category that the package holds as data."""
    said = shipped_words("notes/scorecard.yaml")
    return {name: Card(base=one["base"], points=one["points"]) for name, one in said.items()}


def scores_of(some: Sequence[Seen], cards: Mapping[str, Card]) -> Iterator[Mapping[str, float]]:
    """Yield for each clause, in order, its score in each category; from nought on it is one."""
    for counted in every_count(some, cards):
        yield {name: cards[name].score(one) for name, one in counted.items()}


def every_count(some: Sequence[Seen], cards: Mapping[str, Card]) -> Iterator[dict[str, Counts]]:
    """Yield for each clause, in order, the counts of every category that has a card or comes last.

    `discussed` is counted on what the cards of the others say.
    """
    behind = dict.fromkeys((NEXT, PROPOSED), 0.0)
    for seen in some:
        counted = counts(seen)
        if not seen.before:
            behind = dict.fromkeys(behind, 0.0)
        here = {name: chance(cards[name].score(one)) for name, one in counted.items()}
        counted[DISCUSSED] = talked(seen, here, behind)
        behind = {name: max(at, here[name]) for name, at in behind.items()}
        yield counted
