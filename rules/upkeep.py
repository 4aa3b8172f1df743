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
    changed       target, key, touch: what the mirror stored since; `touch`: touches may differ
    stale         target, key: what rules have to judge again since they last did
    derived       name, value: what the kept tables were made from
    verdicts, judged
        what rules said (`rules.keeping`)

A pattern of a rule is judged over the few thousand rows of `classes`, once; the pass over twelve
million touches then only tests bits (decision 0007). The tables stand in the mirror's own file and
change by DELETE and INSERT; on a connection that may not write they are laid as temporary ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Final

from rules import select
from rules.note_fields import FILLED
from rules.relations import (
    NOTES_BESIDE,
    OF_DEALS,
    RELATIONS,
    THEIRS,
    TWINS,
    WAY,
    deals,
    linked,
    roles,
    who_of,
)
from rules.select import Connection, transaction
from rules.touches import GRADE
from rules.vocabulary import NEXT_PURPOSE

#: Of these tables and the statements that fill them. Another number builds all of them anew.
LAYOUT: Final = 3

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
    "changed": "target VARCHAR, key UBIGINT, touch BOOLEAN",
    "stale": "target VARCHAR, key UBIGINT",
    "derived": "name VARCHAR, value VARCHAR",
    "verdicts": "rule VARCHAR, key UBIGINT, record VARCHAR, fires BOOLEAN, stands BOOLEAN, "
    "next_check TIMESTAMPTZ, look_again TIMESTAMPTZ, anchor TIMESTAMPTZ, deadline TIMESTAMPTZ",
    "judged": "rule VARCHAR, meaning VARCHAR, as_of TIMESTAMPTZ",
}

#: Activities in one part of a whole build: what is in memory at a time.
_PART: Final = 1_000_000
#: More changed deals than one in so many: writing all is cheaper.
_MOST: Final = 10
#: With fewer deals than these, nobody counts.
_FEW: Final = 1_000

#: A stage is entered at the first row of an unbroken run of rows of history that name it.
_STAGES: Final = """WITH history AS (
    SELECT s.deal_key, s.stage, s.happened_at,
        lag(s.stage) OVER (PARTITION BY s.deal_key ORDER BY s.happened_at, s.id)
            IS DISTINCT FROM s.stage AS entered
    FROM stage_changes s {only} WHERE NOT s.deleted
)
SELECT h.deal_key, h.stage, h.happened_at, coalesce(d.account_key, d.key) AS client_key
FROM history h LEFT JOIN deals d ON d.key = h.deal_key AND NOT d.deleted WHERE h.entered"""

#: The last row of history says whether the history knows of the stage the deal is in.
_ENTRIES: Final = """WITH newest AS (
    SELECT s.deal_key, arg_max(s.stage, (s.happened_at, s.id)) AS stage
    FROM stage_changes s {only} WHERE NOT s.deleted GROUP BY s.deal_key
)
SELECT s.deal_key, max(s.happened_at) AS entered_at,
    any_value(n.stage IS NOT DISTINCT FROM s.stage) AS current
FROM stage_entries s {only}
JOIN deals d ON d.key = s.deal_key AND d.stage = s.stage
JOIN newest n ON n.deal_key = s.deal_key GROUP BY s.deal_key"""

_SUMS: Final = f"""SELECT d.account_key, {OF_DEALS} FROM ({{deals}}) d
WHERE d.account_key IS NOT NULL GROUP BY d.account_key"""

_SAID: Final = f"""WITH every AS (
    SELECT s.activity_key, s.signal, s.due_at FROM signals s {{only}}
    UNION ALL SELECT s.activity_key, s.signal, s.due_at FROM beside s {{only}}
    UNION ALL {FILLED}
)
SELECT activity_key, list_sort(list(DISTINCT signal)) AS signals,
    min(due_at) FILTER (WHERE signal = 'promise') AS due_at,
    min(due_at) FILTER (WHERE signal = '{NEXT_PURPOSE}') AS note_due_at
FROM every GROUP BY activity_key"""

_PART_DEALS: Final = """SELECT key AS group_key, account_key, owner_key, manager_key, state,
    created_at, closed_at FROM ({deals})"""

#: Which activities may belong to the deals of a part: what names them, what is near them.
_DEAL_LINKS: Final = """WITH people AS (
    SELECT DISTINCT p.contact_key, p.deal_key
    FROM links p SEMI JOIN part_groups d ON d.group_key = p.deal_key
    WHERE NOT p.deleted AND p.contact_key IS NOT NULL
), reached AS (
    SELECT l.activity_key, d.group_key, TRUE AS direct
    FROM every_link l JOIN part_groups d ON d.group_key = l.target_key WHERE l.target = 'deal'
    UNION ALL SELECT l.activity_key, d.group_key, FALSE
    FROM every_link l JOIN part_groups d ON d.account_key = l.target_key WHERE l.target = 'account'
    UNION ALL SELECT l.activity_key, d.deal_key, FALSE
    FROM every_link l JOIN people d ON d.contact_key = l.target_key WHERE l.target = 'contact'
)
SELECT activity_key, group_key, bool_or(direct) AS direct FROM reached
GROUP BY activity_key, group_key"""

#: Of what is only near: whether it names a deal, this one or another.
_NAMED: Final = """SELECT DISTINCT l.activity_key FROM every_link l
SEMI JOIN part_links b ON b.activity_key = l.activity_key AND NOT b.direct
WHERE l.target = 'deal'"""

#: A link with all that is asked of its deal; a table of its own, so that what follows is one join.
_PLACES: Final = """SELECT b.activity_key, b.group_key,
    CASE WHEN b.direct THEN NULL ELSE d.created_at - INTERVAL 14 DAY END AS not_before,
    CASE WHEN NOT b.direct AND d.state = 'lost'
        THEN d.closed_at + INTERVAL 14 DAY END AS not_after,
    d.owner_key, d.manager_key, m.delegate_key
FROM part_links b
JOIN part_groups d ON d.group_key = b.group_key
LEFT JOIN part_named n ON n.activity_key = b.activity_key
LEFT JOIN people_now m ON m.key = d.manager_key
WHERE b.direct OR (d.created_at IS NOT NULL AND (d.state = 'won' OR n.activity_key IS NULL)
    AND (d.state <> 'lost' OR d.closed_at IS NOT NULL))"""

#: What took place, and what may lie ahead; a meeting can be both (`relations`).
_DONE: Final = "(coalesce(a.done, FALSE) AND a.kind <> 'task' AND s.key IS NULL)"
_AHEAD: Final = (
    "(coalesce(NOT a.done OR a.kind = 'meeting', FALSE) AND coalesce(a.outcome, '') <> 'canceled' "
    "AND s.key IS NULL)"
)
_TOUCH: Final = f"""b.group_key, a.key AS activity_key, a.happened_at, r.due_at, r.note_due_at,
    a.duration_seconds, a.kind, a.direction, a.outcome, {GRADE} AS grade, a.automated,
    coalesce(r.signals, []) AS signals, {_DONE} AS happened, {_AHEAD} AS planned"""

_DEAL_TOUCHES: Final = f"""SELECT {_TOUCH},
    CASE
        WHEN {THEIRS.format(at="a")} THEN NULL
        WHEN a.owner_key = b.owner_key THEN 'owner'
        WHEN a.owner_key = b.manager_key THEN 'manager'
        WHEN a.owner_key = b.delegate_key THEN 'deputy'
        WHEN o.manager_key = b.manager_key THEN 'team'
        WHEN a.owner_key IS NOT NULL THEN 'other'
    END AS who
FROM part_places b
JOIN activities a ON a.key = b.activity_key
LEFT JOIN people_now o ON o.key = a.owner_key
LEFT JOIN said r ON r.activity_key = b.activity_key
LEFT JOIN superseded s ON s.key = a.key
WHERE NOT a.deleted AND a.happened_at IS NOT NULL
    AND coalesce(a.happened_at >= b.not_before, TRUE)
    AND coalesce(a.happened_at <= b.not_after, TRUE)
    AND ({_DONE} OR {_AHEAD})"""

#: Whoever may be a client: accounts, and what has none.
_CLIENTS: Final = """SELECT DISTINCT d.key AS group_key FROM (
    SELECT key FROM accounts
    UNION ALL SELECT coalesce(account_key, key) FROM contacts
    UNION ALL SELECT coalesce(account_key, key) FROM deals
    UNION ALL SELECT account_key FROM ratings
) d WHERE {where}"""

#: Everything linked to a client in any way.
_CLIENT_LINKS: Final = """WITH homes AS (
    SELECT d.key, c.group_key FROM deals d
    JOIN part_groups c ON c.group_key = coalesce(d.account_key, d.key) WHERE NOT d.deleted
), people AS (
    SELECT p.key, c.group_key FROM contacts p
    JOIN part_groups c ON c.group_key = coalesce(p.account_key, p.key)
)
SELECT l.activity_key, c.group_key
FROM every_link l JOIN part_groups c ON c.group_key = l.target_key WHERE l.target = 'account'
UNION SELECT l.activity_key, p.group_key
FROM every_link l JOIN people p ON p.key = l.target_key WHERE l.target = 'contact'
UNION SELECT l.activity_key, d.group_key
FROM every_link l JOIN homes d ON d.key = l.target_key WHERE l.target = 'deal'"""

_CLIENT_TOUCHES: Final = f"""SELECT {_TOUCH}, {who_of("a", "w")} AS who
FROM part_links b
JOIN activities a ON a.key = b.activity_key
LEFT JOIN part_roles w ON w.group_key = b.group_key AND w.activity_key = b.activity_key
LEFT JOIN said r ON r.activity_key = b.activity_key
LEFT JOIN superseded s ON s.key = a.key
WHERE NOT a.deleted AND a.happened_at IS NOT NULL AND ({_DONE} OR {_AHEAD})"""

_TRAITS: Final = (
    "kind",
    "direction",
    "outcome",
    "grade",
    "automated",
    "signals",
    "happened",
    "planned",
    "who",
)
_NAMED_TRAITS: Final = ", ".join(_TRAITS)
_NEW_CLASSES: Final = f"""INSERT INTO classes BY NAME
SELECT CAST(row_number() OVER () + (SELECT coalesce(max(class), 0) FROM classes) AS INTEGER)
        AS class, n.*, {WAY.format(at="n")}
FROM (SELECT {_NAMED_TRAITS} FROM part_touches
    EXCEPT SELECT {_NAMED_TRAITS} FROM classes) n"""
_SAME_CLASS: Final = " AND ".join(f"c.{one} IS NOT DISTINCT FROM p.{one}" for one in _TRAITS)
_NEW_TOUCHES: Final = f"""INSERT INTO {{table}} BY NAME
SELECT p.group_key, p.activity_key, p.happened_at, c.class, p.due_at, p.note_due_at,
    p.duration_seconds
FROM part_touches p JOIN classes c ON {_SAME_CLASS} ORDER BY p.group_key, p.happened_at"""

#: Kept table -> what one part of it is built through, in order.
_STEPS: Final[Mapping[str, Mapping[str, str]]] = {
    "deal_touches": {
        "part_links": _DEAL_LINKS,
        "part_named": _NAMED,
        "part_places": _PLACES,
        "part_touches": _DEAL_TOUCHES,
    },
    "client_touches": {
        "part_links": _CLIENT_LINKS,
        "part_roles": roles("part_links", "group_key", "activities"),
        "part_touches": _CLIENT_TOUCHES,
    },
}

#: A note speaks for the conversations beside it (`practices: C8`): where a client's notes change,
#: so may what was said in all its conversations, and that reaches whatever they are linked to.
_CHANGED: Final = {
    "homes": """WITH clients AS (
    SELECT DISTINCT c.key AS client_key FROM changed c
    WHERE c.target = 'client' AND c.touch
        AND EXISTS (SELECT 1 FROM signals WHERE starts_with(signal, 'note.'))
)
SELECT 'account' AS target, client_key AS key FROM clients
UNION SELECT 'contact', p.key FROM contacts p
    JOIN clients s ON s.client_key = coalesce(p.account_key, p.key)
UNION SELECT 'deal', d.key FROM deals d
    JOIN clients s ON s.client_key = coalesce(d.account_key, d.key)""",
    "spoken": """SELECT DISTINCT l.activity_key FROM every_link l
JOIN homes h ON h.target = l.target AND h.key = l.target_key
JOIN activities a ON a.key = l.activity_key WHERE a.kind IN ('call', 'meeting')""",
    "reached": """SELECT target, key FROM changed WHERE touch
UNION SELECT target, key FROM homes
UNION SELECT l.target, l.target_key FROM every_link l
    SEMI JOIN spoken s ON s.activity_key = l.activity_key""",
    "affected_said": """SELECT activity_key FROM spoken
UNION SELECT key FROM changed WHERE target = 'activity'""",
}

#: The deals and clients whose touches are written anew.
_AFFECTED: Final = {
    "affected_deals": """SELECT key AS group_key FROM reached WHERE target = 'deal'
UNION SELECT d.key FROM deals d
    JOIN reached r ON r.target = 'account' AND r.key = d.account_key
UNION SELECT p.deal_key FROM links p
    JOIN reached r ON r.target = 'contact' AND r.key = p.contact_key""",
    "affected_clients": """SELECT key AS group_key FROM reached
WHERE target IN ('account', 'client')
UNION SELECT coalesce(d.account_key, d.key) FROM deals d
    JOIN reached r ON r.target = 'deal' AND r.key = d.key
UNION SELECT coalesce(p.account_key, p.key) FROM contacts p
    JOIN reached r ON r.target = 'contact' AND r.key = p.key""",
}


def derive(connection: Connection) -> None:
    """Bring the kept tables in line with the mirror; `people_now` and `deals_now` must stand.

    Does nothing where nothing changed, so a connection that cannot write may hold kept tables.
    """
    known = {
        row["name"]: row["value"]
        for row in select.rows(connection, "SELECT name, value FROM derived")
    }
    made_from = _made_from(connection)
    changed = _number(connection, "SELECT count(*) AS n FROM changed")
    if known.get("touches") == made_from and not changed:
        return
    if _read_only(connection):
        _build_whole(connection, made_from, "TEMP ")
    elif known.get("touches") != made_from:
        _build_whole(connection, made_from)
    else:
        _build_changed(connection, made_from)


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
        run("DELETE FROM derived WHERE name = 'touches'")
    for table in ("classes", "said", "stage_entries", "deal_entries", "account_sums", *_STEPS):
        run(f"CREATE OR REPLACE {temporary}TABLE {table} ({TABLES[table]})")
    _lay_helpers(connection)
    _fill(connection, {})
    run(f"INSERT INTO account_sums {_SUMS.format(deals=deals())}")
    for held in _parts(_number(connection, "SELECT count(*) AS n FROM activities")):
        _build_part(connection, "deal_touches", _PART_DEALS.format(deals=deals(where=held)))
        _build_part(connection, "client_touches", _CLIENTS.format(where=held))
    _let_go(connection)
    if not temporary:
        with transaction(connection):
            run("DELETE FROM changed")
            run("DELETE FROM stale")
            run("INSERT INTO stale VALUES ('everything', 0)")
            run("INSERT INTO derived VALUES ('touches', $made_from)", {"made_from": made_from})


def _fill(connection: Connection, only: Mapping[str, str]) -> None:
    """Fill what touches and deals rest on; `only` says, by table, which rows `s` are meant."""
    for table, sql in (("said", _SAID), ("stage_entries", _STAGES), ("deal_entries", _ENTRIES)):
        connection.execute(f"INSERT INTO {table} {sql.format(only=only.get(table, ''))}")


def _parts(activities: int) -> Iterator[str]:
    """Yield the conditions on `d.key` that cut everything into parts of a bearable size."""
    parts = activities // _PART + 1
    width = 2**64 // parts
    for part in range(parts):
        last = 2**64 - 1 if part == parts - 1 else (part + 1) * width - 1
        yield f"d.key BETWEEN {part * width} AND {last}::UBIGINT" if parts > 1 else "TRUE"


def _build_part(connection: Connection, table: str, groups: str) -> None:
    run = connection.execute
    run(f"CREATE OR REPLACE TEMP TABLE part_groups AS {groups}")
    for name, sql in _STEPS[table].items():
        run(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}")
    run(_NEW_CLASSES)
    run(_NEW_TOUCHES.format(table=table))


def _lay_helpers(connection: Connection) -> None:
    run = connection.execute
    run(f"CREATE OR REPLACE TEMP TABLE twins AS {TWINS}")
    run(f"CREATE OR REPLACE TEMP VIEW every_link AS {linked('twins')}")
    run(f"CREATE OR REPLACE TEMP TABLE beside AS {NOTES_BESIDE}")
    for name in ("superseded", "client_people"):
        run(RELATIONS[name].statement(name))


def _let_go(connection: Connection) -> None:
    for name in {
        "part_groups": "",
        **{n: s for steps in _STEPS.values() for n, s in steps.items()},
    }:
        connection.execute(f"DROP TABLE IF EXISTS {name}")


# -- what changed ----------------------------------------------------------------------------


def _build_changed(connection: Connection, made_from: str) -> None:
    touched = select.rows(connection, "SELECT 1 FROM changed WHERE touch LIMIT 1")
    if touched:
        _lay_helpers(connection)
        _lay_affected(connection, {**_CHANGED, **_AFFECTED})
        affected = _number(connection, "SELECT count(*) AS n FROM affected_deals")
        if affected * _MOST > _number(connection, "SELECT count(*) AS n FROM deals") + _FEW:
            _build_whole(connection, made_from)
            return
    _lay_affected(connection, {"affected_sums": _AFFECTED_SUMS})
    stale = _STALE_TOUCHES if touched else ""
    with transaction(connection):
        if touched:
            _rewrite(connection)
        _rewrite_sums(connection)
        connection.execute(
            f"INSERT INTO stale (SELECT target, key FROM changed {stale}) "
            "EXCEPT SELECT target, key FROM stale"
        )
        connection.execute("DELETE FROM changed")
    _let_go(connection)


def _lay_affected(connection: Connection, tables: Mapping[str, str]) -> None:
    for name, sql in tables.items():
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}")


_STALE_TOUCHES: Final = """UNION SELECT 'deal', group_key FROM affected_deals
UNION SELECT 'client', group_key FROM affected_clients"""
_AFFECTED_SUMS: Final = """SELECT key AS account_key FROM changed
WHERE target IN ('client', 'account')
UNION SELECT d.account_key FROM deals d JOIN changed c ON c.target = 'deal' AND c.key = d.key
WHERE d.account_key IS NOT NULL"""

#: Table -> its key, and which of them are written anew.
_AGAIN: Final = {
    "said": ("activity_key", "SELECT activity_key FROM affected_said"),
    "stage_entries": ("deal_key", "SELECT group_key FROM affected_deals"),
    "deal_entries": ("deal_key", "SELECT group_key FROM affected_deals"),
    "deal_touches": ("group_key", "SELECT group_key FROM affected_deals"),
    "client_touches": ("group_key", "SELECT group_key FROM affected_clients"),
}


def _rewrite(connection: Connection) -> None:
    for table, (key, keys) in _AGAIN.items():
        connection.execute(f"DELETE FROM {table} WHERE {key} IN ({keys})")
    mine = "SEMI JOIN affected_deals f ON f.group_key = {key}"
    of_deals = mine.format(key="s.deal_key")
    said = "SEMI JOIN affected_said f ON f.activity_key = s.activity_key"
    _fill(connection, {"said": said, "stage_entries": of_deals, "deal_entries": of_deals})
    chosen = _PART_DEALS.format(deals=deals(join=mine.format(key="d.key")))
    _build_part(connection, "deal_touches", chosen)
    _build_part(connection, "client_touches", "SELECT group_key FROM affected_clients")


def _rewrite_sums(connection: Connection) -> None:
    mine = deals(join="SEMI JOIN affected_sums f ON f.account_key = d.account_key")
    connection.execute(
        "DELETE FROM account_sums WHERE account_key IN (SELECT account_key FROM affected_sums)"
    )
    connection.execute(f"INSERT INTO account_sums {_SUMS.format(deals=mine)}")
