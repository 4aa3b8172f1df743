"""Lay what is asked about, and what hangs on it: a few records among millions, read by their keys.

    asked            record_id, key, anchor: which records, and the anchors of their episodes
    asked_records    those of them that are there, as rules look at them
    asked_deals      the deals that activities belong to
    asked_touches    their touches, with the record and its anchor
    asked_activities key, id, owner_key: what those touches are
    links_of_records, links_of_touches
                     to whom and what those activities are linked

Views over all that ever happened would be read whole for each of these, and do not fit into the
memory of a worker. Works on the connection it is given.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

import pyarrow as pa

from rules.holding import TABLES
from rules.relations import accounts, activities, deals, happened, linked
from rules.select import Connection, key_of, lay_rows

LINKS_OF_RECORDS: Final = "links_of_records"
LINKS_OF_TOUCHES: Final = "links_of_touches"

_THEIRS: Final = "SEMI JOIN asked q ON q.key = {at}.key"
_THEIR_DEALS: Final = "SEMI JOIN asked_records q ON q.deal_key = d.key"
#: Subject -> where its deals are: they are deals, or belong to such.
DEALS_OF: Final = {"deal": "asked_records", "activity": "asked_deals"}


def ask(connection: Connection, subject: str, anchors: Mapping[str, dt.datetime | None]) -> None:
    """Lay these records of a subject, by their ids in the CRM; `anchors` are UTC."""
    rows = pa.table(
        {
            "record_id": pa.array(list(anchors), pa.string()),
            "anchor": pa.array(list(anchors.values()), pa.timestamp("us", tz="UTC")),
        }
    )
    connection.register("asked_rows", rows)
    _lay(connection, "asked", f"SELECT *, {key_of('record_id')} AS key FROM asked_rows")
    connection.unregister("asked_rows")
    if subject == "activity":
        lay_rows(connection, "asked_happened", "activities.key", "asked.key")
        _lay_links(connection, LINKS_OF_RECORDS, "asked.key")
    _lay(connection, "asked_records", _records(subject))
    if subject == "activity":
        _lay(connection, DEALS_OF[subject], deals(join=_THEIR_DEALS, of_account=False))


def _records(subject: str) -> str:
    if subject == "deal":
        return deals(join=_THEIRS.format(at="d"))
    if subject == "account":
        return accounts(join=_THEIRS.format(at="a"))
    if subject == "activity":
        chosen = f"SELECT d.* FROM ({happened('asked_happened')}) d"
        return f"WITH chosen AS ({chosen}) SELECT * FROM ({activities('chosen')})"
    return f"SELECT d.* FROM {TABLES[subject][0]} d {_THEIRS.format(at='d')}"


def lay_touches(
    connection: Connection, subject: str, as_of: dt.datetime, since: dt.datetime | None
) -> None:
    """Lay the touches of those records up to `as_of`, and no older than `since`, if that is said.

    An activity is no touch of itself.
    """
    _, group, column = TABLES[subject]
    values = {"as_of": as_of} | ({"since": since} if since is not None else {})
    recent = " AND t.happened_at > $since" if since is not None else ""
    itself = " AND t.activity_key <> q.key" if subject == "activity" else ""
    touches = f"""SELECT q.record_id, q.anchor, t.*
FROM asked q JOIN asked_records s ON s.key = q.key
JOIN touches_of_{group} t ON t.group_key = s.{column}
WHERE t.happened_at <= $as_of{recent}{itself}"""
    _lay(connection, "asked_touches", touches, values)
    these, columns = "asked_touches.activity_key", ("t.key", "t.id", "t.owner_key")
    lay_rows(connection, "asked_activities", "activities.key", these, columns)
    _lay_links(connection, LINKS_OF_TOUCHES, these)


def _lay_links(connection: Connection, name: str, keys: str) -> None:
    """Lay the links of the activities in this column, those of their twins among them."""
    table, key = keys.split(".")
    lay_rows(connection, f"{name}_own", "activity_links.activity_key", keys)
    twins = f"(SELECT w.* FROM twins w SEMI JOIN {table} q ON q.{key} = w.activity_key)"
    _lay(connection, name, linked(twins, f"{name}_own"))


def people_in(links: str) -> str:
    """Return the SELECT of who of the client took part in activities, by name, if any are known."""
    return f"""SELECT l.activity_key, list(DISTINCT c.name ORDER BY c.name) AS people
    FROM {links} l JOIN contacts c ON c.key = l.target_key
    WHERE l.target = 'contact' AND NOT c.deleted GROUP BY l.activity_key"""


def _lay(
    connection: Connection, name: str, sql: str, values: Mapping[str, object] | None = None
) -> None:
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}", values or None)
