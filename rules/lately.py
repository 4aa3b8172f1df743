"""Keep apart what happened lately: most rules look back some weeks, of years that are kept.

    recent_deal_touches, recent_client_touches
        group_key, activity_key, happened_at, class: touches since the floor, and what lies ahead
    recent_activities
        activities that took place since the floor, what rules for activities look at of them; of
        two records of one event, the one that counts
    recent_work
        what people of ours did since the floor, as rules for people look at it

The floor, a moment, stands in `derived`. Whoever looks further back must look elsewhere.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final

from rules import select
from rules.relations import RELATIONS, own_touches
from rules.select import Connection, transaction

_TOUCHES: Final = "group_key UBIGINT, activity_key UBIGINT, happened_at TIMESTAMPTZ, class INTEGER"
_OF_ACTIVITIES: Final = {
    "key": "UBIGINT",
    "id": "VARCHAR",
    "kind": "VARCHAR",
    "direction": "VARCHAR",
    "outcome": "VARCHAR",
    "happened_at": "TIMESTAMPTZ",
    "duration_seconds": "BIGINT",
    "owner_key": "UBIGINT",
    "automated": "BOOLEAN",
    "outsiders": "BIGINT",
    "text_length": "BIGINT",
    "claims_contact": "BOOLEAN",
    "done": "BOOLEAN",
    "deleted": "BOOLEAN",
    "fields": "MAP(VARCHAR, VARCHAR)",
}
#: What rules for people look at of what they did.
WORK: Final = (
    "group_key UBIGINT, activity_key UBIGINT, kind VARCHAR, direction VARCHAR, "
    "outcome VARCHAR, happened_at TIMESTAMPTZ, ends_at TIMESTAMPTZ, duration_seconds BIGINT, "
    "grade INTEGER, automated BOOLEAN, signals VARCHAR[], due_at TIMESTAMPTZ, "
    "note_due_at TIMESTAMPTZ, two_way BOOLEAN, ours BOOLEAN, who VARCHAR"
)
TABLES: Final = {
    "recent_activities": ", ".join(f"{name} {kind}" for name, kind in _OF_ACTIVITIES.items()),
    "recent_deal_touches": _TOUCHES,
    "recent_client_touches": _TOUCHES,
    "recent_work": WORK,
}

#: Further back than anybody looks by this much, and it is laid anew: it only grows otherwise.
_SPARE: Final = dt.timedelta(days=60)


def floor_of(connection: Connection) -> dt.datetime | None:
    """Return since when what happened is kept apart, or None while nothing is."""
    rows = select.rows(connection, "SELECT value FROM derived WHERE name = 'recent'")
    return dt.datetime.fromisoformat(rows[0]["value"]) if rows else None


def reaches(connection: Connection, since: dt.datetime) -> bool:
    """Tell whether what is kept apart goes back so far, and not much further."""
    floor = floor_of(connection)
    return floor is not None and floor <= since <= floor + _SPARE


def lay_recent(connection: Connection, since: dt.datetime) -> None:
    """Lay all of it, back to a moment a little before `since`."""
    run, floor = connection.execute, since - _SPARE / 4
    connection.execute(RELATIONS["superseded"].statement("superseded"))
    with transaction(connection):
        for table in TABLES:
            run(f"DELETE FROM {table}")
        for table in ("deal_touches", "client_touches"):
            run(
                f"INSERT INTO recent_{table} SELECT group_key, activity_key, happened_at, class "
                f"FROM {table} WHERE happened_at > $floor",
                {"floor": floor},
            )
        add_activities(connection, floor)
        run("DELETE FROM derived WHERE name = 'recent'")
        run("INSERT INTO derived VALUES ('recent', $floor)", {"floor": floor.isoformat()})


def forget_recent(
    connection: Connection, activities: str, groups: Iterable[tuple[str, str]]
) -> None:
    """Take out what is about to change: of these activities, and of groups by table of touches."""
    run = connection.execute
    for table, keys in groups:
        run(f"DELETE FROM recent_{table} WHERE group_key IN ({keys})")
    for table in TABLES:
        key = "key" if table == "recent_activities" else "activity_key"
        run(f"DELETE FROM {table} WHERE {key} IN ({activities})")


def add_activities(
    connection: Connection,
    floor: dt.datetime,
    activities: str = "activities",
    said: str = "said",
) -> None:
    """Put in the activities in this table, and what people did among them."""
    columns = ", ".join(f"a.{name}" for name in _OF_ACTIVITIES)
    connection.execute(
        f"INSERT INTO recent_activities SELECT {columns} FROM {activities} a "
        "ANTI JOIN superseded s ON s.key = a.key "
        "WHERE a.happened_at > $floor AND a.done AND NOT a.deleted AND a.kind <> 'task'",
        {"floor": floor},
    )
    connection.execute(
        f"INSERT INTO recent_work BY NAME SELECT * FROM ({own_touches(activities, said)}) t "
        "WHERE t.happened_at > $floor",
        {"floor": floor},
    )
