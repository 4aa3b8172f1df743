"""How fast we ask: below HubSpot's limits, so that other apps of the account keep their share.

Waits before a request; repeats nothing (that is `retry.py`) and counts no daily allowance (that is
`budget.py`). Source of the limits: facts, hubspot 4.6 and 4.8.
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
LINK_BURST: Final = 100  # the same of associations, which have a limit of their own
_MOST: Final = 10_000
_SCARCE: Final = 0.1  # of a limit: somebody else asks with our key
_CALM: Final = 50  # requests without a refusal after which a lane that was slowed gets one more

#: The lanes, by what a request is: see `paths.lane_of`.
CALLS, LINKS, SEARCH = "calls", "links", "search"
#: policyName of a refusal -> the lanes it may be about.
_BY_POLICY: Final[Mapping[str, tuple[str, ...]]] = {
    "SECONDLY": (SEARCH,),
    "TEN_SECONDLY_ROLLING": (CALLS, LINKS),
}


class Lane:
    """At most `limit` requests in any `seconds`."""

    def __init__(self, limit: int, seconds: float) -> None:
        self.limit = limit
        self.usual = limit
        self.seconds = seconds
        self._sent: deque[float] = deque()
        self._calm = 0
        self._scarce = False

    def take(self, now: float) -> float:
        """Book a place; the seconds to wait for it."""
        while self._sent and self._sent[0] <= now - self.seconds:
            self._sent.popleft()
        free = now + self.seconds if self._scarce else now
        if len(self._sent) >= self.limit:
            free = max(free, self._sent[-self.limit] + self.seconds)
        self._sent.append(free)
        self._scarce = False
        self._quicker()
        return free - now

    def allow(self, most: int, seconds: float, left: int | None) -> None:
        """Take up what an answer tells of the limit, and rest where hardly any of it is left."""
        if self.limit == self.usual:
            self.limit = max(1, int(most * SHARE))
        self.usual, self.seconds = max(1, int(most * SHARE)), seconds
        self._scarce = left is not None and left <= most * _SCARCE

    def slower(self, now: float) -> None:
        """Half as fast from now on: others use the limit as well.

        What was refused is sent again without being booked: its place is at the latest here.
        """
        self.limit, self._calm = max(1, self.limit // 2), 0
        self._sent.append(max(now + 2 * self.seconds, self._sent[-1] if self._sent else 0.0))

    def _quicker(self) -> None:
        self._calm += 1
        if self.limit < self.usual and self._calm >= _CALM:
            self.limit, self._calm = self.limit + 1, 0


class Pace:
    """Keeps one session's requests apart. `clock` gives monotonic seconds."""

    def __init__(self, pause: Pause, clock: Callable[[], float] = time.monotonic) -> None:
        self._pause = pause
        self._clock = clock
        self._lanes = {
            CALLS: Lane(int(BURST * SHARE), 10.0),
            LINKS: Lane(int(LINK_BURST * SHARE), 10.0),
            SEARCH: Lane(SEARCHES, 1.0),
        }

    def keep(self, lane: str) -> None:
        """Wait until one more request is in order."""
        seconds = self._lanes[lane].take(self._clock())
        if seconds > 0:
            self._pause(seconds)

    def learn(self, lane: str, headers: Mapping[str, str]) -> None:
        """Take up the account's own burst limit where an answer tells it; searches tell none."""
        most = _number(headers.get("X-HubSpot-RateLimit-Max", ""))
        span = _number(headers.get("X-HubSpot-RateLimit-Interval-Milliseconds", ""))
        if lane != SEARCH and most and span and most <= _MOST:
            left = _number(headers.get("X-HubSpot-RateLimit-Remaining", ""))
            self._lanes[lane].allow(most, min(span / 1000, 60.0), left)

    def refused(self, policy: str) -> None:
        """Slow down after a refusal of this policy."""
        for lane in _BY_POLICY.get(policy, ()):
            self._lanes[lane].slower(self._clock())


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None
