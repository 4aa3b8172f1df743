"""What is heard in a comment: hits, good and bad, after negation, with what stands around them.

Nothing in here weighs one against the other. A hit knows its clause, whether somebody else is
meant, whether it is past, asked or cheered; `weighing` counts them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rules.signals.comments.opinion_words import (
    AWFUL,
    BAD,
    GOOD,
    PAUSE,
    PRAISE,
    Mark,
    OpinionWords,
)
from rules.signals.notes.telling import small_words

_GOOD: Final = frozenset({PRAISE, GOOD})
_OPINIONS: Final = frozenset({PRAISE, GOOD, BAD, AWFUL})
_REACH: Final = 4  # words over which "not" turns what follows
#: Languages that put "not" behind what it turns, and how far behind.
_BEHIND: Final = {"de": 4, "nl": 4, "fr": 2}
_TURNED: Final = {PRAISE: BAD, GOOD: BAD, BAD: GOOD, AWFUL: GOOD}
_RATED: Final = re.compile(
    r"\b(\d{1,2}(?:[.,]\d)?|one|two|three|four|five|ein|zwei|drei|vier|fünf|une?|deux|trois|quatre"
    r"|cinq|una?|dos|tres|cuatro|cinco|een|twee|drie|vijf|uma?|dois|duas|quatro)\s*(?:"
    r"(?:out of|von|sur|de|van de|van|em|sobre|op|/)\s*(5|10|20|100|five|ten|zehn|fünf|dix|cinq"
    r"|diez|cinco|tien|vijf|dez)\b|(stars?\b|sterne?n?\b|étoiles?\b|estrellas?\b|sterren\b|estrelas?\b))",
    re.IGNORECASE,
)
_NUMBERS: Final = {
    word: number
    for number, words in {
        1: "one ein une un una uma um een",
        2: "two zwei deux dos twee dois duas",
        3: "three drei trois tres drie três",
        4: "four vier quatre cuatro quatro",
        5: "five fünf cinq cinco vijf",
        10: "ten zehn dix diez tien dez",
    }.items()
    for word in words.split()
}
_WELL: Final = 0.79  # of the best mark, from which on it is praise
_ILL: Final = 0.61
_QUOTED: Final = re.compile(r"[\"“”„«‹»]\s*([^\"“”„«»]{3,40}?)\s*[\"“”»«›]")


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A word for good or bad as it is meant."""

    kind: str  # of the four opinions; what is negated has changed sides
    words: str
    theme: str = ""  # of the list it is in
    said: str  # its sentence
    turned: bool
    clause: int
    alone: bool = False  # nothing that says something stands beside it
    cheer: bool = False  # a word that irony likes
    colon: bool = False  # what it cheers at follows
    asked: bool = False
    past: bool = False
    wished: bool = False
    about: str = ""  # "others", "rival", or us
    own: bool = False  # who writes speaks of himself in the same clause, before it
    us: bool = False  # we are addressed in its sentence
    name: str = ""  # of an admin's entry

    @property
    def good(self) -> bool:
        """Whether it speaks well."""
        return self.kind in _GOOD


@dataclass(frozen=True, kw_only=True)
class Heard:
    """All that was heard of a comment in one language."""

    language: str
    hits: tuple[Hit, ...]
    kinds: tuple[str, ...]  # of every mark that is no opinion
    loose: int  # negations that turned no opinion
    denied: tuple[str, ...]  # what each of them is about: "own", "us", or "it"
    cut: int  # of them, those with which a clause ends: "the software is not"
    begun: int  # and those with which one begins: "not the software"
    words: int
    clauses: tuple[int, ...]  # the words of each
    questions: float  # the share of the sentences
    quoted: bool  # a good word stands in quotation marks
    parted: bool  # something parts good from bad


def hear(sentences: Sequence[str], known: OpinionWords) -> Heard:
    """Return what a comment says, sentence by sentence, read in one language."""
    parts = [_taken_apart(one, known) for one in sentences]
    hits: list[Hit] = []
    kinds: list[str] = []
    loose = cut = begun = clause = 0
    denied: list[str] = []
    lengths: list[int] = []
    for part in parts:
        used: set[int] = set()
        hits += [*_hits(part, clause, used), *_rated(part.said, clause)]
        free = [n for n, mark in enumerate(part.marks) if mark.kind == "not" and n not in used]
        loose += len(free)
        denied += [_denied(part, n) for n in free]
        cut += sum(end - 1 in free for _, end in part.clauses)
        begun += sum(start in free for start, _ in part.clauses[1:])
        kinds += [one.kind for one in part.marks if one.kind and one.kind not in _OPINIONS]
        kinds += ["but" for one in part.marks if one.parts and one.kind != "but"]
        lengths += [end - start for start, end in part.clauses]
        clause += len(part.clauses)
    whole = " ".join(sentences)
    return Heard(
        language=known.language,
        hits=tuple(hits),
        kinds=tuple(kinds),
        loose=loose,
        denied=tuple(denied),
        cut=cut,
        begun=begun,
        words=sum(mark.kind != PAUSE for part in parts for mark in part.marks),
        clauses=tuple(lengths),
        questions=sum(part.asks for part in parts) / max(1, len(parts)),
        quoted=_is_quoted(whole, known),
        parted="but" in kinds or ";" in whole,
    )


@dataclass(frozen=True, kw_only=True)
class _Part:
    """A sentence and its clauses, each a place and the one behind its last."""

    said: str
    marks: Sequence[Mark]
    clauses: Sequence[tuple[int, int]]
    language: str

    @property
    def asks(self) -> bool:
        return self.said.rstrip().endswith("?")


def _taken_apart(sentence: str, known: OpinionWords) -> _Part:
    marks = known.marks(sentence)
    return _Part(said=sentence, marks=marks, clauses=list(_clauses(marks)), language=known.language)


def _clauses(marks: Sequence[Mark]) -> Iterator[tuple[int, int]]:
    start = 0
    for n, mark in enumerate(marks):
        if mark.kind in (PAUSE, "but") or (mark.parts and n > start):
            if n > start:
                yield start, n
            start = n if mark.parts and mark.kind != "but" else n + 1
    if start < len(marks):
        yield start, len(marks)


def _hits(part: _Part, first: int, used: set[int]) -> Iterator[Hit]:
    """Yield the hits of a sentence; the places of the negations they took go into `used`."""
    marks = part.marks
    around = {mark.kind for mark in marks}
    for clause, (start, end) in enumerate(part.clauses, start=first):
        colon = end < len(marks) and marks[end].words == ":"
        alone = not any(
            mark.kind == "" and mark.words not in small_words() for mark in marks[start:end]
        )
        for n in range(start, end):
            mark = marks[n]
            if mark.kind not in _OPINIONS:
                continue
            turner = _turner(part, n, start, end)
            used.update(() if turner is None else (turner,))
            before = {one.kind for one in marks[:n]}
            yield Hit(
                kind=mark.kind if turner is None else _TURNED[mark.kind],
                words=mark.words,
                theme=mark.theme,
                said=part.said,
                turned=turner is not None,
                clause=clause,
                alone=alone,
                cheer=mark.cheer,
                colon=colon and mark.cheer,
                asked=part.asks,
                past="past" in around,
                wished="wish" in before,
                about=_about(before, around),
                own=any(one.kind == "own" for one in marks[start:n]),
                us="us" in around,
                name=mark.name,
            )


def _denied(part: _Part, place: int) -> str:
    """Return what a negation is about, by what stands before it in its clause."""
    start = max((start for start, _ in part.clauses if start <= place), default=0)
    before = [one.kind for one in part.marks[start:place]]
    named = [kind for kind in before if kind in ("own", "us")]
    return named[0] if named else "it"


def _about(before: set[str], around: set[str]) -> str:
    """Return whom a hit is about: "rival", "others", or "" for us, if we are addressed first."""
    if "apart" in around:
        return "others"
    if "us" in before:
        return ""
    if "fate" in around and "us" not in around:
        return "others"
    if "rival" in around and "us" not in around:
        return "rival"
    return "others" if "others" in before else ""


def _turner(part: _Part, place: int, start: int, end: int) -> int | None:
    """Return the place of the negation that turns a hit; none where nothing does."""
    kind = part.marks[place].kind
    for n in range(place - 1, max(start, place - _REACH) - 1, -1):
        one = part.marks[n].kind
        if one == "not":
            return n
        if one in _OPINIONS and one != kind:
            return None
    for n in range(place + 1, min(end, place + 1 + _BEHIND.get(part.language, 0))):
        one = part.marks[n].kind
        if one == "not":
            return n
        if one in _OPINIONS:
            return None
    return None


def _rated(sentence: str, clause: int) -> Iterator[Hit]:
    """Yield the marks that were given: "9 out of 10", "two stars"."""
    for found in _RATED.finditer(sentence):
        share = _number(found[1]) / (_number(found[2]) if found[2] else 5)
        if share <= 1 and not _ILL <= share < _WELL:
            kind = PRAISE if share >= _WELL else BAD
            yield Hit(kind=kind, words=found[0], said=sentence, turned=False, clause=clause)


def _number(said: str) -> float:
    return float(_NUMBERS.get(said.lower(), 0) or said.replace(",", "."))


def _is_quoted(whole: str, known: OpinionWords) -> bool:
    return any(
        mark.kind in _GOOD for found in _QUOTED.finditer(whole) for mark in known.marks(found[1])
    )
