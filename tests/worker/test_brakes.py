"""The brakes: what they stop, what they let through, and what they hold for a yes. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from rules.finding import Ending
from tests.worker.scene import NOW, RULE, Scene, ended, finding, person, task, task_of, tasks
from worker.anomalies import unusual
from worker.decision import Reason
from worker.grounds import Limits
from worker.known import HeardWord, TaskState
from worker.measured import Measured, measured_of, text_of

CROWD = {f"p{n:03}": person(f"P{n:03}") for n in range(60)}


def crowd(number: int) -> Scene:
    """So many findings, each of somebody else's."""
    found = [finding(f"d{n:03}", owner_id=f"p{n:03}") for n in range(number)]
    return Scene(findings=found, people=CROWD)


@pytest.mark.parametrize(
    ("before", "writes", "stopped"),
    [
        ((), 11, True),
        ((6,) * 20, 18, False),  # three times what it usually writes
        ((6,) * 20, 19, True),
        ((0,) * 11 + (50,) * 9, 11, True),  # the median, not the mean
    ],
)
def test_what_a_rule_usually_writes_moves_its_brake(
    before: tuple[int, ...], writes: int, stopped: bool
) -> None:
    """Beside the ten that are always allowed."""
    plan = replace(crowd(writes), live_writes={RULE.id: before}).plan()
    assert set(plan.reasons) == {"brake" if stopped else "new"}


@pytest.mark.parametrize(("today", "stopped"), [(0, False), (3, False), (4, True)])
def test_the_whole_org_has_a_number_a_day(today: int, stopped: bool) -> None:
    """What was written earlier today counts; twice as many as there are people are allowed."""
    before = tasks(
        *(
            task(TaskState.CLAIMED, of=f"k{n}", deal=f"o{n}", written=NOW, owner_id="x")
            for n in range(today)
        )
    )
    limits = Limits(creates_per_day=5, creates_per_owner=0)
    plan = replace(crowd(2), tasks=before, limits=limits).plan()
    assert set(plan.reasons) == {"brake" if stopped else "new"}
    allowed = replace(crowd(2), tasks=before, limits=replace(limits, creates_per_owner=2)).plan()
    assert set(allowed.reasons) == {"new"}


def open_tasks(number: int) -> Scene:
    """So many open tasks, and nothing found."""
    return Scene(findings=[], tasks=tasks(*(task(of=f"k{n}", deal=f"o{n}") for n in range(number))))


def endings(number: int, touch: str | None) -> dict[str, Ending]:
    return {f"k{n}": replace(ended(f"o{n}"), touch=touch) for n in range(number)}


@pytest.mark.parametrize(
    ("living", "closes", "touch", "stopped"),
    [
        (20, 4, None, False),  # a fifth
        (20, 5, None, True),
        (19, 19, None, False),  # too few to say
        (20, 20, "00T1", False),  # the CRM holds what ended them
    ],
)
def test_closes_without_an_event_trip(
    living: int, closes: int, touch: str | None, stopped: bool
) -> None:
    """A field that is hidden must not close what is to be done."""
    plan = replace(open_tasks(living), endings=endings(closes, touch)).plan()
    assert set(plan.reasons) == {"brake" if stopped else "duty_met"}
    assert len(plan.closes) == (0 if stopped else closes)


def test_doubtful_data_stop_everything_but_peoples_words() -> None:
    """No task, no close without an event, no roll-up; evidence and a person's word go through."""
    scene = Scene(
        findings=[finding()],
        tasks=tasks(*(task(of=f"k{n}", deal=f"o{n}") for n in range(3))),
        endings=endings(1, None) | {"k1": replace(ended("o1"), touch="00T1")},
        words=[HeardWord(key="k2", mark="m", word="wrong", argument="", heard_at=NOW)],
        anomalies=["open deals fell from 90 to 40"],
    )
    plan = scene.plan()
    assert {d.key: d.reason for d in plan.decisions if d.key.startswith("k")} == {
        "k0": Reason.BRAKE,
        "k1": Reason.DUTY_MET,
        "k2": Reason.HEARD,
    }
    assert plan.creates == []
    assert "open deals fell from 90 to 40" in plan.look_at[0]


def test_what_is_stopped_is_held_as_it_would_have_been() -> None:
    """Under a hash that neither order nor the words of a day change."""
    plan = crowd(11).plan()
    assert len(plan.held) == 11
    assert all(d.draft is not None for d in plan.held)
    again = replace(crowd(11), findings=[*reversed(crowd(11).findings)], now=NOW + dt.timedelta(1))
    assert plan.held_hash == again.plan().held_hash != crowd(12).plan().held_hash
    assert crowd(3).plan().held_hash == ""


OLD_NAME = "client-silent"


def renamed(number: int, alone: int = 0, **changed: object) -> Scene:
    """So many findings of a rule where another one had its task, ticked off since; some alone."""
    scene = crowd(number + alone)
    before = (
        task_of(one, TaskState.CLAIMED, key=f"old{n}", rule=OLD_NAME, ended_at=NOW)
        for n, one in enumerate(scene.findings[:number])
    )
    return replace(scene, tasks=tasks(*before), **changed)


@pytest.mark.parametrize(
    ("number", "alone", "stopped"), [(3, 0, True), (3, 3, True), (3, 4, False), (2, 0, False)]
)
def test_a_rule_under_another_name_asks_for_nothing_again(
    number: int, alone: int, stopped: bool
) -> None:
    """The episodes are the same to the minute, and the rule that had them is gone."""
    plan = renamed(number, alone).plan()
    assert set(plan.reasons) == {"brake" if stopped else "new"}
    assert len(plan.held) == (number + alone if stopped else 0)
    if stopped:
        assert f"write `was: {OLD_NAME}` into it" in plan.decisions[0].note


def test_a_rule_that_is_still_there_or_was_named_so_is_not_renamed() -> None:
    """Two rules may ask for two things of one moment; `was` continues the old tasks."""
    both = replace(renamed(3), rules=(RULE, replace(RULE, id=OLD_NAME)))
    assert set(both.plan().reasons) == {"new"}
    known = replace(renamed(3), rules=(replace(RULE, was=OLD_NAME),))
    assert "brake" not in known.plan().reasons


def test_closing_and_writing_anew_on_the_same_records_stops_both() -> None:
    """Nothing in the CRM ended them: it is the rules that have changed."""
    scene = crowd(3)
    before = [
        task(of=f"k{n}", deal=one.record_id, rule="other") for n, one in enumerate(scene.findings)
    ]
    ends = {one.key: ended(one.about.record_id) for one in before}
    other = replace(RULE, id="other")
    plan = replace(scene, tasks=tasks(*before), endings=ends, rules=(RULE, other)).plan()
    assert set(plan.reasons) == {"brake"}
    assert sorted(one.action for one in plan.held) == ["close"] * 3 + ["create"] * 3
    proven = {one: replace(end, touch="00T1") for one, end in ends.items()}
    quiet = replace(scene, tasks=tasks(*before), endings=proven, rules=(RULE, other)).plan()
    assert quiet.reasons == {"duty_met": 3, "new": 3}


# -- what is unusual -------------------------------------------------------------------------

BEFORE = Measured(at=NOW, deals=200, open_deals=100, empty={"amount": 10})
LOOKS = [
    ("as before", {}, 0),
    ("a third fewer open deals", {"open_deals": 69}, 1),
    ("not quite", {"open_deals": 70}, 0),
    ("an import", {"at_once": 100}, 1),
    ("a busy second", {"at_once": 99}, 0),
    ("amounts emptied", {"empty": {"amount": 30}}, 1),
    ("amounts filled", {"empty": {"amount": 0}}, 0),
    ("a little emptier", {"empty": {"amount": 29}}, 0),
    ("calls hidden", {"hidden": {"activities": 9}}, 1),
]


@pytest.mark.parametrize(("why", "changed", "found"), LOOKS, ids=[row[0] for row in LOOKS])
def test_what_is_unusual(why: str, changed: dict[str, object], found: int) -> None:
    """Compared with what was last believed."""
    assert len(list(unusual(replace(BEFORE, **changed), BEFORE))) == found, why  # type: ignore[arg-type]


def test_what_was_confirmed_to_be_hidden_is_not_told_again() -> None:
    """Until there is more of it."""
    believed = measured_of(text_of(replace(BEFORE, hidden={"activities": 9})))
    assert list(unusual(replace(BEFORE, hidden={"activities": 9}), believed)) == []
    (said,) = unusual(replace(BEFORE, hidden={"activities": 10}), believed)
    assert said.startswith("10 activities are no longer shown")


def test_a_small_or_unknown_org_is_never_unusual() -> None:
    """Of ten deals five may be lost in a week; of nothing nothing is known."""
    small = replace(BEFORE, open_deals=10, empty={})
    assert list(unusual(replace(small, open_deals=5), small)) == []
    assert list(unusual(BEFORE, None)) == []


def test_a_measure_is_kept_as_a_short_text() -> None:
    """It fits where the ledger keeps it."""
    many = Measured(at=NOW, deals=10**8, open_deals=10**8, empty=dict.fromkeys(BEFORE.empty, 10**8))
    assert len(text_of(many)) < 200
    kept = measured_of(text_of(BEFORE))
    assert (kept.at, kept.open_deals, kept.empty["amount"]) == (NOW, 100, 10)
    assert Decimal(kept.deals) == 200
