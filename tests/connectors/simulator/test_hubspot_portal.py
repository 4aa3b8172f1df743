"""A portal used from Python: what it does by itself, what it keeps in a file, what it refuses."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.simulator.hubspot.errors import HubSpotError, NotSimulated
from connectors.simulator.hubspot.portal import Portal
from connectors.simulator.hubspot.schema import Property
from tests.connectors.simulator.hubspot_client import DEAL, LOST, NOON, OPEN, PROPOSED, WON


@pytest.fixture
def portal() -> Portal:
    """A portal whose clock stands at noon."""
    return Portal(clock=lambda: NOON)


def days(count: float) -> dt.datetime:
    return NOON + dt.timedelta(days=count)


def test_stages_decide_what_a_deal_is(portal: Portal) -> None:
    """Closed, won and lost follow the stage, also backwards; moments of each stage stay."""
    with portal.at(days(-9)):
        deal = portal.insert("deals", DEAL)
    assert portal.get("deals", deal)["hs_is_closed"] == "false"
    with portal.at(days(-5)):
        portal.update("deals", deal, {"dealstage": PROPOSED})
    with portal.at(days(-1)):
        portal.update("deals", deal, {"dealstage": LOST})
    portal.update("deals", deal, {"dealstage": WON})
    shown = portal.get("deals", deal)
    assert (shown["hs_is_closed"], shown["hs_is_closed_won"], shown["hs_is_closed_lost"]) == (
        "true",
        "true",
        "false",
    )
    assert shown[f"hs_v2_date_entered_{OPEN}"] == "2026-02-21T12:00:00Z"
    assert shown[f"hs_v2_date_exited_{OPEN}"] == "2026-02-25T12:00:00Z"
    assert shown[f"hs_v2_date_entered_{PROPOSED}"] == "2026-02-25T12:00:00Z"
    assert shown["hs_v2_date_entered_current_stage"] == "2026-03-02T12:00:00Z"
    assert shown["hs_deal_stage_probability"] == "1"


def test_a_deal_closes_when_it_is_closed_unless_told_otherwise(portal: Portal) -> None:
    """The close date is the moment of closing, or the one given with it."""
    told, untold = (portal.insert("deals", {**DEAL, "closedate": days(30)}) for _ in range(2))
    portal.update("deals", told, {"dealstage": WON, "closedate": "2026-02-28"})
    portal.update("deals", untold, {"dealstage": WON})
    assert portal.get("deals", told)["closedate"] == "2026-02-28T00:00:00Z"
    assert portal.get("deals", untold)["closedate"] == "2026-03-02T12:00:00Z"


def test_activities_move_what_they_are_about(portal: Portal) -> None:
    """Last contact, last activity, next activity; a note is no contact; the stamp moves along."""
    with portal.at(days(-9)):
        deal = portal.insert("deals", DEAL)
        activities = {
            "calls": {"hs_timestamp": days(-3)},
            "notes": {"hs_timestamp": days(-2)},
            "tasks": {"hs_timestamp": days(4)},
        }
        made = {kind: portal.insert(kind, values) for kind, values in activities.items()}
    for kind, activity in made.items():
        portal.associate(kind, activity, "deals", deal)
    shown = portal.get("deals", deal)
    assert shown["notes_last_contacted"] == "2026-02-27T12:00:00Z"
    assert shown["notes_last_updated"] == "2026-02-28T12:00:00Z"
    assert shown["notes_next_activity_date"] == "2026-03-06T12:00:00Z"
    assert shown["hs_lastmodifieddate"] == "2026-03-02T12:00:00Z"
    portal.update("tasks", made["tasks"], {"hs_task_status": "COMPLETED"})
    portal.archive("calls", made["calls"])
    later = portal.get("deals", deal)
    assert "notes_next_activity_date" not in later
    assert "notes_last_contacted" not in later


def test_contacts_of_a_deal_are_counted(portal: Portal) -> None:
    """Each once, however often and by whichever kinds it is associated."""
    deal = portal.insert("deals", DEAL)
    portal.add_label("deals", "contacts", "Buyer")
    contacts = [portal.insert("contacts", {"email": f"{n}@b.example"}) for n in range(2)]
    for contact in (*contacts, contacts[0]):
        portal.associate("deals", deal, "contacts", contact, "Buyer")
    assert portal.get("deals", deal)["num_associated_contacts"] == "2"


def test_a_task_is_completed_once(portal: Portal) -> None:
    """Completion has a moment, which goes when the task is opened again."""
    task = portal.insert("tasks", {"hs_timestamp": days(1)})
    assert "hs_task_completion_date" not in portal.get("tasks", task)
    portal.update("tasks", task, {"hs_task_status": "COMPLETED"})
    assert portal.get("tasks", task)["hs_task_completion_date"] == "2026-03-02T12:00:00Z"
    portal.update("tasks", task, {"hs_task_status": "NOT_STARTED"})
    assert "hs_task_completion_date" not in portal.get("tasks", task)


def test_a_mail_knows_sender_and_receivers_by_its_headers(portal: Portal) -> None:
    """Read out of the headers; headers that are no JSON give nobody."""
    headers = (
        '{"from": {"email": "a@x.example", "firstName": "A"}, "to": [{"email": "b@y.example"}]}'
    )
    mail = portal.insert("emails", {"hs_timestamp": NOON, "hs_email_headers": headers})
    shown = portal.get("emails", mail)
    assert (shown["hs_email_from_email"], shown["hs_email_to_email"]) == (
        "a@x.example",
        "b@y.example",
    )
    other = portal.insert("emails", {"hs_timestamp": NOON, "hs_email_headers": "From: a"})
    assert "hs_email_from_email" not in portal.get("emails", other)


def test_who_wrote_a_record_is_on_it(portal: Portal) -> None:
    """A person, an owner's user, the app."""
    ana = portal.add_owner("ana@hub.example", "Ana", "Ruiz")
    hands = {"app": portal.app, "ana": portal.hand_of(ana)}
    made = {who: portal.insert("notes", {"hs_timestamp": NOON}, by=hands[who]) for who in hands}
    person = portal.get("notes", portal.insert("notes", {"hs_timestamp": NOON}))
    assert portal.get("notes", made["app"])["hs_object_source"] == "INTEGRATION"
    assert person["hs_object_source"] == "CRM_UI"
    user = portal.owners[int(ana)].user_id
    assert portal.get("notes", made["ana"])["hs_object_source_id"] == f"userId:{user}"


def test_records_of_somebody_who_left_stay_theirs(portal: Portal) -> None:
    """Nothing new can be given to a deactivated owner, unless the portal allows it."""
    bo = portal.add_owner("bo@hub.example", "Bo", "Lind")
    task = portal.insert("tasks", {"hs_timestamp": NOON, "hubspot_owner_id": bo})
    portal.deactivate_owner(bo)
    portal.update("tasks", task, {"hs_task_subject": "still his", "hubspot_owner_id": bo})
    with pytest.raises(HubSpotError, match="INVALID_OWNER_ID"):
        portal.insert("tasks", {"hs_timestamp": NOON, "hubspot_owner_id": bo})
    portal.former_owners = True
    assert portal.insert("tasks", {"hs_timestamp": NOON, "hubspot_owner_id": bo})


def test_pythons_own_values_are_taken(portal: Portal) -> None:
    """Decimals, dates and moments with a zone."""
    berlin = dt.timezone(dt.timedelta(hours=1))
    closes = dt.datetime(2026, 3, 31, 1, tzinfo=berlin)
    values = {"amount": Decimal("1250.50"), "closedate": closes}
    shown = portal.get("deals", portal.insert("deals", {**DEAL, **values}))
    assert (shown["amount"], shown["closedate"]) == ("1250.50", "2026-03-31T00:00:00Z")
    dated = portal.insert("deals", {**DEAL, "closedate": dt.date(2026, 3, 31)})
    assert portal.get("deals", dated)["closedate"] == "2026-03-31T00:00:00Z"


def test_a_refusal_leaves_nothing_behind(portal: Portal) -> None:
    """A refused record is not there, and a taken key stays with its holder."""
    first = portal.insert("tasks", {"hs_timestamp": NOON, "followthrough_key": "k"})
    for values in ({"hs_task_status": "SOON"}, {"followthrough_key": "k"}):
        with pytest.raises(HubSpotError):
            portal.insert("tasks", {"hs_timestamp": NOON, **values})
    other = portal.insert("tasks", {"hs_timestamp": NOON})
    with pytest.raises(HubSpotError):
        portal.update("tasks", other, {"hs_task_subject": "x", "followthrough_key": "k"})
    assert "hs_task_subject" not in portal.get("tasks", other)
    assert [one.id for one in portal.store.all("tasks")] == [int(first), int(other)]


def test_a_key_can_move_on(portal: Portal) -> None:
    """A cleared key is free; a changed one frees the old."""
    task = portal.insert("tasks", {"hs_timestamp": NOON, "followthrough_key": "a"})
    portal.update("tasks", task, {"followthrough_key": "b"})
    second = portal.insert("tasks", {"hs_timestamp": NOON, "followthrough_key": "a"})
    portal.update("tasks", second, {"followthrough_key": ""})
    assert portal.insert("tasks", {"hs_timestamp": NOON, "followthrough_key": "a"})
    with pytest.raises(HubSpotError, match="already has that value"):
        portal.update("tasks", second, {"followthrough_key": "b"})


def test_a_portal_can_do_without_the_key_property() -> None:
    """Then the key is a property nobody has heard of."""
    portal = Portal(key_property=False)
    with pytest.raises(HubSpotError, match="PROPERTY_DOESNT_EXIST"):
        portal.insert("tasks", {"hs_timestamp": NOON, "followthrough_key": "k"})


def test_a_file_keeps_everything(tmp_path: Path) -> None:
    """Records, ids, owners, labels, properties and unique values are there after a restart."""
    path = tmp_path / "portal.db"
    portal = Portal(path=path, clock=lambda: NOON)
    ana = portal.add_owner("ana@hub.example", "Ana", "Ruiz", teams=("North",))
    portal.add_property("deals", Property(name="region", label="Region", type="string"))
    labels = portal.add_label("deals", "contacts", "Buyer")
    deal = portal.insert("deals", {**DEAL, "region": "north", "hubspot_owner_id": ana})
    contact = portal.insert("contacts", {"email": "a@b.example"})
    portal.associate("deals", deal, "contacts", contact, "Buyer")
    before = portal.get("deals", deal)
    portal.close()
    again = Portal(path=path, clock=lambda: NOON)
    assert again.get("deals", deal) == before
    assert again.owners[int(ana)].teams == portal.owners[int(ana)].teams
    assert {one.id for one in again.link_types if one.label == "Buyer"} == set(labels)
    with pytest.raises(HubSpotError, match="Contact already exists"):
        again.insert("contacts", {"email": "A@b.example"})
    assert int(again.insert("deals", DEAL)) > int(contact)
    again.close()


def test_what_is_not_simulated_says_so(portal: Portal) -> None:
    """Types and pairs of types the simulator lacks are gaps, not mistakes."""
    with pytest.raises(NotSimulated, match="line_items"):
        portal.insert("line_items", {})
    tasks = [portal.insert("tasks", {"hs_timestamp": NOON}) for _ in range(2)]
    with pytest.raises(NotSimulated, match="associations from tasks to tasks"):
        portal.associate("tasks", tasks[0], "tasks", tasks[1])
