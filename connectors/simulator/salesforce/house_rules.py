"""What an administrator, or the moment, forbids: validation and duplicate rules, locks.

Scripted by tests through `Org.rules`. Judged for what callers write, when everything else was
found right; the org's own consequences are not asked. Codes: facts, salesforce 3.8.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from connectors.simulator.salesforce.errors import SalesforceError
from connectors.simulator.salesforce.scene import Change, Scene
from connectors.simulator.salesforce.store import Row

#: Fields by which a write needs another record for itself alone.
_HOLDS = ("Id", "WhatId", "WhoId", "AccountId", "OpportunityId", "ParentId")


@dataclass(frozen=True, kw_only=True)
class Validation:
    """A validation rule: a record for which `broken` is true is refused with the message."""

    entity: str
    message: str
    broken: Callable[[Row], bool]
    field: str | None = None


@dataclass(frozen=True, kw_only=True)
class Duplicates:
    """A duplicate rule: a new record equal to another in these fields is refused.

    `alerts`: it only warns, and a caller who says so may save it all the same.
    """

    entity: str
    fields: tuple[str, ...]
    alerts: bool = False


@dataclass(kw_only=True)
class HouseRules:
    """The rules of one org, and what is locked in it."""

    validations: Sequence[Validation] = ()
    duplicates: Sequence[Duplicates] = ()
    #: Record id -> how many more writes on it, or on what hangs on it, find it taken.
    busy: dict[str, int] = field(default_factory=dict)
    #: Records in an approval process.
    locked: frozenset[str] = frozenset()

    def judge(self, scene: Scene, change: Change) -> None:
        """Refuse a write that breaks a rule."""
        self._free(change)
        for one in self.validations:
            if one.entity == change.entity.name and one.broken(change.new):
                raise SalesforceError(
                    "FIELD_CUSTOM_VALIDATION_EXCEPTION",
                    one.message,
                    fields=[one.field] if one.field else [],
                )
        for rule in self.duplicates:
            if rule.entity == change.entity.name and change.old is None:
                _alone(scene, rule, change.new)

    def _free(self, change: Change) -> None:
        for name in _HOLDS:
            record_id = str(change.new.get(name) or "")
            if self.busy.get(record_id, 0) > 0:
                self.busy[record_id] -= 1
                raise SalesforceError(
                    "UNABLE_TO_LOCK_ROW",
                    f"unable to obtain exclusive access to this record or 1 records: {record_id}",
                )
        if change.old is not None and change.new.get("Id") in self.locked:
            raise SalesforceError(
                "ENTITY_IS_LOCKED",
                "This record is locked. If you need to edit it, contact your admin.",
            )


def _alone(scene: Scene, rule: Duplicates, new: Row) -> None:
    if rule.alerts and scene.allow_duplicates:
        return
    first, *rest = rule.fields
    if new.get(first) is None:
        return
    for row in scene.store.alive(rule.entity, first, new[first]):
        if all(row.get(name) == new.get(name) for name in rest):
            raise SalesforceError("DUPLICATES_DETECTED", "Use one of these records?")
