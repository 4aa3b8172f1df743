"""Task, Event, EmailMessage and Note -> the canonical activities. Pure: no I/O, no clock.

Moments stay the text Salesforce sent until they are cast together: its form sorts like time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from connectors.mail_addresses import addresses, outsiders
from connectors.mail_html import mail_text
from connectors.model import ActivityKind, Direction, Outcome
from connectors.plain_text import cut, is_marked
from connectors.salesforce.mapping import Columns, Known, Page
from connectors.salesforce.objects import KEY_FIELD
from connectors.salesforce.words import (
    AUTOMATED_SUBTYPES,
    CALL_TYPE,
    DRAFT,
    SUBTYPE,
    TYPE,
    outcome_in_subject,
    outcome_of,
    plain,
)

OPPORTUNITY: Final = "006"
ACCOUNT: Final = "001"
CONTACT: Final = "003"


def is_ours(record: Mapping[str, Any]) -> bool:
    """Tell whether Followthrough made this task: by its key, or by the mark in its text."""
    if record.get(KEY_FIELD):
        return True
    text = record.get("Description")
    return isinstance(text, str) and is_marked(text)


def tasks(page: Page, _: Known) -> Columns:
    """Task: calls, mails, messages, and what is still to be done."""
    rows = page.records
    kinds = [_task_kind(row) for row in rows]
    return {
        "kind": kinds,
        "direction": [_task_direction(row, kind) for row, kind in zip(rows, kinds, strict=True)],
        "outcome": [outcome_of(value) for value in page["CallDisposition"]],
        "at": [_task_at(row) for row in rows],
        "done": page["IsClosed"],
        "duration_seconds": page["CallDurationInSeconds"],
        "owner_id": page["OwnerId"],
        "subject": page["Subject"],
        "text": [_body(value) for value in page["Description"]],
        "automated": [_task_automated(row, kind) for row, kind in zip(rows, kinds, strict=True)],
        "outsiders": [1 if who else None for who in page["WhoId"]],
        "created_at": page["CreatedDate"],
        "deal_ids": ids(OPPORTUNITY, page["WhatId"]),
        "account_ids": ids(ACCOUNT, page["WhatId"], page["AccountId"]),
        "contact_ids": ids(CONTACT, page["WhoId"]),
    }


def _task_kind(row: Mapping[str, Any]) -> ActivityKind:
    kind = SUBTYPE.get(plain(row.get("TaskSubtype"))) or TYPE.get(plain(row.get("Type")))
    if kind is not None:
        return kind
    return ActivityKind.CALL if row.get("CallType") else ActivityKind.TASK


def _task_direction(row: Mapping[str, Any], kind: ActivityKind) -> Direction | None:
    if kind is ActivityKind.EMAIL:
        return Direction.OUTBOUND
    return CALL_TYPE.get(plain(row.get("CallType")))


def _task_automated(row: Mapping[str, Any], kind: ActivityKind) -> bool | None:
    if plain(row.get("TaskSubtype")) in AUTOMATED_SUBTYPES:
        return True
    return None if kind is ActivityKind.EMAIL else False


def _task_at(row: Mapping[str, Any]) -> str | None:
    """When it took place, or is planned for.

    What is done took place when it was ticked off, unless its date lies before: a call logged
    two days later took place on its date. The date has no hour, so its last second stands for it.
    """
    day, created = row.get("ActivityDate"), row.get("CreatedDate")
    if not row.get("IsClosed"):
        return f"{day}T00:00:00Z" if day else created
    completed = _begun(row)
    ticked = completed or row.get("SystemModstamp") or created
    if not day:
        return completed or created
    return f"{day}T23:59:59Z" if ticked is None or day < ticked[:10] else ticked


def _begun(row: Mapping[str, Any]) -> str | None:
    """When what was ticked off began: a call is ticked off when it is over."""
    completed, seconds = row.get("CompletedDateTime"), row.get("CallDurationInSeconds")
    if not completed or not seconds:
        return completed
    began = dt.datetime.fromisoformat(completed) - dt.timedelta(seconds=int(seconds))
    return began.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def events(page: Page, _: Known) -> Columns:
    """Event: meetings. Salesforce has no outcome; `done` is true and `at` says past or future."""
    rows = page.records
    return {
        "kind": [ActivityKind.MEETING] * len(page),
        "outcome": [
            outcome_in_subject(row.get("Subject")) or outcome_of(row.get("Type")) for row in rows
        ],
        "at": [_event_at(row) for row in rows],
        "done": [True] * len(page),
        "duration_seconds": [
            None if minutes is None else int(minutes) * 60 for minutes in page["DurationInMinutes"]
        ],
        "owner_id": page["OwnerId"],
        "subject": page["Subject"],
        "text": [_body(value) for value in page["Description"]],
        "automated": [False] * len(page),
        "outsiders": [_event_outsiders(row) for row in rows],
        "created_at": page["CreatedDate"],
        "deal_ids": ids(OPPORTUNITY, page["WhatId"]),
        "account_ids": ids(ACCOUNT, page["WhatId"], page["AccountId"]),
        "contact_ids": ids(CONTACT, page["WhoId"]),
    }


def _event_at(row: Mapping[str, Any]) -> str | None:
    start = row.get("StartDateTime")
    day = row.get("ActivityDate")
    if day and (row.get("IsAllDayEvent") or not start):
        return f"{day}T00:00:00Z"
    return None if start is None else str(start)


def _event_outsiders(row: Mapping[str, Any]) -> int | None:
    if row.get("WhoCount") is not None:
        return int(row["WhoCount"])
    return int(bool(row["WhoId"])) if "WhoId" in row else None


def emails(page: Page, known: Known) -> Columns:
    """EmailMessage: a mail as it went. The Task that Enhanced Email keeps beside it yields to it.

    Whether a person or a machine sent it, Salesforce does not say: `automated` is null.
    """
    rows = page.records
    return {
        "kind": [ActivityKind.EMAIL] * len(page),
        "direction": [_mail_direction(value) for value in page["Incoming"]],
        "outcome": [Outcome.BOUNCED if value is True else None for value in page["IsBounced"]],
        "at": [
            sent or created
            for sent, created in zip(page["MessageDate"], page["CreatedDate"], strict=True)
        ],
        "done": [None if status is None else status != DRAFT for status in page["Status"]],
        "owner_id": [_mail_owner(row, known) for row in rows],
        "subject": page["Subject"],
        "text": [_mail_text(row) for row in rows],
        "outsiders": [_mail_outsiders(row, known) for row in rows],
        "same_as": page["ActivityId"],
        "created_at": page["CreatedDate"],
        "deal_ids": ids(OPPORTUNITY, page["RelatedToId"]),
        "account_ids": ids(ACCOUNT, page["RelatedToId"]),
    }


def _mail_direction(incoming: Any) -> Direction | None:
    if incoming is None:
        return None
    return Direction.INBOUND if incoming else Direction.OUTBOUND


def _mail_owner(row: Mapping[str, Any], known: Known) -> str | None:
    """Our side of a mail: its sender; for an incoming one the first of us it went to."""
    ours = ("ToAddress", "CcAddress") if row.get("Incoming") else ("FromAddress",)
    for address in _addresses(row, *ours):
        if address in known.user_by_email:
            return known.user_by_email[address]
    creator = row.get("CreatedById")
    return creator if isinstance(creator, str) else None


def _mail_outsiders(row: Mapping[str, Any], known: Known) -> int | None:
    if not known.user_by_email:
        return None
    everybody = _addresses(row, "ToAddress", "CcAddress", "BccAddress")
    if row.get("Incoming"):
        everybody |= _addresses(row, "FromAddress")
    if not everybody:
        return None
    return outsiders(everybody, known.user_by_email, known.domains)


def _mail_text(row: Mapping[str, Any]) -> Any:
    text, html = row.get("TextBody"), row.get("HtmlBody")
    if isinstance(text, str) and text.strip():
        return _body(text)
    return mail_text(html) if isinstance(html, str) else _body(text)


def _addresses(row: Mapping[str, Any], *names: str) -> dict[str, None]:
    """The mail addresses in some fields."""
    return addresses(";".join(str(row[name]) for name in names if row.get(name)))


def notes(page: Page, _: Known) -> Columns:
    """Note, the classic one."""
    return {
        "kind": [ActivityKind.NOTE] * len(page),
        "at": page["CreatedDate"],
        "done": [True] * len(page),
        "owner_id": page["OwnerId"],
        "subject": page["Title"],
        "text": [_body(value) for value in page["Body"]],
        "automated": [False] * len(page),
        "created_at": page["CreatedDate"],
        "deal_ids": ids(OPPORTUNITY, page["ParentId"]),
        "account_ids": ids(ACCOUNT, page["ParentId"]),
        "contact_ids": ids(CONTACT, page["ParentId"]),
    }


def ids(prefix: str, *columns: Sequence[Any]) -> list[list[str]]:
    """The ids of one object among several columns, each once, per row."""
    return [
        list(dict.fromkeys(one for one in row if isinstance(one, str) and one.startswith(prefix)))
        for row in zip(*columns, strict=True)
    ]


def _body(text: Any) -> Any:
    """A text, cut; what is none stays as it is, and is refused with its column."""
    return cut(text) if isinstance(text, str) else text
