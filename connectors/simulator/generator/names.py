"""Names of clients and people, thousands of them, from a seed: none twice where it would matter.

Client names are made of syllables, so that no two clients of a company share one, and no name is a
word that anybody listens for. Knows no CRM.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Final
from zlib import crc32

import yaml

_SYLLABLES: Final = tuple(c + v for c in "bdgklmnrtz" for v in "aeio")
_PARTS: Final = 5
_CLIENTS: Final = len(_SYLLABLES) ** _PARTS
_STRIDE: Final = 61_803_401  # shares no factor with the number of names: each comes once
#: What stands for a name in a block, as it is written and as an address has it.
MARK: Final = re.compile(r"(Q[afln]\d{4}x|q[afln]\d{4}x)")


def name_of(mark: str, seed: str, copy: int, accounts_before: int) -> str:
    """Return the name that a mark stands for in one copy of a block."""
    kind, number = mark[1], int(mark[2:6])
    if kind == "n":
        name = f"{copy:x}"
    elif kind == "a":
        name = _client(crc32(seed.encode()) + accounts_before + number)
    else:
        pool = _pools()["first" if kind == "f" else "last"]
        name = pool[crc32(f"{seed} {kind} {copy} {number}".encode()) % len(pool)]
    return name if mark[0] == "Q" else name.lower()


@cache
def _pools() -> Mapping[str, Sequence[str]]:
    text = (resources.files(__package__) / "names.yaml").read_text(encoding="utf-8")
    return {name: words.split() for name, words in yaml.safe_load(text).items()}


def _client(number: int) -> str:
    rest = number * _STRIDE % _CLIENTS
    parts = []
    for _ in range(_PARTS):
        rest, place = divmod(rest, len(_SYLLABLES))
        parts.append(_SYLLABLES[place])
    return "".join(parts).capitalize()
