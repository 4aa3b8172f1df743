"""A rule as it reads aloud, and the words of the language: pages for `rules show` and `words`.

What a condition means, `rules.reciting` says; here is only the page around it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from rules.checked import Limits, Line, Rule, Start, Step
from rules.glossary import Section
from rules.reciting import Clauses, recite

_TEXTS: Final = ("subject", "purpose", "opening", "done_when")


def rule_text(rule: Rule) -> str:
    """Return a rule in sentences: what it looks for, what it writes, what it needs."""
    return "\n".join(_lines(rule))


def _lines(rule: Rule) -> Iterator[str]:
    yield f"{rule.id}: {rule.title}"
    yield f"  {' · '.join(_marks(rule))}"
    if rule.about:
        yield from ("", *(f"  {line}" for line in rule.about.strip().splitlines()))
    yield from ("", f"for every {rule.subject}")
    clauses: Sequence[Clauses] = (*rule.where, *rule.absences, *rule.presences, *rule.ratios)
    for number, clause in enumerate(clauses):
        yield f"  {'where' if number == 0 else 'and'} {recite(clause)}"
    yield from ("", *_outcome(rule))
    yield from (f"  after {step.after}, still open: {_step(step)}" for step in rule.escalate)
    yield from _ending(rule)
    yield from (f"  {line}" for line in _bounds(rule))
    yield from ("", *_reads(rule.needs_fields))
    yield "1 test case" if len(rule.cases) == 1 else f"{len(rule.cases)} test cases"


def _marks(rule: Rule) -> Iterator[str]:
    yield f"mode {rule.mode}"
    yield f"severity {'grows with lateness' if rule.severity_grows else rule.severity}"
    yield f"extends shipped/{rule.extends}" if rule.extends else rule.place.path
    if rule.tags:
        yield f"tags {', '.join(rule.tags)}"
    yield f"meaning {rule.meaning}"


def _outcome(rule: Rule) -> Iterator[str]:
    if rule.task is not None:
        yield f"then a task to {_first_of(rule.task.to)}, due {rule.task.due}:"
        for part in _TEXTS:
            yield f"  {part}: {getattr(rule.task, part)}"
    for name, line in (("an alert", rule.alert), ("a line of the digest", rule.digest)):
        if line is not None:
            yield f"then {name} to {_line(line)}"


def _line(line: Line) -> str:
    return f"{_first_of(line.to)}: {line.text}"


def _step(step: Step) -> str:
    if step.task is not None:
        return f"a task to {_first_of(step.to)}: {step.task.subject}"
    if step.alert is not None:
        return f"an alert to {_first_of(step.to)}: {step.alert}"
    return f"a line of the digest of {_first_of(step.to)}: {step.digest}"


def _ending(rule: Rule) -> Iterator[str]:
    if rule.resolve.when:
        joined = " and ".join(recite(condition) for condition in rule.resolve.when)
        yield f"  over as soon as {joined}"
    if rule.resolve.close_task_with is not None:
        yield f"  its task is closed with: {rule.resolve.close_task_with}"
    if not rule.late_counts:
        yield "  what comes late does not end it"


def _bounds(rule: Rule) -> Iterator[str]:
    if rule.starts_on is not None:
        yield f"in force from {rule.starts_on}"
    if rule.ends_on is not None:
        yield f"in force until {rule.ends_on}"
    if rule.calendar is not None:
        yield f"working hours: {rule.calendar}"
    yield from _how_often(rule.limits)
    if rule.start_from.start is Start.ENABLED:
        yield "at its first live run: only what begins from then on"
    else:
        yield f"at its first live run: only what began in the last {rule.start_from.length}"


def _how_often(limits: Limits) -> Iterator[str]:
    if limits.per_owner_per_day is not None:
        yield f"at most {limits.per_owner_per_day} new tasks a person and day"
    if limits.per_run is not None:
        yield f"at most {limits.per_run} new tasks a run"
    if limits.repeat_after is not None:
        yield f"asked again {limits.repeat_after} after its task was closed, if it still holds"
    if limits.reopen_within is not None:
        yield f"opens its task again if it holds anew within {limits.reopen_within}"


def _reads(fields: Iterable[str]) -> Iterator[str]:
    """One line for each stream, so that an operator can hold it against the rights of the login."""
    columns: dict[str, list[str]] = {}
    for field in sorted(fields):
        stream, _, column = field.partition(".")
        columns.setdefault(stream, []).append(column)
    for stream, names in columns.items():
        yield f"reads {stream}: {', '.join(names)}"


def _first_of(to: Sequence[str]) -> str:
    return ", else ".join(to)


def words_page(sections: Sequence[Section]) -> RenderableType:
    """Return the words of the language as tables, one a heading."""
    parts: list[RenderableType] = []
    for section in sections:
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 2))
        for entry in section.entries:
            table.add_row(Text(entry.word, style="bold"), Text(entry.doc))
        about = [Text(section.about)] if section.about else []
        parts += [Text(section.title, style="bold underline"), *about, table, Text("")]
    return Group(*parts)
