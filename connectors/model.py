"""The canonical records: what every CRM's data looks like to the rest of the program.

Streams travel as Arrow record batches in the schemas below; the few nouns that travel one by one
are frozen dataclasses. Nothing in here knows a CRM, reads a clock or does I/O.

Conventions: ids are the CRM's own, as strings. Every timestamp is UTC with microseconds. A null is
a value the CRM holds empty; a field the CRM hides from us is reported as a `BlindSpot`, never as
null. Every stream has `id`, `modified_at` (the CRM's own change stamp) and `deleted`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import pyarrow as pa

MOMENT: Final = pa.timestamp("us", tz="UTC")
MONEY: Final = pa.decimal128(20, 4)
IDS: Final = pa.list_(pa.string())
#: The admin's own fields that `followthrough.yaml` maps: the CRM's name -> the value as text
#: (plain decimals, ISO days, ISO moments in UTC, true, false). An empty one is not there.
OWN_FIELDS: Final = ("fields", pa.map_(pa.string(), pa.string()))

_EVERY: Final = [("id", pa.string()), ("modified_at", MOMENT), ("deleted", pa.bool_())]


def _stream(*fields: tuple[str, pa.DataType]) -> pa.Schema:
    return pa.schema([*_EVERY, *fields])


#: Stream name -> schema. Values of the closed vocabularies stand in the enums below.
STREAMS: Final[Mapping[str, pa.Schema]] = {
    "deals": _stream(
        ("name", pa.string()),
        ("account_id", pa.string()),
        ("owner_id", pa.string()),
        ("stage", pa.string()),  # the org's own label
        ("state", pa.string()),  # DealState
        ("amount", MONEY),
        ("currency", pa.string()),
        ("probability", pa.float64()),  # 0 to 100
        ("close_date", pa.date32()),  # a promise or a memory of a person: never a clock
        ("next_step", pa.string()),
        ("created_at", MOMENT),
        ("stage_changed_at", MOMENT),  # the CRM's own last stage change, where it keeps one
        ("pipeline", pa.string()),  # the sales process, by its label
        ("type", pa.string()),  # new business, renewal …: the org's own words
        OWN_FIELDS,
    ),
    "stage_changes": _stream(
        ("deal_id", pa.string()),
        ("stage", pa.string()),
        ("at", MOMENT),
    ),
    "activities": _stream(
        ("kind", pa.string()),  # ActivityKind
        ("direction", pa.string()),  # Direction, or null where the CRM does not say
        ("outcome", pa.string()),  # Outcome, or null where nobody wrote one down
        ("at", MOMENT),  # when it took place, or will
        ("done", pa.bool_()),  # false: planned, draft or still to be done
        ("duration_seconds", pa.int64()),
        ("owner_id", pa.string()),  # who of us did it
        ("subject", pa.string()),
        ("text", pa.string()),  # read once for signals; stored only where the admin says so
        ("automated", pa.bool_()),  # sequence, list or auto-reply; null: nobody knows
        ("outsiders", pa.int64()),  # people of the client in it; null: nobody knows
        (
            "same_as",
            pa.string(),
        ),  # id of another record of the very same event, which yields to this
        ("created_at", MOMENT),
        ("deal_ids", IDS),
        ("account_ids", IDS),
        ("contact_ids", IDS),
        OWN_FIELDS,
    ),
    "accounts": _stream(("name", pa.string()), ("owner_id", pa.string()), OWN_FIELDS),
    "contacts": _stream(
        ("name", pa.string()), ("account_id", pa.string()), ("email", pa.string()), OWN_FIELDS
    ),
    "links": _stream(  # who of the client takes part in a deal
        ("deal_id", pa.string()),
        ("contact_id", pa.string()),
        ("role", pa.string()),
        ("is_primary", pa.bool_()),
    ),
    "owners": _stream(
        ("name", pa.string()),
        ("email", pa.string()),
        ("manager_id", pa.string()),
        ("active", pa.bool_()),
        ("is_queue", pa.bool_()),
        ("time_zone", pa.string()),  # IANA name
        ("teams", IDS),  # names of the teams they are in, the main one first; null: none are kept
    ),
    "proposals": _stream(
        ("deal_id", pa.string()),
        ("status", pa.string()),
        ("presented", pa.bool_()),
        ("at", MOMENT),
    ),
    "ratings": _stream(  # what clients answered when they were asked about us
        ("account_id", pa.string()),
        ("contact_id", pa.string()),
        ("owner_id", pa.string()),  # whom of us it is about
        ("behaviour", pa.string()),
        ("category", pa.string()),  # poor, fair, average, good, excellent
        ("comment", pa.string()),
        ("at", MOMENT),
    ),
}


#: Streams an org may have or not: an object, a permission or a licence it lacks is a `BlindSpot`
#: of the whole stream, and a rule that reads it is not evaluable there.
OPTIONAL_STREAMS: Final[Mapping[str, pa.Schema]] = {
    "cases": _stream(  # what clients reported to support
        ("account_id", pa.string()),
        ("contact_id", pa.string()),
        ("deal_ids", IDS),
        ("owner_id", pa.string()),
        ("subject", pa.string()),
        ("status", pa.string()),  # the org's own word
        ("priority", pa.string()),  # the org's own word
        ("type", pa.string()),  # the org's own word
        ("closed", pa.bool_()),
        ("escalated", pa.bool_()),
        ("created_at", MOMENT),
        ("closed_at", MOMENT),
        ("text", pa.string()),  # read once for signals; stored only where the admin says so
    ),
    "leads": _stream(
        ("name", pa.string()),
        ("company", pa.string()),
        ("email", pa.string()),
        ("owner_id", pa.string()),
        ("status", pa.string()),
        ("source", pa.string()),
        ("converted", pa.bool_()),
        ("converted_deal_id", pa.string()),
        ("converted_account_id", pa.string()),
        ("converted_contact_id", pa.string()),
        ("created_at", MOMENT),
    ),
    "attendees": _stream(  # who was asked to a meeting; exactly one of contact and user
        ("activity_id", pa.string()),
        ("contact_id", pa.string()),
        ("user_id", pa.string()),
        ("response", pa.string()),  # accepted, declined, tentative; null: the CRM does not say
    ),
    "files": _stream(  # names of files on deals, never what is in them
        ("deal_id", pa.string()),
        ("name", pa.string()),
        ("owner_id", pa.string()),
        ("created_at", MOMENT),
    ),
    "quotas": _stream(
        ("owner_id", pa.string()),
        ("starts", pa.date32()),
        ("ends", pa.date32()),  # its last day
        ("amount", MONEY),
        ("currency", pa.string()),
        ("kind", pa.string()),  # what is counted: the org's own word
    ),
    "survey_answers": _stream(
        ("account_id", pa.string()),
        ("contact_id", pa.string()),
        ("deal_id", pa.string()),
        ("owner_id", pa.string()),
        ("survey", pa.string()),
        ("question", pa.string()),
        ("score", pa.float64()),
        ("category", pa.string()),
        ("comment", pa.string()),
        ("at", MOMENT),
    ),
}

EVERY_STREAM: Final[Mapping[str, pa.Schema]] = {**STREAMS, **OPTIONAL_STREAMS}


class DealState(StrEnum):
    """Where a deal stands, whatever the org calls its stages."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


class ActivityKind(StrEnum):
    """What an activity is."""

    CALL = "call"
    EMAIL = "email"
    MEETING = "meeting"
    MESSAGE = "message"
    NOTE = "note"
    TASK = "task"
    CASE = "case"  # a client's case that complains; made of the stream `cases`, read by nobody


class Direction(StrEnum):
    """Who reached out: `outbound` is our side."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"


class Outcome(StrEnum):
    """How a call, meeting or mail went, by the CRM's own word for it."""

    CONNECTED = "connected"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    VOICEMAIL = "voicemail"
    LEFT_MESSAGE = "left_message"
    WRONG_NUMBER = "wrong_number"
    HELD = "held"
    NO_SHOW = "no_show"
    CANCELED = "canceled"
    BOUNCED = "bounced"


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A stage of the org's sales process."""

    label: str
    is_closed: bool
    is_won: bool


@dataclass(frozen=True, kw_only=True)
class BlindSpot:
    """Something this account may not see: a whole stream, or one field of it."""

    stream: str
    field: str | None  # None: the whole stream
    why: str  # a sentence with what to grant


@dataclass(frozen=True, kw_only=True)
class TaskDraft:
    """A task as it shall stand in the CRM. `key` makes it unique there.

    It hangs on the deal; without one on the account; the contact is named where there is one.
    """

    key: str
    deal_id: str | None
    contact_id: str | None
    owner_id: str
    subject: str
    body: str
    due: dt.date
    high_priority: bool = False
    account_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Task:
    """One of our own tasks, as it now stands in the CRM."""

    id: str
    key: str
    deal_id: str | None
    owner_id: str | None
    subject: str
    body: str
    due: dt.date | None
    closed: bool
    deleted: bool
    created_at: dt.datetime
    modified_at: dt.datetime


@dataclass(frozen=True, kw_only=True)
class TaskClose:
    """Complete one of our own tasks and add a line that says why."""

    key: str
    task_id: str
    line: str


@dataclass(frozen=True, kw_only=True)
class TaskNote:
    """Lines to stand below the text of one of our own tasks, open or closed; each is one line."""

    key: str
    task_id: str
    lines: tuple[str, ...]
    reopen: bool = False  # a task that was completed is to be done again


@dataclass(frozen=True, kw_only=True)
class TaskRemoval:
    """Delete one of our own tasks, if nobody changed it after `unchanged_since`."""

    key: str
    task_id: str
    unchanged_since: dt.datetime  # its `modified_at` as it was read


@dataclass(frozen=True, kw_only=True)
class Alert:
    """A word to one person about a deal, said at most once. `key` names it in our own books.

    Where a CRM has no notifications it becomes a task of high priority, due on `due`.
    """

    key: str
    deal_id: str | None
    to_id: str  # a user
    title: str  # one line
    body: str  # plain text; its last line names rule and key, as a task's does
    due: dt.date
    account_id: str | None = None


class Verdict(StrEnum):
    """What became of one write. UNKNOWN is resolved by key before anything is sent again."""

    APPLIED = "applied"
    NOT_APPLIED = "not_applied"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class WriteResult:
    """The outcome of one write, in the caller's order."""

    key: str
    verdict: Verdict
    task_id: str | None = None
    reason: str = ""  # the CRM's code, or one of ours; never its text, which may hold client data
    permanent: bool = False  # NOT_APPLIED and no sense in trying again unchanged
