"""What makes a task ours here: the unique property that HubSpot keeps, or the mark in its text.

Which of them is found out and never assumed (facts, hubspot 5.2 and 5.3). The mark is the last
resort: HubSpot then refuses nothing, so an admin has to allow it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from connectors.errors import Refused
from connectors.hubspot.faults import MissingScopes
from connectors.hubspot.objects import KEY_PROPERTY
from connectors.hubspot.portal import Portal
from connectors.hubspot.values import value_of
from connectors.plain_text import to_text
from connectors.task_keys import key_in

UNIQUE, MARKER, NONE = "unique_property", "marker", "none"

#: How long after an attempt its task may still appear: HubSpot's longest request, and an index that
#: is late (`reliability: C.4`).
QUARANTINE: Final = dt.timedelta(minutes=65)

_CREATE: Final = (
    f"create the task property {KEY_PROPERTY} as deploy/hubspot/README.md says: single-line text "
    '("type": "string", "fieldType": "text") with "hasUniqueValue": true, which cannot be added '
    "later; “followthrough provision” does it where the scopes allow"
)


class Keying:
    """How the tasks of one account are known. `allowed`: the mark alone may do."""

    def __init__(self, portal: Portal, *, allowed: bool) -> None:
        self._portal = portal
        self._allowed = allowed

    @property
    def mode(self) -> str:
        """How this account keeps a task from being created twice."""
        if why_unfit(self._portal.key_property) is None:
            return UNIQUE
        return MARKER if self._allowed else NONE

    @property
    def by_mark(self) -> bool:
        """Tell whether the text alone says whose a task is."""
        return self.mode == MARKER

    @property
    def readable(self) -> bool:
        """Tell whether our tasks can be told from others at all."""
        return self.by_mark or isinstance(self._portal.key_property, Mapping)

    def key_of(self, record: Mapping[str, Any]) -> str | None:
        """The key of a task of ours; None for anybody else's."""
        key = value_of(record, KEY_PROPERTY)
        if key is not None or not self.by_mark:
            return key
        return key_in(to_text(value_of(record, "hs_task_body") or ""))


def why_unfit(found: Mapping[str, Any] | Refused | None) -> str | None:
    """None where the property as it was found keeps keys unique; else what a person must do."""
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
