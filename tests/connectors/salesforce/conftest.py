"""A small simulated company, a clock that is turned by hand, and a connector to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from connectors.base import Connector, Window
from connectors.open import CrmSettings, open_connector
from connectors.simulator.salesforce.org import Org
from connectors.simulator.server import Simulator
from tests.conftest import Clock

START = dt.datetime(2026, 11, 12, 9, 30, tzinfo=dt.UTC)


@dataclass
class Company:
    """An org with one account, one contact and one deal, served on loopback."""

    clock: Clock
    org: Org
    fault: Callable[[int, Any], Any] | None = None
    ids: dict[str, str] = field(default_factory=dict)
    sim: Any = None
    stack: ExitStack = field(default_factory=ExitStack)

    def connect(self, **settings: Any) -> Connector:
        wanted = {
            "base_url": self.sim.base_url,
            "client_id": self.org.client_id,
            "client_secret": self.org.client_secret,
        }
        connector = open_connector(CrmSettings(**(wanted | settings)), pause=lambda _seconds: None)
        self.stack.callback(connector.close)
        return connector

    def asked(self, path: str) -> int:
        """How many requests had this in their path."""
        return sum(path in one.path for one in self.sim.requests)

    def everything(self) -> Window:
        return Window(since=None, until=self.clock.now + dt.timedelta(minutes=5))


@pytest.fixture
def org_options() -> dict[str, Any]:
    """What the org has beyond the plain one; a module of tests may say otherwise."""
    return {}


@contextmanager
def founded(**options: Any) -> Iterator[Company]:
    """A company whose org is set up like this, with its simulator running."""
    clock = Clock(now=START)
    made = Company(clock=clock, org=Org(clock=clock, **options))
    account = made.org.insert("Account", {"Name": "Northwind"})
    contact = made.org.insert(
        "Contact", {"LastName": "Alvarez", "AccountId": account, "Email": "al@northwind.example"}
    )
    deal = made.org.insert(
        "Opportunity",
        {
            "Name": "Rollout",
            "AccountId": account,
            "StageName": "Prospecting",
            "CloseDate": "2026-12-31",
            "Amount": 48000.25,
        },
    )
    made.ids = {"account": account, "contact": contact, "deal": deal, "user": made.org.user_id}
    with made.stack:
        made.sim = made.stack.enter_context(
            Simulator(made.org, lambda number, call: made.fault and made.fault(number, call))
        )
        yield made
    made.org.close()


@pytest.fixture
def company(org_options: dict[str, Any]) -> Iterator[Company]:
    """The company, with its simulator running until the test ends."""
    with founded(**org_options) as made:
        yield made
