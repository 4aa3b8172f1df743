"""One filter of a search -> one SQL condition. Values enter as parameters, never as text.

Words in an IN list must be in lower case for texts, as HubSpot wants them. Source: facts 4.4.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from connectors.simulator.hubspot import errors
from connectors.simulator.hubspot.schema import Kind, Property
from connectors.simulator.hubspot.times import read_date, read_moment
from connectors.simulator.hubspot.values import plain

Value = str | int | float | None
Filter = Mapping[str, object]

_PSEUDO: Final = "associations."
_LINKED: Final = (
    "EXISTS (SELECT 1 FROM link WHERE link.from_id = record.id AND to_kind = {kind}{ids})"
)
_COMPARED: Final = {"EQ": "=", "LT": "<", "LTE": "<=", "GT": ">", "GTE": ">="}
_UNFILTERABLE: Final = frozenset({"hs_email_html"})  # facts 4.5
_NUMERIC: Final = frozenset({"number", "datetime"})


@dataclass(kw_only=True)
class Sql:
    """The parameters of a statement in the making."""

    values: dict[str, Value] = field(default_factory=dict)

    def mark(self, value: Value) -> str:
        """Add a parameter and give its mark."""
        name = f"p{len(self.values)}"
        self.values[name] = value
        return f":{name}"


def condition(kind: Kind, one: Filter, wanted: Sql) -> str:
    """Give the SQL condition of a filter. Raises where HubSpot would refuse it."""
    name, operator = str(one.get("propertyName", "")), str(one.get("operator", ""))
    make = _OPERATORS.get(operator)
    if make is None:
        raise errors.validation(f"Invalid filter operator: {operator or 'none'}")
    if name.startswith(_PSEUDO):
        return _associated(name.removeprefix(_PSEUDO), operator, one, wanted)
    return make(_Term(known(kind, name), column(kind, name, wanted), one, wanted))


def known(kind: Kind, name: str) -> Property:
    """Find the property a filter or a sort names."""
    found = kind.properties.get(name)
    if found is None:
        raise errors.validation(
            f"There was a problem with the request. Property {name} does not exist"
        )
    if name in _UNFILTERABLE:
        raise errors.validation(f"Property {name} cannot be searched")
    return found


def column(kind: Kind, name: str, wanted: Sql) -> str:
    """Give the SQL of a property's value, as a number where it is one, else in lower case."""
    one = known(kind, name)
    if name in kind.stamps:
        return kind.stamps[name]
    value = f"json_extract(properties, {wanted.mark(_json_path(name))})"
    filled = f"nullif({value}, '')"
    if one.type in _NUMERIC:
        return f"CAST({filled} AS {'REAL' if one.type == 'number' else 'INTEGER'})"
    return f"lower({filled})" if one.type == "string" else filled


def _json_path(name: str) -> str:
    return f'$."{name}"'


@dataclass(frozen=True)
class _Term:
    one: Property
    column: str
    filter: Filter
    wanted: Sql

    def value(self, name: str = "value") -> Value:
        """Read a value of the filter as the column's type has it."""
        return _read(self.one, self.filter.get(name), name)

    def values(self) -> Sequence[Value]:
        """Read the list of an IN."""
        given = self.filter.get("values")
        if not isinstance(given, list) or not given:
            raise errors.validation("Filter values must be a list that is not empty")
        return [_read(self.one, value, "values", listed=True) for value in given]


def _read(one: Property, given: object, name: str, *, listed: bool = False) -> Value:
    text = plain(given)
    if text is None or text == "":
        raise errors.validation(f"Filter on {one.name} needs a {name}")
    try:
        if one.type == "number":
            return float(text)
        if one.type == "datetime":
            return read_moment(text)
        if one.type == "date":
            return read_date(text)
    except (ValueError, OverflowError):
        raise errors.validation(f"{text} is no {one.type}, the type of {one.name}") from None
    return text if listed or one.type != "string" else text.lower()


def _compared(sign: str) -> Callable[[_Term], str]:
    return lambda term: f"{term.column} {sign} {term.wanted.mark(term.value())}"


def _not_equal(term: _Term) -> str:
    return f"{term.column} IS NOT {term.wanted.mark(term.value())}"


def _between(term: _Term) -> str:
    low, high = term.wanted.mark(term.value()), term.wanted.mark(term.value("highValue"))
    return f"{term.column} BETWEEN {low} AND {high}"


def _in(term: _Term) -> str:
    return f"{term.column} IN ({', '.join(map(term.wanted.mark, term.values()))})"


def _not_in(term: _Term) -> str:
    return f"({term.column} IS NULL OR NOT {_in(term)})"


def _has(term: _Term) -> str:
    return f"{term.column} IS NOT NULL"


def _has_not(term: _Term) -> str:
    return f"{term.column} IS NULL"


def _token(term: _Term) -> str:
    """A word of the text; `*` stands for any letters."""
    given = str(term.value())
    pattern = r"\b" + re.escape(given).replace(r"\*", r"\w*") + r"\b"
    return f"{term.column} REGEXP {term.wanted.mark(pattern)}"


def _not_token(term: _Term) -> str:
    return f"({term.column} IS NULL OR NOT {_token(term)})"


_OPERATORS: Final[Mapping[str, Callable[[_Term], str]]] = {
    **{name: _compared(sign) for name, sign in _COMPARED.items()},
    "NEQ": _not_equal,
    "BETWEEN": _between,
    "IN": _in,
    "NOT_IN": _not_in,
    "HAS_PROPERTY": _has,
    "NOT_HAS_PROPERTY": _has_not,
    "CONTAINS_TOKEN": _token,
    "NOT_CONTAINS_TOKEN": _not_token,
}


def _associated(target: str, operator: str, one: Filter, wanted: Sql) -> str:
    given = one.get("values") if operator == "IN" else [one.get("value")]
    plural = {"company": "companies"}.get(target, f"{target}s")
    ids = "" if operator == "HAS_PROPERTY" else _ids(operator, given, wanted)
    return _LINKED.format(kind=wanted.mark(plural), ids=ids)


def _ids(operator: str, given: object, wanted: Sql) -> str:
    if operator not in ("EQ", "IN"):
        raise errors.NotSimulated(f"the operator {operator} on associations")
    texts = [plain(value) or "" for value in given] if isinstance(given, list) else []
    if not texts or not all(text.isdigit() for text in texts):
        raise errors.validation("associations are filtered by record ids")
    return f" AND to_id IN ({', '.join(wanted.mark(int(text)) for text in texts)})"
