"""What comes in, what goes out, what the log keeps of it. Nouns only; no network, no CRM."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """A whole request: its body has been read to the end."""

    method: str
    path: str  # decoded, without a trailing slash
    query: str  # as sent, without the question mark
    headers: Mapping[str, str]  # names in lower case
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A whole answer, before it is sent."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Logged:
    """A line of the request log; `status` is None where no answer was sent."""

    number: int  # from 1, in order of arrival
    method: str
    path: str
    query: str
    status: int | None
    fault: str = ""  # the kind of fault that a script played, if any
