"""What belongs to a record and stands in tables beside it: links, what its texts say, its texts.

Works on the table `b` of rows that `mirror` is about to store, inside its transaction. A stream
that is not in here has nothing beside it.
"""

from __future__ import annotations

from typing import Final

from rules.select import Connection, key_of
from worker.reading import ACTIVITY_TEXTS, Reading, Texts, keep_what_they_say

#: Activities name the records they belong to in lists; here they become rows.
_LINKED: Final = ("deal", "account", "contact")

#: Streams with texts that people wrote, and how those are read: a client's words come in.
WRITTEN: Final = {
    "activities": ACTIVITY_TEXTS,
    "cases": Texts(
        stream="cases",
        columns="'email' AS kind, 'inbound' AS direction, created_at AS \"at\", subject, text, "
        "FALSE AS automated, TRUE AS done",
        moment="coalesce(created_at, modified_at)",
    ),
    "survey_answers": Texts(
        stream="survey_answers",
        columns="'email' AS kind, 'inbound' AS direction, \"at\", NULL::VARCHAR AS subject, "
        "comment AS text, FALSE AS automated, TRUE AS done",
        moment='coalesce("at", modified_at)',
    ),
}


def put_beside(connection: Connection, stream: str, reading: Reading, *, first: bool) -> None:
    """Put what belongs to the rows of `b` in the place of what belonged to them before.

    `first`: none of these records stood there before, so there is nothing to replace.
    """
    if not first:
        for table, mine in _BESIDE.get(stream, {}).items():
            connection.execute(f"DELETE FROM {table} WHERE {mine}")
    if stream == "activities":
        _link_activities(connection)
    if stream == "cases":
        connection.execute(
            f"INSERT INTO case_deals SELECT b_key, {key_of('id')} FROM "
            "(SELECT b_key, unnest(list_distinct(deal_ids)) AS id FROM b) WHERE id IS NOT NULL"
        )
    if stream in WRITTEN:
        keep_what_they_say(connection, reading, WRITTEN[stream])


def _of(stream: str) -> dict[str, str]:
    mine = f"stream = '{stream}' AND record_key IN (SELECT b_key FROM b)"
    return {"record_signals": mine, "record_texts": mine}


_ACTIVITY: Final = "activity_key IN (SELECT b_key FROM b)"
#: Stream -> table beside it -> which of its rows belong to those of `b`.
_BESIDE: Final = {
    "activities": {"activity_links": _ACTIVITY, "signals": _ACTIVITY, "texts": _ACTIVITY},
    "cases": {"case_deals": "case_key IN (SELECT b_key FROM b)", **_of("cases")},
    "survey_answers": _of("survey_answers"),
}


def _link_activities(connection: Connection) -> None:
    linked = " UNION ALL ".join(
        f"SELECT b_key, '{target}' AS target, unnest(list_distinct({target}_ids)) AS id FROM b"
        for target in _LINKED
    )
    connection.execute(
        f"INSERT INTO activity_links SELECT b_key, target, {key_of('id')} FROM ({linked}) "
        "WHERE id IS NOT NULL"
    )
