"""Names and joins: what a path of the query means in the org, and the tables it needs.

One `Scope` a SELECT; the clauses ask it for columns and it collects joins and bound values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from connectors.simulator.salesforce.schema import Field, Schema, SObject
from connectors.simulator.salesforce.soql_column import (
    Column,
    Presence,
    never_null_boolean,
    presence_of,
    quoted,
)
from connectors.simulator.salesforce.soql_errors import (
    malformed,
    no_column,
    no_object,
    no_relationship,
)
from connectors.simulator.salesforce.soql_name_object import NameColumn, name_column
from connectors.simulator.salesforce.soql_tree import Path, Place, Query

MOST_LEVELS_UP: Final = 5
MOST_RELATIONSHIPS: Final = 55
ROOT: Final = "t0"


@dataclass(frozen=True, kw_only=True)
class Org:
    """What a query is read against. `now` is aware; `zone` is the asking user's."""

    schema: Schema
    now: datetime
    zone: str
    all_rows: bool
    has_column: Callable[[str, str], bool]  # (table, column): the Schema may hide IsArchived


def entity_of(org: Org, path: Path) -> SObject:
    """Find the object a query asks. Raises SoqlError INVALID_TYPE."""
    found = org.schema.object(path.parts[0]) if len(path.parts) == 1 else None
    if found is None:
        raise no_object(str(path), path.place)
    return found


class Scope:
    """One SELECT being written: its tables, its joins and the values it binds."""

    def __init__(self, org: Org, entity: SObject, parameters: dict[str, object]) -> None:
        self.org = org
        self.entity = entity
        self.parameters = parameters
        self.aliases: dict[str, tuple[str, ...]] = {}
        self.joins: dict[tuple[str, str, str], str] = {}
        self.climbed: set[tuple[str, str]] = set()
        self.grouped: frozenset[str] | None = None  # SQL of the grouped columns

    def name(self, query: Query) -> None:
        """Learn the aliases of FROM, each standing for a walk from the root."""
        if query.alias:
            self.aliases[query.alias.lower()] = ()
        for path, alias in query.joins:
            self.aliases[alias.lower()] = self.normal(path)

    def bind(self, value: object) -> str:
        """Make a value a parameter and give its placeholder."""
        key = f"p{len(self.parameters)}"
        self.parameters[key] = value
        return f":{key}"

    def normal(self, path: Path) -> tuple[str, ...]:
        """Take an alias, or the object's own name, off the head of a path."""
        head, *rest = path.parts
        if rest and head.lower() in self.aliases:
            return (*self.aliases[head.lower()], *rest)
        own = head.lower() == self.entity.name.lower()
        if rest and own and self.entity.relationship(head) is None:
            return tuple(rest)
        return path.parts

    def column(self, path: Path) -> Column:
        """Resolve a path from the root. Raises SoqlError INVALID_FIELD."""
        return self.walk(ROOT, self.entity, self.normal(path), path.place)

    def walk(self, table: str, entity: SObject, parts: Sequence[str], place: Place) -> Column:
        """Follow relationships from a table to a field."""
        *steps, last = parts
        if len(steps) > MOST_LEVELS_UP:
            raise malformed(f"A path may climb {MOST_LEVELS_UP} relationships at most.", place)
        keys: list[str] = []
        parents: list[Presence] = []
        for number, step in enumerate(steps, start=1):
            link = self.relationship(entity, step, place)
            self.count(table, link, place)
            keys.append(link.relationship_name or step)
            if len(link.reference_to) > 1:
                if number < len(steps):
                    raise no_relationship(steps[number], place)
                return self.of_name(table, link, last, place).under(keys, parents)
            entity = self.targets(link)[0]
            table = self.join(table, link, entity)
            parents.append(presence_of([(table, entity)]))
        found = entity.field(last)
        if found is None:
            raise no_column(last, entity.name, place)
        return Column(
            sql=never_null_boolean(f"{table}.{quoted(found.name)}", found),
            field=found,
            keys=(*keys, found.name),
            parents=tuple(parents),
            leads_to=frozenset(found.reference_to or (entity.name,)),
        )

    def relationship(self, entity: SObject, name: str, place: Place) -> Field:
        """Find the reference field behind a relationship that leads to a visible object."""
        link = entity.relationship(name)
        if link is None or not self.targets(link):
            raise no_relationship(name, place)
        return link

    def targets(self, link: Field) -> list[SObject]:
        """List the objects a reference may lead to, as far as the user sees them."""
        found = (self.org.schema.object(name) for name in link.reference_to)
        return [one for one in found if one is not None]

    def count(self, table: str, link: Field, place: Place) -> None:
        """Count the relationships of the query; facts sheet, 3.2."""
        self.climbed.add((table, link.name))
        if len(self.climbed) > MOST_RELATIONSHIPS:
            raise malformed(f"A query may climb {MOST_RELATIONSHIPS} relationships at most.", place)

    def join(self, table: str, link: Field, target: SObject) -> str:
        """Give the alias of a parent's table, joining it the first time."""
        key = (table, link.name, target.name)
        return self.joins.setdefault(key, f"t{len(self.joins) + 1}")

    def join_all(self, table: str, link: Field) -> list[tuple[str, SObject]]:
        """Join every visible target of a polymorphic reference; give each with its alias."""
        return [(self.join(table, link, one), one) for one in self.targets(link)]

    def of_name(self, table: str, link: Field, name: str, place: Place) -> NameColumn:
        """Resolve a field of the Name object over all targets of a polymorphic reference."""
        return name_column(self.join_all(table, link), name, place)

    def tables(self) -> str:
        """Write the FROM clause with every join the walks asked for."""
        lines = [f"FROM {quoted(self.entity.name)} AS {ROOT}"]
        for (table, link, target), alias in self.joins.items():
            on = f'{alias}."Id" = {table}.{quoted(link)}'
            lines.append(f"LEFT JOIN {quoted(target)} AS {alias} ON {on}")
        return " ".join(lines)

    def visible(self) -> list[str]:
        """Write the conditions that keep the recycle bin and the archive out of `query`."""
        if self.org.all_rows:
            return []
        hidden = ("IsDeleted", "IsArchived")
        there = [name for name in hidden if self.org.has_column(self.entity.name, name)]
        return [f"{ROOT}.{quoted(name)} IS NOT 1" for name in there]
