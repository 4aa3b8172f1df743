"""How a task is kept from being written twice: found out, never assumed; marks as last resort."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from connectors.base import Provisions
from connectors.model import TaskClose, TaskNote, TaskRemoval, Verdict
from connectors.simulator.faults import ActThenDrop, DropBefore
from connectors.simulator.hubspot.schema import Property

from .conftest import founded
from .test_reach import refusing
from .test_writing import KEY, creating, tasks_in

OTHER = "ft_" + "b" * 26
PATH = "/properties/tasks/followthrough_key"


def body(key: str = KEY) -> str:
    """A task's text with our last line."""
    return f"Purpose: go-live\nref: no-next-step@1a2b3c4d · {key}"


@pytest.fixture
def company() -> Iterator[Any]:
    """A company without the key property."""
    with founded(key_property=False) as made:
        yield made


def test_the_mode_is_what_is_found_and_what_is_allowed(company: Any) -> None:
    """No property: nothing, or the mark where that is allowed; a property goes before both."""
    assert isinstance(company.connect(), Provisions)
    assert (company.connect().mode(), company.connect(marker_mode=True).mode()) == (
        "none",
        "marker",
    )
    assert "followthrough_key" in str(company.connect().why_not_writable())
    allowed = company.connect(marker_mode=True)
    assert allowed.why_not_writable() is None
    assert allowed.quarantine == dt.timedelta(minutes=65)
    with founded() as complete:
        for wish in (True, False):
            connector = complete.connect(marker_mode=wish)
            assert (connector.mode(), connector.quarantine) == ("unique_property", dt.timedelta())


def test_a_property_that_may_not_be_seen_is_no_unique_one(company: Any) -> None:
    """Hidden is not unique: the mark, or nothing."""
    company.fault = refusing(PATH, "crm.schemas.tasks.read")
    assert company.connect().mode() == "none"
    assert company.connect(marker_mode=True).mode() == "marker"


def test_without_the_scope_to_write_the_mark_does_not_help(company: Any) -> None:
    """What is missing is told as ever."""
    company.portal.missing = frozenset({"crm.objects.contacts.write"})
    assert "may not write tasks" in str(company.connect(marker_mode=True).why_not_writable())


def test_a_task_is_made_once_and_known_by_the_line_in_its_text(company: Any) -> None:
    """Found by its key, on its deal, living or archived; a person's task is nobody's."""
    connector = company.connect(marker_mode=True)
    company.log("tasks", hs_task_subject="Mine", hs_task_body="ref: nothing")
    (made,) = connector.create_tasks([company.draft(body=body())])
    assert (made.verdict, made.reason) == (Verdict.APPLIED, "")
    assert "followthrough_key" not in company.portal.get("tasks", made.task_id)
    assert connector.find_tasks([KEY, OTHER])[KEY].deal_id == company.ids["deal"]
    (again,) = connector.create_tasks([company.draft(body=body())])
    assert (again.task_id, again.reason) == (made.task_id, "adopted")
    assert len(tasks_in(company)) == 2
    company.portal.archive("tasks", made.task_id)
    assert connector.find_tasks([KEY])[KEY].deleted
    assert [(one.key, one.deleted) for one in connector.our_tasks(None)] == [(KEY, True)]


@pytest.mark.parametrize(("fault", "made"), [(ActThenDrop(), 1), (DropBefore(), 0)])
def test_an_answer_that_is_lost_leaves_it_unknown(company: Any, fault: Any, made: int) -> None:
    """It is found by reading, or it is not there; on the deal it is seen before a second one."""
    connector = company.connect(marker_mode=True)
    connector.why_not_writable()
    creating(company, fault)
    (result,) = connector.create_tasks([company.draft(body=body())])
    assert (result.verdict, len(tasks_in(company))) == (Verdict.UNKNOWN, made)
    assert len(connector.find_tasks([KEY])) == made
    (again,) = connector.create_tasks([company.draft(body=body())])
    assert (again.verdict, len(tasks_in(company))) == (Verdict.APPLIED, 1)


def test_a_draft_without_its_mark_is_not_written(company: Any) -> None:
    """Nobody could ever find it again; the others are."""
    drafts = [company.draft(body="x"), company.draft(OTHER, body=body(OTHER))]
    results = company.connect(marker_mode=True).create_tasks(drafts)
    assert [one.reason for one in results] == ["NO_MARK", ""]
    assert [one.permanent for one in results] == [True, False]


def test_a_task_without_a_deal_is_looked_for_on_its_company(company: Any) -> None:
    """Where it hangs, there it is seen."""
    draft = company.draft(body=body(), deal_id=None, account_id=company.ids["company"])
    connector = company.connect(marker_mode=True)
    first, again = (connector.create_tasks([draft])[0] for _ in range(2))
    assert (again.task_id, again.reason) == (first.task_id, "adopted")


def test_lines_closes_and_removals_go_by_the_mark(company: Any) -> None:
    """Ours is touched, anybody else's is not."""
    connector = company.connect(marker_mode=True)
    (made,) = connector.create_tasks([company.draft(body=body())])
    theirs = company.log("tasks", hs_task_body="mine")
    for task_id, reason in ((made.task_id, ""), (theirs, "NOT_OUR_TASK")):
        (noted,) = connector.annotate_tasks([TaskNote(key=KEY, task_id=task_id, lines=("Also",))])
        assert noted.reason == reason
        (closed,) = connector.close_tasks([TaskClose(key=KEY, task_id=task_id, line="done")])
        assert closed.reason == reason
    later = company.clock.now
    removal = TaskRemoval(key=KEY, task_id=made.task_id, unchanged_since=later)
    assert connector.remove_tasks([removal])[0].verdict is Verdict.APPLIED


def test_our_tasks_since_a_moment_are_found_by_their_text(company: Any) -> None:
    """All that changed are looked at, since no property says which are ours."""
    connector = company.connect(marker_mode=True)
    connector.create_tasks([company.draft(body=body())])
    start = company.clock.later(hours=1)
    connector.create_tasks([company.draft(OTHER, body=body(OTHER))])
    company.log("tasks", hs_task_body="mine")
    assert [one.key for one in connector.our_tasks(start)] == [OTHER]


def test_a_copied_text_is_nobodys_where_the_property_keeps_keys() -> None:
    """A person's copy of a task has our line and no key: it is theirs."""
    with founded() as company:
        company.log("tasks", hs_task_body=body())
        connector = company.connect(marker_mode=True)
        assert connector.find_tasks([KEY]) == {}
        assert list(connector.our_tasks(None)) == []


def test_provision_makes_the_property_and_writing_is_possible(company: Any) -> None:
    """Looking alone changes nothing; made once, and found the next time."""
    connector = company.connect()
    (seen,) = connector.provision(write=False)
    assert (seen.there, seen.made) == (False, False)
    assert "hasUniqueValue" in str(seen.todo)
    assert company.asked("/properties/", "POST") == 0
    assert connector.why_not_writable() is not None
    (made,) = connector.provision(write=True)
    assert (made.there, made.made, made.todo) == (True, True, None)
    assert (connector.mode(), connector.why_not_writable()) == ("unique_property", None)
    (again,) = connector.provision(write=True)
    assert (again.there, again.made) == (True, False)
    assert company.asked("/properties/", "POST") == 1


def test_provision_names_the_scope_it_lacks(company: Any) -> None:
    """Nothing is raised: it is something to do."""
    company.portal.missing = frozenset({"crm.schemas.tasks.write"})
    (seen,) = company.connect().provision(write=True)
    assert not seen.there
    assert "crm.schemas.tasks.write" in str(seen.todo)


def test_provision_leaves_a_property_of_another_kind_to_a_person(company: Any) -> None:
    """It cannot be changed, and is not ours to delete."""
    own = Property(
        name="followthrough_key", label="Key", group="task", type="string", field_type="text"
    )
    company.portal.add_property("tasks", own)
    (seen,) = company.connect().provision(write=True)
    assert "is not unique" in str(seen.todo)
    assert company.asked("/properties/", "POST") == 0


def test_provision_says_when_there_is_no_room(company: Any) -> None:
    """An object has ten unique properties, and no more."""
    for number in range(10):
        name = f"unique_{number}"
        one = Property(
            name=name, label=name, group="task", type="string", field_type="text", unique=True
        )
        company.portal.add_property("tasks", one)
    (seen,) = company.connect().provision(write=True)
    assert "ten unique properties" in str(seen.todo)
