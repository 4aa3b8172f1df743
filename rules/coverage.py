"""The coverage guard: whose work shows in the CRM well enough to judge them by what is missing.

Whoever works by a mailbox that nobody connected does everything right and shows nothing. So a
finding that rests on something missing counts only for people of whom enough is seen
(`practices: C0`); about the others the admin is told, never the manager.

A manager is asked for contact now and then, not every day: where a duty is theirs alone, it is
enough that anything of theirs is seen.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from rules import select
from rules.org import Coverage, Org
from rules.select import Connection
from rules.touches import GRADE

#: Working days below which nothing can be said of anybody.
_FEWEST: Final = 5
#: Calendar days to look back for one working day: beyond lies what a mailbox was before a leave.
_REACH: Final = 3

#: Whoever has left, and a queue, are no people whose mailbox could be missing.
_COVERAGE: Final = """CREATE OR REPLACE TEMP TABLE coverage_now AS
WITH people AS (
    SELECT p.key AS owner_key, c.hours, c.zone, CAST(timezone(c.zone, $now) AS DATE) AS today,
        NOT $guard OR $everybody OR p.deleted OR NOT coalesce(p.active, FALSE)
            OR coalesce(p.is_queue, FALSE)
            OR coalesce(list_contains($captured, lower(p.email)), FALSE)
            OR coalesce(list_contains($captured, lower(p.name)), FALSE) AS known
    FROM people_now p
    JOIN owner_calendars o ON o.owner_key = p.key AND o.hours = 'default'
    JOIN calendars c ON c.calendar = o.calendar
), worked AS (
    SELECT p.owner_key, d.day FROM people p
    JOIN calendar_days d ON d.hours = p.hours AND d.working
        AND d.day < p.today AND d.day >= p.today - CAST($reach AS INTEGER)
    QUALIFY row_number() OVER (PARTITION BY p.owner_key ORDER BY d.day DESC) <= $days
), graded AS (
    SELECT a.owner_key, a.happened_at, __GRADE__ AS grade FROM activities a
    WHERE a.done AND NOT a.deleted AND a.kind <> 'task'
        AND a.happened_at < $now
        AND a.happened_at >= CAST($now AS TIMESTAMPTZ) - to_days(CAST($reach + 2 AS INTEGER))
), seen AS (
    SELECT DISTINCT p.owner_key, CAST(timezone(p.zone, g.happened_at) AS DATE) AS day
    FROM graded g JOIN people p ON p.owner_key = g.owner_key
    WHERE g.grade > 0
), counted AS (
    SELECT w.owner_key, count(*) AS days, count(s.day) AS seen_days
    FROM worked w LEFT JOIN seen s ON s.owner_key = w.owner_key AND s.day = w.day
    GROUP BY w.owner_key
)
SELECT p.owner_key, coalesce(c.days, 0) AS days, coalesce(c.seen_days, 0) AS seen_days,
    p.known OR coalesce(c.days >= $fewest AND c.seen_days >= $share * c.days, FALSE) AS judgeable
FROM people p LEFT JOIN counted c ON c.owner_key = p.owner_key""".replace("__GRADE__", GRADE)

_UNJUDGEABLE: Final = """SELECT p.id, p.name, c.days, c.seen_days
FROM coverage_now c JOIN people_now p ON p.key = c.owner_key
WHERE NOT c.judgeable ORDER BY p.id"""


def lay_coverage(connection: Connection, org: Org, now: dt.datetime) -> None:
    """Lay `coverage_now` (owner_key, days, seen_days, judgeable) for everybody in `people_now`.

    `days` are their last working days before today, on their own calendar, `seen_days` those that
    show a graded activity of theirs. The tables of `workdays` must be there. Without a guard
    everybody is judgeable.
    """
    said = org.coverage or Coverage()
    values: dict[str, Any] = {
        "now": now,
        "guard": org.coverage is not None,
        "everybody": said.mail_capture,
        "captured": sorted(said.captured),
        "days": said.days,
        "reach": said.days * _REACH,
        "share": said.share,
        "fewest": _FEWEST,
    }
    connection.execute(_COVERAGE, values)


def unjudgeable(connection: Connection) -> dict[str, str]:
    """Return the id of everybody who cannot be judged, and a sentence for the admin."""
    return {row["id"]: _sentence(row) for row in select.rows(connection, _UNJUDGEABLE)}


def unseen(connection: Connection) -> dict[str, str]:
    """Return the id of everybody who worked and shows nothing at all, and a sentence for the admin.

    Of managers no more can be asked than that something is seen.
    """
    rows = select.rows(connection, _UNJUDGEABLE)
    return {
        row["id"]: _sentence(row)
        for row in rows
        if row["days"] >= _FEWEST and row["seen_days"] == 0
    }


def _sentence(row: dict[str, Any]) -> str:
    if row["days"] < _FEWEST:
        return (
            f"cannot judge {row['name']} yet: on their calendar lie too few working days lately "
            f"({row['days']}); on leave?"
        )
    return (
        f"cannot see {row['name']}'s activity: {row['seen_days']} of their last {row['days']} "
        "working days show any; mailbox not connected?"
    )
