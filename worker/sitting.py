"""One planning: what it rests on, and what it has given out so far. Reads no clock and no store.

An episode is what its first task and the repetitions of it are about. Whether one may be written
again is decided here, from the tasks alone.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from rules.calendars import Calendar
from rules.checked import Mode, Rule
from rules.finding import Finding
from rules.people import Person, receiver
from worker.about import About, Kind
from worker.decision import Reason
from worker.grounds import Memory, Setting
from worker.known import LIVING, KnownTask, TaskState
from worker.trays import Trays

_PAST: Final = {
    TaskState.OPEN: Reason.ALREADY_OPEN,
    TaskState.ESCALATED: Reason.ALREADY_OPEN,
    TaskState.SNOOZED: Reason.SNOOZED,
    TaskState.CLAIMED: Reason.CLAIMED,
    TaskState.DISMISSED: Reason.DISMISSED,
    TaskState.UNDONE: Reason.UNDONE,
    TaskState.RESOLVED: Reason.CLOSED_BEFORE,
    TaskState.EXPIRED: Reason.EXPIRED_BEFORE,
}

#: A task that ended like this is followed by none, however long ago.
_FOR_GOOD: Final = frozenset({TaskState.DISMISSED, TaskState.UNDONE})


@dataclass(frozen=True, kw_only=True)
class Episode:
    """Where an episode stands: the key and anchor of its present task, or of the one to write."""

    key: str
    anchor: dt.datetime | None
    past: Reason | None  # why there is no task to write; None: there is
    repeated: bool = False
    open: KnownTask | None = None
    closed: KnownTask | None = None  # the task that is to be opened again


class Sitting:
    """Everything that decisions of one plan share."""

    def __init__(
        self,
        memory: Memory,
        setting: Setting,
        now: dt.datetime,
    ) -> None:
        self.memory, self.setting, self.now = memory, setting, now
        self._calendars: dict[tuple[str | None, str | None], Calendar] = {}
        self._episodes: dict[tuple[str, str], list[KnownTask]] = defaultdict(list)
        for task in memory.tasks.values():
            if task.kind is Kind.TASK:
                self._episodes[task.about.subject, task.about.record_id].append(task)
        self.let_go(())

    def let_go(self, closing: Iterable[str]) -> None:
        """Count anew without the tasks that this plan closes, by key."""
        gone = frozenset(closing)
        rest = [task for task in self.memory.tasks.values() if task.key not in gone]
        self.trays = Trays(rest, self.setting.limits, self.now, self.local_day)

    # -- people ------------------------------------------------------------------------------

    def calendar(self, person_id: str | None, hours: str | None = None) -> Calendar:
        """Return a person's business time; of an unknown person the org's."""
        if (person_id, hours) not in self._calendars:
            one = self.setting.people.get(person_id or "")
            email, zone = (one.email, one.time_zone) if one else (None, None)
            made = self.setting.org.calendar_of(email, zone, hours)
            self._calendars[person_id, hours] = made
        return self._calendars[person_id, hours]

    def local_day(self, person_id: str | None, moment: dt.datetime) -> dt.date:
        """Return the day that a moment is for a person."""
        return self.calendar(person_id).local(moment).date()

    def receiver(self, to: Sequence[str], finding: Finding) -> Person | None:
        """Return the first of `to` who is there today, by the owner's day.

        Where all of them have left: the owner's manager, else whom the admin names. Whoever is on
        leave comes back.
        """
        found = self._first_there(to, finding)
        if found is not None or not self._have_left(to, finding):
            return found
        return self._first_there(("manager", *self.setting.otherwise_to), finding)

    def _first_there(self, to: Sequence[str], finding: Finding) -> Person | None:
        return receiver(
            to,
            finding.roles,
            self.setting.people,
            day=self.local_day(finding.owner_id, self.now),
            pool_load=self.trays.open,
        )

    def _have_left(self, to: Sequence[str], finding: Finding) -> bool:
        """Whether nobody of the record whom `to` names will ever read it."""
        named = [finding.roles[word] for word in to if word in finding.roles]
        found = [self.setting.people.get(id or "") for id in named]
        return bool(named) and not any(person is not None and person.active for person in found)

    def links(self, finding: Finding) -> list[tuple[str, str]]:
        """Return what a person opens to look, and its address; the nearest first."""
        places = {
            "deal": finding.deal_id,
            "account": finding.account_id,
            "contact": finding.contact_id,
        }
        return [(word, self.setting.record_url(word, id)) for word, id in places.items() if id]

    # -- episodes ----------------------------------------------------------------------------

    def episode(self, rule: Rule, finding: Finding) -> Episode:
        """Say where the episode of a finding stands.

        A task that ended long enough ago (`limits.repeat_after`) is followed by one whose anchor
        is that end. One that a person did not want, or that was taken back, is followed by none.
        """
        key = self.task_key(rule, finding, finding.anchor)
        first = self.memory.tasks.get(key)
        if first is None:
            return self._so_soon(rule, finding) or Episode(
                key=key, anchor=finding.anchor, past=None
            )
        tasks = [first, *self._later(rule, finding, first)]
        for states in (LIVING, _FOR_GOOD):
            for task in tasks:
                if task.state in states:
                    return _as_it_stands(task)
        last = max(tasks, key=lambda task: (task.ended_at or task.written_at, task.key))
        again = self._again(rule, finding, last)
        if again is None:
            return _as_it_stands(last)
        key = self.task_key(rule, finding, again)
        return Episode(key=key, anchor=again, past=None, repeated=True)

    def open_task(self, rule: Rule, finding: Finding) -> KnownTask | None:
        """Return the task of a finding that is open.

        The duty of a person is one a week: a task of an earlier week, still open, is theirs.
        """
        task = self.episode(rule, finding).open
        if task is not None or finding.subject != "owner":
            return task
        theirs = self._episodes[finding.subject, finding.record_id]
        open_ones = (t for t in theirs if t.rule in (rule.id, rule.was))
        return next((t for t in open_ones if t.living), None)

    def task_key(self, rule: Rule, finding: Finding, anchor: dt.datetime, step: int = 0) -> str:
        """Return the key of a task of a rule, or of one of its steps."""
        ring, of = self.setting.keyring, rule.was or rule.id
        return ring.task_key(of, finding.subject, finding.record_id, anchor, step)

    def alert_key(self, rule: Rule, finding: Finding, anchor: dt.datetime, step: int = 0) -> str:
        """Return the key of an alert of a rule, or of one of its steps."""
        ring, of = self.setting.keyring, rule.was or rule.id
        return ring.alert_key(of, finding.subject, finding.record_id, anchor, step)

    def told(self, key: str) -> bool:
        """Tell whether an alert went out; where the CRM cannot notify, it is a task."""
        return key in self.memory.alerted or key in self.memory.tasks

    def _later(self, rule: Rule, finding: Finding, first: KnownTask) -> list[KnownTask]:
        """The repetitions of a task, known by rule and record, also where their anchor is lost."""
        if rule.limits.repeat_after is None:
            return []
        since = first.ended_at or first.written_at
        return [
            task
            for task in self._episodes[finding.subject, finding.record_id]
            if task.key != first.key and task.rule in (rule.id, rule.was)
            if task.written_at >= since
        ]

    def _so_soon(self, rule: Rule, finding: Finding) -> Episode | None:
        """The episode before, where it is open still or ended so lately that this one is it."""
        wait = rule.limits.reopen_within
        if wait is None:
            return None
        calendar = self.calendar(finding.owner_id, rule.calendar)
        before = [
            task
            for task in self._episodes[finding.subject, finding.record_id]
            if task.rule in (rule.id, rule.was) and _is_ours_to_open(task)
        ]
        if not before:
            return None
        last = max(before, key=lambda task: (task.living, task.ended_at or self.now, task.key))
        if last.living:
            return _as_it_stands(last)
        ended = last.ended_at or last.written_at
        if self.now >= calendar.add(ended, wait):
            return None
        return Episode(key=last.key, anchor=last.anchor, past=None, repeated=True, closed=last)

    def _again(self, rule: Rule, finding: Finding, last: KnownTask) -> dt.datetime | None:
        wait = rule.limits.repeat_after
        if wait is None or last.ended_at is None:
            return None
        calendar = self.calendar(finding.owner_id, rule.calendar)
        return last.ended_at if calendar.add(last.ended_at, wait) <= self.now else None

    # -- whether a rule may write ------------------------------------------------------------

    def cannot_see(self, rule: Rule, finding: Finding) -> str | None:
        """Return why this person cannot be judged by what is missing; None if they can.

        Where only a manager's contact will do, the manager is judged; who has none, is their own.
        """
        if not rule.judges_contact:
            return None
        owner = self.setting.people.get(finding.owner_id or "")
        manager = owner.manager_id if owner and rule.asks_manager else None
        if manager is not None:
            return self.setting.unseen.get(manager)
        return self.setting.unjudgeable.get(finding.owner_id or "")

    def why_nobody(self, rule: Rule, person: Person | None) -> Reason | None:
        """Return why a rule writes for nobody here, or None."""
        if person is None:
            return Reason.NO_RECEIVER
        piloted = rule.mode is not Mode.PILOT or self.setting.in_pilot(person)
        return None if piloted else Reason.PILOT_ONLY

    def why_not_now(self, rule: Rule, person: Person | None) -> Reason | None:
        """Return why a rule writes for nobody here at this hour, or None."""
        nobody = self.why_nobody(rule, person)
        if nobody is not None or person is None or self.at_work(person.id):
            return nobody
        return Reason.QUIET_HOURS

    def at_work(self, person_id: str) -> bool:
        """Tell whether a person may be told something now: a working day of theirs, in its hours.

        Always, where the admin has switched quiet hours off.
        """
        calendar = self.calendar(person_id)
        local = calendar.local(self.now)
        hours = calendar.hours
        open_now = hours.opens <= local.time() < hours.closes and hours.is_working(local.date())
        return open_now or not self.setting.quiet_hours

    def mentioned(self, key: str) -> frozenset[str]:
        """Return what a task says beside its own matter."""
        return self.memory.mentions.get(key, frozenset())


def _is_ours_to_open(task: KnownTask) -> bool:
    """What a person ended stays ended."""
    return task.living or (task.state is TaskState.RESOLVED and not task.said)


def _as_it_stands(task: KnownTask) -> Episode:
    return Episode(
        key=task.key,
        anchor=task.anchor,
        past=_PAST[task.state],
        open=task if task.living else None,
    )


def about(finding: Finding) -> About:
    """Return the record a finding is about, as the ledger keeps it."""
    of_deal, of_account = finding.subject == "deal", finding.subject == "account"
    return About(
        subject=finding.subject,
        record_id=finding.record_id,
        deal_id=finding.deal_id or (finding.record_id if of_deal else None),
        account_id=finding.account_id or (finding.record_id if of_account else None),
    )
