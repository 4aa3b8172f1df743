"""Whether tasks can be written exactly once here; if not, what a person must do, to the letter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from connectors.errors import Refused
from connectors.hubspot.client import Client
from connectors.hubspot.faults import MissingScopes
from connectors.hubspot.objects import KEY_PROPERTY
from connectors.hubspot.portal import Portal
from connectors.hubspot.tasks import TASKS

#: The property as it is to be created: `POST /crm/v3/properties/tasks` (facts, hubspot 4.7).
DEFINITION: Final[Mapping[str, Any]] = {
    "name": KEY_PROPERTY,
    "label": "Followthrough key",
    "description": "Written by Followthrough: HubSpot refuses a second task with the same key.",
    "groupName": "task",
    "type": "string",
    "fieldType": "text",
    "hasUniqueValue": True,
}

_CREATE: Final = (
    f"create the task property {KEY_PROPERTY} as deploy/hubspot/README.md says: single-line text "
    '("type": "string", "fieldType": "text") with "hasUniqueValue": true, which cannot be added '
    "later"
)
_NOBODY: Final = "0"  # an id that no record has


def why_not_writable(client: Client, portal: Portal) -> str | None:
    """None if a task can be created exactly once; else what is missing and what to do."""
    return _why_key_unfit(portal.key_property) or _why_not_allowed(client)


def _why_key_unfit(found: Mapping[str, Any] | Refused | None) -> str | None:
    if isinstance(found, Refused):
        scopes = found.scopes if isinstance(found, MissingScopes) else ()
        named = " or ".join(scopes) or "crm.schemas.contacts.read"
        return (
            f"HubSpot does not show whether tasks have the property {KEY_PROPERTY}; without it a "
            f"task could be created twice. Add the scope {named} (Settings > Integrations > "
            "Service Keys)."
        )
    if found is None or found.get("archived") is True:
        return (
            f"Tasks have no property {KEY_PROPERTY}; without it a task could be created twice. "
            f"Please {_CREATE}."
        )
    if found.get("hasUniqueValue") is not True:
        return (
            f"The task property {KEY_PROPERTY} is not unique, so a task could be created twice. "
            f"Delete it for good in Settings > Properties (also from the archive), then {_CREATE}."
        )
    if found.get("type") != "string":
        return (
            f"The task property {KEY_PROPERTY} is no text. Delete it for good in Settings > "
            f"Properties (also from the archive), then {_CREATE}."
        )
    return None


def _why_not_allowed(client: Client) -> str | None:
    """Ask for a change of a task that cannot exist: only a missing scope is answered as such."""
    try:
        client.change(TASKS, _NOBODY, {"hs_task_priority": "NONE"})
    except MissingScopes as problem:
        named = " or ".join(problem.scopes) or "crm.objects.contacts.write"
        return (
            f"The app may not write tasks. Add the scope {named} (Settings > Integrations > "
            "Service Keys)."
        )
    except Refused:  # no such task: as it should be
        return None
    return None
