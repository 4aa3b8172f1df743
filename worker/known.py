"""What the ledger knows, as nouns: tasks, intents, rules, runs. No store, no decision in here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from worker.about import About, Kind


class TaskState(StrEnum):
    """The life of a task we wrote."""

    OPEN = "open"
    ESCALATED = "escalated"  # open, and somebody else was told of it
    SNOOZED = "snoozed"  # open, and a person asked us to be quiet about it until a day
    RESOLVED = "resolved"  # the duty was met, or its reason went away
    CLAIMED = "claimed"  # a person closed it, and there is no evidence (yet)
    DISMISSED = "dismissed"  # a person deleted it, or said that it is not needed or wrong
    EXPIRED = "expired"  # nobody did anything about it for long; we closed it
    UNDONE = "undone"  # `undo` took it back


#: The states of a task that is open in the CRM.
LIVING: Final = frozenset({TaskState.OPEN, TaskState.ESCALATED, TaskState.SNOOZED})


class IntentState(StrEnum):
    """Where one write stands. Nothing but a committed row in SENDING may be sent."""

    PLANNED = "planned"
    SENDING = "sending"
    UNKNOWN = "unknown"
    ACKED = "acked"
    REJECTED = "rejected"  # the CRM said no; tried again when the rule or the plan changes
    DEAD = "dead"  # twice without an answer, where no unique key guards; a person must look


#: What a connector says of a key that only a deleted task carries.
ADOPTED_DELETED: Final = "adopted_deleted"

#: The line we add when we close a task tells it apart from one that a person ticked off.
CLOSED_BY_US: Final = "Closed by Followthrough:"

#: What else we say when we close a task, behind that: a lost ledger is filled again from it.
EXPIRED_LINE: Final = "nobody has acted on it for {days} days"
UNDONE_LINE: Final = "taken back by the admin"

#: The intents that may still come to something.
UNSETTLED: Final = (IntentState.PLANNED, IntentState.SENDING, IntentState.UNKNOWN)


@dataclass(frozen=True, kw_only=True)
class KnownTask:
    """A task of ours as the ledger knows it."""

    key: str
    rule: str
    about: About
    kind: Kind = Kind.TASK
    anchor: dt.datetime | None  # None: adopted without its episode, or of no episode
    owner_id: str | None
    task_id: str
    state: TaskState
    written_at: dt.datetime
    ended_at: dt.datetime | None  # of a living task: when it had ended before a person reopened it
    run_id: int | None = None  # the run that wrote it; None: adopted, or of an older version
    until: dt.datetime | None = None  # of a snooze; stays when it is over, and time counts from it
    said: str = ""  # the word by which a person ended or snoozed it
    reason: str = ""  # and what they wrote beside it
    touched: tuple[str, ...] = ()  # what of it a person changed: subject, body, due, owner
    modified_at: dt.datetime | None = None  # the CRM's own stamp when it was last read

    @property
    def living(self) -> bool:
        """Whether it is open in the CRM."""
        return self.state in LIVING

    @property
    def reopened(self) -> bool:
        """Whether a person opened it again: then only a person ends it (`reliability: I12`)."""
        return self.living and self.ended_at is not None

    @property
    def runs_from(self) -> dt.datetime:
        """From when its time counts: since it was written, or since its snooze was over."""
        return max(self.written_at, self.until or self.written_at)


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What a task becomes, and by which words of a person; None: it stays what it is."""

    state: TaskState | None = None
    until: dt.datetime | None = None
    said: str = ""
    reason: str = ""
    heard: tuple[str, ...] = ()  # marks of the words that are obeyed with it
    theirs: bool = False  # opened again by a person: only a person ends it


@dataclass(frozen=True, kw_only=True)
class HeardWord:
    """A word that somebody typed into a task, and that nobody has obeyed yet."""

    key: str  # of the task
    mark: str  # which of its lines
    word: str  # of `worker.words_typed.Word`
    argument: str
    heard_at: dt.datetime  # the CRM's stamp of the task when it was read


@dataclass(frozen=True, kw_only=True)
class Intent:
    """One write, frozen: what is sent for a key is always the same bytes."""

    key: str
    action: str
    rule: str
    about: About
    kind: Kind = Kind.TASK
    anchor: dt.datetime | None
    payload: Mapping[str, Any]
    state: IntentState = IntentState.PLANNED
    attempts: int = 0
    ended_at: dt.datetime | None = None  # of its last attempt
    probed_at: dt.datetime | None = None  # when the CRM was first asked since, and had nothing
    absences: int = 0  # attempts that are known to have come to nothing
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class KnownRule:
    """What the ledger remembers of a rule."""

    meaning: str
    live_since: dt.datetime | None


@dataclass(frozen=True, kw_only=True)
class Run:
    """One pass as it is remembered."""

    id: int
    command: str
    started_at: dt.datetime
    ended_at: dt.datetime | None
    outcome: str | None
    summary: Mapping[str, Any]
