"""Records by their external id, and deletion by collection, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from connectors.simulator.salesforce.org import Org
from connectors.simulator.server import Simulator

DATA = "/services/data/v62.0"
KEY = "Followthrough_Key__c"


class Client:
    """Somebody who is logged in."""

    def __init__(self, sim: Simulator) -> None:
        self.org = sim.org
        self._base = sim.base_url + DATA
        self._head = {"Authorization": f"Bearer {sim.org.issue_token()}"}

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        return requests.request(
            method,
            self._base + path,
            headers=self._head,
            timeout=5,
            **more,
        )


@pytest.fixture(scope="module")
def served() -> Iterator[Simulator]:
    with Simulator(Org()) as sim:
        yield sim


@pytest.fixture
def client(served: Simulator) -> Client:
    served.org.store.execute('DELETE FROM "Task"')
    return Client(served)


def test_an_upsert_creates_once_and_then_changes(client: Client) -> None:
    """201 with a new id, then 200 with the same one; `updateOnly` never creates."""
    path = f"/sobjects/Task/{KEY}/ft_a"
    only = client.call("PATCH", path + "?updateOnly=true", json={"Subject": "One"})
    assert only.status_code == 404
    first = client.call("PATCH", path, json={"Subject": "One"})
    again = client.call("PATCH", path, json={"Subject": "Two"})
    assert (first.status_code, first.json()["created"]) == (201, True)
    assert (again.status_code, again.json()["created"]) == (200, False)
    assert again.json()["id"] == first.json()["id"]
    assert client.org.get("Task", first.json()["id"])["Subject"] == "Two"


def test_an_upsert_wants_a_key_that_is_one_and_no_key_in_the_body(client: Client) -> None:
    """A field that is no external id is not found, and the body may not name the key again."""
    assert client.call("PATCH", "/sobjects/Task/Subject/x", json={}).status_code == 404
    body = client.call("PATCH", f"/sobjects/Task/{KEY}/ft_a", json={KEY: "ft_a"})
    assert (body.status_code, body.json()[0]["errorCode"]) == (400, "INVALID_FIELD")


def test_many_by_key_each_for_itself(client: Client) -> None:
    """One is changed, one is made; a key that stands there twice fails both times."""
    old = client.org.insert("Task", {"Subject": "Old", KEY: "ft_old"})
    records = [
        {"attributes": {"type": "Task"}, KEY: key, "Subject": "Now"}
        for key in ("ft_old", "ft_new", "ft_twice", "ft_twice")
    ]
    answer = client.call(
        "PATCH", f"/composite/sobjects/Task/{KEY}", json={"allOrNone": False, "records": records}
    ).json()
    assert [one.get("created") for one in answer] == [False, True, None, None]
    assert answer[0]["id"] == old
    assert {one["errors"][0]["statusCode"] for one in answer[2:]} == {"DUPLICATE_VALUE"}


@pytest.mark.parametrize("whole", [False, True])
def test_deleting_a_collection(client: Client, whole: bool) -> None:
    """What can be deleted is; with allOrNone one that cannot keeps the others alive."""
    made = [client.org.insert("Task", {"Subject": name}) for name in "ab"]
    gone = client.org.insert("Task", {"Subject": "c"})
    client.org.delete("Task", gone)
    ids = ",".join([*made, gone])
    answer = client.call(
        "DELETE", f"/composite/sobjects?ids={ids}&allOrNone={str(whole).lower()}"
    ).json()
    assert [one["success"] for one in answer] == [not whole, not whole, False]
    assert client.org.store.count("Task") == (2 if whole else 0)


def test_deleting_by_key(client: Client) -> None:
    """The record goes into the bin; nobody's key is not found."""
    client.org.insert("Task", {"Subject": "a", KEY: "ft_a"})
    assert client.call("DELETE", f"/sobjects/Task/{KEY}/ft_a").status_code == 204
    assert client.call("DELETE", f"/sobjects/Task/{KEY}/ft_b").status_code == 404
    assert client.org.store.count("Task") == 0


def test_one_user_may_see_less_than_another(client: Client, served: Simulator) -> None:
    """Field-level security is the user's who is logged in."""
    other = client.org.insert(
        "User", {"LastName": "B", "Username": "b@x.example", "Alias": "b", "Email": "b@x.example"}
    )
    client.org.hidden_from = {"b@x.example": frozenset({"Task.Type"})}
    theirs = Client(served)
    theirs._head = {"Authorization": f"Bearer {client.org.sessions.start(other, client.org.now())}"}
    soql = "/query?q=SELECT+Type+FROM+Task"
    assert client.call("GET", soql).status_code == 200
    assert theirs.call("GET", soql).json()[0]["errorCode"] == "INVALID_FIELD"
