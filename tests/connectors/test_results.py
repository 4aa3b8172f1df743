"""Outcomes of writes: what is told of each, and where writing stops."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import pytest

from connectors.errors import CrmError, OutcomeUnknown, Refused, Retriable, Unusable
from connectors.model import Task, Verdict
from connectors.results import Step, adopted, applied, failed, in_turn

NOON = dt.datetime(2026, 11, 12, 12, 0, tzinfo=dt.UTC)
HOLDER = Task(
    id="t1",
    key="k",
    deal_id=None,
    owner_id=None,
    subject="",
    body="",
    due=None,
    closed=False,
    deleted=False,
    created_at=NOON,
    modified_at=NOON,
)


@dataclass(frozen=True)
class Order:
    """Something to write."""

    key: str


@pytest.mark.parametrize(
    ("problem", "verdict", "permanent"),
    [
        (Refused("no", code="NO"), Verdict.NOT_APPLIED, True),
        (Refused("not now", code="LATER"), Verdict.NOT_APPLIED, False),
        (Retriable("busy", code="NO"), Verdict.NOT_APPLIED, False),
        (Unusable("locked out", code="NO"), Verdict.NOT_APPLIED, False),
        (OutcomeUnknown("who knows", code="LATER"), Verdict.UNKNOWN, False),
    ],
)
def test_a_failure_is_permanent_only_when_it_was_refused_for_good(
    problem: CrmError, verdict: Verdict, permanent: bool
) -> None:
    """The reason is the code; without one, the kind of the error."""
    result = failed("k", problem, frozenset({"LATER"}))
    assert (result.verdict, result.permanent, result.reason) == (verdict, permanent, problem.code)
    assert failed("k", type(problem)("?")).reason == type(problem).__name__


@pytest.mark.parametrize(
    ("holder", "verdict", "reason"),
    [
        (HOLDER, Verdict.APPLIED, "adopted"),
        (replace(HOLDER, deleted=True), Verdict.APPLIED, "adopted_deleted"),
        (None, Verdict.UNKNOWN, "TAKEN"),
    ],
)
def test_a_taken_key_leads_to_its_task(holder: Task | None, verdict: Verdict, reason: str) -> None:
    """Whose task cannot be seen leaves the outcome open."""
    result = adopted("k", holder, "TAKEN")
    assert (result.verdict, result.reason) == (verdict, reason)
    assert result.task_id == (holder.id if holder else None)


@pytest.mark.parametrize(("stops_at", "written"), [("a", "a"), ("b", "ab"), ("c", "abc")])
def test_nothing_is_written_behind_what_stops(stops_at: str, written: str) -> None:
    """The rest is told as not sent, each with its key; nothing of it is permanent."""
    tried: list[str] = []
    limit = Unusable("used up", code="LIMIT")

    def write(order: Order) -> Step:
        tried.append(order.key)
        stopped = order.key == stops_at
        return failed(order.key, limit) if stopped else applied(order.key, "t"), (
            limit if stopped else None
        )

    results, stopped = in_turn([Order("a"), Order("b"), Order("c")], write)
    assert "".join(tried) == written
    assert stopped is limit
    assert [one.key for one in results] == ["a", "b", "c"]
    behind = results[len(written) :]
    assert {one.reason for one in behind} <= {"NOT_SENT_AFTER_LIMIT"}
    assert not any(one.permanent for one in behind)


def test_all_is_written_where_nothing_stops() -> None:
    """A refusal of one is no reason to spare the others."""
    refusal = Refused("no", code="NO")
    orders = [Order("a"), Order("b")]
    results, stopped = in_turn(orders, lambda one: (failed(one.key, refusal), None))
    assert stopped is None
    assert [one.reason for one in results] == ["NO", "NO"]
