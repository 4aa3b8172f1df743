"""What a plan depends on, made by hand: findings, tasks of before, people. Asserts nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from rules.checked import Rule, Severity
from rules.finding import Ending, Finding
from rules.load import load
from rules.org import Org
from rules.people import Person
from rules.strict_yaml import Source
from worker import rule_files
from worker.about import About
from worker.keys import Keyring
from worker.known import HeardWord, KnownRule, KnownTask, TaskState
from worker.plan import Decision, Judged, Limits, Memory, Plan, Reason, Setting, make_plan

NOW = dt.datetime(2026, 11, 19, 12, 0, tzinfo=dt.UTC)  # a Thursday
DAY = dt.timedelta(days=1)
_LIVE = Source(path="r.yaml", text="- {extends: shipped/won-no-follow-up, mode: live}\n")
RULE = replace(load([_LIVE], shipped=rule_files.shipped())[0].active[0], escalate=())
RING = Keyring(b"a key of the test", "00D")


def person(name: str, boss: str | None = None) -> Person:
    """Someone of ours who is there, in UTC; the id is the name in small letters."""
    return Person(id=name.lower(), name=name, active=True, manager_id=boss, time_zone="UTC")


PEOPLE = {"sam": person("Sam", "mia"), "ana": person("Ana", "mia"), "mia": person("Mia")}


def finding(deal: str = "d1", **changed: object) -> Finding:
    """Something a rule found on a deal of Sam's, a week old."""
    found = Finding(
        rule=RULE.id,
        severity=Severity.MEDIUM,
        subject="deal",
        record_id=deal,
        deal_id=deal,
        anchor=NOW - 7 * DAY,
        deadline=NOW - dt.timedelta(hours=2),
        as_of=NOW,
        owner_id="sam",
        account="Northwind",
        amount=Decimal(48000),
        evidence=("12 Nov: Rollout won",),
        values={
            "account": "Northwind",
            "owner": "Sam",
            "won_at:day": "12 Nov",
            "days_since_anchor": "5 business days",
        },
    )
    return replace(found, **changed)  # type: ignore[arg-type]


def of_account(record: str = "a1", **changed: object) -> Finding:
    """Something a rule found on an account of Sam's, of no deal."""
    about = {"subject": "account", "record_id": record, "deal_id": None, "account_id": record}
    return finding(**(about | changed))


def key(found: Finding, anchor: dt.datetime | None = None, step: int = 0) -> str:
    """The key of the task of a finding."""
    return RING.task_key(found.rule, found.subject, found.record_id, anchor or found.anchor, step)


def task(
    state: TaskState = TaskState.OPEN,
    *,
    of: str = "k",
    deal: str = "other",
    written: dt.datetime = NOW - 3 * DAY,
    **changed: object,
) -> KnownTask:
    """A task of before; by default an open one of Sam's on another deal."""
    known = KnownTask(
        key=of,
        rule=RULE.id,
        about=About(subject="deal", record_id=deal, deal_id=deal),
        anchor=written,
        owner_id="sam",
        task_id="00T",
        state=state,
        written_at=written,
        ended_at=None,
    )
    return replace(known, **changed)  # type: ignore[arg-type]


def task_of(found: Finding, state: TaskState = TaskState.OPEN, **changed: object) -> KnownTask:
    """The task that a finding led to before."""
    known = task(state, of=key(found), deal=found.record_id)
    about = About(
        subject=found.subject,
        record_id=found.record_id,
        deal_id=found.deal_id,
        account_id=found.account_id,
    )
    values: dict[str, object] = {"about": about, "anchor": found.anchor, "rule": found.rule}
    return replace(known, **(values | changed))  # type: ignore[arg-type]


def tasks(*some: KnownTask) -> dict[str, KnownTask]:
    """Tasks as the ledger gives them."""
    return {one.key: one for one in some}


def ended(record: str = "other", line: str = "call connected") -> Ending:
    """Why a finding no longer holds."""
    return Ending(record_id=record, line=line, touch=None)


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Everything a plan depends on, with what a quiet Thursday looks like as default."""

    findings: Sequence[Finding] = field(default_factory=lambda: [finding()])
    rules: Sequence[Rule] = (RULE,)
    tasks: Mapping[str, KnownTask] = field(default_factory=dict)
    known: Mapping[str, KnownRule] = field(default_factory=dict)
    refused: frozenset[str] = frozenset()
    unanswered: frozenset[str] = frozenset()
    alerted: frozenset[str] = frozenset()
    people: Mapping[str, Person] = field(default_factory=lambda: PEOPLE)
    pilot: frozenset[str] = frozenset()
    quiet_hours: bool = True
    otherwise_to: Sequence[str] = ()
    deletes: bool = False
    limits: Limits = field(default_factory=Limits)
    population: int = 50
    endings: Mapping[str, Ending] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    unjudgeable: Mapping[str, str] = field(default_factory=dict)
    live_writes: Mapping[str, Sequence[int]] = field(default_factory=dict)
    anomalies: Sequence[str] = ()
    words: Sequence[HeardWord] = ()
    mentions: Mapping[str, frozenset[str]] = field(default_factory=dict)
    proofs: Mapping[str, Ending] = field(default_factory=dict)
    explained: Mapping[str, Sequence[str]] = field(default_factory=dict)
    whole: bool = True
    clients: Mapping[str, str] = field(default_factory=dict)
    now: dt.datetime = NOW

    def plan(self) -> Plan:
        """Make the plan."""
        return make_plan(
            {rule.id: rule for rule in self.rules},
            Judged(
                findings=self.findings,
                endings=self.endings,
                population={rule.id: self.population for rule in self.rules},
                values=self.values,
                proofs=self.proofs,
                explained=self.explained,
                clients=self.clients,
                whole=self.whole,
                anomalies=self.anomalies,
            ),
            Memory(
                tasks=self.tasks,
                rules=self.known,
                refused=self.refused,
                unanswered=self.unanswered,
                alerted=self.alerted,
                words=self.words,
                live_writes=self.live_writes,
                mentions=self.mentions,
            ),
            Setting(
                org=Org(),
                keyring=RING,
                people=self.people,
                limits=self.limits,
                pilot=self.pilot,
                record_url=lambda kind, record: f"https://crm.example/{kind}/{record}",
                unjudgeable=self.unjudgeable,
                otherwise_to=self.otherwise_to,
                deletes=self.deletes,
                quiet_hours=self.quiet_hours,
            ),
            self.now,
        )

    def reasons(self) -> dict[str, Reason]:
        """The reasons by record."""
        return {d.about.record_id: d.reason for d in self.plan().decisions}

    def only(self) -> Decision:
        """The one decision there is."""
        (decision,) = self.plan().decisions
        return decision
