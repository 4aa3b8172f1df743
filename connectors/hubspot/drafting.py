"""A task as it shall stand in HubSpot: its properties and associations. Pure; sends nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any, Final

from connectors.hubspot.client import Draft
from connectors.hubspot.dialect import is_id
from connectors.hubspot.objects import KEY_PROPERTY
from connectors.hubspot.tasks import due_moment
from connectors.model import TaskDraft
from connectors.plain_text import clean, to_html, to_text
from connectors.task_keys import key_in

LONGEST_BODY: Final = 65_536  # characters of HTML (facts 4.5)
LONGEST_SUBJECT: Final = 255

#: Association type ids from a task (facts 4.6).
TO_DEAL: Final = 216
TO_COMPANY: Final = 192
TO_CONTACT: Final = 204


def why_unfit(draft: TaskDraft) -> str | None:
    """Why HubSpot could not take a draft; None where it can."""
    where, reason, _ = place(draft)
    if where is not None and not is_id(where):
        return reason
    return None if is_id(draft.owner_id) else "BAD_OWNER_ID"


def place(draft: TaskDraft) -> tuple[str | None, str, int]:
    """What a task hangs on: its deal, without one its account, or nothing."""
    if draft.deal_id is not None:
        return draft.deal_id, "BAD_DEAL_ID", TO_DEAL
    return draft.account_id, "BAD_ACCOUNT_ID", TO_COMPANY


def drafted(draft: TaskDraft, zone: dt.tzinfo) -> Draft:
    """The record that a draft becomes; its key stands in the unique property."""
    return Draft(trace=draft.key, properties=_properties(draft, zone), links=_links(draft))


def _properties(draft: TaskDraft, zone: dt.tzinfo) -> dict[str, str]:
    return {
        KEY_PROPERTY: draft.key,
        "hs_task_subject": clean(draft.subject)[:LONGEST_SUBJECT],
        "hs_task_body": _body(draft.body),
        "hs_task_status": "NOT_STARTED",
        "hs_task_priority": "HIGH" if draft.high_priority else "NONE",
        "hs_task_type": "TODO",
        "hs_timestamp": due_moment(draft.due, zone),
        "hubspot_owner_id": draft.owner_id,
    }


def _body(text: str) -> str:
    kept = clean(text)
    while len(to_html(kept)) > LONGEST_BODY:
        kept = kept[: len(kept) * 9 // 10] + "…"
    return to_html(kept)


def _links(draft: TaskDraft) -> list[dict[str, Any]]:
    where, _, to_place = place(draft)
    return [
        {
            "to": {"id": target},
            "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": kind}],
        }
        for target, kind in ((where, to_place), (draft.contact_id, TO_CONTACT))
        if is_id(target)
    ]


def marked(draft: TaskDraft, zone: dt.tzinfo) -> Draft:
    """The record that a draft becomes where no property holds its key: its text has it."""
    made = drafted(draft, zone)
    kept = {name: value for name, value in made.properties.items() if name != KEY_PROPERTY}
    return replace(made, properties=kept)


def is_marked(draft: Draft) -> bool:
    """Tell whether the text of a draft, as it will be read back, names its key."""
    return key_in(to_text(draft.properties["hs_task_body"])) == draft.key
