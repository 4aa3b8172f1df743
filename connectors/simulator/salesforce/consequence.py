"""A row the org creates by itself after a write. A noun only."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.simulator.salesforce.store import Row


@dataclass(frozen=True, kw_only=True)
class Consequence:
    """One row to create, and the fields of the row that caused it which take its id."""

    entity: str
    row: Row
    noted_in: tuple[str, ...] = ()
