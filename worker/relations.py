"""Which deals activities hang on, compared with the CRM: an association leaves no stamp there.

Somebody puts last month's mail on a deal: neither its stamp nor its text changes, and no window of
changes tells. Where the CRM's list brings the associations, the daily sweep compares them.
"""

from __future__ import annotations

import duckdb
import pyarrow as pa

from connectors.base import RELATED
from rules import select
from rules.select import key_of

Connection = duckdb.DuckDBPyConnection


def begin(connection: Connection) -> None:
    """Have nothing to compare yet."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE related (feed VARCHAR, key UBIGINT, id VARCHAR, "
        "deal_key UBIGINT)"
    )


def tells(batch: pa.RecordBatch) -> bool:
    """Say whether a list brings the deals of its records."""
    return RELATED.names[-1] in batch.schema.names


def lay(connection: Connection, feed: str, batch: pa.RecordBatch) -> None:
    """Lay what a page of the list says of deals beside what it says of stamps."""
    connection.register("told", pa.Table.from_batches([batch.cast(RELATED)]))
    connection.execute(
        f"INSERT INTO related SELECT ?, {key_of('id')}, id, {key_of('deal_id')} FROM "
        "(SELECT id, unnest(CASE WHEN len(deal_ids) = 0 THEN [NULL] ELSE list_distinct(deal_ids) "
        "END) AS deal_id FROM told)",
        [feed],
    )
    connection.unregister("told")


def moved(connection: Connection, feed: str) -> list[str]:
    """The activities of the mirror that hang on other deals than the CRM says."""
    rows = select.rows(
        connection,
        "WITH known AS (SELECT r.key, r.id, r.deal_key FROM related r "
        "JOIN activities a ON a.key = r.key AND NOT a.deleted WHERE r.feed = $feed), "
        "ours AS (SELECT activity_key AS key, target_key AS deal_key FROM activity_links "
        "WHERE target = 'deal' AND activity_key IN (SELECT key FROM known)), "
        "theirs AS (SELECT key, deal_key FROM known WHERE deal_key IS NOT NULL), "
        "apart AS ((FROM ours EXCEPT FROM theirs) UNION ALL (FROM theirs EXCEPT FROM ours)) "
        "SELECT DISTINCT id FROM known WHERE key IN (SELECT key FROM apart) ORDER BY id",
        {"feed": feed},
    )
    return [row["id"] for row in rows]
