"""Query jobs of Bulk API 2.0 over real HTTP: states, pages, CSV, what is refused."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from connectors.simulator.salesforce.org import Org
from connectors.simulator.server import Simulator

DATA = "/services/data/v62.0"
QUERY = "SELECT Id, Name, Amount, IsClosed, CreatedDate, NextStep, Account.Name FROM Opportunity"


class Client:
    """Somebody who is logged in and runs jobs."""

    def __init__(self, sim: Simulator) -> None:
        self.org: Org = sim.org
        self._base = sim.base_url
        self._head = {"Authorization": f"Bearer {sim.org.issue_token()}"}

    def call(self, method: str, path: str, data: str = DATA, **more: Any) -> requests.Response:
        url = self._base + data + "/jobs/query" + path
        return requests.request(method, url, headers=self._head, timeout=5, **more)

    def start(self, soql: str, operation: str = "query", **more: str) -> requests.Response:
        return self.call("POST", "", json={"operation": operation, "query": soql, **more})

    def done(self, soql: str, operation: str = "query", **more: str) -> str:
        job = str(self.start(soql, operation, **more).json()["id"])
        while self.call("GET", f"/{job}").json()["state"] != "JobComplete":
            pass
        return job

    def deal(self, **values: Any) -> str:
        every = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-12-31"}
        return self.org.insert("Opportunity", every | values)


@pytest.fixture(scope="module")
def served() -> Iterator[Simulator]:
    with Simulator(Org()) as sim:
        yield sim


@pytest.fixture
def client(served: Simulator) -> Client:
    served.org.store.execute('DELETE FROM "Opportunity"')
    served.org.bulk_waits, served.org.bulk_failure = 1, None
    return Client(served)


def read(body: bytes) -> list[dict[str, str]]:
    return [*csv.DictReader(io.StringIO(body.decode(), newline=""))]


def code(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()[0]["errorCode"]


def test_a_job_goes_through_its_states_and_away(client: Client) -> None:
    """Uploaded, in progress, complete with its count; then deleted, and not found."""
    client.deal()
    made = client.start("SELECT Id FROM Opportunity").json()
    assert (made["state"], made["object"], made["apiVersion"]) == (
        "UploadComplete",
        "Opportunity",
        62.0,
    )
    path = f"/{made['id']}"
    assert code(client.call("DELETE", path)) == (400, "API_ERROR")
    assert client.call("GET", path).json()["state"] == "InProgress"
    assert code(client.call("GET", path + "/results")) == (400, "API_ERROR")
    told = client.call("GET", path).json()
    assert (told["state"], told["numberRecordsProcessed"]) == ("JobComplete", 1)
    assert client.call("GET", "").json()["records"][0]["id"] == made["id"]
    assert client.call("DELETE", path).status_code == 204
    assert client.call("GET", path).status_code == 404


def test_rows_come_as_csv_with_every_kind_of_value(client: Client) -> None:
    """All in quotes; empty is null, moments end in Z, quotes and new lines stay what they are."""
    account = client.org.insert("Account", {"Name": "Nord, “wind”"})
    client.deal(Name='A "big"\ndeal', Amount=48000.25, AccountId=account)
    answer = client.call("GET", f"/{client.done(QUERY)}/results")
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert answer.content.startswith(b'"Id","Name","Amount",')
    (row,) = read(answer.content)
    assert (row["Name"], row["Amount"], row["NextStep"]) == ('A "big"\ndeal', "48000.25", "")
    assert (row["IsClosed"], row["Account.Name"]) == ("false", "Nord, “wind”")
    assert row["CreatedDate"].endswith(".000Z")


def test_pages_by_locator_until_the_word_null(client: Client) -> None:
    """Every row once, each page with its own head; a page may be asked for again."""
    wanted = {client.deal(Name=f"D{n}") for n in range(5)}
    path = f"/{client.done('SELECT Id FROM Opportunity')}/results"
    found: list[str] = []
    locator: str | None = None
    while locator != "null":
        params = {"maxRecords": 2} | ({"locator": locator} if locator else {})
        page = client.call("GET", path, params=params)
        assert page.content == client.call("GET", path, params=params).content
        rows = [row["Id"] for row in read(page.content)]
        assert int(page.headers["Sforce-NumberOfRecords"]) == len(rows) <= 2
        found += rows
        locator = page.headers["Sforce-Locator"]
    assert sorted(found) == sorted(wanted)
    assert code(client.call("GET", path, params={"locator": "?"})) == (400, "API_ERROR")
    older = client.call("GET", path, "/services/data/v61.0")
    assert code(older) == (409, "API_ERROR")


def test_deleted_rows_come_with_query_all_only(client: Client) -> None:
    """And a job that finds nothing has a head and no row."""
    client.org.delete("Opportunity", client.deal())
    for operation, count in (("query", 0), ("queryAll", 1)):
        job = client.done("SELECT Id FROM Opportunity", operation, lineEnding="CRLF")
        body = client.call("GET", f"/{job}/results").content
        assert len(read(body)) == count
        assert body.endswith(b'"\r\n')


@pytest.mark.parametrize(
    ("soql", "error"),
    [
        ("SELECT COUNT(Id) FROM Opportunity", "API_ERROR"),
        ("SELECT StageName FROM Opportunity GROUP BY StageName", "API_ERROR"),
        ("SELECT Id FROM Opportunity LIMIT 5 OFFSET 5", "API_ERROR"),
        ("SELECT Id, (SELECT Id FROM Tasks) FROM Opportunity", "API_ERROR"),
        ("SELECT Nothing FROM Opportunity", "API_ERROR"),
        ("SELECT Id FROM TaskStatus", "INVALIDENTITY"),
    ],
)
def test_what_bulk_cannot_do_is_refused_at_once(client: Client, soql: str, error: str) -> None:
    """No job is made of it."""
    assert code(client.start(soql)) == (400, error)
    assert len(client.org.jobs) == len(client.call("GET", "").json()["records"])


def test_jobs_fail_and_are_aborted(client: Client) -> None:
    """A failed job says why; an aborted one is over and has no rows."""
    client.org.bulk_failure = "InternalServerError : retry later"
    client.org.bulk_waits = 0
    failed = client.start("SELECT Id FROM Opportunity").json()["id"]
    told = client.call("GET", f"/{failed}").json()
    assert (told["state"], told["errorMessage"]) == ("Failed", client.org.bulk_failure)
    aborted = client.start("SELECT Id FROM Opportunity").json()["id"]
    state = client.call("PATCH", f"/{aborted}", json={"state": "Aborted"}).json()["state"]
    assert state == client.call("GET", f"/{aborted}").json()["state"] == "Aborted"
