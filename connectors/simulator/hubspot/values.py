"""Values between JSON and the store, where every one is text, as the API shows it.

Moments are kept as epoch milliseconds, dates as YYYY-MM-DD. What cannot be read comes back as a
`Flaw`. Knows no record: whether a value is taken is `records.py`'s business.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from connectors.simulator.hubspot.errors import Flaw
from connectors.simulator.hubspot.schema import Property
from connectors.simulator.hubspot.times import iso, read_date, read_moment

LONGEST: Final = 65_536  # characters of a text
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")


def plain(given: object) -> str | None:
    """Turn a JSON scalar into the text HubSpot makes of it; None for null and for anything else."""
    if isinstance(given, bool):
        return str(given).lower()
    return str(given) if isinstance(given, str | int | float) else None


def read(one: Property, given: str, place: str) -> str | Flaw:
    """Read a value; `place` says portal and object type. Empty text clears and stays empty."""
    if given == "":
        return given
    return _READERS.get(one.type, _text)(one, given, place)


def write(one: Property, stored: str | None) -> str | None:
    """Give a stored value as the API shows it."""
    if one.type == "datetime" and stored:
        return iso(int(stored))
    return stored


def _flaw(one: Property, code: str, message: str) -> Flaw:
    return Flaw(name=one.name, code=code, message=message)


def _text(one: Property, given: str, place: str) -> str | Flaw:
    try:
        given.encode()
    except UnicodeEncodeError:
        return _flaw(one, "INVALID_STRING", "half a surrogate pair is no text")
    if len(given) > LONGEST:
        return _flaw(
            one,
            "PROPERTY_VALUE_TOO_LONG",
            f"Property value is too long: {len(given)} characters, the limit is {LONGEST}.",
        )
    return given


def _number(one: Property, given: str, place: str) -> str | Flaw:
    if not _NUMBER.fullmatch(given.strip()):
        return _flaw(one, "INVALID_NUMBER", f"{given} was not a valid number.")
    return given.strip()


def _bool(one: Property, given: str, place: str) -> str | Flaw:
    if given.lower() not in ("true", "false"):
        return _flaw(one, "INVALID_BOOLEAN", f"{given} was not a valid boolean.")
    return given.lower()


def _choice(one: Property, given: str, place: str) -> str | Flaw:
    allowed = [option.value for option in one.options]
    chosen = given.split(";") if one.field_type == "checkbox" else [given]
    if allowed and not set(chosen) <= set(allowed):
        listed = ", ".join(allowed)
        return _flaw(
            one, "INVALID_OPTION", f"{given} was not one of the allowed options: [{listed}]"
        )
    return given


def _moment(one: Property, given: str, place: str) -> str | Flaw:
    try:
        return str(read_moment(given))
    except (ValueError, OverflowError):
        return _flaw(one, "INVALID_LONG", f"{given} was not a valid long. {place}")


def _date(one: Property, given: str, place: str) -> str | Flaw:
    try:
        return read_date(given)
    except (ValueError, OverflowError):
        return _flaw(one, "INVALID_DATE", f"{given} is not at midnight UTC. {place}")


_READERS: Final[Mapping[str, Callable[[Property, str, str], str | Flaw]]] = {
    "number": _number,
    "bool": _bool,
    "enumeration": _choice,
    "datetime": _moment,
    "date": _date,
}
