"""What we write says: the house style of `practices: C0`, one text for every rule.

The same lines in the same order, so that a rep who has read one task can read all of them. The last
line is for the worker (`marks`). Whatever comes from the CRM is put on one line, so that no client
can be called something that reads like a line of ours, a formula, or another program's placeholder.
"""

from __future__ import annotations

import datetime as dt
import re
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
MOST_EVIDENCE: Final = 4
WHAT_WE_SAW: Final = "What we saw:"
#: The words a person may type; the line does not begin with one.
NOT_RIGHT: Final = (
    "Not right? On a line of its own: #snooze 14d · #elsewhere · #notneeded · #wrong · #why"
)


# -- a task ----------------------------------------------------------------------------------


def subject(text: TaskText, finding: Finding) -> str:
    """Return the subject: one line, at most 80 characters."""
    return _title(fill(text.subject, finding.values), SUBJECT_LIMIT)


def body(rule: Rule, text: TaskText, finding: Finding, key: str, link: str, kind: str = "") -> str:
    """Return the body as plain text: seven parts, of which only the upper ones may be cut.

    `link` is the line of links, or empty. `kind` is what `marks` calls it.
    """
    above = [
        f"Purpose: {_said(text.purpose, finding)}",
        WHAT_WE_SAW,
        *(f"- {_line(line, LINE_LIMIT)}" for line in finding.evidence[:MOST_EVIDENCE]),
        f'Suggested opening: "{_said(text.opening, finding)}"' if text.opening else "",
    ]
    below = [
        f"Done when: {_said(text.done_when, finding).rstrip('.')}. "
        "This task then closes by itself.",
        link,
        NOT_RIGHT,
        _ref(rule, finding, key, kind),
    ]
    words, end = (plain("\n".join(line for line in part if line)) for part in (above, below))
    room = BODY_LIMIT - len(end) - 1
    return f"{words if len(words) <= room else words[: room - 1] + '…'}\n{end}"


# -- what comes out of the CRM ---------------------------------------------------------------

#: What other programs would fill in: a text that came from a client is never one of theirs.
_FILLED_IN: Final = re.compile(r"([{$%#<])(?=[{!%])")
#: What a spreadsheet takes for a formula at the beginning of a cell, and we for a word.
_FORMULA: Final = "#=+-@\t\r \u00a0"


def _line(text: str, limit: int) -> str:
    """Return a text on one line, in which nothing is a placeholder of another program."""
    return one_line(_FILLED_IN.sub(r"\1 ", one_line(text, limit)), limit)


def _title(text: str, limit: int) -> str:
    """Return a line that stands alone: the beginning of it is no formula."""
    return _line(text, limit).lstrip(_FORMULA)


def _said(template: str, finding: Finding) -> str:
    return _line(fill(template, finding.values), 400)


def _ref(rule: Rule, finding: Finding, key: str, kind: str) -> str:
    mark = Mark(rule=rule.id, kind=kind, subject=finding.subject, record_id=finding.record_id)
    return ref_line(mark, rule.meaning, key)


def rule_of(text: str) -> str:
    """Return the id of the rule that wrote a task, read from its last line; empty if it is gone."""
    return read_mark(text).rule


# -- what else ----------------------------------------------------------------------------------

ALSO: Final = "Also:"


def line_of(text: TaskText, finding: Finding) -> str:
    """Return a finding on one line: what to do, and what was seen last."""
    seen = f" ({finding.evidence[-1]})" if finding.evidence else ""
    return _line(fill(text.subject, finding.values) + seen, LINE_LIMIT)


def also_line(text: TaskText, finding: Finding) -> str:
    """Return the line of a finding in the task that is open on its record."""
    return _line(f"{ALSO} {line_of(text, finding)}", LINE_LIMIT)


def with_also(body: str, lines: Sequence[str]) -> tuple[str, int]:
    """Return a task's text with lines of other findings, and how many of them had room.

    Where not all have room, they come without the evidence in brackets behind them.
    """
    text, fitted = _with_lines(body, lines)
    if fitted < len(lines):
        text, fitted = _with_lines(body, [line.partition(" (")[0] for line in lines])
    return text, fitted


def _with_lines(body: str, lines: Sequence[str]) -> tuple[str, int]:
    above, mark, below = body.partition(f"\n{NOT_RIGHT}")
    fitted = 0
    for line in lines:
        if len(above) + len(line) + 1 + len(mark) + len(below) > BODY_LIMIT:
            break
        above, fitted = f"{above}\n{line}", fitted + 1
    return f"{above}{mark}{below}", fitted


def roll_up_subject(lines: int) -> str:
    """Return the subject of the task that holds the rest."""
    things = "1 more follow-up" if lines == 1 else f"{lines} more follow-ups"
    return f"Look through {things} when you have room"


def roll_up_line(line: str) -> str:
    """Return a line of a roll-up: the same at first and later, so that none stands there twice."""
    return f"- {line}"


def roll_up_body(lines: Sequence[str], mark: Mark, day: str, key: str) -> str:
    """Return the rest of a person's findings: at most 25, and how many more."""
    more = len(lines) - MOST_LINES
    said = [
        "Purpose: nothing is lost while your list is full; the gravest became tasks first.",
        *(roll_up_line(line) for line in lines[:MOST_LINES]),
        *([f"and {more} more"] if more > 0 else []),
        "Done when: each is done, or is a task of its own. This task then closes by itself.",
        NOT_RIGHT,
        ref_line(mark, day, key),
    ]
    return plain("\n".join(said))


# -- an alert --------------------------------------------------------------------------------


def alert_title(text: str, finding: Finding) -> str:
    """Return what an alert says, on one line. `text` is the rule's or the step's."""
    return _title(fill(text, finding.values), ALERT_LIMIT)


def alert_body(rule: Rule, finding: Finding, key: str, link: str) -> str:
    """Return the lines under an alert: what was seen, where, and the line for the worker."""
    seen = [f"- {_line(line, LINE_LIMIT)}" for line in finding.evidence]
    said = [*([WHAT_WE_SAW] if seen else []), *seen, link]
    words = plain("\n".join(line for line in said if line))
    return "\n".join(part for part in (words, _ref(rule, finding, key, "alert")) if part)


# -- the list of a week ----------------------------------------------------------------------


def digest_line(text: str, finding: Finding, url: str) -> str:
    """Return one line of a person's list, with where to look at the end of it."""
    said = _line(fill(text, finding.values), LINE_LIMIT)
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
        "What is new for you this week:",
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
    return _line(f"{ANSWER} open again since {finding.anchor:%Y-%m-%d}: {seen}", LINE_LIMIT)


OPEN_AFTER_ALL: Final = f"{ANSWER} open again: the admin has taken its end back; it is yours."
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
    return [_line(line, LINE_LIMIT) for line in said]


# -- to the admin ----------------------------------------------------------------------------


def paused(why: str) -> str:
    """Return what is said while nothing may be written."""
    return f"writing is paused: {why}. `followthrough pause --end` ends it."


def awaiting(plan: str, writes: int) -> str:
    """Return what is said of a plan that a brake has stopped."""
    return (
        f"plan {plan} is awaiting confirmation: {writes} writes. `followthrough confirm` shows it "
        f"whole, `followthrough confirm {plan}` within 72 hours writes it."
    )


# -- the end ---------------------------------------------------------------------------------


def closing_line(template: str | None, ending: Ending, values: Mapping[str, str]) -> str:
    """Return why a task is closed: the rule's own words, else what was seen.

    What was seen serves, too, where the record can no longer say what the words ask for.
    """
    if template is None:
        return ending.line
    try:
        return _line(fill(template, values), LINE_LIMIT)
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
