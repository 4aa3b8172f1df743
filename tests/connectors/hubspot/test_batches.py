"""Many tasks in one request: each has an outcome of its own, told by its key."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.model import Verdict
from connectors.simulator.faults import ActThenAnswer, ActThenDrop, Instead

from .test_writing import JSON, answering, creating, tasks_in

BATCH = "/tasks/batch/create"


def drafts(company: Any, number: int) -> list[Any]:
    """So many drafts with keys of their own."""
    return [company.draft(f"ft_{'a' * 25}{letter}") for letter in "abcdefghijklmnopqrstuvwxyz234"][
        :number
    ]


def test_many_tasks_go_in_one_request_with_their_associations(company: Any) -> None:
    """Twenty-eight are two batches; each hangs on its deal and is found by its key."""
    connector, wanted = company.connect(), drafts(company, 28)
    results = connector.create_tasks(wanted)
    assert [one.key for one in results] == [one.key for one in wanted]
    assert {one.verdict for one in results} == {Verdict.APPLIED}
    assert len({one.task_id for one in results}) == len(tasks_in(company)) == 28
    assert (company.asked(BATCH), company.asked("/objects/tasks", "POST")) == (2, 2)
    found = connector.find_tasks([one.key for one in wanted])
    assert {one.deal_id for one in found.values()} == {company.ids["deal"]}
    assert len(found) == 28


@pytest.mark.parametrize("status", [409, 400])
def test_each_task_of_a_batch_has_an_outcome_of_its_own(company: Any, status: int) -> None:
    """One is there already, one has no owner, one names no deal; the rest are made."""
    company.portal.conflict_status = status
    connector, wanted = company.connect(), drafts(company, 6)
    (there,) = connector.create_tasks(wanted[2:3])
    wanted[1] = company.draft(wanted[1].key, owner_id="999")
    wanted[4] = company.draft(wanted[4].key, deal_id="nowhere")
    results = connector.create_tasks(wanted)
    assert [one.reason for one in results] == [
        "", "INVALID_OWNER_ID", "adopted", "", "BAD_DEAL_ID", ""
    ]  # fmt: skip
    assert results[2].task_id == there.task_id
    assert [one.permanent for one in results] == [False, True, False, False, True, False]
    assert len(tasks_in(company)) == 4


def test_a_batch_that_is_refused_as_a_whole_goes_one_by_one(company: Any) -> None:
    """A portal that knows no traces refuses all for one; nothing of it was carried out."""
    refusal = answering(409, category="CONFLICT", message="x already has that value")
    company.fault = lambda _, call: refusal if BATCH in call.path else None
    results = company.connect().create_tasks(drafts(company, 3))
    assert [one.reason for one in results] == ["", "", ""]
    assert len(tasks_in(company)) == 3


def test_a_batch_whose_answer_is_lost_is_unknown_for_each(company: Any) -> None:
    """Nothing more is sent; later each is found by its key, and made only where it is not."""
    connector, wanted = company.connect(), drafts(company, 28)
    creating(company, ActThenDrop())
    results = connector.create_tasks(wanted)
    assert {one.verdict for one in results[:25]} == {Verdict.UNKNOWN}
    assert {(one.verdict, one.permanent) for one in results[25:]} == {(Verdict.NOT_APPLIED, False)}
    assert len(tasks_in(company)) == 25
    again = connector.create_tasks(wanted)
    assert [one.reason for one in again] == ["adopted"] * 25 + [""] * 3
    assert len(tasks_in(company)) == 28


def _made(key: str, number: int) -> dict[str, Any]:
    return {"id": str(number), "properties": {"followthrough_key": key}}


@pytest.mark.parametrize(
    ("told", "verdicts"),
    [
        ([3, 2, 1], "AAA"),  # in another order
        ([1, 1, 3], "AUA"),  # one twice, one missing
        ([9, 2], "UAU"),  # one nobody asked for
        ([], "UUU"),
    ],
)
def test_outcomes_are_told_by_key_and_never_by_place(
    company: Any, told: list[int], verdicts: str
) -> None:
    """Shuffled, doubled, short: what has no outcome of its own is unknown."""
    wanted = drafts(company, 3)
    keys = [one.key for one in wanted]
    results = [_made(keys[n - 1] if n <= 3 else "ft_x", n) for n in told]
    body = json.dumps({"status": "COMPLETE", "results": results})
    creating(company, ActThenAnswer(status=201, body=body, headers=JSON))
    found = company.connect().create_tasks(wanted)
    letters = {Verdict.APPLIED: "A", Verdict.UNKNOWN: "U"}
    assert "".join(letters[one.verdict] for one in found) == verdicts
    assert {one.task_id for one in found if one.verdict is Verdict.APPLIED} == {
        str(n) for n in told if n <= 3
    }


@pytest.mark.parametrize("body", ["{}", "[]", '{"results": null}'])
def test_an_answer_that_is_no_batch_proves_nothing(company: Any, body: str) -> None:
    """Whatever it is, the tasks are looked up before anything is sent again."""
    creating(company, Instead(status=201, body=body, headers=JSON))
    results = company.connect().create_tasks(drafts(company, 2))
    assert {one.verdict for one in results} == {Verdict.UNKNOWN}


def test_long_bodies_make_small_batches(company: Any) -> None:
    """The answer holds every text again, and only so much of it is held."""
    long = [company.draft(one.key, body="x" * 60_000) for one in drafts(company, 4)]
    assert {one.verdict for one in company.connect().create_tasks(long)} == {Verdict.APPLIED}
    assert len(tasks_in(company)) == 4
