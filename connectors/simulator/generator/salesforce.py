"""How the rows of a Salesforce org are printed: its tables, and the ids of copies.

Every table with rows that the telling made is copied; what the org had before stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.simulator.generator.printing import Rows, Type, set_type
from connectors.simulator.salesforce import ids
from connectors.simulator.salesforce.org import Org


def founded(org: Org) -> Mapping[str, int]:
    """Return the last number of each object of a new org."""
    return {one.name: _last(org, one.name) for one in org.schema}


class Printing:
    """A told block in an org of its own, to be printed into another org."""

    def __init__(self, told: Org, before: Mapping[str, int]) -> None:
        self._tables = {one.name: rows for one, rows in _tables(told, before)}
        self._before = before
        #: Per table: how many numbers a copy takes.
        self._taken = {name: _last(told, name) - before[name] for name in self._tables}
        self.ids: dict[object, tuple[str, str, int]] = {}
        for name, rows in self._tables.items():
            for row in rows.rows:
                one = str(row[rows.names.index("Id")])
                self.ids[one] = (name, one[:3], ids.number(one))
        self.types: list[Type] = [set_type(rows, self.ids, None) for rows in self._tables.values()]

    def replaced(self, last: dict[str, int]) -> dict[object, object]:
        """Return the ids of one more copy, after the `last` numbers given; moves these on."""
        shift = {name: last.get(name, n) - n for name, n in self._before.items()}
        for name, taken in self._taken.items():
            last[name] = last.get(name, self._before[name]) + taken
        return {
            one: ids.mint(prefix, number + shift[name])
            for one, (name, prefix, number) in self.ids.items()
        }


def finish(org: Org, last: Mapping[str, int]) -> None:
    """Let the org give out ids from where the copies ended."""
    for one in org.schema:
        org.store.extend(one)


def _tables(org: Org, before: Mapping[str, int]) -> Iterator[tuple[Any, Rows]]:
    for one in org.schema:
        statement = " ".join(("SELECT * FROM", f'"{one.name}"', "ORDER BY Id"))  # our own name
        cursor = org.store.connection.execute(statement)
        names = tuple(column[0] for column in cursor.description)
        place = names.index("Id")
        rows = [row for row in cursor if ids.number(str(row[place])) > before[one.name]]
        if rows:
            yield one, Rows(table=one.name, names=names, rows=rows)


def _last(org: Org, name: str) -> int:
    return max((ids.number(str(row["Id"])) for row in org.store.all(name)), default=0)
