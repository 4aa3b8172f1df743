"""Moments as the store keeps them, in epoch milliseconds, and as the API speaks them. UTC only."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final
from zoneinfo import ZoneInfo

DAY: Final = 86_400_000  # milliseconds
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_LONG: Final = re.compile(r"-?\d{1,15}")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
_ISO: Final = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d.*)?")


def millis(moment: dt.datetime) -> int:
    """Count an aware moment's milliseconds since 1970."""
    return (moment - _EPOCH) // dt.timedelta(milliseconds=1)


def moment(stored: int) -> dt.datetime:
    """Give the moment of a count of milliseconds."""
    return _EPOCH + dt.timedelta(milliseconds=stored)


def iso(stored: int) -> str:
    """Write milliseconds as the API does: three decimals, or none where they are zero."""
    text = moment(stored).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return text.replace(".000Z", "Z")


def read_moment(given: str) -> int:
    """Read epoch milliseconds or ISO 8601; a date alone is midnight UTC. Raises ValueError."""
    if _LONG.fullmatch(given):
        iso(int(given))
        return int(given)
    if not _ISO.fullmatch(given):
        raise ValueError(given)
    when = dt.datetime.fromisoformat(given)
    return millis(when if when.tzinfo else when.replace(tzinfo=dt.UTC))


def read_date(given: str) -> str:
    """Read `YYYY-MM-DD`, or milliseconds that are midnight UTC. Raises ValueError."""
    if _DATE.fullmatch(given):
        return dt.date.fromisoformat(given).isoformat()
    stored = int(given)
    if stored % DAY:
        raise ValueError(given)
    return moment(stored).date().isoformat()


def day(stored: int, zone: str) -> str:
    """Give the date on which stored milliseconds fall in an IANA time zone."""
    return moment(stored).astimezone(ZoneInfo(zone)).date().isoformat()
