"""Objects of which more fields are wanted than one query has room for: read in parts. Pure.

A query travels in an address, and one of more than 16,384 bytes is refused (facts, salesforce 3.2).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote_plus

#: Bytes of an address that names of fields may take; the rest is for 200 ids, bounds and the path.
ROOM: Final = 9_000
_BETWEEN: Final = len(quote_plus(", "))

Record = dict[str, Any]


def parts(fields: Sequence[str]) -> list[tuple[str, ...]]:
    """Split fields into parts that each fit, in their order; nearly always there is one."""
    found: list[list[str]] = [[]]
    left = ROOM
    for field in fields:
        needed = len(quote_plus(field)) + _BETWEEN
        if needed > left and found[-1]:
            found.append([])
            left = ROOM
        found[-1].append(field)
        left -= needed
    return [tuple(one) for one in found]


def joined(records: Iterable[Record], more: Mapping[str, Record]) -> list[Record]:
    """Put the further fields of each record to it; one that has gone meanwhile is left out."""
    return [_merged(one, more[str(one["Id"])]) for one in records if str(one.get("Id")) in more]


def _merged(one: Record, other: Mapping[str, Any]) -> Record:
    """Both records in one; what stands behind a relationship is merged, too."""
    merged = dict(one)
    for name, value in other.items():
        known = merged.get(name)
        if isinstance(known, dict) and isinstance(value, dict):
            value = _merged(known, value)
        merged[name] = value
    return merged
