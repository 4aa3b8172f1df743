"""Decide what to write: findings, ledger, limits and a moment give a plan. Touches nothing.

Every finding gets a reason, also one that leads to nothing. Whether writing is switched on is not
asked here: a plan says what would be written; `apply` is only called where writing is allowed.

The ladder, first rung that fits, for a finding whose episode has the key K:

    K is open in the CRM                              ALREADY_OPEN
    K was ticked off, deleted or closed before        CLAIMED, DISMISSED, CLOSED_BEFORE
    another task of ours is open on the deal          DEAL_HAS_TASK
    the CRM refused this very task before             REFUSED_BEFORE
    the rule may not write                            SHADOW, PILOT_ONLY, MEANING_CHANGED
    it was overdue before the rule's start            BACKLOG
    nobody is there to do it                          NO_RECEIVER
    the receiver has had enough                       PERSON_DAY_FULL, PERSON_FULL
    the rule would write too much                     BRAKE
    otherwise                                         NEW

Beside it, an episode whose task has been open for long leads to the steps of its escalation that
are due (STEP_DUE), and an open task whose finding stands no more is closed (DUTY_MET).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import Final

from connectors.model import Alert, TaskClose, TaskDraft
from rules import wording
from rules.checked import Mode, Rule, Severity, Start
from rules.evaluate import Org
from rules.evidence import Ending, Finding
from rules.people import Person, receiver
from worker.keys import Keyring
from worker.ledger import CLOSED_BY_US, KnownRule, KnownTask, TaskState


class Reason(StrEnum):
    """Why a finding leads to a task, or to none. The text is for people."""

    NEW = "a task is written"
    ALREADY_OPEN = "its task is open in the CRM"
    CLAIMED = "a person ticked its task off; it is not asked again"
    DISMISSED = "a person deleted its task; it does not come back"
    CLOSED_BEFORE = "its task was closed before; the same episode is not opened twice"
    DEAL_HAS_TASK = "another task of ours is open on this deal"
    REFUSED_BEFORE = "the CRM refused this task before"
    SHADOW = "the rule is in shadow: it reports and writes nothing"
    PILOT_ONLY = "the rule is in pilot, and this person is not in it"
    MEANING_CHANGED = "the rule has changed; it writes again from the next run"
    BACKLOG = "it was overdue before the rule was switched on; the backlog is only counted"
    NO_RECEIVER = "nobody it could go to is there"
    PERSON_DAY_FULL = "the person has had today's number of new tasks"
    PERSON_FULL = "the person has enough of our tasks open"
    BRAKE = "the rule would write too many tasks at once"
    DUTY_MET = "the duty is met; the task is closed"
    STEP_DUE = "its task has been open for long; somebody else is told, once"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Fatigue limits first, then brakes (`rulings: Limits, then brakes`). All are settings."""

    new_per_person_and_day: int = 3
    open_per_person: int = 7
    creates_per_rule: int = 10
    creates_share: Decimal = Decimal("0.10")  # of the deals in scope
    share_from_deals: int = 100


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What a plan is made under."""

    org: Org
    keyring: Keyring
    people: Mapping[str, Person]
    limits: Limits
    pilot: frozenset[str]  # names or ids of people in the pilot
    deal_url: Callable[[str], str]


@dataclass(frozen=True, kw_only=True)
class Memory:
    """What the ledger remembers."""

    tasks: Mapping[str, KnownTask]
    rules: Mapping[str, KnownRule]
    refused: frozenset[str]  # keys of creates that the CRM refused
    alerted: frozenset[str] = frozenset()  # keys of alerts that were sent, or may have been


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What becomes of one finding, or of one of our open tasks."""

    rule: str
    deal_id: str
    key: str
    reason: Reason
    finding: Finding | None
    note: str = ""  # more than the reason says, for a person
    draft: TaskDraft | None = None
    close: TaskClose | None = None
    alert: Alert | None = None
    to: str = ""  # the receiver's name


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Every decision of a run, in a fixed order. Same input, same plan, same hash."""

    decisions: tuple[Decision, ...]
    rules: Mapping[str, KnownRule] = field(default_factory=dict)  # to be remembered

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
    def reasons(self) -> dict[str, int]:
        """Count the decisions by reason."""
        return dict(Counter(d.reason.name.lower() for d in self.decisions))

    @property
    def hash(self) -> str:
        """Name what would be written, not when or why."""
        writes = [[d.key, d.draft.subject, d.draft.body] for d in self.creates if d.draft]
        writes += [[d.key, "close", d.close.line] for d in self.closes if d.close]
        writes += [[d.key, "alert", d.alert.title] for d in self.alerts if d.alert]
        return hashlib.sha256(json.dumps(writes).encode()).hexdigest()[:12]


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What the evaluation gave."""

    findings: Sequence[Finding]
    endings: Mapping[str, Ending]  # by key of the open task whose finding has ended
    population: Mapping[str, int]  # rule -> deals in its scope


def make_plan(
    rules: Mapping[str, Rule], judged: Judged, memory: Memory, setting: Setting, now: dt.datetime
) -> Plan:
    """Decide about every finding, and about every open task whose finding has ended.

    `now` is the CRM's clock, UTC.
    """
    known = _known_rules(rules, memory, now)
    closes = [_close(memory.tasks[key], ending) for key, ending in sorted(judged.endings.items())]
    closing = {d.key for d in closes}
    desk = _Desk(memory, setting, now, closing)
    creates = [
        _decide(rules[f.rule], f, known[f.rule], memory, setting, desk)
        for f in sorted(judged.findings, key=_urgency)
    ]
    creates = _brake(creates, judged.population, setting.limits)
    alerts = [
        alert
        for finding in judged.findings
        for alert in _alerts(rules[finding.rule], finding, memory, setting, now)
    ]
    decisions = sorted([*creates, *closes, *alerts], key=lambda d: (d.rule, d.deal_id, d.key))
    return Plan(decisions=tuple(decisions), rules=known)


_WEIGHT: Final = {Severity.HIGH: 0, Severity.MEDIUM: 1, Severity.LOW: 2}


def _urgency(finding: Finding) -> tuple[int, Decimal, dt.datetime, str, str]:
    """Order findings: the gravest first, then the largest deal, then the longest overdue."""
    size = -(finding.amount or Decimal(0))
    return (_WEIGHT[finding.severity], size, finding.deadline, finding.deal_id, finding.rule)


# -- one finding -----------------------------------------------------------------------------


class _Desk:
    """Whose desk holds how many of our tasks while the plan is made."""

    def __init__(
        self, memory: Memory, setting: Setting, now: dt.datetime, closing: set[str]
    ) -> None:
        self._limits = setting.limits
        self.now = now
        still = [
            t for t in memory.tasks.values() if t.state is TaskState.OPEN and t.key not in closing
        ]
        self.deals = {t.deal_id for t in still}
        self._open = Counter(t.owner_id for t in still)
        self._today = Counter(
            t.owner_id
            for t in memory.tasks.values()
            if _local_day(setting, t.owner_id, t.written_at) == _local_day(setting, t.owner_id, now)
        )

    def why_full(self, person: Person) -> Reason | None:
        """Return why this person gets nothing more today, or None."""
        if self._today[person.id] >= self._limits.new_per_person_and_day:
            return Reason.PERSON_DAY_FULL
        if self._open[person.id] >= self._limits.open_per_person:
            return Reason.PERSON_FULL
        return None

    def put(self, person: Person, deal_id: str) -> None:
        """Count a new task of this person."""
        self._today[person.id] += 1
        self._open[person.id] += 1
        self.deals.add(deal_id)


def _local_day(setting: Setting, owner_id: str | None, moment: dt.datetime) -> dt.date:
    person = setting.people.get(owner_id or "")
    return setting.org.calendar(person.time_zone if person else None).local(moment).date()


_PAST: Final = {
    TaskState.OPEN: Reason.ALREADY_OPEN,
    TaskState.CLAIMED: Reason.CLAIMED,
    TaskState.DISMISSED: Reason.DISMISSED,
    TaskState.RESOLVED: Reason.CLOSED_BEFORE,
}


def _decide(
    rule: Rule, finding: Finding, known: KnownRule, memory: Memory, setting: Setting, desk: _Desk
) -> Decision:
    key = setting.keyring.task_key(rule.was or rule.id, finding.deal_id, finding.anchor)
    person = receiver(rule.task.to, finding.owner_id, setting.people)
    reason = (
        _why_not_again(key, finding, memory, desk)
        or _why_not_now(rule, finding, known, memory, desk.now)
        or _why_nobody(rule, person, setting, desk)
    )
    to = person.name if person else ""
    decision = Decision(
        rule=rule.id,
        deal_id=finding.deal_id,
        key=key,
        reason=reason or Reason.NEW,
        finding=finding,
        to=to,
    )
    if reason is not None or person is None:
        return decision
    desk.put(person, finding.deal_id)
    return replace(decision, draft=draft(rule, finding, key, person, setting, desk.now))


def _why_not_again(key: str, finding: Finding, memory: Memory, desk: _Desk) -> Reason | None:
    if key in memory.tasks:
        return _PAST[memory.tasks[key].state]
    if finding.deal_id in desk.deals:
        return Reason.DEAL_HAS_TASK
    return Reason.REFUSED_BEFORE if key in memory.refused else None


def _why_not_now(
    rule: Rule, finding: Finding, known: KnownRule, memory: Memory, now: dt.datetime
) -> Reason | None:
    if rule.mode is Mode.SHADOW:
        return Reason.SHADOW
    before = memory.rules.get(rule.id)
    if before is not None and before.meaning != rule.meaning and before.live_since is not None:
        return Reason.MEANING_CHANGED
    return Reason.BACKLOG if _is_backlog(rule, finding, known.live_since or now) else None


def _is_backlog(rule: Rule, finding: Finding, live_since: dt.datetime) -> bool:
    """An episode that began before the rule's start and was overdue when the rule went live.

    One that began long before and fell due only later is new: nobody could have seen it coming
    (decision 0004).
    """
    return finding.anchor < _first_anchor(rule, live_since) and finding.deadline <= live_since


def _first_anchor(rule: Rule, live_since: dt.datetime) -> dt.datetime:
    """Return when the earliest episode may have begun that this rule writes about."""
    start = rule.start_from
    if start.start is Start.ENABLED or start.length is None:
        return live_since
    return live_since - start.length.at_most()


def _why_nobody(rule: Rule, person: Person | None, setting: Setting, desk: _Desk) -> Reason | None:
    if person is None:
        return Reason.NO_RECEIVER
    if rule.mode is Mode.PILOT and not setting.pilot & {person.id, person.name}:
        return Reason.PILOT_ONLY
    return desk.why_full(person)


def draft(
    rule: Rule, finding: Finding, key: str, person: Person, setting: Setting, now: dt.datetime
) -> TaskDraft:
    """Return the task as it would stand in the CRM."""
    calendar = setting.org.calendar(person.time_zone, rule.calendar)
    return TaskDraft(
        key=key,
        deal_id=finding.deal_id,
        contact_id=finding.contact_id,
        owner_id=person.id,
        subject=wording.subject(rule, finding),
        body=wording.body(rule, finding, key, setting.deal_url(finding.deal_id)),
        due=wording.due_day(rule.task.due, now, calendar),
        high_priority=rule.task.high_priority,
    )


# -- all of them -----------------------------------------------------------------------------


def _known_rules(
    rules: Mapping[str, Rule], memory: Memory, now: dt.datetime
) -> dict[str, KnownRule]:
    """Return what to remember: a rule that may write for the first time is live from now on."""
    known = {}
    for rule in rules.values():
        before = memory.rules.get(rule.id)
        since = before.live_since if before else None
        if rule.mode is not Mode.SHADOW:
            since = since or now
        known[rule.id] = KnownRule(meaning=rule.meaning, live_since=since)
    return known


def _close(task: KnownTask, ending: Ending) -> Decision:
    return Decision(
        rule=task.rule,
        deal_id=task.deal_id,
        key=task.key,
        reason=Reason.DUTY_MET,
        finding=None,
        note=ending.line,
        close=TaskClose(key=task.key, task_id=task.task_id, line=f"{CLOSED_BY_US} {ending.line}."),
    )


def _alerts(
    rule: Rule, finding: Finding, memory: Memory, setting: Setting, now: dt.datetime
) -> Iterator[Decision]:
    """Yield the steps of an episode that are due: its task is open, and has been for long."""
    anchored = (rule.was or rule.id, finding.deal_id, finding.anchor)
    task = memory.tasks.get(setting.keyring.task_key(*anchored))
    if task is None or not _may_escalate(rule, task):
        return
    told = memory.alerted | memory.tasks.keys()  # where the CRM cannot notify, an alert is a task
    owner = setting.people.get(finding.owner_id or "")
    calendar = setting.org.calendar(owner.time_zone if owner else None, rule.calendar)
    for number, step in enumerate(rule.escalate, 1):
        key = setting.keyring.alert_key(*anchored, number)
        person = receiver(step.to, finding.owner_id, setting.people)
        due = calendar.add(task.written_at, step.after) <= now
        if not due or key in told or person is None or person.id == task.owner_id:
            continue
        if rule.mode is Mode.PILOT and not setting.pilot & {person.id, person.name}:
            continue
        yield Decision(
            rule=rule.id,
            deal_id=finding.deal_id,
            key=key,
            reason=Reason.STEP_DUE,
            finding=finding,
            to=person.name,
            alert=Alert(
                key=key,
                deal_id=finding.deal_id,
                to_id=person.id,
                title=wording.alert_title(step, finding),
                body=wording.alert_body(rule, finding, key, setting.deal_url(finding.deal_id)),
                due=calendar.next_working(calendar.local(now).date()),
            ),
        )


def _may_escalate(rule: Rule, task: KnownTask) -> bool:
    """Tell whether somebody else may be told of a task at all.

    Not of one that was adopted after the ledger was lost, which has no anchor: its steps may have
    been taken, and the CRM keeps no record of a notification. At most once is worth more.
    """
    adopted = task.anchor is None
    return task.state is TaskState.OPEN and rule.mode is not Mode.SHADOW and not adopted


def _brake(
    decisions: Sequence[Decision], population: Mapping[str, int], limits: Limits
) -> list[Decision]:
    """Stop a rule that would write too much: all of it, before the first task (`rulings`)."""
    creates = Counter(d.rule for d in decisions if d.draft is not None)
    stopped = {
        rule: f"{n} new tasks for {population.get(rule, 0)} deals in scope"
        for rule, n in creates.items()
        if _too_many(n, population.get(rule, 0), limits)
    }
    return [
        replace(d, reason=Reason.BRAKE, note=stopped[d.rule], draft=None)
        if d.draft is not None and d.rule in stopped
        else d
        for d in decisions
    ]


def _too_many(creates: int, deals: int, limits: Limits) -> bool:
    if creates <= limits.creates_per_rule:
        return False
    return deals < limits.share_from_deals or creates > limits.creates_share * deals
