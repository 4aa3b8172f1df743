"""The verbs on one record: create, read, update, archive, with every check on the way.

The only door through which records change, for the HTTP dialect and for Python alike. Knows no
HTTP: refusals are `HubSpotError`s.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from connectors.simulator.hubspot import behaviour, errors, followup, merging, values
from connectors.simulator.hubspot.errors import Flaw
from connectors.simulator.hubspot.scene import Scene
from connectors.simulator.hubspot.schema import Kind, Property, Record

Given = Mapping[str, object]


def create(scene: Scene, kind: Kind, given: Given) -> Record:
    """Create a record from JSON values and give it back."""
    named = _checked(scene, kind, given)
    lacking = [p.name for p in kind.properties.values() if p.required and not named.get(p.name)]
    if lacking:
        raise errors.missing(kind.upper, lacking)
    _rules(scene, kind, named)
    record = Record(
        id=scene.store.mint(),
        kind=kind.name,
        created=scene.now,
        updated=scene.now,
        archived=None,
        properties={**behaviour.born(scene, kind), **named},
    )
    _unique(scene, kind, named, record.id)
    behaviour.derive(scene, kind, {}, record.properties, frozenset(named))
    save(scene, kind, None, record)
    return record


def update(scene: Scene, kind: Kind, record: Record, given: Given) -> Record:
    """Change a record by JSON values; what changes nothing leaves no trace."""
    named = _checked(scene, kind, given, record)
    after = {**record.properties, **named}
    _rules(scene, kind, after)
    _unique(scene, kind, named, record.id)
    changed = frozenset(n for n, v in named.items() if record.properties.get(n) != v)
    behaviour.derive(scene, kind, record.properties, after, changed)
    if after == record.properties:
        return record
    new = replace(record, properties=after, updated=scene.now)
    save(scene, kind, record, new)
    followup.moved(scene, kind, record.id)
    return new


def archive(scene: Scene, kind: Kind, record: Record) -> None:
    """Put a record away; archiving one twice is no error, as HubSpot has it."""
    if record.archived is not None:
        return
    if not scene.archived_keeps_key:
        for one in kind.properties.values():
            if one.unique:
                scene.store.take(kind.name, one.name, "", record.id)
    scene.store.put(replace(record, archived=scene.now, updated=scene.now), scene.written)
    followup.moved(scene, kind, record.id)


def find(
    scene: Scene, kind: Kind, wanted: str, *, by: str | None = None, archived: bool = False
) -> Record:
    """Read a record by its id, or by a unique property; refuses what is not there with 404."""
    record_id = _id(scene, kind, wanted, by)
    record = scene.store.get(kind.name, record_id) if record_id is not None else None
    if record is None and record_id is not None:
        record = scene.store.get(kind.name, merging.present_id(scene, record_id))
    if record is None or (record.archived is not None) != archived:
        raise errors.not_found()
    return record


def save(scene: Scene, kind: Kind, old: Record | None, new: Record) -> None:
    """Write a record and the history of what changed."""
    scene.store.put(new, scene.written)
    before = old.properties if old else {}
    for name, value in new.properties.items():
        if before.get(name) != value:
            one = kind.properties.get(name)
            calculated = one is not None and one.calculated
            hand = behaviour.CALCULATED if calculated else scene.hand
            scene.store.note(new.id, name, value, scene.now, hand)


def _id(scene: Scene, kind: Kind, wanted: str, by: str | None) -> int | None:
    if by is None or by == "hs_object_id":
        return int(wanted) if wanted.isdigit() and len(wanted) < 19 else None
    one = kind.properties.get(by)
    if one is None or not one.unique:
        raise errors.validation(f"{by} is not a unique identifier property for {kind.upper}")
    return scene.store.holder(kind.name, by, _key(one, wanted))


def _checked(
    scene: Scene, kind: Kind, given: Given, record: Record | None = None
) -> dict[str, str]:
    if not kind.writable:
        raise errors.validation(f"{kind.upper} objects are read only")
    read = [_value(scene, kind, name, value) for name, value in given.items()]
    flaws = [one for one in read if isinstance(one, Flaw)]
    named = {name: v for name, v in zip(given, read, strict=True) if isinstance(v, str)}
    flaws += behaviour.flaws(scene, kind, named, record)
    if flaws:
        raise errors.invalid_values(flaws, scene.portal_id)
    return named


def _value(scene: Scene, kind: Kind, name: str, given: object) -> str | Flaw:
    one = kind.properties.get(name)
    if one is None or f"{kind.name}.{name}" in scene.hidden:
        message = f'Property "{name}" does not exist'
        return Flaw(name=name, code="PROPERTY_DOESNT_EXIST", message=message)
    if one.read_only and name not in scene.settable:
        message = f'"{name}" is a read only property; its value cannot be set.'
        return Flaw(name=name, code="READ_ONLY_VALUE", message=message)
    text = "" if given is None else values.plain(given)
    if text is None:
        return Flaw(name=name, code="INVALID_STRING", message=f"{name} takes one value, no list.")
    place = f"Portal {scene.portal_id}, object type {kind.type_id}"
    read = values.read(one, text, place)
    return _key(one, read) if isinstance(read, str) and one.unique else read


def _key(one: Property, value: str) -> str:
    return value.lower() if one.name == "email" else value


def _unique(scene: Scene, kind: Kind, named: Mapping[str, str], record_id: int) -> None:
    for name, value in named.items():
        if not kind.properties[name].unique:
            continue
        holder = scene.store.holder(kind.name, name, value) if value else None
        if holder is not None and holder != record_id:
            raise errors.taken(scene.conflict_status, name, value, holder, scene.portal_id)
        scene.store.take(kind.name, name, value, record_id)


def _rules(scene: Scene, kind: Kind, after: Mapping[str, str]) -> None:
    """Enforce what an administrator made required, where the version of the API does."""
    for name in _required(scene.rules, kind):
        if not after.get(name):
            raise errors.rule_broken("MISSING_REQUIRED_PROPERTY", name)


def _required(rules: Iterable[str], kind: Kind) -> list[str]:
    head = f"{kind.name}."
    return sorted(rule.removeprefix(head) for rule in rules if rule.startswith(head))
