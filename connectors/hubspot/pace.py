"""How fast we ask: below HubSpot's limits, so that other apps of the account keep their share.

Waits before a request; repeats nothing (that is `retry.py`) and counts no daily allowance (that is
`budget.py`). Source of the limits: facts, hubspot 4.8.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Final

from connectors.retry import Pause

SHARE: Final = 0.7  # of a limit; the rest is other apps' (facts, libraries 6.15)
SEARCHES: Final = 3  # of the account's five a second
BURST: Final = 100  # in ten seconds, until an answer says that this account has more
_MOST: Final = 10_000


class Lane:
    """At most `limit` requests in any `seconds`."""

    def __init__(self, limit: int, seconds: float) -> None:
        self.limit = limit
        self.seconds = seconds
        self._sent: deque[float] = deque()

    def take(self, now: float) -> float:
        """Book a place; the seconds to wait for it."""
        while self._sent and self._sent[0] <= now - self.seconds:
            self._sent.popleft()
        free = now
        if len(self._sent) >= self.limit:
            free = max(now, self._sent[-self.limit] + self.seconds)
        self._sent.append(free)
        return free - now


class Pace:
    """Keeps one session's requests apart. `clock` gives monotonic seconds."""

    def __init__(self, pause: Pause, clock: Callable[[], float] = time.monotonic) -> None:
        self._pause = pause
        self._clock = clock
        self._search = Lane(SEARCHES, 1.0)
        self._other = Lane(int(BURST * SHARE), 10.0)

    def keep(self, *, search: bool) -> None:
        """Wait until one more request is in order."""
        lane = self._search if search else self._other
        seconds = lane.take(self._clock())
        if seconds > 0:
            self._pause(seconds)

    def learn(self, headers: Mapping[str, str]) -> None:
        """Take up the account's own burst limit where an answer tells it."""
        most = headers.get("X-HubSpot-RateLimit-Max", "")
        span = headers.get("X-HubSpot-RateLimit-Interval-Milliseconds", "")
        if _is_number(most) and _is_number(span) and 0 < int(most) <= _MOST and int(span) > 0:
            self._other.limit = max(1, int(int(most) * SHARE))
            self._other.seconds = min(int(span) / 1000, 60.0)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9
