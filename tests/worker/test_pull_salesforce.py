"""What only Salesforce does, as the mirror ends up with it: merges, large first loads, purges."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from connectors.base import Connector
from connectors.open import CrmSettings, open_connector
from connectors.simulator.salesforce.org import Org
from connectors.simulator.server import Simulator
from tests.conftest import Clock
from worker.mirror import Mirror
from worker.pull import pull


class World:
    """An org, a mirror, and a pull whenever a test wants one."""

    def __init__(self, sim: Simulator, clock: Clock, mirror: Mirror) -> None:
        self.sim, self.clock, self.mirror = sim, clock, mirror
        self.org: Org = sim.org

    def pull(self, **settings: Any) -> None:
        """Read what changed, an hour after what was done before."""
        self.clock.later(hours=1)
        given = {
            "base_url": self.sim.base_url,
            "client_id": self.org.client_id,
            "client_secret": self.org.client_secret,
        }
        connector: Connector = open_connector(
            CrmSettings.model_validate(given | settings), pause=lambda _: None
        )
        try:
            pull(connector, self.mirror, self.clock.now, lambda _feed, _rows: None)
        finally:
            connector.close()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.mirror.connection.execute(sql).fetchall()


@pytest.fixture
def world() -> Iterator[World]:
    clock = Clock(now=dt.datetime(2026, 11, 12, 9, 30, tzinfo=dt.UTC))
    mirror = Mirror.open(None)
    with Simulator(Org(clock=clock)) as sim:
        yield World(sim, clock, mirror)
    sim.org.close()
    mirror.close()


@pytest.mark.proof
def test_a_merge_moves_what_hung_on_the_loser(world: World) -> None:
    """Though nothing of it got a new stamp: the deal and the call belong to the other account."""
    org = world.org
    lost, kept = (org.insert("Account", {"Name": name}) for name in ("Old", "New"))
    deal = {"Name": "D", "StageName": "Prospecting", "CloseDate": "2026-12-31"}
    org.insert("Opportunity", deal | {"AccountId": lost})
    org.insert("Task", {"Subject": "Call", "WhatId": lost})
    world.pull()
    assert world.rows("SELECT account_id FROM deals") == [(lost,)]
    org.merge("Account", kept, lost, restamps=False)
    world.pull()
    assert world.rows("SELECT account_id FROM deals") == [(kept,)]
    accounts = world.rows("SELECT a.id FROM activity_links l JOIN accounts a ON a.key = target_key")
    assert accounts == [(kept,)]


@pytest.mark.proof
def test_a_first_load_by_jobs_leaves_the_same_mirror(world: World) -> None:
    """Row for row what REST leaves, and the next pull goes on from there."""
    account = world.org.insert("Account", {"Name": "Northwind"})
    for number in range(3):
        world.org.insert("Task", {"Subject": f"T{number}", "WhatId": account, "Description": "x"})
    world.org.insert("Case", {"Subject": "Leak", "AccountId": account})
    world.pull(bulk_above=0)
    told = "SELECT id, kind, done, text_length FROM activities ORDER BY id"
    first = world.rows(told), world.rows("SELECT id, status, account_id FROM cases")
    world.mirror.close()
    world.mirror = Mirror.open(None)
    world.pull()
    assert (world.rows(told), world.rows("SELECT id, status, account_id FROM cases")) == first
    assert [len(rows) for rows in first] == [3, 1]
