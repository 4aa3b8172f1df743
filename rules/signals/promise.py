"""Promises of a proposal, a quote or a contract by our side, and the mails that bring one.

It leans to silence: a negation, a condition of the client's, a request or an offer in the same
clause and nothing was promised. What counts as a document and what as a promise is data.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

import pyarrow as pa

from rules.signals.due import Due, read_due
from rules.signals.phrases import Phrases
from rules.signals.plain import plain_column
from rules.signals.said import (
    Author,
    Found,
    Sentence,
    Written,
    clauses_of,
    first_of_each,
    sentences_of,
)

#: The lists of words that name the document in a subject.
_NAMED: Final = tuple(
    f"word.{one}" for one in ("doc", "angebot", "devis", "propuesta", "offerte", "proposta")
)
PROMISE: Final = "promise"
DELIVERY: Final = "delivery"


@dataclass(frozen=True, kw_only=True)
class _Promised:
    sentence: Sentence
    due: Due | None


class _Column:
    """Some clauses and which phrases are in them."""

    def __init__(self, clauses: Sequence[Sentence], phrases: Phrases) -> None:
        self.clauses = clauses
        self.plain = plain_column(pa.array([one.clause for one in clauses], pa.string()))
        self._phrases = phrases

    def find(self, *groups: str) -> list[bool]:
        """Tell of each clause whether it holds a phrase of one of the groups."""
        found = [self._phrases.find_plain(group, self.plain) for group in groups]
        return [any(one) for one in zip(*found, strict=True)]

    def by(self, *authors: Author) -> list[bool]:
        """Tell of each clause whether it is the word of one of these."""
        return [one.by.author in authors for one in self.clauses]


def find_promises(some: Sequence[Written], phrases: Phrases, zone: ZoneInfo) -> Iterator[Found]:
    """Yield a promise for each activity that makes one: the one whose day was named, or the first.

    The due date is in UTC; an activity without a moment has none.
    """
    column = _Column(clauses_of(_by_people(some, phrases)), phrases)
    waits = column.find("promise_once")
    best: dict[str, _Promised] = {}
    for n, counts in enumerate(_promised(column)):
        if counts:
            one = column.clauses[n]
            due = _due(one.by.at, column.plain[n].as_py(), zone, waits=waits[n])
            kept = best.get(one.by.id)
            if kept is None or (_named(due) and not _named(kept.due)):
                best[one.by.id] = _Promised(sentence=one, due=due)
    for id, kept in best.items():
        due_at = kept.due.at if kept.due else None
        yield Found(activity=id, signal=PROMISE, said=kept.sentence.whole, due_at=due_at)


def _by_people(some: Sequence[Written], phrases: Phrases) -> list[Written]:
    """Leave out what a machine wrote."""
    all_sentences = sentences_of(some)
    automatic = phrases.find("auto_reply", [one.whole for one in all_sentences])
    machines = {one.by.id for one, yes in zip(all_sentences, automatic, strict=True) if yes}
    return [one for one in some if one.id not in machines]


def _promised(column: _Column) -> list[bool]:
    papers = column.by(Author.PAPER)
    noted = [a and b for a, b in zip(column.find("promise_noted"), papers, strict=True)]
    beside, undone = column.find("promise_beside"), column.find("promise_not")
    asks = [one.whole.endswith("?") for one in column.clauses]
    rows = zip(
        column.find("promise"),
        noted,
        column.find("promise_stands"),
        beside,
        undone,
        asks,
        strict=True,
    )
    return [
        (((says or notes) and not near) or stands) and not (no or asks)
        for says, notes, stands, near, no, asks in rows
    ]


def _due(at: dt.datetime | None, plain: str, zone: ZoneInfo, *, waits: bool) -> Due | None:
    return None if at is None else read_due(plain, at, zone, waits=waits)


def _named(due: Due | None) -> bool:
    return due is not None and due.explicit


def find_deliveries(some: Sequence[Written], phrases: Phrases) -> Iterable[Found]:
    """Return which activities bring the document, say that it went out, or speak of having it."""
    column = _Column(clauses_of(some), phrases)
    ours, client = column.by(Author.MAIL, Author.PAPER), column.by(Author.CLIENT)
    subjects = [one.by.subject for one in column.clauses]
    named = [any(one) for one in zip(*(phrases.find(w, subjects) for w in _NAMED), strict=True)]
    says = zip(column.find("delivery_brings"), column.find("delivery_bare"), named, strict=True)
    brings = [(a or (b and c)) and d for (a, b, c), d in zip(says, ours, strict=True)]
    rows = zip(
        brings,
        column.find("delivery_told"),
        ours,
        column.find("delivery_has"),
        client,
        column.find("delivery_not"),
        column.find("delivery_beside"),
        strict=True,
    )
    yes = [
        not near and (brought or (not no and ((told and by_us) or (has and by_client))))
        for brought, told, by_us, has, by_client, no, near in rows
    ]
    return first_of_each(DELIVERY, column.clauses, yes)
