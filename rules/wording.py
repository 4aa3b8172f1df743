"""What we write says: the house style of `practices: C0`, one text for every rule.

The same lines in the same order, so that a rep who has read one task can read all of them. The last
line is for the worker (`marks`). Whatever comes from the CRM is put on one line, so that no client
can be called something that reads like a line of ours.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

from rules.calendars import Calendar, Hours
from rules.checked import Rule, TaskText
from rules.finding import Ending, Finding
from rules.lengths import DueWord, Length
from rules.marks import Mark, read_mark, ref_line
from rules.saying import MONTHS
from rules.templates import UnknownPlaceholderError, fill, one_line, plain

SUBJECT_LIMIT: Final = 80
BODY_LIMIT: Final = 1200
ALERT_LIMIT: Final = 250
LINE_LIMIT: Final = 200
MOST_LINES: Final = 25


# -- a task ----------------------------------------------------------------------------------


def subject(text: TaskText, finding: Finding) -> str:
    """Return the subject: one line, at most 80 characters."""
    return one_line(fill(text.subject, finding.values), SUBJECT_LIMIT)


def body(rule: Rule, text: TaskText, finding: Finding, key: str, link: str, kind: str = "") -> str:
    """Return the body as plain text; the last line names rule and key, whatever was cut above.

    `link` is a line such as "Deal: https://…", or empty. `kind` is what `marks` calls it.
    """
    said = [
        f"Purpose: {_said(text.purpose, finding)}",
        "What we saw:",
        *(f"- {one_line(line, LINE_LIMIT)}" for line in finding.evidence),
        f'Suggested opening: "{_said(text.opening, finding)}"' if text.opening else "",
        f"Done when: {_said(text.done_when, finding).rstrip('.')}. "
        "This task then closes by itself.",
        link,
        "Not right? Delete this task: it will not come back.",
    ]
    words = plain("\n".join(line for line in said if line))
    ref = _ref(rule, finding, key, kind)
    room = BODY_LIMIT - len(ref) - 1
    return f"{words if len(words) <= room else words[: room - 1] + '…'}\n{ref}"


def _said(template: str, finding: Finding) -> str:
    return one_line(fill(template, finding.values), 400)


def _ref(rule: Rule, finding: Finding, key: str, kind: str) -> str:
    mark = Mark(rule=rule.id, kind=kind, subject=finding.subject, record_id=finding.record_id)
    return ref_line(mark, rule.meaning, key)


def rule_of(text: str) -> str:
    """Return the id of the rule that wrote a task, read from its last line; empty if it is gone."""
    return read_mark(text).rule


# -- an alert --------------------------------------------------------------------------------


def alert_title(text: str, finding: Finding) -> str:
    """Return what an alert says, on one line. `text` is the rule's or the step's."""
    return one_line(fill(text, finding.values), ALERT_LIMIT)


def alert_body(rule: Rule, finding: Finding, key: str, link: str) -> str:
    """Return the lines under an alert: what was seen, where, and the line for the worker."""
    said = [*(f"- {one_line(line, LINE_LIMIT)}" for line in finding.evidence), link]
    words = plain("\n".join(line for line in said if line))
    return "\n".join(part for part in (words, _ref(rule, finding, key, "alert")) if part)


# -- the list of a week ----------------------------------------------------------------------


def digest_line(text: str, finding: Finding, url: str) -> str:
    """Return one line of a person's list, with where to look at the end of it."""
    said = one_line(fill(text, finding.values), LINE_LIMIT)
    return f"{said} · {url}" if url else said


def expired_line(client: str, owner: str) -> str:
    """Return the line about a task that nobody acted on."""
    return f"{client}: {owner}'s task has expired, nobody acted on it"


def claimed_line(owner: str, count: int) -> str:
    """Return the line about tasks that were ticked off while nothing is on record."""
    return f"{owner}: {_of_tasks(count)} ticked off, nothing on record yet"


def elsewhere_line(owner: str, count: int) -> str:
    """Return the line about tasks that were handled outside the CRM: how many, never which."""
    return f"{owner}: {_of_tasks(count)} handled outside the CRM"


def snoozed_line(client: str, owner: str, until: dt.date, reason: str) -> str:
    """Return the line about a task that sleeps for more than a month."""
    day = f"{until.day} {MONTHS[until.month - 1]} {until.year}"
    return f"{client}: {owner} asked for quiet until {day}" + (f": {reason}" if reason else "")


def _of_tasks(count: int) -> str:
    return "1 task" if count == 1 else f"{count} tasks"


def digest_subject(monday: dt.date, lines: int) -> str:
    """Return the subject of a person's list: `Week of 23 Nov: 4 lines for you`."""
    named = "1 line" if lines == 1 else f"{lines} lines"
    return f"Week of {monday.day} {MONTHS[monday.month - 1]}: {named} for you"


def digest_body(lines: Sequence[str], mark: Mark, week: str, key: str) -> str:
    """Return a person's list: at most 25 of its lines in the order given, and how many more."""
    more = len(lines) - MOST_LINES
    said = [
        *(f"- {line}" for line in lines[:MOST_LINES]),
        *([f"and {more} more"] if more > 0 else []),
        "Tick this list off when you have read it. What still holds on Monday is in the next one.",
        ref_line(mark, week, key),
    ]
    return plain("\n".join(said))


# -- answers ---------------------------------------------------------------------------------

#: Begins every line that we add to a task, so that it is told apart from what a person wrote.
ANSWER: Final = "Followthrough:"
_KNOWN_WORDS: Final = "#snooze 14d · #elsewhere · #notneeded · #wrong · #why · #help"


def open_again(finding: Finding) -> str:
    """Return the line of a task that we closed and that is to be done again."""
    seen = finding.evidence[-1] if finding.evidence else "it holds again"
    return one_line(f"{ANSWER} open again since {finding.anchor:%Y-%m-%d}: {seen}", LINE_LIMIT)


RULE_GONE: Final = f"{ANSWER} the rule that asked for this is no longer in use, or asks of nobody."


def not_understood(snooze: bool) -> str:
    """Return the answer to a word that we do not know, or to a snooze without an end."""
    if snooze:
        return (
            f"{ANSWER} until when? Write #snooze 14d, or #snooze until 2027-01-10 and the reason, "
            "within a year."
        )
    return f"{ANSWER} we know these words, each on a line of its own: {_KNOWN_WORDS}"


def explained(rule: Rule, conditions: Sequence[tuple[str, str, bool | None]]) -> list[str]:
    """Return the answer to #why: the rule, what it looks at and what was seen, what closes it.

    `conditions` are what is said, what was seen, and whether it holds.
    """
    held = {True: "yes", False: "no", None: "unknown"}
    said = [f"{ANSWER} asked by “{rule.title}” ({rule.id}@{rule.meaning[:8]})."]
    said += [f"{ANSWER} {held[holds]}: {what}; seen: {seen}" for what, seen, holds in conditions]
    if rule.task is not None:
        said.append(f"{ANSWER} it goes to: {', '.join(rule.task.to)}.")
    return [one_line(line, LINE_LIMIT) for line in said]


# -- the end ---------------------------------------------------------------------------------


def closing_line(template: str | None, ending: Ending, values: Mapping[str, str]) -> str:
    """Return why a task is closed: the rule's own words, else what was seen.

    What was seen serves, too, where the record can no longer say what the words ask for.
    """
    if template is None:
        return ending.line
    try:
        return one_line(fill(template, values), LINE_LIMIT)
    except UnknownPlaceholderError:
        return ending.line


# -- the day ---------------------------------------------------------------------------------


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
