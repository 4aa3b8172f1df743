"""Contacts taken apart: statements, what is left of each when what says nothing is taken away.

Phrases are looked for over whole columns, language by language. Nothing in here judges.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from rules.signals.purpose.judged import Contact
from rules.signals.purpose.model_features import text_of
from rules.signals.purpose.purpose_words import CLASSES, FUNCTION, Tongue, Tongues
from rules.signals.purpose.statements import (
    Spoken,
    Statement,
    common_words,
    names_in,
    spoken,
    words_in,
)
from rules.signals.purpose.weighing import Weighed, counts, weigh
from rules.signals.text.plain import plain_column

#: One sign for each class, put where its phrase stood; no keyboard writes them.
_SIGNS: Final = {kind: chr(0xE100 + n) for n, kind in enumerate(CLASSES)}
_CLASS_OF: Final = {sign: kind for kind, sign in _SIGNS.items()}
#: Pictures, marks of the mail program, and what a template left: nobody wrote them.
_PLACEHOLDER: Final = r"\[[^\[\]]*\]"


@dataclass(frozen=True, kw_only=True)
class Message:
    """A contact that is judged, taken apart."""

    contact: Contact
    spoken: Spoken
    tongue: Tongue
    weighed: tuple[Weighed, ...]

    @cached_property
    def counted(self) -> dict[str, float]:
        """The named counts that the score is made of."""
        return counts(self.weighed, reply=self.spoken.reply)

    @property
    def own_text(self) -> str:
        """What the sentence model reads of it."""
        return text_of(self.spoken.statements)


def messages_of(contacts: Sequence[Contact], tongues: Tongues) -> list[Message]:
    said = [spoken(one) for one in contacts]
    spoken_in = [
        tongues.of([word for part in one.statements for word in common_words(part.said)])
        for one in said
    ]
    by_tongue: dict[str, list[int]] = defaultdict(list)
    for n, tongue in enumerate(spoken_in):
        by_tongue[tongue.language].append(n)
    weighed: dict[int, list[Weighed]] = {}
    for language, some in by_tongue.items():
        parts = _weighed([said[n] for n in some], tongues.known[language])
        weighed |= dict(zip(some, parts, strict=True))
    return [
        Message(contact=contact, spoken=one, tongue=tongue, weighed=tuple(weighed[n]))
        for n, (contact, one, tongue) in enumerate(zip(contacts, said, spoken_in, strict=True))
    ]


def _weighed(said: Sequence[Spoken], tongue: Tongue) -> Iterator[list[Weighed]]:
    whole = [part.said for one in said for part in one.statements]
    rest = iter(taken_away(whole, tongue))
    for one in said:
        names = names_in(
            [part.said for part in one.statements],
            tongue.titles,
            lambda word: tongue.kind_of(word) == FUNCTION,
            nouns_are_great=tongue.nouns_are_great,
        )
        yield [_weigh(part, next(rest), names, tongue) for part in one.statements]


def taken_away(statements: Sequence[str], tongue: Tongue) -> list[str]:
    """Return the statements made plain, with a sign for each phrase that stood in them."""
    column = plain_column(pa.array(statements, pa.string()))
    column = pc.replace_substring_regex(column, pattern=_PLACEHOLDER, replacement=" ")
    for kind, pattern in tongue.classes.items():
        column = pc.replace_substring_regex(
            column, pattern=pattern, replacement=f" {_SIGNS[kind]} "
        )
    return [str(one) for one in column.to_pylist()]


def _weigh(part: Statement, rest: str, names: frozenset[str], tongue: Tongue) -> Weighed:
    marks = [_CLASS_OF[sign] for sign in rest if sign in _CLASS_OF]
    words = words_in(rest)
    return weigh(part, words, marks, names, tongue)
