"""What associations change in deals, contacts and companies: counts and moments of last contact.

HubSpot works these out by itself, and its stamp of the last change moves with them. Knows no HTTP.
Source: HubSpot: Default properties, "Last contacted", "Last activity date", "Next activity date".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from connectors.simulator.hubspot.behaviour import CALCULATED
from connectors.simulator.hubspot.scene import Scene
from connectors.simulator.hubspot.schema import Kind

_CLIENTS: Final = frozenset({"deals", "contacts", "companies"})
_CONTACTS: Final = frozenset({"calls", "emails", "meetings", "communications"})
_WORKED_OUT: Final = _CLIENTS | {"leads"}
_ACTIVITIES: Final = _CONTACTS | {"notes", "tasks"}


def touched(scene: Scene, places: Iterable[tuple[Kind, int]]) -> None:
    """Bring the worked-out properties of clients and deals up to date."""
    for kind, record_id in places:
        if kind.name in _WORKED_OUT:
            _refresh(scene, kind, record_id)


def moved(scene: Scene, kind: Kind, record_id: int) -> None:
    """An activity was written or archived: refresh what it is associated with."""
    if kind.name not in _ACTIVITIES:
        return
    rows = scene.store.rows("SELECT DISTINCT to_id, to_kind FROM link WHERE from_id = ?", record_id)
    touched(scene, [(scene.kinds[str(r["to_kind"])], int(r["to_id"] or 0)) for r in rows])


def _refresh(scene: Scene, kind: Kind, record_id: int) -> None:
    record = scene.store.get(kind.name, record_id)
    if record is None or record.archived is not None:
        return
    worked_out = {**_activity(scene, kind, record_id), **_counts(scene, kind, record_id)}
    new = {n: v for n, v in worked_out.items() if record.properties.get(n, "") != v}
    if not new:
        return
    properties = {**record.properties, **new}
    scene.store.put(replace(record, properties=properties, updated=scene.now), scene.written)
    for name, value in new.items():
        scene.store.note(record_id, name, value, scene.now, CALCULATED)


def _activity(scene: Scene, kind: Kind, record_id: int) -> dict[str, str]:
    if kind.name not in _CLIENTS:
        return {}
    rows = scene.store.rows(
        "SELECT DISTINCT record.id, record.kind, json_extract(properties, '$.hs_timestamp') AS at, "
        "json_extract(properties, '$.hs_task_status') AS status "
        "FROM link JOIN record ON record.id = link.to_id "
        "WHERE from_id = ? AND archived IS NULL",
        record_id,
    )
    past = [r for r in rows if r["kind"] in _ACTIVITIES and int(r["at"] or 0) <= scene.now]
    ahead = [
        int(r["at"] or 0)
        for r in rows
        if r["kind"] in ("tasks", "meetings", "calls")
        and int(r["at"] or 0) > scene.now
        and r["status"] != "COMPLETED"
    ]
    contacts = [int(r["at"] or 0) for r in past if r["kind"] in _CONTACTS]
    others = [int(r["at"] or 0) for r in past if r["kind"] != "tasks" or r["status"] == "COMPLETED"]
    return {
        "notes_last_contacted": str(max(contacts)) if contacts else "",
        "notes_last_updated": str(max(others)) if others else "",
        "notes_next_activity_date": str(min(ahead)) if ahead else "",
    }


def _counts(scene: Scene, kind: Kind, record_id: int) -> dict[str, str]:
    if kind.name == "deals":
        return {
            "num_associated_contacts": str(_count(scene, record_id, "contacts")),
            "hs_primary_associated_company": _primary(scene, record_id, 5),
        }
    if kind.name == "contacts":
        return {"associatedcompanyid": _primary(scene, record_id, 1)}
    if kind.name == "leads":
        return _of_lead(scene, record_id)
    return {}


def _of_lead(scene: Scene, record_id: int) -> dict[str, str]:
    found = {}
    for target, name, shown in (
        ("contacts", "email", "hs_associated_contact_email"),
        ("companies", "name", "hs_associated_company_name"),
    ):
        rows = scene.store.rows(
            "SELECT to_id FROM link WHERE from_id = ? AND to_kind = ? ORDER BY to_id LIMIT 1",
            record_id,
            target,
        )
        record = scene.store.get(target, int(rows[0]["to_id"] or 0)) if rows else None
        found[shown] = record.properties.get(name, "") if record else ""
        if target == "contacts":
            found["hs_primary_contact_id"] = str(record.id) if record else ""
    return found


def _count(scene: Scene, record_id: int, kind: str) -> int:
    rows = scene.store.rows(
        "SELECT count(DISTINCT to_id) AS n FROM link WHERE from_id = ? AND to_kind = ?",
        record_id,
        kind,
    )
    return int(rows[0]["n"] or 0)


def _primary(scene: Scene, record_id: int, type_id: int) -> str:
    rows = scene.store.rows(
        "SELECT to_id FROM link WHERE from_id = ? AND type_id = ? AND category = 'HUBSPOT_DEFINED'",
        record_id,
        type_id,
    )
    return str(rows[0]["to_id"]) if rows else ""
