"""Calls, emails, meetings, notes, messages and tasks -> the canonical activities. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from connectors.hubspot.mapping import Known, Linked
from connectors.hubspot.objects import KEY_PROPERTY
from connectors.hubspot.values import Columns, Page, moment, value_of, whole
from connectors.hubspot.words import (
    CALL_DIRECTION,
    CALL_STATUS,
    CALL_UNDONE,
    COMPLETED,
    EMAIL_DIRECTION,
    EMAIL_DRAFT,
    EMAIL_OUTCOME,
    EMAIL_UNSENT,
    MEETING_OUTCOME,
)
from connectors.mail_addresses import addresses, outsiders
from connectors.mail_html import mail_text
from connectors.model import ActivityKind, Direction, Outcome
from connectors.plain_text import cut, is_marked, to_text

_BY_A_PERSON: Final = "CRM"  # a message somebody typed into HubSpot


def is_ours(record: Mapping[str, Any]) -> bool:
    """Tell whether Followthrough made this task: by its key, or by the mark in its text."""
    if value_of(record, KEY_PROPERTY):
        return True
    body = value_of(record, "hs_task_body")
    return body is not None and is_marked(to_text(body))


def _common(page: Page, kind: ActivityKind, linked: Linked) -> Columns:
    return {
        "kind": [kind] * len(page),
        "at": page.read("hs_timestamp", moment),
        "done": [True] * len(page),
        "owner_id": page["hubspot_owner_id"],
        "automated": [False] * len(page),
        "created_at": page.read("hs_createdate", moment),
        "deal_ids": linked.ids("deals", page.ids),
        "account_ids": linked.ids("companies", page.ids),
        "contact_ids": linked.ids("contacts", page.ids),
    }


def calls(page: Page, known: Known, linked: Linked) -> Columns:
    """Calls: the outcome by the disposition a person chose, else by what the line said."""
    told = zip(page["hs_call_disposition"], page["hs_call_status"], strict=True)
    return _common(page, ActivityKind.CALL, linked) | {
        "direction": [CALL_DIRECTION.get(one or "") for one in page["hs_call_direction"]],
        "outcome": [_call_outcome(chosen, status, known) for chosen, status in told],
        "done": [status not in CALL_UNDONE for status in page["hs_call_status"]],
        "duration_seconds": [
            None if milliseconds is None else milliseconds // 1000
            for milliseconds in page.read("hs_call_duration", whole)
        ],
        "subject": page["hs_call_title"],
        "text": page.read("hs_call_body", to_text),
        "outsiders": [len(one) if one else None for one in linked.ids("contacts", page.ids)],
    }


def _call_outcome(chosen: str | None, status: str | None, known: Known) -> Outcome | None:
    if chosen is not None:
        return known.outcomes.get(chosen)
    return CALL_STATUS.get(status or "")


def emails(page: Page, known: Known, linked: Linked) -> Columns:
    """Emails. A sequence's are automated; of the others HubSpot does not say."""
    directions, statuses = page["hs_email_direction"], page["hs_email_status"]
    return _common(page, ActivityKind.EMAIL, linked) | {
        "direction": [EMAIL_DIRECTION.get(one or "") for one in directions],
        "outcome": [EMAIL_OUTCOME.get(one or "") for one in statuses],
        "done": [
            direction != EMAIL_DRAFT and status not in EMAIL_UNSENT
            for direction, status in zip(directions, statuses, strict=True)
        ],
        "subject": page["hs_email_subject"],
        "text": [_mail_text(record) for record in page.records],
        "automated": [True if one else None for one in page["hs_sequence_id"]],
        "outsiders": [_mail_outsiders(record, known, linked) for record in page.records],
    }


def _mail_text(record: Mapping[str, Any]) -> str | None:
    text, html = value_of(record, "hs_email_text"), value_of(record, "hs_email_html")
    if text is not None and text.strip():
        return cut(text)
    return mail_text(html) if html is not None else text


def _mail_outsiders(record: Mapping[str, Any], known: Known, linked: Linked) -> int | None:
    """How many of the client are in a mail: by its addresses, else by the contacts linked to it."""
    named = ["hs_email_to_email", "hs_email_cc_email"]
    if EMAIL_DIRECTION.get(value_of(record, "hs_email_direction") or "") is not Direction.OUTBOUND:
        named.append("hs_email_from_email")
    text = ";".join(value_of(record, name) or "" for name in named)
    found = addresses(text)
    if not found or not known.staff:
        return len(linked.of("contacts", str(record["id"]))) or None
    return outsiders(found, known.staff, known.domains)


def meetings(page: Page, _: Known, linked: Linked) -> Columns:
    """Meetings. `done` is true and `at` says past or future, as for a calendar."""
    starts = page.read("hs_meeting_start_time", moment)
    ends = page.read("hs_meeting_end_time", moment)
    stamps = page.read("hs_timestamp", moment)
    contacts = linked.ids("contacts", page.ids)
    return _common(page, ActivityKind.MEETING, linked) | {
        "outcome": [MEETING_OUTCOME.get(one or "") for one in page["hs_meeting_outcome"]],
        "at": [start or stamp for start, stamp in zip(starts, stamps, strict=True)],
        "duration_seconds": [_seconds(a, b) for a, b in zip(starts, ends, strict=True)],
        "subject": page["hs_meeting_title"],
        "text": [_meeting_text(record) for record in page.records],
        "outsiders": [None if one is None else len(one) for one in contacts],
    }


def _seconds(start: dt.datetime | None, end: dt.datetime | None) -> int | None:
    if start is None or end is None or end < start:
        return None
    return int((end - start).total_seconds())


def _meeting_text(record: Mapping[str, Any]) -> str | None:
    parts = [
        to_text(html)
        for name in ("hs_meeting_body", "hs_internal_meeting_notes")
        if (html := value_of(record, name)) is not None
    ]
    return cut("\n\n".join(part for part in parts if part)) if parts else None


def notes(page: Page, _: Known, linked: Linked) -> Columns:
    """Notes."""
    return _common(page, ActivityKind.NOTE, linked) | {"text": page.read("hs_note_body", to_text)}


def communications(page: Page, _: Known, linked: Linked) -> Columns:
    """Messages by SMS, WhatsApp or LinkedIn. HubSpot does not say which way they went."""
    logged = page["hs_communication_logged_from"]
    return _common(page, ActivityKind.MESSAGE, linked) | {
        "subject": page["hs_communication_channel_type"],
        "text": page.read("hs_communication_body", to_text),
        "automated": [False if one == _BY_A_PERSON else None for one in logged],
        "outsiders": [len(one) if one else None for one in linked.ids("contacts", page.ids)],
    }


def tasks(page: Page, _: Known, linked: Linked) -> Columns:
    """What people have still to do, or ticked off; a call made is a call of its own in HubSpot."""
    done = [status == COMPLETED for status in page["hs_task_status"]]
    ticked = page.read("hs_task_completion_date", moment)
    due = page.read("hs_timestamp", moment)
    return _common(page, ActivityKind.TASK, linked) | {
        "at": [_task_at(*one) for one in zip(done, ticked, due, strict=True)],
        "done": done,
        "subject": page["hs_task_subject"],
        "text": page.read("hs_task_body", to_text),
    }


def _task_at(done: bool, ticked: dt.datetime | None, due: dt.datetime | None) -> dt.datetime | None:
    return (ticked or due) if done else due
