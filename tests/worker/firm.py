"""A small company in either CRM, a worker beside it, and people who work on their tasks there.

Mia Stone leads Sam Ortiz. `won` sells a deal to a client of its own, so that won-no-follow-up fires
for each that nobody has contacted since. Builders only; asserts nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from connectors.base import Connector
from connectors.model import Task
from connectors.open import open_connector
from connectors.simulator.exchange import Arrival, Logged
from connectors.simulator.faults import Fault
from connectors.simulator.hubspot.account import DISPOSITIONS
from connectors.simulator.hubspot.pipelines import SUPPORT
from connectors.simulator.hubspot.portal import Portal
from connectors.simulator.hubspot.schema import Property
from connectors.simulator.salesforce.org import Org
from connectors.simulator.salesforce.schema import Field, SObject
from connectors.simulator.server import Simulator
from tests.conftest import Clock
from tests.worker.world import rules_of
from worker.cycle import Pass
from worker.desk import Desk, open_desk
from worker.environment import Environment
from worker.known import KnownTask
from worker.ledger import Ledger
from worker.passes import run_pass
from worker.settings import Settings, load_settings
from worker.store import LEDGER_FILE

CRMS = ("salesforce", "hubspot")
WON = "- {extends: shipped/won-no-follow-up, mode: live, escalate: []}\n"
#: Tests sleep for weeks, after which a reading is thought to need many calls.
SETTINGS = "coverage: off\napi_share: 1\n"
PEOPLE = """\
people:
  - {email: mia@hartwell.example}
  - {email: sam@hartwell.example, manager: mia@hartwell.example}
  - {email: ana@hartwell.example, manager: mia@hartwell.example}
"""


#: An object of the org's own in which clients' answers stand; on HubSpot they stand on tickets.
_GRADES = {"Account__c": "reference", "Rep__c": "reference", "Grade__c": "string", "On__c": "date"}
_FIELDS = {"Id": "id", "IsDeleted": "boolean", "CreatedDate": "datetime", **_GRADES}
RATING = SObject(
    name="Rating__c",
    label="Client Rating",
    label_plural="Client Ratings",
    key_prefix="a00",
    fields={
        name.lower(): Field(
            name=name,
            type=kind,
            length=80,
            reference_to={"Account__c": ("Account",), "Rep__c": ("User",)}.get(name, ()),
        )
        for name, kind in (_FIELDS | {"SystemModstamp": "datetime"}).items()
    },
)


class _Salesforce:
    """What people do in an org."""

    ratings = "{from: Rating__c, account: Account__c, owner: Rep__c, category: Grade__c, at: On__c}"

    def __init__(self, clock: Clock) -> None:
        self.made = self.org = Org(clock=clock, extra_objects=(RATING,))

    def rate(self, deal: str, owner: str, grade: str, day: str) -> None:
        account = self.org.get("Opportunity", deal)["AccountId"]
        said = {"Account__c": account, "Rep__c": owner, "Grade__c": grade, "On__c": day}
        self.org.insert("Rating__c", said)

    def environment(self, url: str) -> Mapping[str, Any]:
        return {
            "followthrough_crm": "salesforce",
            "salesforce_url": url,
            "salesforce_client_id": self.org.client_id,
            "salesforce_client_secret": SecretStr(self.org.client_secret),
        }

    def hire(self, first: str, last: str, email: str) -> str:
        return self.org.insert(
            "User",
            {
                "FirstName": first,
                "LastName": last,
                "Email": email,
                "Username": email,
                "Alias": first.lower(),
                "IsActive": True,
                "TimeZoneSidKey": "UTC",
            },
        )

    def leave(self, person: str) -> None:
        self.org.update("User", person, {"IsActive": False})

    def deal(self, client: str, owner: str, amount: float) -> str:
        account = self.org.insert("Account", {"Name": client, "OwnerId": owner})
        return self.org.insert(
            "Opportunity",
            {
                "Name": f"{client} rollout",
                "AccountId": account,
                "OwnerId": owner,
                "StageName": "Qualification",
                "CloseDate": "2026-12-31",
                "Amount": amount,
            },
        )

    def win(self, deal: str) -> None:
        self.org.update("Opportunity", deal, {"StageName": "Closed Won"})

    def lose_ground(self, deal: str) -> None:
        self.org.update("Opportunity", deal, {"StageName": "Qualification"})

    def lose(self, deal: str) -> None:
        self.org.update("Opportunity", deal, {"StageName": "Closed Lost"})

    def expect(self, deal: str, day: str) -> None:
        self.org.update("Opportunity", deal, {"CloseDate": day})

    def call(self, deal: str, by: str) -> None:
        self.org.insert(
            "Task",
            {
                "Subject": "Call",
                "TaskSubtype": "Call",
                "Status": "Completed",
                "CallDisposition": "Connected",
                "WhatId": deal,
                "OwnerId": by,
            },
        )

    def mail(self, deal: str, text: str) -> None:
        self.org.insert(
            "EmailMessage",
            {
                "Subject": "Our talk",
                "TextBody": text,
                "FromAddress": "sam@hartwell.example",
                "ToAddress": "buyer@client.example",
                "Incoming": False,
                "Status": "3",
                "MessageDate": self.org.now(),
                "RelatedToId": deal,
            },
        )

    def file(self, deal: str, name: str) -> None:
        new = {"Title": name.partition(".")[0], "PathOnClient": name, "VersionData": "eA=="}
        self.org.insert("ContentVersion", new | {"FirstPublishLocationId": deal})

    def type_into(self, task: str, *lines: str) -> None:
        text = self.org.get("Task", task)["Description"]
        self.org.update("Task", task, {"Description": "\r\n".join((str(text), *lines))})

    def edit(self, task: str, values: Mapping[str, Any]) -> None:
        names = {
            "subject": "Subject",
            "due": "ActivityDate",
            "owner": "OwnerId",
            "priority": "Priority",
        }
        self.org.update("Task", task, {names[n]: v for n, v in values.items()})

    def read(self, task: str) -> Mapping[str, Any]:
        return self.org.get("Task", task)

    def tick(self, task: str) -> None:
        self.org.update("Task", task, {"Status": "Completed"})

    def reopen(self, task: str) -> None:
        self.org.update("Task", task, {"Status": "Not Started"})

    def delete(self, task: str) -> None:
        self.org.delete("Task", task)


class _HubSpot:
    """What people do in a portal."""

    ratings = "{from: tickets, category: grade, at: rated_on}"

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.made = self.portal = Portal(clock=clock, zone="UTC")
        self.accounts: dict[str, str] = {}  # of deals
        group = self.portal.kind("tickets").group
        for name, kind in (("grade", "string"), ("rated_on", "date")):
            field = "date" if kind == "date" else "text"
            self.portal.add_property(
                "tickets",
                Property(name=name, label=name, type=kind, field_type=field, group=group),
            )

    def rate(self, deal: str, owner: str, grade: str, day: str) -> None:
        said = {"grade": grade, "rated_on": day, "hubspot_owner_id": owner}
        stage = {"hs_pipeline": SUPPORT.id, "hs_pipeline_stage": SUPPORT.stages[0].id}
        ticket = self.portal.insert("tickets", {"subject": "Our visit", **stage, **said})
        self.portal.associate("tickets", ticket, "companies", self.accounts[deal], "Primary")

    def environment(self, url: str) -> Mapping[str, Any]:
        return {
            "followthrough_crm": "hubspot",
            "hubspot_url": url,
            "hubspot_access_token": SecretStr(self.portal.access_token),
        }

    def hire(self, first: str, last: str, email: str) -> str:
        return self.portal.add_owner(email, first, last)

    def leave(self, person: str) -> None:
        self.portal.deactivate_owner(person)

    def deal(self, client: str, owner: str, amount: float) -> str:
        portal = self.portal
        account = portal.insert("companies", {"name": client, "hubspot_owner_id": owner})
        deal = portal.insert(
            "deals",
            {
                "dealname": f"{client} rollout",
                "pipeline": "default",
                "dealstage": portal.pipelines[0].stages[0].id,
                "amount": str(amount),
                "closedate": "2026-12-31",
                "hubspot_owner_id": owner,
            },
        )
        portal.associate("deals", deal, "companies", account, "Primary")
        self.accounts[deal] = account
        return deal

    def win(self, deal: str) -> None:
        won = next(s.id for s in self.portal.pipelines[0].stages if "won" in s.label.lower())
        self.portal.update("deals", deal, {"dealstage": won})

    def lose_ground(self, deal: str) -> None:
        first = self.portal.pipelines[0].stages[0].id
        self.portal.update("deals", deal, {"dealstage": first})

    def lose(self, deal: str) -> None:
        lost = next(s.id for s in self.portal.pipelines[0].stages if "lost" in s.label.lower())
        self.portal.update("deals", deal, {"dealstage": lost})

    def expect(self, deal: str, day: str) -> None:
        self.portal.update("deals", deal, {"closedate": day})

    def call(self, deal: str, by: str) -> None:
        connected = next(one.value for one in DISPOSITIONS if one.label == "Connected")
        call = self.portal.insert(
            "calls",
            {
                "hs_timestamp": self.portal.now(),
                "hs_call_title": "Call",
                "hs_call_direction": "OUTBOUND",
                "hs_call_disposition": connected,
                "hs_call_status": "COMPLETED",
                "hubspot_owner_id": by,
            },
            by=self.portal.hand_of(by),
        )
        self.portal.associate("calls", call, "deals", deal)

    def mail(self, deal: str, text: str) -> None:
        values = {
            "hs_timestamp": self.portal.now(),
            "hs_email_direction": "EMAIL",
            "hs_email_status": "SENT",
            "hs_email_subject": "Our talk",
            "hs_email_text": text,
        }
        self.portal.associate("emails", self.portal.insert("emails", values), "deals", deal)

    def file(self, deal: str, name: str) -> None:
        """People put a file on a record with a note."""
        values = {
            "hs_timestamp": self.portal.now(),
            "hs_attachment_ids": self.portal.add_file(name),
        }
        self.portal.associate("notes", self.portal.insert("notes", values), "deals", deal)

    def type_into(self, task: str, *lines: str) -> None:
        body = str(self.portal.get("tasks", task)["hs_task_body"])
        typed = "".join(f"<p>{line}</p>" for line in lines)
        self.portal.update("tasks", task, {"hs_task_body": f"<div>{body}</div>{typed}"})

    def edit(self, task: str, values: Mapping[str, Any]) -> None:
        names = {
            "subject": "hs_task_subject",
            "due": "hs_timestamp",
            "owner": "hubspot_owner_id",
            "priority": "hs_task_priority",
        }
        said = {names[name]: value for name, value in values.items()}
        if "due" in values:
            day = dt.date.fromisoformat(values["due"])
            said["hs_timestamp"] = dt.datetime.combine(day, dt.time(9), dt.UTC)
        if "priority" in values:
            said["hs_task_priority"] = values["priority"].upper()
        self.portal.update("tasks", task, said)

    def read(self, task: str) -> Mapping[str, Any]:
        return self.portal.get("tasks", task)

    def tick(self, task: str) -> None:
        self.portal.update("tasks", task, {"hs_task_status": "COMPLETED"})

    def reopen(self, task: str) -> None:
        self.portal.update("tasks", task, {"hs_task_status": "NOT_STARTED"})

    def delete(self, task: str) -> None:
        self.portal.archive("tasks", task)


class _HubSpotOwn(_HubSpot):
    """A portal in which clients' answers stand in an object of the account's own."""

    ratings = "{from: client_rating, category: grade, at: rated_on}"

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        kinds = (("grade", "string", "text"), ("rated_on", "date", "date"))
        self.own = self.portal.define(
            "client_rating",
            [Property(name=n, label=n, type=of, field_type=field) for n, of, field in kinds],
            linked=("companies", "contacts"),
        )

    def rate(self, deal: str, owner: str, grade: str, day: str) -> None:
        said = {"grade": grade, "rated_on": day, "hubspot_owner_id": owner}
        made = self.portal.insert(self.own, said)
        self.portal.associate(self.own, made, "companies", self.accounts[deal])


DIALECTS: Mapping[str, Callable[[Clock], Any]] = {
    "salesforce": _Salesforce,
    "hubspot": _HubSpot,
    "hubspot_own": _HubSpotOwn,
}


class Firm:
    """A company behind a simulator, and a worker's directories."""

    def __init__(self, directory: Path, crm: str, *, rules: str = WON, settings: str = "") -> None:
        self.clock = Clock()  # Thursday, 19 November 2026, noon in UTC
        self.crm = DIALECTS[crm](self.clock)
        self.fault: Callable[[int, Arrival], Fault | None] | None = None
        self.config, self.state = directory / "config", directory / "state"
        (self.config / "rules").mkdir(parents=True)
        (self.config / "people.yaml").write_text(PEOPLE)
        self.say(rules, settings)
        self.stack = ExitStack()
        self.sim = self.serve()
        self.stack.callback(self.crm.made.close)
        with self.days_ago(18):
            self.people = {
                name: self.crm.hire(name.capitalize(), last, f"{name}@hartwell.example")
                for name, last in (("mia", "Stone"), ("sam", "Ortiz"), ("ana", "Reyes"))
            }

    def serve(self) -> Any:
        """Serve the CRM; `fault` says how it fails."""
        return self.stack.enter_context(Simulator(self.crm.made, self.failing))

    def failing(self, number: int, call: Arrival) -> Fault | None:
        """How this request fails."""
        return self.fault(number, call) if self.fault else None

    def connect(self, settings: Settings, stop: Any = None) -> Connector:
        """Open a connector; waits between attempts take no time."""
        return open_connector(settings.crm_settings(), stop=stop, pause=lambda _: None)

    def say(self, rules: str | None = None, settings: str = "") -> None:
        """Write the admin's files."""
        if rules is not None:
            (self.config / "rules" / "r.yaml").write_text(rules)
        (self.config / "followthrough.yaml").write_text(SETTINGS + settings)

    # -- the company's story -----------------------------------------------------------------

    @contextmanager
    def days_ago(self, days: int, *, hours: int = 0) -> Iterator[None]:
        """Let everything inside happen in the past."""
        with self.crm.made.at(self.clock() - dt.timedelta(days=days, hours=hours)):
            yield

    def won(
        self, client: str = "Northwind", *, amount: float = 48000, owner: str = "sam", days: int = 7
    ) -> str:
        """Sell a deal to a new client; by default the duty to follow up is due since 10:00."""
        with self.days_ago(17):
            deal: str = self.crm.deal(client, self.people[owner], amount)
        with self.days_ago(days, hours=2):
            self.crm.win(deal)
        return deal

    def open_deal(self, client: str, *, owner: str = "sam") -> str:
        """Open a deal with a new client, 17 days ago."""
        with self.days_ago(17):
            deal: str = self.crm.deal(client, self.people[owner], 1000.0)
        return deal

    def call(self, deal: str, by: str = "sam", *, minutes_ago: int = 10) -> None:
        """Reach the client by telephone: a touch that meets the duty."""
        with self.crm.made.at(self.clock() - dt.timedelta(minutes=minutes_ago)):
            self.crm.call(deal, self.people[by])

    # -- the worker --------------------------------------------------------------------------

    def settings(self) -> Settings:
        """The settings as they stand."""
        said = self.crm.environment(self.sim.base_url)
        environment = Environment(followthrough_key=SecretStr("a key of the test"), **said)
        return load_settings(self.config, self.state, environment)

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        """Open stores and connector."""
        rules = rules_of((self.config / "rules" / "r.yaml").read_text())
        with open_desk(self.settings(), rules, clock=self.clock, connect=self.connect) as desk:
            yield desk

    def run(
        self, *, read: bool = True, write: bool = True, later: dt.timedelta | None = None
    ) -> Pass:
        """Run one pass, as `once --write` does, after some time."""
        self.clock.now += later or dt.timedelta(minutes=15)
        with self.desk() as desk:
            return run_pass(desk, "once", read=read, write=write)

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """Look into the ledger between two passes."""
        ledger = Ledger.open(self.state / LEDGER_FILE)
        try:
            yield ledger
        finally:
            ledger.close()

    def known(self) -> list[KnownTask]:
        """What the ledger knows, by the moment it was written."""
        with self.ledger() as ledger:
            return sorted(ledger.tasks().values(), key=lambda one: (one.written_at, one.key))

    def lose_ledger(self) -> None:
        """Delete the ledger."""
        for path in self.state.glob(LEDGER_FILE + "*"):
            path.unlink()

    # -- what came of it ---------------------------------------------------------------------

    def tasks(self) -> list[Task]:
        """Our tasks as they stand in the CRM, deleted ones too, by creation."""
        connector = self.connect(self.settings())
        try:
            return sorted(connector.our_tasks(None), key=lambda one: (one.created_at, one.id))
        finally:
            connector.close()

    def writes(self, since: int = 0) -> list[Logged]:
        """Requests that change something, after the first `since`."""
        reads = ("/search", "/batch/read", "/token", "/tasks/0")  # the last asks what we may
        return [
            one
            for one in self.sim.requests[since:]
            if one.method != "GET" and not one.path.endswith(reads)
        ]

    def close(self) -> None:
        """Stop the simulator."""
        self.stack.close()


def reasons(done: Pass) -> list[str]:
    """The reasons of a plan, by name."""
    return sorted(d.reason.name for d in done.plan.decisions)
