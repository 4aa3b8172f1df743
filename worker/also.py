"""One open task per record: what else is found about it becomes a line of that task. Pure.

A line goes to whoever has the task, and to nobody else: what a manager is asked never stands in a
rep's task. Each finding is named once in a task, also where a person has taken the line out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from connectors.model import TaskNote
from rules import wording
from worker.decision import Decision, Reason, of_task
from worker.sitting import Sitting


def gather(decisions: Sequence[Decision], sitting: Sitting) -> list[Decision]:
    """Put the lines of findings into the tasks they belong to: written now, or open already."""
    waiting: dict[str, list[Decision]] = defaultdict(list)
    for one in decisions:
        if one.reason is Reason.ALSO and one.key not in sitting.mentioned(one.inside):
            waiting[one.inside].append(one)
    done = [
        _with_lines(one, waiting.pop(one.key, [])) if _has_text(one) else one for one in decisions
    ]
    added = [_note(key, some, sitting) for key, some in sorted(waiting.items())]
    return [*done, *(one for one in added if one is not None)]


def _has_text(decision: Decision) -> bool:
    return decision.draft is not None or decision.tell is not None


def _with_lines(decision: Decision, also: Sequence[Decision]) -> Decision:
    """A new task holds as many lines as there is room for; the others come in a later run."""
    if not also:
        return decision
    lines = [one.line for one in also]
    if decision.draft is None:
        assert decision.tell is not None
        tell = replace(decision.tell, lines=(*decision.tell.lines, *lines))
        return replace(decision, tell=tell, covers=(*decision.covers, *(d.key for d in also)))
    body, fitted = wording.with_also(decision.draft.body, lines)
    covers = tuple(one.key for one in also[:fitted])
    return replace(decision, draft=replace(decision.draft, body=body), covers=covers)


def _note(key: str, also: Sequence[Decision], sitting: Sitting) -> Decision | None:
    """Lines for a task that is open; none for one that a brake has stopped."""
    task = sitting.memory.tasks.get(key)
    if task is None or not task.living:
        return None
    lines = tuple(one.line for one in also)
    return replace(
        of_task(task, Reason.LINES_ADDED),
        tell=TaskNote(key=key, task_id=task.task_id, lines=lines),
        covers=tuple(one.key for one in also),
    )
