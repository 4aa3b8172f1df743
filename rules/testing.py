"""Run the test cases that stand beside a rule, in the rule's own words.

Each case becomes a record with its people and activities in a mirror of its own kind, judged by the
same statements that judge the CRM's. Only what a case names is compared; a difference is one
sentence.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from rules import select, wording
from rules.calendars import Hours
from rules.case_nouns import Case, Expectation
from rules.case_story import ZONE, Story, streams_of
from rules.checked import Rule, TaskText
from rules.compile import Compiled, compile_rule
from rules.evaluate import Org, Verdict, judge, lay_facts, prepare, verdict_of
from rules.evidence import Finding, findings
from rules.org import DEFAULT_HOURS
from rules.people import Person, read_people, receiver
from rules.problems import Problem, problem_at, shown
from rules.select import Connection
from rules.subjects import OwnFields
from rules.templates import fill

#: Makes an empty mirror of these streams and returns its connection.
NewMirror = Callable[[Mapping[str, pa.Table]], Connection]

#: What a case calls the calendar that it has anyway (`rulings: Business time`).
TEST_CALENDAR: Final = "test-calendar"


@dataclass(frozen=True, kw_only=True)
class CaseResult:
    """What came of one case. No differences: it passed."""

    rule: str
    case: str
    differences: tuple[Problem, ...]


@dataclass(frozen=True, kw_only=True)
class Bench:
    """What cases run on: how to make a mirror, and what an org adds to them."""

    new_mirror: NewMirror
    hours: Mapping[str, Hours]
    own: OwnFields


def bench(
    new_mirror: NewMirror,
    hours: Mapping[str, Hours] | None = None,
    own: OwnFields | None = None,
) -> Bench:
    """Return what cases run on; `hours` are the org's named calendars, `own` its own fields."""
    named = {name: one for name, one in (hours or {}).items() if name != DEFAULT_HOURS}
    return Bench(
        new_mirror=new_mirror,
        hours={DEFAULT_HOURS: Hours(), TEST_CALENDAR: Hours(name=TEST_CALENDAR), **named},
        own=own or {},
    )


def run_cases(rule: Rule, on: Bench) -> list[CaseResult]:
    """Run every case of a rule."""
    if not rule.cases:
        return []
    world = lay_out(rule, rule.cases, on)
    differences: dict[str, list[Problem]] = {story.id: [] for story in world.stories}
    people = read_people(world.connection, world.org)
    compiled = compile_rule(rule)
    for moment in world.moments:
        asked = [
            (story, expected)
            for story in world.stories
            for expected in story.case.expect
            if story.utc(expected.at) == moment
        ]
        told = {story.judged for story, expected in asked if _named(expected) or expected.severity}
        seen = _Seen(rule, world.org, people, moment, *_judge(world, compiled, moment, told))
        for story, expected in asked:
            differences[story.id] += _compare(rule, story, expected, seen)
    return [
        CaseResult(rule=rule.id, case=s.case.name, differences=tuple(differences[s.id]))
        for s in world.stories
    ]


@dataclass(frozen=True, kw_only=True)
class World:
    """Cases laid out in one mirror, ready to be judged at each of their moments."""

    connection: Connection
    org: Org
    stories: Sequence[Story]
    moments: Sequence[dt.datetime]


def lay_out(rule: Rule, cases: Sequence[Case], on: Bench) -> World:
    """Put cases of a rule into one mirror."""
    stories = [Story(case, f"c{number}", rule.subject, on.own) for number, case in enumerate(cases)]
    connection = on.new_mirror(streams_of(stories))
    _say(connection, [row for story in stories for row in story.signals()])
    org = Org(
        zone=ZONE,
        hours=_hours(rule, cases, on),
        said_of={mail: said for story in stories for mail, said in story.said_of()},
        fields=on.own,
    )
    moments = sorted({s.utc(e.at) for s in stories for e in s.case.expect})
    prepare(connection, org, moments[-1], [rule])
    return World(connection=connection, org=org, stories=stories, moments=moments)


def _hours(rule: Rule, cases: Sequence[Case], on: Bench) -> Mapping[str, Hours]:
    """The calendars that are named; one that the org does not know is like the usual one."""
    named = {rule.calendar, *(case.calendar for case in cases)} - {None}
    return {**{str(name): Hours(name=str(name)) for name in named}, **on.hours}


def _say(connection: Connection, said: list[dict[str, Any]]) -> None:
    """Put what cases say that a text says in the place of what was read from it."""
    if not said:
        return
    schema = pa.schema(
        [
            ("activity_id", pa.string()),
            ("signal", pa.string()),
            ("said", pa.string()),
            ("due_at", pa.timestamp("us", tz="UTC")),
        ]
    )
    connection.register("told", pa.Table.from_pylist(said, schema=schema))
    connection.execute(
        "DELETE FROM signals WHERE activity_key IN "
        "(SELECT a.key FROM activities a JOIN told t ON t.activity_id = a.id)"
    )
    connection.execute(
        "INSERT INTO signals BY NAME SELECT a.key AS activity_key, t.signal, t.said, t.due_at, "
        "'told' AS lexicon FROM told t JOIN activities a ON a.id = t.activity_id"
    )
    connection.unregister("told")


def _judge(
    world: World, compiled: Compiled, moment: dt.datetime, told: Collection[str]
) -> tuple[dict[str, Verdict], dict[str, Finding]]:
    """The verdicts, and what those findings say of which a case says anything."""
    rule = compiled.rule
    lay_facts(world.connection, [compiled], moment)
    table = judge(world.connection, compiled, world.org, moment)
    rows = select.rows(world.connection, f"SELECT * FROM {table}")
    verdicts = [verdict_of(rule.id, row) for row in rows]
    firing = [v for v in verdicts if v.fires and v.record_id in told]
    found = findings(world.connection, rule, world.org, firing, moment)
    return {v.record_id: v for v in verdicts}, {f.record_id: f for f in found}


# -- what was expected -----------------------------------------------------------------------


@dataclass(frozen=True)
class _Seen:
    rule: Rule
    org: Org
    people: Mapping[str, Person]
    moment: dt.datetime
    verdicts: Mapping[str, Verdict]
    findings: Mapping[str, Finding]


def _compare(rule: Rule, story: Story, expected: Expectation, seen: _Seen) -> list[Problem]:
    verdict = seen.verdicts.get(story.judged)
    fires = verdict is not None and verdict.fires is True
    said = []
    if fires != expected.fires:
        due = f" (due {story.local(verdict.deadline)})" if verdict and verdict.deadline else ""
        was, wanted = ("fires", "stays quiet") if fires else ("stays quiet", "fires")
        said.append(f"the rule {was}{due}, the case says it {wanted}")
    elif expected.next_check is not None:
        found = verdict.next_check if verdict else None
        if found is None or story.utc(expected.next_check) != found:
            said.append(f"next_check is {story.local(found)}, not {_text(expected.next_check)}")
    if fires and expected.fires:
        said += _compare_finding(rule, story, expected, seen)
    head = f"test {shown(story.case.name)}: at {_text(expected.at)}"
    return [problem_at(expected.place, f"{head} {sentence}.", rule.id) for sentence in said]


def _compare_finding(rule: Rule, story: Story, expected: Expectation, seen: _Seen) -> list[str]:
    finding = seen.findings.get(story.judged)
    if finding is None:
        return []  # the case says nothing of it
    differences = []
    if expected.severity is not None and expected.severity != finding.severity:
        differences.append(
            f"the severity is {shown(str(finding.severity))}, not {shown(expected.severity)}"
        )
    for outcome, wanted in _named(expected):
        written = _written(outcome, rule, finding, seen)
        differences += [
            f"the {outcome}'s {word} is {shown(str(said))}, not {shown(str(wanted[word]))}"
            for word, said in written.items()
            if word in wanted and str(said) != str(wanted[word])
        ]
    return differences


def _named(expected: Expectation) -> Sequence[tuple[str, Mapping[str, object]]]:
    """What a case says of what is written, in the order in which it is told."""
    every = (("task", expected.task), ("alert", expected.alert), ("digest", expected.digest))
    return [(outcome, wanted) for outcome, wanted in every if wanted]


def _written(outcome: str, rule: Rule, finding: Finding, seen: _Seen) -> dict[str, Any]:
    """What the rule would write, part by part."""
    if outcome == "task":
        assert rule.task is not None
        return _task(rule.task, rule, finding, seen)
    line = rule.alert if outcome == "alert" else rule.digest
    assert line is not None
    person = _receiver(line.to, finding, seen)
    return {"to": person.name if person else "nobody", "text": fill(line.text, finding.values)}


def _task(task: TaskText, rule: Rule, finding: Finding, seen: _Seen) -> dict[str, Any]:
    person = _receiver(task.to, finding, seen)
    if person is None:
        return dict.fromkeys(("to", "due", "subject", "purpose", "opening", "done_when"), "nobody")
    calendar = seen.org.calendar_of(person.email, person.time_zone, rule.calendar)
    texts = {
        word: fill(getattr(task, word), finding.values)
        for word in ("purpose", "opening", "done_when")
    }
    return {
        "to": person.name,
        "due": wording.due_day(task.due, seen.moment, calendar),
        "subject": wording.subject(task, finding),
        "priority": "high" if task.high_priority else "normal",
        **texts,
    }


def _receiver(to: Sequence[str], finding: Finding, seen: _Seen) -> Person | None:
    day = seen.org.calendar(None).local(seen.moment).date()
    return receiver(to, finding.roles, seen.people, day=day)


def _text(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
