"""Keys of our own tasks, as a CRM may be asked for them. Makes none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


def askable(keys: Sequence[str]) -> list[str]:
    """The keys that can be one of ours, in their order, each once; others no task carries."""
    return [key for key in dict.fromkeys(keys) if _KEY.fullmatch(key)]
