"""A small simulated portal, a clock that is turned by hand, and a connector to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from connectors.base import Connector, Feed, Window
from connectors.model import EVERY_STREAM, TaskDraft
from connectors.open import CrmSettings, open_connector
from connectors.simulator.hubspot.portal import Portal
from connectors.simulator.server import Simulator
from tests.conftest import Clock

START = dt.datetime(2026, 11, 12, 9, 30, tzinfo=dt.UTC)


@dataclass
class Company:
    """A portal with one owner, one company, one contact and one deal, served on loopback."""

    clock: Clock
    portal: Portal
    fault: Callable[[int, Any], Any] | None = None
    ids: dict[str, str] = field(default_factory=dict)
    sim: Any = None
    stack: ExitStack = field(default_factory=ExitStack)

    def connect(self, **settings: Any) -> Connector:
        wanted = {
            "crm": "hubspot",
            "base_url": self.sim.base_url,
            "access_token": self.portal.access_token,
        }
        connector = open_connector(CrmSettings(**(wanted | settings)), pause=lambda _seconds: None)
        self.stack.callback(connector.close)
        return connector

    def asked(self, path: str, method: str = "") -> int:
        """How many requests had this in their path."""
        return sum(path in one.path and method in one.method for one in self.sim.requests)

    def everything(self) -> Window:
        return Window(since=None, until=self.clock.now + dt.timedelta(minutes=5))

    def lately(self, since: dt.datetime) -> Window:
        return Window(since=since, until=self.clock.now + dt.timedelta(minutes=5))

    def log(self, kind: str, **properties: Any) -> str:
        """Insert an activity that belongs to deal, company and contact."""
        record = self.portal.insert(
            kind,
            {"hs_timestamp": self.clock.now, "hubspot_owner_id": self.ids["owner"]} | properties,
        )
        for to, name in (("deals", "deal"), ("companies", "company"), ("contacts", "contact")):
            self.portal.associate(kind, record, to, self.ids[name])
        return record

    def draft(self, key: str = "ft_" + "a" * 26, **changes: Any) -> TaskDraft:
        """A task for the deal."""
        wanted: dict[str, Any] = {
            "key": key,
            "deal_id": self.ids["deal"],
            "contact_id": self.ids["contact"],
            "owner_id": self.ids["owner"],
            "subject": "Call Al Alvarez",
            "body": "Purpose: go-live\nDone when: spoken",
            "due": dt.date(2026, 11, 20),
        }
        return TaskDraft(**(wanted | changes))


def rows(connector: Connector, feed: str, window: Window) -> dict[str, list[dict[str, Any]]]:
    """All rows of a feed by stream, each batch being in its stream's schema exactly."""
    found: dict[str, list[dict[str, Any]]] = {}
    for batch in connector.pull(feed, window):
        assert batch.rows.schema == EVERY_STREAM[batch.stream]
        found.setdefault(batch.stream, []).extend(batch.rows.to_pylist())
    return found


def fresh(connector: Connector) -> list[Feed]:
    """The feeds that read changes as they come, without those that repair."""
    return [feed for feed in connector.feeds() if not feed.repairs]


@contextmanager
def founded(**settings: Any) -> Iterator[Company]:
    """A company whose portal is set up like this, with its simulator running."""
    clock = Clock(now=START)
    portal = Portal(clock=clock, zone="America/New_York", **settings)
    owner = portal.add_owner("ana@simulated.example", "Ana", "Lopez")
    client = portal.insert("companies", {"name": "Northwind", "hubspot_owner_id": owner})
    contact = portal.insert(
        "contacts", {"firstname": "Al", "lastname": "Alvarez", "email": "al@northwind.example"}
    )
    deal = portal.insert(
        "deals",
        {
            "dealname": "Rollout",
            "pipeline": "default",
            "dealstage": portal.pipelines[0].stages[0].id,
            "amount": "48000.25",
            "closedate": "2026-12-31",
            "hubspot_owner_id": owner,
        },
    )
    portal.associate("contacts", contact, "companies", client, "Primary")
    portal.associate("deals", deal, "companies", client, "Primary")
    portal.associate("deals", deal, "contacts", contact)
    made = Company(clock=clock, portal=portal)
    made.ids = {"owner": owner, "company": client, "contact": contact, "deal": deal}
    with made.stack:
        made.sim = made.stack.enter_context(
            Simulator(portal, lambda number, call: made.fault and made.fault(number, call))
        )
        yield made
    portal.close()


@pytest.fixture
def company() -> Iterator[Company]:
    """A company with a plain portal."""
    with founded() as made:
        yield made
