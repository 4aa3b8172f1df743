"""The four verbs on one record: create, read, update, delete, with every check on the way.

The only door through which rows change, for the HTTP dialect and for Python alike. Knows no
HTTP: refusals are `SalesforceError`s whose status says what a single-record request answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from connectors.simulator.salesforce import errors, ids, references, values
from connectors.simulator.salesforce.behaviour import complete, follow
from connectors.simulator.salesforce.objects import CHILDREN
from connectors.simulator.salesforce.scene import Change, Scene
from connectors.simulator.salesforce.schema import Field, SObject
from connectors.simulator.salesforce.store import Row

#: Settable on create with the permission "Set Audit Fields upon Record Creation".
AUDIT_FIELDS: Final = frozenset(
    {"CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById"}
)


def create(scene: Scene, entity: SObject, given: Mapping[str, object]) -> str:
    """Create a record from the caller's JSON values and return its 18-character id."""
    if not entity.createable:
        raise errors.forbidden_verb("inserted", entity.label)
    may = AUDIT_FIELDS if scene.audit_fields else frozenset[str]()
    fields = _fields(entity, given, lambda f: f.createable or f.name in may)
    named = _read(fields, given)
    with scene.store.transaction():
        row = {**_empty(scene, entity), **named}
        change = Change(entity=entity, old=None, new=row, given=frozenset(named))
        return _insert(scene, change, judge=True)


def plant(scene: Scene, entity: SObject, given: Mapping[str, object]) -> str:
    """Write a record of the org's own, whatever its object permits, and return its id."""
    fields = _fields(entity, given, lambda _: True)
    named = _read(fields, given)
    with scene.store.transaction():
        row = {**_empty(scene, entity), **named}
        return _insert(scene, Change(entity=entity, old=None, new=row, given=frozenset()))


def update(scene: Scene, entity: SObject, record_id: str, given: Mapping[str, object]) -> None:
    """Change fields of a record from the caller's JSON values."""
    if not entity.updateable:
        raise errors.forbidden_verb("updated", entity.label)
    fields = _fields(entity, given, lambda f: f.updateable)
    named = _read(fields, given)
    with scene.store.transaction():
        old = find(scene, entity, record_id)
        new = {**old, **named}
        change = Change(entity=entity, old=old, new=new, given=frozenset(named))
        complete(scene, change)
        _required(change)
        references.check(scene, change)
        scene.judge(scene, change)
        _restamp(scene, new)
        changes = {name: value for name, value in new.items() if value != old.get(name)}
        scene.store.update(entity.name, str(old["Id"]), changes)
        _settle(scene, change)


def find(scene: Scene, entity: SObject, record_id: str) -> Row:
    """Read a record that is not deleted; refusals carry the status of a path that names it."""
    full_id = ids.full(record_id)
    if full_id is None or scene.store.object_of(full_id) != entity.name:
        raise errors.no_such_key(record_id)
    row = scene.store.get(entity.name, full_id)
    if row is None:
        raise errors.not_found()
    if row["IsDeleted"]:
        raise errors.deleted(404)
    return row


def delete(scene: Scene, entity: SObject, record_id: str) -> None:
    """Put a record into the recycle bin, and what Salesforce deletes with it."""
    if not entity.deletable:
        raise errors.SalesforceError(
            "METHOD_NOT_ALLOWED", "HTTP Method 'DELETE' not allowed.", status=405
        )
    with scene.store.transaction():
        _bin(scene, entity.name, find(scene, entity, record_id))


def rendered(entity: SObject, row: Row) -> dict[str, object]:
    """Turn a row into the fields of its JSON, in describe's order."""
    return {f.name: values.write(f, row.get(f.name)) for f in entity.fields.values()}


def read(entity: SObject, given: Mapping[str, object]) -> Row:
    """Turn values into those of a row, whoever may write them."""
    return _read(_fields(entity, given, lambda _: True), given)


def invite(scene: Scene, event_id: str, user_id: str) -> str:
    """Copy an event to a colleague's calendar, as accepting an invitation does."""
    entity = scene.schema.objects["event"]
    with scene.store.transaction():
        event = find(scene, entity, event_id)
        marks: Row = {"IsGroupEvent": 1, "GroupEventType": "1", "SystemModstamp": scene.stamp}
        scene.store.update(entity.name, str(event["Id"]), marks)
        copy = {**event, **marks, "IsChild": 1, "OwnerId": user_id}
        if "Followthrough_Key__c" in copy:
            copy["Followthrough_Key__c"] = None
        asked = scene.schema.objects["eventrelation"]
        row = {**_empty(scene, asked), "EventId": event["Id"], "RelationId": user_id}
        row["IsInvitee"] = 1
        _insert(scene, Change(entity=asked, old=None, new=row, given=frozenset()))
        return _insert(
            scene, Change(entity=entity, old=None, new=copy, given=frozenset({"OwnerId"}))
        )


def _bin(scene: Scene, name: str, row: Row) -> None:
    marks: Row = {"IsDeleted": 1, "SystemModstamp": scene.stamp}
    scene.store.update(name, str(row["Id"]), marks)
    for child in CHILDREN:
        if child.cascade and child.parent == name and scene.schema.object(child.child):
            for one in scene.store.alive(child.child, child.field, row["Id"]):
                _bin(scene, child.child, one)
    entity = scene.schema.objects[name.lower()]
    _settle(scene, Change(entity=entity, old=row, new={**row, **marks}, given=frozenset()))


def _insert(scene: Scene, change: Change, *, judge: bool = False) -> str:
    entity, row = change.entity, change.new
    complete(scene, change)
    _required(change)
    references.check(scene, change)
    if judge:
        scene.judge(scene, change)
    row["Id"] = scene.store.mint(entity.name, entity.key_prefix or "")
    scene.store.insert(entity.name, row)
    _settle(scene, change)
    return str(row["Id"])


def _settle(scene: Scene, change: Change) -> None:
    """Do what a write sets off: further rows of the org's own, no permissions asked."""
    for own in follow(scene, change):
        entity = scene.schema.objects[own.entity.lower()]
        row = {**_empty(scene, entity), **own.row}
        made = _insert(scene, Change(entity=entity, old=None, new=row, given=frozenset()))
        back: Row = dict.fromkeys(own.noted_in, made)
        scene.store.update(change.entity.name, str(change.new["Id"]), back)


def _empty(scene: Scene, entity: SObject) -> Row:
    whole = scene.schema.objects[entity.name.lower()]
    row: Row = {f.name: _default(f) for f in whole.fields.values()}
    stamps: Row = {
        "CreatedDate": scene.stamp,
        "CreatedById": scene.user_id,
        "LastModifiedDate": scene.stamp,
        "LastModifiedById": scene.user_id,
        "SystemModstamp": scene.stamp,
        "OwnerId": scene.user_id,
    }
    return {**row, **{name: value for name, value in stamps.items() if name in row}, "IsDeleted": 0}


def _default(field: Field) -> str | int | float | None:
    return 0 if field.type == "boolean" and field.default is None else field.default


def _fields(
    entity: SObject, given: Mapping[str, object], may: Callable[[Field], bool]
) -> dict[str, Field]:
    """Find the fields the caller names, by the caller's spelling; refuse what is not writable."""
    found: dict[str, Field] = {}
    for name, value in given.items():
        if name.lower() == "attributes":
            continue
        field = entity.field(name)
        if field is None and entity.relationship(name) and isinstance(value, dict):
            raise errors.NotSimulated(f"a reference by external id: {entity.name}.{name}")
        if field is None:
            raise errors.no_such_field(name, entity.name)
        found[name] = field
    refused = [field.name for field in found.values() if not may(field)]
    if refused:
        raise errors.not_writable(refused)
    return found


def _read(fields: Mapping[str, Field], given: Mapping[str, object]) -> Row:
    return {field.name: values.read(field, given[name]) for name, field in fields.items()}


def _required(change: Change) -> None:
    empty = [
        field.name
        for field in change.entity.fields.values()
        if not field.nillable
        and (field.createable or field.updateable)
        and (change.old is None or field.name in change.given)
        and change.new.get(field.name) is None
    ]
    if empty:
        raise errors.missing(empty)


def _restamp(scene: Scene, row: Row) -> None:
    row.update(
        LastModifiedDate=scene.stamp, LastModifiedById=scene.user_id, SystemModstamp=scene.stamp
    )
