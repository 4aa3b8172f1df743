"""Requests that reach the simulator without sockets: the same answers, in virtual time."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from connectors.base import Connector, Window
from connectors.model import TaskDraft
from connectors.open import CrmSettings, open_connector
from connectors.simulator.exchange import Arrival
from connectors.simulator.faults import (
    ActThenDrop,
    ActThenHang,
    Delay,
    Drip,
    DropBefore,
    Fault,
    ResetBefore,
    Truncate,
)
from connectors.simulator.hubspot.portal import Portal
from connectors.simulator.in_process import InProcess
from connectors.simulator.salesforce.org import Org
from tests.conftest import Clock

CRMS = ("salesforce", "hubspot")


def _writes(call: Arrival) -> bool:
    """Tell a request that creates a task."""
    ends = ("/composite/sobjects", "/objects/tasks", "/tasks/batch/create")
    return call.method == "POST" and call.path.endswith(ends)


class Line:
    """A CRM in this process, a deal in it, and a connector on a line to it."""

    def __init__(self, crm: str, clock: Clock) -> None:
        self.crm, self.clock = crm, clock
        self.fault: Fault | None = None  # of the requests that write
        self.made: Any = Org(clock=clock) if crm == "salesforce" else Portal(clock=clock)
        self.served = InProcess(self.made, self._fault, wait=self._pass)
        said: dict[str, Any] = {"access_token": "pat-na1-simulated"}
        if crm == "salesforce":
            said = {"client_id": self.made.client_id, "client_secret": self.made.client_secret}
        settings = CrmSettings(crm=crm, base_url=self.served.base_url, **said)
        self.connector: Connector = open_connector(
            settings, line=self.served, pause=self.served.wait, seconds=self.served.seconds
        )

    def _fault(self, number: int, arrival: Arrival) -> Fault | None:
        return self.fault if _writes(arrival) else None

    def _pass(self, seconds: float) -> None:
        self.clock.later(seconds=seconds)

    def add_deal(self) -> str:
        if self.crm == "salesforce":
            values = {"Name": "Alder", "StageName": "Qualification", "CloseDate": "2026-12-31"}
            return str(self.made.insert("Opportunity", values))
        stage = self.made.pipelines[0].stages[0].id
        values = {"dealname": "Alder", "pipeline": "default", "dealstage": stage}
        return str(self.made.insert("deals", values))

    def create(self, deal: str) -> list[Any]:
        """Write a task on a deal; its keys are one and the same."""
        owner = (
            self.made.user_id if self.crm == "salesforce" else self.made.add_owner("a@b.example")
        )
        draft = TaskDraft(
            key="FT1-ABCDEFGHIJKLMNOP",
            deal_id=deal,
            contact_id=None,
            owner_id=owner,
            subject="Call Alder",
            body="Call.",
            due=dt.date(2026, 11, 20),
        )
        return list(self.connector.create_tasks([draft]))

    def tasks(self) -> int:
        """How many tasks stand in the CRM."""
        if self.crm == "salesforce":
            return len(self.made.query("SELECT Id FROM Task").records)
        return len(self.made.store.all("tasks"))


@pytest.fixture(params=CRMS)
def line(request: pytest.FixtureRequest, clock: Clock) -> Line:
    return Line(request.param, clock)


def test_a_connector_reads_and_writes_without_a_socket(line: Line) -> None:
    """Nobody listens at the address; the clock is the CRM's, and the log holds every request."""
    deal = line.add_deal()
    line.clock.later(minutes=30)
    assert line.connector.identity().server_now == line.clock()
    window = Window(since=None, until=line.clock())
    deals = next(feed.name for feed in line.connector.feeds() if "deals" in feed.streams)
    found = [row["id"] for b in line.connector.pull(deals, window) for row in b.rows.to_pylist()]
    assert found[:1] == [deal]
    assert [one.verdict.name for one in line.create(deal)] == ["APPLIED"]
    assert line.tasks() == 1
    asked = len(line.served.requests)
    assert asked == line.served.requests[-1].number > 0
    line.served.forget()
    line.connector.identity()
    assert line.served.requests[0].number == asked + 1


@pytest.mark.parametrize(
    ("fault", "written"),
    [
        (DropBefore(), 0),
        (ResetBefore(), 0),
        (ActThenDrop(), 1),
        (ActThenHang(seconds=900), 1),
        (Truncate(keep=9), 1),
    ],
    ids=lambda given: type(given).__name__ if not isinstance(given, int) else "",
)
def test_what_a_connection_does_to_a_write(line: Line, fault: Fault, written: int) -> None:
    """No answer means that nobody knows, whether the CRM has acted or not."""
    deal = line.add_deal()
    line.fault = fault
    assert [one.verdict.name for one in line.create(deal)] == ["UNKNOWN"]
    assert line.tasks() == written


def test_a_write_may_be_applied_long_after_its_client_has_gone(line: Line) -> None:
    """The client waits as long as it would, then the rest happens when its moment has come."""
    deal, began = line.add_deal(), line.clock()
    line.fault = Delay(seconds=1800)
    assert [one.verdict.name for one in line.create(deal)] == ["UNKNOWN"]
    waited = line.clock() - began
    assert dt.timedelta(seconds=100) < waited < dt.timedelta(seconds=600)
    line.connector.identity()
    assert line.tasks() == 0
    line.clock.now = began + dt.timedelta(seconds=1801)
    line.served.settle()
    assert line.tasks() == 1


def test_what_is_merely_slow_takes_virtual_time(line: Line) -> None:
    """A delay and a dripped answer pass by the clock, and the task is there."""
    deal, began = line.add_deal(), line.clock()
    line.fault = Delay(seconds=60, then=Drip(size=16, pause=1.0))
    assert [one.verdict.name for one in line.create(deal)] == ["APPLIED"]
    assert line.clock() - began > dt.timedelta(seconds=62)
    assert line.served.seconds() == (line.clock() - began).total_seconds()


def test_a_server_that_goes_takes_what_was_under_way_with_it(line: Line) -> None:
    """What was given up by its client is not applied any more."""
    deal = line.add_deal()
    line.fault = Delay(seconds=1800)
    assert [one.verdict.name for one in line.create(deal)] == ["UNKNOWN"]
    line.served.drop()
    line.clock.later(hours=1)
    line.served.settle()
    assert line.tasks() == 0
