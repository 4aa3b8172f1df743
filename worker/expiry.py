"""What becomes of tasks by the passing of time, and of those that people ticked off. Pure.

A task that nobody has acted on for long is closed, and its owner's manager reads of it. One that a
person ticked off becomes resolved when the evidence is there; nothing is written into it, so that
it never looks touched.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from rules.finding import Ending
from worker.about import Kind
from worker.decision import Decision, Reason, end_of, of_task
from worker.known import EXPIRED_LINE, KnownTask, TaskState, Turn
from worker.sitting import Sitting

#: A list of a week ends with its week.
_EXPIRE: Final = frozenset({Kind.TASK, Kind.STEP, Kind.ALERT, Kind.ROLL_UP})


def expired(sitting: Sitting, closing: frozenset[str]) -> Iterator[Decision]:
    """Yield the end of every task that has been open for too long; a reopened one is theirs."""
    days = sitting.setting.limits.expire_after
    for task in sitting.memory.tasks.values():
        if task.key not in closing and _is_over(task, sitting.now, dt.timedelta(days=days)):
            yield replace(
                of_task(task, Reason.EXPIRED),
                turn=Turn(state=TaskState.EXPIRED),
                close=end_of(task, EXPIRED_LINE.format(days=days)),
            )


def _is_over(task: KnownTask, now: dt.datetime, after: dt.timedelta) -> bool:
    waits = task.state is TaskState.SNOOZED or task.reopened or task.kind not in _EXPIRE
    return task.living and not waits and task.runs_from + after <= now


def proven(sitting: Sitting, proofs: Mapping[str, Ending]) -> Iterator[Decision]:
    """Yield every task that a person ticked off and that evidence now proves."""
    for key, proof in sorted(proofs.items()):
        task = sitting.memory.tasks[key]
        turn = Turn(state=TaskState.RESOLVED, said="proof", reason=proof.line)
        yield replace(of_task(task, Reason.PROVEN), turn=turn, note=proof.line)
