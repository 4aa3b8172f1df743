"""Faults by script: what may go wrong between a client and a CRM, one small noun each.

    Delay            wait, then go on (with another fault, if one is given)
    Instead          answer this and do not act
    DropBefore       close the connection without acting
    ActThenDrop      act, then close the connection without an answer
    ActThenAnswer    act, then answer something else
    Truncate         act, announce the whole answer, send its beginning, close
    Drip             act, send the answer a few bytes at a time

Nouns only; `application.py` plays them. Times are in seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Instead:
    """Answer this and do not act."""

    status: int
    body: bytes | str = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ActThenAnswer:
    """Act, then answer this instead of the truth."""

    status: int
    body: bytes | str = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class DropBefore:
    """Close the connection without acting."""


@dataclass(frozen=True, kw_only=True)
class ActThenDrop:
    """Act, then close the connection without an answer."""


@dataclass(frozen=True, kw_only=True)
class Truncate:
    """Act and announce the whole answer, but send only its first bytes and close."""

    keep: int


@dataclass(frozen=True, kw_only=True)
class Drip:
    """Act and send the answer `size` bytes at a time, `pause` seconds apart."""

    size: int = 1
    pause: float = 0.05


@dataclass(frozen=True, kw_only=True)
class Delay:
    """Wait before anything else happens; the request is acted on after the wait."""

    seconds: float
    then: Instead | ActThenAnswer | DropBefore | ActThenDrop | Truncate | Drip | None = None


Fault = Delay | Instead | ActThenAnswer | DropBefore | ActThenDrop | Truncate | Drip
