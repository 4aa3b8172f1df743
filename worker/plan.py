"""Decide what to write: findings, ledger, limits and a moment give a plan. Touches nothing.

Every finding gets a reason, also one that leads to nothing. Whether writing is switched on is not
asked here: a plan says what would be written; `apply` is only called where writing is allowed.

The ladder of a task, first rung that fits, for a finding whose episode has the key K:

    its owner's activity cannot be seen               CANNOT_SEE
    K is open in the CRM                              ALREADY_OPEN
    K was snoozed, ticked off, deleted, taken back    SNOOZED, CLAIMED, DISMISSED, UNDONE
    or closed before, or had expired                  CLOSED_BEFORE, EXPIRED_BEFORE
        (but `repeat_after` this end there is a K of its own, unless a person deleted one)
    another task of ours is open on the record        ALSO (a line of it), RECORD_HAS_TASK
    nobody knows whether the CRM holds it             UNANSWERED
    the CRM refused this very task before             REFUSED_BEFORE
    the rule may not write                            SHADOW, MEANING_CHANGED
    it was overdue before the rule's start            BACKLOG
    nobody is there to do it, or at work              NO_RECEIVER, PILOT_ONLY, QUIET_HOURS
    the receiver has had enough                       PERSON_DAY_FULL, PERSON_FULL
    the rule has had enough                           RULE_DAY_FULL, RULE_RUN_FULL
    the rule would write too much                     BRAKE
    otherwise                                         NEW

An alert goes out once an episode (ALERT, then ALREADY_TOLD); a line waits for Monday (LINE,
LINE_WAITS) and the lines of a person become one task (WEEK, at last WEEK_OVER). Both pass the same
rungs where they have a meaning. An episode whose task has been open for long leads to the steps of
its escalation that are due (STEP_DUE), and an open task whose finding stands no more is closed
(DUTY_MET), those of its steps too. So is one that a person has done with by a word (HEARD), and one
that has been open for too long (EXPIRED). What something prevents between plan and writing is
GONE_MEANWHILE; what could not be looked at once more is NOT_LOOKED.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from rules import wording
from rules.checked import Rule, Severity
from rules.finding import Finding
from worker.about import Kind
from worker.also import gather
from worker.brake import Braking, brake
from worker.decision import Decision, Plan, Reason, end_of, of_task
from worker.departed import departed
from worker.digest import lists, old_lists
from worker.escalation import steps
from worker.expiry import expired, proven
from worker.grounds import Judged, Limits, Memory, Setting
from worker.known import TaskState, Turn
from worker.manager_lines import manager_lines
from worker.obeying import obey
from worker.outcomes import outcomes
from worker.quiet import known_rules
from worker.rollup import over, roll_ups
from worker.sitting import Sitting

__all__ = ["Decision", "Judged", "Limits", "Memory", "Plan", "Reason", "Setting", "make_plan"]


def make_plan(
    rules: Mapping[str, Rule], judged: Judged, memory: Memory, setting: Setting, now: dt.datetime
) -> Plan:
    """Decide about every finding, and about every open task whose finding has ended.

    `now` is the CRM's clock, UTC.
    """
    known = known_rules(rules, memory.rules, now)
    closes = list(_closes(rules, judged, memory))
    sitting = Sitting(memory, setting, now)
    ends = _ends(judged, sitting, closes)
    sitting.let_go(d.key for d in ends if d.close is not None)
    found = [
        decision
        for finding in sorted(judged.findings, key=_urgency)
        for decide in (outcomes, steps)
        for decision in decide(rules[finding.rule], finding, sitting)
    ]
    kept, held = brake([*found, *ends], _braking(rules, judged, sitting))
    if not judged.anomalies:
        kept += manager_lines(rules, judged.clients, sitting)
        kept += roll_ups(kept, sitting)
        kept += over(kept, sitting) if judged.whole else ()
        kept += [*lists(kept, sitting), *old_lists(sitting)]
    decisions = gather(kept, sitting)
    return Plan(
        decisions=tuple(sorted(decisions, key=_order)),
        rules=known,
        look_at=(*_doubts(judged), *departed(kept, sitting)),
        held=held,
        counted=judged.counted,
    )


def _braking(rules: Mapping[str, Rule], judged: Judged, sitting: Sitting) -> Braking:
    tasks = sitting.memory.tasks.values()
    today = sitting.local_day(None, sitting.now)
    known = {name for rule in rules.values() for name in (rule.id, rule.was)}
    return Braking(
        limits=sitting.setting.limits,
        population=judged.population,
        before=sitting.memory.live_writes,
        today=sum(sitting.local_day(None, one.written_at) == today for one in tasks),
        owners=sum(one.active and not one.is_queue for one in sitting.setting.people.values()),
        living=sum(one.living for one in tasks),
        anomalies=judged.anomalies,
        gone={
            (one.about.subject, one.about.record_id, one.anchor): one.rule
            for one in tasks
            if one.kind is Kind.TASK and one.rule not in known
        },
    )


def _doubts(judged: Judged) -> Iterator[str]:
    for one in judged.anomalies:
        yield f"the data look wrong: {one}. Nothing new is written until somebody says yes."


def _ends(judged: Judged, sitting: Sitting, closes: Sequence[Decision]) -> list[Decision]:
    """What becomes of tasks that are there: evidence first, then a person's word, then time."""
    closing = frozenset(d.key for d in closes)
    heard = list(obey(sitting, judged.explained, closing))
    theirs = closing | {d.key for d in heard}
    late = expired(sitting, theirs)
    shown = (d for d in proven(sitting, judged.proofs) if d.key not in theirs)
    return [*(_as_deletion(one, sitting) for one in closes), *heard, *late, *shown]


def _as_deletion(end: Decision, sitting: Sitting) -> Decision:
    """The end of a task whose duty is met, where the admin wants such tasks deleted.

    On a deal the completed task would count as its last activity (practices C0). One that a
    person has changed, or written into, is closed: their words stay.
    """
    task = sitting.memory.tasks[end.key]
    if not sitting.setting.deletes or task.touched or task.reopened or task.said:
        return end
    turn = end.turn or Turn(state=TaskState.RESOLVED, reason=end.note)
    return replace(end, deletes=task.modified_at or task.written_at, turn=turn)


_WEIGHT: Final = {Severity.HIGH: 0, Severity.MEDIUM: 1, Severity.LOW: 2}


def _urgency(finding: Finding) -> tuple[int, Decimal, dt.datetime, str, str, str]:
    """Order findings: the gravest first, then the largest deal, then the longest overdue."""
    size = -(finding.amount or Decimal(0))
    record = (finding.subject, finding.record_id)
    return (_WEIGHT[finding.severity], size, finding.deadline, *record, finding.rule)


def _order(decision: Decision) -> tuple[str, str, str, str, str]:
    """The order in which a plan is read and written; it has nothing to do with urgency."""
    about = decision.about
    return (decision.rule, about.subject, about.record_id, decision.key, decision.line)


def _closes(rules: Mapping[str, Rule], judged: Judged, memory: Memory) -> Iterator[Decision]:
    """Yield the end of every task whose finding has ended, in the words of its rule if any."""
    by_name = {name: rule for rule in rules.values() for name in (rule.was, rule.id) if name}
    for key, ending in sorted(judged.endings.items()):
        task = memory.tasks[key]
        template = by_name[task.rule].resolve.close_task_with if task.rule in by_name else None
        said = wording.closing_line(template, ending, judged.values.get(key, {})).rstrip(".")
        yield replace(
            of_task(task, Reason.DUTY_MET),
            note=said,
            proven=ending.touch is not None,
            close=end_of(task, said),
        )
