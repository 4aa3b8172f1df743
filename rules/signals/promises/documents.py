"""Which kind of document a sentence names: an offer or a contract (`vocabulary.DOCUMENTS`).

The words are those of the grammars. Nothing in here knows what is said of the document.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from rules.signals.promises.grammar import tokens
from rules.signals.said import Found
from rules.signals.text.tongue import tongues

#: What the grammars call a document -> its kind.
_KINDS: Final = {"proposal": "offer", "quote": "offer", "contract": "contract"}


def kinds_of(artefacts: Iterable[str]) -> frozenset[str]:
    """Return the kinds of these documents; what is of no kind is left out."""
    return frozenset(_KINDS[one] for one in artefacts if one in _KINDS)


def kinds_in(sentence: str) -> frozenset[str]:
    """Return the kinds of document a sentence names, in the first language that knows one."""
    for language in tongues(sentence):
        named = {word.document for word in tokens(sentence, language) if word.document}
        if kinds := kinds_of(named):
            return kinds
    return frozenset()


def of_kinds(found: Found, kinds: Iterable[str]) -> Iterator[Found]:
    """Yield what was found once more for each kind of document."""
    for kind in sorted(kinds):
        yield replace(found, signal=f"{found.signal}.{kind}", due_at=None)
