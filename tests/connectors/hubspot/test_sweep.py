"""What search missed: read once more when the index has caught up, and found by listing."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from connectors.base import RELATED, STAMPS, Counts, Sweeps, Window
from connectors.errors import Refused
from connectors.simulator.hubspot.pipelines import SALES

from .conftest import rows


def stamped(connector: Any, feed: str, since: dt.datetime | None = None) -> dict[str, dt.datetime]:
    """All stamps of a feed by id, each batch in its schema."""
    batches = list(connector.stamps(feed, since))
    assert all(one.schema in (STAMPS, RELATED) for one in batches)
    return {row["id"]: row["modified_at"] for one in batches for row in one.to_pylist()}


def fetched(connector: Any, feed: str, *ids: str) -> dict[str, bool]:
    """What came of ids in the feed's own stream: whether each is deleted."""
    own = next(one.streams[0] for one in connector.feeds() if one.name == feed)
    return {
        row["id"]: row["deleted"]
        for one in connector.fetch(feed, ids)
        if one.stream == own
        for row in one.rows.to_pylist()
    }


def test_every_object_is_read_once_more_when_the_index_is_sure(company: Any) -> None:
    """The fresh feed as everywhere; the late one repairs, an hour behind."""
    feeds = {one.name: one for one in company.connect().feeds()}
    fresh = {name for name, one in feeds.items() if not one.repairs}
    assert {f"{name}:late" for name in fresh - {"owners"}} == set(feeds) - fresh
    assert all(feeds[name].settle == dt.timedelta(minutes=5) for name in fresh)
    late = feeds["notes:late"]
    assert (late.settle, late.streams) == (dt.timedelta(minutes=60), ("activities", "files"))
    assert late.fields_hash == feeds["notes"].fields_hash


def test_a_change_the_index_showed_late_comes_with_the_late_feed(company: Any) -> None:
    """The fresh window missed it for good; the same window read an hour later has it."""
    company.portal.index_lag = dt.timedelta(minutes=50)
    start = company.clock.later(minutes=5)
    note = company.log("notes", hs_note_body="late")
    window = company.lately(start)
    connector = company.connect()
    assert rows(connector, "notes", window) == {}
    company.clock.later(minutes=60)
    found = rows(connector, "notes:late", window)["activities"]
    assert [one["id"] for one in found] == [note]


def test_the_late_feed_leaves_the_archive_to_the_fresh_one(company: Any) -> None:
    """The archive is a list and not an index: nothing is late there."""
    company.portal.archive("notes", company.log("notes"))
    connector = company.connect()
    assert rows(connector, "notes:late", company.lately(company.clock.now)) == {}
    assert len(rows(connector, "notes", company.lately(company.clock.now))["activities"]) == 1


def test_stamps_are_those_of_the_rows_whatever_the_index_shows(company: Any) -> None:
    """Listed, not searched: of what lives, ours left out."""
    company.portal.index_lag = dt.timedelta(days=1)
    old = company.log("tasks", hs_task_subject="old")
    start = company.clock.later(hours=1)
    new = company.log("tasks", hs_task_subject="new")
    company.portal.archive("tasks", company.log("tasks", hs_task_subject="gone"))
    connector = company.connect()
    connector.create_tasks([company.draft()])
    pulled = rows(connector, "tasks", company.everything())["activities"]
    living = {one["id"]: one["modified_at"] for one in pulled if not one["deleted"]}
    assert stamped(connector, "tasks") == living
    assert set(living) == {old, new}
    assert start in living.values()
    assert stamped(connector, "owners") == {}
    assert isinstance(connector, Sweeps)


def test_stamps_since_a_moment_are_those_of_what_changed(company: Any) -> None:
    """Of activities all, with the deals they hang on."""
    start = company.clock.later(hours=1)
    company.portal.update("deals", company.ids["deal"], {"dealname": "Renamed"})
    connector = company.connect()
    assert set(stamped(connector, "deals", start)) == {company.ids["deal"]}
    assert stamped(connector, "companies", start) == {}
    note = company.log("notes")
    company.clock.later(hours=1)
    (batch,) = connector.stamps("notes", company.clock.now)
    assert batch.to_pylist() == [
        {"id": note, "modified_at": start, "deal_ids": [company.ids["deal"]]}
    ]


def test_fetched_records_are_told_as_they_stand(company: Any) -> None:
    """Living, archived, merged and purged ones, and all that hangs on a deal."""
    portal, ids = company.portal, company.ids
    deal = {"dealname": "d", "pipeline": "default", "dealstage": SALES.stages[0].id}
    gone, twin = portal.insert("deals", deal), portal.insert("deals", deal)
    portal.archive("deals", gone)
    connector = company.connect()
    asked = (ids["deal"], gone, twin, "999")
    assert fetched(connector, "deals", *asked) == {
        ids["deal"]: False, gone: True, twin: False, "999": True,
    }  # fmt: skip
    left = portal.merge("deals", ids["deal"], twin)
    assert fetched(connector, "deals", ids["deal"], twin) == {
        left: False, ids["deal"]: True, twin: True,
    }  # fmt: skip
    streams = {one.stream for one in connector.fetch("deals", [left])}
    assert streams == {"deals", "stage_changes", "links"}


def test_an_activity_that_is_not_found_may_be_of_another_object(company: Any) -> None:
    """Six objects fill the activities: an id that is no note is not called deleted."""
    note, call = company.log("notes"), company.log("calls")
    company.portal.archive("calls", call)
    connector = company.connect()
    assert fetched(connector, "notes", note, call, "x", "999") == {note: False}
    assert fetched(connector, "calls", note, call) == {call: True}


def test_what_a_window_holds_is_counted_by_one_call(company: Any) -> None:
    """Before anything is read; nobody counts owners, nor a feed there is not."""
    start = company.clock.later(hours=1)
    for _ in range(3):
        company.log("notes")
    connector = company.connect()
    assert isinstance(connector, Counts)
    assert connector.rows_of("notes", company.everything()) == 3
    assert connector.rows_of("notes", Window(since=start, until=company.clock.now)) == 0
    assert company.asked("/notes/search") == 2
    assert connector.rows_of("owners", company.everything()) is None
    with pytest.raises(Refused, match="no feed nonsense"):
        connector.rows_of("nonsense", company.everything())
