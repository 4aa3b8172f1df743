"""What a task says: the house style of `practices: C0`, one text for every rule.

The same lines in the same order, so that a rep who has read one task can read all of them. The last
line is for the worker: it names the rule and the key, so that a lost ledger can be filled again
from the CRM.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from rules.calendars import Calendar, Hours
from rules.checked import Rule, Step
from rules.evidence import Finding
from rules.lengths import DueWord, Length
from rules.templates import fill, one_line, plain

SUBJECT_LIMIT: Final = 80
BODY_LIMIT: Final = 1200

_REF: Final = re.compile(r"^ref: ([a-z0-9-]+)@[0-9a-f]+ · (ft_[a-z2-7]{26})$", re.MULTILINE)


def subject(rule: Rule, finding: Finding) -> str:
    """Return the subject: one line, at most 80 characters."""
    return one_line(fill(rule.task.subject, finding.values), SUBJECT_LIMIT)


def body(rule: Rule, finding: Finding, key: str, deal_url: str) -> str:
    """Return the body as plain text; the last line names rule and key, whatever was cut above."""
    said = [
        f"Purpose: {_said(rule.task.purpose, finding)}",
        "What we saw:",
        *(f"- {one_line(line, 200)}" for line in finding.evidence),
        f'Suggested opening: "{_said(rule.task.opening, finding)}"',
        f"Done when: {_said(rule.task.done_when, finding).rstrip('.')}. "
        "This task then closes by itself.",
        f"Deal: {deal_url}",
        "Not right? Delete this task: it will not come back.",
    ]
    ref = f"ref: {rule.id}@{rule.meaning[:8]} · {key}"
    text = plain("\n".join(said))
    room = BODY_LIMIT - len(ref) - 1
    return f"{text if len(text) <= room else text[: room - 1] + '…'}\n{ref}"


ALERT_LIMIT: Final = 250


def alert_title(step: Step, finding: Finding) -> str:
    """Return what an alert says, on one line."""
    return one_line(fill(step.alert, finding.values), ALERT_LIMIT)


def alert_body(rule: Rule, finding: Finding, key: str, deal_url: str) -> str:
    """Return the lines under an alert: what was seen, where, and the line for the worker."""
    said = [*(f"- {one_line(line, 200)}" for line in finding.evidence), f"Deal: {deal_url}"]
    return "\n".join([plain("\n".join(said)), f"ref: {rule.id}@{rule.meaning[:8]} · {key}"])


def rule_of(text: str) -> str:
    """Return the id of the rule that wrote a task, read from its last line; empty if it is gone."""
    found = _REF.search(text)
    return found[1] if found else ""


def due_day(due: Length | DueWord, now: dt.datetime, calendar: Calendar) -> dt.date:
    """Return the day on the receiver's calendar on which a task written now falls due."""
    if isinstance(due, Length):
        return calendar.local(calendar.add(now, due)).date()
    today = calendar.next_working(calendar.local(now).date())
    if due is DueWord.END_OF_TODAY:
        return today
    return _last_working(calendar.hours, today)


def _last_working(hours: Hours, today: dt.date) -> dt.date:
    """Return the last working day of the week of `today`, which is one itself."""
    last = max(hours.weekdays, key=lambda day: (_free_after(day, hours), day))
    day = today + dt.timedelta(days=(last - today.weekday()) % 7)
    while not hours.is_working(day):
        day -= dt.timedelta(days=1)
    return day


def _free_after(weekday: int, hours: Hours) -> int:
    """Return how many free days follow: the longest such time is the weekend."""
    return min((other - weekday - 1) % 7 for other in hours.weekdays)


def _said(template: str, finding: Finding) -> str:
    return one_line(fill(template, finding.values), 400)
