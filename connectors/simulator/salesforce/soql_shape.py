"""Columns -> the members of a record: values, records inside records, the branches of TYPEOF.

Knows which column of the row each member reads; writes no clause.
"""

from __future__ import annotations

from collections.abc import Sequence

from connectors.simulator.salesforce.soql_column import Column, presence_of
from connectors.simulator.salesforce.soql_errors import SoqlError, malformed
from connectors.simulator.salesforce.soql_scope import ROOT, Scope
from connectors.simulator.salesforce.soql_statement import Leaf, Member, Parent
from connectors.simulator.salesforce.soql_tree import TypeOf


class Selection:
    """The columns of a SELECT being written; the same SQL is selected once."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.columns: dict[str, int] = {}

    def add(self, sql: str) -> int:
        """Select an expression and give the number of its column."""
        return self.columns.setdefault(sql, len(self.columns))

    def sql(self) -> str:
        """Write the list of columns."""
        return ", ".join(f"{sql} AS c{number}" for sql, number in self.columns.items())


def nested(selection: Selection, columns: Sequence[Column], depth: int = 0) -> tuple[Member, ...]:
    """Turn columns with paths into records inside records."""
    groups: dict[str, list[Column]] = {}
    for column in columns:
        groups.setdefault(column.keys[depth], []).append(column)
    return tuple(_member(selection, key, group, depth) for key, group in groups.items())


def _member(selection: Selection, key: str, group: Sequence[Column], depth: int) -> Member:
    first = group[0]
    if len(first.keys) == depth + 1:
        return Leaf(key=key, column=selection.add(first.sql), type=first.field.type)
    parent = first.parents[depth]
    return Parent(
        key=key,
        kind=selection.add(parent.kind),
        id=selection.add(parent.id),
        label=parent.label,
        members=nested(selection, group, depth + 1),
    )


def typeof(selection: Selection, node: TypeOf) -> Parent:
    """Select every branch of a TYPEOF; the row tells which one holds.

    Raises SoqlError INVALID_TYPE for an object the relationship cannot lead to.
    """
    scope = selection.scope
    parts = scope.normal(node.path)
    place = node.path.place
    link = scope.relationship(scope.entity, parts[0], place)
    if len(parts) > 1 or len(link.reference_to) < 2:
        raise malformed(
            f"TYPEOF needs a polymorphic relationship of the object: {node.path}", place
        )
    targets = {one.name.lower(): one for one in scope.targets(link)}
    presence = presence_of(scope.join_all(ROOT, link))
    branches: dict[str, tuple[Member, ...]] = {}
    for name, paths in node.branches:
        target = targets.get(name.lower())
        if target is None:
            raise SoqlError("INVALID_TYPE", f"sObject type '{name}' is not supported.", place)
        table = scope.join(ROOT, link, target)
        columns = [scope.walk(table, target, path.parts, path.place) for path in paths]
        branches[target.name] = nested(selection, columns)
    rest = [
        scope.of_name(ROOT, link, str(path), path.place).under((), ()) for path in node.otherwise
    ]
    return Parent(
        key=link.relationship_name or parts[0],
        kind=selection.add(presence.kind),
        id=selection.add(presence.id),
        label="Name",
        members=nested(selection, rest),
        branches=branches,
    )
