"""Business time once more, by walking over the days: nothing of `rules.calendars` is in here.

It is what the contenders count with, so that equal findings prove the arithmetic of both. Moments
are whole seconds since 1970; work is from 9 to 17 on Monday to Friday, as in the rulings.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

DAY: Final = 8 * 3600  # seconds of work
_OPENS, _CLOSES = dt.time(9), dt.time(17)


def due(start: int, zone: str, work: int) -> int:
    """Return the moment at which `work` seconds of business time after `start` have passed."""
    here = ZoneInfo(zone)
    clock = dt.datetime.fromtimestamp(start, here).replace(tzinfo=None)
    while True:
        today = clock.date()
        begins = max(clock, dt.datetime.combine(today, _OPENS))
        left = dt.datetime.combine(today, _CLOSES) - begins
        room = int(left.total_seconds()) if today.weekday() < 5 else 0
        if 0 < work <= room:
            return int((begins + dt.timedelta(seconds=work)).replace(tzinfo=here).timestamp())
        work -= max(room, 0)
        clock = dt.datetime.combine(today + dt.timedelta(days=1), dt.time())


def days_later(start: int, zone: str, days: int) -> int:
    """Return the same time of the clock, `days` days after `start`."""
    here = ZoneInfo(zone)
    clock = dt.datetime.fromtimestamp(start, here).replace(tzinfo=None)
    return int((clock + dt.timedelta(days=days)).replace(tzinfo=here).timestamp())


@cache
def latest_start(now: int, zone: str, work: int) -> int:
    """Return the last moment whose `due` has come by `now`: for engines that only compare."""
    low, high = now - 400 * 86400, now
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if due(middle, zone, work) <= now else (low, middle)
    return low


@cache
def first_within(now: int, zone: str, days: int) -> int:
    """Return the first moment that is less than `days` days ago at `now`."""
    start = now - (days + 2) * 86400
    while days_later(start, zone, days) <= now:
        start += 1 if days_later(start + 3600, zone, days) > now else 3600
    return start
