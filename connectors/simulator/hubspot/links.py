"""Associations between records: make, undo, read, and what they change in the records they touch.

Each is kept twice, once a direction. A labelled one brings the plain one with it. Knows no HTTP.
Sources: facts 4.6; recorded associations; HubSpot: Associate records.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from connectors.simulator.hubspot import errors
from connectors.simulator.hubspot.association_types import HUBSPOT, PRIMARY, LinkType
from connectors.simulator.hubspot.followup import touched
from connectors.simulator.hubspot.scene import Scene
from connectors.simulator.hubspot.schema import Kind


@dataclass(frozen=True, kw_only=True)
class End:
    """One record another is associated with, and by which kinds."""

    id: int
    types: tuple[LinkType, ...]


def associate(
    scene: Scene, source: tuple[Kind, int], target: tuple[Kind, int], types: Sequence[LinkType]
) -> None:
    """Associate two records, both of which must be there; doing it again changes nothing."""
    for kind, record_id in (source, target):
        if scene.store.kind_of(record_id) != kind.name:
            raise errors.validation(f"{kind.upper}={record_id} is not valid")
    for one in [plain(scene, source[0], target[0]), *types]:
        if one.category == HUBSPOT and one.id in PRIMARY:
            _only(scene, source[1], target[0], one)
        _put(scene, source[1], target[1], one)
        _put(scene, target[1], source[1], _back(scene, one))
    touched(scene, (source, target))


def dissociate(
    scene: Scene,
    source: tuple[Kind, int],
    target: tuple[Kind, int],
    types: Sequence[LinkType] = (),
) -> None:
    """Undo every association of two records, or those of some kinds; none is no error."""
    for one in types or scene.link_types.between(source[0].name, target[0].name):
        _drop(scene, source[1], target[1], one)
        _drop(scene, target[1], source[1], _back(scene, one))
    touched(scene, (source, target))


def plain(scene: Scene, source: Kind, target: Kind) -> LinkType:
    """Find the kind without a label between two object types."""
    found = scene.link_types.between(source.name, target.name)
    if not found:
        raise errors.NotSimulated(f"associations from {source.name} to {target.name}")
    return found[0]


def ends(scene: Scene, record_id: int, target: Kind) -> list[End]:
    """List what a record is associated with, in order of ids; archived ones are left out."""
    rows = scene.store.rows(
        "SELECT link.* FROM link JOIN record ON record.id = link.to_id "
        "WHERE from_id = ? AND to_kind = ? AND archived IS NULL ORDER BY to_id, type_id",
        record_id,
        target.name,
    )
    known = scene.link_types.by_key
    found: dict[int, list[LinkType]] = {}
    for row in rows:
        one = known[str(row["category"]), int(row["type_id"] or 0)]
        found.setdefault(int(row["to_id"] or 0), []).append(one)
    return [
        End(id=to_id, types=tuple(sorted(types, key=lambda one: one.label is not None)))
        for to_id, types in found.items()
    ]


def chosen(scene: Scene, source: Kind, target: Kind, wanted: Iterable[object]) -> list[LinkType]:
    """Find kinds by what a request calls them: `{associationCategory, associationTypeId}`."""
    known = {one.key: one for one in scene.link_types.between(source.name, target.name)}
    found = []
    for one in wanted:
        spec = one if isinstance(one, dict) else {}
        category, number = spec.get("associationCategory"), spec.get("associationTypeId")
        kind = known.get((str(category), number if isinstance(number, int) else 0))
        if kind is None:
            raise errors.validation(
                f"Invalid association type {number} ({category}) from {source.upper} to "
                f"{target.upper}"
            )
        found.append(kind)
    return found


def _back(scene: Scene, one: LinkType) -> LinkType:
    return scene.link_types.back(one)


def _put(scene: Scene, source: int, target: int, one: LinkType) -> None:
    scene.store.rows(
        "INSERT OR IGNORE INTO link VALUES (?, ?, ?, ?, ?)",
        source,
        target,
        one.target,
        one.category,
        one.id,
    )


def _drop(scene: Scene, source: int, target: int, one: LinkType) -> None:
    scene.store.rows(
        "DELETE FROM link WHERE from_id = ? AND to_id = ? AND category = ? AND type_id = ?",
        source,
        target,
        one.category,
        one.id,
    )


def _only(scene: Scene, source: int, target: Kind, one: LinkType) -> None:
    """A deal and a contact have one main company: naming another takes the mark away."""
    if target.name != "companies":
        return
    for end in ends(scene, source, target):
        if one in end.types:
            _drop(scene, source, end.id, one)
            _drop(scene, end.id, source, _back(scene, one))
