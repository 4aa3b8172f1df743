"""What one call acts on: the rows, what exists, what the caller sees, who calls, and when.

A noun only. `schema` is the whole org, `visible` what the caller's permissions leave of it:
behaviour works on the first, requests on the second.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from connectors.simulator.salesforce.schema import Schema, SObject
from connectors.simulator.salesforce.store import Row, Store
from connectors.simulator.salesforce.times import stamp


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One call's view of an org."""

    store: Store
    schema: Schema
    visible: Schema
    now: dt.datetime
    zone: str  # IANA name; the org's, for dates of timed events
    user_id: str
    audit_fields: bool  # CreatedDate and the like may be set on create
    judge: Callable[[Scene, Change], None]  # rules of the house: refuses what they forbid
    tracked: frozenset[str]  # `Opportunity.Amount`: fields whose history is kept
    deleted_keeps_key: bool  # a deleted row still owns its unique key
    allow_duplicates: bool = False  # the caller saves what a duplicate rule only warns of

    @property
    def stamp(self) -> str:
        """The moment of the call as the store keeps it."""
        return stamp(self.now)


@dataclass(frozen=True, kw_only=True)
class Change:
    """A row before and after one write; `old` is None on create."""

    entity: SObject
    old: Row | None
    new: Row
    given: frozenset[str]  # the fields the caller named

    def touched(self, field: str) -> bool:
        """Tell whether a field's value differs from before; on create: whether it is filled."""
        return self.new.get(field) != (self.old or {}).get(field)
