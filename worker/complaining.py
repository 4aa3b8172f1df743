"""Cases in which a client complains stand among the activities too, so that rules see them.

A case says `complaint` when its words say so, when the org's own type of it does, or when it was
escalated. It is then an activity of the kind `case`: it came in, it is no touch of ours and of no
grade, and only what rules ask of what an activity *says* finds it. An org without cases has none;
its mails and notes are judged as ever. Works inside the transaction that stores the cases.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from connectors.model import STREAMS, ActivityKind
from rules import select
from rules.select import Connection

#: How the id of such an activity begins: other records may have the same number.
PREFIX: Final = "case-"
SIGNAL: Final = "complaint"
#: Words for a complaint in the org's own names of types, in six languages.
_TYPES: Final = (
    "complain|grievance|beschwerde|reklamation|plainte|réclamation|queja|reclam|klacht|lamentela"
)

_JUDGED: Final = f"""WITH judged AS (
    SELECT c.key, c.id, c.modified_at, c.deleted, c.created_at, c.escalated,
        regexp_matches(coalesce(c.type, ''), '{_TYPES}', 'i') AS typed,
        g.signal IS NOT NULL AS worded, g.said, g.lexicon
    FROM cases c JOIN arrived_cases b ON b.id = c.id
    LEFT JOIN record_signals g
        ON g.stream = 'cases' AND g.record_key = c.key AND g.signal = '{SIGNAL}'
)"""


def complaints_among(connection: Connection, arrived: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Return what these cases are as activities, and what those say (`SIGNALS` of `rules`).

    A case that does not complain, or no longer, is a deleted activity where it was one before.
    """
    connection.register(
        "arrived_cases", arrived.select(["id", "account_id", "contact_id", "deal_ids"])
    )
    rows = select.arrow(
        connection,
        f"""{_JUDGED}
        SELECT '{PREFIX}' || j.id AS id, j.modified_at,
            j.deleted OR NOT (j.worded OR j.typed OR coalesce(j.escalated, FALSE)) AS deleted,
            '{ActivityKind.CASE}' AS kind, 'inbound' AS direction, j.created_at AS "at",
            TRUE AS done, FALSE AS automated, j.created_at, b.deal_ids,
            list_filter([b.account_id], lambda one: one IS NOT NULL) AS account_ids,
            list_filter([b.contact_id], lambda one: one IS NOT NULL) AS contact_ids,
            j.said, coalesce(j.lexicon, '') AS lexicon
        FROM judged j JOIN arrived_cases b ON b.id = j.id
        WHERE j.worded OR j.typed OR coalesce(j.escalated, FALSE)
            OR EXISTS (SELECT 1 FROM activities a WHERE a.id = '{PREFIX}' || j.id)
        ORDER BY j.id""",
    )
    connection.unregister("arrived_cases")
    return _activities(rows), _signals(rows)


def _activities(rows: pa.Table) -> pa.Table:
    schema = STREAMS["activities"]
    columns = [
        rows[field.name].cast(field.type)
        if field.name in rows.column_names
        else pa.nulls(rows.num_rows, field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _signals(rows: pa.Table) -> pa.Table:
    said = rows.filter(pc.invert(rows["deleted"]))
    return pa.table(
        {
            "activity_id": said["id"],
            "signal": pa.array([SIGNAL] * said.num_rows, pa.string()),
            "said": said["said"],
            "lexicon": said["lexicon"],
        }
    )
