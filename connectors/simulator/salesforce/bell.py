"""The bell: what an org's users were told by custom notifications.

Kept beside the records, where no query of the API reaches it: over the API a notification can be
sent and never read back (facts, 3.6). Knows no HTTP and judges nothing.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from connectors.simulator.salesforce.store import Store
from connectors.simulator.salesforce.times import moment, stamp


@dataclass(frozen=True, kw_only=True)
class Notification:
    """One notification as one user got it."""

    kind: str  # API name of its type
    recipient: str  # a user's id
    title: str
    body: str
    target: str  # id of the record it opens
    moment: dt.datetime  # UTC, whole seconds


class Bell:
    """All notifications of one org, in the order they were sent; a file keeps them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        store.execute(
            "CREATE TABLE IF NOT EXISTS bell "
            "(number INTEGER PRIMARY KEY, kind, recipient, title, body, target, moment)"
        )

    def ring(self, one: Notification) -> None:
        """Notify one user; the same words again are another notification."""
        self._store.execute(
            "INSERT INTO bell (kind, recipient, title, body, target, moment) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            *(one.kind, one.recipient, one.title, one.body, one.target, stamp(one.moment)),
        )

    def rung(self) -> list[Notification]:
        """List every notification, oldest first."""
        rows = self._store.execute("SELECT * FROM bell ORDER BY number")
        return [
            Notification(
                kind=str(row["kind"]),
                recipient=str(row["recipient"]),
                title=str(row["title"]),
                body=str(row["body"]),
                target=str(row["target"]),
                moment=moment(str(row["moment"])),
            )
            for row in rows
        ]
