"""Custom notifications in the simulator: who is told, who is refused, and what nobody can undo."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from connectors.simulator.salesforce.org import Org
from connectors.simulator.salesforce.seed import NotificationType
from connectors.simulator.server import Simulator

NOON = dt.datetime(2026, 11, 19, 12, tzinfo=dt.UTC)
DATA = "/services/data/v62.0"
ACTION = "/actions/standard/customNotificationAction"
DEAL = {"Name": "Lobby refit", "StageName": "Prospecting", "CloseDate": "2026-12-30"}
QUERY = "SELECT Id, DeveloperName, Desktop FROM CustomNotificationType"


@dataclass
class Desk:
    """An org with one deal, and a hand that calls its API."""

    org: Org
    sim: Simulator
    deal: str

    @property
    def kind(self) -> str:
        """The id of the org's first notification type."""
        return str(self.org.store.all("CustomNotificationType")[0]["Id"])

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        head = {"Authorization": f"Bearer {self.org.issue_token()}"}
        return requests.request(
            method, self.sim.base_url + DATA + path, headers=head, timeout=5, **more
        )

    def given(self, **changes: Any) -> dict[str, Any]:
        whole = {
            "customNotifTypeId": self.kind,
            "recipientIds": [self.org.user_id],
            "title": "Moreau waits",
            "body": "Since Monday.",
            "targetId": self.deal,
        }
        return {name: value for name, value in (whole | changes).items() if value is not None}

    def send(self, *inputs: dict[str, Any]) -> requests.Response:
        return self.call("POST", ACTION, json={"inputs": list(inputs)})

    def user(self, name: str, **more: Any) -> str:
        return self.org.insert("User", {"LastName": name, "Email": f"{name}@x.example", **more})


def desk(org: Org) -> Iterator[Desk]:
    with Simulator(org) as sim:
        yield Desk(org=org, sim=sim, deal=org.insert("Opportunity", DEAL))
    org.close()


@pytest.fixture
def one() -> Iterator[Desk]:
    """A desk in an org as it comes."""
    yield from desk(Org(clock=lambda: NOON))


def test_a_notification_reaches_its_receivers(one: Desk) -> None:
    """Each active user once, with title, body, target and moment; the answer says so."""
    ana, gone = one.user("Ana"), one.user("Gone", IsActive=False)
    answer = one.send(one.given(recipientIds=[one.org.user_id, ana, gone, ana]))
    (result,) = answer.json()
    assert (answer.status_code, result["isSuccess"], result["errors"]) == (200, True, None)
    assert result["actionName"] == "customNotificationAction"
    assert "SuccessMessage" in result["outputValues"]
    told = one.org.notifications
    assert [note.recipient for note in told] == [one.org.user_id, ana]
    assert {(note.title, note.body) for note in told} == {("Moreau waits", "Since Monday.")}
    assert {(note.target, note.moment, note.kind) for note in told} == {
        (one.deal, NOON, "Followthrough")
    }


def test_every_call_notifies_again(one: Desk) -> None:
    """Nothing tells two equal calls apart: the action is not idempotent."""
    for _ in range(2):
        assert one.send(one.given()).status_code == 200
    assert len(one.org.notifications) == 2


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"customNotifTypeId": "0ML000000000001GAA"}, "INVALID_CROSS_REFERENCE_KEY"),
        ({"customNotifTypeId": "006000000000001AAA"}, "MALFORMED_ID"),
        ({"customNotifTypeId": "Followthrough"}, "MALFORMED_ID"),
        ({"recipientIds": ["005000000000001AAA"]}, "INVALID_CROSS_REFERENCE_KEY"),
        ({"recipientIds": ["003000000000001AAA"]}, "MALFORMED_ID"),
        ({"recipientIds": [7]}, "MALFORMED_ID"),
        ({"recipientIds": []}, "INVALID_API_INPUT"),
        ({"recipientIds": ["005000000000001AAA"] * 501}, "INVALID_API_INPUT"),
        ({"targetId": "006000000000001AAA"}, "INVALID_CROSS_REFERENCE_KEY"),
        ({"targetId": None}, "INVALID_API_INPUT"),
        ({"title": None}, "INVALID_API_INPUT"),
        ({"title": "t" * 251}, "STRING_TOO_LONG"),
        ({"title": "🙂" * 126}, "STRING_TOO_LONG"),
        ({"body": ""}, "INVALID_API_INPUT"),
        ({"body": "b" * 751}, "STRING_TOO_LONG"),
        ({"body": 1}, "INVALID_API_INPUT"),
        ({"colour": "red"}, "INVALID_API_INPUT"),
    ],
)
def test_a_bad_input_is_refused_and_nobody_is_told(
    one: Desk, changes: dict[str, Any], code: str
) -> None:
    """400 with a result that says why, in the form of an action."""
    answer = one.send(one.given(**changes))
    (result,) = answer.json()
    assert (answer.status_code, result["isSuccess"], result["outputValues"]) == (400, False, None)
    assert [error["statusCode"] for error in result["errors"]] == [code]
    assert one.org.notifications == []


def test_the_limits_themselves_are_allowed(one: Desk) -> None:
    """250 units of title, 750 of body, 500 receivers."""
    full = one.given(title="🙂" * 125, body="b" * 750, recipientIds=[one.org.user_id] * 500)
    assert one.send(full).status_code == 200
    assert [note.title for note in one.org.notifications] == ["🙂" * 125]


def test_a_deleted_deal_is_no_target(one: Desk) -> None:
    """What lies in the recycle bin cannot be opened."""
    one.org.delete("Opportunity", one.deal)
    (result,) = one.send(one.given()).json()
    assert result["errors"][0]["statusCode"] == "ENTITY_IS_DELETED"


def test_each_input_is_judged_for_itself(one: Desk) -> None:
    """The good one goes out although the whole answer is a 400."""
    answer = one.send(one.given(title=None), one.given())
    assert (answer.status_code, [part["isSuccess"] for part in answer.json()]) == (
        400,
        [False, True],
    )
    assert len(one.org.notifications) == 1


def test_without_the_permission_nobody_is_told(one: Desk) -> None:
    """403 for the whole call; with the permission it works again."""
    one.org.may_notify = False
    answer = one.send(one.given())
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (403, "INSUFFICIENT_ACCESS")
    assert one.org.notifications == []
    one.org.may_notify = True
    assert one.send(one.given()).status_code == 200


@pytest.mark.parametrize("body", [{}, {"inputs": {}}, {"inputs": ["x"]}])
def test_a_body_without_inputs_is_refused(one: Desk, body: dict[str, Any]) -> None:
    """The list is what an action is made of."""
    answer = one.call("POST", ACTION, json=body)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")


def test_what_nobody_simulated_says_so(one: Desk) -> None:
    """Queues, teams, another sender, a page as target, any other object of the Tooling API."""
    queue = one.org.insert("Group", {"Name": "Support"})
    for changes in ({"recipientIds": [queue]}, {"recipientIds": [one.deal]}, {"senderId": queue}):
        assert one.send(one.given(), one.given(**changes)).status_code == 501
    asked = one.call("GET", "/tooling/query", params={"q": "SELECT Id FROM ApexClass"})
    assert asked.status_code == 501
    assert one.org.notifications == []


def test_the_types_can_be_queried(one: Desk) -> None:
    """By the data API and by the Tooling API; where the first hides them the second does not."""
    for path in ("/query", "/tooling/query"):
        found = one.call("GET", path, params={"q": QUERY}).json()
        (record,) = found["records"]
        assert (record["DeveloperName"], record["Desktop"]) == ("Followthrough", True)
        assert (record["Id"][:3], found["done"], found["totalSize"]) == ("0ML", True, 1)
    one.org.hidden = frozenset({"CustomNotificationType"})
    assert one.call("GET", "/query", params={"q": QUERY}).json()[0]["errorCode"] == "INVALID_TYPE"
    assert one.call("GET", "/tooling/query", params={"q": QUERY}).json()["totalSize"] == 1


@pytest.mark.parametrize("query", ["", "SELECT Nothing FROM CustomNotificationType"])
def test_a_bad_query_of_the_tooling_api_is_refused(one: Desk, query: str) -> None:
    """In the same words as any other query."""
    assert one.call("GET", "/tooling/query", params={"q": query}).status_code == 400


def test_an_org_can_do_without_types_or_channels() -> None:
    """Without a type there is no row; a type without a channel is a row that reaches nobody."""
    for bare in desk(Org(notification_types=())):
        assert bare.call("GET", "/query", params={"q": QUERY}).json()["records"] == []
    mute = NotificationType(name="Mute", desktop=False, mobile=False)
    for quiet in desk(Org(notification_types=(mute,))):
        assert quiet.send(quiet.given()).status_code == 200
        assert quiet.org.notifications == []


def test_the_page_shows_what_users_were_told(one: Desk) -> None:
    """On the deal's page, as text; a deal without notifications has no such heading."""
    one.send(one.given(title="<b>Moreau</b> waits"))
    other = one.org.insert("Opportunity", DEAL)
    shown = requests.get(f"{one.sim.base_url}/deals/{one.deal}", timeout=5).text
    told = shown.split("<h2>Notifications")[1].split("<h2>Activities")[0]
    for words in ("&lt;b&gt;Moreau&lt;/b&gt; waits", "Since Monday.", "Integration User"):
        assert words in told
    assert "2026-11-19" in told
    assert "<h2>Notifications" not in requests.get(f"{one.sim.base_url}/deals/{other}").text


def test_a_file_keeps_what_was_told(tmp_path: Path) -> None:
    """Reopening an org finds its notifications again."""
    path = tmp_path / "org.sqlite"
    for first in desk(Org(path=path, clock=lambda: NOON)):
        first.send(first.given())
        before = first.org.notifications
    again = Org(path=path)
    assert len(before) == 1
    assert again.notifications == before
    again.close()
