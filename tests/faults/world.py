"""A small company in either dialect, a worker beside it, and the truth to compare with.

Everything goes over real sockets; waits between attempts take no time and are written down.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from connectors.base import Connector
from connectors.open import CrmSettings, open_connector
from connectors.simulator.exchange import Arrival
from connectors.simulator.faults import Fault
from connectors.simulator.hubspot.portal import Portal
from connectors.simulator.salesforce.org import Org
from connectors.simulator.server import Simulator
from rules.select import rows
from tests.conftest import Clock
from tests.worker.world import SETTINGS, WON, rules_of
from worker.cycle import Pass
from worker.desk import Desk, open_desk
from worker.environment import Environment
from worker.mirror import Mirror
from worker.passes import run_pass
from worker.pull import Pulled, pull
from worker.settings import load_settings
from worker.status import Status, read_status

CRMS = ("salesforce", "hubspot")
NAMES = ("Alder", "Birch", "Cedar")
LOGIN = "/token"
PEOPLE = "people:\n- {email: sam@hartwell.example, manager: mia@hartwell.example}\n"
Scripted = Callable[[int, Arrival], Fault | None]


@dataclass(frozen=True, kw_only=True)
class Words:
    """What one CRM calls things, as far as these tests speak to it directly."""

    accounts: str
    deals: str
    calls: str
    feeds: Mapping[str, str]  # canonical stream -> the feed that reads it
    reads: str  # in the path of what reads records


SALESFORCE = Words(
    accounts="Account",
    deals="Opportunity",
    calls="Task",
    feeds={"accounts": "Account", "deals": "Opportunity", "activities": "Task"},
    reads="/queryAll",
)
HUBSPOT = Words(
    accounts="companies",
    deals="deals",
    calls="calls",
    feeds={"accounts": "companies", "deals": "deals", "activities": "calls"},
    reads="/crm/v",
)


@dataclass
class World:
    """One company. `fault` lets things go wrong; `sim.script` does so in words."""

    crm: str
    clock: Clock
    home: Path
    made: Any  # an Org or a Portal
    words: Words
    fault: Scripted | None = None
    waits: list[float] = field(default_factory=list)
    stack: ExitStack = field(default_factory=ExitStack)
    mirror: Mirror = field(default_factory=lambda: Mirror.open(None))
    sim: Simulator = None  # type: ignore[assignment]

    # -- the CRM -----------------------------------------------------------------------------

    def add(self, kind: str, name: str) -> str:
        """Make a record of a canonical stream, now."""
        made = self._of_salesforce if self.crm == "salesforce" else self._of_hubspot
        return str(made(kind, name))

    def _of_salesforce(self, kind: str, name: str) -> str:
        owner = self.made.user_id
        if kind == "accounts":
            return self.made.insert("Account", {"Name": name, "OwnerId": owner})
        if kind == "deals":
            stage = {"StageName": "Qualification", "CloseDate": "2026-12-31", "OwnerId": owner}
            return self.made.insert("Opportunity", {"Name": name, **stage})
        call = {"TaskSubtype": "Call", "Status": "Completed", "OwnerId": owner}
        return self.made.insert("Task", {"Subject": name, **call})

    def _of_hubspot(self, kind: str, name: str) -> str:
        if kind == "accounts":
            return self.made.insert("companies", {"name": name})
        if kind == "deals":
            stage = self.made.pipelines[0].stages[0].id
            return self.made.insert(
                "deals", {"dealname": name, "pipeline": "default", "dealstage": stage}
            )
        return self.made.insert("calls", {"hs_call_title": name, "hs_timestamp": self.clock.now})

    def rename(self, record: str, name: str) -> None:
        """Give a deal another name, as a person would."""
        field_ = "Name" if self.crm == "salesforce" else "dealname"
        self.made.update(self.words.deals, record, {field_: name})

    def sell(self, record: str) -> str:
        """Let somebody win a deal now."""
        if self.crm == "salesforce":
            self.made.update("Opportunity", record, {"StageName": "Closed Won"})
        else:
            owner = self.made.add_owner("sam@hartwell.example", "Sam", "Ortiz")
            stages = {one.label: one.id for one in self.made.pipelines[0].stages}
            won = {"dealstage": stages["Closed Won"], "hubspot_owner_id": owner}
            self.made.update("deals", record, won)
        return record

    def allow(self, calls: int) -> None:
        """Let the org have so many calls a day."""
        name = "daily_calls" if self.crm == "salesforce" else "daily"
        setattr(self.made, name, calls)

    def remove(self, record: str) -> None:
        """Delete a deal."""
        delete = self.made.delete if self.crm == "salesforce" else self.made.archive
        delete(self.words.deals, record)

    def truth(self) -> dict[str, set[str]]:
        """The ids of all live records, by stream."""
        found = {}
        for stream, feed in self.words.feeds.items():
            if self.crm == "salesforce":
                rows = self.made.query(f"SELECT Id FROM {feed}").records
                found[stream] = {str(row["Id"]) for row in rows}
            else:
                found[stream] = {str(row.id) for row in self.made.store.all(feed)}
        return found

    # -- the worker --------------------------------------------------------------------------

    def connect(self, **settings: Any) -> Connector:
        """A connector; its waits are written down and take no time."""
        wanted = {"crm": self.crm, "base_url": self.sim.base_url, **self.credentials(), **settings}
        made = open_connector(CrmSettings(**wanted), pause=self.waits.append)
        self.stack.callback(made.close)
        return made

    def credentials(self) -> dict[str, Any]:
        """What logs in."""
        if self.crm == "salesforce":
            return {"client_id": self.made.client_id, "client_secret": self.made.client_secret}
        return {"access_token": self.made.access_token}

    def pull(self, connector: Connector | None = None, **settings: Any) -> Pulled:
        """Read what changed into the mirror, as a run would."""
        crm = connector or self.connect(**settings)
        return pull(crm, self.mirror, crm.identity().server_now, lambda feed, rows: None)

    def seen(self) -> dict[str, set[str]]:
        """The ids of all live records that the mirror holds, by stream."""
        return {stream: self._ids(stream) for stream in self.words.feeds}

    def _ids(self, stream: str) -> set[str]:
        sql = f"SELECT id FROM {stream} WHERE NOT deleted"
        return {row[0] for row in self.mirror.connection.execute(sql).fetchall()}

    def name_of(self, record: str) -> str:
        """What a deal is called in the mirror."""
        sql = "SELECT name FROM deals WHERE id = ?"
        return str(self.mirror.connection.execute(sql, [record]).fetchall()[0][0])

    def marks(self) -> dict[str, dt.datetime]:
        """How far each feed was read."""
        sql = "SELECT name, until FROM feeds WHERE until IS NOT NULL"
        return {row["name"]: row["until"] for row in rows(self.mirror.connection, sql)}

    def heal(self) -> None:
        """Let nothing go wrong any more."""
        self.fault = None
        self.sim.script.clear()

    def later(self, **span: float) -> None:
        """Let time pass, by default enough for what was written before to be settled."""
        self.clock.later(**(span or {"minutes": 20}))

    def asked(self, part: str = "", since: int = 0) -> int:
        """How many requests, after the first `since`, had this in their path or query."""
        log = self.sim.requests[since:]
        return sum(part in one.path or part in one.query for one in log)

    # -- whole runs --------------------------------------------------------------------------

    @contextmanager
    def desk(self, rules: str = WON) -> Iterator[Desk]:
        """A desk on the state directory."""
        values: dict[str, Any] = {"followthrough_crm": self.crm}
        values[f"{self.crm}_url"] = self.sim.base_url
        for name, value in self.credentials().items():
            secret = name != "client_id"
            values[f"{self.crm}_{name}"] = SecretStr(value) if secret else value
        config = self.home / "config"
        (config / "rules").mkdir(parents=True, exist_ok=True)
        (config / "followthrough.yaml").write_text(SETTINGS)
        (config / "people.yaml").write_text(PEOPLE)  # HubSpot does not say who leads whom
        environment = Environment(**values)
        settings = load_settings(config, self.home / "state", environment)

        def connect(said: Any, stop: Any) -> Connector:
            return open_connector(said.crm_settings(), stop=stop, pause=self.waits.append)

        with open_desk(settings, rules_of(rules), clock=self.clock, connect=connect) as desk:
            yield desk

    def run(self, *, write: bool = False, command: str = "once") -> Pass:
        """One whole pass."""
        with self.desk() as desk:
            return run_pass(desk, command, read=True, write=write)

    def status(self) -> Status:
        """What `status` says now."""
        settings = load_settings(self.home / "config", self.home / "state", Environment())
        return read_status(settings, self.clock.now)


@contextmanager
def founded(crm: str, home: Path, **how: Any) -> Iterator[World]:
    """A company with three clients, three deals and three calls."""
    clock = Clock()
    make: Any = Org if crm == "salesforce" else Portal
    made = make(clock=clock, **how)
    words = SALESFORCE if crm == "salesforce" else HUBSPOT
    world = World(crm=crm, clock=clock, home=home, made=made, words=words)
    for kind in words.feeds:
        for name in NAMES:
            world.add(kind, name)
    clock.later(minutes=30)
    with world.stack:
        world.sim = world.stack.enter_context(
            Simulator(made, lambda number, call: world.fault and world.fault(number, call))
        )
        yield world
    world.mirror.close()
    made.close()


def rows_of(body: bytes) -> list[Any]:
    """The rows of a page of either CRM; none where it is no page."""
    try:
        payload = json.loads(body)
    except ValueError:
        return []
    if not isinstance(payload, dict):
        return []
    rows = payload.get("records", payload.get("results", []))
    return rows if isinstance(rows, list) else []
