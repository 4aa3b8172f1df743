"""Run the test cases that stand beside a rule, in the rule's own words.

Each case becomes a deal with its people and activities in a mirror of its own kind, judged by the
same statements that judge the CRM's. Only what a case names is compared; a difference is one
sentence. All cases of a rule share one mirror: they have nothing in common but the calendar.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

import duckdb
import pyarrow as pa

from connectors.model import STREAMS
from rules import wording
from rules.calendars import Hours
from rules.checked import Case, CaseActivity, Expectation, Rule
from rules.compile import DEFAULT_HOURS, compile_rule, facts_sql
from rules.evaluate import Org, Verdict, judge, prepare
from rules.evidence import Finding, findings
from rules.people import Person, read_people, receiver
from rules.problems import Problem, problem_at, shown
from rules.templates import fill

#: Makes an empty mirror of these streams and returns its connection.
NewMirror = Callable[[Mapping[str, pa.Table]], duckdb.DuckDBPyConnection]

_ZONE: Final = "UTC"
_MOMENTS: Final = ("won_at", "closed_at", "stage_entered_at")
_STAGES: Final = {"won": "Won", "lost": "Lost", "open": "Qualification"}


@dataclass(frozen=True, kw_only=True)
class CaseResult:
    """What came of one case. No differences: it passed."""

    rule: str
    case: str
    differences: tuple[Problem, ...]


def run_cases(rule: Rule, new_mirror: NewMirror) -> list[CaseResult]:
    """Run every case of a rule."""
    if not rule.cases:
        return []
    stories = [_Story(case, f"c{number}") for number, case in enumerate(rule.cases)]
    connection = new_mirror(_streams(stories))
    org = Org(zone=_ZONE, hours={name: Hours(name=name) for name in _calendars(rule)})
    moments = sorted({s.utc(e.at) for s in stories for e in s.case.expect})
    prepare(connection, org, moments[-1])
    people = read_people(connection)
    differences: dict[str, list[Problem]] = {story.id: [] for story in stories}
    for moment in moments:
        seen = _Seen(rule, org, people, moment, *_judge(connection, rule, org, moment))
        for story in stories:
            for expected in story.case.expect:
                if story.utc(expected.at) == moment:
                    differences[story.id] += _compare(rule, story, expected, seen)
    return [
        CaseResult(rule=rule.id, case=s.case.name, differences=tuple(differences[s.id]))
        for s in stories
    ]


def _calendars(rule: Rule) -> set[str]:
    return {DEFAULT_HOURS, rule.calendar or DEFAULT_HOURS}  # in a case they are all alike


def _judge(
    connection: duckdb.DuckDBPyConnection, rule: Rule, org: Org, moment: dt.datetime
) -> tuple[dict[str, Verdict], dict[str, Finding]]:
    compiled = compile_rule(rule)
    connection.execute(facts_sql([compiled]), {"as_of": moment})
    verdicts = judge(connection, compiled, org, moment)
    firing = [v for v in verdicts if v.fires]
    found = findings(connection, rule, org, firing, moment)
    return {v.deal_id: v for v in verdicts}, {f.deal_id: f for f in found}


# -- what was expected -----------------------------------------------------------------------


@dataclass(frozen=True)
class _Seen:
    rule: Rule
    org: Org
    people: Mapping[str, Person]
    moment: dt.datetime
    verdicts: Mapping[str, Verdict]
    findings: Mapping[str, Finding]


def _compare(rule: Rule, story: _Story, expected: Expectation, seen: _Seen) -> list[Problem]:
    verdict = seen.verdicts.get(story.id)
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
        said += _compare_task(rule, story, expected, seen)
    head = f"test {shown(story.case.name)}: at {_text(expected.at)}"
    return [problem_at(expected.place, f"{head} {sentence}.", rule.id) for sentence in said]


def _compare_task(rule: Rule, story: _Story, expected: Expectation, seen: _Seen) -> list[str]:
    if not expected.task:
        return []
    task = _task(rule, story, seen)
    return [
        f"the task's {word} is {shown(str(said))}, not {shown(str(expected.task[word]))}"
        for word, said in task.items()
        if word in expected.task and str(said) != str(expected.task[word])
    ]


def _task(rule: Rule, story: _Story, seen: _Seen) -> dict[str, Any]:
    finding = seen.findings[story.id]
    person = receiver(rule.task.to, finding.owner_id, seen.people)
    if person is None:
        return dict.fromkeys(("to", "due", "subject", "purpose", "opening", "done_when"), "nobody")
    calendar = seen.org.calendar(person.time_zone, rule.calendar)
    texts = {
        word: fill(getattr(rule.task, word), finding.values)
        for word in ("purpose", "opening", "done_when")
    }
    return {
        "to": person.name,
        "due": wording.due_day(rule.task.due, seen.moment, calendar),
        "subject": wording.subject(rule, finding),
        "priority": "high" if rule.task.high_priority else "normal",
        **texts,
    }


def _text(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


# -- what is told ----------------------------------------------------------------------------


@dataclass
class _Story:
    """One case as records of the canonical streams; `id` is the id of its deal."""

    case: Case
    id: str
    owner: str = field(init=False)
    zones: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.owner = str(self.case.deal.get("owner", "owner"))
        self.zones = {person.name: person.time_zone for person in self.case.people}

    @property
    def zone(self) -> str:
        return self.zones.get(self.owner, _ZONE)

    def utc(self, local: dt.datetime) -> dt.datetime:
        """Return a case's moment, which is local to the owner of its deal."""
        return _calendar_zone(self.zone, local)

    def local(self, moment: dt.datetime | None) -> str:
        """Say a moment as the case would write it."""
        return "never" if moment is None else _text(Org().calendar(self.zone).local(moment))

    def streams(self) -> dict[str, list[dict[str, Any]]]:
        """Return the records of this case by stream."""
        return {
            "deals": [self._deal()],
            "stage_changes": self._stage_change(),
            "owners": self._people(),
            "accounts": [
                {"id": self._id("account"), "name": self.case.deal.get("account", "Acme")}
            ],
            "contacts": [
                {"id": self._id("contact"), "name": "Client", "account_id": self._id("account")}
            ],
            "links": [
                {
                    "id": self._id("link"),
                    "deal_id": self.id,
                    "contact_id": self._id("contact"),
                    "is_primary": True,
                }
            ],
            "activities": [self._activity(n, a) for n, a in enumerate(self.case.activities)],
        }

    def _id(self, name: str) -> str:
        return f"{self.id}-{name}"

    def _moment(self, name: str) -> dt.datetime | None:
        said = self.case.deal.get(name)
        return self.utc(said) if isinstance(said, dt.datetime) else None

    def _entered(self) -> dt.datetime | None:
        return next((m for name in _MOMENTS if (m := self._moment(name)) is not None), None)

    def _deal(self) -> dict[str, Any]:
        said = self.case.deal
        first = min((a.on for a in self.case.activities), default=self.case.expect[0].at)
        created = self._moment("created_at") or min(
            m for m in (self._entered(), self.utc(first)) if m is not None
        ) - dt.timedelta(days=30)
        amount = said.get("amount")
        return {
            "id": self.id,
            "name": said.get("name", "Deal"),
            "account_id": self._id("account"),
            "owner_id": self._id(self.owner),
            "state": said["state"],
            "stage": said.get("stage", _STAGES[str(said["state"])]),
            "amount": amount if isinstance(amount, Decimal) else None,
            "currency": said.get("currency"),
            "probability": float(str(said["probability"])) if "probability" in said else None,
            "close_date": said.get("close_date"),
            "next_step": said.get("next_step"),
            "created_at": created,
        }

    def _stage_change(self) -> list[dict[str, Any]]:
        entered = self._entered()
        if entered is None:
            return []
        stage = self._deal()["stage"]
        return [{"id": self._id("entry"), "deal_id": self.id, "stage": stage, "at": entered}]

    def _people(self) -> list[dict[str, Any]]:
        manager = "manager"
        named = {person.name: person for person in self.case.people}
        if self.owner in named:
            manager = named[self.owner].manager or manager
        rows = [
            {
                "id": self._id(person.name),
                "name": person.name,
                "manager_id": self._id(person.manager) if person.manager else None,
                "active": person.active,
                "time_zone": person.time_zone,
            }
            for person in named.values()
        ]
        usual = {self.owner: manager, "team": manager, manager: None}
        return rows + [
            {
                "id": self._id(name),
                "name": name,
                "manager_id": self._id(above) if above else None,
                "active": True,
                "time_zone": _ZONE,
            }
            for name, above in usual.items()
            if name not in named
        ]

    def _activity(self, number: int, said: CaseActivity) -> dict[str, Any]:
        theirs = said.direction == "inbound" and said.kind in ("email", "message")
        by = {"owner": self.owner, "manager": self._manager()}.get(said.by, said.by)
        return {
            "id": f"{self._id('activity')}-{number}",
            "kind": said.kind,
            "direction": "internal" if said.with_client is False else said.direction,
            "outcome": said.outcome,
            "at": self.utc(said.on),
            "done": said.done,
            "duration_seconds": said.duration_seconds,
            "owner_id": None if theirs else self._id(by),
            "subject": said.subject,
            "text": said.text,
            "automated": said.automated,
            "outsiders": 1 if said.with_client else None,
            "created_at": self.utc(said.on),
            "deal_ids": [self.id] if said.linked_to == "deal" else [],
            "account_ids": [self._id("account")] if said.linked_to == "account" else [],
            "contact_ids": [self._id("contact")] if said.linked_to == "contact" else [],
        }

    def _manager(self) -> str:
        person = next((p for p in self.case.people if p.name == self.owner), None)
        return (person.manager if person else None) or "manager"


def _calendar_zone(zone: str, local: dt.datetime) -> dt.datetime:
    return Org().calendar(zone).utc(local)


_STAMP: Final = {"modified_at": dt.datetime(2000, 1, 1, tzinfo=dt.UTC), "deleted": False}


def _streams(stories: Sequence[_Story]) -> dict[str, pa.Table]:
    rows: dict[str, list[dict[str, Any]]] = {stream: [] for stream in STREAMS}
    for story in stories:
        for stream, records in story.streams().items():
            rows[stream] += [_STAMP | record for record in records]
    return {name: pa.Table.from_pylist(rows[name], schema=STREAMS[name]) for name in rows}
