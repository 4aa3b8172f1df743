"""The same requests as recorded ones get answers of the same shape: status, keys, JSON types."""

from __future__ import annotations

import json
import re
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from connectors.simulator.hubspot.portal import Portal
from connectors.simulator.server import Simulator
from tests.connectors.simulator.hubspot_client import DEAL, Client

RECORDED = (
    Path(__file__).resolve().parents[3]
    / ".."
    / "shared"
    / "data"
    / "hubspot_recorded"
    / "v3_v4_interactions.json"
)
ASSOCIATIONS = re.compile(r"/crm/v4/associations/(\w+)/(\w+)/batch/\w+")
OF_RECORD = re.compile(r"/crm/v4/objects/(\w+)/(\d+)/associations/(\w+)")
MEETING = re.compile(r"/crm/v3/objects/meetings/(\d+)(?:/associations/Contact/(\d+)/\w+)?")
NOBODY = frozenset({"1", "1234"})  # ids that were nobody's in the recordings too
OWNERS = (156644386, 68156342)

#: What a record is made of, by type.
BASIC: dict[str, dict[str, object]] = {
    "deal": DEAL,
    "contact": {},
    "company": {"name": "Alder"},
    "meetings": {
        "hs_timestamp": "2026-03-02",
        "hs_meeting_title": "Hello World",
        "hs_meeting_body": "<p>Hello</p>",
        "hs_meeting_start_time": "2026-03-02T10:00:00.5Z",
        "hs_meeting_end_time": "2026-03-02T11:00:00Z",
        "hubspot_owner_id": "68156342",
    },
}


def recorded() -> list[dict[str, Any]]:
    """The recorded exchanges; none where the folder is absent."""
    return json.loads(RECORDED.read_text()) if RECORDED.exists() else []


@pytest.fixture
def client(served: Simulator, client: Client) -> Client:
    """A client of a new portal with the owners of the recordings."""
    for owner in OWNERS:
        served.portal.add_owner(f"{owner}@hub.example", "Ana", "Ruiz", owner_id=owner)
    return client


class Stage:
    """Sets the scene of a recorded request: whoever had an id there has one here."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self.ids: dict[str, str] = {}

    def id_of(self, kind: str, theirs: object) -> str:
        if str(theirs) in NOBODY:
            return str(theirs)
        if str(theirs) not in self.ids:
            kind = kind.lower()
            self.ids[str(theirs)] = self.portal.insert(kind, BASIC[kind])
        return self.ids[str(theirs)]

    def pairs(self, source: str, target: str, one: dict[str, Any]) -> None:
        """Give the records of one input of a batch ids of ours; undone pairs were made before."""
        one["from"]["id"] = self.id_of(source, one["from"]["id"])
        ends = one["to"] if isinstance(one["to"], list) else [one["to"]]
        for end in ends:
            end["id"] = self.id_of(target, end["id"])
            if isinstance(one["to"], list) and end["id"] not in NOBODY:
                self.portal.associate(source, one["from"]["id"], target, end["id"])

    def linked(self, answer: Any, match: re.Match[str]) -> str:
        """Make a record with as many ends as the recorded one had, and give its path."""
        source, theirs, target = match.groups()
        ours = self.id_of(source, theirs)
        for end in answer["results"]:
            self.portal.associate(source, ours, target, self.id_of(target, end["toObjectId"]))
        return f"/crm/v4/objects/{source}/{ours}/associations/{target}"

    def meeting(self, path: str) -> str:
        """Make the meeting, and the contact, of a path."""
        match = MEETING.fullmatch(path)
        if match is None:
            return path
        for kind, theirs in zip(("meetings", "contact"), match.groups(), strict=True):
            if theirs:
                path = path.replace(theirs, self.id_of(kind, theirs))
        return path


def prepared(one: dict[str, Any], stage: Stage) -> tuple[str, Any]:
    """The path and body of a recorded request, with records of ours behind its ids."""
    parts = urlsplit(one["url"])
    body = json.loads(one["request_body"]) if one["request_body"] else None
    path, query = parts.path, parts.query
    if match := ASSOCIATIONS.fullmatch(path):
        for pair in body["inputs"]:
            stage.pairs(match[1], match[2], pair)
    elif match := OF_RECORD.fullmatch(path):
        path = stage.linked(json.loads(one["response_body"]), match)
    elif path == "/crm/v3/objects/meetings/search":
        body = searched(one, stage, body)
    elif one["method"] == "GET" and path == "/crm/v3/objects/meetings":
        for n in range(4):
            stage.id_of("meetings", f"m{n}")
        query = re.sub(r"after=\d+", f"after={stage.ids['m0']}", query)
    else:
        path = stage.meeting(path)
    return f"{path}?{query}" if query else path, body


def searched(one: dict[str, Any], stage: Stage, body: Any) -> Any:
    """Make as many meetings of the contact as were found."""
    total = json.loads(one["response_body"])["total"]
    for filter_ in body["filters"]:
        if filter_["propertyName"] == "associations.contact":
            filter_["value"] = int(stage.id_of("contact", filter_["value"]))
            for n in range(total):
                meeting = stage.id_of("meetings", f"m{n}")
                stage.portal.associate("meetings", meeting, "contact", str(filter_["value"]))
    return body


def differences(theirs: Any, ours: Any, place: str = "answer") -> list[str]:
    """Say where an answer lacks what the recorded one has, or has it in another JSON type."""
    if type(theirs) is not type(ours):
        return [f"{place}: {type(theirs).__name__} there, {type(ours).__name__} here"]
    if isinstance(theirs, dict):
        lacking = [f"{place}.{key}: lacking" for key in theirs if key not in ours]
        both = [key for key in theirs if key in ours]
        deeper = [d for key in both for d in differences(theirs[key], ours[key], f"{place}.{key}")]
        more = [f"{place}.{key}: not there" for key in set(ours) - set(theirs) - MORE[place[-10:]]]
        return [*lacking, *deeper, *more]
    if isinstance(theirs, list):
        if not theirs or not ours:
            return [] if theirs == ours else [f"{place}: {len(theirs)} there, {len(ours)} here"]
        return [d for one in ours for d in differences(theirs[0], one, f"{place}[]")]
    return []


class _More(dict[str, set[str]]):
    """What HubSpot answers today beyond the recordings of 2022, by the end of the place."""

    def __missing__(self, end: str) -> set[str]:
        if end.endswith("properties"):
            return SOURCES
        return {"errors"} if end == "answer" else set()


SOURCES = {
    "hs_object_source",
    "hs_object_source_id",
    "hs_object_source_label",
}
MORE = _More()


@pytest.mark.shared
@pytest.mark.parametrize("number", range(36))
def test_recorded_requests_get_answers_of_the_recorded_shape(client: Client, number: int) -> None:
    """Status, keys and JSON types are the recorded ones, whatever the ids and texts are."""
    if not RECORDED.exists():
        pytest.skip("the recorded answers do not lie beside the checkout")
    one = recorded()[number]
    path, body = prepared(one, Stage(client.portal))
    send = partial(client.call, one["method"], path)
    answer = send(json=body) if body is not None else send()
    assert answer.status_code == one["status"], answer.text
    theirs, ours = one["response_body"], answer.text
    if theirs:
        assert differences(json.loads(theirs), json.loads(ours)) == []
    else:
        assert ours == ""
    if "Content-Type" in one["response_headers"] and theirs:
        assert answer.headers["Content-Type"] == one["response_headers"]["Content-Type"][0]
    assert ("Location" in answer.headers) == ("Location" in one["response_headers"])


@pytest.mark.shared
def test_every_recorded_exchange_is_compared() -> None:
    """None of the recordings is left out."""
    if not RECORDED.exists():
        pytest.skip("the recorded answers do not lie beside the checkout")
    assert len(recorded()) == 36
