"""Two records that become one: the other is gone, and what hung on it hangs on what is left."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.simulator.hubspot.pipelines import SALES

from .conftest import rows


def _second_deal(company: Any) -> tuple[str, str]:
    """Another deal with a note of its own: their ids."""
    portal = company.portal
    other = portal.insert(
        "deals", {"dealname": "Twin", "pipeline": "default", "dealstage": SALES.stages[0].id}
    )
    note = portal.insert("notes", {"hs_timestamp": company.clock.now, "hs_note_body": "of twin"})
    portal.associate("notes", note, "deals", other)
    return other, note


@pytest.mark.parametrize("renews", [True, False])
def test_a_merged_deal_is_gone_and_its_notes_move(company: Any, renews: bool) -> None:
    """Under a new id or the main one; the note is read again although its stamp did not move."""
    company.portal.merge_renews = renews
    other, note = _second_deal(company)
    start = company.clock.later(hours=2)
    left = company.portal.merge("deals", company.ids["deal"], other)
    found = rows(company.connect(), "deals", company.lately(start))
    states = {one["id"]: one["deleted"] for one in found["deals"]}
    assert states == {other: True, left: False} | ({company.ids["deal"]: True} if renews else {})
    (moved,) = (one for one in found["activities"] if one["id"] == note)
    assert moved["deal_ids"] == [left]


def test_a_merge_of_long_ago_has_no_activities_read_again(company: Any) -> None:
    """The deal changes for another reason: its merged ids are named, its notes are left alone."""
    other, _ = _second_deal(company)
    left = company.portal.merge("deals", company.ids["deal"], other)
    start = company.clock.later(days=3)
    company.portal.update("deals", left, {"dealname": "Renamed"})
    found = rows(company.connect(), "deals", company.lately(start))
    assert "activities" not in found
    assert {one["id"] for one in found["deals"] if one["deleted"]} == {other, company.ids["deal"]}


def test_a_merged_id_leads_to_what_is_left(company: Any) -> None:
    """Whoever asks the simulator by the old id gets the record that is left, as HubSpot does."""
    other, _ = _second_deal(company)
    left = company.portal.merge("deals", company.ids["deal"], other)
    assert company.portal.get("deals", other)["hs_object_id"] == left
    assert company.portal.get("deals", left)["dealname"] == "Rollout"


def test_a_merged_company_takes_its_deals_and_contacts_along(company: Any) -> None:
    """They name the one that is left, though their own stamps may not have moved."""
    portal, ids = company.portal, company.ids
    other = portal.insert("companies", {"name": "Northwind Ltd"})
    note = company.log("notes")
    start = company.clock.later(hours=2)
    left = portal.merge("companies", ids["company"], other)
    found = rows(company.connect(), "companies", company.lately(start))
    assert [one["account_id"] for one in found["deals"]] == [left]
    assert [one["id"] for one in found["contacts"]] == [ids["contact"]]
    assert {one["id"]: one["account_ids"] for one in found["activities"]} == {note: [left]}


def test_a_merged_contact_ends_its_links_to_deals(company: Any) -> None:
    """The deal is linked to the one that is left, and to that one only."""
    portal, ids = company.portal, company.ids
    other = portal.insert("contacts", {"firstname": "Al", "email": "al@home.example"})
    start = company.clock.later(hours=2)
    left = portal.merge("contacts", other, ids["contact"])
    found = rows(company.connect(), "contacts", company.lately(start))
    links = {one["contact_id"] or one["id"].split("-")[1]: one["deleted"] for one in found["links"]}
    assert links == {left: False, other: True, ids["contact"]: True}
    (deal,) = found["deals"]
    assert deal["id"] == ids["deal"]
