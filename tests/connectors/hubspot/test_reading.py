"""Reading a portal through the real client library, over the simulator's HTTP."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from connectors.base import Window
from connectors.errors import Unusable
from connectors.hubspot.connector import ESCALATED, MANAGERS
from connectors.simulator.hubspot.pipelines import SALES, Pipeline, Stage

from .conftest import fresh, rows

#: Objects of which this company has no record; see `test_service.py`.
OTHERS = ("tickets", "leads", "goal_targets", "feedback_submissions")


def test_which_account_this_is(company: Any) -> None:
    """The portal's number, and its own clock."""
    connector = company.connect()
    me = connector.identity()
    assert (me.org_id, me.org_name) == ("24681357", "HubSpot account 24681357")
    assert me.server_now == company.clock.now
    company.clock.later(hours=1)
    assert connector.identity().server_now == company.clock.now


def test_a_wrong_key_is_told_with_what_to_do(company: Any) -> None:
    """Asked once, and the sentence does not hold the key."""
    connector = company.connect(access_token="pat-na1-wrong-key")
    with pytest.raises(Unusable, match="Set HUBSPOT_ACCESS_TOKEN") as caught:
        connector.identity()
    assert "wrong-key" not in str(caught.value)
    assert len(company.sim.requests) == 1


def test_stages_are_labels_over_all_pipelines(company: Any) -> None:
    """In their order, each once; one that two pipelines mean differently is no end."""
    second = Pipeline(
        id="renewals",
        label="Renewals",
        stages=(
            Stage(id="1", label="Renewal due", probability=0.5),
            Stage(id="2", label="Closed Won", probability=1, closed=True),
            Stage(id="3", label="Closed Lost", probability=0.1),
        ),
    )
    company.portal.pipelines = (SALES, second)
    stages = {one.label: one for one in company.connect().stages()}
    assert (list(stages)[0:1], list(stages)[-1]) == (["Appointment Scheduled"], "Renewal due")
    assert (stages["Closed Won"].is_closed, stages["Closed Won"].is_won) == (True, True)
    assert (stages["Closed Lost"].is_closed, stages["Closed Lost"].is_won) == (False, False)


def test_every_feed_is_read_into_its_stream(company: Any) -> None:
    """One record of each object comes out as one row of its canonical stream."""
    company.log("calls", hs_call_title="Call", hs_call_direction="INBOUND")
    company.log("emails", hs_email_subject="Offer", hs_email_direction="EMAIL")
    company.log("meetings", hs_meeting_title="Demo")
    company.log("notes", hs_note_body="<p>spoke with Al</p>")
    company.log("communications", hs_communication_body="hello")
    company.log("tasks", hs_task_subject="Send it", hs_task_status="NOT_STARTED")
    quote = company.portal.insert(
        "quotes", {"hs_title": "Q1", "hs_expiration_date": "2026-12-01", "hs_status": "APPROVED"}
    )
    company.portal.associate("deals", company.ids["deal"], "quotes", quote)
    connector = company.connect()
    for window in (company.everything(), company.lately(company.clock.now)):
        found = {feed.name: rows(connector, feed.name, window) for feed in fresh(connector)}
        counts = {n: [len(one) for one in streams.values()] for n, streams in found.items()}
        assert counts.pop("deals") == [1, 1, 1]
        assert counts.pop("meetings") == [1, 1]  # with its attendee
        assert [counts.pop(name) for name in OTHERS] == [[]] * len(OTHERS)
        assert set(map(tuple, counts.values())) == {(1,)}
        (call,) = found["calls"]["activities"]
        assert (call["kind"], call["direction"], call["owner_id"]) == (
            "call",
            "inbound",
            company.ids["owner"],
        )
        for name, column in (("deal", "deal_ids"), ("company", "account_ids")):
            assert call[column] == [company.ids[name]]
        assert call["contact_ids"] == [company.ids["contact"]]
        assert found["quotes"]["proposals"][0]["deal_id"] == company.ids["deal"]
        assert found["quotes"]["proposals"][0]["presented"]
    assert connector.blind_spots() == [ESCALATED, MANAGERS]


def test_a_deal_with_all_that_hangs_on_it(company: Any) -> None:
    """Company, contact with role, stage by label, amount to the cent, and the history of stages."""
    company.portal.add_label("deals", "contacts", "Decision maker")
    company.portal.associate(
        "deals", company.ids["deal"], "contacts", company.ids["contact"], "Decision maker"
    )
    entered = company.clock.later(days=3)
    won = SALES.stages[5]
    company.portal.update("deals", company.ids["deal"], {"dealstage": won.id})
    found = rows(company.connect(), "deals", company.everything())
    (deal,) = found["deals"]
    assert (deal["stage"], deal["state"], deal["probability"]) == ("Closed Won", "won", 100)
    assert deal["amount"] == Decimal("48000.25")
    assert deal["account_id"] == company.ids["company"]
    assert deal["stage_changed_at"] == entered
    changes = [(one["stage"], one["at"]) for one in found["stage_changes"]]
    assert changes == [
        ("Appointment Scheduled", entered - dt.timedelta(days=3)),
        (won.label, entered),
    ]
    assert len({one["id"] for one in found["stage_changes"]}) == 2
    (link,) = found["links"]
    assert (link["contact_id"], link["role"]) == (company.ids["contact"], "Decision maker")


def test_a_label_of_the_accounts_own_is_not_taken_for_the_main_company(company: Any) -> None:
    """Its kinds of association have numbers of their own, such as the 5 of HubSpot's main one."""
    numbers = [company.portal.add_label("deals", "companies", one)[0] for one in "abc"]
    assert numbers[2] == 5
    deal = company.portal.insert(
        "deals", {"dealname": "R", "pipeline": "default", "dealstage": SALES.stages[0].id}
    )
    partner = company.portal.insert("companies", {"name": "A partner"})
    main = company.portal.insert("companies", {"name": "The client"})
    company.portal.associate("deals", deal, "companies", partner, "c")
    company.portal.associate("deals", deal, "companies", main, "Primary")
    found = rows(company.connect(), "deals", company.everything())["deals"]
    assert {one["id"]: one["account_id"] for one in found}[deal] == main


def test_a_close_date_is_the_day_that_people_see(company: Any) -> None:
    """Midnight UTC was written as a date and stays it; any other moment is meant in the zone."""
    seen = {}
    for written in ("2026-12-31", "2026-12-31T00:00:00Z", "2027-01-01T03:30:00Z"):
        company.portal.update("deals", company.ids["deal"], {"closedate": written})
        (deal,) = rows(company.connect(), "deals", company.everything())["deals"]
        seen[written] = deal["close_date"]
    assert set(seen.values()) == {dt.date(2026, 12, 31)}


def test_only_what_changed_within_the_window_is_read(company: Any) -> None:
    """From its first moment on, up to its last one but without that."""
    start = company.clock.later(hours=1)
    first = company.log("notes", hs_note_body="one")
    company.clock.later(minutes=10)
    company.log("notes", hs_note_body="two")
    window = Window(since=start, until=company.clock.now)
    found = rows(company.connect(), "notes", window)
    assert [one["id"] for one in found["activities"]] == [first]
    assert (
        rows(company.connect(), "companies", Window(since=window.until, until=window.until)) == {}
    )


def test_more_changes_in_one_millisecond_than_a_search_can_page(company: Any) -> None:
    """A bulk import: 450 records with one stamp, of a search that pages no further than 200."""
    company.portal.ceiling = 200
    start = company.clock.later(minutes=1)
    for number in range(450):
        company.portal.insert("contacts", {"email": f"c{number}@northwind.example"})
    found = rows(company.connect(), "contacts", company.lately(start))["contacts"]
    assert len(found) == len({one["id"] for one in found}) == 450
    assert company.asked("/contacts/search") == 3


def test_a_record_changed_while_paging_hides_no_other(company: Any) -> None:
    """It leaves the window and comes with the next one; the rest of the window is whole."""
    start = company.clock.later(minutes=1)
    ids = [company.portal.insert("contacts", {"firstname": f"c{n}"}) for n in range(250)]
    window = company.lately(start)
    batches = company.connect().pull("contacts", window)
    seen = next(batches).rows.column("id").to_pylist()
    company.clock.later(hours=1)
    company.portal.update("contacts", ids[0], {"firstname": "changed"})
    seen += [one for batch in batches for one in batch.rows.column("id").to_pylist()]
    assert sorted(seen) == sorted(ids)


def test_archived_records_come_marked_as_deleted(company: Any) -> None:
    """Search shows none of them; those archived before the window are left out."""
    old, new = company.log("notes", hs_note_body="a"), company.log("notes", hs_note_body="b")
    company.clock.later(hours=1)
    company.portal.archive("notes", old)
    start = company.clock.later(hours=1)
    company.portal.archive("notes", new)
    (note,) = rows(company.connect(), "notes", company.lately(start))["activities"]
    assert (note["id"], note["deleted"], note["modified_at"]) == (new, True, start)
    everything = rows(company.connect(), "notes", company.everything())["activities"]
    assert {one["id"] for one in everything if one["deleted"]} == {old, new}


def test_owners_are_read_whole_each_time(company: Any) -> None:
    """Also those who left, and queues: their stamps do not tell what changed; and their teams."""
    company.portal.add_owner("desk@simulated.example", "Desk", queue=True, teams=["Help", "East"])
    company.portal.deactivate_owner(company.ids["owner"])
    start = company.clock.later(days=9)
    found = rows(company.connect(), "owners", company.lately(start))["owners"]
    told = {one["name"]: (one["active"], one["is_queue"], one["teams"]) for one in found}
    assert told == {"Desk": (True, True, ["Help", "East"]), "Ana Lopez": (False, False, [])}


def test_our_own_tasks_are_no_activities(company: Any) -> None:
    """Known by their key, or by the mark in their text; a person's task is read."""
    connector = company.connect()
    connector.create_tasks([company.draft()])
    company.log("tasks", hs_task_body="<p>Hello</p><p>ref: r@1 · ft_" + "b" * 26 + " · 7</p>")
    theirs = company.log("tasks", hs_task_subject="Mine", hs_task_body="ref: nothing")
    found = rows(connector, "tasks", company.everything())["activities"]
    assert [(one["id"], one["kind"]) for one in found] == [(theirs, "task")]


def test_more_associations_than_one_answer_holds(company: Any) -> None:
    """The rest is asked for by the cursor of that record."""
    company.portal.link_page = 2
    note = company.log("notes", hs_note_body="all of them")
    others = [company.portal.insert("contacts", {"firstname": f"c{n}"}) for n in range(4)]
    for one in others:
        company.portal.associate("notes", note, "contacts", one)
    (found,) = rows(company.connect(), "notes", company.everything())["activities"]
    assert sorted(found["contact_ids"]) == sorted([company.ids["contact"], *others])


def test_a_change_the_index_does_not_show_yet_comes_when_it_does(company: Any) -> None:
    """The overlap of windows brings it; the first load asks the records and needs no index."""
    company.portal.index_lag = dt.timedelta(minutes=10)
    start = company.clock.later(hours=1)
    note = company.log("notes", hs_note_body="x")
    company.clock.later(minutes=2)
    connector = company.connect()
    assert rows(connector, "notes", company.lately(start)) == {}
    assert rows(connector, "notes", company.everything())["activities"][0]["id"] == note
    company.clock.later(minutes=10)
    assert rows(connector, "notes", company.lately(start))["activities"][0]["id"] == note


def test_where_a_person_opens_a_deal(company: Any) -> None:
    """At the simulator that is the simulator's own address."""
    url = company.connect().record_url(company.ids["deal"])
    assert url == f"{company.sim.base_url}/contacts/24681357/record/0-3/{company.ids['deal']}"
