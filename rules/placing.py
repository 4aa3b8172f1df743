"""Which activities are touches of which deals and clients: built for a part of them at a time.

A part is the table `part_groups` of those whose touches are wanted; `links` names the links that
are looked at: all, or those of the activities that changed. Classes that did not occur yet are
added to `classes`. Decides nothing about when, or for whom, a part is built.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from rules.relations import THEIRS, WAY, client_people, deals, roles, who_of
from rules.select import Connection, lay_rows
from rules.touches import GRADE


@dataclass(frozen=True)
class Sources:
    """Where to look for what a part is built from."""

    links: str = "every_link"
    activities: str = "activities"
    said: str = "said"

    def in_place(self, sql: str) -> str:
        """Return a statement that reads from here."""
        text = sql.replace("{links}", self.links).replace("{activities}", self.activities)
        return text.replace("{said}", self.said)


_EVERYWHERE: Final = Sources()
#: Of few groups: their activities are laid apart, so that every join finds them at once.
APART: Final = Sources(activities="part_activities", said="part_said")

#: What is asked of an activity, its grade among it (`rules.touches`).
_OF_ACTIVITY: Final = (
    *("key", "kind", "direction", "outcome", "happened_at", "duration_seconds", "owner_key"),
    *("automated", "done", "deleted", "text_length", "outsiders", "claims_contact"),
)
#: What is asked of a deal whose touches are wanted.
_PART_DEALS: Final = """SELECT key AS group_key, account_key, owner_key, manager_key, state,
    created_at, closed_at FROM ({deals})"""

#: Which activities may belong to the deals of a part: what names them, what is near them.
_DEAL_LINKS: Final = """WITH people AS (
    SELECT DISTINCT p.contact_key, p.deal_key
    FROM links p SEMI JOIN part_groups d ON d.group_key = p.deal_key
    WHERE NOT p.deleted AND p.contact_key IS NOT NULL
), reached AS (
    SELECT l.activity_key, d.group_key, TRUE AS direct
    FROM {links} l JOIN part_groups d ON d.group_key = l.target_key WHERE l.target = 'deal'
    UNION ALL SELECT l.activity_key, d.group_key, FALSE
    FROM {links} l JOIN part_groups d ON d.account_key = l.target_key WHERE l.target = 'account'
    UNION ALL SELECT l.activity_key, d.deal_key, FALSE
    FROM {links} l JOIN people d ON d.contact_key = l.target_key WHERE l.target = 'contact'
)
SELECT activity_key, group_key, bool_or(direct) AS direct FROM reached
GROUP BY activity_key, group_key"""

#: Of what is only near: whether it names a deal, this one or another.
_NAMED: Final = """SELECT DISTINCT l.activity_key FROM {links} l
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
JOIN {{activities}} a ON a.key = b.activity_key
LEFT JOIN people_now o ON o.key = a.owner_key
LEFT JOIN {{said}} r ON r.activity_key = b.activity_key
LEFT JOIN replaced s ON s.key = a.key
WHERE NOT a.deleted AND a.happened_at IS NOT NULL
    AND coalesce(a.happened_at >= b.not_before, TRUE)
    AND coalesce(a.happened_at <= b.not_after, TRUE)
    AND ({_DONE} OR {_AHEAD})"""

#: Everything linked to a client in any way.
_CLIENT_LINKS: Final = """WITH homes AS (
    SELECT d.key, c.group_key FROM deals d
    JOIN part_groups c ON c.group_key = coalesce(d.account_key, d.key) WHERE NOT d.deleted
), people AS (
    SELECT p.key, c.group_key FROM contacts p
    JOIN part_groups c ON c.group_key = coalesce(p.account_key, p.key)
)
SELECT l.activity_key, c.group_key
FROM {links} l JOIN part_groups c ON c.group_key = l.target_key WHERE l.target = 'account'
UNION SELECT l.activity_key, p.group_key
FROM {links} l JOIN people p ON p.key = l.target_key WHERE l.target = 'contact'
UNION SELECT l.activity_key, d.group_key
FROM {links} l JOIN homes d ON d.key = l.target_key WHERE l.target = 'deal'"""

_CLIENT_TOUCHES: Final = f"""SELECT {_TOUCH}, {who_of("a", "w")} AS who
FROM part_links b
JOIN {{activities}} a ON a.key = b.activity_key
LEFT JOIN part_roles w ON w.group_key = b.group_key AND w.activity_key = b.activity_key
LEFT JOIN {{said}} r ON r.activity_key = b.activity_key
LEFT JOIN replaced s ON s.key = a.key
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
_NEW_RECENT: Final = f"""INSERT INTO recent_{{table}} BY NAME
SELECT p.group_key, p.activity_key, p.happened_at, c.class
FROM part_touches p JOIN classes c ON {_SAME_CLASS} WHERE p.happened_at > $floor"""
_NEW_TOUCHES: Final = f"""INSERT INTO {{table}} BY NAME
SELECT p.group_key, p.activity_key, p.happened_at, c.class, p.due_at, p.note_due_at,
    p.duration_seconds
FROM part_touches p JOIN classes c ON {_SAME_CLASS} ORDER BY p.group_key, p.happened_at"""


#: The parts of a table of touches, once its groups stand -> what is laid for it, in order.
_STEPS: Final = {
    "deal_touches": {
        "part_links": _DEAL_LINKS,
        "part_named": _NAMED,
        "part_places": _PLACES,
        "part_touches": _DEAL_TOUCHES,
    },
    "client_touches": {
        "part_links": _CLIENT_LINKS,
        "part_people": client_people("part_groups"),
        "part_roles": roles("part_links", "group_key", "{activities}", people="part_people"),
        "part_touches": _CLIENT_TOUCHES,
    },
}
_LAID: Final = (
    "part_groups",
    "part_activities",
    "part_said",
    *dict.fromkeys(n for steps in _STEPS.values() for n in steps),
)


def build_part(
    connection: Connection, table: str, groups: str, sources: Sources = _EVERYWHERE
) -> None:
    """Add the touches of these groups to a table; they stand in `part_touches` until the next.

    `groups` is a SELECT: for deals `part_deals`, for clients of a `group_key`.
    """
    run = connection.execute
    run(f"CREATE OR REPLACE TEMP TABLE part_groups AS {groups}")
    for name, sql in _STEPS[table].items():
        run(f"CREATE OR REPLACE TEMP TABLE {name} AS {sources.in_place(sql)}")
        if name == "part_links" and sources == APART:
            these = "part_links.activity_key"
            lay_rows(connection, "part_activities", "activities.key", these, _OF_ACTIVITY)
            lay_rows(connection, "part_said", "said.activity_key", these)
    run(_NEW_CLASSES)
    run(_NEW_TOUCHES.format(table=table))


def add_recent(connection: Connection, table: str, floor: dt.datetime) -> None:
    """Add what happened lately of the part that was just built (`rules.lately`)."""
    connection.execute(_NEW_RECENT.format(table=table), {"floor": floor})


def part_deals(*, join: str = "", where: str = "TRUE") -> str:
    """Return the SELECT of deals `d` as a part: those that are joined and held."""
    return _PART_DEALS.format(deals=deals(join=join, where=where))


def let_go(connection: Connection) -> None:
    """Drop what was laid for parts."""
    for name in _LAID:
        connection.execute(f"DROP TABLE IF EXISTS {name}")
