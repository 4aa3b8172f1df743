"""Answers that cannot be trusted: half, twisted, endless, too large, or too late."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.errors import Refused, Retriable
from connectors.simulator.faults import Instead, Truncate

from .conftest import rows

JSON = {"Content-Type": "application/json"}
BUSY = b'{"status":"error","errorType":"RATE_LIMIT","policyName":"TEN_SECONDLY_ROLLING"}'


def test_a_limit_of_ten_seconds_is_waited_for(company: Any) -> None:
    """Searches and batch reads are POSTs and are repeated all the same."""
    company.fault = lambda number, call: (
        Instead(status=429, body=BUSY, headers=JSON)
        if call.path.endswith("/search") and company.asked("/search") < 3
        else None
    )
    found = rows(company.connect(), "companies", company.lately(company.clock.now))
    assert len(found["accounts"]) == 1


def test_a_page_that_fails_for_good_ends_the_feed_with_an_error(company: Any) -> None:
    """No half of a window passes for the whole."""
    company.log("notes", hs_note_body="x")
    company.fault = lambda _, call: Truncate(keep=20) if "/objects/notes" in call.path else None
    connector = company.connect(attempts=2)
    with pytest.raises(Retriable):
        list(connector.pull("notes", company.everything()))


@pytest.mark.parametrize(
    "answer",
    [
        {"results": [], "status": "COMPLETE", "numErrors": 1},
        {"results": [], "status": "COMPLETE", "errors": [{"category": "INTERNAL_ERROR"}]},
        {"results": [{"from": {"id": "999"}, "to": []}]},
        {"results": [{"from": {"id": "?"}, "to": [{"toObjectId": None}]}]},
        {"results": None},
        {},
    ],
)
def test_associations_that_came_in_part_are_no_associations(company: Any, answer: Any) -> None:
    """207 with “COMPLETE” and an error inside, or an odd shape: the page is not stored."""
    note = company.log("notes", hs_note_body="x")
    body = json.dumps(answer).replace("?", note)
    company.fault = lambda _, call: (
        Instead(status=207, body=body, headers=JSON) if "/associations/" in call.path else None
    )
    with pytest.raises(Retriable, match="Nothing was stored"):
        list(company.connect().pull("notes", company.lately(company.clock.now)))


@pytest.mark.parametrize("told", ["x", {"results": None}, {"results": [{"id": "?"}]}])
def test_associations_of_an_odd_shape_in_a_list_are_none_either(company: Any, told: Any) -> None:
    """What came with a record is judged as what comes by batch."""
    record = {"id": "5", "properties": {}, "associations": {"deals": told}}
    body = json.dumps({"results": [record | {"updatedAt": "2026-11-01T00:00:00Z"}]})
    company.fault = lambda _, call: (
        Instead(status=200, body=body, headers=JSON) if "/objects/notes" in call.path else None
    )
    with pytest.raises(Retriable, match="Nothing was stored"):
        list(company.connect().pull("notes", company.everything()))


@pytest.mark.parametrize(
    "answer",
    [
        {"total": 5, "results": []},
        {"results": [{"id": "7"}]},
        {"total": 2, "results": [{"id": "7"}, {"id": "6"}]},
        {"total": 1, "results": [{"id": "0"}]},
        {"total": 1, "results": [{"id": None}]},
        {"total": 1, "results": ["x"]},
    ],
)
def test_a_search_that_cannot_be_trusted_is_not(company: Any, answer: Any) -> None:
    """Fewer than it says, out of order, or without ids."""
    company.fault = lambda _, call: (
        Instead(status=200, body=json.dumps(answer), headers=JSON)
        if call.path.endswith("/search")
        else None
    )
    with pytest.raises(Retriable, match="Nothing was stored"):
        list(company.connect().pull("companies", company.lately(company.clock.now)))


def test_pages_that_are_too_large_are_asked_for_in_smaller_ones(company: Any) -> None:
    """Long mails may fill more than a page may hold; nothing is lost over it."""
    mails = {company.log("emails", hs_email_subject=f"m{n}") for n in range(3)}
    flood = Instead(status=200, body=b" " * (33 * 1024 * 1024), headers=JSON)
    company.fault = lambda _, call: (
        flood if call.path.endswith("/objects/emails") and "limit=100" in call.query else None
    )
    found = rows(company.connect(), "emails", company.everything())["activities"]
    assert {one["id"] for one in found} == mails
    # One to see whether mails may be read, and two pages that were too large at first.
    assert company.asked("/objects/emails") == 5


def test_a_search_may_give_less_than_asked_as_long_as_it_gives_the_rest(company: Any) -> None:
    """Short pages are followed up by id until all have come."""
    answers = [{"total": 3, "results": [{"id": "1"}, {"id": "2"}]}, {"total": 1, "results": []}]
    record = {"properties": {}, "updatedAt": "2026-11-12T09:00:00Z"}
    answers[0]["results"] = [record | {"id": one} for one in ("1", "2")]
    answers[1]["results"] = [record | {"id": "3"}]
    company.fault = lambda _, call: (
        Instead(status=200, body=json.dumps(answers.pop(0)), headers=JSON)
        if call.path.endswith("/search")
        else None
    )
    found = rows(company.connect(), "companies", company.lately(company.clock.now))["accounts"]
    assert [one["id"] for one in found] == ["1", "2", "3"]


def test_a_page_that_leads_back_to_itself_ends(company: Any) -> None:
    """The same cursor twice is an error, not an endless loop."""
    body = json.dumps({"results": [], "paging": {"next": {"after": "5"}}})
    company.fault = lambda _, call: (
        Instead(status=200, body=body, headers=JSON) if "/objects/notes" in call.path else None
    )
    with pytest.raises(Retriable, match="same next page"):
        list(company.connect().pull("notes", company.everything()))


def test_a_value_that_is_no_amount_is_told_by_its_name(company: Any) -> None:
    """A sentence with the property, and no traceback."""
    record = {"id": "5", "properties": {"amount": "lots"}, "updatedAt": "2026-11-01T00:00:00Z"}
    body = json.dumps({"results": [record]})
    company.fault = lambda _, call: (
        Instead(status=200, body=body, headers=JSON) if "/objects/deals" in call.path else None
    )
    with pytest.raises(Refused, match="a value of amount"):
        list(company.connect().pull("deals", company.everything()))
