"""When a step is due that follows the rule's own limit, or a person's duty of many weeks. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from rules.checked import Rule, Step
from rules.lengths import Times
from rules.problems import Place
from tests.worker.scene import NOW, RULE, Scene, finding, key, task_of, tasks
from worker.about import About
from worker.known import KnownTask
from worker.plan import Reason

MONDAY = dt.datetime(2026, 11, 2, 10, 0, tzinfo=dt.UTC)
QUIET = finding(anchor=MONDAY, deadline=MONDAY + dt.timedelta(days=2))  # two business days


def stepping(number: int) -> Rule:
    """The rule with an alert after so many times the limit."""
    step = Step(
        after=Times(number),
        to=("manager",),
        alert="{account} waits",
        place=Place(path="r.yaml", line=1, column=1),
    )
    return replace(RULE, escalate=(step,))


@pytest.mark.parametrize(
    ("number", "written", "due"),
    [
        (1, NOW - dt.timedelta(days=2), True),  # on Tuesday noon; it is Thursday noon
        (1, NOW - dt.timedelta(days=2) + dt.timedelta(minutes=1), False),
        (3, NOW - dt.timedelta(days=8), True),  # six business days and a weekend
        (3, NOW - dt.timedelta(days=7), False),
    ],
)
def test_a_step_follows_the_limit(number: int, written: dt.datetime, due: bool) -> None:
    """As often as the record had, in business time, from the moment the task was written."""
    scene = Scene(
        rules=[stepping(number)],
        findings=[QUIET],
        tasks=tasks(task_of(QUIET, written_at=written)),
    )
    assert bool(scene.plan().alerts) is due


def of_a_person(anchor: dt.datetime) -> KnownTask:
    """Sam's open task of the week that began at this moment."""
    about = About(subject="owner", record_id="sam")
    sams = finding(subject="owner", record_id="sam", deal_id=None, anchor=anchor)
    return task_of(sams, about=about, key=key(sams), written_at=anchor + dt.timedelta(hours=1))


def test_a_task_of_an_earlier_week_is_still_the_persons() -> None:
    """A person's duty is one a week; a task that stays open over weeks leads to its step."""
    now = finding(subject="owner", record_id="sam", deal_id=None, deadline=NOW)
    now = replace(now, anchor=NOW - dt.timedelta(days=3))
    before = of_a_person(MONDAY)
    plan = Scene(rules=[stepping(1)], findings=[now], tasks=tasks(before)).plan()
    assert [d.anchor for d in plan.decisions if d.alert] == [MONDAY]
    assert [d.reason for d in plan.decisions if not d.alert] == [Reason.RECORD_HAS_TASK]


def test_of_a_deal_it_is_not() -> None:
    """Another episode of a deal has its own task and its own steps."""
    before = task_of(finding(anchor=MONDAY), written_at=MONDAY)
    plan = Scene(rules=[stepping(1)], findings=[finding()], tasks=tasks(before)).plan()
    assert plan.alerts == []
