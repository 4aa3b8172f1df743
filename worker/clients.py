"""Whom tasks are about, by the name the mirror has for them. Reads only."""

from __future__ import annotations

from collections.abc import Iterable

from rules import select
from rules.select import Connection
from worker.known import KnownTask

_NAMES = """
SELECT 'deal' AS subject, d.id, coalesce(a.name, d.name) AS name
FROM deals d LEFT JOIN accounts a ON a.id = d.account_id
WHERE list_contains($deals, d.id)
UNION ALL
SELECT 'account', id, name FROM accounts WHERE list_contains($accounts, id)
"""


def clients_of(connection: Connection, tasks: Iterable[KnownTask]) -> dict[str, str]:
    """Return the name of the client of each task that has one, by key."""
    wanted = {task.key: task.about.slot for task in tasks}
    if not wanted:
        return {}
    ids = {
        word: sorted({id for subject, id in wanted.values() if subject == word})
        for word in ("deal", "account")
    }
    found = select.rows(connection, _NAMES, {"deals": ids["deal"], "accounts": ids["account"]})
    names = {(row["subject"], row["id"]): row["name"] for row in found if row["name"]}
    return {key: names[slot] for key, slot in wanted.items() if slot in names}
