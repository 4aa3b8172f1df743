"""Run a SELECT on a connection that was passed in. The only way `rules` touches a database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import duckdb
import pyarrow as pa


def arrow(
    connection: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, object] | None = None
) -> pa.Table:
    """Return the answer as columns; moments are UTC."""
    return connection.sql(sql, params=dict(values) if values else None).to_arrow_table()


def rows(
    connection: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, object] | None = None
) -> list[dict[str, Any]]:
    """Return the answer as one dict a row; moments are aware and UTC."""
    return cast(list[dict[str, Any]], arrow(connection, sql, values).to_pylist())
