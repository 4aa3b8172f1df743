"""Take back what a run, or a rule since a moment, wrote, and no person has touched since.

Shown first. A task that nobody touched is deleted in the CRM; one that is closed already, changed,
or answered is left and listed with the reason. What was taken back does not come back, so that a
second undo finds nothing. Alerts that rang cannot be taken back, and are listed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from connectors.base import Connector
from connectors.model import TaskRemoval
from worker.apply import Applied, Clock, write
from worker.known import HeardWord, Intent, KnownTask, TaskState
from worker.ledger import Ledger
from worker.payloads import removal_payload


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
    alerts: int = 0  # told, and beyond recall


def what_to_undo(
    wanted: Wanted, tasks: Iterable[KnownTask], words: Iterable[HeardWord], alerts: int = 0
) -> Undoing:
    """Sort the tasks that are meant: what can be removed, and what must be left. Pure."""
    typed = {one.key for one in words}
    removed: list[KnownTask] = []
    left: list[Left] = []
    for task in sorted(tasks, key=lambda one: (one.written_at, one.key)):
        if not wanted.takes(task) or task.state is TaskState.UNDONE:
            continue
        why = _why_left(task, typed)
        if why is None:
            removed.append(task)
        else:
            left.append(Left(task=task, why=why))
    return Undoing(removed=tuple(removed), left=tuple(left), alerts=alerts)


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
    """Remove the tasks, each as carefully as it was written. Raises CrmError.

    One that somebody changes in this very moment is left: the CRM's own stamp says so.
    """
    return write(
        connector, ledger, [_intent(task) for task in undoing.removed], run_id, clock, gate
    )


def _intent(task: KnownTask) -> Intent:
    seen = task.modified_at or task.written_at
    removal = TaskRemoval(key=task.key, task_id=task.task_id, unchanged_since=seen)
    return Intent(
        key=task.key,
        action="remove",
        rule=task.rule,
        about=task.about,
        kind=task.kind,
        anchor=task.anchor,
        payload=removal_payload(removal),
    )
