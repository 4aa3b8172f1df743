"""Lines added to our own tasks, and tasks taken away again, over real sockets."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.model import TaskDraft, TaskNote, TaskRemoval, Verdict
from connectors.simulator.faults import ActThenDrop
from tests.connectors.salesforce.test_writing import draft

KEY = "ft_" + "n" * 26


@pytest.fixture
def made(company: Any) -> tuple[Any, str]:
    """A connector, and a task it has made, below whose text Dana has written a line."""
    connector = company.connect()
    one: TaskDraft = draft(company, key=KEY)
    (result,) = connector.create_tasks([one])
    company.clock.later(minutes=1)
    company.org.update("Task", result.task_id, {"Description": "Dana: called twice"})
    company.clock.later(minutes=1)
    return connector, str(result.task_id)


def test_lines_come_below_what_a_person_wrote_and_only_once(company: Any, made: Any) -> None:
    """A second time nothing is sent; a closed task takes them too."""
    connector, task = made
    company.org.update("Task", task, {"Status": "Completed", "Priority": "High"})
    note = TaskNote(key=KEY, task_id=task, lines=("Also: a", "Also: b"))
    (result,) = connector.annotate_tasks([note])
    assert (result.verdict, result.reason) == (Verdict.APPLIED, "")
    now = company.org.get("Task", task)
    assert now["Description"] == "Dana: called twice\nAlso: a\nAlso: b"
    assert (now["Status"], now["Priority"]) == ("Completed", "High")
    changes = company.asked("/sobjects/Task/")
    (again,) = connector.annotate_tasks([note])
    assert again.reason == "already_there"
    assert company.asked("/sobjects/Task/") == changes


def test_what_takes_no_line_is_refused_for_good(company: Any, made: Any) -> None:
    """Deleted, full, somebody else's, no id."""
    connector, task = made
    company.org.update("Task", task, {"Description": "d" * 31_990})
    deleted = company.org.insert("Task", {"Subject": "x", "Followthrough_Key__c": "ft_gone"})
    company.org.delete("Task", deleted)
    ids = {KEY: task, "ft_gone": deleted, "ft_other": task, "ft_none": "../1"}
    notes = [TaskNote(key=k, task_id=i, lines=("a line of ours",)) for k, i in ids.items()]
    results = connector.annotate_tasks(notes)
    assert [r.reason for r in results] == ["NO_ROOM", "GONE", "NOT_OUR_TASK", "BAD_ID"]
    assert all(r.permanent for r in results)


def test_a_task_is_removed_unless_somebody_touched_it(company: Any, made: Any) -> None:
    """A change after the reading keeps it; once gone, it counts as done."""
    connector, task = made
    read = connector.find_tasks([KEY])[KEY]
    order = TaskRemoval(key=KEY, task_id=task, unchanged_since=read.modified_at)
    company.clock.later(minutes=1)
    company.org.update("Task", task, {"Subject": "Mine now"})
    (kept,) = connector.remove_tasks([order])
    assert (kept.verdict, kept.reason) == (Verdict.NOT_APPLIED, "CHANGED_MEANWHILE")
    read = connector.find_tasks([KEY])[KEY]
    order = TaskRemoval(key=KEY, task_id=task, unchanged_since=read.modified_at)
    company.fault = lambda _, call: ActThenDrop() if call.method == "DELETE" else None
    (lost,) = connector.remove_tasks([order])
    company.fault = None
    (gone,) = connector.remove_tasks([order])
    assert (lost.verdict, gone.verdict, gone.reason) == (
        Verdict.UNKNOWN,
        Verdict.APPLIED,
        "already_gone",
    )
    assert connector.find_tasks([KEY])[KEY].deleted
