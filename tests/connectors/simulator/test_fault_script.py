"""Faults written down: what a script says, what the client then sees, what the CRM really did."""

from __future__ import annotations

import datetime as dt
import re
import threading
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from connectors.simulator.fault_script import KINDS, Script, ScriptError
from connectors.simulator.hubspot.portal import Portal
from connectors.simulator.salesforce.org import Org
from connectors.simulator.server import Simulator
from tests.conftest import Clock

QUERY = "/services/data/v62.0/query"
CREATE = "/services/data/v62.0/sobjects/Account"
LOST = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError, requests.Timeout)


@pytest.fixture(scope="module")
def told() -> Iterator[Simulator]:
    org = Org(clock=Clock())
    for name in ("Alder", "Birch", "Cedar"):
        org.insert("Account", {"Name": name})
    with Simulator(org) as sim:
        yield sim
    org.close()


@pytest.fixture
def sim(told: Simulator) -> Simulator:
    told.script.clear()
    return told


def ask(sim: Simulator, method: str = "GET", path: str = QUERY, **more: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {sim.org.issue_token()}"}
    if path == QUERY:
        more["params"] = {"q": "SELECT Id, Name FROM Account ORDER BY Name"}
    return requests.request(
        method,
        sim.base_url + path,
        headers=headers,
        timeout=more.pop("timeout", 5),
        allow_redirects=False,
        **more,
    )


def names(answer: requests.Response) -> list[str]:
    return [row["Name"] for row in answer.json()["records"]]


# -- which requests --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "failed"),
    [
        ("", [True, False, False, False]),
        ("nth: 2", [False, True, False, False]),
        ("nth: 2, times: 2", [False, True, True, False]),
        ("times: always", [True, True, True, True]),
        ("path: /query, query: FROM Account", [True, False, False, False]),
        ("query: FROM Lead", [False, False, False, False]),
        ("method: POST", [False, False, False, False]),
    ],
)
def test_a_fault_meets_the_requests_it_names(sim: Simulator, when: str, failed: list[bool]) -> None:
    """The N-th that match, and so many after it; others are answered."""
    sim.script.add(f"- {{fault: status, status: 503, {when}}}")
    assert [ask(sim).status_code == 503 for _ in failed] == failed


def test_the_nth_request_of_all(sim: Simulator) -> None:
    """By its number in the log."""
    sim.script.add(f"- {{fault: status, status: 503, request: {len(sim.requests) + 2}}}")
    assert [ask(sim).status_code for _ in range(3)] == [200, 503, 200]


def test_the_first_of_two_is_played(sim: Simulator) -> None:
    """Those below do not see the request: a list plays in order."""
    sim.script.add("- {fault: status, status: 503}\n- {fault: status, status: 502, times: 2}")
    assert [ask(sim).status_code for _ in range(4)] == [503, 502, 502, 200]
    assert [entry.played for entry in sim.script.entries] == [1, 2]


# -- what the client sees --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "acted"),
    [
        ("timeout, seconds: 60", 0),
        ("timeout-after, seconds: 60", 1),
        ("late, seconds: 0.3", 1),
        ("close", 0),
        ("close-after", 1),
        ("reset", 0),
        ("reset-after", 1),
        ("truncated, bytes: 5", 1),
        ("drip, bytes: 1, seconds: 0.2", 1),
    ],
)
def test_an_answer_that_never_comes(sim: Simulator, fault: str, acted: int) -> None:
    """The client cannot tell them apart; the org knows whether it acted."""
    sim.script.add(f"- {{fault: {fault}, path: {CREATE}}}")
    with pytest.raises(LOST):
        ask(sim, "POST", CREATE, json={"Name": "Dogwood"}, timeout=0.15)
    found = _found(sim)
    for _ in range(40):
        if len(found) == acted:
            break
        threading.Event().wait(0.02)
        found = _found(sim)
    assert len(found) == acted
    for one in found:
        sim.org.delete("Account", one)


def _found(sim: Simulator) -> list[str]:
    rows = sim.org.query("SELECT Id FROM Account WHERE Name = 'Dogwood'").records
    return [str(row["Id"]) for row in rows]


ROWS = {
    "rows-twice": ["Alder", "Alder", "Birch", "Birch", "Cedar", "Cedar"],
    "rows-lost": ["Alder", "Birch"],
    "rows-reversed": ["Cedar", "Birch", "Alder"],
}


@pytest.mark.parametrize(("fault", "seen"), ROWS.items())
def test_a_page_that_is_not_the_truth(sim: Simulator, fault: str, seen: list[str]) -> None:
    """Rows twice, a row lost, rows out of order; the next answer is true again."""
    sim.script.add(f"- fault: {fault}")
    assert names(ask(sim)) == seen
    assert names(ask(sim)) == ["Alder", "Birch", "Cedar"]


def test_records_that_change_before_the_answer(sim: Simulator) -> None:
    """As when somebody works while pages are read."""
    sim.script.add("- {fault: change, object: Account, values: {Name: Yew}}")
    assert names(ask(sim)) == ["Yew", "Yew", "Yew"]
    rows = sim.org.query("SELECT Id FROM Account ORDER BY CreatedDate, Id").records
    for row, name in zip(rows, ("Alder", "Birch", "Cedar"), strict=True):
        sim.org.update("Account", str(row["Id"]), {"Name": name})


def test_the_crms_own_errors(sim: Simulator) -> None:
    """In its own form, with the wait that is asked for; and pages that are none of its own."""
    sim.script.add(
        "- {fault: status, status: 429, retry_after: 7}\n"
        "- {fault: status, status: 403, code: REQUEST_LIMIT_EXCEEDED}\n"
        "- {fault: html}\n"
        "- {fault: redirect, to: 'https://elsewhere.example/'}\n"
        "- {fault: body, text: '{', status: 200}\n"
        "- {fault: skew, seconds: -3600}\n"
    )
    busy = ask(sim)
    assert (busy.status_code, busy.headers["Retry-After"]) == (429, "7")
    assert ask(sim).json()[0]["errorCode"] == "REQUEST_LIMIT_EXCEEDED"
    page = ask(sim)
    assert (page.status_code, page.headers["content-type"][:9]) == (200, "text/html")
    away = ask(sim)
    assert (away.status_code, away.headers["location"]) == (302, "https://elsewhere.example/")
    assert ask(sim).text == "{"
    behind = parsedate_to_datetime(ask(sim).headers["date"])
    assert behind == sim.org.now() - dt.timedelta(hours=1)


def test_hubspot_speaks_its_own_errors() -> None:
    """A limit by its name, and a batch of which one item failed."""
    portal = Portal(clock=Clock())
    made = [portal.insert("companies", {"name": name}) for name in ("Alder", "Birch")]
    with Simulator(portal) as sim:
        url = f"{sim.base_url}/crm/v3/objects/companies/batch/read"
        headers = {"Authorization": f"Bearer {portal.access_token}"}
        wanted = {"properties": ["name"], "inputs": [{"id": one} for one in made]}
        sim.script.add(
            "- {fault: status, status: 429, policy: DAILY}\n- {fault: partial, path: batch}"
        )
        daily = requests.post(url, headers=headers, json=wanted, timeout=5)
        assert (daily.status_code, daily.json()["policyName"]) == (429, "DAILY")
        some = requests.post(url, headers=headers, json=wanted, timeout=5)
        assert (some.status_code, some.json()["numErrors"]) == (207, 1)
        assert [row["id"] for row in some.json()["results"]] == made[:1]
    portal.close()


# -- the script itself -----------------------------------------------------------------------

WRONG = {
    "- fault: statsu": "did you mean “status”?",
    "- fault: status": "lacks “status”",
    "- {fault: status, status: soon}": "is no number",
    "- {fault: html, status: 20}": "is no status",
    "- {fault: close, seconds: 3}": "a fault “close” has no field “seconds”",
    "- {fault: close, nth: 0}": "from 1 on",
    "- {fault: skew, seconds: an hour}": "is no number of seconds",
    "- status: 503": "lacks “fault”",
    "fault: close": "a list belongs here",
    "- [": "this is no YAML",
}


@pytest.mark.parametrize(("written", "said"), WRONG.items(), ids=WRONG)
def test_a_mistake_is_told_with_its_line(written: str, said: str) -> None:
    """And nothing of the script is played."""
    script = Script(crm="salesforce", change=lambda *_: None)
    with pytest.raises(ScriptError, match=r"faults.yaml:[12]: ") as told:
        script.add(f"- fault: close\n{written}" if written[0] == "-" else written, "faults.yaml")
    assert said in str(told.value)
    assert script.entries == []


def test_faults_are_given_over_the_wire(sim: Simulator) -> None:
    """Added, looked at, taken away; a mistake is a 400 with its line. None of it is in the log."""
    url, before = f"{sim.base_url}/-/faults", len(sim.requests)
    assert requests.post(url, data="- fault: statsu", timeout=5).status_code == 400
    assert requests.post(url, data="- {fault: html, times: 2}", timeout=5).status_code == 200
    assert ask(sim).headers["content-type"][:9] == "text/html"
    (shown,) = requests.get(url, timeout=5).json()
    assert (shown["fault"], shown["matched"], shown["played"]) == ("html", 1, 1)
    assert requests.delete(url, timeout=5).json() == []
    assert ask(sim).status_code == 200
    log = requests.get(f"{sim.base_url}/-/requests?since={before}", timeout=5).json()
    assert [(one["path"], one["fault"]) for one in log] == [(QUERY, "Instead"), (QUERY, "")]


def test_every_fault_can_be_written(sim: Simulator) -> None:
    """The documentation names each; none is there in name only."""
    more = {
        "truncated": "bytes: 5",
        "status": "status: 500",
        "redirect": "to: 'https://elsewhere.example/'",
        "change": "object: Account, values: {Name: Yew}",
        "skew": "seconds: +5",
    }
    sim.script.add("\n".join(f"- {{fault: {kind}, {more.get(kind, '')}}}" for kind in KINDS))
    assert [type(entry.fault).__name__ for entry in sim.script.entries].count("Edit") == 5
    assert len(sim.script.entries) == len(KINDS)


def test_the_page_names_every_fault() -> None:
    """What stands in the table of docs/operations.md is what a script may say."""
    page = (Path(__file__).resolve().parents[3] / "docs" / "operations.md").read_text()
    table = page.partition("| Fault | What the client sees |")[2].partition("\n\n")[0]
    first = [line.split("|")[1] for line in table.splitlines() if line.startswith("|")]
    assert sorted(re.findall("`([a-z-]+)`", " ".join(first))) == sorted(KINDS)
