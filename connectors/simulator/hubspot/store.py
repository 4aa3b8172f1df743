"""The records of a portal in SQLite, in memory or in a file: rows, ids, transactions, old versions.

No validation, no behaviour, no vendor's words. One connection behind one lock. `former` keeps what
a record was before a change, for the search index that lags behind.
"""

from __future__ import annotations

import json
import re
import sqlite3
import threading
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from connectors.simulator.hubspot.schema import Hand, Record

Value = str | int | float | None
Row = dict[str, Value]

_FIRST: Final = 40_100_200_301  # ids are longer than 32 bits, as HubSpot's are

_TABLES: Final = (
    "record (id INTEGER PRIMARY KEY, kind TEXT, created INTEGER, updated INTEGER, archived INTEGER,"
    " properties TEXT, written INTEGER)",
    "former (id INTEGER, kind TEXT, created INTEGER, updated INTEGER, archived INTEGER,"
    " properties TEXT, written INTEGER, until INTEGER)",
    "taken (kind TEXT, name TEXT, value TEXT, id INTEGER, PRIMARY KEY (kind, name, value))",
    "history (id INTEGER, name TEXT, value TEXT, at INTEGER, source TEXT, source_id TEXT,"
    " user_id INTEGER)",
    "link (from_id INTEGER, to_id INTEGER, to_kind TEXT, category TEXT, type_id INTEGER,"
    " PRIMARY KEY (from_id, to_kind, to_id, category, type_id))",
    "thing (family TEXT, name TEXT, definition TEXT, PRIMARY KEY (family, name))",
)
_PAGES: Final = {
    False: "SELECT * FROM record WHERE kind = ? AND id >= ? AND archived IS NULL "
    "ORDER BY id LIMIT ?",
    True: "SELECT * FROM record WHERE kind = ? AND id >= ? AND archived IS NOT NULL "
    "ORDER BY id LIMIT ?",
}
_INDEXES: Final = (
    "record_kind ON record (kind, updated)",
    "record_order ON record (kind, id)",
    "record_archived ON record (kind, id) WHERE archived IS NOT NULL",
    "former_kind ON former (kind, until)",
    "history_of ON history (id, name)",
    "link_back ON link (to_id)",
    "taken_by ON taken (id)",
)


class Store:
    """All rows of one portal."""

    def __init__(self, path: Path | None = None) -> None:
        self.lock = threading.RLock()
        self.connection = sqlite3.connect(
            str(path) if path else ":memory:", check_same_thread=False, isolation_level=None
        )
        self._finalizer = weakref.finalize(self, self.connection.close)
        self._depth = 0
        self.connection.execute("PRAGMA synchronous = OFF")
        self.connection.create_function("regexp", 2, _matches, deterministic=True)
        for table in _TABLES:
            self.rows(f"CREATE TABLE IF NOT EXISTS {table}")
        for index in _INDEXES:
            self.rows(f"CREATE INDEX IF NOT EXISTS {index}")
        self.resume()

    def resume(self) -> None:
        """Give out ids from where the records end."""
        self._last = int(self.rows("SELECT max(id) AS n FROM record")[0]["n"] or _FIRST - 1)

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

    def rows(self, statement: str, *values: Value) -> list[Row]:
        """Run a statement of the simulator's own; the rows it gives, or none."""
        with self.lock:
            cursor = self.connection.execute(statement, values)
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor]

    def mint(self) -> int:
        """Give the next id; an id is never given twice."""
        with self.lock:
            self._last += 1
            return self._last

    # ------------------------------------------------------------------ records

    def put(self, record: Record, written: int) -> None:
        """Write a record, new or changed; what it was before goes to `former`."""
        self.rows("INSERT INTO former SELECT *, ? FROM record WHERE id = ?", written, record.id)
        self.rows(
            "INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?, ?, ?, ?)",
            record.id,
            record.kind,
            record.created,
            record.updated,
            record.archived,
            json.dumps(record.properties, ensure_ascii=False),
            written,
        )

    def remove(self, record_id: int, written: int) -> None:
        """Take a record away for good; the search index hears of that as of any change."""
        self.rows("INSERT INTO former SELECT *, ? FROM record WHERE id = ?", written, record_id)
        self.rows("DELETE FROM record WHERE id = ?", record_id)

    def get(self, kind: str, record_id: int) -> Record | None:
        """Read a record, archived or not."""
        found = self.rows("SELECT * FROM record WHERE id = ? AND kind = ?", record_id, kind)
        return _record(found[0]) if found else None

    def kind_of(self, record_id: int) -> str | None:
        """Tell the type of a record that is not archived."""
        found = self.rows("SELECT kind FROM record WHERE id = ? AND archived IS NULL", record_id)
        return str(found[0]["kind"]) if found else None

    def page(self, kind: str, start: int, limit: int, *, archived: bool) -> list[Record]:
        """Read records by id, the first `limit` of them from `start` on."""
        return records(self.rows(_PAGES[archived], kind, start, limit))

    def all(self, kind: str) -> list[Record]:
        """Read every record of a type that is not archived, in order of ids."""
        return self.page(kind, 0, -1, archived=False)

    # ------------------------------------------------------------------ unique values

    def holder(self, kind: str, name: str, value: str) -> int | None:
        """Tell which record holds a unique value."""
        found = self.rows(
            "SELECT id FROM taken WHERE kind = ? AND name = ? AND value = ?", kind, name, value
        )
        return int(found[0]["id"] or 0) if found else None

    def take(self, kind: str, name: str, value: str, record_id: int) -> None:
        """Give a unique value to a record, which has at most one of a name; empty frees it."""
        self.rows("DELETE FROM taken WHERE kind = ? AND name = ? AND id = ?", kind, name, record_id)
        if value:
            self.rows("INSERT INTO taken VALUES (?, ?, ?, ?)", kind, name, value, record_id)

    def free(self, kind: str, name: str, ids: Iterable[int]) -> None:
        """Free the unique values of a name that records hold."""
        for record_id in ids:
            self.take(kind, name, "", record_id)

    # ------------------------------------------------------------------ history

    def note(self, record_id: int, name: str, value: str, at: int, hand: Hand) -> None:
        """Keep that a property got a value."""
        self.rows(
            "INSERT INTO history VALUES (?, ?, ?, ?, ?, ?, ?)",
            record_id,
            name,
            value,
            at,
            hand.source,
            hand.source_id,
            hand.user_id,
        )

    def history(self, record_id: int, name: str, most: int) -> list[Row]:
        """Read a property's latest values, the newest first."""
        return self.rows(
            "SELECT * FROM history WHERE id = ? AND name = ? ORDER BY at DESC, rowid DESC LIMIT ?",
            record_id,
            name,
            most,
        )

    # ------------------------------------------------------------------ other things

    def keep(self, family: str, name: str, definition: object) -> None:
        """Keep a definition of the account's own: an owner, a property, a label."""
        self.rows(
            "INSERT OR REPLACE INTO thing VALUES (?, ?, ?)", family, name, json.dumps(definition)
        )

    def kept(self, family: str) -> dict[str, dict[str, object]]:
        """Read the definitions of a family by name, in the order of their keeping."""
        found = self.rows(
            "SELECT name, definition FROM thing WHERE family = ? ORDER BY rowid", family
        )
        return {str(row["name"]): json.loads(str(row["definition"])) for row in found}

    def kept_one(self, family: str, name: str) -> dict[str, object] | None:
        """Read one definition of a family."""
        found = self.rows(
            "SELECT definition FROM thing WHERE family = ? AND name = ?", family, name
        )
        return json.loads(str(found[0]["definition"])) if found else None


def _matches(pattern: str, text: str | None) -> bool:
    return text is not None and re.search(pattern, text, re.IGNORECASE) is not None


def records(rows: Iterable[Row]) -> list[Record]:
    """Make records of rows of `record` or `former`."""
    return [_record(row) for row in rows]


def _record(row: Row) -> Record:
    archived = row["archived"]
    return Record(
        id=int(row["id"] or 0),
        kind=str(row["kind"]),
        created=int(row["created"] or 0),
        updated=int(row["updated"] or 0),
        archived=None if archived is None else int(archived),
        properties=json.loads(str(row["properties"])),
    )
