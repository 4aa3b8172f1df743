"""What a manager reads on Monday about the tasks of their people."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from rules.checked import Mode
from tests.worker.scene import DAY, PEOPLE, RULE, Scene, task, tasks
from worker.decision import Reason
from worker.known import KnownTask, TaskState

MONDAY = dt.datetime(2026, 11, 23, 8, 15, tzinfo=dt.UTC)
BEFORE = MONDAY - 4 * DAY


def told(*some: KnownTask, **changed: Any) -> list[str]:
    """The lines of Mia's list on Monday at eight."""
    values: dict[str, Any] = {"findings": [], "tasks": tasks(*some), "now": MONDAY}
    plan = Scene(**(values | {"clients": {"k": "Northwind"}} | changed)).plan()
    lists = [d for d in plan.decisions if d.reason is Reason.WEEK]
    assert all(d.to == "Mia" for d in lists)
    body = lists[0].draft.body if lists and lists[0].draft else ""
    return [line[2:] for line in body.splitlines() if line.startswith("- ")]


TOLD = [
    (
        task(TaskState.EXPIRED, ended_at=BEFORE),
        "Northwind: Sam's task has expired, nobody acted on it",
    ),
    (
        task(TaskState.CLAIMED, ended_at=BEFORE),
        "Sam: 1 task ticked off, nothing on record yet",
    ),
    (
        task(TaskState.RESOLVED, ended_at=BEFORE, said="elsewhere"),
        "Sam: 1 task handled outside the CRM",
    ),
    (
        task(TaskState.SNOOZED, until=MONDAY + 40 * DAY, reason="budget freeze"),
        "Northwind: Sam asked for quiet until 2 Jan 2027: budget freeze",
    ),
]


@pytest.mark.parametrize(("known", "line"), TOLD, ids=[row[0].state for row in TOLD])
def test_what_is_told(known: KnownTask, line: str) -> None:
    """One line each, in the list of that Monday."""
    assert told(known) == [line]


QUIET = [
    ("met by evidence", task(TaskState.RESOLVED, ended_at=BEFORE)),
    ("longer ago", task(TaskState.EXPIRED, ended_at=BEFORE - 7 * DAY)),
    ("a short snooze", task(TaskState.SNOOZED, until=MONDAY + 20 * DAY)),
    ("Mia's own", task(TaskState.EXPIRED, ended_at=BEFORE, owner_id="mia")),
    ("of a rule that is gone", task(TaskState.EXPIRED, ended_at=BEFORE, rule="gone")),
]


@pytest.mark.parametrize(("why", "known"), QUIET, ids=[row[0] for row in QUIET])
def test_what_is_not_told(why: str, known: KnownTask) -> None:
    """Nothing to do, or nobody to tell."""
    assert told(known) == [], why


def test_nobody_outside_the_pilot_is_told() -> None:
    """Nor of a rule that only reports, nor a manager on leave."""
    known = TOLD[0][0]
    assert told(known, rules=[replace(RULE, mode=Mode.PILOT)]) == []
    assert told(known, rules=[replace(RULE, mode=Mode.SHADOW)]) == []
    away = PEOPLE | {"mia": replace(PEOPLE["mia"], active=False)}
    assert told(known, people=away) == []
