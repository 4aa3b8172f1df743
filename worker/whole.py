"""Rows that stand beside a record all together: what is not among them any more has ended.

HubSpot tells who takes part in a deal or a meeting, and never who no longer does. Where a connector
says that a batch holds all there are, the others of the mirror become deleted rows of the same
batch.
"""

from __future__ import annotations

from typing import Final

import duckdb
import pyarrow as pa

from connectors.base import Batch
from rules import select
from rules.select import key_of

#: Stream -> the column that holds the key of what its rows stand beside.
_OF: Final = {"links": "deal_key", "attendees": "activity_key"}


def with_ended(connection: duckdb.DuckDBPyConnection, batch: Batch) -> pa.Table:
    """Return the rows of a batch, and those that it says are no more as deleted ones."""
    table = pa.Table.from_batches([batch.rows])
    if batch.whole is None:
        return table
    connection.register("whole", pa.Table.from_batches([batch.whole]))
    connection.register("arrived", table)
    ended = select.rows(
        connection,
        "SELECT l.id, w.modified_at, TRUE AS deleted "
        f"FROM (SELECT {key_of('id')} AS key, modified_at FROM whole) w "
        f"JOIN {batch.stream} l ON l.{_OF[batch.stream]} = w.key "
        "WHERE NOT l.deleted AND l.id NOT IN (SELECT id FROM arrived)",
    )
    for name in ("whole", "arrived"):
        connection.unregister(name)
    return pa.concat_tables([table, pa.Table.from_pylist(ended, schema=table.schema)])
