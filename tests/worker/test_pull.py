"""Pull: the mirror and its watermarks, and our own tasks in the ledger. No rule is judged here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.base import Connector
from connectors.errors import CrmError
from connectors.open import open_connector
from connectors.simulator.faults import Instead
from tests.conftest import Clock
from tests.worker.world import Company
from worker.cycle import pull_alone
from worker.ledger import Ledger, TaskState
from worker.mirror import Mirror
from worker.pull import SETTLE, Pulled, look_after_tasks, pull

KEY = "ft_" + "a" * 26
BODY = f"Purpose\nref: won-no-follow-up@860c21a7 · {KEY}"


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    made = Company(tmp_path_factory.mktemp("pull"), Clock())
    made.won()
    made.org.insert("Task", {"Subject": "x", "Description": BODY, "Followthrough_Key__c": KEY})
    yield made
    made.close()


@pytest.fixture
def connector(company: Company) -> Iterator[Connector]:
    company.fault, company.org.hidden = None, frozenset()
    made = open_connector(company.settings().crm_settings(), pause=lambda _: None)
    yield made
    made.close()
    company.fault, company.org.hidden = None, frozenset()


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    made = Mirror.open(None)
    yield made
    made.close()


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger.open(tmp_path / "ledger.sqlite")
    yield made
    made.close()


def _pull(connector: Connector, mirror: Mirror, now: dt.datetime) -> Pulled:
    return pull(connector, mirror, now, lambda feed, rows: None)


def _rows(pulled: Pulled) -> dict[str, int]:
    return {feed.feed: feed.rows for feed in pulled.feeds if feed.rows}


def test_everything_the_first_time_and_changes_afterwards(
    company: Company, connector: Connector, mirror: Mirror
) -> None:
    """A second pull of a quiet org brings nothing; one that changed, what changed."""
    now = company.clock() + dt.timedelta(hours=1)  # the org itself was founded at noon
    first = _pull(connector, mirror, now)
    assert all(feed.first_time for feed in first.feeds)
    assert _rows(first)["Opportunity"] == 1
    later = now + dt.timedelta(hours=2)
    second = _pull(connector, mirror, later)
    assert not any(feed.first_time for feed in second.feeds)
    assert sum(feed.changed for feed in second.feeds) == 0
    with company.org.at(later):
        company.open_deal("Changed")
    with company.org.at(later + dt.timedelta(hours=1)):
        account = company.org.insert("Account", {"Name": "Even later"})
    third = _pull(connector, mirror, later + dt.timedelta(hours=2))
    assert _rows(third)["Account"] == 1  # told on the 2nd, so old news; the last one is new
    company.org.delete("Account", account)


def test_nothing_younger_than_the_settling_time_is_complete(
    company: Company, connector: Connector, mirror: Mirror
) -> None:
    """What may still become visible below a stamp is not called read."""
    now = company.clock()
    pulled = _pull(connector, mirror, now)
    assert pulled.until == now - SETTLE
    assert set(mirror.complete_until().values()) == {now - SETTLE}


def test_a_feed_that_fails_leaves_its_watermark(
    company: Company, connector: Connector, mirror: Mirror
) -> None:
    """Those before it have moved, it and those after it have not; the next pull goes on."""
    refused = Instead(
        status=403,
        body='[{"errorCode": "API_DISABLED_FOR_ORG", "message": "x"}]',
        headers={"content-type": "application/json"},
    )
    company.fault = lambda _n, call: (
        refused
        if "FROM+OpportunityHistory" in call.query.replace("%20", "+") and "COUNT" not in call.query
        else None
    )
    with pytest.raises(CrmError):
        _pull(connector, mirror, company.clock())
    read = mirror.complete_until()
    assert {"deals", "accounts"} <= read.keys()
    assert not {"stage_changes", "activities"} & read.keys()
    company.fault = None
    assert {f.feed for f in _pull(connector, mirror, company.clock()).feeds if f.first_time} >= {
        "OpportunityHistory",
        "Task",
    }
    assert "stage_changes" in mirror.complete_until()


def test_our_own_tasks_are_not_in_the_mirror(
    company: Company, connector: Connector, mirror: Mirror
) -> None:
    """They are the ledger's; in the mirror they would look like work that was done."""
    _pull(connector, mirror, company.clock())
    assert mirror.count("activities") == 0


# -- our tasks -------------------------------------------------------------------------------


def test_a_ledger_that_never_saw_our_tasks_reads_all(
    company: Company, connector: Connector, ledger: Ledger
) -> None:
    """With the rule named in the task's last line; a second look knows them."""
    now = company.clock() + dt.timedelta(days=400)
    assert look_after_tasks(connector, ledger, now) == 1
    (task,) = ledger.tasks().values()
    assert (task.key, task.rule, task.state) == (KEY, "won-no-follow-up", TaskState.OPEN)
    assert ledger.tasks_seen_until() == now
    assert look_after_tasks(connector, ledger, now) == 0


def test_afterwards_only_changes_are_read(
    company: Company, connector: Connector, ledger: Ledger
) -> None:
    """The query names a moment, so that ten thousand old tasks cost nothing."""
    look_after_tasks(connector, ledger, company.clock())
    before = len(company.sim.requests)
    look_after_tasks(connector, ledger, company.clock())
    (asked,) = company.sim.requests[before:]
    assert "SystemModstamp" in asked.query
    assert "2026-11-19T11%3A45" in asked.query


def test_what_is_hidden_has_not_been_seen(
    company: Company, connector: Connector, ledger: Ledger
) -> None:
    """While the key is hidden nothing counts as seen; once it shows, all is read."""
    company.org.hidden = frozenset({"Task.Followthrough_Key__c"})
    assert look_after_tasks(connector, ledger, company.clock()) == 0
    assert ledger.tasks_seen_until() is None
    company.org.hidden = frozenset()
    again = open_connector(company.settings().crm_settings(), pause=lambda _: None)
    assert look_after_tasks(again, ledger, company.clock()) == 1
    again.close()


def test_a_failed_look_has_seen_nothing(
    company: Company, connector: Connector, ledger: Ledger
) -> None:
    """The moment moves only with what was read up to it."""
    connector.why_not_writable()
    company.fault = lambda _n, call: Instead(status=404) if "query" in call.path else None
    with pytest.raises(CrmError):
        look_after_tasks(connector, ledger, company.clock())
    assert ledger.tasks_seen_until() is None


def test_a_pull_alone_leaves_nothing_to_derive(company: Company) -> None:
    """Whoever asks the mirror afterwards, and may not write it, finds what follows from it."""
    with company.desk() as desk:
        pull_alone(desk)
        waiting = desk.mirror.connection.execute("SELECT count(*) FROM changed").fetchall()
        known = desk.mirror.connection.execute("SELECT name FROM derived").fetchall()
    assert waiting == [(0,)]
    assert ("touches",) in known
