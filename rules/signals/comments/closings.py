"""Messages of a client that need no answer: thanks, assent and farewell, and nothing else.

A message is read by what is left of it when such phrases are taken away, in whatever order they
stand: a name may be left, and nothing more. A question, a figure or a word that nobody knows keeps
the talk open.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from rules.signals.said import Found, Written
from rules.signals.text.newest import newest
from rules.signals.words.phrases import Phrases

CLOSES: Final = "closes_conversation"

#: Groups that close a talk by themselves; one of them must be there.
CLOSING: Final = ("closing_farewell", "closing")
_LONGEST: Final = 30  # words, names and greeting with them
_NAMES: Final = 3  # words of a name
#: What is taken away, in this order, and whether it closes.
_TAKEN: Final = (
    ("closing_farewell", True),
    ("closing_beside", False),
    ("closing", True),
    ("word.closing_small", False),
)
_CLOSED, _BESIDE = "\ue001", "\ue002"
_MARK: Final = re.compile(f"[{_CLOSED}{_BESIDE}]")
_WORD: Final = re.compile(r"[^\W\d_]+")
_ASKS: Final = re.compile(r"[?\d]")
_FACE: Final = re.compile(r"[:;=8xX]-?[)(DPpOo](?!\w)")
#: Behind these a sentence begins, so that a great letter makes no name.
_STOP: Final = re.compile(r"[.!;:…]")


def find_closings(some: Sequence[Written], phrases: Phrases) -> Iterable[Found]:
    """Return the messages that ask for no answer: "Thanks, Dana" and the like."""
    own = [" ".join(_FACE.sub(" ", newest(one.text)).split()) for one in some]
    short = [n for n, text in enumerate(own) if _may_close(text)]
    texts = [own[n] for n in short]
    great = phrases.plain([" ".join(w for w in _WORD.findall(t) if w[0].isupper()) for t in texts])
    nobody = frozenset(w for name in _NO_NAMES for w in phrases.words[name])
    for n, left, names in zip(short, _left(texts, phrases), great, strict=True):
        named = frozenset() if own[n].isupper() else frozenset(names.split()) - nobody
        if _CLOSED in left and _is_done(left, named):
            yield Found(activity=some[n].id, signal=CLOSES, said=own[n])


_NO_NAMES: Final = ("closing_no_name", "closing_thing")


def _may_close(text: str) -> bool:
    return not _ASKS.search(text) and len(_WORD.findall(text)) <= _LONGEST


def _left(texts: Sequence[str], phrases: Phrases) -> list[str]:
    """Return the plain texts with a mark in the place of every phrase that closes or may stand."""
    column: Any = pa.array(phrases.plain(texts), pa.string())
    for group, closes in _TAKEN:
        for pattern in phrases.groups[group]:
            column = pc.replace_substring_regex(
                column, pattern=pattern, replacement=_CLOSED if closes else _BESIDE
            )
    return [str(one) for one in column.to_pylist()]


def _is_done(left: str, names: frozenset[str]) -> bool:
    """Tell whether only names are left between the marks."""
    parts = _MARK.split(left)
    last = len(parts) - 1
    return all(_is_name(part, n == 0, n == last, names) for n, part in enumerate(parts))


def _is_name(part: str, first: bool, last: bool, names: frozenset[str]) -> bool:
    """Tell nothing, or a name, from a word that says something.

    A name stands behind a phrase in the same sentence, alone with a comma before the first phrase,
    or under the whole.
    """
    words = _WORD.findall(part)
    if not words:
        return True
    if len(words) > _NAMES or not names.issuperset(words):
        return False
    if first:
        return len(words) == 1 and "," in part
    before = part[: part.index(words[0])]
    return not _STOP.search(before) or (last and not _STOP.search(part, len(before)))
