"""Values between JSON and the store, one reader and one writer a field type.

Raises `SalesforceError` with the vendor's sentence for a value of the wrong shape. Knows no other
record: whether a reference leads anywhere is `references.py`'s business.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Final

from connectors.simulator.salesforce import errors, ids
from connectors.simulator.salesforce.schema import Field
from connectors.simulator.salesforce.store import Value
from connectors.simulator.salesforce.times import stamp, wire

_SHAPES: Final[Mapping[type, str]] = {
    str: "VALUE_STRING",
    bool: "VALUE_TRUE",
    int: "VALUE_NUMBER_INT",
    float: "VALUE_NUMBER_FLOAT",
    dict: "START_OBJECT",
    list: "START_ARRAY",
}

#: What a number's absolute value must stay below: 18 digits, two of them decimals; 32 bits.
_BOUNDS: Final[Mapping[str, float]] = {
    "int": 2.0**31,
    "double": 1e16,
    "currency": 1e16,
    "percent": 1e16,
}
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT")
_FIRST_YEAR, _LAST_YEAR = 1700, 4000


def read(field: Field, given: object) -> Value:
    """Turn a JSON value into the stored one; empty text is null, as in Salesforce."""
    if given is None or given == "":
        return 0 if field.type == "boolean" else None
    return _READERS.get(field.type, _text)(field, given)


def write(field: Field, stored: Value) -> object:
    """Turn a stored value into the JSON of the REST API."""
    if stored is None:
        return None
    writer = _WRITERS.get(field.type)
    return writer(stored) if writer else stored


def plain(given: object) -> object:
    """Turn a Python value into the JSON value a client would send for it."""
    if isinstance(given, dt.datetime):
        return stamp(given)
    if isinstance(given, dt.date):
        return given.isoformat()
    if given is None or isinstance(given, str | int | float):
        return given
    return float(str(given)) if hasattr(given, "as_tuple") else given


def _bad(kind: str, given: object) -> errors.SalesforceError:
    return errors.unreadable(kind, _SHAPES.get(type(given), "VALUE_EMBEDDED_OBJECT"), given)


def _text(field: Field, given: object) -> Value:
    if not isinstance(given, str):
        raise _bad("string", given)
    text = _encodable(given).strip()
    if field.length and len(text) > field.length:
        raise errors.too_long(field.label, text, field.name, field.length)
    if field.restricted_picklist and field.picklist and text and text not in field.picklist:
        raise errors.bad_choice(field.label, text, field.name)
    return text or None


def _encodable(given: str) -> str:
    try:
        given.encode()
    except UnicodeEncodeError:
        raise _bad("string", "half a surrogate pair") from None
    return given


def _reference(field: Field, given: object) -> Value:
    if not isinstance(given, str):
        raise _bad("reference", given)
    record_id = ids.full(given)
    if record_id is None:
        raise errors.wrong_id(field.label, given, field.name)
    return record_id


def _boolean(field: Field, given: object) -> Value:
    if isinstance(given, bool):
        return int(given)
    if isinstance(given, str) and given.lower() in ("true", "false"):
        return int(given.lower() == "true")
    raise _bad("boolean", given)


def _number(field: Field, given: object) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        raise _bad("double", given)
    try:
        number = float(given)
    except (ValueError, OverflowError):
        raise _bad("double", given) from None
    if not abs(number) < _BOUNDS[field.type]:
        raise errors.out_of_range(number, field.name)
    return number


def _double(field: Field, given: object) -> Value:
    return _number(field, given)


def _int(field: Field, given: object) -> Value:
    number = _number(field, given)
    if not number.is_integer():
        raise _bad("int", given)
    return int(number)


def _date(field: Field, given: object) -> Value:
    if not isinstance(given, str):
        raise _bad("date", given)
    try:
        _moment(given if "T" in given else f"{given}T00:00:00Z")
    except (ValueError, OverflowError):
        raise _bad("date", given) from None
    return given[:10]


def _datetime(field: Field, given: object) -> Value:
    if not isinstance(given, str):
        raise _bad("datetime", given)
    try:
        return stamp(_moment(given))
    except (ValueError, OverflowError):
        raise _bad("datetime", given) from None


def _moment(given: str) -> dt.datetime:
    """Read a moment with its zone, in the years Salesforce knows; ValueError for anything else."""
    if not _MOMENT.match(given):
        raise ValueError(given)
    moment = dt.datetime.fromisoformat(given)
    if moment.tzinfo is None or not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise ValueError(given)
    return moment


_READERS: Final[Mapping[str, Callable[[Field, object], Value]]] = {
    "id": _reference,
    "reference": _reference,
    "boolean": _boolean,
    "int": _int,
    "double": _double,
    "currency": _double,
    "percent": _double,
    "date": _date,
    "datetime": _datetime,
}

_WRITERS: Final[Mapping[str, Callable[[Value], object]]] = {
    "boolean": bool,
    "base64": lambda _: None,
    "datetime": lambda stored: wire(str(stored)),
}
