"""Note what a stored batch changed, so that only that is judged again. Inside its transaction.

    changed   target, key, touch

`target` is deal, account, contact, activity, rating, client (an account, or what has none), notes
(a client whose notes say something else), sums (an account whose deals come to something else),
entries (a deal that may have entered its stages at other moments) or
`deal.amount` and the like (a field of a deal that only rules which name it look at; the stage of a
deal that was open and is, too);
`touch` says that touches of the target may differ. What hangs on several records (an activity on
its deals, a deal on its account) marks those it hung on before, and those it hangs on now. A row
that arrives again as it was marks nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import duckdb

from rules import select
from rules.again import OF_DEAL_ALONE, STAGE
from worker.layout import arriving

#: More marks than this make everything new anyway; none are kept.
_MOST: Final = 2_000_000

#: The day of an open deal is a wish (`relations`).
_OF_CLOSED: Final = "CASE WHEN s.state <> 'open' THEN s.close_date END"
_CLIENT: Final = "coalesce(s.account_key, s.key)"
#: What of a deal decides which touches are its own: of an open one, its stage does not.
_TOUCHING: Final = f"""s.account_key, s.owner_key, s.state, s.created_at, {_OF_CLOSED}, s.deleted,
    CASE WHEN s.state <> 'open' THEN s.stage END,
    CASE WHEN s.state <> 'open' THEN s.stage_changed_at END"""

#: Activities and what is one event with them: a link of either counts for both.
_EVENTS: Final = """WITH said AS (
    SELECT g.activity_key, bit_xor(hash(g.signal, g.said, g.due_at)) AS mark,
        bool_or(starts_with(g.signal, 'note.')) AS speaks
    FROM signals g JOIN b ON b.b_key = g.activity_key GROUP BY g.activity_key
), marked AS (
    SELECT s.key, s.same_as_key, hash(s, g.mark) AS mark,
        s.kind = 'note' AND coalesce(g.speaks, FALSE) AS speaks
    FROM traced s LEFT JOIN said g ON g.activity_key = s.key
)
SELECT key, mark, speaks FROM marked
UNION ALL SELECT same_as_key, mark, speaks FROM marked WHERE same_as_key IS NOT NULL
UNION ALL SELECT a.key, m.mark, m.speaks FROM marked m JOIN activities a ON a.same_as_key = m.key"""
_ACTIVITIES: Final = """WITH linked_to AS (
    SELECT l.target, l.target_key, e.mark, e.speaks, l.activity_key FROM events e
    JOIN event_links l ON l.activity_key = e.key
)
SELECT 'activity' AS target, key, TRUE AS touch, mark FROM events
UNION ALL SELECT 'activity', activity_key, TRUE, bit_xor(hash(target, target_key, mark))
    FROM linked_to GROUP BY activity_key
UNION ALL SELECT target, target_key, FALSE, hash(activity_key, mark) FROM linked_to
UNION ALL SELECT 'notes', target_key, TRUE, mark FROM linked_to WHERE speaks AND target = 'account'
UNION ALL SELECT 'notes', coalesce(c.account_key, c.key), TRUE, x.mark FROM linked_to x
    JOIN contacts c ON c.key = x.target_key WHERE x.speaks AND x.target = 'contact'
UNION ALL SELECT 'notes', coalesce(d.account_key, d.key), TRUE, x.mark FROM linked_to x
    JOIN deals d ON d.key = x.target_key WHERE x.speaks AND x.target = 'deal'"""

#: Stream -> what its rows of `b` mean for whom, with a mark that differs where they do.
_TRACES: Final[Mapping[str, str]] = {
    "deals": f"""SELECT 'deal' AS target, s.key, TRUE AS touch, hash({_TOUCHING}) AS mark
FROM traced s
UNION ALL SELECT '{STAGE}', s.key, FALSE, hash(s.stage, s.stage_changed_at) FROM traced s
UNION ALL SELECT 'entries', s.key, FALSE, hash(s.stage, s.account_key, s.deleted) FROM traced s
UNION ALL SELECT 'sums', s.account_key, FALSE, hash(s.key, s.amount, {_TOUCHING}) FROM traced s
UNION ALL SELECT 'client', {_CLIENT}, TRUE, hash(s.key, s.account_key, s.owner_key, s.deleted)
    FROM traced s""",
    "stage_changes": f"""SELECT '{STAGE}' AS target, s.deal_key AS key, FALSE AS touch,
    hash(s) AS mark
FROM traced s
UNION ALL SELECT 'entries', s.deal_key, FALSE, hash(s) FROM traced s
UNION ALL SELECT 'deal', s.deal_key, TRUE, hash(s) FROM traced s
    JOIN deals d ON d.key = s.deal_key AND d.state <> 'open'""",
    "proposals": """SELECT 'deal' AS target, s.deal_key AS key, FALSE AS touch, hash(s) AS mark
FROM traced s""",
    "files": """SELECT 'deal' AS target, s.deal_key AS key, FALSE AS touch, hash(s) AS mark
FROM traced s""",
    "links": """SELECT 'deal' AS target, s.deal_key AS key, TRUE AS touch, hash(s) AS mark
FROM traced s
UNION ALL SELECT 'contact', s.contact_key, FALSE, hash(s) FROM traced s""",
    "accounts": """SELECT 'account' AS target, s.key, FALSE AS touch, hash(s) AS mark FROM traced s
UNION ALL SELECT 'client', s.key, TRUE, hash(s.owner_key, s.deleted) FROM traced s""",
    "contacts": f"""SELECT 'contact' AS target, s.key, FALSE AS touch, hash(s) AS mark FROM traced s
UNION ALL SELECT 'client', {_CLIENT}, TRUE, hash(s.key, s.account_key, s.deleted) FROM traced s""",
    "ratings": f"""SELECT 'rating' AS target, s.key, FALSE AS touch, hash(s) AS mark FROM traced s
UNION ALL SELECT 'client', {_CLIENT}, FALSE, hash(s) FROM traced s""",
    "activities": _ACTIVITIES,
}

_NOTHING: Final = (
    "SELECT '' AS target, CAST(0 AS UBIGINT) AS key, FALSE AS touch, CAST(0 AS UBIGINT) AS mark "
    "LIMIT 0"
)
_DIFFERENT: Final = """INSERT INTO changed
(SELECT DISTINCT target, key, touch FROM (
    (SELECT * FROM traces_before EXCEPT SELECT * FROM traces_after)
    UNION ALL (SELECT * FROM traces_after EXCEPT SELECT * FROM traces_before))
WHERE key IS NOT NULL{more})
EXCEPT SELECT target, key, touch FROM changed"""

#: What of a deal other records do not look at, unless a rule says so (`rules.again`), is noted by
#: field: a new next step wakes only rules that name the next step.
_FIELDS: Final = ", ".join(
    f"CASE WHEN a.{one} IS DISTINCT FROM b.{one} THEN 'deal.{one}' END"
    for one in sorted(OF_DEAL_ALONE)
)
_MORE: Final = {
    "deals": f""" UNION ALL SELECT * FROM (
    SELECT unnest([{_FIELDS}]) AS target, a.key, FALSE AS touch
    FROM traced_before a JOIN traced_after b ON b.key = a.key
) WHERE target IS NOT NULL"""
}


@contextmanager
def noting(connection: duckdb.DuckDBPyConnection, stream: str, *, standing: bool) -> Iterator[None]:
    """Note what the block changes of the rows of `stream` that have a key of `b`.

    Where they stood before, if any are `standing`, the table of that name says.
    Nothing is noted while nothing is derived yet: then all of it is read anyway.
    """
    if stream not in _TRACES or not select.rows(connection, "SELECT 1 FROM derived LIMIT 1"):
        yield
        return
    run = connection.execute
    if standing:
        before = f"SELECT s.* FROM {stream} s SEMI JOIN standing q ON q.at = s.rowid"
        _trace(connection, stream, "before", before)
    else:
        run(f"CREATE OR REPLACE TEMP TABLE traces_before AS {_NOTHING}")
    yield
    _trace(connection, stream, "after", f"SELECT {arriving(stream)} FROM b")  # as they are stored
    run(_DIFFERENT.format(more=_MORE.get(stream, "") if standing else ""))
    for when in ("before", "after"):
        run(f"DROP TABLE IF EXISTS traced_{when}")
        run(f"DROP TABLE traces_{when}")
    if select.rows(connection, "SELECT count(*) AS n FROM changed")[0]["n"] > _MOST:
        run("DELETE FROM changed")
        run("DELETE FROM derived")


def _trace(connection: duckdb.DuckDBPyConnection, stream: str, when: str, rows: str) -> None:
    """Lay what these rows of a stream mean."""
    run = connection.execute
    traced = f"traced_{when}"
    run(f"CREATE OR REPLACE TEMP TABLE {traced} AS {rows}")
    if stream == "activities":
        run(f"CREATE OR REPLACE TEMP TABLE events AS {_EVENTS.replace('traced', traced)}")
        select.lay_rows(connection, "event_links", "activity_links.activity_key", "events.key")
    meant = _TRACES[stream].replace("traced", traced)
    run(f"CREATE OR REPLACE TEMP TABLE traces_{when} AS {meant}")
