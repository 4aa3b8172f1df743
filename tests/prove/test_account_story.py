"""A rule about accounts from end to end: task, step and weekly list, a lost ledger, and the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.conftest import Clock
from tests.worker.world import Company, at
from worker.about import Kind
from worker.cycle import Pass
from worker.known import TaskState

QUIET = """\
- rule: quiet-account
  title: An account nobody has spoken to
  about: Clients who hear nothing leave.
  mode: live
  for: account
  missing:
    touch: {by: [anyone], at_least: C}
    after: last_won_at
    within: 5 business days
  then:
    task:
      to: [owner]
      subject: "Call {account}"
      purpose: "They have heard nothing."
      opening: "The purpose of my call is to hear how it goes."
      done_when: "a call connects"
      due: 1 business day
  resolve: {close_task_with: "Thank you, {owner}"}
  escalate:
    - {after: 2 business days, to: manager, task: {subject: "Help {owner} with {account}"}}
    - {after: 3 business days, digest: manager}
  tests:
    - name: sold, and silence
      account: {name: Northwind}
      expect: [{at: 2026-11-20 12:00, fires: yes}, {at: 2026-11-18 12:00, fires: no}]
"""


@dataclass
class Story:
    """An account with a sale and then silence, and what each pass over it left in the CRM."""

    company: Company
    deal: str = ""
    account: str = ""
    passes: list[Pass] = field(default_factory=list)
    tasks: list[list[Any]] = field(default_factory=list)

    def run(self, day: int, hour: int = 12) -> None:
        self.company.clock.now = at(day, hour)
        self.passes.append(self.company.run())
        self.tasks.append([dict(task) for task in self.company.tasks()])


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Thursday, Tuesday, Monday; Monday without a ledger; then the call."""
    company = Company(tmp_path_factory.mktemp("account"), Clock())
    company.say(QUIET)
    deal = company.won("Northwind")
    account = company.org.get("Opportunity", deal)["AccountId"]
    told = Story(company, deal, account)
    told.run(19)
    told.run(24)
    told.run(30, 9)
    company.lose("ledger", "mirror")
    told.run(30, 10)
    company.call(deal)
    told.run(30, 11)
    yield told
    company.close()


def test_the_task_hangs_on_the_account(story: Story) -> None:
    """Sam's, with the account to open and no deal."""
    (task,) = story.tasks[0]
    assert (task["WhatId"], task["OwnerId"]) == (
        story.account,
        story.company.people["Sam Ortiz"],
    )
    assert task["Subject"] == "Call Northwind"
    assert f"· account {story.account} · ft_" in task["Description"]


def test_a_step_is_a_task_of_the_manager(story: Story) -> None:
    """Two business days later; its list waits for Monday."""
    assert story.passes[1].plan.reasons == {"already_open": 1, "step_due": 1, "line_waits": 1}
    task = story.tasks[1][-1]
    assert (task["WhatId"], task["Subject"]) == (story.account, "Help Sam Ortiz with Northwind")
    assert task["OwnerId"] == story.company.people["Mia Stone"]


def test_monday_brings_the_list(story: Story) -> None:
    """A task of Mia's that hangs on nothing."""
    task = story.tasks[2][-1]
    assert (task["Subject"], task["WhatId"]) == ("Week of 30 Nov: 1 line for you", None)
    assert "\n- Northwind: Sam Ortiz's task has stayed open" in task["Description"]


def test_a_lost_ledger_writes_none_of_them_again(story: Story) -> None:
    """All three are adopted, each as what it is."""
    assert story.tasks[3] == story.tasks[2]
    assert story.passes[3].plan.reasons == {"already_open": 1}
    with story.company.ledger() as ledger:
        kinds = {task.kind: task.about.record_id for task in ledger.tasks().values()}
    mia = story.company.people["Mia Stone"]
    assert kinds == {Kind.TASK: story.account, Kind.STEP: story.account, Kind.DIGEST: mia}


def test_the_call_ends_task_and_step(story: Story) -> None:
    """In the words of the rule; the list is Mia's to tick off."""
    assert [task["IsClosed"] for task in story.tasks[4]] == [True, True, False]
    for task in story.tasks[4][:2]:
        assert "Closed by Followthrough: Thank you, Sam Ortiz." in task["Description"]
    with story.company.ledger() as ledger:
        states = {task.kind: task.state for task in ledger.tasks().values()}
    assert states == {
        Kind.TASK: TaskState.RESOLVED,
        Kind.STEP: TaskState.RESOLVED,
        Kind.DIGEST: TaskState.OPEN,
    }
