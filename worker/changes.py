"""Note what a stored batch changed, so that only that is judged again. Inside its transaction.

    changed   target, key, touch

`target` is deal, account, contact, activity, rating or client (an account, or what has none);
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

#: More marks than this make everything new anyway; none are kept.
_MOST: Final = 2_000_000

_MINE: Final = "SEMI JOIN b ON b.b_key = s.key"
_CLIENT: Final = "coalesce(s.account_key, s.key)"
_TOUCHING: Final = (
    "s.account_key, s.owner_key, s.state, s.stage, s.created_at, s.close_date, "
    "s.stage_changed_at, s.deleted"
)

#: Activities and what is one event with them: a link of either counts for both.
_ACTIVITIES: Final = f"""WITH mine AS (
    SELECT s.key, s.same_as_key, s.kind = 'note' AS note, hash(s) AS mark
    FROM activities s {_MINE}
), said AS (
    SELECT g.activity_key, bit_xor(hash(g.signal, g.said, g.due_at)) AS mark,
        bool_or(starts_with(g.signal, 'note.')) AS speaks
    FROM signals g JOIN b ON b.b_key = g.activity_key GROUP BY g.activity_key
), marked AS (
    SELECT m.key, m.same_as_key, hash(m.mark, g.mark) AS mark,
        m.note AND coalesce(g.speaks, FALSE) AS speaks
    FROM mine m LEFT JOIN said g ON g.activity_key = m.key
), event AS (
    SELECT key, mark, speaks FROM marked
    UNION ALL SELECT same_as_key, mark, speaks FROM marked WHERE same_as_key IS NOT NULL
    UNION ALL SELECT a.key, m.mark, m.speaks FROM marked m
        JOIN activities a ON a.same_as_key = m.key
), linked_to AS (
    SELECT l.target, l.target_key, e.mark, e.speaks, l.activity_key FROM event e
    JOIN activity_links l ON l.activity_key = e.key
)
SELECT 'activity' AS target, key, FALSE AS touch, mark FROM marked
UNION ALL SELECT target, target_key, TRUE, hash(activity_key, mark) FROM linked_to
UNION ALL SELECT 'client', target_key, TRUE, mark FROM linked_to
    WHERE speaks AND target = 'account'
UNION ALL SELECT 'client', coalesce(c.account_key, c.key), TRUE, x.mark FROM linked_to x
    JOIN contacts c ON c.key = x.target_key WHERE x.speaks AND x.target = 'contact'
UNION ALL SELECT 'client', coalesce(d.account_key, d.key), TRUE, x.mark FROM linked_to x
    JOIN deals d ON d.key = x.target_key WHERE x.speaks AND x.target = 'deal'"""

#: Stream -> what its rows of `b` mean for whom, with a mark that differs where they do.
_TRACES: Final[Mapping[str, str]] = {
    "deals": f"""SELECT 'deal' AS target, s.key, FALSE AS touch, hash(s) AS mark
    FROM deals s {_MINE}
UNION ALL SELECT 'deal', s.key, TRUE, hash({_TOUCHING}) FROM deals s {_MINE}
UNION ALL SELECT 'client', {_CLIENT}, TRUE, hash(s.key, s.account_key, s.owner_key, s.deleted)
    FROM deals s {_MINE}""",
    "stage_changes": f"""SELECT 'deal' AS target, s.deal_key AS key, TRUE AS touch, hash(s) AS mark
    FROM stage_changes s {_MINE}""",
    "proposals": f"""SELECT 'deal' AS target, s.deal_key AS key, FALSE AS touch, hash(s) AS mark
    FROM proposals s {_MINE}""",
    "links": f"""SELECT 'deal' AS target, s.deal_key AS key, TRUE AS touch, hash(s) AS mark
    FROM links s {_MINE}
UNION ALL SELECT 'contact', s.contact_key, FALSE, hash(s) FROM links s {_MINE}""",
    "accounts": f"""SELECT 'account' AS target, s.key, FALSE AS touch, hash(s) AS mark
    FROM accounts s {_MINE}
UNION ALL SELECT 'client', s.key, TRUE, hash(s.owner_key, s.deleted) FROM accounts s {_MINE}""",
    "contacts": f"""SELECT 'contact' AS target, s.key, FALSE AS touch, hash(s) AS mark
    FROM contacts s {_MINE}
UNION ALL SELECT 'client', {_CLIENT}, TRUE, hash(s.key, s.account_key, s.deleted)
    FROM contacts s {_MINE}""",
    "ratings": f"""SELECT 'rating' AS target, s.key, FALSE AS touch, hash(s) AS mark
    FROM ratings s {_MINE}
UNION ALL SELECT 'client', {_CLIENT}, FALSE, hash(s) FROM ratings s {_MINE}""",
    "activities": _ACTIVITIES,
}

_DIFFERENT: Final = """INSERT INTO changed
SELECT DISTINCT target, key, touch FROM (
    (SELECT * FROM traces_before EXCEPT SELECT * FROM traces_after)
    UNION ALL (SELECT * FROM traces_after EXCEPT SELECT * FROM traces_before))
WHERE key IS NOT NULL
EXCEPT SELECT target, key, touch FROM changed"""


@contextmanager
def noting(connection: duckdb.DuckDBPyConnection, stream: str) -> Iterator[None]:
    """Note what the block changes of the rows of `stream` that have a key of `b`.

    Nothing is noted while nothing is derived yet: then all of it is read anyway.
    """
    if stream not in _TRACES or not select.rows(connection, "SELECT 1 FROM derived LIMIT 1"):
        yield
        return
    run = connection.execute
    run(f"CREATE OR REPLACE TEMP TABLE traces_before AS {_TRACES[stream]}")
    yield
    run(f"CREATE OR REPLACE TEMP TABLE traces_after AS {_TRACES[stream]}")
    run(_DIFFERENT)
    run("DROP TABLE traces_before")
    run("DROP TABLE traces_after")
    if select.rows(connection, "SELECT count(*) AS n FROM changed")[0]["n"] > _MOST:
        run("DELETE FROM changed")
        run("DELETE FROM derived")
