"""One comparison of a column with literals, as SQL: who may be compared with what, and how.

Literals travel as bound parameters in the form their column is stored in.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from connectors.simulator.salesforce.ids import checksum
from connectors.simulator.salesforce.soql_column import Column
from connectors.simulator.salesforce.soql_dates import DateRange, days_of, start_of_day
from connectors.simulator.salesforce.soql_errors import SoqlError, malformed, unknown
from connectors.simulator.salesforce.soql_scope import Scope
from connectors.simulator.salesforce.soql_tree import Literal, Place

_ORDERED: Final = frozenset({"=", "!=", "<", "<=", ">", ">="})
_LISTED: Final = frozenset({"IN", "NOT IN"})
_OPERATORS: Final[Mapping[str, frozenset[str]]] = {
    "text": _ORDERED | _LISTED | {"LIKE"},
    "id": _ORDERED | _LISTED,
    "number": _ORDERED | _LISTED,
    "date": _ORDERED | _LISTED,
    "datetime": _ORDERED | _LISTED,
    "boolean": frozenset({"=", "!="}),
    "multipicklist": frozenset({"=", "!=", "INCLUDES", "EXCLUDES"}),
}
_ACCEPTS: Final[Mapping[str, frozenset[str]]] = {
    "text": frozenset({"string", "pattern"}),
    "id": frozenset({"string"}),
    "number": frozenset({"number"}),
    "date": frozenset({"date", "range"}),
    "datetime": frozenset({"datetime", "range"}),
    "boolean": frozenset({"boolean"}),
    "multipicklist": frozenset({"string"}),
}
#: What Salesforce calls the type a value should have had.
_ASKED: Final[Mapping[str, str]] = {
    "text": "string",
    "multipicklist": "string",
    "id": "ID",
    "number": "double",
    "datetime": "dateTime",
}


def check_operator(column: Column, operator: str, place: Place) -> None:
    """Refuse an operator that the column's type has not."""
    if operator not in _OPERATORS[column.kind]:
        raise SoqlError(
            "INVALID_QUERY_FILTER_OPERATOR",
            f"invalid operator on {'id' if column.kind == 'id' else column.field.type} field",
            place,
        )


def compare(
    scope: Scope, column: Column, operator: str, values: Sequence[Literal], place: Place
) -> str:
    """Write `column operator values`; the operator is one the column has.

    Raises SoqlError INVALID_FIELD for a literal of another type.
    """
    for value in values:
        _must_fit(column, value, place)
    return _WRITERS.get(operator, _ordered)(scope, column, operator, values)


def _must_fit(column: Column, value: Literal, place: Place) -> None:
    if value.kind == "null" or value.kind in _ACCEPTS[column.kind]:
        return
    if value.kind == "currency":
        raise unknown("currency literals, the org has one currency", value.place)
    asked = "int" if column.field.type == "int" else _ASKED.get(column.kind, column.kind)
    quotes = "" if column.kind in ("text", "id", "multipicklist") else "not "
    raise SoqlError(
        "INVALID_FIELD",
        f"value of filter criterion for field '{column.field.name}' must be of type {asked} "
        f"and should {quotes}be enclosed in quotes",
        place,
    )


def _ordered(scope: Scope, column: Column, operator: str, values: Sequence[Literal]) -> str:
    value = values[0]
    if column.kind == "boolean":
        # Null matches false: page "null in WHERE".
        return f"{column.sql} {operator} {scope.bind(int(value.value is True))}"
    if _is_null(value):
        return _null(column, operator, value)
    if isinstance(value.value, DateRange):
        return _in_range(scope, column, operator, value)
    bound = scope.bind(_stored(column, operator, value))
    return f"{column.collated} {'IS NOT' if operator == '!=' else operator} {bound}"


def _is_null(value: Literal) -> bool:
    return value.kind == "null" or value.value == ""  # an empty text is stored as null


def _null(column: Column, operator: str, value: Literal) -> str:
    words = {"=": "IS NULL", "!=": "IS NOT NULL"}
    if operator not in words:
        raise unknown(f"the comparison {operator} with null", value.place)
    return f"{column.sql} {words[operator]}"


def _in_range(scope: Scope, column: Column, operator: str, value: Literal) -> str:
    assert isinstance(value.value, DateRange)
    days = days_of(value.value, now=scope.org.now, zone=scope.org.zone)
    if days is None:
        raise malformed(f"{value.value.name} reaches outside the years 1700-4000", value.place)
    ends = (days.first, days.last + timedelta(days=1))
    stored = [_bound_of(column, day, scope.org.zone) for day in ends]
    low, high = (scope.bind(end) for end in stored)
    x = column.sql
    return {
        "=": f"({x} >= {low} AND {x} < {high})",
        "!=": f"({x} IS NULL OR {x} < {low} OR {x} >= {high})",
        "<": f"{x} < {low}",
        "<=": f"{x} < {high}",
        ">": f"{x} >= {high}",
        ">=": f"{x} >= {low}",
    }[operator]


def _bound_of(column: Column, day: date, zone: str) -> str:
    return day.isoformat() if column.kind == "date" else _moment(start_of_day(day, zone))


def _moment(at: datetime) -> str:
    return at.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _stored(column: Column, operator: str, value: Literal) -> object:
    """Bring a literal to the form its column is stored in."""
    if isinstance(value.value, datetime):
        return _second(value.value, operator)
    if isinstance(value.value, date):
        return value.value.isoformat()
    return _id(value) if column.kind == "id" else value.value


def _second(at: datetime, operator: str) -> str:
    """Round to the stored second so that the comparison stays true of the exact moment."""
    if not at.microsecond:
        return _moment(at)
    if operator in (">=", "<"):
        return _moment(at + timedelta(seconds=1))
    return _moment(at) if operator in (">", "<=") else f"{at.isoformat()}"


def _id(value: Literal) -> str:
    """Bring an id to the 18 characters it is stored in; refuse what cannot be one."""
    text = str(value.value)
    if len(text) not in (15, 18) or not (text.isascii() and text.isalnum()):
        raise SoqlError("INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {text}", value.place)
    return text if len(text) == 18 else text + checksum(text)


def _listed(scope: Scope, column: Column, operator: str, values: Sequence[Literal]) -> str:
    """IN and NOT IN. Like `!=`, NOT IN holds for an empty field unless null is in the list."""
    if column.kind in ("date", "datetime"):
        one, joint = ("=", " OR ") if operator == "IN" else ("!=", " AND ")
        return f"({joint.join(_ordered(scope, column, one, (value,)) for value in values)})"
    there = [value for value in values if not _is_null(value)]
    bound = ", ".join(scope.bind(_stored(column, operator, value)) for value in there)
    inside = f"{column.collated} {operator} ({bound})"
    has_null = len(there) < len(values)
    if operator == "IN":
        return f"({inside} OR {column.sql} IS NULL)" if has_null else inside
    return (
        f"({column.sql} IS NOT NULL AND {inside})"
        if has_null
        else (f"({column.sql} IS NULL OR {inside})")
    )


def _like(scope: Scope, column: Column, _: str, values: Sequence[Literal]) -> str:
    return f"soql_like({scope.bind(values[0].value)}, {column.sql})"


def _includes(scope: Scope, column: Column, operator: str, values: Sequence[Literal]) -> str:
    if any(value.kind == "null" for value in values):
        raise unknown(f"{operator} with null", values[0].place)
    wanted = scope.bind(json.dumps([value.value for value in values]))
    sql = f"soql_includes({column.sql}, {wanted})"
    return sql if operator == "INCLUDES" else f"NOT {sql}"


_Writer = Callable[[Scope, Column, str, Sequence[Literal]], str]
_WRITERS: Final[Mapping[str, _Writer]] = {
    "IN": _listed,
    "NOT IN": _listed,
    "LIKE": _like,
    "INCLUDES": _includes,
    "EXCLUDES": _includes,
}
