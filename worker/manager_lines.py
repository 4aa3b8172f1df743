"""What a manager reads on Monday about the tasks of their people, beside what rules tell. Pure.

Counts and dates, no judgement: tasks that expired, that were ticked off without evidence, that were
handled outside the CRM (how many, never which), and snoozes of more than a month with their reason.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from rules import wording
from rules.checked import Mode, Rule
from rules.people import Person
from worker.about import About, Kind
from worker.decision import Decision, Reason
from worker.digest import bare_line, week_of
from worker.known import KnownTask, TaskState
from worker.sitting import Sitting
from worker.words_typed import Word

_WEEK: Final = dt.timedelta(days=7)
#: A snooze that is longer than this is told.
LONG_SNOOZE: Final = dt.timedelta(days=30)
_OURS: Final = frozenset({Kind.TASK, Kind.STEP})


def manager_lines(
    rules: Mapping[str, Rule], clients: Mapping[str, str], sitting: Sitting
) -> Iterator[Decision]:
    """Yield the lines of this week that are about people's tasks; `clients` are names by key."""
    by_name = {name: rule for rule in rules.values() for name in (rule.was, rule.id) if name}
    by_owner: dict[str, list[KnownTask]] = defaultdict(list)
    for task in sitting.memory.tasks.values():
        if task.kind in _OURS and _is_news(task, by_name.get(task.rule), sitting):
            by_owner[task.owner_id or ""].append(task)
    for owner_id, tasks in sorted(by_owner.items()):
        yield from _of_owner(owner_id, tasks, clients, sitting)


def _manager(task: KnownTask, sitting: Sitting) -> Person | None:
    owner = sitting.setting.people.get(task.owner_id or "")
    manager = sitting.setting.people.get(owner.manager_id or "") if owner else None
    there = manager is not None and manager.there(sitting.local_day(manager.id, sitting.now))
    return manager if there else None


def _is_news(task: KnownTask, rule: Rule | None, sitting: Sitting) -> bool:
    """Whether it ended in the week before this Monday, or sleeps for long, and may be told."""
    manager = _manager(task, sitting)
    if rule is None or rule.mode is Mode.SHADOW or manager is None:
        return False
    if sitting.why_nobody(rule, manager) is not None:
        return False
    begins = week_of(manager.id, sitting).begins
    if task.state is TaskState.SNOOZED:
        return task.until is not None and task.until - sitting.now > LONG_SNOOZE
    return task.ended_at is not None and begins - _WEEK <= task.ended_at < begins


def _of_owner(
    owner_id: str, tasks: list[KnownTask], clients: Mapping[str, str], sitting: Sitting
) -> Iterator[Decision]:
    owner = sitting.setting.people[owner_id]
    claimed = sum(task.state is TaskState.CLAIMED for task in tasks)
    elsewhere = sum(task.said == Word.ELSEWHERE for task in tasks)
    said = [wording.claimed_line(owner.name, claimed)] if claimed else []
    said += [wording.elsewhere_line(owner.name, elsewhere)] if elsewhere else []
    for task in sorted(tasks, key=lambda one: (one.written_at, one.key)):
        client = clients.get(task.key, "a client")
        if task.state is TaskState.EXPIRED:
            said.append(wording.expired_line(client, owner.name))
        elif task.state is TaskState.SNOOZED and task.until is not None:
            until = sitting.local_day(owner_id, task.until)
            said.append(wording.snoozed_line(client, owner.name, until, task.reason))
    manager = _manager(tasks[0], sitting)
    for text in said:
        if manager is not None:
            about = About(subject="owner", record_id=owner_id)
            line = bare_line(tasks[0].rule, about, manager, text, sitting)
            if line.reason is Reason.LINE:
                yield line
