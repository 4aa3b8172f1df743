"""Two records that become one: the other is told as gone, and as merged."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.simulator.hubspot.pipelines import SALES


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
def test_a_merged_deal_is_gone_and_told_as_merged(company: Any, renews: bool) -> None:
    """Under a new id or the main one; an archived one is gone, and not merged."""
    company.portal.merge_renews = renews
    other, _ = _second_deal(company)
    third, _ = _second_deal(company)
    start = company.clock.later(hours=2)
    left = company.portal.merge("deals", company.ids["deal"], other)
    company.portal.archive("deals", third)
    batches = list(company.connect().pull("deals", company.lately(start)))
    deals = [one for one in batches if one.stream == "deals"]
    states = {row["id"]: row["deleted"] for one in deals for row in one.rows.to_pylist()}
    lost = {other, company.ids["deal"]} if renews else {other}
    assert states == {left: False, third: True, **dict.fromkeys(lost, True)}
    told = [one.merged.to_pylist() for one in batches if one.merged is not None]
    assert [set(ids) for ids in told] == [lost]
    assert {one.stream for one in batches} == {"deals", "stage_changes", "links"}


def test_a_merged_id_leads_to_what_is_left(company: Any) -> None:
    """Whoever asks the simulator by the old id gets the record that is left, as HubSpot does."""
    other, _ = _second_deal(company)
    left = company.portal.merge("deals", company.ids["deal"], other)
    assert company.portal.get("deals", other)["hs_object_id"] == left
    assert company.portal.get("deals", left)["dealname"] == "Rollout"
