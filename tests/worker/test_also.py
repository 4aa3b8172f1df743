"""One task a record, and one roll-up a person: what becomes of findings that have no task. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rules.checked import Severity
from rules.wording import BODY_LIMIT
from tests.worker.scene import DAY, NOW, RING, RULE, Scene, finding, key, task, tasks
from worker.about import About, Kind
from worker.decision import Decision, Plan, Reason
from worker.known import CLOSED_BY_US, KnownTask, TaskState

OTHER = replace(RULE, id="stale-proposal", meaning="another")
THIRD = replace(RULE, id="no-next-step", meaning="third")
ALSO = "Also: Follow up with Northwind after their 12 Nov purchase (12 Nov: Rollout won)"
OTHER_KEY = key(finding(rule=OTHER.id))


def decisions(plan: Plan, reason: Reason) -> list[Decision]:
    return [d for d in plan.decisions if d.reason is reason]


# -- one task a record -----------------------------------------------------------------------


def test_the_gravest_finding_has_the_task_and_names_the_other() -> None:
    """Above the words a person may type; the ledger will know that it is named."""
    both = [finding(severity=Severity.HIGH), finding(rule=OTHER.id)]
    plan = Scene(rules=[RULE, OTHER], findings=both).plan()
    (new,) = plan.creates
    assert new.draft is not None
    lines = new.draft.body.splitlines()
    assert lines[-3] == ALSO
    assert lines[-2].startswith("Not right?")
    assert (new.rule, new.covers) == (RULE.id, (OTHER_KEY,))


def test_no_body_grows_beyond_its_limit() -> None:
    """What has no room is not counted as named, and comes as a line in a later run."""
    rules = [replace(RULE, id=f"rule-{n:02}", meaning=f"m{n}") for n in range(30)]
    found = [finding(rule=rule.id) for rule in rules]
    (new,) = Scene(rules=rules, findings=found).plan().creates
    assert new.draft is not None
    assert len(new.draft.body) <= BODY_LIMIT
    assert 0 < len(new.covers) == new.draft.body.count("\nAlso: ") < 29
    assert new.draft.body.splitlines()[-1].startswith("ref: ")


def known(**mentions: frozenset[str]) -> Scene:
    """A task of Sam's is open on the deal, and two other rules find something."""
    return Scene(
        rules=[RULE, OTHER, THIRD],
        findings=[finding(rule=OTHER.id), finding(rule=THIRD.id)],
        tasks=tasks(task(of="k", deal="d1")),
        mentions=mentions,
    )


def test_an_open_task_gets_the_lines_of_all_others_at_once() -> None:
    """One write; each finding once, also if a person takes the line out again."""
    (added,) = decisions(known().plan(), Reason.LINES_ADDED)
    assert added.tell is not None
    assert (added.key, len(added.tell.lines)) == ("k", 2)
    again = known(k=frozenset(added.covers)).plan()
    assert decisions(again, Reason.LINES_ADDED) == []
    assert len(decisions(again, Reason.ALSO)) == 2


def test_what_is_for_somebody_else_never_stands_in_a_task() -> None:
    """A manager's coaching is not for the rep; it waits for the place."""
    assert RULE.task is not None
    for_mia = replace(OTHER, task=replace(RULE.task, to=("manager",)))
    scene = Scene(
        rules=[RULE, for_mia],
        findings=[finding(rule=OTHER.id)],
        tasks=tasks(task(of="k", deal="d1")),
    )
    assert scene.only().reason is Reason.RECORD_HAS_TASK


def test_a_rule_that_a_brake_stops_adds_no_line() -> None:
    """All of what it would write is stopped."""
    deals = [f"d{n:02}" for n in range(12)]
    scene = Scene(
        findings=[finding(d) for d in deals],
        tasks=tasks(*(task(of=f"k{d}", deal=d, rule="another") for d in deals)),
    )
    assert scene.plan().reasons == {"brake": 12}


# -- the roll-up -----------------------------------------------------------------------------

SIX = [finding(f"d{n}") for n in range(6)]
ROLL_UP = RING.roll_up_key("sam", "2026-11-19")


def roll_up(state: TaskState = TaskState.OPEN, **changed: Any) -> KnownTask:
    """The roll-up of this day."""
    about = About(subject="owner", record_id="sam")
    return task(state, of=ROLL_UP, about=about, kind=Kind.ROLL_UP, **changed)


def test_the_rest_becomes_one_task() -> None:
    """Three tasks, and one that names the three others, with where to look."""
    plan = Scene(findings=SIX).plan()
    (rest,) = decisions(plan, Reason.ROLL_UP)
    assert rest.draft is not None
    assert (rest.key, rest.draft.owner_id) == (ROLL_UP, "sam")
    assert rest.draft.subject == "Look through 3 more follow-ups when you have room"
    assert rest.draft.body.count("https://crm.example/deal/d") == 3
    assert len(plan.creates) == 4
    assert set(rest.covers) == {d.key for d in decisions(plan, Reason.PERSON_DAY_FULL)}


def test_only_what_is_new_is_added_to_an_open_roll_up() -> None:
    """Each finding stands in it once."""
    first = {key(one) for one in SIX[:5]}
    scene = Scene(findings=SIX, tasks=tasks(roll_up()), mentions={ROLL_UP: frozenset(first)})
    (rest,) = decisions(scene.plan(), Reason.ROLL_UP)
    assert rest.draft is None
    assert rest.tell is not None
    assert rest.covers == (key(SIX[5]),)
    all_shown = replace(scene, mentions={ROLL_UP: frozenset(map(key, SIX))})
    assert decisions(all_shown.plan(), Reason.ROLL_UP) == []


def test_whoever_ticked_it_off_is_not_shown_the_same_again() -> None:
    """Not today, and on another day only what is new."""
    done = tasks(roll_up(TaskState.CLAIMED, ended_at=NOW))
    mentions = {ROLL_UP: frozenset(map(key, SIX))}
    for when in (NOW, NOW + DAY):
        scene = Scene(findings=SIX, tasks=done, mentions=mentions, now=when)
        assert decisions(scene.plan(), Reason.ROLL_UP) == []
    fresh = replace(scene, findings=[*SIX, finding("d9")], now=NOW + DAY)
    (rest,) = decisions(fresh.plan(), Reason.ROLL_UP)
    assert rest.covers == (key(finding("d9")),)


def test_it_weighs_on_nobody() -> None:
    """Not one of the three of a day, nor of the seven that are open."""
    scene = Scene(findings=SIX, tasks=tasks(roll_up(written=NOW)))
    assert len([d for d in scene.plan().creates if d.kind is Kind.TASK]) == 3


def test_it_is_closed_when_nothing_of_it_is_left() -> None:
    """Not while one finding still waits, nor in a run that could not judge every rule."""
    shown = {ROLL_UP: frozenset({key(SIX[0])})}
    left = Scene(findings=[], tasks=tasks(roll_up()), mentions=shown)
    (end,) = decisions(left.plan(), Reason.ROLL_UP_OVER)
    assert end.close is not None
    assert end.close.line.startswith(f"{CLOSED_BY_US} every point")
    assert replace(left, whole=False).plan().decisions == ()
    full = tasks(roll_up(), *(task(of=f"k{n}", deal=f"o{n}") for n in range(7)))
    waits = replace(left, findings=[SIX[0]], tasks=full)
    assert decisions(waits.plan(), Reason.ROLL_UP_OVER) == []
