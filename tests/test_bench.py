"""The bench's generated company is sound: without that its figures would be of nothing."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from bench import pull
from bench.company import fill
from bench.prepared import SHARES, Rows, rows_of
from bench.prepared_portal import Prepared as Portal
from bench.records import records
from bench.rules import beside
from bench.worktime import DAY, due
from connectors.simulator.exchange import Arrival
from rules import select
from rules.load import load
from worker import rule_files
from worker.mirror import Mirror

DEALS, ACTIVITIES = 200, 2000


def filled() -> Mirror:
    mirror = Mirror.open(None)
    fill(mirror, deals=DEALS, activities=ACTIVITIES)
    return mirror


@pytest.fixture(scope="module")
def company() -> Mirror:
    """One small company for all tests; nobody changes it."""
    return filled()


def test_there_are_as_many_rows_as_were_asked_for(company):
    """The sizes are exact, and no two records share an id or a key."""
    assert company.count("deals") == DEALS
    assert company.count("activities") == ACTIVITIES
    company.check_keys()


def test_the_same_sizes_give_the_same_company(company):
    """Two runs of the bench measure the same rows."""
    sql = "SELECT bit_xor(hash(COLUMNS(*)))::VARCHAR FROM activities"
    assert select.rows(company.connection, sql) == select.rows(filled().connection, sql)


@pytest.mark.parametrize("target", ["deal", "account", "contact"])
def test_activities_hang_on_records_that_are_there(company, target):
    """Every link leads to a record, and every kind of link is in use."""
    sql = f"""SELECT count(*) AS links, count(r.key) AS met FROM activity_links l
        LEFT JOIN {target}s r ON r.key = l.target_key WHERE l.target = '{target}'"""
    found = select.rows(company.connection, sql)[0]
    assert found["links"] == found["met"] > 0


def test_every_state_stage_and_kind_occurs(company):
    """A rule that asks for any of them finds some, and not all."""
    sql = (
        "SELECT DISTINCT state || ' ' || stage AS word FROM deals UNION FROM (SELECT kind FROM {})"
    )
    words = {row["word"] for row in select.rows(company.connection, sql.format("activities"))}
    assert {"won Closed Won", "lost Closed Lost", "open Proposal", "open Negotiation"} < words
    assert {"call", "email", "meeting", "message", "note", "task"} < words


def test_contenders_see_a_deal_with_its_touches(company):
    """The records of other engines hold all deals, and most activities at least once."""
    rows = records(company.connection, "UTC")["deal"]
    touches = [touch for row in rows for touch in row["touches"]]
    assert len(rows) == DEALS
    assert len(touches) > ACTIVITIES * 0.8
    assert {touch["grade"] for touch in touches} == {0, 1, 3, 4, 5}


@pytest.mark.parametrize(
    ("start", "work", "end"),
    [
        ("2026-11-20T16:00+01:00", DAY, "2026-11-23T16:00+01:00"),
        ("2026-11-21T12:00+01:00", DAY, "2026-11-23T17:00+01:00"),
        ("2026-10-23T10:00+02:00", 5 * DAY, "2026-10-30T10:00+01:00"),
        ("2026-11-20T17:00+01:00", 1, "2026-11-23T09:00:01+01:00"),
    ],
)
def test_contenders_know_business_time(start, work, end):
    """A weekend is skipped, a day ends at its closing, and summer time moves nothing."""
    moments = [int(dt.datetime.fromisoformat(text).timestamp()) for text in (start, end)]
    assert due(moments[0], "Europe/Berlin", work) == moments[1]


@pytest.mark.proof
def test_the_loop_and_the_rules_find_the_same_deals(company, capsys):
    """Two readings of the practices agree; `beside` would say where they did not."""
    rules, _ = load([], shipped=rule_files.shipped())
    assert beside(company, rules.shipped)
    told = capsys.readouterr().out
    assert "the same deals by every engine" in told
    assert "plain Python loop" in told


@pytest.mark.proof
def test_a_first_load_of_prepared_rows_brings_them_all(capsys):
    """Every row the generator makes is read by a query job and lies in the mirror."""
    wanted = sum(rows_of(name, 40) or 0 for name in SHARES)
    assert pull.load_prepared(40, bulk_above=0) == wanted
    told = capsys.readouterr().out
    assert "40 deals, 400 activities" in told
    assert "NOT read" not in told


def test_prepared_rows_are_the_same_in_any_portion():
    """A page made alone is what the whole has at its place."""
    rows = Rows(deals=60)
    whole = rows.table("Task", ["Id", "WhatId", "Description"], 0, 300)
    assert (
        whole.slice(100, 50).to_pylist()
        == rows.table("Task", ["Id", "WhatId", "Description"], 100, 150).to_pylist()
    )
    assert len(whole["Description"].unique()) == 300


@pytest.mark.proof
def test_both_ways_of_reading_give_the_same_table(capsys):
    """The bulk path and simple-salesforce are compared over rows that are alike."""
    assert pull.run_beside(600, 1)
    told = capsys.readouterr().out
    assert "3,000 rows of Task" in told
    assert "times the rows/s" in told


@pytest.mark.proof
def test_calls_of_a_first_load_are_counted_beside_the_fewest():
    """Four pages of deals, a batch for each type of association: only what is constant is added."""
    few, fewest = pull.count_calls(200)
    more, most = pull.count_calls(1_100)
    assert fewest == 4 + 1 + 1 + 4 + 10 + 2 + 2 + 2 + 2
    assert more - few == most - fewest


@pytest.mark.parametrize(
    ("method", "path", "query", "body"),
    [
        ("GET", "/crm/v3/objects/emails", "limit={}", ""),
        ("GET", "/crm/v3/objects/deals", "limit={}&propertiesWithHistory=dealstage", ""),
        ("POST", "/crm/v4/associations/deals/contacts/batch/read", "", "{}"),
    ],
)
def test_the_prepared_portal_gives_no_more_than_the_api_does(method, path, query, body):
    """The fewest calls are counted by HubSpot's own bounds: one record more is refused."""
    most = {"": 1_000, "limit={}": 100}.get(query, 50)
    status = []
    for number in (most, most + 1):
        inputs = json.dumps({"inputs": [{"id": "3000000000"}] * number}) if body else ""
        arrival = Arrival(
            method=method, path=path, query=query.format(number), headers={}, body=inputs.encode()
        )
        told = Portal(deals=10)(1, arrival)
        assert told is not None
        status.append(told.status)
    assert status == [200, 400]
