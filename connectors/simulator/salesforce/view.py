"""What the page shows of a Salesforce org. Reads rows, words nothing a person did not write."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from connectors.simulator.page import Deal, Entry, Look
from connectors.simulator.salesforce.bell import Notification
from connectors.simulator.salesforce.org import Org
from connectors.simulator.salesforce.store import Row
from connectors.simulator.salesforce.times import day, stamp

KEY: Final = "Followthrough_Key__c"
_OURS: Final = "Followthrough"  # the notification type that is ours
_OPEN_FIRST: Final = {"open": 0, "won": 1, "lost": 2}


def look(org: Org) -> Look:
    """Show every deal of an org with its tasks and activities."""
    with org.store.lock:
        names = _names(org)
        tasks, activities = _entries(org, names)
        told = _notifications(org, names)
        deals = [
            replace(
                _deal(row, names, tasks.get(row["Id"], []), activities.get(row["Id"], [])),
                notifications=tuple(told.get(row["Id"], ())),
            )
            for row in _rows(org, "Opportunity")
        ]
        on_deals = {deal.id for deal in deals}
    deals.sort(key=lambda deal: (_OPEN_FIRST[deal.state], deal.closes, deal.name))
    return Look(
        company=org.name,
        vendor="Salesforce",
        now=f"{org.now():%Y-%m-%d %H:%M} UTC",
        deals=tuple(deals),
        activities=sum(len(entries) for entries in activities.values()),
        ours=sum(entry.ours for entries in tasks.values() for entry in entries),
        loose=tuple(
            entry
            for about, entries in tasks.items()
            for entry in entries
            if entry.ours and about not in on_deals
        ),
    )


def _rows(org: Org, name: str) -> Iterable[Row]:
    return (row for row in org.store.all(name) if not row["IsDeleted"])


def _names(org: Org) -> dict[object, str]:
    named = ("User", "Group", "Account")
    return {row["Id"]: str(row["Name"]) for name in named for row in org.store.all(name)}


def _deal(
    row: Row, names: Mapping[object, str], tasks: list[Entry], activities: list[Entry]
) -> Deal:
    state = "won" if row["IsWon"] else "lost" if row["IsClosed"] else "open"
    amount = row["Amount"]
    return Deal(
        id=str(row["Id"]),
        name=_text(row["Name"]),
        account=names.get(row["AccountId"], ""),
        owner=names.get(row["OwnerId"], ""),
        stage=_text(row["StageName"]),
        state=state,
        amount="" if amount is None else f"{float(amount):,.0f}",
        closes=_text(row["CloseDate"]),
        activities=tuple(sorted(activities, key=lambda entry: entry.day)),
        tasks=tuple(sorted(tasks, key=lambda entry: (not entry.open, entry.day))),
    )


def _entries(
    org: Org, names: Mapping[object, str]
) -> tuple[dict[object, list[Entry]], dict[object, list[Entry]]]:
    """What is to be done and what was done, by the record it is about."""
    tasks: dict[object, list[Entry]] = defaultdict(list)
    activities: dict[object, list[Entry]] = defaultdict(list)
    mails = list(_rows(org, "EmailMessage"))
    paired = {row["ActivityId"] for row in mails}
    for row in _rows(org, "Task"):
        if row["Id"] not in paired:
            to_do = row.get(KEY) or not row["IsClosed"]
            (tasks if to_do else activities)[row["WhatId"]].append(_task(row, names))
    for row in _rows(org, "Event"):
        if not row["IsChild"]:  # an invitee's copy of a meeting that is listed already
            activities[row["WhatId"]].append(_event(row, names))
    for row in mails:
        activities[row["RelatedToId"]].append(_email(row, org.zone))
    for row in _rows(org, "Note"):
        activities[row["ParentId"]].append(_note(row, names, org.zone))
    return tasks, activities


def _task(row: Row, names: Mapping[object, str]) -> Entry:
    return Entry(
        kind="task" if row["TaskSubtype"] in (None, "Task") else _text(row["TaskSubtype"]).lower(),
        day=_text(row["ActivityDate"]),
        who=names.get(row["OwnerId"], ""),
        subject=_text(row["Subject"]),
        body=_text(row["Description"]),
        open=not row["IsClosed"],
        ours=bool(row.get(KEY)),
    )


def _event(row: Row, names: Mapping[object, str]) -> Entry:
    return Entry(
        kind="meeting",
        day=_text(row["ActivityDate"]),
        who=names.get(row["OwnerId"], ""),
        subject=_text(row["Subject"]),
        body=_text(row["Description"]),
        open=False,
        ours=bool(row.get(KEY)),
    )


def _email(row: Row, zone: str) -> Entry:
    return Entry(
        kind="email in" if row["Incoming"] else "email out",
        day=day(_text(row["MessageDate"]), zone),
        who=_text(row["FromName"] or row["FromAddress"]),
        subject=_text(row["Subject"]),
        body=_text(row["TextBody"]),
        open=False,
        ours=False,
    )


def _note(row: Row, names: Mapping[object, str], zone: str) -> Entry:
    return Entry(
        kind="note",
        day=day(_text(row["CreatedDate"]), zone),
        who=names.get(row["OwnerId"], ""),
        subject=_text(row["Title"]),
        body=_text(row["Body"]),
        open=False,
        ours=False,
    )


def _notifications(org: Org, names: Mapping[object, str]) -> dict[object, list[Entry]]:
    """What users were told, by the record it opens."""
    told: dict[object, list[Entry]] = defaultdict(list)
    for one in org.notifications:
        told[one.target].append(_notification(one, names, org.zone))
    return told


def _notification(one: Notification, names: Mapping[object, str], zone: str) -> Entry:
    return Entry(
        kind="notification",
        day=day(stamp(one.moment), zone),
        who=names.get(one.recipient, ""),
        subject=one.title,
        body=one.body,
        open=False,
        ours=one.kind == _OURS,
    )


def _text(value: object) -> str:
    return "" if value is None else str(value)
