"""Task, Event, EmailMessage and Note -> the canonical activities. Pure: no I/O, no clock.

Whole columns at once; only the HTML of a mail without a plain text is read row by row.
"""

from __future__ import annotations

from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from connectors.mail_html import mail_text
from connectors.model import ActivityKind, Direction, Outcome
from connectors.plain_text import is_marked
from connectors.salesforce.columns import begins, cut, ends, ids, seconds, true_only
from connectors.salesforce.mailboxes import outsiders_of, owners_of
from connectors.salesforce.mapping import Columns, Known
from connectors.salesforce.objects import KEY_FIELD
from connectors.salesforce.page import Page, looked_up
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

_TEXT: Final = pa.string()
#: Texts in which Followthrough's mark may stand; `is_marked` decides on each of them.
_MAY_BE_MARKED: Final = r"(?m)^ref: .{0,200}ft_[A-Za-z2-7]{26}|\[ft:[A-Za-z0-9_-]{8,64}\]"
#: Subjects that may begin with an outcome; `outcome_in_subject` decides on each of them.
_MAY_SAY: Final = r"(?i)cancel|no[ -]?show"


def ours(page: Page) -> Any:
    """Which tasks Followthrough made: by their key, or by the mark in their text."""
    text = page.text("Description")
    marked = _where(pc.match_substring_regex(text, _MAY_BE_MARKED), text, is_marked, pa.bool_())
    keyed = pc.greater(pc.utf8_length(pc.fill_null(page.text(KEY_FIELD), "")), 0)
    return pc.or_(keyed, true_only(marked))


def _where(mask: Any, texts: Any, judge: Any, kind: Any) -> Any:
    """A function of each text that a cheap test lets through; null for the others."""
    return looked_up(pc.if_else(mask, texts, None), judge, kind)


def tasks(page: Page, _: Known) -> Columns:
    """Task: calls, mails, messages, and what is still to be done."""
    kind = _task_kind(page)
    mail = pc.equal(kind, ActivityKind.EMAIL.value)
    what, who = page.text("WhatId"), page.text("WhoId")
    return {
        "kind": kind,
        "direction": pc.if_else(
            mail,
            Direction.OUTBOUND.value,
            page.judged("CallType", lambda word: CALL_TYPE.get(plain(word)), _TEXT),
        ),
        "outcome": page.judged("CallDisposition", outcome_of, _TEXT),
        "at": _task_at(page),
        "done": page.flag("IsClosed"),
        "duration_seconds": page.whole("CallDurationInSeconds"),
        "owner_id": page.text("OwnerId"),
        "subject": page.text("Subject"),
        "text": cut(page.text("Description")),
        "automated": _task_automated(page, mail),
        "outsiders": pc.if_else(pc.is_valid(who), pa.scalar(1, pa.int64()), None),
        "created_at": page.moment("CreatedDate"),
        "deal_ids": ids(OPPORTUNITY, what),
        "account_ids": ids(ACCOUNT, what, page.text("AccountId")),
        "contact_ids": ids(CONTACT, who),
    }


def _task_kind(page: Page) -> Any:
    """Subtype first, then type, then the traces of a call; else it is a task."""
    call = pc.greater(pc.utf8_length(pc.fill_null(page.text("CallType"), "")), 0)
    return pc.coalesce(
        page.judged("TaskSubtype", lambda word: SUBTYPE.get(plain(word)), _TEXT),
        page.judged("Type", lambda word: TYPE.get(plain(word)), _TEXT),
        pc.if_else(call, ActivityKind.CALL.value, ActivityKind.TASK.value),
    )


def _task_automated(page: Page, mail: Any) -> Any:
    machine = page.judged("TaskSubtype", lambda word: plain(word) in AUTOMATED_SUBTYPES, pa.bool_())
    unknown = pc.if_else(mail, pa.scalar(None, pa.bool_()), pa.scalar(value=False))
    return pc.if_else(true_only(machine), pa.scalar(value=True), unknown)


def _task_at(page: Page) -> Any:
    """When it took place, or is planned for.

    What is done took place when it was ticked off, unless its date lies before: a call logged
    two days later took place on its date. The date has no hour, so its last second stands for it.
    """
    day, created = page.day("ActivityDate"), page.moment("CreatedDate")
    completed = _begun(page)
    ticked = pc.coalesce(completed, page.moment("SystemModstamp"), created)
    logged_later = pc.fill_null(pc.less(ends(day), ticked), pc.is_null(ticked))
    dated = pc.if_else(logged_later, ends(day), ticked)
    done = pc.if_else(pc.is_valid(day), dated, pc.coalesce(completed, created))
    planned = pc.coalesce(begins(day), created)
    return pc.if_else(true_only(page.flag("IsClosed")), done, planned)


def _begun(page: Page) -> Any:
    """When what was ticked off began: a call is ticked off when it is over."""
    length = seconds(pc.fill_null(page.whole("CallDurationInSeconds"), 0))
    return pc.subtract(page.moment("CompletedDateTime"), length)


def events(page: Page, _: Known) -> Columns:
    """Event: meetings. Salesforce has no outcome; `done` is true and `at` says past or future."""
    subject, what, who = page.text("Subject"), page.text("WhatId"), page.text("WhoId")
    said = _where(pc.match_substring_regex(subject, _MAY_SAY), subject, outcome_in_subject, _TEXT)
    return {
        "kind": page.always(ActivityKind.MEETING.value),
        "outcome": pc.coalesce(said, page.judged("Type", outcome_of, _TEXT)),
        "at": _event_at(page),
        "done": page.always(value=True),
        "duration_seconds": pc.multiply(page.whole("DurationInMinutes"), 60),
        "owner_id": page.text("OwnerId"),
        "subject": subject,
        "text": cut(page.text("Description")),
        "automated": page.always(value=False),
        "outsiders": _event_outsiders(page, who),
        "created_at": page.moment("CreatedDate"),
        "deal_ids": ids(OPPORTUNITY, what),
        "account_ids": ids(ACCOUNT, what, page.text("AccountId")),
        "contact_ids": ids(CONTACT, who),
    }


def _event_at(page: Page) -> Any:
    start, day = page.moment("StartDateTime"), page.day("ActivityDate")
    whole_day = pc.or_(true_only(page.flag("IsAllDayEvent")), pc.is_null(start))
    return pc.if_else(pc.and_(pc.is_valid(day), whole_day), begins(day), start)


def _event_outsiders(page: Page, who: Any) -> Any:
    linked = page.nothing(pa.int64())
    if page.has("WhoId"):
        linked = pc.is_valid(who).cast(pa.int64())
    return pc.coalesce(page.whole("WhoCount"), linked)


def emails(page: Page, known: Known) -> Columns:
    """EmailMessage: a mail as it went. The Task that Enhanced Email keeps beside it yields to it.

    Whether a person or a machine sent it, Salesforce does not say: `automated` is null.
    """
    incoming = page.flag("Incoming")
    related = page.text("RelatedToId")
    bounced = true_only(page.flag("IsBounced"))
    return {
        "kind": page.always(ActivityKind.EMAIL.value),
        "direction": pc.if_else(incoming, Direction.INBOUND.value, Direction.OUTBOUND.value),
        "outcome": pc.if_else(bounced, Outcome.BOUNCED.value, pa.scalar(None, _TEXT)),
        "at": pc.coalesce(page.moment("MessageDate"), page.moment("CreatedDate")),
        "done": pc.not_equal(page.text("Status"), DRAFT),
        "owner_id": pc.coalesce(owners_of(page, known), page.text("CreatedById")),
        "subject": page.text("Subject"),
        "text": _mail_text(page),
        "outsiders": outsiders_of(page, known),
        "same_as": page.text("ActivityId"),
        "created_at": page.moment("CreatedDate"),
        "deal_ids": ids(OPPORTUNITY, related),
        "account_ids": ids(ACCOUNT, related),
    }


def _mail_text(page: Page) -> Any:
    text = cut(page.text("TextBody"))
    empty = pc.equal(pc.utf8_length(pc.utf8_trim_whitespace(pc.fill_null(text, ""))), 0)
    return pc.coalesce(_where(empty, page.text("HtmlBody"), mail_text, _TEXT), text)


def notes(page: Page, _: Known) -> Columns:
    """Note, the classic one."""
    parent = page.text("ParentId")
    return {
        "kind": page.always(ActivityKind.NOTE.value),
        "at": page.moment("CreatedDate"),
        "done": page.always(value=True),
        "owner_id": page.text("OwnerId"),
        "subject": page.text("Title"),
        "text": cut(page.text("Body")),
        "automated": page.always(value=False),
        "created_at": page.moment("CreatedDate"),
        "deal_ids": ids(OPPORTUNITY, parent),
        "account_ids": ids(ACCOUNT, parent),
        "contact_ids": ids(CONTACT, parent),
    }
