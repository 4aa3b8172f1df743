"""Lines added to our own tasks, and tasks taken away again, over real sockets, on both CRMs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import pytest

from connectors.base import Connector
from connectors.model import Task, TaskDraft, TaskNote, TaskRemoval, Verdict
from connectors.simulator.faults import ActThenDrop
from tests.connectors.hubspot import conftest as hubspot
from tests.connectors.salesforce import conftest as salesforce
from tests.connectors.salesforce.test_writing import draft

KEY = "ft_" + "n" * 26


@dataclass(frozen=True, kw_only=True)
class Side:
    """What one CRM calls things, and how it writes two lines below a text."""

    found: Callable[[], AbstractContextManager[Any]]
    draft: Callable[[Any, str], TaskDraft]
    kind: str
    text: str
    subject: str
    wrote: str  # what a person has made of the text
    below: str  # and with two lines of ours
    done: Mapping[str, str]
    room: int  # characters of a text that leave room for no line
    path: str


SIDES = {
    "salesforce": Side(
        found=salesforce.founded,
        draft=draft,
        kind="Task",
        text="Description",
        subject="Subject",
        wrote="Dana: called twice",
        below="Dana: called twice\nAlso: <a> & b\nAlso: c",
        done={"Status": "Completed", "Priority": "High"},
        room=31_990,
        path="/sobjects/Task/",
    ),
    "hubspot": Side(
        found=hubspot.founded,
        draft=lambda company, key: company.draft(key),
        kind="tasks",
        text="hs_task_body",
        subject="hs_task_subject",
        wrote="<p>I <i>wait</i></p>",
        below="<p>I <i>wait</i></p><br>Also: &lt;a&gt; &amp; b<br>Also: c",
        done={"hs_task_status": "COMPLETED"},
        room=65_530,
        path="/tasks/",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Made:
    """A task of ours, whose text a person has written anew, and whoever made it."""

    side: Side
    company: Any
    connector: Connector
    task: str

    @property
    def records(self) -> Any:
        return getattr(self.company, "org", None) or self.company.portal

    def write(self, **values: str) -> None:
        """Change the task as a person does."""
        self.company.clock.later(minutes=1)
        self.records.update(self.side.kind, self.task, values)

    def gone(self, key: str) -> str:
        """Another task of ours, which a person has deleted."""
        (result,) = self.connector.create_tasks([self.side.draft(self.company, key)])
        delete = getattr(self.records, "delete", None) or self.records.archive
        delete(self.side.kind, result.task_id)
        return str(result.task_id)

    def read(self) -> Task:
        return self.connector.find_tasks([KEY])[KEY]

    def changes(self) -> int:
        log = self.company.sim.requests
        return sum(self.side.path in one.path and one.method == "PATCH" for one in log)


@pytest.fixture(params=SIDES)
def made(request: pytest.FixtureRequest) -> Iterator[Made]:
    """One of them on each CRM."""
    side = SIDES[request.param]
    with side.found() as company:
        connector = company.connect()
        (result,) = connector.create_tasks([side.draft(company, KEY)])
        one = Made(side=side, company=company, connector=connector, task=str(result.task_id))
        one.write(**{side.text: side.wrote})
        company.clock.later(minutes=1)
        yield one


def test_lines_come_below_what_a_person_wrote_and_only_once(made: Made) -> None:
    """Read letter by letter; a closed task takes them too, and a second time nothing is sent."""
    made.write(**made.side.done)
    note = TaskNote(key=KEY, task_id=made.task, lines=("Also: <a> & b", "Also: c"))
    (result,) = made.connector.annotate_tasks([note])
    assert (result.verdict, result.reason) == (Verdict.APPLIED, "")
    now = made.records.get(made.side.kind, made.task)
    assert now[made.side.text] == made.side.below
    assert {name: now[name] for name in made.side.done} == made.side.done
    changes = made.changes()
    assert changes == 1
    (again,) = made.connector.annotate_tasks([note])
    assert again.reason == "already_there"
    assert made.changes() == changes


def test_what_takes_no_line_is_refused_for_good(made: Made) -> None:
    """Full, deleted, somebody else's, no id."""
    made.write(**{made.side.text: "d" * made.side.room})
    gone = made.gone("ft_gone")
    ids = {KEY: made.task, "ft_gone": gone, "ft_other": made.task, "ft_none": "../1"}
    notes = [TaskNote(key=k, task_id=i, lines=("a line of ours",)) for k, i in ids.items()]
    results = made.connector.annotate_tasks(notes)
    assert [r.reason for r in results] == ["NO_ROOM", "GONE", "NOT_OUR_TASK", "BAD_ID"]
    assert all(r.permanent for r in results)


def test_a_task_is_removed_unless_somebody_touched_it(made: Made) -> None:
    """A change after the reading keeps it; once gone, it counts as done."""
    order = TaskRemoval(key=KEY, task_id=made.task, unchanged_since=made.read().modified_at)
    made.write(**{made.side.subject: "Mine now"})
    (kept,) = made.connector.remove_tasks([order])
    assert (kept.verdict, kept.reason) == (Verdict.NOT_APPLIED, "CHANGED_MEANWHILE")
    order = TaskRemoval(key=KEY, task_id=made.task, unchanged_since=made.read().modified_at)
    made.company.fault = lambda _, call: ActThenDrop() if call.method == "DELETE" else None
    (lost,) = made.connector.remove_tasks([order])
    made.company.fault = None
    (gone,) = made.connector.remove_tasks([order])
    assert (lost.verdict, gone.verdict) == (Verdict.UNKNOWN, Verdict.APPLIED)
    assert gone.reason == "already_gone"
    assert made.read().deleted
