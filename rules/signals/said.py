"""Nouns of the readers: an activity that may say something, its sentences, and what was found.

Whose words a text holds follows from the kind and the direction of the activity alone.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from connectors.model import ActivityKind, Direction
from rules.signals.text.newest import newest, sentences

LONGEST_QUOTE: Final = 200  # rulings: Text


class Author(StrEnum):
    """Whose words a text holds."""

    MAIL = "mail"  # ours, written to the client
    PAPER = "paper"  # ours, written for ourselves: notes, calls, meetings, tasks
    HEARD = "heard"  # ours, on what the client told us: a call that came in
    CLIENT = "client"
    NOBODY = "nobody"  # a mail that does not say which way it went, or that stayed inside


_LETTERS: Final = (ActivityKind.EMAIL, ActivityKind.MESSAGE)
_PAPERS: Final = (ActivityKind.CALL, ActivityKind.MEETING, ActivityKind.NOTE, ActivityKind.TASK)
_NO_DIRECTION: Final = "-"
_AUTHORS: Final = {
    **{f"{kind}/{Direction.OUTBOUND}": Author.MAIL for kind in _LETTERS},
    **{f"{kind}/{Direction.INBOUND}": Author.CLIENT for kind in _LETTERS},
    **{
        f"{kind}/{way}": Author.PAPER
        for kind in _PAPERS
        for way in (Direction.OUTBOUND, Direction.INTERNAL, _NO_DIRECTION)
    },
    **{f"{kind}/{Direction.INBOUND}": Author.HEARD for kind in _PAPERS},
}
_CLAUSES: Final = re.compile(r";|,? \b(?:but|aber|mais|pero|maar|mas)\b", re.IGNORECASE)


def authors(kinds: pa.Array, directions: pa.Array) -> pa.Array:
    """Return whose words each text holds; what is not known is nobody's."""
    said = pc.binary_join_element_wise(
        pc.fill_null(kinds, ""), pc.fill_null(directions, _NO_DIRECTION), "/"
    )
    place = pc.index_in(said, value_set=pa.array(list(_AUTHORS)))
    names = pa.array([str(one) for one in _AUTHORS.values()])
    return pc.fill_null(names.take(place), str(Author.NOBODY))


@dataclass(frozen=True, kw_only=True)
class Written:
    """An activity whose text may say something."""

    id: str
    kind: str
    author: str  # Author
    at: dt.datetime | None
    subject: str
    text: str

    @cached_property
    def own_sentences(self) -> list[str]:
        """The sentences of the newest message; before them a subject, unless it is a mail's.

        The subject of a mail goes along with every answer, so that it is nobody's in particular.
        """
        own = sentences(newest(self.text))
        letter = self.author in (Author.MAIL, Author.CLIENT, Author.NOBODY)
        return own if letter else [*sentences(self.subject), *own]


@dataclass(frozen=True, kw_only=True)
class Found:
    """A signal of an activity with the sentence that decided."""

    activity: str
    signal: str
    said: str
    due_at: dt.datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """One of several that are judged together."""

    by: Written
    whole: str
    clause: str = field(default="")


def clauses_of(some: Iterable[Written]) -> list[Sentence]:
    """Return every clause of every sentence, in order: what "but" parts is judged apart."""
    return [
        Sentence(by=one, whole=whole, clause=clause.strip(" \t-*•#>"))
        for one in some
        for whole in one.own_sentences
        for clause in _CLAUSES.split(whole)
    ]


def sentences_of(some: Iterable[Written]) -> list[Sentence]:
    """Return every sentence whole."""
    return [
        Sentence(by=one, whole=whole, clause=whole) for one in some for whole in one.own_sentences
    ]


def first_of_each(signal: str, some: Sequence[Sentence], yes: Sequence[bool]) -> list[Found]:
    """Return a signal for each activity one of whose sentences counts, with the first of them."""
    found: dict[str, Found] = {}
    for one, counts in zip(some, yes, strict=True):
        if counts and one.by.id not in found:
            found[one.by.id] = Found(activity=one.by.id, signal=signal, said=one.whole)
    return list(found.values())
