"""HubSpot's limits, with other apps on the same account, in a time that only waits move."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.address import Address
from connectors.base import Connector
from connectors.budget import Share
from connectors.errors import Unusable
from connectors.hubspot.auth import ServiceKey
from connectors.hubspot.connector import HubSpotConnector
from connectors.hubspot.dialect import DIALECT, pacing
from connectors.hubspot.pace import Pace
from connectors.transport import Road, Transport

from .conftest import Company, founded, rows

ALL = frozenset({"DAILY", "TEN_SECONDLY_ROLLING", "SECONDLY"})


def connected(company: Company, share: float = 0.2) -> Connector:
    """A connector whose waits turn the portal's clock; nothing else takes any time."""

    def wait(seconds: float) -> None:
        company.clock.later(seconds=seconds)

    pace = Pace(wait, lambda: company.clock.now.timestamp())
    address = Address(crm="HubSpot", base=company.sim.base_url, paths=DIALECT.paths)
    road = Road(share=Share(ours=share))
    transport = Transport(address, pacing(DIALECT, pace), road, pause=wait)
    key = ServiceKey(SecretStr(company.portal.access_token))
    made = HubSpotConnector(transport, key, version="v3", pace=pace)
    company.stack.callback(made.close)
    return made


def refusals(company: Company) -> int:
    """How many requests were refused for being too many."""
    return sum(one.status == 429 for one in company.sim.requests)


def read_all(company: Company, connector: Connector) -> None:
    """Ask a lot: every feed, from the beginning and since."""
    for feed in connector.feeds():
        for window in (company.everything(), company.lately(company.clock.now)):
            rows(connector, feed.name, window)


@pytest.mark.proof
@pytest.mark.parametrize("policy", [{"burst": 12, "association_burst": 9}, {"others_searching": 2}])
def test_bursts_stay_below_the_limits(policy: dict[str, int]) -> None:
    """Small limits, and other apps that search: not one request is refused."""
    with founded(enforced=ALL, **policy) as company:
        company.log("notes", hs_note_body="x")
        connector = connected(company)
        connector.identity()  # whose answer tells the limit
        read_all(company, connector)
        assert len(company.sim.requests) > 60
        assert refusals(company) == 0


@pytest.mark.parametrize("told", [True, False])
def test_other_apps_that_leave_hardly_a_search_are_given_way(told: bool) -> None:
    """A refusal of this second is waited for, with Retry-After and without; then we go slower."""
    with founded(enforced=ALL, others_searching=4, retry_after=told) as company:
        connector = connected(company)
        start, note = company.clock.now, company.log("notes", hs_note_body="x")
        found = [
            row["id"]
            for _ in range(8)
            for row in rows(connector, "notes", company.lately(start))["activities"]
        ]
        assert found == [note] * 8
        assert 0 < refusals(company) <= 4


def test_a_day_that_is_used_up_ends_the_run_and_the_next_one_goes_on(company: Any) -> None:
    """Asked once, not repeated; at midnight of the account the same feed reads to its end."""
    company.log("notes", hs_note_body="x")
    connector = connected(company, share=1.0)
    connector.feeds()
    company.portal.others_today = company.portal.daily
    before = len(company.sim.requests)
    with pytest.raises(Unusable, match="API allowance of today is used up") as caught:
        rows(connector, "notes", company.everything())
    assert (caught.value.code, len(company.sim.requests) - before) == ("DAILY", 1)
    company.clock.later(hours=24)
    company.portal.others_today = 0
    assert len(rows(connected(company), "notes", company.everything())["activities"]) == 1


def test_reads_stop_before_other_apps_have_used_up_the_day(company: Any) -> None:
    """At nine tenths of the account's allowance, whoever used it; nothing more is asked."""
    connector = connected(company)
    connector.feeds()
    company.portal.others_today = company.portal.daily * 9 // 10
    connector.identity()  # whose answer tells it
    before = len(company.sim.requests)
    with pytest.raises(Unusable, match="Nearly all of the daily API allowance"):
        rows(connector, "notes", company.everything())
    assert len(company.sim.requests) == before


def test_a_burst_that_somebody_else_used_up_is_waited_for(company: Any) -> None:
    """Hardly any call is left by the headers: we rest a window instead of being refused."""
    company.portal.burst = 100
    company.portal.enforced = ALL
    connector = connected(company)
    connector.identity()
    caller = company.portal.access.caller(f"Bearer {company.portal.access_token}")
    for _ in range(92):  # the same key in another program
        company.portal.access.count(caller, "calls")
    start = company.clock.now
    for _ in range(12):
        connector.identity()
    assert refusals(company) == 0
    assert company.clock.now - start >= dt.timedelta(seconds=10)
