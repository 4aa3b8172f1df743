"""Write anew of the kept tables only what the mirror's changes concern (`upkeep` lays all of them).

Two kinds of change. Where a deal, its contacts or its client changed, all touches of that deal or
client are written anew. Where activities changed, only their own touches are, wherever they belong.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from rules import select
from rules.filling import fill_entries_of, fill_said, fill_sums, lay_beside, lay_links
from rules.lately import add_activities, floor_of, forget_recent
from rules.placing import APART, Sources, add_recent, build_part, let_go, part_deals
from rules.relations import linked, twins
from rules.select import Connection, lay_rows, transaction

#: More changed deals, or activities, than one in so many: writing all is cheaper.
_MOST: Final = 10
#: With fewer than these, nobody counts.
_FEW: Final = 1_000

#: A note speaks for the conversations beside it (`practices: C8`): where a client's notes change,
#: or who belongs to it, so may what was said in all its conversations.
_SPOKEN: Final = {
    "homes": """WITH clients AS (
    SELECT DISTINCT c.key AS client_key FROM changed c
    WHERE c.target IN ('client', 'notes') AND c.touch
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
}

#: The activities whose touches are written anew; and their links, those of twins among them.
_ACTIVITIES: Final = {
    "affected_activities": """SELECT key AS activity_key FROM changed
WHERE target = 'activity' AND touch UNION SELECT activity_key FROM spoken""",
}
_THEIRS: Final = {
    "their_twins": twins("their_activities"),
    "their_links": linked("their_twins", "their_own_links"),
}

#: The deals and clients all of whose touches are written anew, and those that activities reach.
_GROUPS: Final = {
    "affected_deals": "SELECT key AS group_key FROM changed WHERE touch AND target = 'deal'",
    "affected_clients": "SELECT key AS group_key FROM changed WHERE touch AND target = 'client'",
}
_REACHED: Final = {
    "reached_deals": """SELECT d.key AS group_key FROM (
    SELECT target_key AS key FROM their_links WHERE target = 'deal'
    UNION SELECT d.key FROM deals d
        JOIN their_links l ON l.target = 'account' AND l.target_key = d.account_key
    UNION SELECT p.deal_key FROM links p
        JOIN their_links l ON l.target = 'contact' AND l.target_key = p.contact_key
) d ANTI JOIN affected_deals f ON f.group_key = d.key""",
    "reached_clients": """SELECT c.key AS group_key FROM (
    SELECT target_key AS key FROM their_links WHERE target = 'account'
    UNION SELECT coalesce(d.account_key, d.key) FROM deals d
        JOIN their_links l ON l.target = 'deal' AND l.target_key = d.key
    UNION SELECT coalesce(p.account_key, p.key) FROM contacts p
        JOIN their_links l ON l.target = 'contact' AND l.target_key = p.key
) c ANTI JOIN affected_clients f ON f.group_key = c.key""",
}

#: Table of touches -> its groups that are written anew, and those that activities reach.
_TABLES: Final = {
    "deal_touches": ("deal", "affected_deals", "reached_deals"),
    "client_touches": ("client", "affected_clients", "reached_clients"),
}

_OF_ACTIVITIES: Final = Sources(
    links="their_links", activities="their_activities", said="their_said"
)

_SUMS: Final = {
    "affected_sums": """SELECT key AS account_key FROM changed
WHERE target IN ('client', 'account', 'sums')
UNION SELECT d.account_key FROM deals d
JOIN changed c ON c.target = 'deal' AND c.touch AND c.key = d.key
WHERE d.account_key IS NOT NULL""",
    "affected_entries": "SELECT DISTINCT key AS deal_key FROM changed WHERE target = 'entries'",
}


def renew(connection: Connection) -> bool:
    """Write anew what `changed` concerns; False, and nothing is written, where that is too much."""
    touched = bool(select.rows(connection, "SELECT 1 FROM changed WHERE touch LIMIT 1"))
    if touched:
        lay_links(connection)
        _lay(connection, {**_SPOKEN, **_ACTIVITIES, **_GROUPS})
        if _too_many(connection, "deals") or _too_many(connection, "activities"):
            return False
        these = "affected_activities.activity_key"
        lay_rows(connection, "their_activities", "activities.key", these)
        lay_rows(connection, "their_own_links", "activity_links.activity_key", these)
        _lay(connection, {**_THEIRS, **_REACHED})
    _lay(connection, _SUMS)
    _lay(connection, {"touched": "SELECT target, key FROM changed"})
    with transaction(connection):
        _rewrite_entries(connection)
        if touched:
            _rewrite(connection)
        _rewrite_sums(connection)
        connection.execute(
            "INSERT INTO stale SELECT DISTINCT target, key FROM touched "
            "EXCEPT SELECT target, key FROM stale"
        )
        connection.execute("DELETE FROM changed")
    let_go(connection)
    return True


def _lay(connection: Connection, tables: Mapping[str, str]) -> None:
    for name, sql in tables.items():
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}")


def _too_many(connection: Connection, table: str) -> bool:
    affected = _number(connection, f"affected_{table}")
    return affected > _FEW and affected * _MOST > _number(connection, table) + _FEW


def _number(connection: Connection, table: str) -> int:
    return int(select.rows(connection, f"SELECT count(*) AS n FROM {table}")[0]["n"])


def _rewrite(connection: Connection) -> None:
    run, floor = connection.execute, floor_of(connection)
    theirs = "SEMI JOIN affected_activities f ON f.activity_key = s.activity_key"
    for table in ("said", "twins"):
        these = "activity_key IN (SELECT activity_key FROM affected_activities)"
        run(f"DELETE FROM {table} WHERE {these}")
    run("INSERT INTO twins SELECT * FROM their_twins")
    _lay_beside(connection)
    fill_said(connection, theirs, "their_activities")
    lay_rows(connection, "their_said", "said.activity_key", "affected_activities.activity_key")
    groups = [(table, f"SELECT group_key FROM {one[1]}") for table, one in _TABLES.items()]
    forget_recent(connection, "SELECT activity_key FROM affected_activities", groups)
    for table in _TABLES:
        _rewrite_touches(connection, table, floor)
    if floor is not None:
        add_activities(connection, floor, "their_activities", "their_said")


def _lay_beside(connection: Connection) -> None:
    """Lay what notes say of the conversations among the activities, if any are among them."""
    found = select.rows(
        connection,
        "SELECT min(happened_at) AS first, max(happened_at) AS last FROM their_activities "
        "WHERE kind IN ('call', 'meeting')",
    )[0]
    lay_beside(connection, "their_links", (found["first"], found["last"]))


def _rewrite_touches(connection: Connection, table: str, floor: dt.datetime | None) -> None:
    """Write touches anew; whose they were and are stands in `touched` then."""
    run, (target, affected, reached) = connection.execute, _TABLES[table]
    these = "activity_key IN (SELECT activity_key FROM affected_activities)"
    _touch(connection, target, affected)
    _lay(connection, {"gone": f"SELECT DISTINCT group_key FROM {table} WHERE {these}"})
    if _number(connection, "gone"):
        _touch(connection, target, "gone")
        run(f"DELETE FROM {table} WHERE {these}")
    run(f"DELETE FROM {table} WHERE group_key IN (SELECT group_key FROM {affected})")
    for groups, sources in ((affected, APART), (reached, _OF_ACTIVITIES)):
        if not _number(connection, groups):
            continue
        chosen = f"SELECT group_key FROM {groups}"
        if target == "deal":
            chosen = part_deals(join=f"SEMI JOIN {groups} f ON f.group_key = d.key")
        build_part(connection, table, chosen, sources)
        _touch(connection, target, "part_touches")
        if floor is not None:
            add_recent(connection, table, floor)


def _touch(connection: Connection, target: str, groups: str) -> None:
    connection.execute(f"INSERT INTO touched SELECT DISTINCT '{target}', group_key FROM {groups}")


def _rewrite_entries(connection: Connection) -> None:
    """Write anew when deals entered their stages; touches of closed deals rest on it."""
    if not _number(connection, "affected_entries"):
        return
    for table in ("stage_entries", "deal_entries"):
        connection.execute(
            f"DELETE FROM {table} WHERE deal_key IN (SELECT deal_key FROM affected_entries)"
        )
    fill_entries_of(connection, "affected_entries.deal_key")


def _rewrite_sums(connection: Connection) -> None:
    if not _number(connection, "affected_sums"):
        return
    connection.execute(
        "DELETE FROM account_sums WHERE account_key IN (SELECT account_key FROM affected_sums)"
    )
    fill_sums(connection, "SEMI JOIN affected_sums f ON f.account_key = d.account_key")
