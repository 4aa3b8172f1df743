"""Who of us is who: the people tasks are for, as the mirror knows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from rules import select


@dataclass(frozen=True, kw_only=True)
class Person:
    """Someone of ours, or a queue."""

    id: str
    name: str
    active: bool
    manager_id: str | None
    time_zone: str | None


def read_people(connection: duckdb.DuckDBPyConnection) -> dict[str, Person]:
    """Return everybody in the mirror by id, those who left too."""
    found = select.rows(
        connection,
        "SELECT id, name, coalesce(active AND NOT deleted, FALSE) AS active, manager_id, "
        "time_zone FROM people_now ORDER BY id",
    )
    return {row["id"]: Person(**row) for row in found}


def receiver(
    to: Sequence[str], owner_id: str | None, people: Mapping[str, Person]
) -> Person | None:
    """Return the first of `to` who is there for a deal of `owner_id`, or None."""
    owner = people.get(owner_id or "")
    manager = people.get(owner.manager_id or "") if owner else None
    named = {"owner": owner, "manager": manager}
    return next((p for word in to if (p := named[word]) is not None and p.active), None)
