"""What was said and done about a deal -> the steps that put it into a HubSpot portal.

Where the words differ: a call's outcome is its disposition, a mail no person wrote is one of a
sequence, a meeting is one record for everybody who came, a body is HTML. Sources: facts 4.5, 4.6;
HubSpot: Engagements guides.
"""

from __future__ import annotations

import datetime as dt
import html
import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from connectors.simulator.hubspot.account import DISPOSITIONS
from connectors.simulator.hubspot.telling import Telling
from connectors.simulator.story_nouns import (
    Activity,
    Call,
    Contact,
    Deal,
    Mail,
    Meeting,
    Note,
    Person,
    ToDo,
)

#: A story's outcome of a call -> the label of HubSpot's.
_OUTCOMES: Final[Mapping[str, str]] = {
    "connected": "Connected",
    "no_answer": "No answer",
    "busy": "Busy",
    "voicemail": "Left voicemail",
    "left_message": "Left live message",
    "wrong_number": "Wrong number",
}
_DISPOSITIONS: Final = {one.label: one.value for one in DISPOSITIONS}
_DIRECTIONS: Final[Mapping[str, str]] = {"out": "OUTBOUND", "in": "INBOUND"}
_MEETINGS: Final[Mapping[str | None, str]] = {
    "held": "COMPLETED",
    "no_show": "NO_SHOW",
    "canceled": "CANCELED",
}
_SEQUENCE: Final = "5120077"  # the sequence that automated mails belong to
_DUE: Final = dt.time(8, 0)  # HubSpot's usual time of day for a due date
_BOOKED_BEFORE: Final = dt.timedelta(days=3)


def plan(telling: Telling, deal: Deal, activity: Activity) -> None:
    """Lay out the steps of one activity of a deal."""
    _PLANS[type(activity)](telling, deal, activity)


def _call(telling: Telling, deal: Deal, call: Call) -> None:
    """A call is logged when it ends."""
    begun = telling.moment(call.at)
    length = dt.timedelta(minutes=float(call.minutes or 0))

    def log() -> None:
        by = call.by or deal.owner
        values = {
            "hs_timestamp": begun,
            "hs_call_title": call.subject or f"Call with {_contact(telling, deal, call).name}",
            "hs_call_body": _paragraphs(call.text),
            "hs_call_direction": _DIRECTIONS[call.direction],
            "hs_call_disposition": _DISPOSITIONS.get(_OUTCOMES.get(call.outcome or "", "")),
            "hs_call_duration": None if call.minutes is None else length.seconds * 1000,
            "hs_call_status": "COMPLETED",
            "hubspot_owner_id": telling.people[by],
        }
        _insert(telling, deal, call, "calls", values)

    telling.step(begun + length, log)


def _mail(telling: Telling, deal: Deal, mail: Mail) -> None:
    def send() -> None:
        us = telling.person(mail.by or deal.owner)
        them = _contact(telling, deal, mail)
        sender, receiver = (us, them) if mail.direction == "out" else (them, us)
        outbound = mail.direction == "out"
        values = {
            "hs_timestamp": telling.moment(mail.at),
            "hs_email_direction": "EMAIL" if outbound else "INCOMING_EMAIL",
            "hs_email_status": "SENT",
            "hs_email_subject": mail.subject,
            "hs_email_text": mail.text,
            "hs_email_html": _paragraphs(mail.text),
            "hs_email_headers": json.dumps({"from": _address(sender), "to": [_address(receiver)]}),
            "hs_sequence_id": _SEQUENCE if mail.automated and outbound else None,
            "hubspot_owner_id": telling.people[us.name],
        }
        _insert(telling, deal, mail, "emails", values)

    telling.step(telling.moment(mail.at), send)


def _meeting(telling: Telling, deal: Deal, meeting: Meeting) -> None:
    """A meeting is booked, held, and then described; colleagues share the one record."""
    start = telling.moment(meeting.at)
    end = start + dt.timedelta(minutes=float(meeting.minutes))
    by = meeting.by or deal.owner
    made: list[str] = []

    def book() -> None:
        values = {
            "hs_timestamp": start,
            "hs_meeting_title": meeting.subject,
            "hs_meeting_start_time": start,
            "hs_meeting_end_time": end,
            "hs_meeting_outcome": "SCHEDULED",
            "hs_meeting_location": meeting.place,
            "hubspot_owner_id": telling.people[by],
        }
        made.append(_insert(telling, deal, meeting, "meetings", values))

    def describe() -> None:
        said = {
            "hs_meeting_outcome": _MEETINGS.get(meeting.outcome),
            "hs_meeting_body": _paragraphs(meeting.text),
        }
        telling.update(by, "meetings", made[0], said)

    telling.step(_booked(telling, deal, meeting, start), book)
    if meeting.at.day.is_past and (meeting.text or meeting.outcome):
        telling.step(end, describe)


def _booked(telling: Telling, deal: Deal, meeting: Meeting, start: dt.datetime) -> dt.datetime:
    if meeting.booked is not None:
        return telling.moment(meeting.booked)
    return max(start - _BOOKED_BEFORE, telling.moment(deal.stages[0].at))


def _note(telling: Telling, deal: Deal, note: Note) -> None:
    """A note has no title: it begins with it."""

    def write() -> None:
        values = {
            "hs_timestamp": telling.moment(note.at),
            "hs_note_body": _paragraphs(f"{note.subject}\n\n{note.text}"),
            "hubspot_owner_id": telling.people[note.by or deal.owner],
        }
        _insert(telling, deal, note, "notes", values)

    telling.step(telling.moment(note.at), write)


def _to_do(telling: Telling, deal: Deal, task: ToDo) -> None:
    by = task.by or deal.owner
    made: list[str] = []

    def write() -> None:
        due = dt.datetime.combine(telling.date(task.due), _DUE, telling.story.zone)
        values = {
            "hs_timestamp": due,
            "hs_task_subject": task.subject,
            "hs_task_body": _paragraphs(task.text),
            "hubspot_owner_id": telling.people[by],
        }
        made.append(_insert(telling, deal, task, "tasks", values))

    telling.step(telling.moment(task.at), write)
    if task.done is not None:
        done = {"hs_task_status": "COMPLETED"}
        telling.step(telling.moment(task.done), partial(_finish, telling, by, made, done))


def _finish(telling: Telling, by: str, made: list[str], done: Mapping[str, object]) -> None:
    telling.update(by, "tasks", made[0], done)


def _insert(
    telling: Telling, deal: Deal, activity: Activity, kind: str, values: Mapping[str, object]
) -> str:
    """Write an activity and associate it as the story says."""
    made = telling.insert(activity.by or deal.owner, kind, values)
    for target, record in _ends(telling, deal, activity):
        telling.portal.associate(kind, made, target, record)
    return made


def _ends(telling: Telling, deal: Deal, activity: Activity) -> list[tuple[str, str]]:
    """Name what an activity hangs on: the contact, and the deal or the company."""
    contact = ("contacts", telling.contacts[activity.contact or deal.contact])
    company = ("companies", telling.accounts[deal.account])
    linked = {"deal": [("deals", telling.deals.get(deal.name, "")), company], "account": [company]}
    found = linked.get(activity.linked, [])
    internal = isinstance(activity, Meeting) and activity.internal
    return found if internal else [contact, *found]


def _contact(telling: Telling, deal: Deal, activity: Activity) -> Contact:
    return telling.story.contacts[activity.contact or deal.contact][0]


def _address(one: Person | Contact) -> dict[str, str]:
    first, _, last = one.name.rpartition(" ")
    return {"email": one.email, "firstName": first, "lastName": last}


def _paragraphs(text: str) -> str:
    """Write plain text as HubSpot keeps it."""
    parts = [html.escape(part.strip()).replace("\n", "<br>") for part in text.split("\n\n")]
    return "".join(f"<p>{part}</p>" for part in parts if part)


_PLANS: Final[Mapping[type[Activity], Callable[[Telling, Deal, Any], None]]] = {
    Call: _call,
    Mail: _mail,
    Meeting: _meeting,
    Note: _note,
    ToDo: _to_do,
}
