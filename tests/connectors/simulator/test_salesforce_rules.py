"""What an org forbids or writes down by itself: rules, locks, queues, history, posts. Real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from connectors.simulator.salesforce.errors import SalesforceError
from connectors.simulator.salesforce.house_rules import Duplicates, HouseRules, Validation
from connectors.simulator.salesforce.org import Org
from connectors.simulator.server import Simulator

DATA = "/services/data/v62.0"
DEAL = {"Name": "Lobby", "StageName": "Prospecting", "CloseDate": "2026-12-31"}


class Client:
    """Somebody who is logged in."""

    def __init__(self, sim: Simulator) -> None:
        self.org = sim.org
        self._base = sim.base_url + DATA
        self._token = sim.org.issue_token()

    def send(self, method: str, path: str, body: Any, **head: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {self._token}"} | head
        return requests.request(method, self._base + path, json=body, headers=headers, timeout=5)


@pytest.fixture(scope="module")
def served() -> Iterator[Simulator]:
    with Simulator(Org()) as sim:
        yield sim


@pytest.fixture
def client(served: Simulator) -> Client:
    """A client of an org without rules, deals and posts."""
    served.org.rules = HouseRules()
    served.org.chatter = True
    for name in ("Opportunity", "OpportunityFieldHistory", "FeedItem", "Task", "Account"):
        served.org.store.execute(f'DELETE FROM "{name}"')
    return Client(served)


def codes(answer: requests.Response) -> list[str]:
    """The codes of a collection's results; an empty one for a success."""
    return [one["errors"][0]["statusCode"] if one["errors"] else "" for one in answer.json()]


def tasks(*subjects: str, **every: Any) -> dict[str, Any]:
    made = [{"attributes": {"type": "Task"}, "Subject": one, **every} for one in subjects]
    return {"allOrNone": False, "records": made}


def test_a_validation_rule_refuses_the_one_record_that_breaks_it(client: Client) -> None:
    """With the administrator's own words; the others are written."""
    client.org.rules.validations = [
        Validation(entity="Task", message="No shouting.", broken=lambda row: row["Subject"] == "X")
    ]
    answer = client.send("POST", "/composite/sobjects", tasks("a", "X", "b"))
    assert codes(answer) == ["", "FIELD_CUSTOM_VALIDATION_EXCEPTION", ""]
    assert answer.json()[1]["errors"][0]["message"] == "No shouting."


@pytest.mark.parametrize(("alerts", "second"), [(False, 400), (True, 201)])
def test_a_duplicate_rule_blocks_or_only_warns(client: Client, alerts: bool, second: int) -> None:
    """A caller who says so saves what is only warned of; another record is no duplicate."""
    client.org.rules.duplicates = [Duplicates(entity="Account", fields=("Name",), alerts=alerts)]
    name = {"Name": "Northwind"}
    assert client.send("POST", "/sobjects/Account", name).status_code == 201
    blocked = client.send("POST", "/sobjects/Account", name)
    assert blocked.json()[0]["errorCode"] == "DUPLICATES_DETECTED"
    header = {"Sforce-Duplicate-Rule-Header": "allowSave=true"}
    assert client.send("POST", "/sobjects/Account", name, **header).status_code == second
    assert client.send("POST", "/sobjects/Account", {"Name": "Other"}).status_code == 201


def test_a_row_that_somebody_holds_is_free_again_later(client: Client) -> None:
    """Two writes about it find it taken, the third does not; others are never touched."""
    deal = client.org.insert("Opportunity", DEAL)
    client.org.rules.busy = {deal: 2}
    answer = client.send("POST", "/composite/sobjects", tasks("a", "b", "c", WhatId=deal))
    assert codes(answer) == ["UNABLE_TO_LOCK_ROW"] * 2 + [""]
    assert codes(client.send("POST", "/composite/sobjects", tasks("d"))) == [""]


def test_a_record_in_approval_cannot_be_changed(client: Client) -> None:
    """But a task about it can be made."""
    deal = client.org.insert("Opportunity", DEAL)
    client.org.rules.locked = frozenset({deal})
    refused = client.send("PATCH", f"/sobjects/Opportunity/{deal}", {"Name": "x"})
    assert refused.json()[0]["errorCode"] == "ENTITY_IS_LOCKED"
    assert codes(client.send("POST", "/composite/sobjects", tasks("a", WhatId=deal))) == [""]


def test_a_queue_owns_only_what_it_was_made_for(client: Client) -> None:
    """Tasks by default; without its line for them it is refused, as is a plain group."""
    queue = client.org.insert("Group", {"Name": "Desk", "Type": "Queue"})
    owned = tasks("a", OwnerId=queue)
    assert codes(client.send("POST", "/composite/sobjects", owned)) == [""]
    client.org.store.execute("DELETE FROM \"QueueSobject\" WHERE SobjectType = 'Task'")
    assert codes(client.send("POST", "/composite/sobjects", owned)) == ["INVALID_OPERATION"]


def test_the_history_of_tracked_fields_is_kept(client: Client) -> None:
    """What it was and what it became; fields that nobody tracks leave no line."""
    deal = client.org.insert("Opportunity", DEAL)
    client.org.update("Opportunity", deal, {"Amount": 5, "Description": "x"})
    soql = "SELECT Field, OldValue, NewValue FROM OpportunityFieldHistory ORDER BY Id"
    rows = client.org.query(soql).records
    told = [(row["Field"], row["OldValue"], row["NewValue"]) for row in rows]
    assert told == [("created", None, None), ("Amount", None, "5.0")]


def test_a_post_mentions_a_person_on_a_record(client: Client) -> None:
    """Each call posts again; without Chatter, without text, or about nothing it is refused."""
    deal = client.org.insert("Opportunity", DEAL)
    body = {
        "feedElementType": "FeedItem",
        "subjectId": deal,
        "body": {
            "messageSegments": [
                {"type": "Mention", "id": client.org.user_id},
                {"type": "Text", "text": " look"},
            ]
        },
    }
    path = "/chatter/feed-elements"
    assert [client.send("POST", path, body).status_code for _ in range(2)] == [201, 201]
    assert {str(one["Body"]) for one in client.org.posts} == {"@Integration User look"}
    nowhere = client.send("POST", path, body | {"subjectId": "006000000000009"})
    empty = client.send("POST", path, body | {"body": {"messageSegments": []}})
    client.org.chatter = False
    off = client.send("POST", path, body)
    assert [one.status_code for one in (nowhere, empty, off)] == [400, 400, 403]
    assert len(client.org.posts) == 2


def test_an_owner_who_left_is_refused(client: Client) -> None:
    """By the vendor's own code, for the record that names them only."""
    gone = client.org.insert(
        "User", {"LastName": "G", "Email": "g@x.example", "Alias": "g", "IsActive": False}
    )
    answer = client.send("POST", "/composite/sobjects", tasks("a", OwnerId=gone))
    assert codes(answer) == ["INACTIVE_OWNER_OR_USER"]
    with pytest.raises(SalesforceError, match="INACTIVE"):
        client.org.insert("Task", {"Subject": "a", "OwnerId": gone})
