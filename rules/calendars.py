"""Business time: when people work, and what "within 5 business days" means for them.

A calendar is hours, working days, holidays and a time zone; a person's calendar is the org's hours
in that person's zone, without their public holidays and their leave. In SQL it is a table
(`rules.workdays`), so that a window over all deals is a join, never a loop; in Python the same
arithmetic serves one moment (a task's due date). A property test holds the two together.

Semantics: one business day is one working day's length of business time. A clock that starts on a
free day or before opening starts at the next opening. A deadline is the first moment at which the
whole length has passed, so one that ends exactly with a working day ends at its closing time. It
is local wall-clock time: a change to or from daylight saving moves nothing. Only `hours` are time
that passed. A wall-clock time that comes twice means the later one, one that is skipped the moment
as long after the change; DuckDB reads both the same way.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from rules.free_days import public_holidays
from rules.lengths import Length, Unit

_FIRST_MONDAY: Final = dt.date(1990, 1, 1)

WORKWEEK: Final = frozenset({0, 1, 2, 3, 4})  # Monday is 0

#: Length units that count calendar days, and how many.
CALENDAR_DAYS: Final[Mapping[Unit, int]] = {Unit.DAYS: 1, Unit.WEEKS: 7}


@dataclass(frozen=True, kw_only=True)
class Hours:
    """An org's working time. `name` is what rules and settings call it."""

    name: str = "default"
    opens: dt.time = dt.time(9)
    closes: dt.time = dt.time(17)
    weekdays: frozenset[int] = WORKWEEK
    holidays: frozenset[dt.date] = field(default_factory=frozenset)
    region: str | None = None  # whose public holidays are free as well: DE-BY

    def __post_init__(self) -> None:
        if self.closes <= self.opens or not self.weekdays:
            raise ValueError(f"calendar {self.name!r} has no working time")

    @property
    def opens_second(self) -> int:
        return self.opens.hour * 3600 + self.opens.minute * 60 + self.opens.second

    @property
    def day_seconds(self) -> int:
        """Seconds of business time in a working day."""
        closes = self.closes.hour * 3600 + self.closes.minute * 60 + self.closes.second
        return closes - self.opens_second

    def is_working(self, day: dt.date) -> bool:
        """Tell whether people work on this day."""
        return day.weekday() in self.weekdays and day not in self.free

    @property
    def free(self) -> frozenset[dt.date]:
        """Every day of no work that is not a weekend."""
        return _free(self.holidays, self.region)


@dataclass(frozen=True)
class Calendar:
    """Working hours in one time zone: one person's business time."""

    hours: Hours
    zone: str  # IANA name

    @property
    def id(self) -> str:
        return f"{self.hours.name} {self.zone}"

    def local(self, moment: dt.datetime) -> dt.datetime:
        """Return an aware moment on this calendar's wall clock."""
        return moment.astimezone(_zone(self.zone))

    def add(self, moment: dt.datetime, length: Length) -> dt.datetime:
        """Return the UTC moment at which `length` after `moment` has fully passed."""
        local = self.local(moment)
        if length.unit in CALENDAR_DAYS:
            moved = local.replace(tzinfo=None) + dt.timedelta(
                days=CALENDAR_DAYS[length.unit] * length.amount
            )
            return self.utc(moved)
        if length.unit is Unit.HOURS:
            return moment.astimezone(dt.UTC) + dt.timedelta(hours=length.amount)
        return self._add_business(local, business_seconds(length, self.hours))

    def add_seconds(self, moment: dt.datetime, seconds: int) -> dt.datetime:
        """Return the UTC moment at which so many seconds of business time have passed."""
        return self._add_business(self.local(moment), seconds)

    def working_days_between(self, start: dt.datetime, end: dt.datetime) -> int:
        """Return the whole business days that passed from `start` to `end`."""
        seconds = self._business_instant(end) - self._business_instant(start)
        return max(seconds, 0) // self.hours.day_seconds

    def seconds_between(self, start: dt.datetime, end: dt.datetime) -> int:
        """Return the seconds of business time that passed from `start` to `end`; never negative."""
        return max(self._business_instant(end) - self._business_instant(start), 0)

    def end_of(self, day: dt.date) -> dt.datetime:
        """Return closing time on this day, UTC; the day may be a free one."""
        return self.utc(dt.datetime.combine(day, self.hours.closes))

    def next_working(self, day: dt.date) -> dt.date:
        """Return this day if people work on it, else the first later one."""
        while not self.hours.is_working(day):
            day += dt.timedelta(days=1)
        return day

    def _add_business(self, local: dt.datetime, seconds: int) -> dt.datetime:
        day = local.date()
        seconds += self._into(local)
        while True:
            day = self.next_working(day)
            if seconds <= self.hours.day_seconds:
                break
            seconds -= self.hours.day_seconds
            day += dt.timedelta(days=1)
        opening = dt.datetime.combine(day, self.hours.opens)
        return self.utc(opening + dt.timedelta(seconds=seconds))

    def _business_instant(self, moment: dt.datetime) -> int:
        """Return the business seconds from the first Monday of the calendar to `moment`."""
        local = self.local(moment)
        day = local.date()
        weeks, rest = divmod((day - _FIRST_MONDAY).days, 7)
        days = weeks * len(self.hours.weekdays)
        days += sum(1 for weekday in self.hours.weekdays if weekday < rest)
        days -= bisect_left(_missed(self.hours.free, self.hours.weekdays), day)
        return days * self.hours.day_seconds + self._into(local)

    def _into(self, local: dt.datetime) -> int:
        """Return the business seconds of this local day that have passed."""
        if not self.hours.is_working(local.date()):
            return 0
        passed = local.hour * 3600 + local.minute * 60 + local.second - self.hours.opens_second
        return min(max(passed, 0), self.hours.day_seconds)

    def utc(self, local: dt.datetime) -> dt.datetime:
        """Return the UTC moment of a naive time on this calendar's wall clock."""
        here = local.replace(tzinfo=_zone(self.zone))
        return max(here.replace(fold=fold).astimezone(dt.UTC) for fold in (0, 1))


def business_seconds(length: Length, hours: Hours) -> int:
    """Return the business time in a length of business days or hours."""
    if length.unit is Unit.BUSINESS_DAYS:
        return length.amount * hours.day_seconds
    if length.unit is Unit.BUSINESS_HOURS:
        return length.amount * 3600
    raise ValueError(f"{length} is not business time")


@lru_cache(maxsize=4096)
def _free(holidays: frozenset[dt.date], region: str | None) -> frozenset[dt.date]:
    return holidays | public_holidays(region) if region else holidays


@lru_cache(maxsize=4096)
def _missed(free: frozenset[dt.date], weekdays: frozenset[int]) -> tuple[dt.date, ...]:
    """The free days, in order, on which people would have worked."""
    return tuple(sorted(d for d in free if d >= _FIRST_MONDAY and d.weekday() in weekdays))


@lru_cache(maxsize=512)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def known_zone(name: str | None, otherwise: str) -> str:
    """Return an IANA zone name this machine knows, else `otherwise`."""
    try:
        return _zone(name).key if name else otherwise
    except (KeyError, ValueError, OSError):  # ZoneInfo's own three ways to say no
        return otherwise
