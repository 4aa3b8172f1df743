"""What was taken out of the recycle bin for good: gone from every query, still in the log.

Only the replication log (`/sobjects/X/deleted`) remembers it, for a while (facts, salesforce 3.2).
"""

from __future__ import annotations

from connectors.simulator.salesforce.store import Store


class Purged:
    """The ids that were emptied out of one org's bin, and when they had been deleted."""

    def __init__(self, store: Store) -> None:
        self._store = store
        store.execute("CREATE TABLE IF NOT EXISTS purged (entity, id, deleted)")

    def purge(self, entity: str, record_id: str) -> None:
        """Take a record out of the bin for good; one that is not in it stays. KeyError for none."""
        row = self._store.get(entity, record_id)
        if row is None or not row["IsDeleted"]:
            raise KeyError(record_id)
        with self._store.transaction():
            self._store.execute(
                "INSERT INTO purged VALUES (?, ?, ?)", entity, record_id, row["SystemModstamp"]
            )
            self._store.remove(entity, record_id)

    def between(self, entity: str, start: str, end: str) -> list[tuple[str, str]]:
        """Ids and moments of deletion of an object's records, deleted in a span of time."""
        rows = self._store.execute(
            "SELECT id, deleted FROM purged WHERE entity = ? AND deleted >= ? AND deleted < ?",
            *(entity, start, end),
        )
        return [(str(row["id"]), str(row["deleted"])) for row in rows]
