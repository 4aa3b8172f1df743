"""The list of a person's week: many small things in one task, on Monday at eight, their own time.

A line belongs to the list of a week if it held on that Monday at eight and holds still. So a run
that comes late writes the same list, and what begins on Tuesday waits for the next Monday. Ticking
the list off is fine: it asks for nothing. When its week is over it is closed.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from connectors.model import TaskDraft
from rules import wording
from rules.checked import Line, Rule, Severity
from rules.finding import Finding
from rules.lengths import DueWord
from rules.marks import Mark
from rules.people import Person
from rules.templates import one_line
from worker.about import About, Kind
from worker.decision import DIGEST_RULE, Decision, Reason, end_of, of_task
from worker.known import KnownTask
from worker.sitting import Sitting, about

_EIGHT: Final = dt.time(8)
_WEIGHT: Final = {Severity.HIGH: 0, Severity.MEDIUM: 1, Severity.LOW: 2}


@dataclass(frozen=True, kw_only=True)
class Week:
    """The present week of a person."""

    monday: dt.date
    begins: dt.datetime  # Monday at eight, UTC

    @property
    def name(self) -> str:
        """Return its ISO name, such as 2026w48."""
        year, week, _ = self.monday.isocalendar()
        return f"{year}w{week:02}"


def week_of(person_id: str, sitting: Sitting) -> Week:
    """Return the week it is for a person."""
    calendar = sitting.calendar(person_id)
    today = calendar.local(sitting.now).date()
    monday = today - dt.timedelta(days=today.weekday())
    return Week(monday=monday, begins=calendar.utc(dt.datetime.combine(monday, _EIGHT)))


# -- a line ----------------------------------------------------------------------------------


def line_decision(
    rule: Rule,
    line: Line,
    finding: Finding,
    sitting: Sitting,
    *,
    since: dt.datetime,
    why_not: Reason | None = None,
) -> Decision:
    """Decide about one line, which holds `since` then. `why_not` is what the rule has against it.

    Its key is that of the list it would stand in.
    """
    person = sitting.receiver(line.to, finding)
    unseen = sitting.cannot_see(rule, finding)
    why_not = (Reason.CANNOT_SEE if unseen else None) or why_not or sitting.why_nobody(rule, person)
    week = week_of(person.id, sitting) if person else None
    key = sitting.setting.keyring.digest_key(person.id, week.name) if person and week else ""
    return Decision(
        rule=rule.id,
        about=about(finding),
        key=key,
        kind=Kind.DIGEST,
        reason=why_not or _this_week(week, key, since, sitting),
        finding=finding,
        anchor=finding.anchor,
        note=unseen or "",
        line=wording.digest_line(line.text, finding, _url(finding, sitting)),
        to=person.name if person else "",
        to_id=person.id if person else "",
    )


def _url(finding: Finding, sitting: Sitting) -> str:
    return next((url for _, url in sitting.links(finding)), "")


def _this_week(week: Week | None, key: str, since: dt.datetime, sitting: Sitting) -> Reason:
    known = key in sitting.memory.tasks or key in sitting.memory.refused
    if week is None or known or not since <= week.begins <= sitting.now:
        return Reason.LINE_WAITS
    return Reason.LINE


def bare_line(rule: str, about: About, person: Person, text: str, sitting: Sitting) -> Decision:
    """Decide about a line that no finding asks for, and that is true since before this Monday."""
    week = week_of(person.id, sitting)
    key = sitting.setting.keyring.digest_key(person.id, week.name)
    return Decision(
        rule=rule,
        about=about,
        key=key,
        kind=Kind.DIGEST,
        reason=_this_week(week, key, week.begins, sitting),
        line=one_line(text, wording.LINE_LIMIT),
        to=person.name,
        to_id=person.id,
    )


# -- the lists -------------------------------------------------------------------------------


def lists(decisions: Sequence[Decision], sitting: Sitting) -> Iterator[Decision]:
    """Yield the list of each person who has a line of this week, the gravest and oldest first."""
    lines: dict[str, list[Decision]] = defaultdict(list)
    for decision in decisions:
        if decision.reason is Reason.LINE:
            lines[decision.to_id].append(decision)
    for person_id, some in sorted(lines.items()):
        yield _list(person_id, sorted(some, key=_gravest), sitting)


def _gravest(decision: Decision) -> tuple[int, dt.datetime, str, str]:
    """What rules found goes before what is told of tasks."""
    finding = decision.finding
    if finding is None:
        return (len(_WEIGHT), _LAST, decision.rule, decision.line)
    return (_WEIGHT[finding.severity], finding.deadline, decision.rule, finding.record_id)


_LAST: Final = dt.datetime.max.replace(tzinfo=dt.UTC)


def _list(person_id: str, lines: Sequence[Decision], sitting: Sitting) -> Decision:
    week = week_of(person_id, sitting)
    key = lines[0].key
    mark = Mark(rule=DIGEST_RULE, kind=str(Kind.DIGEST), subject="owner", record_id=person_id)
    texts = list(dict.fromkeys(line.line for line in lines))
    return Decision(
        rule=DIGEST_RULE,
        about=About(subject="owner", record_id=person_id),
        key=key,
        kind=Kind.DIGEST,
        reason=Reason.WEEK,
        to=lines[0].to,
        to_id=person_id,
        draft=TaskDraft(
            key=key,
            deal_id=None,
            contact_id=None,
            owner_id=person_id,
            subject=wording.digest_subject(week.monday, len(texts)),
            body=wording.digest_body(texts, mark, week.name, key),
            due=wording.due_day(DueWord.END_OF_WEEK, sitting.now, sitting.calendar(person_id)),
        ),
    )


def old_lists(sitting: Sitting) -> Iterator[Decision]:
    """Yield the end of every open list whose week is over; one a person reopened is theirs."""
    for task in sitting.memory.tasks.values():
        if task.kind is Kind.DIGEST and task.living and not task.reopened:
            week = week_of(task.about.record_id, sitting)
            if task.written_at < week.begins <= sitting.now:
                yield _over(task)


def _over(task: KnownTask) -> Decision:
    return replace(of_task(task, Reason.WEEK_OVER), close=end_of(task, "its week is over"))
