"""What the ledger knows, as nouns: tasks, intents, rules, runs. No store, no decision in here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from worker.about import About, Kind


class TaskState(StrEnum):
    """The life of a task we wrote, as far as this version knows it."""

    OPEN = "open"
    RESOLVED = "resolved"  # we closed it: the duty was met or its reason went away
    CLAIMED = "claimed"  # a person closed it
    DISMISSED = "dismissed"  # a person deleted it


class IntentState(StrEnum):
    """Where one write stands. Nothing but a committed row in SENDING may be sent."""

    PLANNED = "planned"
    SENDING = "sending"
    UNKNOWN = "unknown"
    ACKED = "acked"
    REJECTED = "rejected"  # the CRM said no; tried again when the rule or the plan changes


#: What a connector says of a key that only a deleted task carries.
ADOPTED_DELETED: Final = "adopted_deleted"

#: The line we add when we close a task tells it apart from one that a person ticked off.
CLOSED_BY_US: Final = "Closed by Followthrough:"

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
    ended_at: dt.datetime | None  # of an OPEN task: when it had ended before a person reopened it

    @property
    def reopened(self) -> bool:
        """Whether a person opened it again: then only a person ends it (`reliability: I12`)."""
        return self.state is TaskState.OPEN and self.ended_at is not None


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
