"""The tree of a SOQL query: frozen values with the places their words stood in.

Knows no grammar, no org and no SQL, and checks nothing; `soql.py` makes it, `soql_to_sql.py`
reads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from connectors.simulator.salesforce.soql_dates import DateRange


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a word of the query stands; both counted from 1."""

    row: int
    column: int


@dataclass(frozen=True, kw_only=True)
class Path:
    """A field, or a walk over relationships to one: `Account.Owner.Name`; also an object's name."""

    parts: tuple[str, ...]
    place: Place

    def __str__(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True, kw_only=True)
class Literal:
    """A value: kind is string, pattern, number, boolean, null, date, datetime, range or currency.

    A pattern keeps `\\%`, `\\_` and `\\\\` escaped. A datetime is aware and in UTC.
    """

    kind: str
    value: str | int | float | bool | date | datetime | DateRange | None
    place: Place


@dataclass(frozen=True, kw_only=True)
class Call:
    """A function: an aggregate, a date function, toLabel, FIELDS ...; the name in capitals."""

    name: str
    arguments: tuple[Path | Call | Literal, ...]
    place: Place


Operand = Path | Call


@dataclass(frozen=True, kw_only=True)
class TypeOf:
    """`TYPEOF What WHEN Account THEN Phone ELSE Name END`."""

    path: Path
    branches: tuple[tuple[str, tuple[Path, ...]], ...]
    otherwise: tuple[Path, ...]


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing selected, under its own name or an alias."""

    value: Path | Call | TypeOf | Query
    alias: str | None = None


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """`left operator right`; the operator in capitals, `<>` as `!=`."""

    left: Operand
    operator: str
    right: Literal | tuple[Literal, ...] | Query


@dataclass(frozen=True, kw_only=True)
class Logical:
    """Conditions joined by AND or by OR; with NOT there is exactly one."""

    operator: str
    parts: tuple[Condition, ...]


Condition = Comparison | Logical


@dataclass(frozen=True, kw_only=True)
class Order:
    """One key of ORDER BY. Nulls come first unless asked otherwise, in both directions."""

    by: Operand
    descending: bool = False
    nulls_last: bool = False


@dataclass(frozen=True, kw_only=True)
class Query:
    """A whole query. `extras` names the clauses the tree keeps no detail of, such as FOR VIEW."""

    select: tuple[Item, ...]
    entity: Path
    alias: str | None = None
    joins: tuple[tuple[Path, str], ...] = ()  # FROM Contact c, c.Account a
    where: Condition | None = None
    group_by: tuple[Operand, ...] = ()
    having: Condition | None = None
    order_by: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int | None = None
    extras: tuple[str, ...] = ()
