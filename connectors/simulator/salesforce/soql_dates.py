"""Date literals and date functions of SOQL. Pure calendar: never reads a clock or a query.

Ranges follow the page "Date Formats and Date Literals in WHERE" of the SOQL and SOSL Reference.
Two settings of an org are fixed: the week begins on Sunday (locale en_US) and the fiscal year is
the calendar year (the default of a new org).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

EARLIEST: Final = date(1700, 1, 1)
LATEST: Final = date(4000, 12, 31)


@dataclass(frozen=True, kw_only=True)
class DateRange:
    """A date literal as written: `LAST_N_DAYS` with 30, or `TODAY` without a number."""

    name: str
    n: int | None = None


@dataclass(frozen=True, kw_only=True)
class Days:
    """A run of calendar days, both ends included."""

    first: date
    last: date


def _days(day: date, steps: int) -> date:
    return day + timedelta(days=steps)


def _weeks(day: date, steps: int) -> date:
    sunday = day - timedelta(days=(day.weekday() + 1) % 7)
    return sunday + timedelta(weeks=steps)


def _months(day: date, steps: int) -> date:
    return _month(day.year * 12 + day.month - 1 + steps)


def _quarters(day: date, steps: int) -> date:
    return _month(day.year * 12 + (day.month - 1) // 3 * 3 + 3 * steps)


def _years(day: date, steps: int) -> date:
    return _month((day.year + steps) * 12)


def _month(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)


#: Unit -> the first day of the period that lies so many periods from the one of `day`.
_UNITS: Final[Mapping[str, Callable[[date, int], date]]] = {
    "DAY": _days,
    "WEEK": _weeks,
    "MONTH": _months,
    "QUARTER": _quarters,
    "YEAR": _years,
    "FISCAL_QUARTER": _quarters,
    "FISCAL_YEAR": _years,
}
_FIXED: Final[Mapping[str, tuple[str, int, int]]] = {
    "YESTERDAY": ("DAY", -1, 0),
    "TODAY": ("DAY", 0, 1),
    "TOMORROW": ("DAY", 1, 2),
    "LAST_90_DAYS": ("DAY", -90, 1),
    "NEXT_90_DAYS": ("DAY", 1, 91),
}
_NEAR: Final[Mapping[str, int]] = {"LAST": -1, "THIS": 0, "NEXT": 1}
_NEAR_FORM: Final = re.compile(r"(LAST|THIS|NEXT)_(WEEK|MONTH|QUARTER|YEAR|FISCAL_\w+)")
_N_FORM: Final = re.compile(r"(?:(LAST|NEXT)_)?N_(\w+?)S(_AGO)?")


def _steps(one: DateRange) -> tuple[str, int, int] | None:
    """Say a literal as (unit, first period, period after the last), counted from the present one.

    LAST_N_DAYS includes today; the longer LAST_N_ ranges end before the present period.
    """
    near = _NEAR_FORM.fullmatch(one.name)
    if one.n is None:
        if near is None or near[2] not in _UNITS:
            return _FIXED.get(one.name)
        return near[2], _NEAR[near[1]], _NEAR[near[1]] + 1
    many = _N_FORM.fullmatch(one.name)
    if many is None or many[2] not in _UNITS or bool(many[1]) == bool(many[3]):
        return None
    if many[3]:
        return many[2], -one.n, 1 - one.n
    if many[1] == "NEXT":
        return many[2], 1, one.n + 1
    return many[2], -one.n, 1 if many[2] == "DAY" else 0


def known_range(one: DateRange) -> bool:
    """Tell whether this is a date literal of SOQL, with its number where it needs one."""
    return _steps(one) is not None


def days_of(one: DateRange, *, now: datetime, zone: str) -> Days | None:
    """Find the days a literal means at `now` in `zone`.

    None when it reaches outside the years 1700-4000 that Salesforce can hold. A range of zero
    periods (NEXT_N_DAYS:0) comes back with `last` before `first`.
    """
    steps = _steps(one)
    if steps is None:
        raise ValueError(f"{one.name} is not a date literal")
    unit, first, after = steps
    today = now.astimezone(ZoneInfo(zone)).date()
    try:
        found = Days(
            first=_UNITS[unit](today, first),
            last=_UNITS[unit](today, after) - timedelta(days=1),
        )
    except (OverflowError, ValueError):
        return None
    return found if found.first >= EARLIEST and found.last <= LATEST else None


def start_of_day(day: date, zone: str) -> datetime:
    """Find the first moment of a day in a zone, in UTC."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def _week_in_year(moment: date) -> int:
    return (moment.timetuple().tm_yday - 1) // 7 + 1


#: Date function -> its value; page "Date Functions" of the SOQL and SOSL Reference.
PARTS: Final[Mapping[str, Callable[[datetime], int | str]]] = {
    "CALENDAR_MONTH": lambda at: at.month,
    "CALENDAR_QUARTER": lambda at: (at.month - 1) // 3 + 1,
    "CALENDAR_YEAR": lambda at: at.year,
    "DAY_IN_MONTH": lambda at: at.day,
    "DAY_IN_WEEK": lambda at: (at.weekday() + 1) % 7 + 1,
    "DAY_IN_YEAR": lambda at: at.timetuple().tm_yday,
    "DAY_ONLY": lambda at: at.date().isoformat(),
    "FISCAL_MONTH": lambda at: at.month,
    "FISCAL_QUARTER": lambda at: (at.month - 1) // 3 + 1,
    "FISCAL_YEAR": lambda at: at.year,
    "HOUR_IN_DAY": lambda at: at.hour,
    "WEEK_IN_MONTH": lambda at: (at.day - 1) // 7 + 1,
    "WEEK_IN_YEAR": _week_in_year,
}


def date_part(name: str, stored: str | None, zone: str) -> int | str | None:
    """Compute a date function over a stored date or datetime, seen in `zone`.

    A date has no zone, so it is taken as it stands.
    """
    if stored is None:
        return None
    at = datetime.fromisoformat(stored)
    return PARTS[name](at.astimezone(ZoneInfo(zone)) if at.tzinfo else at)
