"""A client of a simulated portal for the tests beside this file: plain `requests`, no SDK."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import requests

from connectors.simulator.hubspot.portal import Portal
from connectors.simulator.server import Simulator

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
OPEN, PROPOSED, WON, LOST = "998417231", "998417235", "998417236", "998417237"
DEAL = {"dealname": "Lobby refit", "pipeline": "default", "dealstage": OPEN}
TASK_OF_DEAL = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 216}


class NoAuth(requests.auth.AuthBase):
    """Keeps a .netrc of the machine out of the tests."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


@dataclass
class Client:
    """A client with the private app's token, and the hand that turns the portal's clock."""

    sim: Simulator
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.session.auth = NoAuth()
        self.use(self.portal.access_token)

    @property
    def portal(self) -> Portal:
        return self.sim.portal

    def use(self, token: str) -> None:
        self.session.headers["Authorization"] = f"Bearer {token}"

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        return self.session.request(method, self.sim.base_url + path, timeout=5, **more)

    def get(self, path: str, **more: Any) -> requests.Response:
        return self.call("GET", path, **more)

    def post(self, path: str, body: object) -> requests.Response:
        return self.call("POST", path, json=body)

    def search(self, kind: str, *filters: dict[str, object], **more: object) -> requests.Response:
        groups = [{"filters": list(filters)}] if filters else []
        return self.post(f"/crm/v3/objects/{kind}/search", {"filterGroups": groups, **more})

    def deal(self, **more: object) -> str:
        return self.portal.insert("deals", {**DEAL, **more})

    def task(self, **more: object) -> requests.Response:
        properties = {"hs_timestamp": "2026-03-05", "hs_task_subject": "Call", **more}
        return self.post("/crm/v3/objects/tasks", {"properties": properties})


def anew(portal: Portal) -> Portal:
    """Make a portal that is being served a new one, which is quicker than another server."""
    portal.close()
    portal.__init__(clock=lambda: NOON)  # type: ignore[misc]
    return portal


def ids(answer: requests.Response) -> list[str]:
    """The ids of an answer's results."""
    return [one["id"] for one in answer.json()["results"]]
