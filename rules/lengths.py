"""Lengths of time as admins write them: `30 days`, `5 business days`; and words for a due date.

Nothing in here knows a calendar: what a business day is, `calendars` decides.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from rules.problems import shown

LONGEST_DAYS: Final = 3650


class Unit(StrEnum):
    """What a length is counted in."""

    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"
    BUSINESS_HOURS = "business hours"
    BUSINESS_DAYS = "business days"

    @property
    def business(self) -> bool:
        """Whether nights, weekends and holidays do not count."""
        return self in (Unit.BUSINESS_HOURS, Unit.BUSINESS_DAYS)


#: How many days one unit is at most, for the bound only (a business hour is at most an hour).
_DAYS: Final = {
    Unit.HOURS: 1 / 24,
    Unit.DAYS: 1.0,
    Unit.WEEKS: 7.0,
    Unit.BUSINESS_HOURS: 1 / 24,
    Unit.BUSINESS_DAYS: 1.0,
}
_UNITS: Final = {str(unit): unit for unit in Unit} | {str(unit)[:-1]: unit for unit in Unit}
_LENGTH: Final = re.compile(r"([0-9]{1,9}) +([a-z]+(?: +[a-z]+)?)")
_DURATION: Final = re.compile(r"([0-9]{1,6}) +(second|minute|hour)s?")
_SECONDS: Final = {"second": 1, "minute": 60, "hour": 3600}


@dataclass(frozen=True)
class Length:
    """A length of time: a positive whole amount of one unit, at most 3650 days."""

    amount: int
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> Length:
        """Read `5 business days`. ValueError says, for the admin, what is wrong with it."""
        found = _LENGTH.fullmatch(text.strip().lower())
        unit = _UNITS.get(" ".join(found[2].split())) if found else None
        if found is None or unit is None:
            raise ValueError(
                f"{shown(text)} is not a length of time. "
                'Write for example "30 days" or "10 business days".'
            )
        length = cls(int(found[1]), unit)
        if length.amount == 0:
            raise ValueError(f"{shown(text)} is no time at all. Write at least 1.")
        if length.amount * _DAYS[unit] > LONGEST_DAYS:
            raise ValueError(f"{shown(text)} is too long. The longest is {LONGEST_DAYS} days.")
        return length

    def at_most(self) -> dt.timedelta:
        """Return calendar time that is never shorter: a business week is a week, and a day over."""
        if self.unit is Unit.BUSINESS_DAYS:
            return dt.timedelta(days=self.amount * 7 / 5 + 2)
        if self.unit is Unit.BUSINESS_HOURS:
            return dt.timedelta(days=self.amount / 8 * 7 / 5 + 2)
        return dt.timedelta(days=self.amount * _DAYS[self.unit])

    def __str__(self) -> str:
        unit = str(self.unit)
        return f"{self.amount} {unit[:-1] if self.amount == 1 else unit}"


@dataclass(frozen=True)
class Times:
    """So many times the limit of the rule's duty: a length that follows the rule's own numbers."""

    number: int

    def __str__(self) -> str:
        return "the limit again" if self.number == 1 else f"{self.number} times the limit"


_TIMES: Final = re.compile(r"(?:the limit again|([1-9][0-9]?) times the limit)")


def parse_wait(text: str) -> Length | Times:
    """Read how long a task stays open: a length, `the limit again` or `3 times the limit`."""
    found = _TIMES.fullmatch(" ".join(text.lower().split()))
    if found:
        return Times(int(found[1] or 1))
    if "limit" in text.lower():
        raise ValueError(
            f'{shown(text)} is not known here. Write "the limit again" or "3 times the limit".'
        )
    return Length.parse(text)


class DueWord(StrEnum):
    """A due date that is no length: a day the calendar knows."""

    END_OF_TODAY = "end of today"
    END_OF_WEEK = "end of week"


def parse_due(text: str) -> Length | DueWord:
    """Read the due date of a task. ValueError says, for the admin, what is wrong with it."""
    words = " ".join(text.lower().split())
    if words in set(DueWord):
        return DueWord(words)
    try:
        return Length.parse(text)
    except ValueError as wrong:
        if _LENGTH.fullmatch(words) and words.split(maxsplit=1)[1] in _UNITS:
            raise
        raise ValueError(
            f"{shown(text)} is not a due date. "
            'Write for example "1 business day", "end of today" or "end of week".'
        ) from wrong


def parse_duration(text: str) -> int:
    """Read how long a call took, `5 minutes`, as seconds. ValueError for the admin."""
    found = _DURATION.fullmatch(text.strip().lower())
    if found is None:
        raise ValueError(
            f'{shown(text)} is not a duration. Write for example "90 seconds" or "5 minutes".'
        )
    return int(found[1]) * _SECONDS[found[2]]
