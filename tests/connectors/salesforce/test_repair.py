"""What windows miss or cannot hold: halves, floors, sweeps, merges, busy orgs. Real sockets."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from connectors.base import STAMPS, Connector, Window
from connectors.errors import Retriable, Unusable
from connectors.simulator.faults import Instead

MINUTE = dt.timedelta(minutes=1)


def rows(connector: Connector, feed: str, window: Window) -> list[tuple[str, dict[str, Any]]]:
    """Every row of a pull with the stream it came in."""
    return [
        (batch.stream, row)
        for batch in connector.pull(feed, window)
        for row in batch.rows.to_pylist()
    ]


def error(status: int, code: str, message: str = "x") -> Instead:
    return Instead(
        status=status,
        body=f'[{{"message": "{message}", "errorCode": "{code}"}}]',
        headers={"Content-Type": "application/json"},
    )


def test_a_window_that_takes_too_long_is_read_in_halves(company: Any) -> None:
    """Every row once, however the changes lie; deleted ones too."""
    made = [company.ids["account"]]
    for number in range(40):
        company.clock.later(hours=number % 3)
        made.append(company.org.insert("Account", {"Name": f"A{number}"}))
    company.org.delete("Account", made[-1])
    company.org.slow_above = 12
    window = Window(
        since=company.clock.now - dt.timedelta(days=9), until=company.everything().until
    )
    found = [row["id"] for _, row in rows(company.connect(), "Account", window)]
    assert sorted(found) == sorted(made)
    first = [row["id"] for _, row in rows(company.connect(), "Account", company.everything())]
    assert sorted(first) == sorted(made)


def test_what_no_window_is_short_enough_for_ends_the_feed(company: Any) -> None:
    """More rows in one minute than a query may have: told, and nothing is called complete."""
    for number in range(20):
        company.org.insert("Account", {"Name": f"A{number}"})
    company.org.slow_above = 12
    with pytest.raises(Retriable) as caught:
        rows(company.connect(), "Account", company.everything())
    assert caught.value.code == "QUERY_TIMEOUT"
    assert len(company.sim.requests) < 80


def test_salesforce_says_up_to_when_its_changes_are_complete(company: Any) -> None:
    """A change under way holds the floor back; without one it is the window's own end."""
    connector = company.connect()
    until = company.clock.now - 5 * MINUTE
    window = Window(since=until - MINUTE, until=until)
    assert connector.covered("Opportunity", window) == until
    company.org.under_way_since = until - 3 * 60 * MINUTE
    assert connector.covered("Task", window) == until - 3 * 60 * MINUTE


def test_where_salesforce_does_not_say_nothing_is_claimed(company: Any) -> None:
    """Objects without a log of changes, and orgs that refuse it."""
    connector = company.connect()
    window = company.everything()
    assert connector.covered("User", window) is None
    company.fault = lambda _number, call: (
        error(400, "INVALID_REPLICATION_DATE") if "/updated" in call.path else None
    )
    assert connector.covered("Task", window) is None


def stamps(connector: Any, feed: str, since: dt.datetime | None) -> dict[str, dt.datetime]:
    found: dict[str, dt.datetime] = {}
    for batch in connector.stamps(feed, since):
        assert batch.schema == STAMPS
        found |= {row["id"]: row["modified_at"] for row in batch.to_pylist()}
    return found


def test_a_sweep_lists_what_lives_with_the_stamps_of_a_pull(company: Any) -> None:
    """Archived ones too; deleted ones and our own are left out."""
    org = company.org
    old = org.insert("Task", {"Subject": "Old", "Status": "Completed"})
    org.store.update("Task", old, {"IsArchived": 1})
    org.insert("Task", {"Subject": "Ours", "Followthrough_Key__c": "ft_x"})
    org.insert("Task", {"Subject": "Ours", "Description": "x\n[ft:ft_abcdefgh]"})
    org.delete("Task", org.insert("Task", {"Subject": "Gone"}))
    connector = company.connect()
    found = stamps(connector, "Task", None)
    pulled = {row["id"]: row for _, row in rows(connector, "Task", company.everything())}
    assert found == {key: row["modified_at"] for key, row in pulled.items() if not row["deleted"]}
    assert set(found) == {old}
    company.clock.later(hours=1)
    assert stamps(connector, "Task", company.clock.now - MINUTE) == {}


def test_a_sweep_lists_who_was_asked_to_a_meeting(company: Any) -> None:
    """The same people as a pull, who are told by a field beside the stamp."""
    meeting = {"Subject": "Offer", "StartDateTime": "2026-11-20T10:00:00Z", "DurationInMinutes": 30}
    company.org.insert("Event", {**meeting, "WhoId": company.ids["contact"]})
    company.clock.later(minutes=1)
    connector = company.connect()
    pulled = rows(connector, "EventRelation", company.everything())
    found = {row["id"] for stream, row in pulled if stream == "attendees"}
    assert found
    assert set(stamps(connector, "EventRelation", None)) == found


def test_records_are_fetched_as_they_now_stand(company: Any) -> None:
    """As a pull gives them; deleted ones as deleted, ids of nobody not at all, in any number."""
    org = company.org
    made = [org.insert("Account", {"Name": f"A{number}"}) for number in range(450)]
    org.delete("Account", made[0])
    connector = company.connect()
    wanted = [*made, company.ids["deal"], "001000000000009AAA"]
    found = [row for batch in connector.fetch("Account", wanted) for row in batch.rows.to_pylist()]
    assert [row["id"] for row in found if row["deleted"]] == [made[0]]
    assert sorted(row["id"] for row in found) == sorted(made)


def test_what_was_purged_from_the_bin_is_told_by_the_log(company: Any) -> None:
    """No query shows it any more; an id that the log does not name stays unknown."""
    org = company.org
    gone = org.insert("Account", {"Name": "Gone"})
    org.delete("Account", gone)
    org.purged.purge("Account", gone)
    connector = company.connect()
    company.clock.later(hours=1)
    hidden = "001000000000009AAA"
    found = [
        row
        for batch in connector.fetch("Account", [gone, hidden])
        for row in batch.rows.to_pylist()
    ]
    assert [(row["id"], row["deleted"], row["name"]) for row in found] == [(gone, True, None)]
    company.fault = lambda _number, call: (
        error(400, "INVALID_REPLICATION_DATE") if "/deleted" in call.path else None
    )
    assert list(connector.fetch("Account", [gone])) == []


def test_rows_are_counted_by_one_call(company: Any) -> None:
    """As many as the pull would bring; nothing where they cannot be counted in time."""
    connector = company.connect()
    connector.feeds()
    before = len(company.sim.requests)
    assert connector.rows_of("Account", company.everything()) == 1
    assert len(company.sim.requests) == before + 1
    company.fault = lambda _number, call: error(400, "QUERY_TIMEOUT")
    assert connector.rows_of("Account", company.everything()) is None


@pytest.mark.parametrize("name", ["Account", "Contact"])
def test_a_merged_record_is_told_as_merged_and_a_deleted_one_is_not(
    company: Any, name: str
) -> None:
    """Both are gone; what is purged from the bin may have been either."""
    org = company.org
    kept, lost, gone, purged = (
        org.insert(name, {"Name" if name == "Account" else "LastName": word})
        for word in ("Kept", "Lost", "Gone", "Purged")
    )
    company.clock.later(hours=1)
    org.merge(name, kept, lost, restamps=False)
    for record in (gone, purged):
        org.delete(name, record)
    org.purged.purge(name, purged)
    connector = company.connect()
    window = Window(since=company.clock.now - MINUTE, until=company.everything().until)
    for batches in (connector.pull(name, window), connector.fetch(name, [kept, lost, gone])):
        (batch,) = batches
        states = {row["id"]: row["deleted"] for row in batch.rows.to_pylist()}
        assert states == {kept: False, lost: True, gone: True}
        assert batch.merged.to_pylist() == [lost]
    company.clock.later(hours=1)
    (batch,) = connector.fetch(name, [purged])
    assert batch.merged.to_pylist() == [purged]


def test_too_many_at_one_time_is_waited_out_and_the_daily_limit_is_not(company: Any) -> None:
    """Both are a 403 with the same code: only Salesforce's sentence tells them apart."""
    limit = "REQUEST_LIMIT_EXCEEDED"
    first: list[int] = []

    def crowded(number: int, call: Any) -> Any:
        if "/query" in call.path and len(first) < 2:
            first.append(number)
            return error(403, limit, "ConcurrentRequests (Concurrent API Requests) Limit exceeded.")
        return None

    company.fault = crowded
    assert rows(company.connect(), "Account", company.everything())
    company.fault = lambda _number, call: (
        error(403, limit, "TotalRequests Limit exceeded.") if "/query" in call.path else None
    )
    with pytest.raises(Unusable):
        rows(company.connect(), "Account", company.everything())
