"""What the client wants of a document that was promised: no longer to have it, or to have it now.

What counts is data (`documents.yaml`). Nothing in here knows what was promised before, nor whether
it has gone out since.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from rules.signals.promises.asking import ANYTHING
from rules.signals.promises.documents import kinds_in, of_kinds
from rules.signals.said import Found, Written, first_of_each, sentences_of
from rules.signals.words.phrases import Phrases

WITHDRAWAL: Final = "withdrawal"
ASKS: Final = "asks_for_document"


def find_withdrawals(some: Sequence[Written], phrases: Phrases) -> Iterator[Found]:
    """Return who says that a proposal, a quote or a contract is not wanted any more.

    That it is not wanted yet, or that another one is wanted in its place, takes nothing back.
    Beside each, the kinds of document that the sentence names, if any.
    """
    for one in _find(WITHDRAWAL, some, phrases):
        yield one
        yield from of_kinds(one, kinds_in(one.said))


def find_requests(some: Sequence[Written], phrases: Phrases) -> Iterator[Found]:
    """Return who of the clients asks for a proposal, a quote or a contract, or where it is.

    Who asks for it asks for something.
    """
    for one in _find(ASKS, some, phrases):
        yield one
        yield replace(one, signal=ANYTHING)


def _find(signal: str, some: Sequence[Written], phrases: Phrases) -> Iterable[Found]:
    """Judge every sentence whole: what undoes it may stand behind a comma."""
    said = sentences_of(some)
    texts = [one.whole for one in said]
    rows = zip(phrases.find(signal, texts), phrases.find(f"{signal}_not", texts), strict=True)
    return first_of_each(signal, said, [yes and not no for yes, no in rows])
