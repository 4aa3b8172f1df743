"""How many calls a load costs: near the least that HubSpot's pages and batches allow."""

from __future__ import annotations

from math import ceil
from typing import Any

from connectors.simulator.faults import Instead
from connectors.simulator.hubspot.pipelines import SALES

from .conftest import rows
from .test_own_fields import add

DEALS, NOTES = 110, 210


def _fill(company: Any) -> None:
    portal, ids = company.portal, company.ids
    deal = {"dealname": "d", "pipeline": "default", "dealstage": SALES.stages[0].id}
    with portal.store.transaction():
        made = [portal.insert("deals", deal) for _ in range(DEALS - 1)]
        notes = [portal.insert("notes", {"hs_timestamp": company.clock.now}) for _ in range(NOTES)]
        for number, one in enumerate([*made, ids["deal"]]):
            portal.associate("deals", one, "companies", ids["company"], "Primary")
            portal.associate("deals", one, "contacts", ids["contact"])
            portal.associate("notes", notes[number], "deals", one)


def test_a_first_load_costs_no_more_than_pages_and_batches(company: Any) -> None:
    """Rows by the page (50 with history), links of deals by the thousand, of notes for nothing."""
    _fill(company)
    connector = company.connect()
    connector.feeds()
    before = len(company.sim.requests)
    deals = rows(connector, "deals", company.everything())
    known = 6  # what the account is, its owners twice, pipelines, call outcomes; once a session
    archive = 1
    assert len(company.sim.requests) - before <= ceil(DEALS / 50) + 2 + archive + known
    assert (len(deals["deals"]), len(deals["links"])) == (DEALS, DEALS)
    assert {one["account_id"] for one in deals["deals"]} == {company.ids["company"]}
    before = len(company.sim.requests)
    notes = rows(connector, "notes", company.everything())["activities"]
    assert len(company.sim.requests) - before == ceil(NOTES / 100) + archive
    assert sum(len(one["deal_ids"]) for one in notes) == DEALS


def test_an_increment_asks_for_associations_by_the_thousand(company: Any) -> None:
    """Search brings none: 210 notes are two pages, and three batches however many pages."""
    start = company.clock.later(minutes=1)
    _fill(company)
    connector = company.connect()
    connector.feeds()
    rows(connector, "companies", company.lately(start))  # what is asked once a session
    before = len(company.sim.requests)
    found = rows(connector, "notes", company.lately(start))["activities"]
    assert len(company.sim.requests) - before == ceil(NOTES / 200) + 3 + 1
    assert sum(len(one["deal_ids"]) for one in found) == DEALS


def test_a_record_with_more_associations_than_a_list_brings_is_asked_again(company: Any) -> None:
    """Only that one, by batch, to the last of them."""
    company.portal.inline_links = 2
    few, many = company.log("notes"), company.log("notes")
    others = [company.portal.insert("contacts", {"firstname": f"c{n}"}) for n in range(4)]
    for one in others:
        company.portal.associate("notes", many, "contacts", one)
    connector = company.connect()
    found = {one["id"]: one for one in rows(connector, "notes", company.everything())["activities"]}
    assert found[few]["contact_ids"] == [company.ids["contact"]]
    assert sorted(found[many]["contact_ids"]) == sorted([company.ids["contact"], *others])
    assert company.asked("/associations/notes/contacts") == 1
    assert company.asked("/associations/notes/deals") == 0


def test_a_batch_of_associations_that_is_too_large_is_halved(company: Any) -> None:
    """An answer larger than we hold is asked for in parts, and nothing is lost."""
    start = company.clock.later(minutes=1)
    notes = {company.log("notes") for _ in range(12)}
    flood = Instead(
        status=200,
        body=b" " * (33 * 1024 * 1024),
        headers={"Content-Type": "application/json"},
    )
    company.fault = lambda _, call: (
        flood if "/notes/deals/batch/read" in call.path and call.body.count(b'"id"') > 6 else None
    )
    found = rows(company.connect(), "notes", company.lately(start))["activities"]
    assert {one["id"] for one in found if one["deal_ids"]} == notes
    assert company.asked("/notes/deals/batch/read") == 3


def test_more_properties_than_a_url_has_room_for_are_read_by_batch(company: Any) -> None:
    """Two calls for a page instead of one that is refused; every value arrives."""
    names = [f"own_property_with_a_rather_long_name_for_a_test_{n:04}" for n in range(260)]
    for name in names:
        add(company, "companies", name)
    company.portal.update("companies", company.ids["company"], {names[-1]: "last"})
    connector = company.connect(custom_fields={"accounts": tuple(names)})
    found = rows(connector, "companies", company.everything())["accounts"]
    assert dict(found[0]["fields"]) == {names[-1]: "last"}
    assert company.asked("/companies/batch/read") == 1
