"""The plan: what becomes of each finding, and why. Pure: no store, no CRM, no clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.checked import Limits as RuleLimits
from rules.checked import Mode, Resolve, Rule, Severity
from rules.finding import Finding
from rules.lengths import Length
from rules.people import Person
from tests.worker.scene import (
    DAY,
    NOW,
    PEOPLE,
    RULE,
    Scene,
    ended,
    finding,
    key,
    of_account,
    person,
    task,
    task_of,
    tasks,
)
from worker.about import About, Kind
from worker.apply import intent_of
from worker.known import CLOSED_BY_US, KnownRule, KnownTask, TaskState
from worker.payloads import payload_removal
from worker.plan import Decision, Reason

OTHER = replace(RULE, id="stale-proposal", meaning="another")
K1 = key(finding())
SHADOW, PILOT = (replace(RULE, mode=mode) for mode in (Mode.SHADOW, Mode.PILOT))
IN_NORTH = {**PEOPLE, "sam": replace(PEOPLE["sam"], teams=frozenset({"North"}))}
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
        "A person snoozed its task.",
        Scene(tasks=tasks(task(TaskState.SNOOZED, of=K1, deal="d1", until=NOW + DAY))),
        Reason.SNOOZED,
    ),
    (
        "Somebody else was told of its task, which is open.",
        Scene(tasks=tasks(task(TaskState.ESCALATED, of=K1, deal="d1"))),
        Reason.ALREADY_OPEN,
    ),
    (
        "Its task expired.",
        Scene(tasks=tasks(task(TaskState.EXPIRED, of=K1, deal="d1"))),
        Reason.EXPIRED_BEFORE,
    ),
    (
        "Its task was taken back.",
        Scene(tasks=tasks(task(TaskState.UNDONE, of=K1, deal="d1"))),
        Reason.UNDONE,
    ),
    (
        "A snoozed task holds the place of its deal.",
        Scene(tasks=tasks(task(TaskState.SNOOZED, deal="d1", rule="b", until=NOW + DAY))),
        Reason.ALSO,
    ),
    (
        "Another task of ours is open on the deal, and is Mia's.",
        Scene(tasks=tasks(task(deal="d1", owner_id="mia"))),
        Reason.RECORD_HAS_TASK,
    ),
    (
        "Another task of ours is open on the deal, and the rule is in shadow.",
        Scene(rules=[SHADOW], tasks=tasks(task(deal="d1"))),
        Reason.RECORD_HAS_TASK,
    ),
    (
        "It is seven in Sam's evening.",
        Scene(now=NOW + dt.timedelta(hours=5)),
        Reason.QUIET_HOURS,
    ),
    (
        "It is Saturday.",
        Scene(now=NOW + 2 * DAY),
        Reason.QUIET_HOURS,
    ),
    (
        "It is Saturday, and quiet hours are off.",
        Scene(now=NOW + 2 * DAY, quiet_hours=False),
        Reason.NEW,
    ),
    (
        "Six are open on Sam's desk, and a seventh is snoozed.",
        Scene(
            tasks=tasks(
                task(TaskState.SNOOZED, of="k7", deal="o7", until=NOW + DAY),
                *(task(of=f"k{n}", deal=f"o{n}") for n in range(6)),
            )
        ),
        Reason.NEW,
    ),
    (
        "We closed its task, and the same episode holds again.",
        Scene(tasks=tasks(task(TaskState.RESOLVED, of=K1, deal="d1"))),
        Reason.CLOSED_BEFORE,
    ),
    (
        "Another task of ours is open on the deal.",
        Scene(tasks=tasks(task(deal="d1", rule="another"))),
        Reason.ALSO,
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
            endings={"k": ended("d1", "call")},
        ),
        Reason.NEW,
    ),
    ("The CRM refused this very task.", Scene(refused=frozenset({K1})), Reason.REFUSED_BEFORE),
    ("The CRM refused another one.", Scene(refused=frozenset({"k"})), Reason.NEW),
    ("Its sending went unanswered.", Scene(unanswered=frozenset({K1})), Reason.UNANSWERED),
    ("That of another one did.", Scene(unanswered=frozenset({"k"})), Reason.NEW),
    ("The rule is in shadow.", Scene(rules=[SHADOW]), Reason.SHADOW),
    (
        "Shadow comes after what is there already.",
        Scene(rules=[SHADOW], tasks=tasks(task(of=K1, deal="d1"))),
        Reason.ALREADY_OPEN,
    ),
    ("The rule is in pilot, and Sam is not.", Scene(rules=[PILOT]), Reason.PILOT_ONLY),
    ("Sam is in the pilot, by name.", Scene(rules=[PILOT], pilot=frozenset({"Sam"})), Reason.NEW),
    (
        "Sam's team is in the pilot.",
        Scene(rules=[PILOT], pilot=frozenset({"team:north"}), people=IN_NORTH),
        Reason.NEW,
    ),
    (
        "Another team is in the pilot.",
        Scene(rules=[PILOT], pilot=frozenset({"team:South", "North"}), people=IN_NORTH),
        Reason.PILOT_ONLY,
    ),
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
                *(
                    task(TaskState.CLAIMED, of=f"k{n}", owner_id="ana", written=NOW)
                    for n in range(3)
                )
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
            endings={"k0": ended("o0", "call")},
        ),
        Reason.NEW,
    ),
    (
        "Sam's activity cannot be seen.",
        Scene(unjudgeable={"sam": "cannot see Sam's activity"}),
        Reason.CANNOT_SEE,
    ),
    ("Ana's activity cannot be seen.", Scene(unjudgeable={"ana": "cannot see"}), Reason.NEW),
    (
        "The rule judges nobody by what is missing.",
        Scene(
            rules=[replace(RULE, absences=())],
            unjudgeable={"sam": "cannot see Sam's activity"},
        ),
        Reason.NEW,
    ),
    (
        "A task of ours is open on the account, and this is about a deal of it.",
        Scene(
            findings=[finding(account_id="a1")],
            tasks=tasks(task(about=About(subject="account", record_id="a1", account_id="a1"))),
        ),
        Reason.NEW,
    ),
    (
        "A task of another contact of the same account is open.",
        Scene(
            findings=[of_account()],
            tasks=tasks(task(about=About(subject="contact", record_id="c1", account_id="a1"))),
        ),
        Reason.RECORD_HAS_TASK,
    ),
    (
        "A word to the manager about the deal is open as a task, in a CRM that cannot notify.",
        Scene(tasks=tasks(task(deal="d1", kind=Kind.ALERT))),
        Reason.NEW,
    ),
    (
        "The rule has written its one task a day for Sam.",
        Scene(
            rules=[replace(RULE, limits=RuleLimits(per_owner_per_day=1))],
            tasks=tasks(task(TaskState.CLAIMED, written=NOW)),
        ),
        Reason.RULE_DAY_FULL,
    ),
    (
        "Another rule has written a task for Sam today.",
        Scene(
            rules=[replace(RULE, limits=RuleLimits(per_owner_per_day=1))],
            tasks=tasks(task(TaskState.CLAIMED, written=NOW, rule="another")),
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
    elsewhere = {Reason.BRAKE, Reason.DUTY_MET, Reason.RULE_RUN_FULL}
    others = {  # test_outcomes.py
        Reason.ALERT,
        Reason.ALREADY_TOLD,
        Reason.LINE,
        Reason.LINE_WAITS,
        Reason.WEEK,
        Reason.WEEK_OVER,
        Reason.STEP_DUE,
        *(Reason.HEARD, Reason.EXPIRED, Reason.PROVEN, Reason.REOPENED),  # test_obeying.py
        *(Reason.GONE_MEANWHILE, Reason.NOT_LOOKED),  # test_recheck.py
        *(Reason.LINES_ADDED, Reason.ROLL_UP, Reason.ROLL_UP_OVER),  # test_also.py
    }
    assert {row[2] for row in LADDER} | elsewhere | others == set(Reason)


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
    assert "Links: deal https://crm.example/deal/d1" in draft.body


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
    plan = Scene(tasks=before, people=auckland, now=now_there, quiet_hours=False).plan()
    assert plan.reasons == {"person_day_full": 1, "roll_up": 1}


def many(number: int, **changed: object) -> list[Finding]:
    return [finding(f"d{n:03}", **changed) for n in range(number)]


def people(number: int) -> dict[str, Person]:
    return {f"p{n:03}": person(f"P{n:03}") for n in range(number)}


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
    assert reasons.pop("sam") is Reason.ROLL_UP
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
        RULE.id: Reason.ALSO,
    }


def test_a_rule_may_give_out_so_many_in_one_run() -> None:
    """The gravest two; the third says why it waits."""
    rule = replace(RULE, limits=RuleLimits(per_run=2))
    found = [
        finding("a", amount=Decimal(1), owner_id="sam"),
        finding("b", amount=Decimal(2), owner_id="ana"),
        finding("c", amount=Decimal(3), owner_id="mia"),
    ]
    scene = Scene(rules=[rule], findings=found)
    assert scene.reasons() == {"a": Reason.RULE_RUN_FULL, "b": Reason.NEW, "c": Reason.NEW}
    assert set(Scene(findings=found).reasons().values()) == {Reason.NEW}


def test_a_grave_finding_is_of_high_priority() -> None:
    """Severity decides, beside the rule's own word."""
    plans = [Scene(findings=[finding(severity=one)]).only() for one in Severity]
    assert [d.draft.high_priority for d in plans if d.draft] == [False, False, True]


# -- records of every subject ----------------------------------------------------------------


def test_a_task_hangs_on_the_account_where_there_is_no_deal() -> None:
    """Account, contact, link and mark; with a deal the account is left to the CRM."""
    draft = Scene(findings=[of_account(contact_id="c1")]).only().draft
    assert draft is not None
    assert (draft.deal_id, draft.account_id, draft.contact_id) == (None, "a1", "c1")
    lines = draft.body.splitlines()
    assert (
        "Links: account https://crm.example/account/a1 · contact https://crm.example/contact/c1"
        in lines
    )
    assert lines[-1] == f"ref: {RULE.id}@{RULE.meaning[:8]} · account a1 · {draft.key}"
    of_deal = Scene(findings=[finding(account_id="a1")]).only().draft
    assert of_deal is not None
    assert (of_deal.deal_id, of_deal.account_id) == ("d1", None)


def test_a_task_about_a_person_hangs_on_nothing() -> None:
    """It names no page, and its episode is the person's."""
    about = finding("sam", subject="owner", deal_id=None)
    draft = Scene(findings=[about]).only().draft
    assert draft is not None
    assert (draft.deal_id, draft.account_id, draft.key) == (None, None, key(about))
    assert "https://" not in draft.body


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
        assert plan.decisions[0].note == f"{creates} tasks and alerts for {deals} records in scope"


def test_limits_come_before_brakes() -> None:
    """Thirty findings of one person make three tasks, and three trip nothing."""
    plan = Scene(findings=many(30), population=30).plan()
    assert plan.reasons == {"new": 3, "person_day_full": 27, "roll_up": 1}


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
        endings={"k": ended("other", "call connected")},
    ).plan()
    assert plan.reasons == {"brake": 11, "duty_met": 1}


# -- closing ---------------------------------------------------------------------------------


def test_a_met_duty_closes_with_its_evidence() -> None:
    """The line says who we are and what we saw."""
    plan = Scene(
        findings=[],
        tasks=tasks(task()),
        endings={"k": ended("other", "call connected by Sam")},
    ).plan()
    (decision,) = plan.closes
    assert decision.close is not None
    assert decision.close.line == f"{CLOSED_BY_US} call connected by Sam."
    assert decision.close.task_id == "00T"


LATE = Resolve(close_task_with="{owner} was in time.")


@pytest.mark.parametrize(
    ("resolve", "values", "line"),
    [
        (LATE, {"owner": "Sam"}, "Sam was in time."),
        (LATE, {}, "call connected."),  # the record can no longer say it
        (Resolve(), {"owner": "Sam"}, "call connected."),
    ],
)
def test_a_task_closes_with_the_words_of_its_rule(
    resolve: Resolve, values: dict[str, str], line: str
) -> None:
    """What was seen stands in where there are none."""
    (decision,) = (
        Scene(
            rules=[replace(RULE, resolve=resolve)],
            findings=[],
            tasks=tasks(task()),
            endings={"k": ended()},
            values={"k": values},
        )
        .plan()
        .closes
    )
    assert decision.close is not None
    assert decision.close.line == f"{CLOSED_BY_US} {line}"


# -- once more -------------------------------------------------------------------------------

AGAIN = replace(RULE, limits=RuleLimits(repeat_after=Length.parse("14 days")))
OVER = NOW - 14 * DAY
WEEKS_OLD = finding(anchor=NOW - 30 * DAY)
SECOND = key(WEEKS_OLD, OVER)
ENDED = [TaskState.CLAIMED, TaskState.RESOLVED]


@pytest.mark.parametrize("state", ENDED)
def test_an_episode_that_still_holds_is_asked_once_more(state: TaskState) -> None:
    """Two weeks after its task ended; the new key is made of that end."""
    before = task_of(WEEKS_OLD, state, ended_at=OVER)
    decision = Scene(rules=[AGAIN], findings=[WEEKS_OLD], tasks=tasks(before)).only()
    assert (decision.reason, decision.key, decision.anchor) == (Reason.NEW, SECOND, OVER)


QUIET = [
    ("the rule asks once", RULE, [task_of(WEEKS_OLD, ENDED[0], ended_at=OVER)], Reason.CLAIMED),
    (
        "a minute early",
        AGAIN,
        [task_of(WEEKS_OLD, ENDED[0], ended_at=OVER + dt.timedelta(minutes=1))],
        Reason.CLAIMED,
    ),
    (
        "a person deleted it",
        AGAIN,
        [task_of(WEEKS_OLD, TaskState.DISMISSED, ended_at=OVER)],
        Reason.DISMISSED,
    ),
    (
        "the second is open",
        AGAIN,
        [
            task_of(WEEKS_OLD, ENDED[0], ended_at=OVER - DAY),
            task_of(WEEKS_OLD, key="k2", written_at=OVER, anchor=None),
        ],
        Reason.ALREADY_OPEN,
    ),
    (
        "the second was ticked off yesterday, and its anchor is lost",
        AGAIN,
        [
            task_of(WEEKS_OLD, ENDED[0], ended_at=OVER - DAY),
            task_of(
                WEEKS_OLD,
                ENDED[0],
                key="k2",
                written_at=OVER,
                anchor=None,
                ended_at=NOW - DAY,
            ),
        ],
        Reason.CLAIMED,
    ),
    (
        "a person deleted the second",
        AGAIN,
        [
            task_of(WEEKS_OLD, ENDED[0], ended_at=OVER - DAY),
            task_of(WEEKS_OLD, TaskState.DISMISSED, key="k2", written_at=OVER),
        ],
        Reason.DISMISSED,
    ),
]


def test_a_task_of_an_earlier_episode_forbids_nothing() -> None:
    """A person deleted one about the same record long before this episode began."""
    long_ago = task_of(WEEKS_OLD, TaskState.DISMISSED, key="k0", written_at=NOW - 90 * DAY)
    before = tasks(task_of(WEEKS_OLD, TaskState.CLAIMED, ended_at=OVER), long_ago)
    assert Scene(rules=[AGAIN], findings=[WEEKS_OLD], tasks=before).only().key == SECOND


@pytest.mark.parametrize(("why", "rule", "before", "reason"), QUIET, ids=[q[0] for q in QUIET])
def test_otherwise_it_is_not_asked_again(
    why: str, rule: Rule, before: list[KnownTask], reason: Reason
) -> None:
    """Too early, never allowed, under way, or refused by a person."""
    decision = Scene(rules=[rule], findings=[WEEKS_OLD], tasks=tasks(*before)).only()
    assert decision.reason is reason, why


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
    assert (
        Scene(findings=[finding(), replace(OLD, deal_id="d2", record_id="d2")]).plan().hash == one
    )
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
        unique_by=lambda f: f.record_id,
        max_size=40,
    )
)
def test_no_plan_exceeds_a_limit(found: list[Finding]) -> None:
    """Whatever is found: a reason for each, three a person, ten a rule, one a deal."""
    plan = Scene(findings=found).plan()
    about = [d.about.record_id for d in plan.decisions if d.finding]
    assert sorted(about) == sorted(f.record_id for f in found)
    owners = [d.draft.owner_id for d in plan.creates if d.draft and d.kind is Kind.TASK]
    rest = [d.to_id for d in plan.creates if d.kind is Kind.ROLL_UP]
    assert len(set(rest)) == len(rest)
    assert all(owners.count(person) <= 3 for person in owners)
    assert len(owners) <= 10
    assert _unique([d for d in plan.creates if d.finding], lambda d: d.about.deal_id or "")
    assert _unique(plan.creates, lambda d: d.key)


def _unique(some: Sequence[Decision], of: Callable[[Decision], str]) -> bool:
    return len({of(one) for one in some}) == len(some)


@pytest.mark.parametrize(
    ("wanted", "changed", "action"),
    [
        (False, {}, "close"),
        (True, {}, "remove"),
        (True, {"touched": ("body",)}, "close"),
        (True, {"said": "snooze"}, "close"),
    ],
)
def test_a_task_whose_duty_is_met_may_be_deleted(
    wanted: bool, changed: dict[str, object], action: str
) -> None:
    """Where the admin says so; never one that a person has changed. Either way it is resolved."""
    scene = Scene(findings=[], tasks=tasks(task(**changed)), endings={"k": ended()}, deletes=wanted)
    (decision,) = scene.plan().decisions
    intent = intent_of(decision, scene.tasks)
    assert (decision.reason, intent.action) == (Reason.DUTY_MET, action)
    if action == "remove":
        assert intent.payload["turn"]["state"] == TaskState.RESOLVED
        assert payload_removal(intent).unchanged_since == scene.tasks["k"].written_at
