"""How often a portal may be asked: three windows, what is left of each, and who counts against it.

Sources: facts 4.6 and 4.8; HubSpot: API usage guidelines. No clock: moments come in.
"""

from __future__ import annotations

import datetime as dt
from collections import deque
from typing import Final

TEN_SECONDLY, DAILY, SECONDLY = "TEN_SECONDLY_ROLLING", "DAILY", "SECONDLY"
POLICIES: Final = frozenset({TEN_SECONDLY, DAILY, SECONDLY})

#: Seconds of a rolling window; the day is the account's own, from midnight to midnight.
SPANS: Final = {TEN_SECONDLY: 10.0, SECONDLY: 1.0}


class Window:
    """The calls of the last seconds, or of a day."""

    def __init__(self) -> None:
        self._calls: deque[dt.datetime] = deque()

    def count(self, now: dt.datetime) -> None:
        """Add a call."""
        self._calls.append(now)

    def since(self, start: dt.datetime) -> int:
        """Count the calls after a moment, and forget those before."""
        while self._calls and self._calls[0] <= start:
            self._calls.popleft()
        return len(self._calls)

    def frees_in(self, now: dt.datetime, span: float) -> int:
        """Tell in how many whole seconds the oldest call of a rolling window is forgotten."""
        if not self._calls:
            return 1
        left = span - (now - self._calls[0]).total_seconds()
        return max(1, int(left + 0.999))

    def clear(self) -> None:
        """Forget every call."""
        self._calls.clear()
