"""Outcomes beside the task: alerts, lines of a week, steps of an episode. Pure, as the plan is."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from rules.checked import Line, Mode, Rule, Severity, Step
from rules.lengths import Length
from rules.marks import Mark, read_mark
from rules.problems import Place
from tests.worker.scene import (
    DAY,
    NOW,
    PEOPLE,
    RING,
    RULE,
    Scene,
    finding,
    key,
    of_account,
    task,
    task_of,
    tasks,
)
from worker.about import About, Kind
from worker.decision import DIGEST_RULE, Decision
from worker.known import KnownTask, TaskState
from worker.plan import Plan, Reason

# -- alerts ----------------------------------------------------------------------------------

TELLING = replace(
    RULE, task=None, alert=Line(to=("manager",), text="{account} has waited ({owner})")
)
TOLD = RING.alert_key(RULE.id, "deal", "d1", finding().anchor, 0)


def test_an_alert_is_told_at_once() -> None:
    """To the first who is there, on one line, with a mark of its own."""
    decision = Scene(rules=[TELLING]).only()
    assert (decision.reason, decision.key, decision.kind) == (Reason.ALERT, TOLD, Kind.ALERT)
    alert = decision.alert
    assert alert is not None
    assert (alert.to_id, alert.title) == ("mia", "Northwind has waited (Sam)")
    assert read_mark(alert.body) == Mark(rule=RULE.id, kind="alert")


ALERTS = [
    ("told before", Scene(rules=[TELLING], alerted=frozenset({TOLD})), Reason.ALREADY_TOLD),
    (
        "told by a task before",
        Scene(rules=[TELLING], tasks=tasks(task(TaskState.CLAIMED, of=TOLD, kind=Kind.ALERT))),
        Reason.ALREADY_TOLD,
    ),
    ("in shadow", Scene(rules=[replace(TELLING, mode=Mode.SHADOW)]), Reason.SHADOW),
    ("in pilot without Mia", Scene(rules=[replace(TELLING, mode=Mode.PILOT)]), Reason.PILOT_ONLY),
    ("nobody there", Scene(rules=[TELLING], people={}), Reason.NO_RECEIVER),
    (
        "the backlog",
        Scene(rules=[TELLING], findings=[finding(anchor=NOW - 15 * DAY)]),
        Reason.BACKLOG,
    ),
    ("not seen", Scene(rules=[TELLING], unjudgeable={"sam": "cannot see"}), Reason.CANNOT_SEE),
]


@pytest.mark.parametrize(("why", "scene", "reason"), ALERTS, ids=[row[0] for row in ALERTS])
def test_nobody_is_told(why: str, scene: Scene, reason: Reason) -> None:
    """Twice, or of what a rule may not say."""
    decision = scene.only()
    assert (decision.reason, decision.alert) == (reason, None), why


def test_an_alert_needs_no_free_tray_and_leaves_it_as_it_is() -> None:
    """Seven open tasks do not silence it, and a task for the same record is written beside it."""
    full = tasks(*(task(of=f"k{n}", deal=f"o{n}", owner_id="mia") for n in range(7)))
    both = replace(TELLING, task=RULE.task)
    assert Scene(rules=[both], tasks=full).plan().reasons == {"alert": 1, "new": 1}


def test_the_brake_counts_alerts() -> None:
    """Eleven of them at once are as many as eleven tasks; ten are not."""
    found = [finding(f"d{n:02}") for n in range(11)]
    assert Scene(rules=[TELLING], findings=found).plan().reasons == {"brake": 11}
    assert Scene(rules=[TELLING], findings=found[1:]).plan().reasons == {"alert": 10}


# -- the list of a week ----------------------------------------------------------------------

LISTED = replace(RULE, task=None, digest=Line(to=("manager",), text="{account}: {owner} may help"))
MONDAY = dt.datetime(2026, 11, 16, 8, 0, tzinfo=dt.UTC)
THIS_WEEK = RING.digest_key("mia", "2026w47")
EARLY = finding(deadline=MONDAY)


def lists(plan: Plan) -> list[Decision]:
    """The lists of a plan."""
    return [d for d in plan.creates if d.kind is Kind.DIGEST]


def a_list(state: TaskState = TaskState.OPEN, *, week: str = "2026w47") -> KnownTask:
    """Mia's list of a week."""
    written = MONDAY if week == "2026w47" else MONDAY - 7 * DAY
    return task(
        state,
        of=RING.digest_key("mia", week),
        written=written,
        kind=Kind.DIGEST,
        about=About(subject="owner", record_id="mia"),
        owner_id="mia",
        rule=DIGEST_RULE,
    )


def test_the_lines_of_a_person_are_one_task() -> None:
    """The gravest first, then the oldest; each with its page; nothing is blamed on the record."""
    found = [
        replace(EARLY, record_id="young", deadline=MONDAY, values={"account": "B", "owner": "Sam"}),
        replace(EARLY, record_id="old", deadline=MONDAY - DAY),
        of_account("a9", deadline=MONDAY, severity=Severity.HIGH),
    ]
    plan = Scene(rules=[LISTED], findings=found).plan()
    assert plan.reasons == {"line": 3, "week": 1}
    (decision,) = lists(plan)
    draft = decision.draft
    assert draft is not None
    assert (draft.subject, draft.owner_id) == ("Week of 16 Nov: 3 lines for you", "mia")
    assert (draft.key, draft.due) == (THIS_WEEK, dt.date(2026, 11, 20))
    assert (draft.deal_id, draft.account_id, draft.contact_id) == (None, None, None)
    lines = draft.body.splitlines()
    assert lines[1:4] == [
        "- Northwind: Sam may help · https://crm.example/account/a9",
        "- Northwind: Sam may help · https://crm.example/deal/d1",
        "- B: Sam may help · https://crm.example/deal/d1",
    ]
    mark = Mark(rule=DIGEST_RULE, kind="digest", subject="owner", record_id="mia")
    assert read_mark(draft.body) == mark


def test_a_list_holds_25_lines() -> None:
    """And says how many more there are; 25 need no such word."""
    found = [finding(f"d{n:02}", deadline=MONDAY) for n in range(28)]
    (decision,) = lists(Scene(rules=[LISTED], findings=found).plan())
    (full,) = lists(Scene(rules=[LISTED], findings=found[3:]).plan())
    assert decision.draft is not None
    assert full.draft is not None
    assert decision.draft.subject == "Week of 16 Nov: 28 lines for you"
    assert decision.draft.body.count("\n- ") == 25
    assert "\nand 3 more\n" in decision.draft.body
    assert " more\n" not in full.draft.body


WAITING = [
    (
        "it began on Tuesday",
        Scene(rules=[LISTED], findings=[finding(deadline=MONDAY + DAY)]),
    ),
    ("it is Monday before eight", Scene(rules=[LISTED], findings=[EARLY], now=MONDAY - DAY / 24)),
    ("this week's list is written", Scene(rules=[LISTED], tasks=tasks(a_list()), findings=[EARLY])),
    (
        "this week's list is ticked off",
        Scene(rules=[LISTED], tasks=tasks(a_list(TaskState.CLAIMED)), findings=[EARLY]),
    ),
    (
        "the CRM refused the list",
        Scene(rules=[LISTED], refused=frozenset({THIS_WEEK}), findings=[EARLY]),
    ),
]


@pytest.mark.parametrize(("why", "scene"), WAITING, ids=[row[0] for row in WAITING])
def test_a_line_waits_for_the_next_monday(why: str, scene: Scene) -> None:
    """One list a person and week."""
    assert scene.plan().reasons == {"line_waits": 1}, why


@pytest.mark.parametrize("hours", [0, 30], ids=["at eight", "on Tuesday"])
def test_the_first_run_of_the_week_writes_the_list(hours: int) -> None:
    """A run that comes late writes the same one."""
    late = Scene(rules=[LISTED], findings=[EARLY], now=MONDAY + dt.timedelta(hours=hours))
    assert [d.key for d in lists(late.plan())] == [THIS_WEEK]


def test_eight_is_eight_where_the_person_is() -> None:
    """Monday 08:00 UTC is Monday 03:00 in New York: nothing yet for Mia there."""
    away = PEOPLE | {"mia": replace(PEOPLE["mia"], time_zone="America/New_York")}
    there = Scene(rules=[LISTED], findings=[EARLY], people=away, now=MONDAY)
    assert there.plan().reasons == {"line_waits": 1}
    assert lists(replace(there, now=MONDAY + 5 * DAY / 24).plan()) != []


def test_a_list_is_closed_when_its_week_is_over() -> None:
    """Last week's is, this week's is not; one that a person opened again stays."""
    last = a_list(week="2026w46")
    plan = Scene(findings=[], tasks=tasks(last, a_list())).plan()
    assert [(d.key, d.reason) for d in plan.closes] == [(last.key, Reason.WEEK_OVER)]
    reopened = replace(last, ended_at=MONDAY - DAY)
    assert Scene(findings=[], tasks=tasks(reopened)).plan().decisions == ()


def test_a_list_takes_nobodys_place() -> None:
    """Neither on the tray of the person, nor the other way round."""
    full = tasks(*(task(of=f"k{n}", deal=f"o{n}", owner_id="mia") for n in range(7)))
    assert len(lists(Scene(rules=[LISTED], findings=[EARLY], tasks=full).plan())) == 1
    six = tasks(*(task(of=f"k{n}", deal=f"o{n}") for n in range(6)), replace(a_list(), key="l"))
    assert Scene(tasks=six | {"l": replace(six["l"], owner_id="sam")}).reasons()["d1"] is Reason.NEW


@pytest.mark.parametrize(
    ("rule", "reason"),
    [(replace(LISTED, mode=Mode.SHADOW), Reason.SHADOW), (LISTED, Reason.CANNOT_SEE)],
)
def test_a_rule_that_may_not_speak_has_no_line(rule: Rule, reason: Reason) -> None:
    """In shadow, and of a person who cannot be seen."""
    unseen = {"sam": "cannot see"} if reason is Reason.CANNOT_SEE else {}
    assert Scene(rules=[rule], findings=[EARLY], unjudgeable=unseen).only().reason is reason


# -- steps -----------------------------------------------------------------------------------

_STEP = Step(
    after=Length.parse("3 business days"),
    to=("manager",),
    place=Place(path="r.yaml", line=1, column=1),
)
assert RULE.task is not None
HELP = replace(RULE.task, to=("manager",), subject="Help {owner} follow up with {account}")
STEPS = {
    "alert": replace(_STEP, alert="{account} waits"),
    "task": replace(_STEP, task=HELP),
    "digest": replace(_STEP, digest="{account} still waits"),
}
FRIDAY = dt.datetime(2026, 11, 13, 12, 0, tzinfo=dt.UTC)  # three business days before Wednesday
OPEN = tasks(task_of(finding(), written_at=FRIDAY))
STEP_TASK = key(finding(), step=1)


def stepping(kind: str) -> Rule:
    """The rule with one step of a kind."""
    return replace(RULE, escalate=(STEPS[kind],))


def steps(plan: Plan) -> list[Decision]:
    """What a plan says beside the task itself."""
    quiet = (Reason.ALREADY_OPEN, Reason.LINE, Reason.WEEK)
    return [d for d in plan.decisions if d.reason not in quiet]


def test_a_step_may_be_a_task_of_somebody_else() -> None:
    """Mia's, with the step's own text, key and mark; on the same deal as Sam's."""
    (decision,) = steps(Scene(rules=[stepping("task")], tasks=OPEN).plan())
    assert (decision.reason, decision.kind) == (Reason.STEP_DUE, Kind.STEP)
    draft = decision.draft
    assert draft is not None
    assert (draft.key, draft.owner_id, draft.deal_id) == (STEP_TASK, "mia", "d1")
    assert draft.subject == "Help Sam follow up with Northwind"
    assert read_mark(draft.body) == Mark(rule=RULE.id, kind="step")


def test_a_step_may_be_an_alert() -> None:
    """With the key it always had."""
    (decision,) = steps(Scene(rules=[stepping("alert")], tasks=OPEN).plan())
    assert decision.alert is not None
    assert decision.key == RING.alert_key(RULE.id, "deal", "d1", finding().anchor, 1)


def test_a_step_may_be_a_line_of_the_next_list() -> None:
    """Due on Wednesday: it is of next Monday's list. Next Monday it is in it."""
    scene = Scene(rules=[stepping("digest")], tasks=OPEN)
    assert [d.reason for d in steps(scene.plan())] == [Reason.LINE_WAITS]
    (decision,) = lists(replace(scene, now=MONDAY + 7 * DAY).plan())
    assert decision.draft is not None
    assert "\n- Northwind still waits" in decision.draft.body


NO_STEP = [
    ("it is early", {"tasks": tasks(task_of(finding(), written_at=NOW - 2 * DAY))}),
    (
        "the task is over",
        {"tasks": tasks(task_of(finding(), TaskState.CLAIMED, written_at=FRIDAY))},
    ),
    (
        "the task was adopted without its episode",
        {"tasks": tasks(task_of(finding(), anchor=None, written_at=FRIDAY))},
    ),
    ("it is hers anyway", {"tasks": tasks(task_of(finding(), owner_id="mia", written_at=FRIDAY))}),
    ("Sam cannot be seen", {"tasks": OPEN, "unjudgeable": {"sam": "cannot see"}}),
    ("she has left", {"tasks": OPEN, "people": {"sam": PEOPLE["sam"]}}),
    (
        "it was taken before",
        {
            "tasks": OPEN | tasks(task(TaskState.CLAIMED, of=STEP_TASK, kind=Kind.STEP)),
            "alerted": frozenset({RING.alert_key(RULE.id, "deal", "d1", finding().anchor, 1)}),
        },
    ),
]


@pytest.mark.parametrize("kind", ["task", "alert"])
@pytest.mark.parametrize(("why", "scene"), NO_STEP, ids=[row[0] for row in NO_STEP])
def test_no_step_is_taken(kind: str, why: str, scene: dict[str, object]) -> None:
    """Nobody else hears of it."""
    plan = replace(Scene(rules=[stepping(kind)]), **scene).plan()  # type: ignore[arg-type]
    assert plan.creates + plan.alerts == [], why


def test_a_step_waits_for_a_free_tray() -> None:
    """Mia has seven open: the task comes later, and the plan says so."""
    full = tasks(*(task(of=f"k{n}", deal=f"o{n}", owner_id="mia") for n in range(7)))
    scene = Scene(rules=[stepping("task")], tasks=OPEN | full)
    assert [d.reason for d in steps(scene.plan())] == [Reason.PERSON_FULL]


def test_a_second_asking_has_steps_of_its_own() -> None:
    """Their keys are of its anchor, so that what was said of the first does not silence them."""
    again = replace(
        stepping("task"), limits=replace(RULE.limits, repeat_after=Length.parse("1 day"))
    )
    end = FRIDAY - DAY / 2
    first = task_of(finding(), TaskState.CLAIMED, written_at=FRIDAY - 4 * DAY, ended_at=end)
    second = task_of(finding(), key=key(finding(), end), anchor=end, written_at=FRIDAY)
    taken = task(TaskState.CLAIMED, of=STEP_TASK, kind=Kind.STEP)
    (decision,) = steps(Scene(rules=[again], tasks=tasks(first, second, taken)).plan())
    assert decision.key == key(finding(), end, step=1)
