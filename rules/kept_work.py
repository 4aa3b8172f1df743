"""Keep what rules for people look at of what people did, and write anew only what changed.

    work    what stands in `touches_of_owner`: what people did since the moment that is noted in
            `derived`, of what the rules of then looked for

A row changes where its activity did, where its moment came, and where something changed at a client
it was for. What is kept is as of one moment: rules of two moments look for themselves.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Final

from rules import select
from rules.evaluate import LookedAt
from rules.own_work import AT_ONCE, work_statements
from rules.select import Connection

#: The activities whose row is written anew, if they have one.
_AGAIN: Final = """CREATE OR REPLACE TEMP TABLE again_work AS
SELECT key AS activity_key FROM stirred WHERE target = 'activity'
UNION SELECT activity_key FROM recent_work WHERE happened_at > $before AND happened_at <= $as_of
UNION SELECT t.activity_key FROM recent_client_touches t
    SEMI JOIN stirred_clients c ON c.key = t.group_key
    WHERE t.happened_at > $since AND t.happened_at <= $as_of"""
_GONE: Final = """DELETE FROM work
WHERE happened_at <= $since OR activity_key IN (SELECT activity_key FROM again_work)"""


def kept_as_of(connection: Connection, work: LookedAt, people: object) -> dt.datetime | None:
    """Return as of when what is kept is what these rules looked for; None: it is something else."""
    found = select.rows(connection, "SELECT value FROM derived WHERE name = 'work'")
    if not found or work.since is None:
        return None
    mark, since, as_of = json.loads(found[0]["value"])
    moment = dt.datetime.fromisoformat(as_of)
    same = mark == _mark(work, people) and dt.datetime.fromisoformat(since) <= work.since
    return moment if same and moment <= work.as_of else None


def forget_work(connection: Connection) -> None:
    """Say that what is kept may have changed since."""
    connection.execute("DELETE FROM derived WHERE name = 'work'")


def bring_up_work(
    connection: Connection, work: LookedAt, people: object, before: dt.datetime | None
) -> None:
    """Bring what is kept up to date, and lay it as `touches_of_owner`; all of it must be apart.

    `before` is as of when it is kept, and what was stirred since then must stand; None: it is laid
    whole.
    """
    run, values = connection.execute, work.values()
    if before is None:
        run("DELETE FROM work")
    else:
        run(_AGAIN, {**values, "before": before})
        run(_GONE, {"since": work.since})
    only = "again_work" if before is not None else None
    own, with_clients = work_statements(work.wanted, bounded=True, lately=True, only=only)
    run(own, values)
    if before is None or select.rows(connection, "SELECT 1 FROM own_work LIMIT 1"):
        run(f"INSERT INTO work BY NAME {with_clients}", values)
    run("CREATE OR REPLACE TEMP VIEW touches_of_owner AS SELECT * FROM work")
    forget_work(connection)
    assert work.since is not None
    note = json.dumps([_mark(work, people), work.since.isoformat(), work.as_of.isoformat()])
    run("INSERT INTO derived VALUES ('work', $note)", {"note": note})


def _mark(work: LookedAt, people: object) -> str:
    return hashlib.sha256(repr((work.wanted, str(AT_ONCE), people)).encode()).hexdigest()
