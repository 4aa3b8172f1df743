"""The rest of a person's findings, in one task, when they have enough tasks of their own. Pure.

At most one is open a person. A finding stands in a roll-up once: whoever ticked it off or deleted
it is not shown the same lines again. Each finding still becomes a task of its own when there is
room, the gravest first. A roll-up of which nothing is left is closed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from connectors.model import TaskDraft, TaskNote
from rules import wording
from rules.lengths import DueWord
from rules.marks import Mark
from worker.about import About, Kind
from worker.decision import DIGEST_RULE, Decision, Reason, end_of, of_task
from worker.known import KnownTask
from worker.sitting import Sitting

_FULL: Final = frozenset({Reason.PERSON_DAY_FULL, Reason.PERSON_FULL})
#: A finding with one of these has, or had, a task of its own.
_OWN_TASK: Final = frozenset(
    {
        *(Reason.NEW, Reason.REOPENED, Reason.ALREADY_OPEN, Reason.SNOOZED, Reason.CLAIMED),
        *(Reason.DISMISSED, Reason.UNDONE, Reason.CLOSED_BEFORE, Reason.EXPIRED_BEFORE),
    }
)


def roll_ups(decisions: Sequence[Decision], sitting: Sitting) -> Iterator[Decision]:
    """Yield the roll-up of each person who has enough, or what is new in the one that is open."""
    by_person: dict[str, list[Decision]] = defaultdict(list)
    for one in decisions:
        if one.kind is Kind.TASK and one.reason in _FULL and one.finding is not None:
            by_person[one.to_id].append(one)
    for person_id, some in sorted(by_person.items()):
        theirs = [t for t in _roll_ups(sitting) if t.about.record_id == person_id]
        shown = {mark for task in theirs for mark in sitting.mentioned(task.key)}
        fresh = [one for one in some if one.key not in shown]
        if fresh and sitting.at_work(person_id):
            decision = _one(person_id, fresh, theirs, sitting)
            if decision is not None:
                yield decision


def over(decisions: Sequence[Decision], sitting: Sitting) -> Iterator[Decision]:
    """Yield the end of every roll-up whose findings are done with, or have tasks of their own."""
    waiting = {d.key for d in decisions if d.finding is not None and d.reason not in _OWN_TASK}
    for task in _roll_ups(sitting):
        if task.living and not task.reopened and not waiting & sitting.mentioned(task.key):
            why = "every point of it is done, or has a task of its own"
            yield replace(of_task(task, Reason.ROLL_UP_OVER), close=end_of(task, why))


def _roll_ups(sitting: Sitting) -> list[KnownTask]:
    return [task for task in sitting.memory.tasks.values() if task.kind is Kind.ROLL_UP]


def _one(
    person_id: str, some: Sequence[Decision], theirs: Sequence[KnownTask], sitting: Sitting
) -> Decision | None:
    about = About(subject="owner", record_id=person_id)
    lines = [one.line for one in some]
    still = next((task for task in theirs if task.living), None)
    day = sitting.local_day(person_id, sitting.now)
    key = still.key if still else sitting.setting.keyring.roll_up_key(person_id, day.isoformat())
    if still is None and (key in sitting.memory.tasks or key in sitting.memory.refused):
        return None  # today's was ticked off or deleted: tomorrow is another day
    decision = Decision(
        rule=DIGEST_RULE,
        about=about,
        key=key,
        kind=Kind.ROLL_UP,
        reason=Reason.ROLL_UP,
        to=some[0].to,
        to_id=person_id,
        covers=tuple(one.key for one in some),
    )
    if still is not None:
        added = tuple(wording.roll_up_line(line) for line in lines)
        note = TaskNote(key=key, task_id=still.task_id, lines=added)
        return replace(decision, tell=note)
    mark = Mark(rule=DIGEST_RULE, kind=str(Kind.ROLL_UP), subject="owner", record_id=person_id)
    draft = TaskDraft(
        key=key,
        deal_id=None,
        contact_id=None,
        owner_id=person_id,
        subject=wording.roll_up_subject(len(lines)),
        body=wording.roll_up_body(lines, mark, f"{day:%Y%m%d}", key),
        due=wording.due_day(DueWord.END_OF_WEEK, sitting.now, sitting.calendar(person_id)),
    )
    return replace(decision, draft=draft)
