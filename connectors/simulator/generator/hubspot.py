"""How the rows of a HubSpot portal are printed: records, histories, associations, owners.

Ids are numbers, some of them inside a record's properties. Two things are not copied, for they
would be most of the disk: what a record was before its last change (only the search index asks for
it, and only for seconds), and the history of any property but those of a deal that people change.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from connectors.simulator.generator.names import MARK
from connectors.simulator.generator.printing import Rows, Type, set_type
from connectors.simulator.hubspot.owners import Owner
from connectors.simulator.hubspot.portal import Portal

_TABLES: Final[Mapping[str, str]] = {
    "record": "SELECT * FROM record ORDER BY id",
    "history": "SELECT history.* FROM history JOIN record USING (id) "
    "WHERE kind = 'deals' AND name IN ('dealstage', 'amount', 'closedate', 'pipeline', "
    "'hubspot_owner_id', 'hs_next_step') ORDER BY history.rowid",
    "link": "SELECT * FROM link ORDER BY rowid",
    "taken": "SELECT * FROM taken ORDER BY rowid",
}
_OWNER_APART, _USER_APART = 7, 11  # as the portal counts them


class Printing:
    """A told block in a portal of its own, to be printed into another portal."""

    def __init__(self, told: Portal) -> None:
        self._owners = list(told.owners.values())
        self._records = [int(row["id"] or 0) for row in told.store.rows("SELECT id FROM record")]
        self._first = min(self._records)
        self._taken = max(self._records) - self._first + 1
        self.ids: dict[object, int] = dict.fromkeys(self._records, 0)
        users = [one.user_id for one in self._owners]
        self.ids |= dict.fromkeys([one.id for one in self._owners] + users, 0)
        known = r"(?<!\d)(?:" + "|".join(str(one.id) for one in self._owners)
        known += "|" + "|".join(map(str, users)) + rf"|{str(self._first)[:5]}\d{{6}})(?!\d)"
        self.types: list[Type] = [
            set_type(rows, self.ids, known) for rows in map(self._rows(told), _TABLES) if rows.rows
        ]

    def _rows(self, told: Portal) -> Any:
        def read(table: str) -> Rows:
            cursor = told.store.connection.execute(_TABLES[table])
            names = tuple(column[0] for column in cursor.description)
            return Rows(table=table, names=names, rows=cursor.fetchall())

        return read

    def replaced(self, last: dict[str, int]) -> dict[object, object]:
        """Return the ids of one more copy, after the `last` given; moves these on."""
        copy_from = last.setdefault("record", self._first - 1) + 1 - self._first
        owners = last.setdefault("owner", 0)
        last["record"] += self._taken
        last["owner"] += len(self._owners)
        new: dict[object, object] = {one: one + copy_from for one in self._records}
        for one in self._owners:
            new[one.id] = one.id + _OWNER_APART * owners
            new[one.user_id] = one.user_id + _USER_APART * owners
        return new | {str(old): str(one) for old, one in new.items()}

    def owners(self, replaced: Mapping[object, object]) -> list[Owner]:
        """Return the owners of a copy."""

        def named(text: str) -> str:
            return "".join(str(replaced.get(piece, piece)) for piece in MARK.split(text))

        return [
            replace(
                one,
                id=int(str(replaced[one.id])),
                user_id=int(str(replaced[one.user_id])),
                email=named(one.email),
                first=named(one.first),
                last=named(one.last),
            )
            for one in self._owners
        ]


def keep_owners(portal: Portal, owners: list[Owner]) -> None:
    """Give a portal the owners of a copy."""
    portal.owners |= {one.id: one for one in owners}
    rows = [("owner", str(one.id), json.dumps(one.kept())) for one in owners]
    portal.store.connection.executemany("INSERT INTO thing VALUES (?, ?, ?)", rows)
