"""What the tests of both engines share: a mirror that belongs to an org, answers in one order."""

from __future__ import annotations

import datetime as dt
from typing import Any

from connectors.base import Feed, Identity, Window
from connectors.model import STREAMS
from rules import select
from rules.select import Connection
from worker.mirror import Mirror

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
_HERE = Identity(
    org_id="00D000000000001", org_name="A test", user_id="005", user_name="ft", server_now=NOW
)

Row = dict[str, Any]


def bound(mirror: Mirror) -> Mirror:
    """Return a mirror that belongs to an org and has read everything up to `NOW`."""
    mirror.belongs_to(_HERE, "salesforce")
    everything = Feed(name="everything", streams=tuple(STREAMS), fields_hash="")
    with mirror.storing(everything, Window(since=None, until=NOW)):
        pass
    return mirror


def rows(connection: Connection, query: str) -> list[Row]:
    """Return what a query answers, in an order that only its content decides."""
    found = select.rows(connection, query)
    return sorted(found, key=lambda row: [(name, str(row[name])) for name in sorted(row)])
