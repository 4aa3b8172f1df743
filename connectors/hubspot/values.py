"""HubSpot's values, every one a text or null, read as what they mean; columns cast to Arrow. Pure.

An empty text is what a cleared property holds, so it is null. Source: facts, hubspot 4.3.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeVar

import pyarrow as pa

from connectors.errors import Refused
from connectors.model import EVERY_STREAM
from connectors.money import to_money
from connectors.plain_text import clean

T = TypeVar("T")
Columns = dict[str, Sequence[Any]]

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class Page:
    """Records of one answer, read by property; one that was not answered is null throughout."""

    def __init__(self, records: Sequence[Mapping[str, Any]]) -> None:
        self.records = records

    def __len__(self) -> int:
        return len(self.records)

    def __getitem__(self, name: str) -> list[str | None]:
        return [value_of(record, name) for record in self.records]

    @property
    def ids(self) -> list[str]:
        """The ids of the records."""
        return [str(record["id"]) for record in self.records]

    def read(self, name: str, reader: Callable[[str], T]) -> list[T | None]:
        """A property read as something; null stays null. Raises Refused for what it cannot be."""
        return [self._one(record, name, reader) for record in self.records]

    def _one(self, record: Mapping[str, Any], name: str, reader: Callable[[str], T]) -> T | None:
        text = value_of(record, name)
        if text is None:
            return None
        try:
            return reader(text)
        except (ValueError, OverflowError, InvalidOperation):
            raise _bad(name) from None


def value_of(record: Mapping[str, Any], name: str) -> str | None:
    """A property of a record as text; None where it is null, empty or absent."""
    properties = record.get("properties")
    value = properties.get(name) if isinstance(properties, Mapping) else None
    return value if isinstance(value, str) and value else None


def moment(text: str) -> dt.datetime:
    """Read ISO 8601 or epoch milliseconds as aware UTC."""
    if text.lstrip("-").isdigit():
        return _EPOCH + dt.timedelta(milliseconds=int(text))
    at = dt.datetime.fromisoformat(text)
    return at.replace(tzinfo=dt.UTC) if at.tzinfo is None else at.astimezone(dt.UTC)


def moment_of(text: Any, name: str) -> dt.datetime:
    """Read a moment that must be there. Raises Refused, naming the property, when it is none."""
    try:
        return moment(str(text))
    except (ValueError, OverflowError):
        raise _bad(name) from None


def day_in(zone: dt.tzinfo) -> Callable[[str], dt.date]:
    """Make a reader of the day that a moment means to people in `zone`.

    A moment at midnight UTC was written as a date, and means that date everywhere.
    """

    def day(text: str) -> dt.date:
        at = moment(text)
        return at.date() if at.time() == dt.time() else at.astimezone(zone).date()

    return day


def millis(at: dt.datetime) -> int:
    """Milliseconds since 1970, which is how HubSpot takes moments in; parts of one are cut."""
    return (at - _EPOCH) // dt.timedelta(milliseconds=1)


def amount(text: str) -> Decimal | None:
    """Read an amount; more than 16 digits before the point is none that anybody means."""
    exact = Decimal(text)
    if not exact.is_finite():
        raise ValueError("not a number")
    return to_money(exact)


def share(text: str) -> float:
    """Read a probability from 0 to 1 as a number from 0 to 100."""
    value = float(text)
    if not 0 <= value <= 1:
        raise ValueError("no probability")
    return round(value * 100, 6)


def whole(text: str) -> int:
    """Read a whole number, which may be written `60000.0`."""
    return int(Decimal(text))


def batch(stream: str, columns: Mapping[str, Sequence[Any]]) -> Any:
    """Make a batch in the stream's schema; a column nobody filled is null.

    Raises Refused when a value cannot be what its column is.
    """
    schema = EVERY_STREAM[stream]
    nothing = [None] * len(columns["id"])
    arrays = [_cast(one, columns.get(one.name, nothing)) for one in schema]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _cast(field: Any, values: Sequence[Any]) -> Any:
    if field.type == pa.string():
        return pa.array([None if one is None else clean(str(one)) for one in values], pa.string())
    try:
        return pa.array(values, field.type)
    except (pa.ArrowException, ValueError, TypeError, OverflowError):
        raise _bad(field.name) from None


def _bad(name: str) -> Refused:
    return Refused(
        f"HubSpot sent a value of {name} that is not what this property holds. The page was not "
        "stored; see which record changed last, or report this.",
        code="BAD_VALUE",
    )
