"""The whole loop at size: a full pull, an evaluation and a plan, and a second pass.

The embedded CRM runs in a process of its own, so that the worker's memory is its own. Figures are
of one run on one machine; compare them only with each other.

    python bench/loop.py --deals 20000 --activities 200000
"""

from __future__ import annotations

import argparse
import datetime as dt
import multiprocessing
import random
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from connectors.base import Connector, Window
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
    parser.add_argument("--deals", type=int, default=20_000)
    parser.add_argument("--activities", type=int, default=200_000)
    said = parser.parse_args()
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    crm = context.Process(target=_serve, args=(theirs, said.deals, said.activities), daemon=True)
    crm.start()
    url, client_id, client_secret = ours.recv()
    print(f"{said.deals:,} deals, {said.activities:,} activities at {url}")
    with tempfile.TemporaryDirectory() as state:
        environment = Environment(
            salesforce_url=url,
            salesforce_client_id=client_id,
            salesforce_client_secret=client_secret,
        )
        _measure(load_settings(CONFIG, Path(state), environment))
    ours.send("stop")
    crm.join(10)


@dataclass
class Watch:
    """Seconds by stage."""

    seconds: dict[str, float] = field(default_factory=dict)

    def __call__(self, name: str, work: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        done = work()
        self.seconds[name] = time.perf_counter() - start
        return done


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


def _serve(pipe: Connection, deals: int, activities: int) -> None:
    from connectors.simulator.salesforce.org import Org
    from connectors.simulator.server import Simulator

    org = Org(name="Bench")
    with org.store.transaction():
        _fill(org, deals, activities)
    with Simulator(org) as simulator:
        pipe.send((simulator.base_url, org.client_id, org.client_secret))
        pipe.recv()


def _fill(org: Any, deals: int, activities: int) -> None:
    """Two years of a company with 40 reps, the same for every run."""
    chance = random.Random(SEED)
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    with org.at(now - dt.timedelta(days=800)):
        manager = _person(org, "Manager", 0, None)
        reps = [_person(org, "Rep", n, manager) for n in range(40)]
        accounts = [org.insert("Account", {"Name": f"Account {n}"}) for n in range(deals // 4)]
    stages = ("Qualification", "Proposal/Price Quote", "Negotiation/Review", "Closed Won")
    ids = []
    for n in range(deals):
        born = now - dt.timedelta(days=chance.uniform(20, 720))
        with org.at(born):
            deal = {"Name": f"Deal {n}", "AccountId": chance.choice(accounts)}
            deal |= {"OwnerId": chance.choice(reps), "StageName": stages[0], "Amount": n}
            ids.append(org.insert("Opportunity", deal | {"CloseDate": "2027-01-31"}))
        moved = born + (now - born) * chance.random() * 0.98
        with org.at(min(moved, now - dt.timedelta(hours=1))):
            org.update("Opportunity", ids[-1], {"StageName": chance.choice(stages)})
    for n in range(activities):
        moment = now - dt.timedelta(days=chance.uniform(0.1, 700))
        with org.at(moment):
            _activity(org, n, chance, moment, chance.choice(ids), chance.choice(reps))


def _person(org: Any, name: str, number: int, manager: str | None) -> str:
    mail = f"{name}{number}@bench.example".lower()
    person = {"FirstName": name, "LastName": str(number), "Email": mail, "Username": mail}
    return org.insert("User", person | {"Alias": f"{name[0]}{number}", "ManagerId": manager})


def _activity(
    org: Any, n: int, chance: random.Random, moment: dt.datetime, deal: str, rep: str
) -> None:
    words = "We went through the offer and agreed what is missing. " * chance.randint(1, 5)
    if n % 4 == 0:
        event = {"Subject": f"Meeting {n}", "WhatId": deal, "OwnerId": rep, "Description": words}
        start = {"StartDateTime": moment.isoformat(), "DurationInMinutes": 30}
        org.insert("Event", event | start)
        return
    task = {"Subject": f"Call {n}", "TaskSubtype": "Call", "Status": "Completed", "WhatId": deal}
    task |= {"OwnerId": rep, "Description": words, "ActivityDate": moment.date().isoformat()}
    disposition = chance.choice(["Connected", "No Answer", "Left Voicemail"])
    org.insert("Task", task | {"CallDisposition": disposition, "CallType": "Outbound"})


if __name__ == "__main__":
    main()
