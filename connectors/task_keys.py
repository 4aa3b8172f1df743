"""Keys of our own tasks, as a CRM may be asked for them. Makes none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MARK: Final = re.compile(r"(?m)^ref: .{0,200}\b(ft_[a-z2-7]{26})$")


def askable(keys: Sequence[str]) -> list[str]:
    """The keys that can be one of ours, in their order, each once; others no task carries."""
    return [key for key in dict.fromkeys(keys) if _KEY.fullmatch(key)]


def key_in(text: str) -> str | None:
    """The key in the last line that our tasks begin with, wherever it stands in a plain text."""
    found = _MARK.search(text)
    return None if found is None else found[1]
