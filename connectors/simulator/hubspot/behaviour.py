"""What HubSpot does by itself when a record is written: defaults, stages, completion, previews.

A table from object type to function; each changes `new` in place. Knows no HTTP. Sources: facts
4.5; recorded meetings; HubSpot: Default properties guides.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Final

from connectors.simulator.hubspot.activity_objects import BODIES, DEFAULTS
from connectors.simulator.hubspot.errors import Flaw
from connectors.simulator.hubspot.pipelines import stage
from connectors.simulator.hubspot.scene import Scene
from connectors.simulator.hubspot.schema import Hand, Kind, Record

Row = dict[str, str]
Changed = frozenset[str]

CALCULATED: Final = Hand(source="CALCULATED", source_id="")
_PREVIEW: Final = 512  # characters
_TAG: Final = re.compile(r"<[^>]*>")
_LABELS: Final[Mapping[str, str]] = {"CRM_UI": "CRM UI", "INTEGRATION": "Integration"}


def born(scene: Scene, kind: Kind) -> Row:
    """Give what a new record has before the caller's values."""
    source: Row = {
        "hs_object_source": scene.hand.source,
        "hs_object_source_id": scene.hand.source_id,
        "hs_object_source_label": _LABELS.get(scene.hand.source, scene.hand.source),
    }
    if scene.hand.user_id is not None:
        source["hs_object_source_user_id"] = str(scene.hand.user_id)
        source["hs_created_by_user_id"] = str(scene.hand.user_id)
    return {**source, **DEFAULTS.get(kind.name, {})}


def flaws(scene: Scene, kind: Kind, named: Mapping[str, str], record: Record | None) -> list[Flaw]:
    """Find values that no other rule allows: owners who are none, stages of another pipeline."""
    found = [
        flaw
        for name, value in named.items()
        if kind.properties[name].owner and value and _old(record, name) != value
        for flaw in _owner_flaws(scene, name, value)
    ]
    if kind.name == "deals":
        found += _stage_flaws(scene, {**(record.properties if record else {}), **named})
    return found


def derive(scene: Scene, kind: Kind, old: Mapping[str, str], new: Row, changed: Changed) -> None:
    """Work out the properties that follow from others."""
    if "hubspot_owner_id" in changed:
        _owned(scene, new)
    if kind.name in BODIES:
        _previewed(new, BODIES[kind.name], changed)
    own = _DERIVED.get(kind.name)
    if own:
        own(scene, old, new, changed)


def _old(record: Record | None, name: str) -> str | None:
    return record.properties.get(name) if record else None


def _owner_flaws(scene: Scene, name: str, value: str) -> list[Flaw]:
    if not value.isdigit() or len(value) > 18:
        message = f"{value} was not a valid integer (for owner ID)."
        return [Flaw(name=name, code="INVALID_INTEGER", message=message)]
    owner = scene.owners.get(int(value))
    if owner is None or (owner.archived and not scene.former_owners):
        message = f"Owner ID {value} is not valid: no active owner has it."
        return [Flaw(name=name, code="INVALID_OWNER_ID", message=message)]
    return []


def _stage_flaws(scene: Scene, row: Mapping[str, str]) -> list[Flaw]:
    pipe = next((p for p in scene.pipelines if p.id == row.get("pipeline")), None)
    wanted = row.get("dealstage")
    if pipe is None or not wanted or any(one.id == wanted for one in pipe.stages):
        return []
    message = f"{wanted} is not a stage of the pipeline {pipe.id}"
    return [Flaw(name="dealstage", code="INVALID_OPTION", message=message)]


def _owned(scene: Scene, new: Row) -> None:
    owner_id = new["hubspot_owner_id"]
    owner = scene.owners.get(int(owner_id)) if owner_id else None
    new["hubspot_owner_assigneddate"] = str(scene.now) if owner else ""
    new["hs_all_owner_ids"] = owner_id
    new["hs_user_ids_of_all_owners"] = str(owner.user_id) if owner else ""


def _previewed(new: Row, body: str, changed: Changed) -> None:
    if body not in changed:
        return
    text = _TAG.sub("", new[body]).strip()
    new["hs_body_preview"] = text[:_PREVIEW]
    new["hs_body_preview_html"] = (
        f"<html>\n <head></head>\n <body>\n {new[body]}\n </body>\n</html>"
    )
    new["hs_body_preview_is_truncated"] = str(len(text) > _PREVIEW).lower()


def _deal(scene: Scene, old: Mapping[str, str], new: Row, changed: Changed) -> None:
    if "amount" in changed:
        new["amount_in_home_currency"] = new["amount"]
    if "dealstage" not in changed:
        return
    now, entered = str(scene.now), stage(scene.pipelines, new["dealstage"])
    if entered is None:
        return
    new["hs_is_closed"] = str(entered.closed).lower()
    new["hs_is_closed_won"] = str(entered.won).lower()
    new["hs_is_closed_lost"] = str(entered.closed and not entered.won).lower()
    new["hs_deal_stage_probability"] = str(entered.probability)
    new[f"hs_v2_date_entered_{entered.id}"] = now
    new["hs_v2_date_entered_current_stage"] = now
    if old.get("dealstage"):
        new[f"hs_v2_date_exited_{old['dealstage']}"] = now
    if entered.closed and "closedate" not in changed:
        new["closedate"] = now


def _ticket(scene: Scene, old: Mapping[str, str], new: Row, changed: Changed) -> None:
    entered = stage(scene.ticket_pipelines, new.get("hs_pipeline_stage", ""))
    if "hs_pipeline_stage" in changed and entered is not None:
        new["closed_date"] = str(scene.now) if entered.closed else ""


def _lead(scene: Scene, old: Mapping[str, str], new: Row, changed: Changed) -> None:
    entered = stage(scene.lead_pipelines, new.get("hs_pipeline_stage", ""))
    new["hs_lead_is_qualified"] = str(entered is not None and entered.won).lower()


def _task(scene: Scene, old: Mapping[str, str], new: Row, changed: Changed) -> None:
    done = new["hs_task_status"] == "COMPLETED"
    new["hs_task_is_completed"] = "1" if done else "0"
    if "hs_task_status" in changed:
        new["hs_task_completion_date"] = str(scene.now) if done else ""


def _email(scene: Scene, old: Mapping[str, str], new: Row, changed: Changed) -> None:
    """Take sender and receiver from the headers, a JSON text of `{from: {...}, to: [{...}]}`."""
    if "hs_email_headers" not in changed:
        return
    try:
        headers = json.loads(new["hs_email_headers"] or "{}")
    except ValueError:
        return
    sender = headers.get("from")
    if isinstance(sender, dict):
        for name, key in (("email", "email"), ("firstname", "firstName"), ("lastname", "lastName")):
            new[f"hs_email_from_{name}"] = str(sender.get(key) or "")
    for line in ("to", "cc"):
        receivers = headers.get(line) or []
        emails = [str(one.get("email")) for one in receivers if isinstance(one, dict)]
        new[f"hs_email_{line}_email"] = ";".join(emails)


_DERIVED: Final[Mapping[str, Callable[[Scene, Mapping[str, str], Row, Changed], None]]] = {
    "deals": _deal,
    "tasks": _task,
    "emails": _email,
    "tickets": _ticket,
    "leads": _lead,
}
