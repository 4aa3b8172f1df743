"""Merging two records of a type: one of them is left, and both former ids lead to it.

Its associations and former values are those of both. Knows no HTTP. Sources: facts 4.7; HubSpot's
changelog, "Deals now support merging"; Merge records guide.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from connectors.simulator.hubspot import errors
from connectors.simulator.hubspot.followup import touched
from connectors.simulator.hubspot.scene import Scene
from connectors.simulator.hubspot.schema import Kind, Record

MERGED_IDS: Final = "hs_merged_object_ids"
MERGEABLE: Final = frozenset({"contacts", "companies", "deals", "tickets"})


def merge(scene: Scene, kind: Kind, main: Record, other: Record, *, renews: bool) -> Record:
    """Merge `other` into `main`; where values differ main's hold. `renews`: under a new id."""
    if kind.name not in MERGEABLE:
        raise errors.validation(f"{kind.upper} objects cannot be merged")
    if main.id == other.id:
        raise errors.validation("A record cannot be merged with itself")
    gone = [other.id, *([main.id] if renews else [])]
    merged = replace(
        main,
        id=scene.store.mint() if renews else main.id,
        updated=scene.now,
        properties=_properties(main, other, gone),
    )
    for record_id in gone:
        _move(scene, record_id, merged.id)
        scene.store.remove(record_id, scene.written)
        scene.store.keep("merged", str(record_id), {"to": merged.id})
    scene.store.put(merged, scene.written)
    for one in kind.properties.values():
        if one.unique:
            value = merged.properties.get(one.name, "")
            scene.store.free(kind.name, one.name, (main.id, other.id))
            scene.store.take(kind.name, one.name, value, merged.id)
    scene.store.note(merged.id, MERGED_IDS, merged.properties[MERGED_IDS], scene.now, scene.hand)
    touched(scene, [(kind, merged.id)])
    return scene.store.get(kind.name, merged.id) or merged


def present_id(scene: Scene, record_id: int) -> int:
    """The id under which a record is now known, which is another one after a merge."""
    while (led := scene.store.kept_one("merged", str(record_id))) is not None:
        record_id = int(str(led["to"]))
    return record_id


def _properties(main: Record, other: Record, gone: list[int]) -> dict[str, str]:
    kept = {name: value for name, value in main.properties.items() if value}
    before = [one.properties.get(MERGED_IDS, "") for one in (main, other)]
    ids = [*filter(None, ";".join(before).split(";")), *map(str, gone)]
    return {**other.properties, **kept, MERGED_IDS: ";".join(dict.fromkeys(ids))}


def _move(scene: Scene, old: int, new: int) -> None:
    if old == new:
        return
    rows = scene.store.rows
    rows("UPDATE OR IGNORE link SET from_id = ? WHERE from_id = ?", new, old)
    rows("UPDATE OR IGNORE link SET to_id = ? WHERE to_id = ?", new, old)
    rows("DELETE FROM link WHERE from_id = ? OR to_id = ?", old, old)
    rows("UPDATE history SET id = ? WHERE id = ?", new, old)
