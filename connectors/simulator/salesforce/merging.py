"""Merging records, as a person does on the page: one is left, the others go to the recycle bin.

Over the API only SOAP can merge; tests call `Org.merge`. What hangs on a merged record moves to the
one that is left. Whether that gives it a new modstamp is a choice: nobody has verified it for every
object.
"""

from __future__ import annotations

from typing import Final

from connectors.simulator.salesforce import errors, records
from connectors.simulator.salesforce.objects import CHILDREN
from connectors.simulator.salesforce.scene import Scene
from connectors.simulator.salesforce.schema import SObject
from connectors.simulator.salesforce.store import Row

MERGED: Final = frozenset({"Account", "Contact", "Lead"})
#: What activities say of the account of whom or what they are about, and of who was asked to them.
_ALSO: Final = {
    "Account": (("Task", "AccountId"), ("Event", "AccountId")),
    "Contact": (("EventRelation", "RelationId"),),
    "Lead": (("EventRelation", "RelationId"),),
}


def merge(scene: Scene, entity: SObject, master: str, merged: str, *, restamps: bool) -> None:
    """Merge one record into another."""
    if entity.name not in MERGED:
        raise errors.forbidden_verb("merged", entity.label)
    with scene.store.transaction():
        kept = records.find(scene, entity, master)
        gone = records.find(scene, entity, merged)
        for child, field in _children(entity):
            for row in scene.store.alive(child, field, gone["Id"]):
                changes: Row = {field: kept["Id"]}
                if restamps:
                    changes["SystemModstamp"] = scene.stamp
                scene.store.update(child, str(row["Id"]), changes)
        marks: Row = {
            "IsDeleted": 1,
            "MasterRecordId": kept["Id"],
            "SystemModstamp": scene.stamp,
        }
        scene.store.update(entity.name, str(gone["Id"]), marks)
        scene.store.update(entity.name, str(kept["Id"]), {"SystemModstamp": scene.stamp})


def _children(entity: SObject) -> set[tuple[str, str]]:
    related = {(one.child, one.field) for one in CHILDREN if one.parent == entity.name}
    return related | set(_ALSO.get(entity.name, ()))
