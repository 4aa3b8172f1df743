"""Records as the API shows them: chosen properties, history, associations, stamps.

Sources: facts 4.3; recorded answers. Knows no HTTP.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from connectors.simulator.hubspot import values
from connectors.simulator.hubspot.links import ends
from connectors.simulator.hubspot.scene import Scene
from connectors.simulator.hubspot.schema import Kind, Property, Record
from connectors.simulator.hubspot.times import iso

Json = dict[str, object]

#: How many former values of a property the API remembers: contacts, and everything else.
_REMEMBERED: Final = {"contacts": 45}
_REMEMBERED_ELSEWHERE: Final = 20


def rendered(scene: Scene, kind: Kind, record: Record, names: Iterable[str] | None) -> Json:
    """Show a record with some properties; None means every one that has a value.

    Properties nobody has heard of are left out, as HubSpot does.
    """
    shown: Json = {
        "id": str(record.id),
        "properties": dict(sorted(_properties(scene, kind, record, names))),
        "createdAt": iso(record.created),
        "updatedAt": iso(record.updated),
        "archived": record.archived is not None,
    }
    if record.archived is not None:
        shown["archivedAt"] = iso(record.archived)
    return shown


def chosen(kind: Kind, names: Sequence[str]) -> list[str]:
    """Say which properties an answer shows: those asked for, or the usual ones; and the stamps."""
    usual = [one.name for one in kind.properties.values() if one.shown]
    return [*(names or usual), *kind.stamps]


def history(scene: Scene, kind: Kind, record: Record, names: Sequence[str]) -> Json:
    """Show the former values of properties, the newest first."""
    most = _REMEMBERED.get(kind.name, _REMEMBERED_ELSEWHERE)
    return {
        one.name: [
            {
                "value": values.write(one, str(row["value"])),
                "timestamp": iso(int(row["at"] or 0)),
                "sourceType": row["source"],
                "sourceId": row["source_id"],
                **({"updatedByUserId": row["user_id"]} if row["user_id"] is not None else {}),
            }
            for row in scene.store.history(record.id, one.name, most)
        ]
        for one in _known(scene, kind, names)
    }


def associations(scene: Scene, record: Record, targets: Sequence[Kind], most: int) -> Json:
    """Show associations as v3 does: one line a kind of association, so that ids come twice.

    At most `most` lines an object type; what is beyond has to be asked for by its cursor.
    """
    found = {target.name: _lines(scene, record, target) for target in targets}
    return {name: _first(lines, most) for name, lines in found.items() if lines}


def _lines(scene: Scene, record: Record, target: Kind) -> list[Json]:
    return [
        {"id": str(end.id), "type": one.name}
        for end in ends(scene, record.id, target)
        for one in end.types
    ]


def _first(lines: list[Json], most: int) -> Json:
    if len(lines) <= most:
        return {"results": lines}
    return {"results": lines[:most], "paging": {"next": {"after": str(lines[most]["id"])}}}


def _properties(
    scene: Scene, kind: Kind, record: Record, names: Iterable[str] | None
) -> Iterator[tuple[str, str | None]]:
    stamps = {
        kind.created: iso(record.created),
        kind.updated: iso(record.updated),
        "hs_object_id": str(record.id),
    }
    wanted = [*record.properties, *stamps] if names is None else names
    for one in _known(scene, kind, wanted):
        stored = record.properties.get(one.name)
        value = stamps[one.name] if one.name in stamps else values.write(one, stored)
        if names is not None or value not in (None, ""):
            yield one.name, value


def _known(scene: Scene, kind: Kind, names: Iterable[str]) -> Iterator[Property]:
    for name in dict.fromkeys(names):
        one = kind.properties.get(name)
        if one is not None and f"{kind.name}.{name}" not in scene.hidden:
            yield one
