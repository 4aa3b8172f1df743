"""What speaks for a purpose in a contact and what against it: named counts, and a card of points.

The points are data (`purpose/scorecard.yaml`), fitted to labelled texts by a tool. Nothing in here
decides what follows from a score.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from rules.signals.purpose.purpose_words import (
    DENIAL,
    EVIDENCE,
    NEWS,
    SMALL_TALK,
    STRONG,
    UNKNOWN,
    Tongue,
)
from rules.signals.purpose.statements import Statement
from rules.signals.words.word_files import shipped_words

#: A price, a share or a measure; other numbers, and dates, are no evidence.
_AMOUNT: Final = re.compile(
    r"\d\s?[%€$£°]|[€$£]\s?\d|\d\s?(?:[mck]?m[²³]?|k?g|k?wh?|k?va|volts?|amp|ml|bar)\b",
    re.IGNORECASE,
)
_REACH: Final = 3  # words
_LONG: Final = 8  # words beside the phrases; a short answer may mean what was asked
_MOST: Final = 6  # of a count; more of the same says no more


@dataclass(frozen=True, kw_only=True)
class Weighed:
    """A statement and what its words are, names left out."""

    left: tuple[str, ...]  # words that say something definite
    strong: tuple[str, ...]  # of them, decisions, deeds and faults
    small: int  # words of small talk
    news: int  # words of a firm's pride
    phrases: tuple[str, ...]  # classes of the phrases in it
    words: int  # different ones, left beside the phrases
    asks: bool
    answers: bool
    about: bool  # something definite stands behind "about"
    heads: bool  # it has a colon
    subject: bool

    @property
    def aside(self) -> bool:
        """Whether it is small talk, or what firms say of themselves."""
        beside = 2 * (self.small + self.news) + 4 * ("news" in self.phrases)
        return beside > len(self.left) and not self.strong


def weigh(
    part: Statement,
    words: Sequence[str],
    marks: Sequence[str],
    names: frozenset[str],
    tongue: Tongue,
) -> Weighed:
    """Return what a statement is; `words` are what is left of it, `marks` what was taken away."""
    kinds = [(word, tongue.kind_of(word)) for word in words]
    named = [
        word for word, kind in kinds if kind == STRONG or (kind == UNKNOWN and word not in names)
    ]
    amounts = [one.strip() for one in _AMOUNT.findall(part.said)]
    left = tuple(dict.fromkeys([*named, *amounts]))
    return Weighed(
        left=left,
        strong=tuple(word for word in left if word in amounts or tongue.kind_of(word) == STRONG),
        small=sum(kind == SMALL_TALK for _, kind in kinds),
        news=sum(kind == NEWS for _, kind in kinds),
        phrases=tuple(marks),
        words=len(set(words)),
        asks="?" in part.said,
        answers=bool(words) and words[0] in tongue.answers and len(words) > 1,
        about=_is_about(words, named, tongue.about),
        heads=":" in part.said,
        subject=part.subject,
    )


def _is_about(words: Sequence[str], named: Sequence[str], about: frozenset[str]) -> bool:
    return any(
        word in about and not set(named).isdisjoint(words[n + 1 : n + 1 + _REACH])
        for n, word in enumerate(words)
    )


def counts(some: Sequence[Weighed], *, reply: bool) -> dict[str, float]:
    """Return the named counts that a score is made of."""
    own = [one for one in some if not one.subject] or some
    classes = {phrase for one in own for phrase in one.phrases}
    talk = bool(classes & _TALK)  # where nobody makes conversation nothing is said by the way
    plain = [one for one in own if not (talk and one.aside)]
    aside = [one for one in own if talk and one.aside]
    left = float(min(len({word for one in plain for word in one.left}), _MOST))
    return {
        "definite": left,
        "some_definite": float(left > 0),
        "two_together": float(any(len(one.left) > 1 for one in plain)),
        "densest": max((min(len(one.left), _MOST) / (one.words + 3) for one in plain), default=0.0),
        "definite_aside": math.sqrt(_several(len(one.left) for one in aside)),
        "strong": _several((len(one.strong) for one in own), most=3),
        "asked": float(any(one.asks and (one.left or EVIDENCE in one.phrases) for one in plain)),
        "evidence": float(EVIDENCE in classes),
        "stated": float(
            any("placeholder" in one.phrases and one.left and one.heads for one in own)
        ),
        "about": float(any(one.about for one in own)),
        "denied": float(DENIAL in classes),
        "answered": float(any(one.answers for one in own[:2])),
        "check_in": float(bool(classes & EMPTY_CLASSES)),
        "plainly_named": float(left > 0 and not talk),
        "empty_phrases": _several(
            (sum(p in EMPTY_CLASSES for p in one.phrases) for one in own), most=3
        ),
        "long_and_empty": float(
            not any(one.left for one in own) and sum(one.words for one in own) >= _LONG
        ),
        "small_talk": float(bool(aside)),
        "subject": 0.0
        if reply
        else _several((len(one.left) for one in some if one.subject), most=2),
    }


EMPTY_CLASSES: Final = frozenset(
    {"check_in", "vague_ask", "ask_time", "offer", "call_again", "pleasantry", "placeholder"}
)


#: Classes beside which small talk is only that.
_TALK: Final = EMPTY_CLASSES | {"news"}


def _several(some: Iterable[float], most: int = _MOST) -> float:
    return float(min(sum(some), most))


@dataclass(frozen=True, kw_only=True)
class Scorecard:
    """The points of each count; more than nought speak for *purposeless*."""

    base: float
    points: Mapping[str, float]

    def chance(self, counted: Mapping[str, float]) -> float:
        """Return how likely a contact with these counts has no purpose, 0 to 1."""
        score = self.base + sum(self.points[name] * count for name, count in counted.items())
        return 1 / (1 + math.exp(-score))


@cache
def shipped_scorecard() -> Scorecard:
    """Return the points that the package holds as data."""
    said = shipped_words("purpose/scorecard.yaml")
    return Scorecard(base=said["base"], points=said["points"])


#: What is looked for, in words, and the count that tells whether it was found.
_SOUGHT: Final = {
    "definite": "something definite that is named",
    "asked": "a question about something definite",
    "strong": "a decision, a deed, a document or a fault",
    "evidence": "a reason, a choice or an instruction",
    "answered": "an answer",
    "stated": "a purpose behind a heading",
}


def looked_for(counted: Mapping[str, float]) -> tuple[str, ...]:
    """Return what would have been a purpose and was not found, in words."""
    return tuple(said for name, said in _SOUGHT.items() if not counted[name])
