"""An embedded HubSpot portal whose many records are made as they are asked for, to count calls.

Lists and batches of associations are prepared, with HubSpot's own bounds: a page is never longer
than the API gives, a batch never larger than it takes, and more of either is refused. Everything
else (account, owners, properties, pipelines, search, what is archived) is the simulator's own.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from multiprocessing.connection import Connection
from typing import Any, Final
from urllib.parse import parse_qs

from connectors.simulator.company import DIALECTS, company
from connectors.simulator.exchange import Arrival
from connectors.simulator.faults import Instead
from connectors.simulator.server import Simulator

NOW: Final = dt.datetime(2026, 11, 19, 12, tzinfo=dt.UTC)
#: Records of a type for each deal: ten of them are activities.
SHARES: Final[Mapping[str, float]] = {
    "companies": 0.25,
    "contacts": 0.5,
    "deals": 1,
    "calls": 2,
    "emails": 5,
    "meetings": 1,
    "notes": 1,
    "tasks": 1,
}
#: The most the API gives and takes: records of a list, of one with history, of a batch of
#: associations (HubSpot: CRM objects; associations v4).
PAGE, PAGE_WITH_HISTORY, BATCH = 100, 50, 1_000
#: Type of which lists must carry history, and what of it no list tells whole.
_HISTORY: Final = "deals"
_ASKED_BY_BATCH: Final = ("companies", "contacts")

_LIST: Final = re.compile(r"/crm/(?:v3/objects|objects/20\d\d-\d\d)/([a-z_]+)")
_LINKS: Final = re.compile(
    r"/crm/(?:v4/associations|associations/20\d\d-\d\d)/([a-z_]+)/([a-z_]+)/batch/read"
)
_FIRST: Final[Mapping[str, int]] = {
    kind: (place + 1) * 1_000_000_000 for place, kind in enumerate(SHARES)
}
_SAID: Final[Mapping[str, str]] = {
    "hs_lastmodifieddate": "2026-11-01T10:00:00.000Z",
    "lastmodifieddate": "2026-11-01T10:00:00.000Z",
    "createdate": "2026-01-10T10:00:00.000Z",
    "hs_createdate": "2026-01-10T10:00:00.000Z",
    "hs_timestamp": "2026-06-01T10:00:00.000Z",
    "hs_call_body": "We went through the offer and agreed what is missing.",
    "hs_email_text": "We went through the offer and agreed what is missing.",
    "hs_note_body": "We went through the offer and agreed what is missing.",
    "hs_email_direction": "EMAIL",
    "hs_email_status": "SENT",
    "hs_call_status": "COMPLETED",
    "hs_task_status": "COMPLETED",
    "dealname": "A deal",
    "amount": "1200",
}


def records_of(kind: str, deals: int) -> int:
    """How many records of a type a company of so many deals has."""
    return int(SHARES.get(kind, 0) * deals)


def counts(deals: int) -> Counter[str]:
    """How many records of each type it has."""
    return Counter({kind: records_of(kind, deals) for kind in SHARES})


def activities(deals: int) -> int:
    """How many of them are activities."""
    return sum(
        records_of(kind, deals) for kind in ("calls", "emails", "meetings", "notes", "tasks")
    )


def least(records: Counter[str]) -> int:
    """The fewest calls the API allows: a page for as many records as one holds, and a batch of
    deals for each type of association that no list tells whole."""
    pages = sum(
        ceil(number / (PAGE_WITH_HISTORY if kind == _HISTORY else PAGE))
        for kind, number in records.items()
    )
    return pages + len(_ASKED_BY_BATCH) * ceil(records["deals"] / BATCH)


@dataclass(kw_only=True)
class Prepared:
    """What is answered in place of the simulator's own empty portal."""

    deals: int

    def __call__(self, _: int, arrival: Arrival) -> Instead | None:
        """What a request is answered, or None: the simulator answers it."""
        listed, linked = _LIST.fullmatch(arrival.path), _LINKS.fullmatch(arrival.path)
        told: dict[str, Any] | None = None
        if arrival.method == "GET" and listed and listed[1] in SHARES:
            told = self._listed(listed[1], parse_qs(arrival.query))
        elif arrival.method == "POST" and linked:
            told = self._linked(linked[1], linked[2], json.loads(arrival.body))
        if told is None:
            return None
        status = 200 if "status" not in told or told["status"] == "COMPLETE" else 400
        return Instead(status=status, body=json.dumps(told).encode(), headers=_HEADERS)

    def _listed(self, kind: str, said: Mapping[str, list[str]]) -> dict[str, Any] | None:
        if said.get("archived", ["false"])[0] == "true":
            return None
        history = said.get("propertiesWithHistory", [""])[0]
        limit = int(said.get("limit", ["10"])[0])
        if limit > (PAGE_WITH_HISTORY if history else PAGE):
            return _refused("limit is larger than a page may be")
        start = int(said.get("after", ["0"])[0])
        end = min(start + limit, records_of(kind, self.deals))
        properties = [one for part in said.get("properties", []) for one in part.split(",")]
        kinds = [one for part in said.get("associations", []) for one in part.split(",")]
        found = [self._record(kind, n, properties, history, kinds) for n in range(start, end)]
        page: dict[str, Any] = {"results": found}
        if end < records_of(kind, self.deals):
            page["paging"] = {"next": {"after": str(end)}}
        return page

    def _record(
        self, kind: str, number: int, properties: list[str], history: str, kinds: list[str]
    ) -> dict[str, Any]:
        one: dict[str, Any] = {
            "id": str(_FIRST[kind] + number),
            "properties": {name: _SAID.get(name) for name in properties},
            "createdAt": _SAID["createdate"],
            "updatedAt": _SAID["hs_lastmodifieddate"],
            "archived": False,
        }
        if history:
            one["propertiesWithHistory"] = {history: _STAGES}
        if kinds:
            one["associations"] = {
                to: {"results": [{"id": str(self._other(to, number)), "type": "a"}]}
                for to in kinds
                if to in SHARES
            }
        return one

    def _linked(self, kind: str, to: str, body: Mapping[str, Any]) -> dict[str, Any] | None:
        if kind not in SHARES or to not in SHARES:
            return None
        if len(body["inputs"]) > BATCH:
            return _refused("more inputs than a batch may have")
        kinds = [{"category": "HUBSPOT_DEFINED", "typeId": 3, "label": None}]
        results = [
            {
                "from": {"id": one["id"]},
                "to": [
                    {
                        "toObjectId": self._other(to, int(one["id"]) - _FIRST[kind]),
                        "associationTypes": kinds,
                    }
                ],
            }
            for one in body["inputs"]
        ]
        return {"status": "COMPLETE", "results": results}

    def _other(self, kind: str, number: int) -> int:
        return _FIRST[kind] + number % max(1, records_of(kind, self.deals))


_HEADERS: Final = {
    "Content-Type": "application/json",
    # At HubSpot's own pace the count would take an hour, and be the same.
    "X-HubSpot-RateLimit-Max": "10000",
    "X-HubSpot-RateLimit-Interval-Milliseconds": "10000",
}
_STAGES: Final = [
    {"value": "appointmentscheduled", "timestamp": "2026-02-01T10:00:00.000Z"},
    {"value": "contractsent", "timestamp": "2026-03-01T10:00:00.000Z"},
]


def _refused(why: str) -> dict[str, Any]:
    return {"status": "error", "category": "VALIDATION_ERROR", "message": why}


def serve(pipe: Connection, deals: int) -> None:
    """Serve until something comes through the pipe; what to export for it goes out first."""
    portal: Any = company("hubspot", lambda: NOW, story=False)
    portal.burst = portal.association_burst = portal.search_rate = 10_000
    with Simulator(portal, Prepared(deals=deals)) as simulator:
        pipe.send(DIALECTS["hubspot"].variables(portal, simulator.base_url))
        pipe.recv()
