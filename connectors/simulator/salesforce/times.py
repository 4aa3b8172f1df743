"""Moments as the store keeps them and as the API speaks them. UTC, whole seconds; no clock.

Store: `2026-11-12T09:30:00Z`. API: `2026-11-12T09:30:00.000+0000` (Object Reference, primitive
data types: a datetime's precision is one second).
"""

from __future__ import annotations

import datetime as dt
from email.utils import format_datetime, parsedate_to_datetime
from zoneinfo import ZoneInfo


def stamp(moment: dt.datetime) -> str:
    """Write an aware moment as the store keeps it; parts of a second are dropped."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(stored: str) -> dt.datetime:
    """Read a stored moment."""
    return dt.datetime.strptime(stored, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC)


def wire(stored: str) -> str:
    """Turn a stored moment into the form of the REST API."""
    return stored.replace("Z", ".000+0000")


def day(stored: str, zone: str) -> str:
    """Give the date on which a stored moment falls in an IANA time zone."""
    return moment(stored).astimezone(ZoneInfo(zone)).date().isoformat()


def http_date(when: dt.datetime) -> str:
    """Write a moment as an HTTP date."""
    return format_datetime(when.astimezone(dt.UTC).replace(microsecond=0), usegmt=True)


def from_http_date(text: str) -> dt.datetime | None:
    """Read an HTTP date, or None where it is none."""
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=dt.UTC)
