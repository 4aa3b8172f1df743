"""The plan: what becomes of each finding, and why. Pure: no store, no CRM, no clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.checked import Mode, Rule, Severity
from rules.evaluate import Org
from rules.evidence import Ending, Finding
from rules.people import Person
from tests.worker.world import rules_of
from worker.keys import Keyring
from worker.ledger import CLOSED_BY_US, KnownRule, KnownTask, TaskState
from worker.plan import Decision, Judged, Limits, Memory, Plan, Reason, Setting, make_plan

NOW = dt.datetime(2026, 11, 19, 12, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
RULE = rules_of("- {extends: shipped/won-no-follow-up, mode: live}\n")["won-no-follow-up"]
OTHER = replace(RULE, id="stale-proposal", meaning="another")
RING = Keyring(b"a key of the test", "00D")
PEOPLE = {
    "sam": Person(id="sam", name="Sam", active=True, manager_id="mia", time_zone="UTC"),
    "ana": Person(id="ana", name="Ana", active=True, manager_id="mia", time_zone="UTC"),
    "mia": Person(id="mia", name="Mia", active=True, manager_id=None, time_zone="UTC"),
}


def finding(deal: str = "d1", **changed: object) -> Finding:
    """Something a rule found on a deal of Sam's, a week old."""
    values = dict.fromkeys(("account", "won_at:day", "days_since_anchor"), "x")
    found = Finding(
        rule=RULE.id,
        severity=Severity.MEDIUM,
        deal_id=deal,
        anchor=NOW - 7 * DAY,
        deadline=NOW - 2 * dt.timedelta(hours=1),
        as_of=NOW,
        owner_id="sam",
        contact_id=None,
        account="Northwind",
        amount=Decimal(48000),
        evidence=("12 Nov: Rollout won",),
        values=values,
    )
    return replace(found, **changed)  # type: ignore[arg-type]


def key(found: Finding) -> str:
    return RING.task_key(found.rule, found.deal_id, found.anchor)


def task(
    state: TaskState = TaskState.OPEN,
    *,
    of: str = "k",
    deal: str = "other",
    owner: str = "sam",
    written: dt.datetime = NOW - 3 * DAY,
) -> KnownTask:
    return KnownTask(
        key=of,
        rule=RULE.id,
        deal_id=deal,
        anchor=written,
        owner_id=owner,
        task_id="00T",
        state=state,
        written_at=written,
        ended_at=None,
    )


def tasks(*some: KnownTask) -> dict[str, KnownTask]:
    return {one.key: one for one in some}


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Everything a plan depends on, with what a quiet Thursday looks like as default."""

    findings: Sequence[Finding] = field(default_factory=lambda: [finding()])
    rules: Sequence[Rule] = (RULE,)
    tasks: Mapping[str, KnownTask] = field(default_factory=dict)
    known: Mapping[str, KnownRule] = field(default_factory=dict)
    refused: frozenset[str] = frozenset()
    people: Mapping[str, Person] = field(default_factory=lambda: PEOPLE)
    pilot: frozenset[str] = frozenset()
    limits: Limits = field(default_factory=Limits)
    population: int = 50
    endings: Mapping[str, Ending] = field(default_factory=dict)

    def plan(self) -> Plan:
        return make_plan(
            {rule.id: rule for rule in self.rules},
            Judged(
                findings=self.findings,
                endings=self.endings,
                population={rule.id: self.population for rule in self.rules},
            ),
            Memory(tasks=self.tasks, rules=self.known, refused=self.refused),
            Setting(
                org=Org(),
                keyring=RING,
                people=self.people,
                limits=self.limits,
                pilot=self.pilot,
                deal_url=lambda deal: f"https://crm.example/{deal}",
            ),
            NOW,
        )

    def reasons(self) -> dict[str, Reason]:
        return {d.deal_id: d.reason for d in self.plan().decisions}


K1 = key(finding())
SHADOW, PILOT = (replace(RULE, mode=mode) for mode in (Mode.SHADOW, Mode.PILOT))
LIVE_BEFORE = {RULE.id: KnownRule(meaning=RULE.meaning, live_since=NOW - 30 * DAY)}
OLD = finding(anchor=NOW - 15 * DAY)

LADDER = [
    ("Nothing speaks against it: a task.", Scene(), Reason.NEW),
    (
        "Its own task is open.",
        Scene(tasks=tasks(task(of=K1, deal="d1"))),
        Reason.ALREADY_OPEN,
    ),
    (
        "A person ticked its task off.",
        Scene(tasks=tasks(task(TaskState.CLAIMED, of=K1, deal="d1"))),
        Reason.CLAIMED,
    ),
    (
        "A person deleted its task.",
        Scene(tasks=tasks(task(TaskState.DISMISSED, of=K1, deal="d1"))),
        Reason.DISMISSED,
    ),
    (
        "We closed its task, and the same episode holds again.",
        Scene(tasks=tasks(task(TaskState.RESOLVED, of=K1, deal="d1"))),
        Reason.CLOSED_BEFORE,
    ),
    (
        "Another task of ours is open on the deal.",
        Scene(tasks=tasks(task(deal="d1"))),
        Reason.DEAL_HAS_TASK,
    ),
    (
        "Another task of ours on the deal is over: it does not count.",
        Scene(tasks=tasks(task(TaskState.CLAIMED, deal="d1"))),
        Reason.NEW,
    ),
    (
        "Another task of ours on the deal is being closed by this very plan.",
        Scene(
            tasks=tasks(task(deal="d1")),
            endings={"k": Ending(deal_id="d1", line="call", touch="00T9")},
        ),
        Reason.NEW,
    ),
    ("The CRM refused this very task.", Scene(refused=frozenset({K1})), Reason.REFUSED_BEFORE),
    ("The CRM refused another one.", Scene(refused=frozenset({"k"})), Reason.NEW),
    ("The rule is in shadow.", Scene(rules=[SHADOW]), Reason.SHADOW),
    (
        "Shadow comes after what is there already.",
        Scene(rules=[SHADOW], tasks=tasks(task(of=K1, deal="d1"))),
        Reason.ALREADY_OPEN,
    ),
    ("The rule is in pilot, and Sam is not.", Scene(rules=[PILOT]), Reason.PILOT_ONLY),
    ("Sam is in the pilot, by name.", Scene(rules=[PILOT], pilot=frozenset({"Sam"})), Reason.NEW),
    ("Sam is in the pilot, by id.", Scene(rules=[PILOT], pilot=frozenset({"sam"})), Reason.NEW),
    (
        "A pilot does not bind a live rule.",
        Scene(pilot=frozenset({"Ana"})),
        Reason.NEW,
    ),
    (
        "The rule was live with another meaning.",
        Scene(known={RULE.id: KnownRule(meaning="before", live_since=NOW - DAY)}),
        Reason.MEANING_CHANGED,
    ),
    (
        "The rule had another meaning while it was in shadow: nobody relied on it.",
        Scene(known={RULE.id: KnownRule(meaning="before", live_since=None)}),
        Reason.NEW,
    ),
    ("The rule was live with this meaning.", Scene(known=LIVE_BEFORE), Reason.NEW),
    ("The episode is older than 14 days on the first run.", Scene(findings=[OLD]), Reason.BACKLOG),
    (
        "The episode is exactly 14 days old.",
        Scene(findings=[finding(anchor=NOW - 14 * DAY)]),
        Reason.NEW,
    ),
    (
        "It is older, but began after the rule's start: it waited for a place.",
        Scene(findings=[OLD], known=LIVE_BEFORE),
        Reason.NEW,
    ),
    (
        "It was overdue before the rule's start, also in a later run.",
        Scene(
            findings=[finding(anchor=NOW - 45 * DAY, deadline=NOW - 40 * DAY)], known=LIVE_BEFORE
        ),
        Reason.BACKLOG,
    ),
    (
        "It began before the rule's start and fell due only when the rule was live.",
        Scene(findings=[finding(anchor=NOW - 45 * DAY)], known=LIVE_BEFORE),
        Reason.NEW,
    ),
    (
        "The owner has left, and so has the manager.",
        Scene(people={n: replace(p, active=False) for n, p in PEOPLE.items()}),
        Reason.NO_RECEIVER,
    ),
    ("The owner is unknown.", Scene(findings=[finding(owner_id="who")]), Reason.NO_RECEIVER),
    ("The deal has no owner.", Scene(findings=[finding(owner_id=None)]), Reason.NO_RECEIVER),
    (
        "Three were written for Sam today.",
        Scene(tasks=tasks(*(task(TaskState.CLAIMED, of=f"k{n}", written=NOW) for n in range(3)))),
        Reason.PERSON_DAY_FULL,
    ),
    (
        "Three were written for Sam yesterday.",
        Scene(
            tasks=tasks(*(task(TaskState.CLAIMED, of=f"k{n}", written=NOW - DAY) for n in range(3)))
        ),
        Reason.NEW,
    ),
    (
        "Three were written for Ana today.",
        Scene(
            tasks=tasks(
                *(task(TaskState.CLAIMED, of=f"k{n}", owner="ana", written=NOW) for n in range(3))
            )
        ),
        Reason.NEW,
    ),
    (
        "Seven are open on Sam's desk.",
        Scene(tasks=tasks(*(task(of=f"k{n}", deal=f"o{n}") for n in range(7)))),
        Reason.PERSON_FULL,
    ),
    (
        "Six are open on Sam's desk.",
        Scene(tasks=tasks(*(task(of=f"k{n}", deal=f"o{n}") for n in range(6)))),
        Reason.NEW,
    ),
    (
        "Seven are open, and one of them is closed by this very plan.",
        Scene(
            tasks=tasks(*(task(of=f"k{n}", deal=f"o{n}") for n in range(7))),
            endings={"k0": Ending(deal_id="o0", line="call", touch=None)},
        ),
        Reason.NEW,
    ),
]


@pytest.mark.parametrize(("sentence", "scene", "reason"), LADDER, ids=[row[0] for row in LADDER])
def test_the_ladder(sentence: str, scene: Scene, reason: Reason) -> None:
    """One rung a row; only NEW has a draft."""
    decision = next(d for d in scene.plan().decisions if d.finding is not None)
    assert decision.reason is reason, sentence
    assert (decision.draft is not None) == (reason is Reason.NEW)
    assert decision.key == key(scene.findings[0])


def test_every_reason_has_a_row() -> None:
    """A rung that nobody tests is a rung that nobody has."""
    elsewhere = {Reason.BRAKE, Reason.DUTY_MET, Reason.STEP_DUE}
    assert {row[2] for row in LADDER} | elsewhere == set(Reason)


# -- who, when, what -------------------------------------------------------------------------


def test_the_manager_stands_in_for_an_owner_who_left() -> None:
    """The first of `to` who is there gets it."""
    left = PEOPLE | {"sam": replace(PEOPLE["sam"], active=False)}
    (decision,) = Scene(people=left).plan().decisions
    assert decision.draft is not None
    assert (decision.draft.owner_id, decision.to) == ("mia", "Mia")


def test_the_draft_is_whole() -> None:
    """Key, deal, receiver, a due day on the receiver's calendar, a body with its mark."""
    (decision,) = Scene().plan().decisions
    draft = decision.draft
    assert draft is not None
    assert (draft.key, draft.deal_id, draft.owner_id) == (K1, "d1", "sam")
    assert draft.due == dt.date(2026, 11, 20)
    assert draft.body.endswith(f"ref: {RULE.id}@{RULE.meaning[:8]} · {K1}")
    assert "https://crm.example/d1" in draft.body


def test_a_renamed_rule_keeps_its_keys() -> None:
    """`was:` goes into the key, so that a new name writes nothing a second time."""
    renamed = replace(RULE, id="new-name", was=RULE.id)
    scene = Scene(
        rules=[renamed],
        findings=[finding(rule="new-name")],
        tasks=tasks(task(TaskState.CLAIMED, of=K1, deal="d1")),
    )
    assert scene.reasons() == {"d1": Reason.CLAIMED}


def test_the_day_is_the_receivers_own() -> None:
    """Written at 12:00 UTC the 18th is already the 19th in Auckland: today's number is reached."""
    written = dt.datetime(2026, 11, 18, 12, 0, tzinfo=dt.UTC)
    before = tasks(*(task(TaskState.CLAIMED, of=f"k{n}", written=written) for n in range(3)))
    auckland = PEOPLE | {"sam": replace(PEOPLE["sam"], time_zone="Pacific/Auckland")}
    now_there = NOW.replace(hour=10)  # 23:00 of the 19th in Auckland
    assert Scene(tasks=before).reasons() == {"d1": Reason.NEW}
    plan = make_plan(
        {RULE.id: RULE},
        Judged(findings=[finding()], endings={}, population={}),
        Memory(tasks=before, rules={}, refused=frozenset()),
        Setting(
            org=Org(),
            keyring=RING,
            people=auckland,
            limits=Limits(),
            pilot=frozenset(),
            deal_url=str,
        ),
        now_there,
    )
    assert [d.reason for d in plan.decisions] == [Reason.PERSON_DAY_FULL]


def many(number: int, **changed: object) -> list[Finding]:
    return [finding(f"d{n:03}", **changed) for n in range(number)]


def people(number: int) -> dict[str, Person]:
    return {
        f"p{n:03}": Person(
            id=f"p{n:03}", name=f"P{n}", active=True, manager_id=None, time_zone="UTC"
        )
        for n in range(number)
    }


def test_three_a_day_and_the_gravest_first() -> None:
    """Severity before size, size before waiting; the rest is told, not dropped."""
    found = [
        finding("small", amount=Decimal(1)),
        finding("none", amount=None),
        finding("large", amount=Decimal(90000)),
        finding("grave", amount=Decimal(2), severity=Severity.HIGH),
        finding("light", amount=Decimal(99999), severity=Severity.LOW),
        finding("late", amount=Decimal(1), deadline=NOW - 5 * DAY),
    ]
    reasons = Scene(findings=found).reasons()
    assert {deal for deal, why in reasons.items() if why is Reason.NEW} == {
        "grave",
        "large",
        "late",
    }
    assert {why for deal, why in reasons.items() if deal not in ("grave", "large", "late")} == {
        Reason.PERSON_DAY_FULL
    }


def test_one_open_task_a_deal_also_within_a_plan() -> None:
    """Two rules on one deal: the graver one writes, the other waits."""
    both = [
        finding(),
        finding(rule=OTHER.id, severity=Severity.HIGH),
    ]
    plan = Scene(rules=[RULE, OTHER], findings=both).plan()
    assert {d.rule: d.reason for d in plan.decisions} == {
        OTHER.id: Reason.NEW,
        RULE.id: Reason.DEAL_HAS_TASK,
    }


# -- brakes ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("creates", "deals", "stopped"),
    [
        (10, 20, False),  # ten are always allowed
        (11, 20, True),  # below 100 deals the number alone decides
        (11, 99, True),
        (11, 100, True),  # more than 10 %
        (11, 110, False),  # exactly 10 %
        (12, 110, True),
        (40, 400, False),
        (41, 400, True),
    ],
)
def test_the_brake(creates: int, deals: int, stopped: bool) -> None:
    """More than ten new tasks of one rule, and more than a tenth of the deals in its scope."""
    found = [replace(f, owner_id=f"p{n:03}") for n, f in enumerate(many(creates))]
    plan = Scene(findings=found, people=people(creates), population=deals).plan()
    assert set(plan.reasons) == {"brake" if stopped else "new"}
    assert len(plan.creates) == (0 if stopped else creates)
    if stopped:
        assert plan.decisions[0].note == f"{creates} new tasks for {deals} deals in scope"


def test_limits_come_before_brakes() -> None:
    """Thirty findings of one person make three tasks, and three trip nothing."""
    plan = Scene(findings=many(30), population=30).plan()
    assert plan.reasons == {"new": 3, "person_day_full": 27}


def test_a_brake_stops_one_rule_only() -> None:
    """Another rule's task is written."""
    crowd = people(12) | PEOPLE
    found = [replace(f, owner_id=f"p{n:03}") for n, f in enumerate(many(11))]
    plan = Scene(
        rules=[RULE, OTHER], findings=[*found, finding("x", rule=OTHER.id)], people=crowd
    ).plan()
    assert plan.reasons == {"brake": 11, "new": 1}


def test_a_brake_never_stops_a_close() -> None:
    """A duty that is met is closed, whatever the new tasks are."""
    found = [replace(f, owner_id=f"p{n:03}") for n, f in enumerate(many(11))]
    plan = Scene(
        findings=found,
        people=people(11),
        tasks=tasks(task()),
        endings={"k": Ending(deal_id="other", line="call connected", touch="00T9")},
    ).plan()
    assert plan.reasons == {"brake": 11, "duty_met": 1}


# -- closing ---------------------------------------------------------------------------------


def test_a_met_duty_closes_with_its_evidence() -> None:
    """The line says who we are and what we saw."""
    plan = Scene(
        findings=[],
        tasks=tasks(task()),
        endings={"k": Ending(deal_id="other", line="call connected by Sam", touch="00T9")},
    ).plan()
    (decision,) = plan.closes
    assert decision.close is not None
    assert decision.close.line == f"{CLOSED_BY_US} call connected by Sam."
    assert decision.close.task_id == "00T"


# -- what is remembered ----------------------------------------------------------------------


def test_a_changed_meaning_is_quiet_for_one_run() -> None:
    """What the first plan remembers makes the second one write."""
    known = {RULE.id: KnownRule(meaning="before", live_since=NOW - 30 * DAY)}
    first = Scene(known=known).plan()
    assert first.reasons == {"meaning_changed": 1}
    second = Scene(known=first.rules).plan()
    assert second.reasons == {"new": 1}


@pytest.mark.parametrize(
    ("rule", "before", "since"),
    [
        (RULE, None, NOW),
        (RULE, KnownRule(meaning="m", live_since=NOW - DAY), NOW - DAY),
        (RULE, KnownRule(meaning="m", live_since=None), NOW),
        (SHADOW, None, None),
        (PILOT, None, NOW),
    ],
)
def test_a_rule_is_live_since_it_first_might_write(
    rule: Rule, before: KnownRule | None, since: dt.datetime | None
) -> None:
    """Shadow does not count; later runs do not move it."""
    known = {rule.id: before} if before else {}
    plan = Scene(rules=[rule], known=known).plan()
    assert plan.rules[rule.id] == KnownRule(meaning=rule.meaning, live_since=since)


# -- the same input --------------------------------------------------------------------------


def test_the_hash_names_what_is_written() -> None:
    """Evidence that changes the text changes it; a finding that writes nothing does not."""
    one = Scene().plan().hash
    assert Scene().plan().hash == one
    assert Scene(findings=[finding(), replace(OLD, deal_id="d2")]).plan().hash == one
    assert Scene(findings=[finding(evidence=("something else",))]).plan().hash != one
    assert Scene(findings=[finding("d2")]).plan().hash != one


FOUND = [
    finding(
        f"d{n}",
        amount=Decimal(n % 3),
        severity=list(Severity)[n % 2],
        owner_id=("sam", "ana")[n % 2],
        rule=(RULE.id, OTHER.id)[n % 2],
    )
    for n in range(9)
] + [finding("d0", rule=OTHER.id), finding("d1")]


@given(st.permutations(FOUND))
def test_the_order_of_findings_does_not_matter(found: list[Finding]) -> None:
    """Any order of the same findings gives the same plan, to the last byte."""
    plan = Scene(rules=[RULE, OTHER], findings=found).plan()
    assert plan == _REFERENCE
    assert plan.hash == _REFERENCE.hash


_REFERENCE = Scene(rules=[RULE, OTHER], findings=FOUND).plan()


@given(
    st.lists(
        st.builds(
            finding,
            st.sampled_from([f"d{n}" for n in range(40)]),
            owner_id=st.sampled_from(["sam", "ana", "mia", "who", None]),
            severity=st.sampled_from(Severity),
            amount=st.none() | st.integers(0, 10**6).map(Decimal),
            anchor=st.integers(0, 30).map(lambda days: NOW - days * DAY),
        ),
        unique_by=lambda f: f.deal_id,
        max_size=40,
    )
)
def test_no_plan_exceeds_a_limit(found: list[Finding]) -> None:
    """Whatever is found: a reason for each, three a person, ten a rule, one a deal."""
    plan = Scene(findings=found).plan()
    assert sorted(d.deal_id for d in plan.decisions) == sorted(f.deal_id for f in found)
    owners = [d.draft.owner_id for d in plan.creates if d.draft]
    assert all(owners.count(person) <= 3 for person in owners)
    assert len(owners) <= 10
    assert _unique(plan.creates, lambda d: d.deal_id)
    assert _unique(plan.creates, lambda d: d.key)


def _unique(some: Sequence[Decision], of: Callable[[Decision], str]) -> bool:
    return len({of(one) for one in some}) == len(some)
