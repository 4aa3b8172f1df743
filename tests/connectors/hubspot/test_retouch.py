"""Lines added to our own tasks, and tasks taken away again, over real sockets."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.model import TaskNote, TaskRemoval, Verdict
from connectors.simulator.faults import ActThenDrop

KEY = "ft_" + "n" * 26


@pytest.fixture
def made(company: Any) -> tuple[Any, str]:
    """A connector, and a task it has made, whose text a person has written anew."""
    connector = company.connect()
    (result,) = connector.create_tasks([company.draft(KEY)])
    company.clock.later(minutes=1)
    company.portal.update("tasks", result.task_id, {"hs_task_body": "<p>I <i>wait</i></p>"})
    company.clock.later(minutes=1)
    return connector, str(result.task_id)


def test_lines_come_below_what_a_person_wrote_and_only_once(company: Any, made: Any) -> None:
    """Escaped, so that they are read letter by letter; a second time nothing is sent."""
    connector, task = made
    company.portal.update("tasks", task, {"hs_task_status": "COMPLETED"})
    note = TaskNote(key=KEY, task_id=task, lines=("Also: <a> & b", "Also: c"))
    (result,) = connector.annotate_tasks([note])
    assert (result.verdict, result.reason) == (Verdict.APPLIED, "")
    now = company.portal.get("tasks", task)
    assert now["hs_task_body"] == "<p>I <i>wait</i></p><br>Also: &lt;a&gt; &amp; b<br>Also: c"
    assert now["hs_task_status"] == "COMPLETED"
    changes = company.asked("/tasks/", "PATCH")
    (again,) = connector.annotate_tasks([note])
    assert again.reason == "already_there"
    assert company.asked("/tasks/", "PATCH") == changes


def test_what_takes_no_line_is_refused_for_good(company: Any, made: Any) -> None:
    """Archived, full, somebody else's, no id."""
    connector, task = made
    company.portal.update("tasks", task, {"hs_task_body": "d" * 65_530})
    (gone,) = connector.create_tasks([company.draft("ft_gone")])
    company.portal.archive("tasks", gone.task_id)
    ids = {KEY: task, "ft_gone": gone.task_id, "ft_other": task, "ft_none": "../1"}
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
    company.portal.update("tasks", task, {"hs_task_subject": "Mine now"})
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
