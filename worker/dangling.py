"""Which records of the mirror name one that is gone: deleted, or merged into another. Asks no CRM.

    merged      stream, key                      what was merged into others, as the CRM told once
    inquiries   stream, key, id, gone, times, asked_at
                who was asked how often about which lost name; 0: who let go of it

A record that names one other of several (a deal its client) is looked at whenever that one is
deleted: another may have stepped forward. One that names all of them (a call its people), only
after a merge.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from typing import Final

import pyarrow as pa

from rules import select
from rules.select import Connection, key_of, transaction
from worker.complaining import PREFIX as CASE
from worker.layout import TABLES

#: Where a record names one of several others.
CHOOSING: Final = (
    *("deals", "contacts", "leads", "proposals", "cases"),
    *("ratings", "survey_answers"),
)
#: Rows that stand for a name, and what they belong to where they have no feed of their own.
_STANDING: Final = {"links": ("deals", "deal_key"), "attendees": ("activities", "activity_key")}
_TARGETS: Final = {"account": "accounts", "contact": "contacts", "deal": "deals"}
#: A merge may take its time to show everywhere; after the second look nothing more is expected.
_TIMES: Final = 2
_AGAIN: Final = dt.timedelta(days=1)


def note_merged(connection: Connection, stream: str, ids: pa.Array) -> None:
    """Keep that records were merged into others; the caller holds the transaction."""
    connection.register("lost", pa.table({"id": ids}))
    connection.execute(
        f"INSERT INTO merged SELECT DISTINCT $1, {key_of('id')} FROM lost "
        f"WHERE {key_of('id')} NOT IN (SELECT key FROM merged WHERE stream = $1)",
        [stream],
    )
    connection.unregister("lost")


def lay_due(connection: Connection, readable: Collection[str], now: dt.datetime) -> None:
    """Lay the table `due`: who of the `readable` streams is to be asked now, about what."""
    parts = " UNION ALL ".join(_parts(readable))
    streams = [*readable]
    with transaction(connection):
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE dangling AS SELECT DISTINCT stream, key, id, kind, gone "
            f"FROM ({parts or _NOBODY})"
        )
        for statement in (_ASKED_IN_VAIN, _MAY_COME_BACK):
            connection.execute(statement, [streams])
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE due AS SELECT d.*, coalesce(q.times, 0) + 1 AS times "
            "FROM dangling d LEFT JOIN inquiries q USING (stream, key, gone) "
            f"WHERE q.times IS NULL OR q.times = 0 OR (q.times < {_TIMES} AND q.asked_at <= $1) "
            f"UNION ALL SELECT DISTINCT stream, key, id, NULL, gone, 0 FROM inquiries {_BACK}",
            [now - _AGAIN, streams],
        )


_NOBODY: Final = "SELECT '' AS stream, 0 AS key, '' AS id, '' AS kind, 0 AS gone LIMIT 0"
_DANGLES: Final = (
    "EXISTS (FROM dangling d WHERE d.stream = inquiries.stream AND d.key = inquiries.key "
    "AND d.gone = inquiries.gone)"
)
#: Who no longer names what is gone is forgotten, or kept until it comes back: what was deleted may
#: be restored, and with it who named it, again without a stamp.
_ASKED_IN_VAIN: Final = (
    f"DELETE FROM inquiries WHERE list_contains($1, stream) AND NOT {_DANGLES} "
    f"AND stream NOT IN ({', '.join(repr(one) for one in CHOOSING)})"
)
_MAY_COME_BACK: Final = (
    "UPDATE inquiries SET times = 0 "
    f"WHERE list_contains($1, stream) AND times > 0 AND NOT {_DANGLES}"
)
_LIVING: Final = " UNION ALL ".join(
    f"SELECT key FROM {of} WHERE NOT deleted AND key IN (SELECT gone FROM inquiries)"
    for of in _TARGETS.values()
)
_BACK: Final = f"WHERE list_contains($2, stream) AND gone IN ({_LIVING})"


def due(connection: Connection) -> dict[str, dict[str, str | None]]:
    """Return by stream who is due: id -> the kind of an activity."""
    found: dict[str, dict[str, str | None]] = {}
    sql = "SELECT DISTINCT stream, id, kind FROM due ORDER BY stream, id"
    for row in select.rows(connection, sql):
        found.setdefault(row["stream"], {})[row["id"]] = row["kind"]
    return found


def was_asked(connection: Connection, stream: str, ids: Sequence[str], now: dt.datetime) -> None:
    """Remember that these were asked, of those that are due; the caller holds the transaction."""
    connection.execute(
        "DELETE FROM inquiries q USING due d WHERE q.stream = $1 AND d.stream = $1 "
        "AND d.id IN (SELECT unnest($2)) AND q.key = d.key AND q.gone = d.gone",
        [stream, [*ids]],
    )
    connection.execute(
        "INSERT INTO inquiries SELECT stream, key, id, gone, times, $3 FROM due "
        "WHERE stream = $1 AND times > 0 AND id IN (SELECT unnest($2))",
        [stream, [*ids], now],
    )


# -- who names what is gone --------------------------------------------------------------------


def _merged(of: str) -> str:
    return f"(SELECT key FROM merged WHERE stream = '{of}')"


def _parts(readable: Collection[str]) -> Iterator[str]:
    for stream in (one for one in CHOOSING if one in readable):
        yield from (_choosing(stream, *one) for one in _references(stream))
    for stream in _STANDING:
        yield from _standing(stream, readable)
    yield from (sql for stream, sql in _IN_LISTS.items() if stream in readable)


def _standing(stream: str, readable: Collection[str]) -> Iterator[str]:
    owner, by = _STANDING[stream]
    for column, of in _references(stream):
        if stream in readable:
            yield _of_rows(stream, column, of)
        elif owner in readable:
            yield _of_owners(stream, column, of, owner, by)


def _references(stream: str) -> Iterator[tuple[str, str]]:
    """Yield the columns of a stream that hold keys of records which may go, and those's stream."""
    for name in TABLES[stream].references:
        column = f"{name.removesuffix('_id')}_key"
        word = column.removesuffix("_key").split("_")[-1]
        if word in _TARGETS and column != _STANDING.get(stream, ("", ""))[1]:
            yield column, _TARGETS[word]


def _choosing(stream: str, column: str, of: str) -> str:
    return (
        f"SELECT '{stream}' AS stream, s.key, s.id, NULL AS kind, s.{column} AS gone "
        f"FROM {stream} s WHERE NOT s.deleted "
        f"AND s.{column} IN (SELECT key FROM {of} WHERE deleted)"
    )


def _of_rows(stream: str, column: str, of: str) -> str:
    return (
        f"SELECT '{stream}' AS stream, s.key, s.id, NULL AS kind, s.{column} AS gone "
        f"FROM {stream} s WHERE NOT s.deleted AND s.{column} IN {_merged(of)}"
    )


def _of_owners(stream: str, column: str, of: str, owner: str, by: str) -> str:
    kind = "o.kind" if owner == "activities" else "NULL"
    return (
        f"SELECT '{owner}' AS stream, o.key, o.id, {kind} AS kind, s.{column} AS gone "
        f"FROM {stream} s JOIN {owner} o ON o.key = s.{by} AND NOT o.deleted "
        f"WHERE NOT s.deleted AND s.{column} IN {_merged(of)}"
    )


#: What names others in lists; of a long table the keys are looked at first, and alone.
#: A case among the activities is one of the stream `cases`, too.
_IN_LISTS: Final = {
    "activities": f"""SELECT * FROM (WITH led AS MATERIALIZED (
    SELECT * FROM activity_links WHERE target_key IN (SELECT key FROM merged))
SELECT 'activities' AS stream, a.key, a.id, a.kind, l.target_key AS gone FROM led l
JOIN merged m ON m.key = l.target_key AND m.stream = l.target || 's'
JOIN activities a ON a.key = l.activity_key
WHERE NOT a.deleted AND NOT starts_with(a.id, '{CASE}'))""",
    "cases": f"""SELECT 'cases' AS stream, c.key, c.id, NULL AS kind, l.deal_key AS gone
FROM case_deals l JOIN cases c ON c.key = l.case_key
WHERE NOT c.deleted AND l.deal_key IN {_merged("deals")}""",
}
