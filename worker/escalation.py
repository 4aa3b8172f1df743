"""Steps of an episode: its task is open, and has been for long, so somebody else is told.

Never of a person whose activity cannot be seen, and not of a task that was adopted after the
ledger was lost and has no anchor: its steps may have been taken, and the CRM keeps no record of a
notification. At most once is worth more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

from rules.calendars import Calendar
from rules.checked import Line, Mode, Rule, Step, TaskText
from rules.finding import Finding
from rules.lengths import Length
from rules.people import Person
from worker.about import Kind
from worker.decision import Decision, Reason
from worker.digest import line_decision
from worker.known import KnownTask, TaskState
from worker.outcomes import alert, draft
from worker.sitting import Sitting, about


@dataclass(frozen=True, kw_only=True)
class _Due:
    """A step whose time has come, and who is there for it."""

    rule: Rule
    finding: Finding
    step: Step
    number: int
    anchor: dt.datetime  # of the task that is open
    task_key: str
    since: dt.datetime
    person: Person


def steps(rule: Rule, finding: Finding, sitting: Sitting) -> Iterator[Decision]:
    """Yield the steps of a finding that are due and were not taken before.

    Time counts from the moment the task was written, or its snooze was over, in the business time
    of the owner.
    """
    task = sitting.open_task(rule, finding) if rule.escalate else None
    if (
        task is None
        or task.state is TaskState.SNOOZED
        or rule.mode is Mode.SHADOW
        or sitting.cannot_see(rule, finding)
    ):
        return
    for due in _due(rule, finding, task, sitting):
        decision = _outcome(due, sitting)
        if decision is not None:
            yield decision


def _due(rule: Rule, finding: Finding, task: KnownTask, sitting: Sitting) -> Iterator[_Due]:
    calendar = sitting.calendar(finding.owner_id, rule.calendar)
    for number, step in enumerate(rule.escalate, 1):
        since = _since(step, finding, task, calendar)
        person = sitting.receiver(step.to, finding)
        if since > sitting.now or person is None or task.anchor is None:
            continue
        if person.id != task.owner_id and sitting.why_nobody(rule, person) is None:
            yield _Due(
                rule=rule,
                finding=finding,
                step=step,
                number=number,
                anchor=task.anchor,
                task_key=task.key,
                since=since,
                person=person,
            )


def _since(step: Step, finding: Finding, task: KnownTask, calendar: Calendar) -> dt.datetime:
    if isinstance(step.after, Length):
        return calendar.add(task.runs_from, step.after)
    limit = calendar.seconds_between(finding.anchor, finding.deadline)
    return calendar.add_seconds(task.runs_from, step.after.number * limit)


def _outcome(due: _Due, sitting: Sitting) -> Decision | None:
    if due.step.alert is not None:
        return _alert(due, due.step.alert, sitting)
    if due.step.task is not None:
        return _task(due, due.step.task, sitting)
    line = Line(to=due.step.to, text=due.step.digest or "")
    return line_decision(due.rule, line, due.finding, sitting, since=due.since)


def _alert(due: _Due, text: str, sitting: Sitting) -> Decision | None:
    key = sitting.alert_key(due.rule, due.finding, due.anchor, due.number)
    if sitting.told(key) or not sitting.at_work(due.person.id):
        return None
    decision = _decision(due, key, Kind.ALERT)
    return replace(decision, alert=alert(due.rule, text, decision, due.person, sitting))


def _task(due: _Due, text: TaskText, sitting: Sitting) -> Decision | None:
    key = sitting.task_key(due.rule, due.finding, due.anchor, due.number)
    if key in sitting.memory.tasks or not sitting.at_work(due.person.id):
        return None
    decision = _decision(due, key, Kind.STEP)
    refused = Reason.REFUSED_BEFORE if key in sitting.memory.refused else None
    reason = refused or sitting.trays.why_full(due.person)
    if reason is not None:
        return replace(decision, reason=reason)
    sitting.trays.put(due.person, decision.about, key, due.rule.id)
    return replace(decision, draft=draft(due.rule, text, decision, due.person, sitting))


def _decision(due: _Due, key: str, kind: Kind) -> Decision:
    return Decision(
        rule=due.rule.id,
        about=about(due.finding),
        key=key,
        kind=kind,
        reason=Reason.STEP_DUE,
        finding=due.finding,
        anchor=due.anchor,
        escalates=due.task_key,
        to=due.person.name,
        to_id=due.person.id,
    )
