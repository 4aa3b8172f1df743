"""Whether the ids in a record lead anywhere they may: targets, owners, unique keys.

Reads other rows, changes none. The checks run on what the caller named, in the order of the
fields, and stop at the first refusal.
"""

from __future__ import annotations

from connectors.simulator.salesforce import errors
from connectors.simulator.salesforce.scene import Change, Scene
from connectors.simulator.salesforce.schema import Field, SObject
from connectors.simulator.salesforce.store import Row


def check(scene: Scene, change: Change) -> None:
    """Check every reference and unique key the caller wrote; raise the first refusal."""
    for field in change.entity.fields.values():
        if field.name in change.given and change.new.get(field.name) is not None:
            value = str(change.new[field.name])
            if field.type == "reference":
                _target(scene, change.entity, field, value)
            elif field.unique:
                _unique(scene, change, field, value)


def _target(scene: Scene, entity: SObject, field: Field, record_id: str) -> None:
    target = scene.store.object_of(record_id)
    if target is None:
        raise errors.cross_reference()
    if target not in field.reference_to:
        raise errors.wrong_id(field.label, record_id, field.name)
    row = scene.store.get(target, record_id)
    if row is None:
        raise errors.cross_reference()
    if row["IsDeleted"]:
        raise errors.deleted()
    if field.name == "OwnerId":
        _owner(scene, entity, target, row)


def _owner(scene: Scene, entity: SObject, target: str, row: Row) -> None:
    if target == "User" and not row["IsActive"]:
        raise errors.inactive_owner(str(row["Id"]), entity.label)
    if target == "Group" and not _takes(scene, row, entity.name):
        raise errors.SalesforceError(
            "INVALID_OPERATION", "Queue not associated with this SObject type", fields=["OwnerId"]
        )


def _takes(scene: Scene, group: Row, name: str) -> bool:
    """Tell whether a group is a queue for records of an object."""
    kinds = scene.store.where("QueueSobject", "QueueId", group["Id"])
    return group["Type"] == "Queue" and any(one["SobjectType"] == name for one in kinds)


def _unique(scene: Scene, change: Change, field: Field, value: str) -> None:
    for row in scene.store.holding(change.entity.name, field.name, value, field.case_sensitive):
        taken = scene.deleted_keeps_key or not row["IsDeleted"]
        if taken and row["Id"] != change.new.get("Id"):
            raise errors.duplicate(field.name, str(row["Id"]))
