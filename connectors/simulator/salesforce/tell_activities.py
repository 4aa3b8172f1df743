"""What was said and done about a deal -> the steps that put it into a Salesforce org.

Where the words differ: a call's outcome is its disposition, a meeting that did not take place says
so in its subject, a mail no person wrote is a list mail. Sources: Object Reference, pages Task,
Event, EmailMessage, Note.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from connectors.simulator.salesforce.telling import Telling
from connectors.simulator.story_nouns import (
    Activity,
    Call,
    Contact,
    Deal,
    Mail,
    Meeting,
    Note,
    ToDo,
)

_DISPOSITIONS: Final[Mapping[str, str]] = {
    "connected": "Connected",
    "no_answer": "No answer",
    "busy": "Busy",
    "voicemail": "Left voicemail",
    "left_message": "Left message",
    "wrong_number": "Wrong number",
}
_DIRECTIONS: Final[Mapping[str, str]] = {"out": "Outbound", "in": "Inbound"}
_SUBJECTS: Final[Mapping[str | None, str]] = {"no_show": "No show: ", "canceled": "Canceled: "}
_SENT, _READ = "3", "1"  # EmailMessage.Status
_COMPLETED: Final = "Completed"
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
        telling.insert(
            by,
            "Task",
            {
                "TaskSubtype": "Call",
                "Subject": call.subject or f"Call with {_contact(telling, deal, call).name}",
                "CallType": _DIRECTIONS[call.direction],
                "CallDisposition": _DISPOSITIONS.get(call.outcome or ""),
                "CallDurationInSeconds": None if call.minutes is None else length.seconds,
                "Description": call.text,
                "Status": _COMPLETED,
                "ActivityDate": telling.day_of(begun),
                "OwnerId": telling.people[by],
                **_related(telling, deal, call),
            },
        )

    telling.step(begun + length, log)


def _mail(telling: Telling, deal: Deal, mail: Mail) -> None:
    step = _list_mail if mail.automated and mail.direction == "out" else _one_mail
    telling.step(telling.moment(mail.at), partial(step, telling, deal, mail))


def _list_mail(telling: Telling, deal: Deal, mail: Mail) -> None:
    by = mail.by or deal.owner
    telling.insert(
        by,
        "Task",
        {
            "TaskSubtype": "ListEmail",
            "Subject": mail.subject,
            "Description": mail.text,
            "Status": _COMPLETED,
            "ActivityDate": telling.day_of(telling.moment(mail.at)),
            "OwnerId": telling.people[by],
            **_related(telling, deal, mail),
        },
    )


def _one_mail(telling: Telling, deal: Deal, mail: Mail) -> None:
    us = telling.person(mail.by or deal.owner)
    them = _contact(telling, deal, mail)
    sender, receiver = (us, them) if mail.direction == "out" else (them, us)
    related = _related(telling, deal, mail)
    telling.insert(
        us.name,
        "EmailMessage",
        {
            "Subject": mail.subject,
            "TextBody": mail.text,
            "FromName": sender.name,
            "FromAddress": sender.email,
            "ToAddress": receiver.email,
            "Incoming": mail.direction == "in",
            "Status": _SENT if mail.direction == "out" else _READ,
            "MessageDate": telling.moment(mail.at),
            "RelatedToId": related.get("WhatId"),
        },
    )


def _meeting(telling: Telling, deal: Deal, meeting: Meeting) -> None:
    """A meeting is booked, held, and then described; colleagues have their copies of it."""
    start = telling.moment(meeting.at)
    length = dt.timedelta(minutes=float(meeting.minutes))
    made: list[str] = []

    def book() -> None:
        by = meeting.by or deal.owner
        values = {
            "Subject": meeting.subject,
            "Type": "Meeting",
            "Location": meeting.place,
            "StartDateTime": start,
            "DurationInMinutes": int(meeting.minutes),
            "OwnerId": telling.people[by],
            **_related(telling, deal, meeting),
        }
        if meeting.internal:
            values.pop("WhoId", None)
        made.append(telling.insert(by, "Event", values))
        made.extend(telling.org.invite(made[0], telling.people[name]) for name in meeting.invited)

    def describe() -> None:
        said = {
            "Subject": f"{_SUBJECTS.get(meeting.outcome, '')}{meeting.subject}",
            "Description": meeting.text,
        }
        for event in made:
            telling.update(meeting.by or deal.owner, "Event", event, said)

    telling.step(_booked(telling, deal, meeting, start), book)
    if meeting.at.day.is_past and (meeting.text or meeting.outcome in _SUBJECTS):
        telling.step(start + length, describe)


def _booked(telling: Telling, deal: Deal, meeting: Meeting, start: dt.datetime) -> dt.datetime:
    if meeting.booked is not None:
        return telling.moment(meeting.booked)
    return max(start - _BOOKED_BEFORE, telling.moment(deal.stages[0].at))


def _note(telling: Telling, deal: Deal, note: Note) -> None:
    def write() -> None:
        related = _related(telling, deal, note)
        by = note.by or deal.owner
        telling.insert(
            by,
            "Note",
            {
                "ParentId": related.get("WhatId") or related["WhoId"],
                "Title": note.subject,
                "Body": note.text,
                "OwnerId": telling.people[by],
            },
        )

    telling.step(telling.moment(note.at), write)


def _to_do(telling: Telling, deal: Deal, task: ToDo) -> None:
    by = task.by or deal.owner
    made: list[str] = []

    def write() -> None:
        values = {
            "Subject": task.subject,
            "Description": task.text,
            "ActivityDate": telling.date(task.due),
            "OwnerId": telling.people[by],
            **_related(telling, deal, task),
        }
        made.append(telling.insert(by, "Task", values))

    telling.step(telling.moment(task.at), write)
    if task.done is not None:
        done = {"Status": _COMPLETED}
        telling.step(telling.moment(task.done), lambda: telling.update(by, "Task", made[0], done))


def _contact(telling: Telling, deal: Deal, activity: Activity) -> Contact:
    return telling.story.contacts[activity.contact or deal.contact][0]


def _related(telling: Telling, deal: Deal, activity: Activity) -> dict[str, object]:
    """Name the records an activity hangs on: always the contact, and what the story says."""
    what = {"deal": telling.deals.get(deal.name), "account": telling.accounts[deal.account]}
    return {
        "WhoId": telling.contacts[activity.contact or deal.contact],
        "WhatId": what.get(activity.linked),
    }


_PLANS: Final[Mapping[type[Activity], Callable[[Telling, Deal, Any], None]]] = {
    Call: _call,
    Mail: _mail,
    Meeting: _meeting,
    Note: _note,
    ToDo: _to_do,
}
