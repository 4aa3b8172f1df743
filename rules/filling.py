"""What touches and deals rest on: what was said, when stages were entered, what deals come to.

The statements that fill those kept tables, whole or for some of their rows, and what stands beside
them while they are filled. Decides nothing about when that is.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from rules.note_fields import FILLED
from rules.relations import (
    OF_DEALS,
    RELATIONS,
    SUPERSEDED,
    TWINS,
    dated_deals,
    linked,
    notes_beside,
)
from rules.select import Connection, lay_rows
from rules.vocabulary import NEXT_PURPOSE

_Between = tuple[dt.datetime | None, dt.datetime | None]

#: A stage is entered at the first row of an unbroken run of rows of history that name it.
_STAGES: Final = """WITH history AS (
    SELECT s.deal_key, s.stage, s.happened_at,
        lag(s.stage) OVER (PARTITION BY s.deal_key ORDER BY s.happened_at, s.id)
            IS DISTINCT FROM s.stage AS entered
    FROM {changes} s WHERE NOT s.deleted
)
SELECT h.deal_key, h.stage, h.happened_at, coalesce(d.account_key, d.key) AS client_key
FROM history h LEFT JOIN {deals} d ON d.key = h.deal_key AND NOT d.deleted WHERE h.entered
ORDER BY client_key"""

#: The last row of history says whether the history knows of the stage the deal is in.
_ENTRIES: Final = """WITH newest AS (
    SELECT s.deal_key, arg_max(s.stage, (s.happened_at, s.id)) AS stage
    FROM {changes} s WHERE NOT s.deleted GROUP BY s.deal_key
)
SELECT s.deal_key, max(s.happened_at) AS entered_at,
    any_value(n.stage IS NOT DISTINCT FROM s.stage) AS current
FROM {entries} s
JOIN {deals} d ON d.key = s.deal_key AND d.stage = s.stage
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


def fill_said(connection: Connection, only: str = "", activities: str = "activities") -> None:
    """Fill what was said, of those activities `s` that are joined; `activities` has their rows."""
    connection.execute(f"INSERT INTO said {_SAID.format(only=only, activities=activities)}")


def fill_entries(connection: Connection) -> None:
    """Fill when all deals entered their stages."""
    where = {"changes": "stage_changes", "entries": "stage_entries", "deals": "deals"}
    for table, sql in (("stage_entries", _STAGES), ("deal_entries", _ENTRIES)):
        connection.execute(f"INSERT INTO {table} {sql.format(**where)}")


def fill_entries_of(connection: Connection, deals: str) -> None:
    """Fill when some deals entered their stages: those in this column, as table.key."""
    run = connection.execute
    lay_rows(connection, "their_changes", "stage_changes.deal_key", deals)
    columns = ("t.key", "t.account_key", "t.stage", "t.deleted")
    lay_rows(connection, "their_deals", "deals.key", deals, columns)
    where = {"changes": "their_changes", "entries": "their_entries", "deals": "their_deals"}
    run(f"CREATE OR REPLACE TEMP TABLE their_entries AS {_STAGES.format(**where)}")
    run("INSERT INTO stage_entries SELECT * FROM their_entries")
    run(f"INSERT INTO deal_entries {_ENTRIES.format(**where)}")


def fill_twins(connection: Connection) -> None:
    """Fill the links that activities have from another record of the event."""
    connection.execute(f"INSERT INTO twins {TWINS}")


def fill_sums(connection: Connection, join: str = "") -> None:
    """Fill what the deals of accounts come to, of those `d` that are joined."""
    connection.execute(f"INSERT INTO account_sums {_SUMS.format(deals=dated_deals(join))}")


def lay_links(connection: Connection) -> None:
    """Lay every link, those of twins with them, and which activities another stands for."""
    connection.execute(f"CREATE OR REPLACE TEMP VIEW every_link AS {linked('twins')}")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE replaced AS {SUPERSEDED}")
    connection.execute(RELATIONS["superseded"].statement("superseded"))


def lay_beside(connection: Connection, links: str, between: _Between | None = None) -> None:
    """Lay what notes say of the conversations in the table `links`, all of them `between` two."""
    sql = notes_beside(links, bounded=between is not None)
    values = {"first": between[0], "last": between[1]} if between else None
    connection.execute(f"CREATE OR REPLACE TEMP TABLE beside AS {sql}", values)
