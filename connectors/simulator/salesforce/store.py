"""The records of an org in SQLite, in memory or in a file: rows, ids, transactions.

Keeps the storage convention of `schema.py` and nothing else: no validation, no behaviour, no
vendor's words. One connection behind one lock; whoever uses `connection` holds `lock`.
"""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from connectors.simulator.salesforce import ids
from connectors.simulator.salesforce.schema import AFFINITY, Schema, SObject

Value = str | int | float | None
Row = dict[str, Value]

#: Fields that reads look records up by, wherever an object has them.
_LOOKED_UP: Final = (
    "SystemModstamp",
    "WhatId",
    "WhoId",
    "AccountId",
    "ContactId",
    "EventId",
    "OpportunityId",
    "ParentId",
    "RelatedToId",
    "Email",
)


class Store:
    """All rows of one org; the caller names objects and fields as the schema spells them."""

    def __init__(self, schema: Schema, path: Path | None = None) -> None:
        self.lock = threading.RLock()
        self.connection = sqlite3.connect(
            str(path) if path else ":memory:", check_same_thread=False, isolation_level=None
        )
        self._finalizer = weakref.finalize(self, self.connection.close)
        self._depth = 0
        self._last: dict[str, int] = {}
        self._prefixes = {one.key_prefix: one.name for one in schema if one.key_prefix}
        self.connection.execute("PRAGMA synchronous = OFF")
        for one in schema:
            self._table(one)

    def extend(self, one: SObject) -> None:
        """Make room for the fields that an object has got meanwhile."""
        with self.lock:
            self._table(one)

    def close(self) -> None:
        """Close the database; a file keeps its rows."""
        with self.lock:
            self._finalizer()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make everything inside one change: it all stays, or an exception undoes it all."""
        with self.lock:
            name = f"level_{self._depth}"
            self.connection.execute(f"SAVEPOINT {name}")
            self._depth += 1
            try:
                yield
            except BaseException:
                self.connection.execute(f"ROLLBACK TO {name}")
                raise
            finally:
                self._depth -= 1
                self.connection.execute(f"RELEASE {name}")

    def object_of(self, record_id: str) -> str | None:
        """Name the object an id belongs to by its prefix."""
        return self._prefixes.get(record_id[:3])

    def mint(self, name: str, prefix: str) -> str:
        """Give the next id of an object; an id is never given twice."""
        with self.lock:
            number = self._last.get(name, 0) + 1
            self._last[name] = number
            return ids.mint(prefix, number)

    def insert(self, name: str, row: Mapping[str, Value]) -> None:
        """Write one whole row."""
        columns = ", ".join(_quoted(column) for column in row)
        marks = ", ".join("?" for _ in row)
        self._run(
            _sql("INSERT INTO {table} ({0}) VALUES ({1})", name, columns, marks), *row.values()
        )

    def update(self, name: str, record_id: str, changes: Mapping[str, Value]) -> None:
        """Change fields of one row."""
        if changes:
            pairs = ", ".join(f"{_quoted(column)} = ?" for column in changes)
            statement = _sql("UPDATE {table} SET {0} WHERE Id = ?", name, pairs)
            self._run(statement, *changes.values(), record_id)

    def remove(self, name: str, record_id: str) -> None:
        """Take a row out for good."""
        self._run(_sql("DELETE FROM {table} WHERE Id = ?", name), record_id)

    def get(self, name: str, record_id: str) -> Row | None:
        """Read one row by its 18-character id, deleted or not."""
        rows = self.where(name, "Id", record_id)
        return rows[0] if rows else None

    def where(self, name: str, field: str, value: Value) -> list[Row]:
        """Read the rows whose field has a value, deleted ones included, in order of their ids."""
        statement = _sql("SELECT * FROM {table} WHERE {0} = ? ORDER BY Id", name, _quoted(field))
        return self._run(statement, value)

    def holding(self, name: str, field: str, value: Value, case_sensitive: bool) -> list[Row]:
        """Read the id and the bin mark of the rows that hold a unique value."""
        how = "BINARY" if case_sensitive else "NOCASE"
        pattern = "SELECT Id, IsDeleted FROM {table} WHERE {0} = ? COLLATE {1}"
        return self._run(_sql(pattern, name, _quoted(field), how), value)

    def alive(self, name: str, field: str, value: Value) -> list[Row]:
        """Read the rows whose field has a value, without the deleted ones."""
        return [row for row in self.where(name, field, value) if not row["IsDeleted"]]

    def first(self, name: str, field: str, value: Value) -> Row | None:
        """Read the first of the rows that `alive` gives."""
        pattern = "SELECT * FROM {table} WHERE {0} = ? AND IsDeleted = 0 ORDER BY Id LIMIT 1"
        rows = self._run(_sql(pattern, name, _quoted(field)), value)
        return rows[0] if rows else None

    def between(self, name: str, field: str, start: str, end: str) -> list[Row]:
        """Read the rows whose field is at or after `start` and before `end`, deleted ones too."""
        pattern = "SELECT * FROM {table} WHERE {0} >= ? AND {0} < ? ORDER BY {0}, Id"
        return self._run(_sql(pattern, name, _quoted(field)), start, end)

    def all(self, name: str) -> list[Row]:
        """Read every row of an object, deleted ones included, in order of their ids."""
        return self._run(_sql("SELECT * FROM {table} ORDER BY Id", name))

    def count(self, name: str) -> int:
        """Count the rows of an object that are not deleted."""
        rows = self._run(_sql("SELECT count(*) AS n FROM {table} WHERE IsDeleted = 0", name))
        return int(rows[0]["n"] or 0)

    def made(self, name: str) -> int:
        """Count the rows of an object, deleted ones included."""
        return int(self._run(_sql("SELECT count(*) AS n FROM {table}", name))[0]["n"] or 0)

    def execute(self, statement: str, *values: Value) -> list[Row]:
        """Run a statement of the simulator's own; the rows it gives, or none."""
        return self._run(statement, *values)

    def _run(self, statement: str, *values: Value) -> list[Row]:
        with self.lock:
            cursor = self.connection.execute(statement, values)
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor]

    def _table(self, one: SObject) -> None:
        columns = ", ".join(_columns(one))
        self._run(f"CREATE TABLE IF NOT EXISTS {_quoted(one.name)} ({columns})")
        present = {str(row["name"]) for row in self._run(f"PRAGMA table_info({_quoted(one.name)})")}
        for field in one.fields.values():
            if field.name not in present:
                self._run(
                    f"ALTER TABLE {_quoted(one.name)} ADD COLUMN "
                    f"{_quoted(field.name)} {AFFINITY[field.type]}"
                )
        for field in one.fields.values():
            if field.name in _LOOKED_UP or field.external_id:
                index = _quoted(f"{one.name}_{field.name}")
                self._run(
                    f"CREATE INDEX IF NOT EXISTS {index} "
                    f"ON {_quoted(one.name)} ({_quoted(field.name)})"
                )
        last = self._run(_sql("SELECT max(Id) AS last FROM {table}", one.name))[0]["last"]
        self._last[one.name] = ids.number(str(last)) if last else 0


def _columns(one: SObject) -> Iterable[str]:
    yield "Id TEXT PRIMARY KEY NOT NULL"
    yield "IsDeleted INTEGER NOT NULL DEFAULT 0"
    for field in one.fields.values():
        if field.name not in ("Id", "IsDeleted"):
            yield f"{_quoted(field.name)} {AFFINITY[field.type]}"


def _sql(pattern: str, table: str, *parts: str) -> str:
    """Put names into a statement; values never go this way."""
    return pattern.format(*parts, table=_quoted(table))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
