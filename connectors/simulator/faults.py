"""Faults by script: what may go wrong between a client and a CRM, one small noun each.

    Delay            wait, then go on (with another fault, if one is given)
    Before           do something else first, then go on (records that change while paging)
    Instead          answer this and do not act
    DropBefore       close the connection without acting
    ActThenDrop      act, then close the connection without an answer
    ResetBefore      the same two, with a reset in place of an orderly close
    ActThenReset
    ActThenHang      act, then say nothing until the client has had enough
    Edit             act, then answer the truth with a change (rows twice, rows lost, another date)
    ActThenAnswer    act, then answer something else
    Truncate         act, announce the whole answer, send its beginning, close
    Drip             act, send the answer a few bytes at a time

Nouns only; `application.py` plays them. Times are in seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from connectors.simulator.exchange import Answer


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
class ResetBefore:
    """Reset the connection without acting."""


@dataclass(frozen=True, kw_only=True)
class ActThenReset:
    """Act, then reset the connection without an answer."""


@dataclass(frozen=True, kw_only=True)
class ActThenHang:
    """Act, then say nothing for so long, then close."""

    seconds: float


@dataclass(frozen=True, kw_only=True)
class Edit:
    """Act, then answer what `change` makes of the truth."""

    change: Callable[[Answer], Answer]


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
    then: Fault | None = None


@dataclass(frozen=True, kw_only=True)
class Before:
    """Do something else first; the request is acted on, or fails, after it."""

    do: Callable[[], None]
    then: Fault | None = None


#: What ends an answer on its way out, once the request was acted on.
AfterActing = ActThenAnswer | ActThenDrop | ActThenReset | ActThenHang | Edit | Truncate | Drip
Fault = Delay | Before | Instead | DropBefore | ResetBefore | AfterActing
