"""What a plan consists of: decisions, each with its reason. Nouns only; nothing is decided here."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from connectors.model import Alert, TaskClose, TaskDraft, TaskNote
from rules.finding import Finding
from worker.about import About, Kind
from worker.known import CLOSED_BY_US, KnownRule, KnownTask, Turn

#: What stands for a rule's id on the list of a person's week, which is of no single rule.
DIGEST_RULE: Final = "weekly-list"


class Reason(StrEnum):
    """Why a finding leads to something, or to nothing. The text is for people."""

    NEW = "a task is written"
    ALREADY_OPEN = "its task is open in the CRM"
    CLAIMED = "a person ticked its task off; it is not asked again"
    DISMISSED = "a person deleted its task; it does not come back"
    SNOOZED = "a person snoozed its task"
    EXPIRED_BEFORE = "its task expired; the same episode is not opened twice"
    UNDONE = "its task was taken back; it does not come back"
    CLOSED_BEFORE = "its task was closed before; the same episode is not opened twice"
    CANNOT_SEE = "we cannot see enough of this person's activity to judge it; the admin hears why"
    ALSO = "another task of ours is open on the record; it is a line of that"
    LINES_ADDED = "what else was found about its record is added to an open task"
    RECORD_HAS_TASK = "another task of ours is open on this deal, account or record"
    REFUSED_BEFORE = "the CRM refused this task before"
    UNANSWERED = "nobody knows yet whether the CRM holds its task; it is not written again so far"
    SHADOW = "the rule is in shadow: it reports and writes nothing"
    PILOT_ONLY = "the rule is in pilot, and this person is not in it"
    MEANING_CHANGED = "the rule has changed; it writes again from the next run"
    BACKLOG = "it was overdue before the rule was switched on; the backlog is only counted"
    NO_RECEIVER = "nobody it could go to is there"
    PERSON_DAY_FULL = "the person has had today's number of new tasks"
    PERSON_FULL = "the person has enough of our tasks open"
    RULE_DAY_FULL = "the rule has written its number for this person today"
    RULE_RUN_FULL = "the rule has written its number for one run; the gravest came first"
    QUIET_HOURS = "it is outside the receiver's working time; it waits"
    ROLL_UP = "a person has enough tasks; the rest of the findings is one task"
    ROLL_UP_OVER = "nothing of the roll-up is left; it is closed"
    BRAKE = "the rule would write too much at once"
    REOPENED = "it holds anew so soon that its task is opened again"
    ALERT = "a person is told, once"
    ALREADY_TOLD = "a person was told of it before; nobody is told twice"
    LINE = "it is a line of a person's list of this week"
    LINE_WAITS = "it is a line of the next weekly list, if it still holds then"
    WEEK = "the list of a person's week is written"
    STEP_DUE = "its task has been open for long; somebody else is told, once"
    DUTY_MET = "the duty is met; the task is closed"
    WEEK_OVER = "the week of the list is over; it is closed"
    GONE_MEANWHILE = "something came in between; it is no longer asked for"
    NOT_LOOKED = "the CRM could not be asked whether it still holds; the next run asks again"
    PROVEN = "a person ticked its task off, and the evidence is there now"
    EXPIRED = "nobody acted on its task for long; it is closed"
    HEARD = "a person's word in the task is obeyed"


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What becomes of one finding, or of one of our open tasks."""

    rule: str
    about: About
    key: str
    reason: Reason
    kind: Kind = Kind.TASK
    finding: Finding | None = None
    anchor: dt.datetime | None = None  # of the episode that the key names
    note: str = ""  # more than the reason says, for a person
    draft: TaskDraft | None = None
    close: TaskClose | None = None
    alert: Alert | None = None
    tell: TaskNote | None = None  # lines for a task that is there
    deletes: dt.datetime | None = None  # of a close: deleted instead, if unchanged since this stamp
    proven: bool = False  # of a close: something stands in the CRM that ended the duty
    turn: Turn | None = None  # what the task becomes, once what is written with it stands
    covers: tuple[str, ...] = ()  # keys of other findings that the text names
    escalates: str = ""  # the key of the task of which somebody else is told
    line: str = ""  # of a weekly list, a roll-up, or another task
    inside: str = ""  # the key of the task that holds the line
    to: str = ""  # the receiver's name
    to_id: str = ""

    @property
    def action(self) -> str:
        """What is written of it: create, alert, note, close, remove; empty where nothing is."""
        end = "remove" if self.deletes is not None else "close"
        what = {"create": self.draft, "alert": self.alert, "note": self.tell, end: self.close}
        return next((name for name, written in what.items() if written is not None), "")


def of_task(task: KnownTask, reason: Reason) -> Decision:
    """Return the decision about one of our tasks; what it writes is the caller's to add."""
    return Decision(
        rule=task.rule,
        about=task.about,
        key=task.key,
        kind=task.kind,
        reason=reason,
        anchor=task.anchor,
    )


def end_of(task: KnownTask, why: str) -> TaskClose:
    """Return the end of one of our tasks; `why` stands without a full stop."""
    line = f"{CLOSED_BY_US} {why}."
    return TaskClose(key=task.key, task_id=task.task_id, line=line)


#: What a decision loses that comes to nothing.
NOTHING_WRITTEN: Final[dict[str, Any]] = {
    **{"draft": None, "alert": None, "tell": None, "turn": None},
    **{"covers": (), "inside": "", "escalates": ""},
}


@dataclass(frozen=True, kw_only=True)
class Counted:
    """Findings of a rule that lead to nothing, beyond those there is a decision for."""

    rule: str
    reason: Reason
    number: int


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Every decision of a run, in a fixed order. Same input, same plan, same hash."""

    decisions: tuple[Decision, ...]
    rules: Mapping[str, KnownRule] = field(default_factory=dict)  # to be remembered
    look_at: tuple[str, ...] = ()  # sentences for the admin
    held: tuple[Decision, ...] = ()  # what brakes stopped, as it would have been
    counted: Sequence[Counted] = ()

    @property
    def creates(self) -> list[Decision]:
        return [d for d in self.decisions if d.draft is not None]

    @property
    def closes(self) -> list[Decision]:
        return [d for d in self.decisions if d.close is not None]

    @property
    def alerts(self) -> list[Decision]:
        return [d for d in self.decisions if d.alert is not None]

    @property
    def tells(self) -> list[Decision]:
        return [d for d in self.decisions if d.tell is not None]

    @property
    def turns(self) -> list[Decision]:
        """What becomes of tasks without a write to the CRM."""
        bare = (d for d in self.decisions if d.turn is not None)
        return [d for d in bare if d.close is None and d.tell is None]

    @property
    def reasons(self) -> dict[str, int]:
        """Count the decisions by reason, and what is only counted."""
        counts = Counter(d.reason.name.lower() for d in self.decisions)
        for one in self.counted:
            counts[one.reason.name.lower()] += one.number
        return dict(counts)

    @property
    def held_hash(self) -> str:
        """Name what waits for a person's yes; empty where nothing does. Days do not change it."""
        items = sorted(f"{d.rule} {d.key} {d.action}" for d in self.held if d.action)
        return hashlib.sha256("\n".join(items).encode()).hexdigest()[:12] if items else ""

    @property
    def hash(self) -> str:
        """Name what would be written, not when or why."""
        writes = [[d.key, d.draft.subject, d.draft.body] for d in self.creates if d.draft]
        writes += [[d.key, d.action, d.close.line] for d in self.closes if d.close]
        writes += [[d.key, "alert", d.alert.title] for d in self.alerts if d.alert]
        writes += [[d.key, "tell", *d.tell.lines] for d in self.tells if d.tell]
        return hashlib.sha256(json.dumps(writes).encode()).hexdigest()[:12]
