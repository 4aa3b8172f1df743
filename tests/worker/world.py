"""A small company in a simulated org, and a worker beside it. Builders only; asserts nothing.

Mia Stone leads Sam Ortiz and Ana Reyes. `won` sells a deal to a client of its own, so that one rule
(won-no-follow-up) fires for each that nobody has contacted since.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from connectors.base import Connector
from connectors.open import open_connector
from connectors.simulator.exchange import Arrival, Logged
from connectors.simulator.faults import Fault
from connectors.simulator.salesforce.org import Org
from connectors.simulator.server import Simulator
from rules.checked import Rule
from rules.load import load
from rules.strict_yaml import Source
from tests.conftest import Clock
from worker import rule_files
from worker.cycle import Pass
from worker.desk import MIRROR_FILE, Desk, open_desk
from worker.environment import Environment
from worker.ledger import Ledger
from worker.passes import run_pass
from worker.settings import Settings, load_settings
from worker.store import LEDGER_FILE

ROOT = Path(__file__).resolve().parents[2]
NOON = dt.datetime(2026, 11, 19, 12, 0, tzinfo=dt.UTC)  # a Thursday
WON = "- {extends: shipped/won-no-follow-up, mode: live}\n"
#: With one step, after three business days, so that its moment is the same in every stage.
STALE = """\
- extends: shipped/stale-proposal
  mode: live
  escalate:
    - after: 3 business days
      to: manager
      alert: >-
        {account} has been quiet on the proposal for {days_since_anchor};
        {owner} may welcome your help
"""
SETTINGS = (
    "quiet_hours: no\ncoverage: off\n"
    "stages:\n  Proposal: Proposal/Price Quote\n  Negotiation: Negotiation/Review\n"
)


def at(day: int, hour: int = 10, minute: int = 0) -> dt.datetime:
    """A moment of November 2026, UTC; the 19th is today."""
    return dt.datetime(2026, 11, day, hour, minute, tzinfo=dt.UTC)


def rules_of(text: str) -> dict[str, Rule]:
    """Load rules as an admin writes them."""
    return {rule.id: rule for rule in _loaded(text)}


@cache
def _loaded(text: str) -> tuple[Rule, ...]:
    loaded, problems = load([Source(path="r.yaml", text=text)], shipped=rule_files.shipped())
    assert not problems, problems
    return loaded.active


class Company:
    """An org behind a simulator, and a worker's directories."""

    def __init__(self, directory: Path, clock: Clock, **org: Any) -> None:
        self.clock = clock
        self.org = Org(clock=clock, **org)
        self.fault: Callable[[int, Arrival], Fault | None] | None = None
        self.config, self.state = directory / "config", directory / "state"
        (self.config / "rules").mkdir(parents=True)
        self.say(WON, SETTINGS)
        self.people: dict[str, str] = {}
        with self.org.at(self.days_ago(18)):
            self._hire("Mia Stone")
            self._hire("Sam Ortiz", manager="Mia Stone")
            self._hire("Ana Reyes", manager="Mia Stone")
        self.stack = ExitStack()
        self.sim: Simulator = self.stack.enter_context(
            Simulator(self.org, lambda number, call: self.fault and self.fault(number, call))
        )
        self.stack.callback(self.org.close)

    def _hire(self, name: str, manager: str | None = None) -> None:
        first, last = name.split()
        address = f"{first.lower()}@hartwell.example"
        values: dict[str, Any] = {
            "FirstName": first,
            "LastName": last,
            "Email": address,
            "Username": address,
            "Alias": first.lower(),
            "IsActive": True,
            "TimeZoneSidKey": "UTC",
        }
        if manager:
            values["ManagerId"] = self.people[manager]
        self.people[name] = self.org.insert("User", values)

    # -- the company's story -----------------------------------------------------------------

    def days_ago(self, days: int, *, hours: int = 0) -> dt.datetime:
        """A moment of the company's past."""
        return self.clock() - dt.timedelta(days=days, hours=hours)

    def won(
        self,
        client: str = "Northwind",
        *,
        on: dt.datetime | None = None,
        amount: float = 48000,
        owner: str = "Sam Ortiz",
    ) -> str:
        """Sell a deal to a new client; by default the duty to follow up is due since 10:00."""
        deal = self.open_deal(client, amount=amount, owner=owner)
        with self.org.at(on or self.days_ago(7, hours=2)):
            self.org.update("Opportunity", deal, {"StageName": "Closed Won"})
        return deal

    def open_deal(
        self,
        client: str = "Northwind",
        *,
        amount: float = 48000,
        owner: str = "Sam Ortiz",
        stage: str = "Qualification",
    ) -> str:
        """Open a deal with a new client, 17 days ago."""
        owner_id = self.people[owner]
        with self.org.at(self.days_ago(17)):
            account = self.org.insert("Account", {"Name": client, "OwnerId": owner_id})
            return self.org.insert(
                "Opportunity",
                {
                    "Name": f"{client} rollout",
                    "AccountId": account,
                    "OwnerId": owner_id,
                    "StageName": stage,
                    "CloseDate": "2026-12-31",
                    "Amount": amount,
                },
            )

    def call(self, deal: str, *, when: dt.datetime | None = None, by: str = "Sam Ortiz") -> str:
        """Reach the client by telephone: a touch that meets the duty."""
        with self.org.at(when or self.clock() - dt.timedelta(minutes=10)):
            return self.org.insert(
                "Task",
                {
                    "Subject": "Call",
                    "TaskSubtype": "Call",
                    "Status": "Completed",
                    "CallDisposition": "Connected",
                    "WhatId": deal,
                    "OwnerId": self.people[by],
                },
            )

    # -- the worker --------------------------------------------------------------------------

    def say(self, rules: str, settings: str | None = None) -> None:
        """Write the admin's files."""
        (self.config / "rules" / "r.yaml").write_text(rules)
        if settings is not None:
            (self.config / "followthrough.yaml").write_text(settings)

    @property
    def environment(self) -> Environment:
        """What the operator sets."""
        return Environment(
            salesforce_url=self.sim.base_url,
            salesforce_client_id=self.org.client_id,
            salesforce_client_secret=SecretStr(self.org.client_secret),
            followthrough_key=SecretStr("a key of the test"),
        )

    def settings(self, **changed: Any) -> Settings:
        """The settings, with some of the environment changed."""
        environment = self.environment.model_copy(update=changed)
        return load_settings(self.config, self.state, environment)

    @contextmanager
    def desk(self, *, pause: Callable[[float], Any] = lambda _: None, **env: Any) -> Iterator[Desk]:
        """Open stores and connector; waits between attempts take no time."""

        def connect(settings: Settings, stop: Any) -> Connector:
            return open_connector(settings.crm_settings(), stop=stop, pause=pause)

        rules = rules_of((self.config / "rules" / "r.yaml").read_text())
        with open_desk(self.settings(**env), rules, clock=self.clock, connect=connect) as desk:
            yield desk

    def run(self, *, write: bool = True, read: bool = True, **more: Any) -> Pass:
        """Run one pass, as `once --write` does."""
        wanted = more.pop("wanted", None)
        with self.desk(**more) as desk:
            return run_pass(desk, "once", read=read, write=write, wanted=wanted)

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """Look into the ledger between two passes."""
        ledger = Ledger.open(self.state / LEDGER_FILE)
        try:
            yield ledger
        finally:
            ledger.close()

    def lose(self, *what: str) -> None:
        """Delete local files: "ledger", "mirror"."""
        names = {"ledger": LEDGER_FILE, "mirror": MIRROR_FILE}
        for one in what:
            for path in self.state.glob(names[one] + "*"):
                path.unlink()

    def forget_everything(self) -> None:
        """Delete the state directory."""
        shutil.rmtree(self.state, ignore_errors=True)

    def child(self) -> dict[str, str]:
        """The environment of a worker that is a process of its own."""
        return {
            **{k: v for k, v in os.environ.items() if not k.startswith("COV")},
            "SALESFORCE_URL": self.sim.base_url,
            "SALESFORCE_CLIENT_ID": self.org.client_id,
            "SALESFORCE_CLIENT_SECRET": self.org.client_secret,
            "FOLLOWTHROUGH_KEY": "a key of the test",
            "PYTHONPATH": str(ROOT),
        }

    def command(self, *words: str) -> list[str]:
        """The command line of such a process."""
        places = ["--config", str(self.config), "--state", str(self.state)]
        return [sys.executable, "-m", "worker", *places, *words]

    # -- what came of it ---------------------------------------------------------------------

    def tasks(self, *, deleted: bool = False) -> list[Mapping[str, Any]]:
        """Our tasks as they stand in the CRM, by creation."""
        found = self.org.query(
            "SELECT Id, Subject, Status, Description, OwnerId, WhatId, ActivityDate, IsClosed, "
            "IsDeleted, Followthrough_Key__c FROM Task WHERE Followthrough_Key__c != null "
            "ORDER BY CreatedDate, Id",
            all_rows=deleted,
        )
        return list(found.records)

    def writes(self, since: int = 0) -> list[Logged]:
        """Requests that are neither a read nor a login, after the first `since`."""
        return [
            one
            for one in self.sim.requests[since:]
            if one.method != "GET" and not one.path.endswith("/token")
        ]

    def close(self) -> None:
        """Stop the simulator."""
        self.stack.close()


def reasons(done: Pass) -> list[str]:
    """The reasons of a plan, by name."""
    return sorted(d.reason.name for d in done.plan.decisions)
