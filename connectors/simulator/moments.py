"""Moments of a story: how far from the day of the telling, and at what time of day.

A day is written `-6bd` (business days, Monday to Friday), `-40d` (days) or `-1fri` (that weekday);
a moment is a day and a time: `-6bd 10:00`. Every day but `+0d` lies strictly before or after the
day of the telling, so a story reads the same on any day and at any hour. Reads no clock.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKEND: Final = 5  # Saturday, counted from Monday
_UNITS: Final = ("bd", "d", *_WEEKDAYS)
_DAY: Final = re.compile(rf"([+-])(\d{{1,4}})({'|'.join(_UNITS)})")
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_ONE: Final = dt.timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Day:
    """A day, told by its distance from today; `unit` is `bd`, `d` or a weekday."""

    count: int  # negative: before today
    unit: str

    @property
    def is_past(self) -> bool:
        """Whether the day lies before today, whatever day today is."""
        return self.count < 0

    def of(self, today: dt.date) -> dt.date:
        """Give the date, told on `today`."""
        if self.unit == "d":
            return today + self.count * _ONE
        sign = -1 if self.is_past else 1
        if self.unit == "bd":
            return _business_day(today, abs(self.count), sign * _ONE)
        apart = sign * (_WEEKDAYS.index(self.unit) - today.weekday()) % 7 or 7
        return today + sign * (apart + 7 * (abs(self.count) - 1)) * _ONE


def _business_day(today: dt.date, count: int, step: dt.timedelta) -> dt.date:
    day = today
    while count:
        day += step
        count -= day.weekday() < _WEEKEND
    return day


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A day and a time of day, in the time zone of the story's company."""

    day: Day
    clock: dt.time

    def of(self, now: dt.datetime, zone: ZoneInfo) -> dt.datetime:
        """Give the moment in UTC, told at `now` (aware) by a company in `zone`."""
        date = self.day.of(now.astimezone(zone).date())
        return dt.datetime.combine(date, self.clock, zone).astimezone(dt.UTC)


def read_day(text: str) -> Day:
    """Read a day. Raises ValueError with a sentence that says what to write."""
    match = _DAY.fullmatch(text)
    if match is None:
        raise ValueError(
            f"“{text}” is no day of a story; write one like -6bd (six business days ago), "
            "-40d (days), -1fri (last Friday) or +10bd"
        )
    count = int(match[2]) * (-1 if match[1] == "-" else 1)
    if count == 0 and match[3] != "d":
        raise ValueError(f"“{text}” may not exist on some days; write +0d for today")
    return Day(count=count, unit=match[3])


def read_moment(text: str) -> Moment:
    """Read a moment. Raises ValueError with a sentence that says what to write."""
    day, _, clock = text.partition(" ")
    match = _CLOCK.fullmatch(clock)
    if match is None:
        raise ValueError(
            f"“{text}” is no moment of a story; write a day and a time, like -6bd 10:00"
        )
    return Moment(day=read_day(day), clock=dt.time(int(match[1]), int(match[2])))
