"""Typed reading of a text: yes and no, numbers, days, moments. Each says what it wanted.

YAML's own guesses are never used: `no` is a word, `014` and `1e3` are mistakes, `18:00` is a text.
Every function takes the text as written and raises ValueError with a sentence for the admin.
Days and moments have no time zone; who reads them knows whose they are.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Final

from rules.problems import shown

_YES_NO: Final = {"yes": True, "true": True, "no": False, "false": False}
_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,4})?")
_WHOLE: Final = re.compile(r"-?(0|[1-9][0-9]{0,14})")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}) +([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)")
_YEARS: Final = range(1970, 2200)


def yes_no(text: str) -> bool:
    """Read `yes` or `no`; `true` and `false` mean the same."""
    try:
        return _YES_NO[text.lower()]
    except KeyError:
        raise ValueError(f'{shown(text)} is neither "yes" nor "no".') from None


def yes_no_unknown(text: str) -> bool | None:
    """Read `yes`, `no` or `unknown`."""
    try:
        return None if text.lower() == "unknown" else _YES_NO[text.lower()]
    except KeyError:
        raise ValueError(f'{shown(text)} is neither "yes", "no" nor "unknown".') from None


def number(text: str) -> Decimal:
    """Read a decimal number of at most 15 digits before the point and 4 after it."""
    if not _NUMBER.fullmatch(text):
        raise ValueError(
            f'{shown(text)} is not a number. Write digits and a point only: "50000" or "12.5".'
        )
    return Decimal(text)


def whole_number(text: str) -> int:
    """Read a whole number in plain decimal."""
    if not _WHOLE.fullmatch(text):
        raise ValueError(f'{shown(text)} is not a whole number. Write digits only: "14".')
    return int(text)


def day(text: str) -> dt.date:
    """Read `2026-11-12`, of a year from 1970 to 2199."""
    if _DAY.fullmatch(text):
        try:
            found = dt.date.fromisoformat(text)
        except ValueError:
            raise ValueError(f"{shown(text)} is not a day of the calendar.") from None
        if found.year in _YEARS:
            return found
    raise ValueError(f'{shown(text)} is not a day. Write year, month, day: "2026-11-12".')


def moment(text: str) -> dt.datetime:
    """Read `2026-11-12 10:00`, seconds if you like, as a time without a zone."""
    parts = _MOMENT.fullmatch(text)
    if parts is None:
        raise ValueError(
            f'{shown(text)} is not a day with a time. Write for example "2026-11-12 10:00".'
        )
    try:
        return dt.datetime.combine(day(parts[1]), dt.time.fromisoformat(parts[2]))
    except ValueError:
        raise ValueError(
            f'{shown(text)} is not a day and time of the calendar. Write "2026-11-12 10:00".'
        ) from None


def day_or_moment(text: str) -> dt.date | dt.datetime:
    """Read a day, with a time or without."""
    return moment(text) if ":" in text else day(text)
