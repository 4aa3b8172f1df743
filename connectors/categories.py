"""What a client's answer about us can be, in the words of every CRM. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

#: From the worst; one who asks for a number from 1 to 5 means these.
CATEGORIES: Final = ("poor", "fair", "average", "good", "excellent")
_NUMBERED: Final[Mapping[str, str]] = {
    str(number): word for number, word in enumerate(CATEGORIES, start=1)
}


def category_of(folded: str) -> str | None:
    """Return the category that a word in small letters, or a number, stands for; else None."""
    bare = folded.removesuffix(".0")
    return bare if bare in CATEGORIES else _NUMBERED.get(bare)
