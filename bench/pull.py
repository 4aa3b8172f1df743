"""A first load at size, from the embedded CRM in a process of its own: rows/s, calls, peak memory.

The company is a generated one, so that texts and histories are as long as in life. Salesforce:
through Bulk API 2.0 where an object has more rows than `bulk_above`. HubSpot: beside the calls
stands the least its API allows. Figures are of one run on one machine; the simulator takes its
share of it.

    python -m bench.pull --crm salesforce --deals 20000
"""

from __future__ import annotations

import argparse
import datetime as dt
import math
import multiprocessing
import resource
import tempfile
import threading
from collections import Counter
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bench.loop import CONFIG, _calls_by_feed
from bench.watch import Watch
from connectors.open import open_connector
from worker.environment import Environment
from worker.mirror import Mirror
from worker.pull import pull
from worker.settings import load_settings

NOW = dt.datetime(2026, 11, 19, 12, tzinfo=dt.UTC)
SEED = 7
PAGE, BATCH = 100, 1_000  # HubSpot: records of a list's page, records of a batch of associations
#: Association types of deals that no list brings along whole: companies and contacts.
ASSOCIATIONS = 2


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--crm", choices=("salesforce", "hubspot"), default="salesforce")
    parser.add_argument("--deals", type=int, default=20_000)
    said = parser.parse_args()
    ours, theirs = multiprocessing.Pipe()
    with tempfile.TemporaryDirectory() as state:
        crm = multiprocessing.get_context("spawn").Process(
            target=_serve, args=(theirs, said.crm, said.deals, state), daemon=True
        )
        crm.start()
        variables, seconds, counts = ours.recv()
        print(f"{said.crm}: {said.deals:,} deals, made up and loaded in {seconds:,.1f} s")
        _measure(said.crm, variables, counts, Path(state))
        ours.send("stop")
        crm.join(10)


def _measure(crm: str, variables: Mapping[str, str], counts: Counter[str], state: Path) -> None:
    told = {name.lower(): value for name, value in variables.items()}
    environment = Environment.model_validate({"followthrough_crm": crm, **told})
    settings = load_settings(CONFIG, state, environment)
    watch, mirror = Watch(), Mirror.open(state / "mirror.duckdb")
    before = _peak()
    connector = open_connector(settings.crm_settings(), stop=threading.Event())
    try:
        identity = connector.identity()
        mirror.belongs_to(identity, connector.crm)
        calls = _calls_by_feed(connector)
        now = identity.server_now
        pulled = watch("pull", lambda: pull(connector, mirror, now, lambda feed, rows: None))
        whole = connector.usage().calls
    finally:
        connector.close()
        mirror.close()
    print(f"{'feed':24}{'rows':>12}{'API calls':>11}")
    for feed in pulled.feeds:
        print(f"{feed.feed:24}{feed.rows:>12,}{calls[feed.feed]:>11,}")
    rows = sum(feed.rows for feed in pulled.feeds)
    took = watch.seconds["pull"]
    print(f"{rows:,} rows in {took:,.1f} s: {rows / took:,.0f} rows/s, {whole:,} calls in all")
    if crm == "hubspot":
        least = _least(counts)
        print(f"the least the API allows: {least:,} calls; ours are {whole / least:.2f} of it")
    print(f"worker, peak memory: {_peak():,.0f} MB, {before:,.0f} MB before the pull")


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _least(counts: Counter[str]) -> int:
    """A page for each hundred records of a type, a batch for each thousand deals and type."""
    pages = sum(math.ceil(rows / PAGE) for rows in counts.values())
    return pages + ASSOCIATIONS * math.ceil(counts["deals"] / BATCH)


# -- the CRM, in a process of its own --------------------------------------------------------


def _serve(pipe: Connection, crm: str, deals: int, directory: str) -> None:
    from connectors.simulator.company import DIALECTS, company
    from connectors.simulator.generator.filling import fill
    from connectors.simulator.server import Simulator

    watch = Watch()
    made = company(crm, lambda: NOW, path=Path(directory) / "crm.sqlite", story=False)
    watch("fill", lambda: sum(1 for _ in fill(made, seed=SEED, size=deals, now=NOW)))
    counts: Counter[str] = Counter()
    if crm == "hubspot":
        # At HubSpot's own pace nothing of ours would be measured.
        made.burst = made.association_burst = made.search_rate = 10_000
        found = made.store.rows("SELECT kind, count(*) AS n FROM record GROUP BY kind")
        counts.update({str(row["kind"]): int(row["n"] or 0) for row in found})
    with Simulator(made) as simulator:
        variables: Any = DIALECTS[crm].variables(made, simulator.base_url)
        pipe.send((variables, watch.seconds["fill"], counts))
        pipe.recv()


if __name__ == "__main__":
    main()
