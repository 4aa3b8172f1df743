"""Whether tasks can be written here; if not, what a person must do, to the letter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from connectors.errors import Refused
from connectors.hubspot.client import Client
from connectors.hubspot.faults import MissingScopes
from connectors.hubspot.keying import NONE, Keying, why_unfit
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

_NOBODY: Final = "0"  # an id that no record has


def why_not_writable(client: Client, portal: Portal, keying: Keying) -> str | None:
    """None if a task can be created as it was allowed; else what is missing and what to do."""
    unfit = why_unfit(portal.key_property) if keying.mode == NONE else None
    return unfit or _why_not_allowed(client)


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
