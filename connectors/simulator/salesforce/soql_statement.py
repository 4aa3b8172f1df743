"""What compiling a query gives: SQL with its parameters, and how its rows become records.

The contract between those who write SQL and `query.py`, which runs it. Values only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """A value of a record: its key, its column in the row, its field's type."""

    key: str
    column: int
    type: str


@dataclass(frozen=True, kw_only=True)
class Parent:
    """A record inside a record. `branches` holds what TYPEOF asks of each object."""

    key: str
    kind: int
    id: int
    label: str | None
    members: tuple[Member, ...]
    branches: Mapping[str, tuple[Member, ...]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Children:
    """The records of a child subquery, found by a statement of their own."""

    key: str
    statement: Statement


Member = Leaf | Parent | Children


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One SQL statement and how its rows become records.

    `count` answers totalSize only; rows of aggregates have no Id. A child statement takes
    `:parents`, a JSON list of ids, and has the parent's id in `parent_column`.
    """

    entity: str
    sql: str
    parameters: Mapping[str, object]
    members: tuple[Member, ...] = ()
    id_column: int | None = None
    parent_column: int | None = None
    count: bool = False
