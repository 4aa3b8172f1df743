"""Where no field keeps a key: tasks known by the mark in their text, if an admin allows it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from connectors.model import TaskClose, TaskDraft, TaskNote, Verdict
from connectors.simulator.faults import ActThenDrop

KEY = "ft_" + "abcdefghijklmnopqrstuvwxy2"
OTHER = "ft_" + "b" * 26


@pytest.fixture
def org_options() -> dict[str, Any]:
    """An org whose administrator has not deployed the key field."""
    return {"key_field": False}


def draft(company: Any, key: str = KEY, **changes: Any) -> TaskDraft:
    values: dict[str, Any] = {
        "key": key,
        "deal_id": company.ids["deal"],
        "contact_id": None,
        "owner_id": company.ids["user"],
        "subject": "Follow up",
        "body": f"Purpose: x\nref: r@1 · {key}",
        "due": dt.date(2026, 11, 20),
    }
    return TaskDraft(**(values | changes))


def test_the_mode_is_found_out_and_allowed(company: Any) -> None:
    """Without leave nothing is written; with it the mark does, and an attempt is waited for."""
    strict, lenient = company.connect(), company.connect(marker_mode=True)
    assert (strict.mode(), lenient.mode()) == ("none", "marker")
    assert "no field Followthrough_Key__c" in str(strict.why_not_writable())
    assert lenient.why_not_writable() is None
    assert (strict.quarantine, lenient.quarantine) == (dt.timedelta(), dt.timedelta(minutes=15))


def test_a_task_is_made_once_and_found_by_its_mark(company: Any) -> None:
    """A second attempt adopts it, whoever makes it; a deleted one is adopted as deleted."""
    connector = company.connect(marker_mode=True)
    (made,) = connector.create_tasks([draft(company)])
    assert made.verdict is Verdict.APPLIED
    (again,) = company.connect(marker_mode=True).create_tasks([draft(company)])
    assert (again.task_id, again.reason) == (made.task_id, "adopted")
    assert set(connector.find_tasks([KEY, OTHER])) == {KEY}
    assert [task.key for task in connector.our_tasks(None)] == [KEY]
    company.org.delete("Task", made.task_id)
    (gone,) = connector.create_tasks([draft(company)])
    assert (gone.task_id, gone.reason) == (made.task_id, "adopted_deleted")
    assert company.org.store.count("Task") == 0


def test_a_task_on_nothing_is_looked_for_everywhere(company: Any) -> None:
    """Where there is neither deal nor account the mark is looked for among all that we made."""
    connector = company.connect(marker_mode=True)
    bare = draft(company, deal_id=None)
    (made,) = connector.create_tasks([bare])
    (again,) = connector.create_tasks([bare, draft(company, OTHER)])[:1]
    assert (again.task_id, again.reason) == (made.task_id, "adopted")
    assert company.org.store.count("Task") == 2


def test_an_attempt_without_an_answer_is_unknown_and_then_found(company: Any) -> None:
    """It is not repeated; looking by key finds what took place."""
    company.fault = lambda _number, call: (
        ActThenDrop() if call.method == "POST" and "/composite/" in call.path else None
    )
    connector = company.connect(marker_mode=True)
    (lost,) = connector.create_tasks([draft(company)])
    assert lost.verdict is Verdict.UNKNOWN
    assert set(connector.find_tasks([KEY])) == {KEY}
    assert company.org.store.count("Task") == 1


def test_a_mark_that_does_not_stand_in_the_text_forbids_the_task(company: Any) -> None:
    """Else it could never be found again; one whose mark would be cut off neither."""
    connector = company.connect(marker_mode=True)
    plain = draft(company, body="Purpose: x")
    long = draft(company, OTHER, body="x" * 40_000 + f"\nref: r@1 · {OTHER}")
    results = connector.create_tasks([plain, long])
    assert [(one.verdict, one.reason) for one in results] == [
        (Verdict.NOT_APPLIED, "NO_MARK"),
        (Verdict.NOT_APPLIED, "NO_MARK"),
    ]


def test_only_our_own_marked_tasks_are_changed(company: Any) -> None:
    """One is closed and written into; a task of somebody else with another mark is left alone."""
    connector = company.connect(marker_mode=True)
    (made,) = connector.create_tasks([draft(company)])
    theirs = company.org.insert("Task", {"Subject": "x", "Description": f"ref: r · {OTHER}"})
    (noted,) = connector.annotate_tasks([TaskNote(key=KEY, task_id=made.task_id, lines=("Hm.",))])
    closed = connector.close_tasks(
        [
            TaskClose(key=KEY, task_id=made.task_id, line="Done."),
            TaskClose(key=KEY, task_id=theirs, line="Done."),
        ]
    )
    assert noted.verdict is Verdict.APPLIED
    assert [one.verdict for one in closed] == [Verdict.APPLIED, Verdict.NOT_APPLIED]
    text = str(company.org.get("Task", made.task_id)["Description"])
    assert text.splitlines()[-2:] == ["Hm.", "Done."]


def test_a_read_keeps_marked_tasks_out(company: Any) -> None:
    """They would look like work that was done."""
    company.connect(marker_mode=True).create_tasks([draft(company)])
    assert list(company.connect().pull("Task", company.everything())) == []
