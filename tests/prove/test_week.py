"""After a week in which much goes wrong the mirror is the CRM, in both dialects, seed by seed.

`WEEK_SEEDS` and `WEEK_CHANGES` say how many weeks are lived and how much happens in each.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from connectors.base import Batch, Connector, Feed, Window
from tests.prove.week import CRMS, Planted, Week, apart
from worker.feeds import OVERLAP

SEEDS = int(os.environ.get("WEEK_SEEDS", "3"))
CHANGES = int(os.environ.get("WEEK_CHANGES", "50000"))


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("crm", CRMS)
def test_after_the_week_the_mirror_is_the_crm(crm: str, seed: int) -> None:
    """Ids and stamps are the CRM's own, and every row is what a mirror read from nothing holds."""
    week = Week(crm, seed, CHANGES)
    week.live()
    assert week.wrong() == {}, dict(week.seen)
    fresh = week.anew()
    assert apart(week.mirror, fresh) == {}, dict(week.seen)
    assert week.mirror.count("activities") > CHANGES // 50
    assert week.crm.refused < week.crm.done / 5
    assert week.seen["pull"] > 30
    assert week.seen["hiccup"]
    assert week.seen["swept deals"]
    assert week.seen["crash"] + week.seen["left"] > 0
    fresh.close()
    week.close()


# -- planted mistakes, so that the week itself is known to notice ------------------------------


class Worse:
    """A connector that lacks what it could do; `narrow`: its windows do not overlap."""

    def __init__(self, good: Connector, lacks: tuple[str, ...], *, narrow: bool = False) -> None:
        self._good, self._lacks, self._narrow = good, lacks, narrow

    def __getattr__(self, name: str) -> Any:
        if name in self._lacks:
            raise AttributeError(name)
        return getattr(self._good, name)

    def feeds(self) -> Sequence[Feed]:
        return [one for one in self._good.feeds() if not (self._narrow and one.repairs)]

    def pull(self, feed: str, window: Window) -> Iterator[Batch]:
        if self._narrow and window.since is not None:
            window = replace(window, since=window.since + OVERLAP)
        return self._good.pull(feed, window)


SWEEP = ("stamps", "fetch")


def without_sweep(good: Connector) -> Any:
    """Nothing compares the mirror with the CRM."""
    return Worse(good, SWEEP)


def narrow(good: Connector) -> Any:
    """Nor do windows overlap, wait for what is under way, or are read once more."""
    return Worse(good, (*SWEEP, "covered"), narrow=True)


@pytest.mark.parametrize("planted", [without_sweep, narrow])
@pytest.mark.parametrize("crm", CRMS)
def test_a_planted_mistake_is_noticed(crm: str, planted: Planted) -> None:
    """What nobody repairs stays wrong, and the week sees it."""
    week = Week(crm, 0, 200, days=1, planted=planted)
    week.live()
    assert week.wrong() != {}, dict(week.seen)
    week.close()


# -- merges that no window tells of ------------------------------------------------------------


class Merging:
    """A deal of a client that is merged into another one, which leaves the deal's stamp alone."""

    def __init__(self, crm: str) -> None:
        self.week = Week(crm, 0, 0)
        self.org: Any = self.week.crm.org
        self.salesforce = crm == "salesforce"
        clients = "Account" if self.salesforce else "companies"
        name = "Name" if self.salesforce else "name"
        self.one, self.other = (self.org.insert(clients, {name: word}) for word in ("A", "B"))
        self._deal_of_other()
        self.week.clock.later(hours=1)
        self.week.pull()

    def _deal_of_other(self) -> None:
        values = {"Name": "Alder", "StageName": "Qualification", "CloseDate": "2026-12-31"}
        if self.salesforce:
            self.org.insert("Opportunity", {**values, "AccountId": self.other})
            return
        stage = self.org.pipelines[0].stages[0].id
        deal = self.org.insert(
            "deals", {"dealname": "Alder", "pipeline": "default", "dealstage": stage}
        )
        self.org.associate("deals", deal, "companies", self.other)

    def merge(self) -> str:
        """Merge the two clients; the id of what is left."""
        if not self.salesforce:
            return str(self.org.merge("companies", self.one, self.other))
        self.org.merge("Account", self.one, self.other, restamps=False)
        return str(self.one)

    def client(self) -> str:
        """Whose the deal is, as the mirror has it."""
        found = self.week.mirror.connection.execute("SELECT account_id FROM deals").fetchall()
        return str(found[0][0])


@pytest.fixture(params=CRMS)
def merging(request: pytest.FixtureRequest) -> Iterator[Merging]:
    made = Merging(request.param)
    yield made
    made.week.close()


def test_the_sweep_follows_a_merge_that_came_too_late(merging: Merging) -> None:
    """Found by the daily list alone: what hung on the merged client hangs on the one left."""
    clock = merging.week.clock
    if merging.salesforce:
        with merging.org.at(clock() - dt.timedelta(minutes=50)):  # committed long afterwards
            left = merging.merge()
    else:
        merging.org.index_lag = dt.timedelta(hours=9)
        left = merging.merge()
    for hours in (1, 1, 1, 1):
        clock.later(hours=hours)
        merging.week.pull()
        assert merging.client() == merging.other
    clock.later(hours=24)
    merging.week.pull()
    assert merging.client() == left


def test_what_is_read_anew_follows_merges_too(merging: Merging) -> None:
    """A field was hidden at that time: clients are read from the beginning, their deals not."""
    left = merging.merge()
    merging.org.hidden = frozenset({"Account.OwnerId", "companies.hubspot_owner_id"})
    merging.week.clock.later(hours=1)
    done = merging.week.pull()
    clients = "Account" if merging.salesforce else "companies"
    assert clients in {one.feed for one in done.feeds if one.first_time}
    assert merging.client() == left
