"""The whole loop at size: a full pull, an evaluation and a plan, and a second pass.

The embedded CRM runs in a process of its own, so that the worker's memory is its own. Figures are
of one run on one machine; compare them only with each other.

    python -m bench.loop --deals 20000 --activities 200000
"""

from __future__ import annotations

import argparse
import datetime as dt
import multiprocessing
import random
import resource
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bench.watch import Watch
from connectors.base import Connector, Window
from connectors.simulator.hubspot.account import DISPOSITIONS
from worker.cycle import decide, judge
from worker.desk import open_desk
from worker.environment import Environment
from worker.loading import load_all
from worker.passes import run_pass
from worker.pull import pull
from worker.settings import Settings, load_settings

CONFIG = Path(__file__).resolve().parents[1] / "worker" / "demo" / "config"
SEED = 7


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--crm", choices=sorted(FILL), default="salesforce")
    parser.add_argument("--deals", type=int, default=20_000)
    parser.add_argument("--activities", type=int, default=200_000)
    said = parser.parse_args()
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    crm = context.Process(
        target=_serve, args=(theirs, said.crm, said.deals, said.activities), daemon=True
    )
    crm.start()
    variables = ours.recv()
    print(f"{said.crm}: {said.deals:,} deals, {said.activities:,} activities")
    with tempfile.TemporaryDirectory() as state:
        told = {name.lower(): value for name, value in variables.items()}
        environment = Environment.model_validate({"followthrough_crm": said.crm, **told})
        _measure(load_settings(CONFIG, Path(state), environment))
    ours.send("stop")
    crm.join(10)


def _measure(settings: Settings) -> None:
    _, loaded, problems = load_all(settings.config, settings.state)
    assert loaded is not None, problems
    rules = {rule.id: rule for rule in loaded.active}
    watch = Watch()
    with open_desk(settings, rules) as desk:
        identity = desk.connector.identity()
        desk.mirror.belongs_to(identity, desk.connector.crm)
        now = identity.server_now
        calls = _calls_by_feed(desk.connector)
        pulled = watch("pull", lambda: pull(desk.connector, desk.mirror, now, desk.progress))
        org = desk.settings.org(desk.mirror.stages())
        evaluation = watch("evaluate", lambda: judge(desk, org, now))
        plan = watch("evidence and plan", lambda: decide(desk, org, evaluation, identity))
        rows = sum(feed.rows for feed in pulled.feeds)
        print(f"{'feed':24}{'rows':>10}{'API calls':>11}")
        for feed in pulled.feeds:
            print(f"{feed.feed:24}{feed.rows:>10,}{calls[feed.feed]:>11,}")
        again = watch("second pull", lambda: pull(desk.connector, desk.mirror, now, desk.progress))
        print(f"\n{rows:,} rows, {rows / watch.seconds['pull']:,.0f} rows/s")
        for name, seconds in watch.seconds.items():
            print(f"{name:24}{seconds:>9.2f} s")
        print(f"{'findings':24}{sum(d.finding is not None for d in plan.decisions):>9,}")
        print(f"{'second pull, rows':24}{sum(f.rows for f in again.feeds):>9,}")
        print(f"{'mirror on disk':24}{_megabytes(settings):>9,.0f} MB")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'worker, peak memory':24}{peak:>9,.0f} MB")
    with open_desk(settings, rules) as desk:
        watch("whole second pass", lambda: run_pass(desk, "bench", read=True, write=False))
    print(f"{'whole second pass':24}{watch.seconds['whole second pass']:>9.2f} s")


def _calls_by_feed(connector: Connector) -> Counter[str]:
    """Count the API calls of each feed's pull, as they happen."""
    calls: Counter[str] = Counter()
    pull_feed = connector.pull

    def counting(feed: str, window: Window) -> Any:
        before = connector.usage().calls
        for batch in pull_feed(feed, window):
            calls[feed] += connector.usage().calls - before
            yield batch
            before = connector.usage().calls
        calls[feed] += connector.usage().calls - before

    connector.pull = counting  # type: ignore[method-assign]
    return calls


def _megabytes(settings: Settings) -> float:
    return sum(p.stat().st_size for p in settings.state.glob("mirror.duckdb*")) / 1e6


# -- the CRM, in a process of its own --------------------------------------------------------


def _serve(pipe: Connection, crm: str, deals: int, activities: int) -> None:
    from connectors.simulator.company import DIALECTS, company
    from connectors.simulator.server import Simulator
    from worker.clock import utc_now

    made = company(crm, utc_now, story=False)
    with made.store.transaction():
        FILL[crm](made, deals, activities)
    with Simulator(made) as simulator:
        pipe.send(DIALECTS[crm].variables(made, simulator.base_url))
        pipe.recv()


@dataclass
class Years:
    """Two years of a company with 40 reps, the same for every run and every CRM."""

    deals: int
    activities: int
    now: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC).replace(microsecond=0))
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))

    def born(self) -> dt.datetime:
        return self.now - dt.timedelta(days=self.chance.uniform(20, 720))

    def moved(self, born: dt.datetime) -> dt.datetime:
        later = born + (self.now - born) * self.chance.random() * 0.98
        return min(later, self.now - dt.timedelta(hours=1))

    def moment(self) -> dt.datetime:
        return self.now - dt.timedelta(days=self.chance.uniform(0.1, 700))

    def words(self) -> str:
        return "We went through the offer and agreed what is missing. " * self.chance.randint(1, 5)


def _fill_salesforce(org: Any, deals: int, activities: int) -> None:
    years = Years(deals, activities)
    chance = years.chance
    with org.at(years.now - dt.timedelta(days=800)):
        manager = _user(org, "Manager", 0, None)
        reps = [_user(org, "Rep", n, manager) for n in range(40)]
        accounts = [org.insert("Account", {"Name": f"Account {n}"}) for n in range(deals // 4)]
    stages = ("Qualification", "Proposal/Price Quote", "Negotiation/Review", "Closed Won")
    ids = []
    for n in range(deals):
        born = years.born()
        with org.at(born):
            deal = {"Name": f"Deal {n}", "AccountId": chance.choice(accounts)}
            deal |= {"OwnerId": chance.choice(reps), "StageName": stages[0], "Amount": n}
            ids.append(org.insert("Opportunity", deal | {"CloseDate": "2027-01-31"}))
        with org.at(years.moved(born)):
            org.update("Opportunity", ids[-1], {"StageName": chance.choice(stages)})
    for n in range(activities):
        moment = years.moment()
        common = {"WhatId": chance.choice(ids), "OwnerId": chance.choice(reps)}
        common |= {"Subject": f"Talk {n}", "Description": years.words()}
        with org.at(moment):
            if n % 4 == 0:
                start = {"StartDateTime": moment.isoformat(), "DurationInMinutes": 30}
                org.insert("Event", common | start)
            else:
                call = {"TaskSubtype": "Call", "Status": "Completed", "CallType": "Outbound"}
                call |= {"CallDisposition": chance.choice(["Connected", "No Answer"])}
                org.insert("Task", common | call | {"ActivityDate": moment.date().isoformat()})


def _user(org: Any, name: str, number: int, manager: str | None) -> str:
    mail = f"{name}{number}@bench.example".lower()
    person = {"FirstName": name, "LastName": str(number), "Email": mail, "Username": mail}
    return org.insert("User", person | {"Alias": f"{name[0]}{number}", "ManagerId": manager})


def _fill_hubspot(portal: Any, deals: int, activities: int) -> None:
    years = Years(deals, activities)
    chance = years.chance
    pipeline = portal.pipelines[0]
    labels = ("Qualified To Buy", "Presentation Scheduled", "Contract Sent", "Closed Won")
    stages = [one.id for label in labels for one in pipeline.stages if one.label == label]
    with portal.at(years.now - dt.timedelta(days=800)):
        reps = [portal.add_owner(f"rep{n}@bench.example", "Rep", str(n)) for n in range(40)]
        firms = [portal.insert("companies", {"name": f"Account {n}"}) for n in range(deals // 4)]
    ids = []
    for n in range(deals):
        born = years.born()
        with portal.at(born):
            deal = {"dealname": f"Deal {n}", "pipeline": pipeline.id, "dealstage": stages[0]}
            deal |= {"amount": str(n), "hubspot_owner_id": chance.choice(reps)}
            ids.append(portal.insert("deals", deal))
            portal.associate("deals", ids[-1], "companies", chance.choice(firms))
        with portal.at(years.moved(born)):
            portal.update("deals", ids[-1], {"dealstage": chance.choice(stages)})
    for n in range(activities):
        moment = years.moment()
        common = {"hs_timestamp": moment, "hubspot_owner_id": chance.choice(reps)}
        kind, values = _talk(n, moment, years)
        with portal.at(moment):
            made = portal.insert(kind, common | values)
            portal.associate(kind, made, "deals", chance.choice(ids))
    # The connector keeps its pace by the limits that a portal's answers tell. With HubSpot's own
    # it would wait most of the time (at 13 calls a second), and nothing of ours would be measured.
    portal.burst = portal.association_burst = 10_000


def _talk(number: int, moment: dt.datetime, years: Years) -> tuple[str, dict[str, object]]:
    if number % 4 == 0:
        return "meetings", {
            "hs_meeting_title": f"Talk {number}",
            "hs_meeting_body": years.words(),
            "hs_meeting_outcome": "COMPLETED",
            "hs_meeting_start_time": moment,
            "hs_meeting_end_time": moment + dt.timedelta(minutes=30),
        }
    words = {one.label: one.value for one in DISPOSITIONS}
    return "calls", {
        "hs_call_title": f"Talk {number}",
        "hs_call_body": years.words(),
        "hs_call_status": "COMPLETED",
        "hs_call_direction": "OUTBOUND",
        "hs_call_disposition": words[years.chance.choice(["Connected", "No answer"])],
    }


FILL = {"salesforce": _fill_salesforce, "hubspot": _fill_hubspot}


if __name__ == "__main__":
    main()
