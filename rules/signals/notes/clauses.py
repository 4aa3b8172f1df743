"""A part of a note taken apart: its sentences, their clauses, and what each word of them is.

Nothing in here judges what a clause tells.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final

from rules.signals.notes.clues import Clues, clues_of, folded, words_in
from rules.signals.promises.due import time_words
from rules.signals.purpose.purpose_words import (
    ABOUT,
    ANSWERS,
    FUNCTION,
    STRONG,
    TITLES,
    UNKNOWN,
    Tongue,
    Tongues,
)
from rules.signals.purpose.statements import common_words, names_in
from rules.signals.text.newest import sentences
from rules.signals.words.own_lists import NONE, NOTE, OwnLists

_CLAUSE: Final = re.compile(r"[,;:!?()\n|…]|\.(?=\s|$)|\s[-–—/+>]+\s|->|=>|→|⇒")
#: Behind these a full stop ends no sentence.
_SHORT: Final = re.compile(
    r"(?:^|[\s(])(?:mr|mrs|ms|dr|drs|prof|st|no|nr|ca|approx|incl|excl|resp|tel|attn|inc|hr|hrn|fr"
    r"|bzgl|ggf|zzgl|inkl|evtl|bzw|usw|mme|mlle|env|sr|sra|srta|dña|ud|uds|dhr|mevr|mw|ir|ing|bv"
    r"|exmo|eng|av|art|pag|vs|w/|c/|i\.p\.v|p\.ex|z\.b|d\.h|bijv|m\.b\.t|[A-ZÉ])\.$",
    re.IGNORECASE,
)
_DATE: Final = re.compile(
    r"\b\d{1,2}[./]\d{1,2}\b(?!%)|\b(?:am|den|le|el|dia)\s\d{1,2}\b|\b\d{1,2}(?:st|nd|rd|th|er|º|ª)\b|\b\d{1,2}[:h]\d{0,2}\b"
    r"|\b\d{1,2}\.?\s(?:de\s)?(?:jan|feb|fev|mar|maa|mrt|apr|abr|avr|mai|may|mei|jun|jul|juin|juil|aug|ago"
    r"|aou|sep|set|oct|okt|out|nov|dec|dez|dic|ene)[a-z]*\b"
    r"|\b\d{1,2}(?:am|pm|u|uhr)\b|\b(?:kw|wk|q[1-4])\s?\d{0,2}\b"
)
_AMOUNT: Final = re.compile(
    r"\d\s?(?:[%€$£]|percent|prozent|pct|eur|usd|gbp|chf|euro|dollar|pound|franken|reais|k\b)"
    r"|\d\s(?:an?|per|each|apiece|je|pro|par|por|le|la|el|o|het)\s\w"
    r"|\b(?:for|fur|pour|por|voor)\s(?:only\s|nur\s)?\d[\d.,']+(?!\s?(?:day|week|month|year|min|tag|woch|monat"
    r"|jahr|jour|sem|mois|ans|dia|mes|ano|dag|week|maand|jaar|h\b))"
    r"|[€$£]\s?\d|r\$\s?\d|\d[.,]\d{2}\b|\bper (?:cent|piece)\b|\d{1,3}[.,']\d{3}\b"
)
_ORDINAL: Final = re.compile(r"(?:^|[\s.])\d{1,2}\.$")
_NUMBER: Final = re.compile(r"\d")
_SMALL: Final = frozenset({FUNCTION, ANSWERS, ABOUT, TITLES})
_AHEAD: Final = 24  # characters behind a full stop that tell whether it ends something
_SHORTEST: Final = 3  # letters of a word that tells something
_MOST: Final = 200  # sentences that are read
_LONG: Final = 4_000  # characters of a sentence that are read
NAME: Final = "name"
SMALL: Final = "small"


@dataclass(frozen=True, kw_only=True)
class Word:
    """A word of a clause."""

    plain: str
    kind: str  # SMALL, NAME, or what the language of the note says of it
    classes: frozenset[str]

    @property
    def tells(self) -> bool:
        """Whether it is neither small, nor a name, nor a number or a time."""
        return self.kind not in (SMALL, NAME)

    @property
    def dated(self) -> bool:
        """Whether it is a word for a day or a time."""
        return "when" in self.classes

    @property
    def definite(self) -> bool:
        """Whether it stands for a thing that somebody could act on."""
        return self.kind in (STRONG, UNKNOWN)


@dataclass(frozen=True, kw_only=True)
class Clause:
    """A clause, its words, and the classes of the runs of words in it."""

    said: str
    words: tuple[Word, ...]

    @cached_property
    def classes(self) -> frozenset[str]:
        """Every class of which something stands in it."""
        return frozenset(one for word in self.words for one in word.classes)

    @cached_property
    def plain(self) -> str:
        """Its text in small letters without accents."""
        return folded(self.said)

    @property
    def asks(self) -> bool:
        """Whether it ends with a question mark."""
        return self.said.endswith("?")

    @cached_property
    def amount(self) -> bool:
        """Whether a price or a share stands in it."""
        return _AMOUNT.search(self.plain) is not None

    @cached_property
    def number(self) -> bool:
        """Whether a figure stands in it."""
        return _NUMBER.search(self.plain) is not None

    @cached_property
    def dated(self) -> bool:
        """Whether a day or a time stands in it."""
        return "when" in self.classes or _DATE.search(self.plain) is not None

    @cached_property
    def first(self) -> Word | None:
        """The first word that is neither small nor a name."""
        return next((one for one in self.words if one.tells), None)

    def telling(self, *but: str) -> list[Word]:
        """Return the different words that tell something and are of none of these classes."""
        without = frozenset(but)
        found = {w.plain: w for w in self.words if w.tells and w.classes.isdisjoint(without)}
        return list(found.values())


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """A sentence and its clauses."""

    said: str
    clauses: tuple[Clause, ...]


class Reader:
    """Takes the parts of one note apart, in its language."""

    def __init__(self, text: str, tongues: Tongues, own: OwnLists = NONE) -> None:
        self.tongue: Tongue = tongues.of(common_words(text))
        language = self.tongue.language
        self.clues: Clues = clues_of(language, own.of(NOTE, language))
        self._names = names_in(
            sentences(text)[:_MOST],
            self.tongue.titles,
            lambda word: self.tongue.kind_of(word) == FUNCTION,
            nouns_are_great=self.tongue.nouns_are_great,
        )

    def sentences(self, body: str) -> list[Sentence]:
        """Return the sentences of a part of the note."""
        return [self._sentence(said) for said in whole_sentences(body)]

    def _sentence(self, said: str) -> Sentence:
        pieces = [one for one in _pieces(said[:_LONG]) if words_in(one)]
        return Sentence(said=said, clauses=tuple(map(self.clause, pieces)))

    def clause(self, said: str) -> Clause:
        """Return a clause with what its words are."""
        plain = [folded(word) for word in words_in(said)]
        classes = [set(self.clues.of(word)) for word in plain]
        for start, end, kind in self.clues.runs(plain):
            for place in range(start, end):
                classes[place].add(kind)
        words = tuple(
            Word(plain=word, kind=self._kind(word), classes=frozenset(some))
            for word, some in zip(plain, classes, strict=True)
        )
        return Clause(said=said.strip(), words=words)

    def _kind(self, word: str) -> str:
        if len(word) < _SHORTEST or not word[0].isalpha():
            return SMALL
        kind = self.tongue.kind_of(word)
        if kind in _SMALL or word in _times():
            return SMALL
        base = word.removesuffix("'s")
        return NAME if word in self._names or base in self._names else kind


@cache
def _times() -> frozenset[str]:
    return frozenset(one for one in time_words() if " " not in one)


def _pieces(said: str) -> list[str]:
    """Split a sentence; a question mark stays where it is."""
    found, start = [], 0
    for match in _CLAUSE.finditer(said):
        if _SHORT.search(said[max(0, match.start() - 8) : match.start() + 1]):
            continue
        if _is_ordinal(
            said[max(0, match.start() - 4) : match.start() + 1],
            said[match.end() : match.end() + _AHEAD].strip() or ".",
        ):
            continue
        if _decimal(said, match):
            continue
        found.append(said[start : match.end()])
        start = match.end()
    return [*found, said[start:]]


def _decimal(said: str, match: re.Match[str]) -> bool:
    """Tell a comma in a figure from one between clauses."""
    around = said[max(0, match.start() - 1) : match.end() + 1]
    return len(around) > 2 and around[0].isdigit() and around[-1].isdigit()


def whole_sentences(text: str) -> list[str]:
    """Return the sentences of a text; a full stop behind a short form ends none."""
    found: list[str] = []
    for one in sentences(text)[:_MOST]:
        if found and (_SHORT.search(found[-1][-8:]) or _is_ordinal(found[-1], one)):
            found[-1] = f"{found[-1]} {one}"
        else:
            found.append(one)
    return found


def _is_ordinal(before: str, one: str) -> bool:
    """Tell whether a full stop makes a number an ordinal: "am 14. fahre ich", "1. Dezember"."""
    if not _ORDINAL.search(before[-5:]):
        return False
    return one[:1].islower() or folded(one.split(maxsplit=1)[0]).strip(".,") in _times()
