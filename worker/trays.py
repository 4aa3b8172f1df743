"""Whose tray holds how many of our tasks while a plan is made, and what a rule has given out.

A snoozed task holds its place and weighs on nobody. An alert is not counted: where the CRM can
notify it is no task at all. Nor is the list of a week: it is one, and asks for nothing.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from rules.checked import Rule
from rules.people import Person
from worker.about import About, Kind
from worker.decision import Reason
from worker.grounds import Limits
from worker.known import KnownTask, TaskState

_COUNTED: Final = (Kind.TASK, Kind.STEP)
_ONE_DAY_ANYWHERE: Final = dt.timedelta(days=2)


class Holder(NamedTuple):
    """The task that holds the one place of its record."""

    key: str
    rule: str
    owner_id: str


class Trays:
    """Counts what is open, what was new today, and what this plan adds."""

    def __init__(
        self,
        tasks: Iterable[KnownTask],
        limits: Limits,
        now: dt.datetime,
        local_day: Callable[[str | None, dt.datetime], dt.date],
    ) -> None:
        """`tasks` are those that the plan does not close; `local_day` is a person's own."""
        counted = [task for task in tasks if task.kind in _COUNTED]
        still = [task for task in counted if task.living]
        awake = [task for task in still if task.state is not TaskState.SNOOZED]
        today = [
            task
            for task in counted
            if now - task.written_at < _ONE_DAY_ANYWHERE
            and local_day(task.owner_id, task.written_at) == local_day(task.owner_id, now)
        ]
        self._limits = limits
        self._slots = {
            t.about.slot: Holder(t.key, t.rule, t.owner_id or "") for t in reversed(still)
        }
        self._open = Counter(task.owner_id or "" for task in awake)
        self._today = Counter(task.owner_id or "" for task in today)
        self._by_rule = Counter((t.rule, t.owner_id or "") for t in today if t.kind is Kind.TASK)
        self._run: Counter[str] = Counter()

    @property
    def open(self) -> Mapping[str, int]:
        """Our open tasks by person."""
        return self._open

    def holder(self, about: About) -> Holder | None:
        """Return the task of ours that is open where this one would hang, or None."""
        return self._slots.get(about.slot)

    def why_full(self, person: Person) -> Reason | None:
        """Return why this person gets nothing more today, or None."""
        if self._today[person.id] >= self._limits.new_per_person_and_day:
            return Reason.PERSON_DAY_FULL
        if self._open[person.id] >= self._limits.open_per_person:
            return Reason.PERSON_FULL
        return None

    def why_enough(self, rule: Rule, person: Person) -> Reason | None:
        """Return which limit of the rule's own is reached, or None."""
        most = rule.limits.per_owner_per_day
        given = sum(self._by_rule[name, person.id] for name in {rule.id, rule.was or rule.id})
        if most is not None and given >= most:
            return Reason.RULE_DAY_FULL
        return self.why_run_over(rule)

    def why_run_over(self, rule: Rule) -> Reason | None:
        """Return RULE_RUN_FULL when the rule has written its number in this run, or None."""
        most = rule.limits.per_run
        return Reason.RULE_RUN_FULL if most is not None and self._run[rule.id] >= most else None

    def put(self, person: Person, about: About, key: str, rule: str) -> None:
        """Count a new task of this person, under its key."""
        self._today[person.id] += 1
        self._open[person.id] += 1
        self._slots[about.slot] = Holder(key, rule, person.id)

    def gave(self, rule: Rule, person: Person) -> None:
        """Count what a rule itself wrote, beside its steps."""
        self._by_rule[rule.id, person.id] += 1
        self._run[rule.id] += 1
