"""Take back what a run, or a rule since a moment, wrote or closed, and no person has touched since.

Shown first. A task that nobody touched is deleted in the CRM; one that is closed already, changed,
or answered is left and listed with the reason. One that was written before and closed then is
opened again, and is a person's to close from now on. What was taken back does not come back, so
that a second undo finds nothing. Alerts that rang cannot be taken back, and are listed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from connectors.base import Connector
from connectors.model import TaskNote, TaskRemoval
from rules import wording
from worker.apply import Applied, Clock, write
from worker.known import HeardWord, Intent, KnownTask, TaskState
from worker.ledger import Ledger
from worker.payloads import note_payload, removal_payload


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is to be taken back: of one run, or of one rule since a moment."""

    run_id: int | None = None
    rule: str | None = None
    since: dt.datetime | None = None

    def takes(self, task: KnownTask) -> bool:
        """Tell whether a task is meant."""
        if self.run_id is not None:
            return task.run_id == self.run_id
        since = self.since is None or task.written_at >= self.since
        return task.rule == self.rule and since


@dataclass(frozen=True, kw_only=True)
class Left:
    """A task that stays, and why."""

    task: KnownTask
    why: str


@dataclass(frozen=True, kw_only=True)
class Undoing:
    """What would be removed, and what is left."""

    removed: tuple[KnownTask, ...]
    left: tuple[Left, ...]
    opened: tuple[KnownTask, ...] = ()  # closed then, and to be opened again
    alerts: int = 0  # told, and beyond recall


def what_to_undo(
    wanted: Wanted,
    tasks: Iterable[KnownTask],
    words: Iterable[HeardWord],
    closed: Mapping[str, Intent],
    alerts: int = 0,
) -> Undoing:
    """Sort the tasks that are meant: what can be removed, opened again, or must be left. Pure.

    `closed` are the ends that are meant, by key.
    """
    typed = {one.key for one in words}
    removed: list[KnownTask] = []
    opened: list[KnownTask] = []
    left: list[Left] = []
    for task in sorted(tasks, key=lambda one: (one.written_at, one.key)):
        if task.state is TaskState.UNDONE:
            continue
        if wanted.takes(task):
            why, undone = _why_left(task, typed), removed
        elif task.key in closed:
            why, undone = _why_closed(task, closed[task.key]), opened
        else:
            continue
        if why is None:
            undone.append(task)
        else:
            left.append(Left(task=task, why=why))
    return Undoing(removed=tuple(removed), left=tuple(left), opened=tuple(opened), alerts=alerts)


def _why_closed(task: KnownTask, end: Intent) -> str | None:
    if task.living:
        return "it is open again"
    if end.payload.get("turn", {}).get("said") or task.said:
        return "somebody asked for its end, or has answered in it"
    if task.state in _BY_A_PERSON:
        return _LEFT[task.state]
    return None


#: Ends that are a person's doing, whatever we wrote.
_BY_A_PERSON: Final = frozenset({TaskState.CLAIMED, TaskState.DISMISSED})


def _why_left(task: KnownTask, typed: set[str]) -> str | None:
    if task.key in typed or task.said:
        return "somebody has answered in it"
    if task.touched:
        return f"somebody has changed its {', '.join(task.touched)}"
    if task.reopened:
        return "somebody has opened it again"
    return _LEFT.get(task.state)


#: Tasks that are over are left as they are: they disturb nobody, and say what happened.
_LEFT: Mapping[TaskState, str] = {
    TaskState.CLAIMED: "somebody has ticked it off",
    TaskState.DISMISSED: "somebody has deleted it",
    TaskState.RESOLVED: "the duty was met, and it is closed",
    TaskState.EXPIRED: "it has expired, and is closed",
    TaskState.SNOOZED: "somebody has snoozed it",
}


def undo(
    connector: Connector,
    ledger: Ledger,
    undoing: Undoing,
    run_id: int,
    clock: Clock,
    gate: Callable[[], bool],
) -> Applied:
    """Remove the tasks, or open them again, each as carefully as it was written. Raises CrmError.

    One that somebody changes in this very moment is left: the CRM's own stamp says so.
    """
    intents = [_intent(task, "remove", _removal(task)) for task in undoing.removed]
    intents += [_intent(task, "note", _opening(task)) for task in undoing.opened]
    return write(connector, ledger, intents, run_id, clock, gate)


def _removal(task: KnownTask) -> dict[str, Any]:
    seen = task.modified_at or task.written_at
    return removal_payload(TaskRemoval(key=task.key, task_id=task.task_id, unchanged_since=seen))


def _opening(task: KnownTask) -> dict[str, Any]:
    lines = (wording.OPEN_AFTER_ALL,)
    note = TaskNote(key=task.key, task_id=task.task_id, lines=lines, reopen=True)
    return note_payload(note) | {"turn": {"state": str(TaskState.OPEN), "theirs": True}}


def _intent(task: KnownTask, action: str, payload: dict[str, Any]) -> Intent:
    return Intent(
        key=task.key,
        action=action,
        rule=task.rule,
        about=task.about,
        kind=task.kind,
        anchor=task.anchor,
        payload=payload,
    )
