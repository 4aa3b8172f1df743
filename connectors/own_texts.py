"""Values of the admin's own fields as text, written alike whatever the CRM (`model.OWN_FIELDS`).

One function a kind of value; each raises ValueError or TypeError for what is none of its kind.
Which kind a field is, the connector says. Pure: no I/O, no clock.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from connectors.plain_text import clean, cut

#: Digits before the point that are written out; no field of a CRM holds more.
_LONGEST: Final = 40


def number_text(value: Any) -> str:
    """A number as a plain decimal: no exponent, no zeros behind the last digit that counts."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise TypeError("not a number")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ValueError("not a number") from None
    if not number.is_finite() or number.adjusted() > _LONGEST:
        raise ValueError("not a number")
    text = f"{number:f}"
    short = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if short in {"-0", ""} else short


def flag_text(value: Any) -> str:
    """A tick as `true` or `false`."""
    if not isinstance(value, bool):
        raise TypeError("neither true nor false")
    return "true" if value else "false"


def day_text(value: Any) -> str:
    """A day as `2026-11-12`."""
    return dt.date.fromisoformat(_said(value)).isoformat()


def moment_text(value: Any) -> str:
    """A moment with its zone, in UTC: `2026-11-12T09:30:00Z`; a fraction only if it has one."""
    moment = dt.datetime.fromisoformat(_said(value))
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone")
    return moment.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def plain_text(value: Any) -> str:
    """A text without what no text should hold, cut where a body is cut."""
    return clean(cut(_said(value)))


def _said(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value
