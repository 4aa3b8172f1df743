"""Mails that bring a proposal, a quote or a contract, and words on having sent or received one.

What counts is data (`promises.yaml`). Nothing in here knows what was promised before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import pyarrow as pa

from rules.signals.promises.bringing import bringing_gate, brings, has_it
from rules.signals.said import Author, Found, Sentence, Written, clauses_of, first_of_each
from rules.signals.text.plain import plain_column
from rules.signals.words.phrases import Phrases, holds_any

#: The lists of words that name the document in a subject.
_NAMED: Final = tuple(
    f"word.{one}" for one in ("doc", "angebot", "devis", "propuesta", "offerte", "proposta")
)
DELIVERY: Final = "delivery"


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


def _along(column: _Column, ours: Sequence[bool], client: Sequence[bool]) -> list[bool]:
    """Tell of each clause whether its grammar says so; only of those with a word for it."""
    maybe = holds_any(column.plain, bringing_gate()).to_pylist()
    forgot = column.find("delivery_forgot")
    rows = zip(column.clauses, maybe, forgot, ours, client, strict=True)
    return [
        word and not no and ((us and brings(one.clause)) or (them and has_it(one.clause)))
        for one, word, no, us, them in rows
    ]


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
    along = _along(column, ours, client)
    yes = [
        (not near and (brought or (not no and ((told and by_us) or (has and by_client))))) or comes
        for (brought, told, by_us, has, by_client, no, near), comes in zip(rows, along, strict=True)
    ]
    return first_of_each(DELIVERY, column.clauses, yes)
