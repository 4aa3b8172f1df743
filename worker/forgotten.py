"""Who is forgotten: records of which no word is kept, whatever the CRM still sends of them.

    forgotten   stream, id, key: in the mirror; the ledger has the same list (`worker.ledger`)

Of a forgotten deal, client or person only ids and times stay, and it counts as deleted. What hangs
on it stays what it was, an activity as a touch, a rating as a grade; the words of it go. What an
activity was judged to say is no word and stays, as with `text: verdicts_only`, so that forgetting
opens no task and ends none but those about the record itself. Works inside the caller's
transaction; opens no file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import pyarrow as pa

from connectors.model import EVERY_STREAM
from rules import select
from rules.select import Connection, key_of
from worker.complaining import PREFIX as CASE
from worker.layout import TABLES

#: A record: its stream and its id.
Record = tuple[str, str]

#: What somebody may be named by who asks, and the stream it stands in.
KINDS: Final[Mapping[str, str]] = {
    "contact": "contacts",
    "account": "accounts",
    "deal": "deals",
    "lead": "leads",
    "owner": "owners",
    "activity": "activities",
    "case": "cases",
    "rating": "ratings",
    "answer": "survey_answers",
    "file": "files",
}
#: Of these nothing is left but ids and times. Of the others of KINDS only words go.
EMPTIED: Final = ("deals", "accounts", "contacts", "owners", "leads", "files")
#: What people of ours are called who are forgotten: a page may have to name whose a record was.
NOBODY: Final = "(forgotten)"

#: What a value of a field of the org's own may be that is no text: a number, a day, yes or no.
_NO_TEXT: Final = (
    r"-?[0-9]{1,9}(\.[0-9]+)?|[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]+(Z|\+00:00)?)?|true|false"
)
#: Filled stays filled: rules ask whether a note was written, and how long it is.
_MASKED: Final = (
    "map_from_entries(list_transform(map_entries(fields), lambda e: struct_pack(key := e.key, "
    f"value := CASE WHEN regexp_full_match(e.value, '{_NO_TEXT}') THEN e.value "
    r"ELSE regexp_replace(e.value, '[\pL\pN]', 'x', 'g') END)))"
)
#: Stream -> what is left of a column in which somebody wrote something, of what hangs on a record.
_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "activities": {"fields": _MASKED},
    "ratings": {"comment": "NULL"},
    "files": {"name": "NULL"},
}

#: Stream -> by which columns what arrives hangs on a forgotten record.
_HANGS: Final[Mapping[str, Mapping[str, str]]] = {
    "activities": {
        "deal_ids": "deals",
        "account_ids": "accounts",
        "contact_ids": "contacts",
        "owner_id": "owners",
    },
    "cases": {"account_id": "accounts", "contact_id": "contacts", "deal_ids": "deals"},
    "survey_answers": {
        "account_id": "accounts",
        "contact_id": "contacts",
        "deal_id": "deals",
        "owner_id": "owners",
    },
    "ratings": {"account_id": "accounts", "contact_id": "contacts", "owner_id": "owners"},
    "files": {"deal_id": "deals"},
}
#: And what is stored: where lists of ids became rows.
_LINKED: Final[Mapping[str, str]] = {
    "activities": "SELECT l.activity_key AS key FROM activity_links l "
    "JOIN forgotten f ON f.stream = l.target || 's' AND f.key = l.target_key "
    f"UNION SELECT a.key FROM activities a JOIN forgotten f ON f.stream = 'cases' "
    f"AND a.id = '{CASE}' || f.id",
    "cases": "SELECT l.case_key AS key FROM case_deals l "
    "JOIN forgotten f ON f.stream = 'deals' AND f.key = l.deal_key",
}


# -- the list --------------------------------------------------------------------------------


def listed(connection: Connection) -> frozenset[Record]:
    """Return the records that this mirror has forgotten."""
    rows = select.rows(connection, "SELECT stream, id FROM forgotten")
    return frozenset((row["stream"], row["id"]) for row in rows)


def bring_in_line(connection: Connection, wanted: Collection[Record]) -> bool:
    """Forget what is wanted and was not forgotten yet; tell whether there was anything.

    What is no longer on the list comes back with the daily comparison, as a record that is new.
    """
    known = listed(connection)
    for stream, record_id in known - {*wanted}:
        connection.execute("DELETE FROM forgotten WHERE stream = ? AND id = ?", [stream, record_id])
    new = sorted({*wanted} - known)
    for stream, record_id in new:
        _add(connection, stream, record_id)
    if new:
        _forget_stored(connection)
    return bool(new)


@contextmanager
def laid(connection: Connection, records: Collection[Record]) -> Iterator[None]:
    """Let the list be these records for a look at what hangs on them; then it is as it was."""
    connection.execute("BEGIN")
    try:
        connection.execute("DELETE FROM forgotten")
        for stream, record_id in records:
            _add(connection, stream, record_id)
        yield
    finally:
        connection.execute("ROLLBACK")


def _add(connection: Connection, stream: str, record_id: str) -> None:
    connection.execute(
        f"INSERT INTO forgotten SELECT $stream, $id, {key_of('$id')}",
        {"stream": stream, "id": record_id},
    )


# -- what is stored --------------------------------------------------------------------------


def hanging(stream: str) -> str:
    """Return the SQL of the keys of stored records whose words go: of, and on, who is forgotten."""
    found = [f"SELECT key FROM forgotten WHERE stream = '{stream}'"]
    if stream in _LINKED:
        found.append(_LINKED[stream])
    for column, to in _HANGS[stream].items():
        if column.endswith("_id"):
            key = f"s.{column.removesuffix('_id')}_key"
            found.append(
                f"SELECT s.key FROM {stream} s JOIN forgotten f "
                f"ON f.stream = '{to}' AND f.key = {key}"
            )
    return " UNION ".join(found)


def _forget_stored(connection: Connection) -> None:
    """Take words out of every table, and let what is derived from them be made again."""
    run = connection.execute
    hushed = hanging("activities")
    run(f"UPDATE signals SET said = NULL WHERE said IS NOT NULL AND activity_key IN ({hushed})")
    run(f"DELETE FROM texts WHERE activity_key IN ({hushed})")
    run(f"UPDATE recent_activities SET fields = {_MASKED} WHERE key IN ({hushed})")
    for stream in ("cases", "survey_answers"):
        theirs = f"stream = '{stream}' AND record_key IN ({hanging(stream)})"
        run(f"UPDATE record_signals SET said = NULL WHERE said IS NOT NULL AND {theirs}")
        run(f"DELETE FROM record_texts WHERE {theirs}")
    for stream, words in _WORDS.items():
        left = ", ".join(f"{column} = {left}" for column, left in words.items())
        run(f"UPDATE {stream} SET {left} WHERE key IN ({hanging(stream)})")
    for stream in EMPTIED:
        mine = f"key IN (SELECT key FROM forgotten WHERE stream = '{stream}')"
        run(f"UPDATE {stream} SET deleted = TRUE, {emptied(stream)} WHERE {mine}")
    for table in ("changed", "derived"):
        run(f"DELETE FROM {table}")
    run("DROP TABLE IF EXISTS deal_facts")


def emptied(stream: str) -> str:
    """Return the assignments that leave nothing of stored rows but ids and times."""
    columns = [one for one in TABLES[stream].columns(stream) if not _stays(one.name, one.type)]
    return ", ".join(f"{one.name} = {_left_of(stream, one.name)}" for one in columns)


def told(stream: str) -> str:
    """Return the condition that a stored row holds more than ids and times."""
    columns = [one for one in TABLES[stream].columns(stream) if not _stays(one.name, one.type)]
    return " OR ".join(f"{one.name} IS NOT NULL" for one in columns)


def _stays(name: str, kind: str) -> bool:
    times = kind in ("TIMESTAMPTZ", "DATE") or kind.startswith(("timestamp", "date32"))
    return times or name in ("id", "key", "deleted") or name.endswith(("_id", "_ids", "_key"))


def _left_of(stream: str, column: str) -> str:
    return f"'{NOBODY}'" if (stream, column) == ("owners", "name") else "NULL"


# -- what arrives ----------------------------------------------------------------------------


def without_words(
    connection: Connection, stream: str, rows: pa.Table
) -> tuple[pa.Table, list[str]]:
    """Return arriving rows without the words of who is forgotten, and the ids whose texts may be
    judged, and not quoted or kept."""
    if stream not in EMPTIED and stream not in _HANGS:
        return rows, []
    connection.register("arriving_rows", rows)
    seen = f"SELECT *, {_own(stream)} AS own, {_mentions(stream)} AS hangs FROM arriving_rows"
    found = select.rows(connection, f"SELECT id, own FROM ({seen}) WHERE own OR hangs")
    if found:
        left = select.arrow(
            connection, f"SELECT * EXCLUDE (own, hangs){_replaced(stream)} FROM ({seen})"
        )
        rows = left.cast(EVERY_STREAM[stream])
    connection.unregister("arriving_rows")
    return rows, [row["id"] for row in found]


def _own(stream: str) -> str:
    return f"id IN (SELECT id FROM forgotten WHERE stream = '{stream}')"


def _mentions(stream: str) -> str:
    parts = ["FALSE"]
    for column, to in _HANGS.get(stream, {}).items():
        theirs = f"FROM forgotten WHERE stream = '{to}'"
        if column.endswith("_ids"):
            parts.append(f"list_has_any({column}, (SELECT coalesce(list(id), []) {theirs}))")
        else:
            parts.append(f"{column} IN (SELECT id {theirs})")
    return f"coalesce({' OR '.join(parts)}, FALSE)"


def _replaced(stream: str) -> str:
    schema, words = EVERY_STREAM[stream], _WORDS.get(stream, {})
    changes = {
        name: f"CASE WHEN own OR hangs THEN {left} ELSE {name} END" for name, left in words.items()
    }
    if stream in EMPTIED:
        changes |= {
            one.name: f"CASE WHEN own THEN {_left_of(stream, one.name)} "
            f"ELSE {changes.get(one.name, one.name)} END"
            for one in schema
            if not _stays(one.name, str(one.type))
        }
        changes["deleted"] = "deleted OR own"
    replaced = ", ".join(f"{sql} AS {name}" for name, sql in changes.items())
    return f" REPLACE ({replaced})" if replaced else ""
