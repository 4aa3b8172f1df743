"""Keep the touches of deals and clients: written whole once, then only where something changed.

    deal_touches, client_touches
        group_key, activity_key, happened_at, class, due_at, note_due_at, duration_seconds;
        clustered by group. What belongs to which deal or client, `relations` says
    classes       class and what a pattern can ask of a touch: every combination that occurs
    stage_entries deal_key, stage, happened_at: each time a deal entered a stage; client_key
    deal_entries  deal_key, entered_at, current: when a deal entered the stage it is in
    account_sums  what the deals of an account come to
    said          activity_key, signals, and when what it says falls due, by what that is: due_at of
                  a promise, note_due_at of the next purpose; also from a note beside it
    twins         activity_key, target, target_key: links that another record of the event has
    changed       target, key, touch: what the mirror stored since; `touch`: touches may differ
    stale         target, key: what rules have to judge again since they last did
    derived       name, value: what the kept tables were made from
    work, verdicts, judged
        what rules for people look at (`rules.kept_work`); what rules said (`rules.keeping`)

A pattern of a rule is judged over the few thousand rows of `classes`, once; the pass over twelve
million touches then only tests bits (decision 0007). The tables stand in the mirror's own file and
change by DELETE and INSERT; on a connection that may not write they are laid as temporary ones.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from typing import Final

from rules import select
from rules.filling import fill_entries, fill_said, fill_sums, fill_twins, lay_beside, lay_links
from rules.lately import TABLES as RECENT
from rules.lately import WORK, lay_recent, reaches
from rules.placing import build_part, let_go, part_deals
from rules.renewing import renew
from rules.select import Connection, transaction

#: Of these tables and the statements that fill them. Another number builds all of them anew.
LAYOUT: Final = 5

_KEPT_TOUCHES: Final = (
    "group_key UBIGINT, activity_key UBIGINT, happened_at TIMESTAMPTZ, class INTEGER, "
    "due_at TIMESTAMPTZ, note_due_at TIMESTAMPTZ, duration_seconds BIGINT"
)

#: Table -> its columns. The mirror makes them; a hand-over carries them.
TABLES: Final = {
    "deal_touches": _KEPT_TOUCHES,
    "client_touches": _KEPT_TOUCHES,
    "classes": "class INTEGER, kind VARCHAR, direction VARCHAR, outcome VARCHAR, grade INTEGER, "
    "automated BOOLEAN, signals VARCHAR[], happened BOOLEAN, planned BOOLEAN, two_way BOOLEAN, "
    "ours BOOLEAN, who VARCHAR",
    "stage_entries": "deal_key UBIGINT, stage VARCHAR, happened_at TIMESTAMPTZ, client_key UBIGINT",
    "account_sums": "account_key UBIGINT, open_deals BIGINT, won_deals BIGINT, lost_deals BIGINT, "
    "won_amount DECIMAL(38, 4), first_won_at TIMESTAMPTZ, last_won_at TIMESTAMPTZ, "
    "first_deal_at TIMESTAMPTZ",
    "said": "activity_key UBIGINT, signals VARCHAR[], due_at TIMESTAMPTZ, note_due_at TIMESTAMPTZ",
    "deal_entries": "deal_key UBIGINT, entered_at TIMESTAMPTZ, current BOOLEAN",
    "twins": "activity_key UBIGINT, target VARCHAR, target_key UBIGINT",
    "changed": "target VARCHAR, key UBIGINT, touch BOOLEAN",
    "stale": "target VARCHAR, key UBIGINT",
    "derived": "name VARCHAR, value VARCHAR",
    "verdicts": "rule VARCHAR, key UBIGINT, record VARCHAR, fires BOOLEAN, stands BOOLEAN, "
    "next_check TIMESTAMPTZ, look_again TIMESTAMPTZ, anchor TIMESTAMPTZ, deadline TIMESTAMPTZ",
    "work": f"{WORK}, open_deals BOOLEAN, won_deals BOOLEAN, lost_deals BOOLEAN, answers BOOLEAN",
    "judged": "rule VARCHAR, meaning VARCHAR, as_of TIMESTAMPTZ",
    **RECENT,
}

#: What is written anew when everything is.
_BUILT: Final = (
    *("classes", "twins", "said", "stage_entries", "deal_entries", "account_sums"),
    *("deal_touches", "client_touches"),
)
#: Activities in one part of a whole build: what is in memory at a time.
_PART: Final = 1_000_000
#: Whoever may be a client: accounts, and what has none.
_CLIENTS: Final = """SELECT DISTINCT d.key AS group_key FROM (
    SELECT key FROM accounts
    UNION ALL SELECT coalesce(account_key, key) FROM contacts
    UNION ALL SELECT coalesce(account_key, key) FROM deals
    UNION ALL SELECT account_key FROM ratings
) d WHERE {where}"""


def derive(connection: Connection, since: dt.datetime | None = None) -> None:
    """Bring the kept tables in line with the mirror; `people_now` and `deals_now` must stand.

    Does nothing where nothing changed, so a connection that cannot write may hold kept tables.
    `since` is how far back the rules of a pass look at what happened lately, if that is known.
    """
    known = {
        row["name"]: row["value"]
        for row in select.rows(connection, "SELECT name, value FROM derived")
    }
    made_from = _made_from(connection)
    _bring_up(connection, made_from, same=known.get("touches") == made_from)
    if since is not None and not reaches(connection, since) and not _read_only(connection):
        lay_recent(connection, since)


def _bring_up(connection: Connection, made_from: str, *, same: bool) -> None:
    changed = _number(connection, "SELECT count(*) AS n FROM changed")
    if same and not changed:
        return
    if _read_only(connection):
        _build_whole(connection, made_from, "TEMP ")
    elif not same or not renew(connection):
        _build_whole(connection, made_from)


def _made_from(connection: Connection) -> str:
    """Say what touches rest on beside the mirror's rows: this layout, who leads whom, and words."""
    people = select.rows(connection, "SELECT key, manager_key, delegate_key FROM people_now")
    led = sorted((row["key"], row["manager_key"] or 0, row["delegate_key"] or 0) for row in people)
    rows = select.rows(connection, "SELECT source, signal FROM note_fields")
    fields = sorted((row["source"], row["signal"]) for row in rows)
    return hashlib.sha256(repr((LAYOUT, led, fields)).encode()).hexdigest()


def _read_only(connection: Connection) -> bool:
    found = select.rows(
        connection,
        "SELECT readonly FROM duckdb_databases() WHERE database_name = current_database()",
    )
    return bool(found[0]["readonly"])


def _number(connection: Connection, sql: str) -> int:
    return int(select.rows(connection, sql)[0]["n"])


# -- all of it -------------------------------------------------------------------------------


def _build_whole(connection: Connection, made_from: str, temporary: str = "") -> None:
    """Write everything, a part of the groups at a time; broken off, it is begun again."""
    run = connection.execute
    if not temporary:
        run("DELETE FROM derived")
    for table in _BUILT:
        run(f"CREATE OR REPLACE {temporary}TABLE {table} ({TABLES[table]})")
    fill_twins(connection)
    lay_links(connection)
    lay_beside(connection, "every_link")
    fill_said(connection)
    fill_entries(connection)
    fill_sums(connection)
    for held in _parts(_number(connection, "SELECT count(*) AS n FROM activities")):
        build_part(connection, "deal_touches", part_deals(where=held))
        build_part(connection, "client_touches", _CLIENTS.format(where=held))
    let_go(connection)
    if not temporary:
        with transaction(connection):
            run("DELETE FROM changed")
            run("DELETE FROM stale")
            run("INSERT INTO stale VALUES ('everything', 0)")
            run("INSERT INTO derived VALUES ('touches', $made_from)", {"made_from": made_from})


def _parts(activities: int) -> Iterator[str]:
    """Yield the conditions on `d.key` that cut everything into parts of a bearable size."""
    parts = activities // _PART + 1
    width = 2**64 // parts
    for part in range(parts):
        last = 2**64 - 1 if part == parts - 1 else (part + 1) * width - 1
        yield f"d.key BETWEEN {part * width} AND {last}::UBIGINT" if parts > 1 else "TRUE"
