"""What rules ask of a database: a connection that is passed in, a SELECT, a transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, cast

import pyarrow as pa


class Connection(Protocol):
    """What rules ask of a database: DuckDB's own connection has it, and another engine's can."""

    def execute(self, query: Any, parameters: Any = None, /) -> Any:
        """Run a statement."""

    def sql(self, query: Any, /, *, params: Any = None) -> Any:
        """Prepare a SELECT; its `to_arrow_table` returns the answer as columns."""

    def register(self, view_name: str, python_object: object, /) -> Any:
        """Make a table of Arrow columns readable under a name."""

    def unregister(self, view_name: str, /) -> Any:
        """Forget that name."""


def key_of(expression: str) -> str:
    """Return the SQL that turns a CRM id into the mirror's 64-bit key; null stays null."""
    return f"CASE WHEN {expression} IS NULL THEN NULL ELSE md5_number_lower({expression}) END"


def arrow(connection: Connection, sql: str, values: Mapping[str, object] | None = None) -> pa.Table:
    """Return the answer as columns; moments are UTC."""
    return connection.sql(sql, params=dict(values) if values else None).to_arrow_table()


def rows(
    connection: Connection, sql: str, values: Mapping[str, object] | None = None
) -> list[dict[str, Any]]:
    """Return the answer as one dict a row; moments are aware and UTC."""
    return cast(list[dict[str, Any]], arrow(connection, sql, values).to_pylist())


def lay_rows(
    connection: Connection, name: str, rows: str, keys: str, columns: Sequence[str] = ()
) -> None:
    """Lay the temporary table `name` of those rows of a long table that have one of some keys.

    `rows` is table.key, `keys` the same of a table of keys. Where they stand is asked first, of
    the keys alone: a filter lets a few wrong keys through, and each would cost all of its columns.
    """
    (table, key), (these, named) = rows.split("."), keys.split(".")
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {name}_at AS SELECT t.rowid AS at FROM {table} t "
        f"SEMI JOIN {these} q ON q.{named} = t.{key}"
    )
    chosen = ", ".join(columns) or "t.*"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT {chosen} FROM {table} t "
        f"SEMI JOIN {name}_at q ON q.at = t.rowid"
    )


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """Commit all of the block, or nothing of it."""
    connection.execute("BEGIN")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
