"""The page at `/`: what it shows of an org, and that hostile text stays text."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from connectors.simulator.salesforce.org import Org
from connectors.simulator.server import Simulator

HOSTILE = '<img src=x onerror="document.title=1"> & co'
BODY = "The deal was won on 3 November.\n\nNobody has called since. <b>Why?</b>"
CHROMIUM = next((p for p in map(shutil.which, ("chromium", "chromium-browser")) if p), None)


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulator]:
    """An org with a hostile deal, a quiet one, and every kind of activity."""
    org = Org(name="Moreau & Co", clock=lambda: dt.datetime(2026, 11, 16, 9, tzinfo=dt.UTC))
    account = org.insert("Account", {"Name": "Harbour <Hotels>"})
    owner = org.insert("User", {"FirstName": "Ana", "LastName": "Ruiz", "Email": "a@x.example"})
    deal = {"StageName": "Closed Won", "CloseDate": "2026-11-03", "OwnerId": owner}
    first = org.insert(
        "Opportunity", {**deal, "Name": HOSTILE, "AccountId": account, "Amount": 24500}
    )
    org.insert("Opportunity", {**deal, "Name": "Quiet deal", "StageName": "Prospecting"})
    org.delete("Opportunity", org.insert("Opportunity", {**deal, "Name": "Deleted deal"}))
    on_deal = {"WhatId": first, "OwnerId": owner}
    org.insert(
        "Task",
        {
            **on_deal,
            "Subject": "Ask how it went",
            "Description": BODY,
            "ActivityDate": "2026-11-19",
            "Followthrough_Key__c": "ft_a",
        },
    )
    org.insert("Task", {**on_deal, "Subject": "Send samples"})
    call = {"TaskSubtype": "Call", "Status": "Completed", "ActivityDate": "2026-11-05"}
    org.insert("Task", {**on_deal, **call, "Subject": "Call about oak"})
    start = {"StartDateTime": "2026-11-04T10:00:00Z", "DurationInMinutes": 30}
    org.insert("Event", {**on_deal, **start, "Subject": "Site visit"})
    mail = {"RelatedToId": first, "Incoming": True, "MessageDate": "2026-11-06T10:00:00Z"}
    org.insert("EmailMessage", {**mail, "Subject": "Where is it?", "FromName": "Jo"})
    org.insert("Note", {"ParentId": first, "Title": "Parking behind the house"})
    with Simulator(org) as one:
        yield one


def deal_path(sim: Simulator) -> str:
    """The path of the hostile deal's page."""
    return f"/deals/{sim.org.store.all('Opportunity')[0]['Id']}"


def get(sim: Simulator, path: str) -> requests.Response:
    """Open a page as anybody on this machine may: without a token."""
    return requests.get(sim.base_url + path, timeout=5)


def in_order(text: str, *words: str) -> bool:
    """Tell whether words follow one another in a text."""
    places = [text.find(word) for word in words]
    return -1 not in places and places == sorted(places)


def test_the_list_shows_every_deal_and_counts(sim: Simulator) -> None:
    """Deals that are not deleted, open ones first, and the three counts of the head line."""
    shown = get(sim, "/").text
    assert in_order(shown, "Quiet deal", "&lt;img src=x")
    assert "Deleted deal" not in shown
    for words in ("Ana Ruiz", "24,500", "2026-11-03", "Closed Won", "Moreau &amp; Co"):
        assert words in shown
    flat = " ".join(shown.split())
    assert "<b>2</b>deals" in flat
    assert "<b>4</b>activities" in flat
    assert "<b>1</b>task by Followthrough" in flat


def test_a_deal_shows_its_tasks_and_its_activities_in_time_order(sim: Simulator) -> None:
    """Ours carries the mark and its text; a mail stands once, without its paired task."""
    shown = get(sim, deal_path(sim)).text
    tasks, activities = shown.split("<h2>Activities")
    assert tasks.count(">Followthrough<") == 1
    assert in_order(tasks, "Send samples", "Ask how it went", "Nobody has called since.")
    assert "won on 3 November.\n\nNobody" in tasks
    assert in_order(activities, "Site visit", "Call about oak", "Where is it?", "Parking behind")
    assert activities.count("Where is it?") == 1


def test_hostile_text_is_escaped(sim: Simulator) -> None:
    """Names and bodies come out as text on both pages."""
    for path in ("/", deal_path(sim)):
        shown = get(sim, path).text
        assert "<img" not in shown
        assert "<b>Why" not in shown
        assert "&lt;img src=x" in shown


def test_the_page_may_load_nothing(sim: Simulator) -> None:
    """The policy forbids scripts and addresses, and the page has none."""
    answer = get(sim, "/")
    policy = answer.headers["Content-Security-Policy"]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"
    assert "<script" not in answer.text
    assert "http" not in answer.text.split("</style>")[1]


def test_an_unknown_deal_says_so(sim: Simulator) -> None:
    """404 with a page, the id as text."""
    answer = get(sim, "/deals/<b>x")
    assert answer.status_code == 404
    assert "&lt;b&gt;x" in answer.text


def test_an_empty_org_has_a_page() -> None:
    """Without deals the page says there are none."""
    with Simulator(Org()) as empty:
        assert "No deals yet." in get(empty, "/").text


def test_tasks_of_ours_on_no_deal_stand_with_their_text() -> None:
    """A task on a person's own work hangs on no deal and is shown; other people's are not."""
    org = Org(name="Moreau & Co", clock=lambda: dt.datetime(2026, 11, 16, 9, tzinfo=dt.UTC))
    ours = {"Subject": "Complete your notes", "Description": BODY, "Followthrough_Key__c": "ft_a"}
    org.insert("Task", ours)
    org.insert("Task", {"Subject": "Water the plants"})
    with Simulator(org) as one:
        text = get(one, "/").text
    assert in_order(
        text, "For people", "Complete your notes", "&lt;b&gt;Why?&lt;/b&gt;", "No deals"
    )
    assert "Water the plants" not in text


@pytest.mark.browser
def test_a_browser_shows_the_deal_and_runs_nothing(sim: Simulator, tmp_path: Path) -> None:
    """In headless Chromium the deal is there, its hostile name is text, the title untouched."""
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine")
    flags = ["--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
    flags += ["--disable-background-networking", "--disable-component-update"]
    flags += ["--virtual-time-budget=1000"]
    if os.geteuid() == 0:
        flags.append("--no-sandbox")
    command = [CHROMIUM, *flags, f"--user-data-dir={tmp_path}", "--dump-dom", sim.base_url + "/"]
    dom = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    assert "Quiet deal" in dom
    assert "&lt;img src=x onerror=" in dom
    assert "<img" not in dom
    assert "<title>Moreau &amp; Co</title>" in dom
