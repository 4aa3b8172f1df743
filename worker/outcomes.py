"""What a rule does about a finding: a task, an alert, a line of a weekly list. Touches nothing.

Each has its ladder of reasons why not; the first that fits is the one that is told. `plan` shows
the whole of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from connectors.model import Alert, TaskDraft, TaskNote
from rules import wording
from rules.checked import Line, Rule, Severity, TaskText
from rules.finding import Finding
from rules.people import Person
from worker.about import Kind
from worker.decision import Decision, Reason
from worker.digest import line_decision
from worker.known import KnownTask, TaskState, Turn
from worker.quiet import quiet_of
from worker.sitting import Episode, Sitting, about


def outcomes(rule: Rule, finding: Finding, sitting: Sitting) -> Iterator[Decision]:
    """Yield what becomes of one finding of a rule, its steps aside."""
    if rule.task is not None:
        yield _task(rule, rule.task, finding, sitting)
    if rule.alert is not None:
        yield _alert(rule, rule.alert, finding, sitting)
    if rule.digest is not None:
        yield _line(rule, rule.digest, finding, sitting)


def _task(rule: Rule, text: TaskText, finding: Finding, sitting: Sitting) -> Decision:
    episode = sitting.episode(rule, finding)
    person = sitting.receiver(text.to, finding)
    unseen = sitting.cannot_see(rule, finding)
    quiet = why_quiet(rule, finding, sitting, repeated=episode.repeated)
    reason = (
        (Reason.CANNOT_SEE if unseen else None)
        or episode.past
        or _why_not_here(episode, finding, sitting)
        or quiet
        or sitting.why_not_now(rule, person)
        or (person and sitting.trays.why_full(person))
        or (person and sitting.trays.why_enough(rule, person))
    )
    decided = _decision(episode.key, reason or Reason.NEW, finding, person, unseen)
    decision = replace(decided, anchor=episode.anchor)
    if reason is not None or person is None:
        return _as_a_line(rule, decision, text, sitting) if quiet is None else decision
    sitting.trays.put(person, decision.about, decision.key, rule.id)
    sitting.trays.gave(rule, person)
    if episode.closed is not None:
        return _open_again(decision, episode.closed, finding, sitting)
    return replace(decision, draft=draft(rule, text, decision, person, sitting))


def _as_a_line(rule: Rule, decision: Decision, text: TaskText, sitting: Sitting) -> Decision:
    """What has no task of its own may be a line: of the record's task, or of the roll-up.

    Not of a task of the same rule, which says the same, nor of somebody else's.
    """
    finding = decision.finding
    assert finding is not None
    holder = sitting.trays.holder(decision.about)
    if decision.reason in _FULL:
        said = wording.line_of(text, finding)
        return replace(
            decision, line=" · ".join(part for part in (said, _url(finding, sitting)) if part)
        )
    if decision.reason is not Reason.RECORD_HAS_TASK or holder is None:
        return decision
    if holder.owner_id != decision.to_id or holder.rule in (rule.id, rule.was):
        return decision
    line = wording.also_line(text, finding)
    return replace(decision, reason=Reason.ALSO, line=line, inside=holder.key)


_FULL: Final = frozenset({Reason.PERSON_DAY_FULL, Reason.PERSON_FULL})


def _open_again(
    decision: Decision, task: KnownTask, finding: Finding, sitting: Sitting
) -> Decision:
    """The task of before, with a line that says what is new; its time counts from now."""
    lines = (wording.open_again(finding),)
    note = TaskNote(key=task.key, task_id=task.task_id, lines=lines, reopen=True)
    turn = Turn(state=TaskState.OPEN, until=sitting.now)
    return replace(decision, reason=Reason.REOPENED, tell=note, turn=turn)


def _why_not_here(episode: Episode, finding: Finding, sitting: Sitting) -> Reason | None:
    if sitting.trays.holder(about(finding)) is not None:
        return Reason.RECORD_HAS_TASK
    if episode.key in sitting.memory.unanswered:
        return Reason.UNANSWERED
    return Reason.REFUSED_BEFORE if episode.key in sitting.memory.refused else None


def _alert(rule: Rule, line: Line, finding: Finding, sitting: Sitting) -> Decision:
    key = sitting.alert_key(rule, finding, finding.anchor)
    person = sitting.receiver(line.to, finding)
    unseen = sitting.cannot_see(rule, finding)
    reason = (
        (Reason.CANNOT_SEE if unseen else None)
        or (Reason.ALREADY_TOLD if sitting.told(key) else None)
        or why_quiet(rule, finding, sitting)
        or sitting.why_not_now(rule, person)
        or sitting.trays.why_run_over(rule)
    )
    decided = _decision(key, reason or Reason.ALERT, finding, person, unseen)
    decision = replace(decided, kind=Kind.ALERT)
    if reason is not None or person is None:
        return decision
    sitting.trays.gave(rule, person)
    return replace(decision, alert=alert(rule, line.text, decision, person, sitting))


def _decision(
    key: str, reason: Reason, finding: Finding, person: Person | None, unseen: str | None
) -> Decision:
    """What a decision about a finding says, whatever is written."""
    return Decision(
        rule=finding.rule,
        about=about(finding),
        key=key,
        reason=reason,
        finding=finding,
        anchor=finding.anchor,
        note=unseen or "",
        to=person.name if person else "",
        to_id=person.id if person else "",
    )


def _line(rule: Rule, line: Line, finding: Finding, sitting: Sitting) -> Decision:
    reason = why_quiet(rule, finding, sitting)
    return line_decision(rule, line, finding, sitting, since=finding.deadline, why_not=reason)


# -- why not ---------------------------------------------------------------------------------


def why_quiet(
    rule: Rule, finding: Finding, sitting: Sitting, *, repeated: bool = False
) -> Reason | None:
    """Return why a rule writes nothing about this finding, whoever it would go to, or None."""
    quiet = quiet_of(rule, sitting.memory.rules.get(rule.id), sitting.now)
    if repeated and quiet.reason is Reason.BACKLOG:
        return None
    return quiet.reason if quiet.covers(finding.anchor, finding.deadline) else None


# -- what is written -------------------------------------------------------------------------


def draft(
    rule: Rule, text: TaskText, decision: Decision, person: Person, sitting: Sitting
) -> TaskDraft:
    """Return the task as it would stand in the CRM. A grave finding is of high priority."""
    finding = decision.finding
    assert finding is not None
    kind = "" if decision.kind is Kind.TASK else str(decision.kind)
    calendar = sitting.calendar(person.id, rule.calendar)
    return TaskDraft(
        key=decision.key,
        deal_id=finding.deal_id,
        account_id=None if finding.deal_id else finding.account_id,
        contact_id=finding.contact_id,
        owner_id=person.id,
        subject=wording.subject(text, finding),
        body=wording.body(rule, text, finding, decision.key, _link(finding, sitting), kind),
        due=wording.due_day(text.due, sitting.now, calendar),
        high_priority=text.high_priority or finding.severity is Severity.HIGH,
    )


def alert(rule: Rule, text: str, decision: Decision, person: Person, sitting: Sitting) -> Alert:
    """Return the word to one person; where it becomes a task, that falls due at once."""
    finding = decision.finding
    assert finding is not None
    calendar = sitting.calendar(person.id, rule.calendar)
    return Alert(
        key=decision.key,
        deal_id=finding.deal_id,
        account_id=None if finding.deal_id else finding.account_id,
        to_id=person.id,
        title=wording.alert_title(text, finding),
        body=wording.alert_body(rule, finding, decision.key, _link(finding, sitting)),
        due=calendar.next_working(calendar.local(sitting.now).date()),
    )


def _url(finding: Finding, sitting: Sitting) -> str:
    return next((url for _, url in sitting.links(finding)), "")


def _link(finding: Finding, sitting: Sitting) -> str:
    links = [f"{word} {url}" for word, url in sitting.links(finding)]
    return f"Links: {' · '.join(links)}" if links else ""
