"""Files on our own tasks: the report a manager is to read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from connectors.base import Attaches, Attachment
from connectors.model import Verdict
from connectors.simulator.faults import ActThenDrop

from .test_writing import KEY


def report(task_id: str, **changes: Any) -> Attachment:
    """A report for a task."""
    values: dict[str, Any] = {
        "key": KEY,
        "task_id": task_id,
        "name": "November.html",
        "content": "<p>Größe</p>\r\n--x".encode(),
        "media_type": "text/html",
    }
    return Attachment(**(values | changes))


def task(company: Any, connector: Any) -> str:
    """One of our own tasks."""
    (made,) = connector.create_tasks([company.draft()])
    return str(made.task_id)


def test_a_file_hangs_on_its_task_once(company: Any) -> None:
    """Beside those of a person; a newer one of the same name takes its place."""
    connector = company.connect()
    assert isinstance(connector, Attaches)
    made, theirs = task(company, connector), company.portal.add_file("theirs.pdf")
    company.portal.update("tasks", made, {"hs_attachment_ids": theirs})
    results = [connector.attach([report(made)])[0] for _ in range(2)]
    assert [(one.verdict, one.reason) for one in results] == [
        (Verdict.APPLIED, ""),
        (Verdict.APPLIED, "already_there"),
    ]
    ids = str(company.portal.get("tasks", made)["hs_attachment_ids"]).split(";")
    assert (ids[0], len(ids)) == (theirs, 2)
    kept = company.portal.store.kept("file")[ids[1]]
    assert kept["place"] == f"/followthrough/{KEY}-November.html"
    assert kept["size"] == len(report(made).content)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"task_id": "../deals/5"}, "BAD_ID"),
        ({"task_id": "999"}, "GONE"),
        ({"key": "ft_other"}, "NOT_OUR_TASK"),
        ({"content": b" " * (10 * 1024 * 1024 + 1)}, "TOO_LARGE"),
    ],
)
def test_what_cannot_hang_there_is_not_uploaded(
    company: Any, changes: dict[str, Any], reason: str
) -> None:
    """Refused for good, and nothing lies about in the account."""
    connector = company.connect()
    (result,) = connector.attach([replace(report(task(company, connector)), **changes)])
    assert (result.verdict, result.reason, result.permanent) == (Verdict.NOT_APPLIED, reason, True)
    assert company.asked("/files/v3/files", "POST") == 0


def test_an_account_whose_tasks_take_no_files_is_seen(company: Any) -> None:
    """Looked at, never assumed."""
    company.portal.hidden = frozenset({"tasks.hs_attachment_ids"})
    connector = company.connect()
    (result,) = connector.attach([report(task(company, connector))])
    assert result.reason == "NO_ATTACHMENTS"


def test_a_missing_scope_is_told_and_the_task_stays_as_it_is(company: Any) -> None:
    """By its code; it may be tried again when the scope is there."""
    company.portal.missing = frozenset({"files"})
    connector = company.connect()
    made = task(company, connector)
    (result,) = connector.attach([report(made)])
    assert (result.verdict, result.reason) == (Verdict.NOT_APPLIED, "MISSING_SCOPES")
    assert "hs_attachment_ids" not in company.portal.get("tasks", made)


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_an_answer_that_is_lost_leaves_one_file_when_it_is_done_again(
    company: Any, method: str
) -> None:
    """Unknown, and nothing behind it is sent; again it is the same file in the same place."""
    connector = company.connect()
    made = task(company, connector)
    lost = "/files/v3/files" if method == "POST" else f"/tasks/{made}"
    company.fault = lambda _, call: (
        ActThenDrop() if call.method == method and call.path.endswith(lost) else None
    )
    results = connector.attach([report(made), report(made, name="b.csv")])
    assert [one.verdict for one in results] == [Verdict.UNKNOWN, Verdict.NOT_APPLIED]
    company.fault = None
    assert connector.attach([report(made)])[0].verdict is Verdict.APPLIED
    assert len(company.portal.store.kept("file")) == 1
    assert ";" not in str(company.portal.get("tasks", made)["hs_attachment_ids"])
