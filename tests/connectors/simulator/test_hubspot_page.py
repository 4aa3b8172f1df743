"""The page at `/` of a portal: what it shows, and that hostile text stays text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import requests

from connectors.simulator.hubspot.portal import Portal
from connectors.simulator.server import Simulator
from tests.connectors.simulator.hubspot_client import DEAL, WON

NOW = dt.datetime(2026, 11, 16, 9, tzinfo=dt.UTC)
HOSTILE = '<img src=x onerror="document.title=1"> & co'


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulator]:
    """A portal with a hostile deal, a quiet one, and every kind of activity."""
    portal = Portal(name="Moreau & Co", clock=lambda: NOW)
    owner = portal.add_owner("ana@hub.example", "Ana", "Ruiz")
    company = portal.insert("companies", {"name": "Harbour <Hotels>"})
    won = {"dealstage": WON, "closedate": "2026-11-03", "hubspot_owner_id": owner}
    first = portal.insert("deals", {**DEAL, **won, "dealname": HOSTILE, "amount": 24500})
    portal.associate("deals", first, "companies", company, "Primary")
    portal.insert("deals", {**DEAL, "dealname": "Quiet deal", "closedate": "2026-12-01"})
    portal.archive("deals", portal.insert("deals", {**DEAL, "dealname": "Archived deal"}))
    for kind, properties in (
        (
            "tasks",
            {
                "hs_timestamp": "2026-11-19T15:00:00Z",
                "hs_task_subject": "Ask how it went",
                "hs_task_body": "The deal was won.<br><br>Nobody called. &lt;b&gt;Why?&lt;/b&gt;",
                "followthrough_key": "ft_a",
            },
        ),
        (
            "tasks",
            {
                "hs_timestamp": "2026-11-10",
                "hs_task_subject": "Say thanks",
                "hs_task_status": "COMPLETED",
                "followthrough_key": "ft_b",
            },
        ),
        ("tasks", {"hs_timestamp": "2026-11-17", "hs_task_subject": "Send samples"}),
        ("calls", {"hs_timestamp": "2026-11-05", "hs_call_title": "Call about oak"}),
        ("meetings", {"hs_timestamp": "2026-11-04", "hs_meeting_title": "Site visit"}),
        (
            "emails",
            {
                "hs_timestamp": "2026-11-06",
                "hs_email_subject": "Where is it?",
                "hs_email_direction": "INCOMING_EMAIL",
                "hs_email_headers": '{"from": {"email": "jo@harbour.example"}}',
            },
        ),
        ("notes", {"hs_timestamp": "2026-11-07", "hs_note_body": "<p>Parking behind</p>"}),
    ):
        activity = portal.insert(kind, {**properties, "hubspot_owner_id": owner})
        portal.associate(kind, activity, "deals", first)
    with Simulator(portal) as one:
        yield one


def get(sim: Simulator, path: str) -> requests.Response:
    """Open a page as anybody on this machine may: without a token."""
    return requests.get(sim.base_url + path, timeout=5)


def deal_path(sim: Simulator) -> str:
    """The path of the hostile deal's page."""
    return f"/deals/{sim.portal.store.all('deals')[0].id}"


def in_order(text: str, *words: str) -> bool:
    """Tell whether words follow one another in a text."""
    places = [text.find(word) for word in words]
    return -1 not in places and places == sorted(places)


def test_the_list_shows_every_deal_and_counts(sim: Simulator) -> None:
    """Deals that are not archived, open ones first, and the three counts of the head line."""
    shown = get(sim, "/").text
    assert in_order(shown, "Quiet deal", "&lt;img src=x")
    assert "Archived deal" not in shown
    for words in (
        "Simulated HubSpot",
        "Moreau &amp; Co",
        "Ana Ruiz",
        "Harbour &lt;Hotels&gt;",
        "24,500",
        "2026-11-03",
        "Closed Won",
        "Appointment Scheduled",
    ):
        assert words in shown
    flat = " ".join(shown.split())
    assert "<b>2</b>deals" in flat
    assert "<b>4</b>activities" in flat
    assert "<b>2</b>tasks by Followthrough" in flat


def test_a_deal_shows_its_tasks_and_its_activities_in_time_order(sim: Simulator) -> None:
    """Open ones first; ours carry the mark; a body is its text, line breaks kept, tags gone."""
    tasks, activities = get(sim, deal_path(sim)).text.split("<h2>Activities")
    assert tasks.count(">Followthrough<") == 2
    assert in_order(tasks, "Send samples", "Ask how it went", "Say thanks")
    assert "The deal was won.\n\nNobody called. &lt;b&gt;Why?" in tasks
    assert in_order(activities, "Site visit", "Call about oak", "Where is it?", "Parking behind")
    assert "email in" in activities
    assert "jo@harbour.example" in activities
    assert "&lt;p&gt;" not in activities


def test_hostile_text_is_escaped(sim: Simulator) -> None:
    """Names and bodies come out as text on both pages, and nothing may be loaded."""
    for path in ("/", deal_path(sim)):
        answer = get(sim, path)
        assert "<img" not in answer.text
        assert "<b>Why" not in answer.text
        assert "&lt;img src=x" in answer.text
        policy = answer.headers["Content-Security-Policy"]
        assert policy == "default-src 'none'; style-src 'unsafe-inline'"


def test_tasks_of_ours_on_no_deal_stand_with_their_text() -> None:
    """A task on a person's own work hangs on no deal and is shown; other people's are not."""
    portal = Portal(name="Moreau & Co", clock=lambda: NOW)
    said = {"hs_timestamp": "2026-11-19T15:00:00Z", "hs_task_subject": "Complete your notes"}
    portal.insert(
        "tasks", {**said, "hs_task_body": "So far: the oak.", "followthrough_key": "ft_a"}
    )
    portal.insert("tasks", {**said, "hs_task_subject": "Water the plants"})
    with Simulator(portal) as one:
        text = get(one, "/").text
    assert in_order(text, "For people", "Complete your notes", "So far: the oak.", "No deals")
    assert "Water the plants" not in text


def test_an_empty_portal_has_a_page_and_an_unknown_deal_says_so() -> None:
    """Without deals the page says there are none; an id nobody has is a 404."""
    with Simulator(Portal()) as empty:
        assert "No deals yet." in get(empty, "/").text
        assert get(empty, "/deals/7").status_code == 404
