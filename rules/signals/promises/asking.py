"""What the client asks us for, whatever it is: in their own words, or as our note tells it.

What counts is data (`asking.yaml`). Nothing in here knows whether they got it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from rules.signals.said import Found, Written, first_of_each, sentences_of
from rules.signals.words.phrases import Phrases

ANYTHING: Final = "asks_for_something"
_TOLD: Final = "noted_asking"


def find_asking(some: Sequence[Written], phrases: Phrases) -> Iterable[Found]:
    """Return which messages of the client ask us for something."""
    return _find(ANYTHING, (f"{ANYTHING}_not",), some, phrases)


def find_told(some: Sequence[Written], phrases: Phrases) -> Iterable[Found]:
    """Return which of our notes say that the client asked us; not what we asked of them."""
    return _find(_TOLD, (f"{_TOLD}_not", f"{ANYTHING}_not"), some, phrases)


def _find(
    group: str, undone: Sequence[str], some: Sequence[Written], phrases: Phrases
) -> Iterable[Found]:
    said = sentences_of(some)
    texts = [one.whole for one in said]
    columns = [phrases.find(name, texts) for name in (group, *undone)]
    yes = [found and not any(no) for found, *no in zip(*columns, strict=True)]
    return first_of_each(ANYTHING, said, yes)
