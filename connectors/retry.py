"""The one layer that repeats a request. Nothing below it repeats, and nothing above it need to.

What may be repeated is decided by the caller, error by error; how long to wait is decided here.
"""

from __future__ import annotations

import datetime as dt
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final, TypeVar

import tenacity

from connectors.errors import Retriable

T = TypeVar("T")
Pause = Callable[[float], object]

LONGEST_WAIT: Final = 900.0


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How often and how long to try. All times in seconds."""

    attempts: int = 5
    total: float = 960.0  # room for one longest wait that a server may ask for
    first: float = 1.0
    longest: float = 60.0  # of our own waits; a server's Retry-After may ask for LONGEST_WAIT


class Stopped(Retriable):
    """The worker is shutting down; the request was not made."""


def patiently(
    call: Callable[[], T],
    *,
    repeatable: Callable[[Retriable], bool],
    patience: Patience,
    stop: threading.Event,
    pause: Pause | None = None,
) -> T:
    """Make `call`, and again while it raises a Retriable that is `repeatable`.

    Waits with full jitter, or as long as the server asked (at most LONGEST_WAIT). `stop` ends a
    wait at once and then raises Stopped instead of calling again. `pause` replaces the waiting.
    """

    def unless_stopped() -> T:
        if stop.is_set():
            raise Stopped(
                "The worker is stopping, so the CRM was not asked. Nothing is lost: the next run "
                "goes on from here.",
                code="STOPPED",
            )
        return call()

    def again(problem: BaseException) -> bool:
        return (
            isinstance(problem, Retriable)
            and not isinstance(problem, Stopped)
            and repeatable(problem)
        )

    return tenacity.Retrying(
        retry=tenacity.retry_if_exception(again),
        stop=tenacity.stop_any(
            tenacity.stop_after_attempt(patience.attempts),
            tenacity.stop_before_delay(patience.total),
        ),
        wait=lambda state: _wait(state, patience),
        sleep=lambda seconds: _rest(pause or stop.wait, seconds),
        reraise=True,
    )(unless_stopped)


def _rest(pause: Pause, seconds: float) -> None:
    pause(seconds)


def _wait(state: tenacity.RetryCallState, patience: Patience) -> float:
    problem = state.outcome.exception() if state.outcome else None
    ceiling = min(patience.longest, patience.first * 2.0 ** (state.attempt_number - 1))
    jitter = random.uniform(0.0, ceiling)  # noqa: S311 - spreads load, guards nothing
    if isinstance(problem, Retriable) and problem.after is not None:
        return min(problem.after, LONGEST_WAIT) + min(jitter, patience.first)
    return jitter


def retry_after(header: str | None, now: dt.datetime | None) -> float | None:
    """Read a Retry-After header, in seconds or as an HTTP date, as seconds from 0 to LONGEST_WAIT.

    `now` is the server's own clock (its Date header); without it a date says nothing. None when
    the header is absent or unreadable. Source: RFC 9110, section 10.2.3.
    """
    if not header:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST_WAIT)
    at = http_date(text)
    if at is None or now is None:
        return None
    return min(max(0.0, (at - now).total_seconds()), LONGEST_WAIT)


def http_date(text: str | None) -> dt.datetime | None:
    """Read an HTTP date as aware UTC; None when it is absent or is none."""
    if not text:
        return None
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return at.replace(tzinfo=dt.UTC) if at.tzinfo is None else at.astimezone(dt.UTC)
