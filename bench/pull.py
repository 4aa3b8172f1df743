"""First loads at size, from the embedded CRM in a process of its own: rows/s, calls, peak memory.

Three ways, each at any size:

    python -m bench.pull --crm salesforce --deals 20000   # a generated company, told and stored
    python -m bench.pull --prepared --deals 1000000       # rows from a seeded generator
    python -m bench.pull --beside --deals 40000          # 200,000 tasks, beside simple-salesforce

The generated company has texts and histories as in life, but a million deals of it take the
simulator longer than the worker. Prepared rows are made as they are asked for, and everything the
worker does is whole: login, describe, counts, query jobs, locators, CSV, the mirror, the reading of
texts. Salesforce comes through Bulk API 2.0 where an object has more rows than `bulk_above`. For
HubSpot the prepared way counts calls, beside the fewest its API allows, and stores nothing. Figures
are of one run on one machine; the simulator takes its share of it.
"""

from __future__ import annotations

import argparse
import datetime as dt
import multiprocessing
import resource
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bench import prepared_org, prepared_portal
from bench.beside import beside
from bench.loop import CONFIG, _calls_by_feed
from bench.prepared_org import NOW
from bench.watch import Watch
from connectors.base import Connector, Window
from connectors.open import CrmSettings, open_connector
from worker.environment import Environment
from worker.mirror import Mirror
from worker.pull import pull
from worker.reading import Reading, reading_of
from worker.settings import Settings, load_settings
from worker.texts import Keep, TextKept

SEED = 7
#: `read`: as usual. `unread`: bodies come and are made into columns, and nobody reads them.
#: `off`: with the setting `text: off`, by which bodies are not asked for.
TEXTS = ("read", "unread", "off")
ROUNDS = 3


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--crm", choices=("salesforce", "hubspot"), default="salesforce")
    parser.add_argument("--deals", type=int, default=20_000)
    parser.add_argument("--prepared", action="store_true")
    parser.add_argument("--beside", action="store_true")
    parser.add_argument("--texts", choices=TEXTS, default="read")
    said = parser.parse_args()
    if said.beside:
        run_beside(said.deals, ROUNDS)
    elif said.prepared and said.crm == "hubspot":
        count_calls(said.deals)
    elif said.prepared:
        load_prepared(said.deals, texts=said.texts)
    else:
        load_generated(said.crm, said.deals)


def load_generated(crm: str, deals: int) -> None:
    """Print what a first load of a generated company takes."""
    with tempfile.TemporaryDirectory() as state, served(_serve, crm, deals, state) as told:
        variables, seconds, counts = told
        print(f"{crm}: {deals:,} deals, made up and loaded in {seconds:,.1f} s")
        calls = _measure(_settings(crm, variables, Path(state))).calls
        if crm == "hubspot":
            _beside_the_least(calls, prepared_portal.least(counts))


def load_prepared(deals: int, *, texts: str = "read", bulk_above: int | None = None) -> int:
    """Print what a first load of prepared rows takes; return how many rows came.

    `bulk_above` is the connector's own unless a small company shall come by query jobs, too.
    """
    with (
        tempfile.TemporaryDirectory() as state,
        served(prepared_org.serve, deals, False) as variables,
    ):
        held = prepared_org.activities(deals)
        print(f"salesforce: {deals:,} deals, {held:,} activities, prepared; texts: {texts}")
        settings = _settings("salesforce", variables, Path(state))
        return sum(_measure(settings, texts, bulk_above).rows.values())


def run_beside(deals: int, rounds: int) -> bool:
    """Print our bulk path beside simple-salesforce; tell whether both gave the same table."""
    with (
        tempfile.TemporaryDirectory() as state,
        served(prepared_org.serve, deals, True) as variables,
    ):
        settings = _settings("salesforce", variables, Path(state))
        return beside(settings.crm_settings(), rounds)


def count_calls(deals: int) -> tuple[int, int]:
    """Print and return the calls of HubSpot's first load, and the fewest there can be."""
    with (
        tempfile.TemporaryDirectory() as state,
        served(prepared_portal.serve, deals) as variables,
    ):
        settings = _settings("hubspot", variables, Path(state)).crm_settings()
        print(
            f"hubspot: {deals:,} deals, {prepared_portal.activities(deals):,} activities, prepared"
        )
        with opened(settings) as connector:
            calls = _calls_by_feed(connector)
            watch = Watch()
            rows = watch("pull", lambda: _drained(connector))
            whole = connector.usage().calls
    _by_feed(rows, calls)
    fewest = prepared_portal.least(prepared_portal.counts(deals))
    print(f"{sum(rows.values()):,} rows, {whole:,} calls in all; not stored")
    print(*watch.lines(), sep="\n")
    _beside_the_least(whole, fewest)
    return whole, fewest


def _drained(connector: Connector) -> Counter[str]:
    """Read every feed from the beginning; rows by feed."""
    rows: Counter[str] = Counter()
    until = connector.identity().server_now
    connector.blind_spots()
    connector.stages()
    for feed in [one for one in connector.feeds() if not one.repairs]:
        for batch in connector.pull(feed.name, Window(since=None, until=until - feed.settle)):
            rows[feed.name] += batch.rows.num_rows
    return rows


def _beside_the_least(calls: int, fewest: int) -> None:
    print(f"the fewest calls the API allows: {fewest:,}; ours are {calls / fewest:.3f} of it")


def _settings(crm: str, variables: Mapping[str, str], state: Path) -> Settings:
    told = {name.lower(): value for name, value in variables.items()}
    environment = Environment.model_validate({"followthrough_crm": crm, **told})
    return load_settings(CONFIG, state, environment)


@contextmanager
def opened(settings: CrmSettings) -> Iterator[Connector]:
    """A connector, closed in the end."""
    connector = open_connector(settings, stop=threading.Event())
    try:
        yield connector
    finally:
        connector.close()


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """What a first load brought, and what it took."""

    rows: Counter[str]  # by feed
    calls: int


def _reading(settings: Settings, texts: str, now: dt.datetime) -> Reading:
    """How bodies are read; where they are not, as if none were kept."""
    reading = reading_of(settings, now)
    return reading if texts == "read" else replace(reading, kept=TextKept(keep=Keep.OFF))


def _measure(settings: Settings, texts: str = "read", bulk_above: int | None = None) -> Loaded:
    """Load into a mirror and print."""
    crm = settings.crm_settings().model_copy(update={"texts": texts != "off"})
    if bulk_above is not None:
        crm = crm.model_copy(update={"bulk_above": bulk_above})
    watch, mirror = Watch(), Mirror.open(settings.state / "mirror.duckdb")
    before = _peak()
    with opened(crm) as connector:
        identity = connector.identity()
        mirror.belongs_to(identity, connector.crm)
        mirror.reading = _reading(settings, texts, identity.server_now)
        calls = _calls_by_feed(connector)
        now = identity.server_now
        pulled = watch("pull", lambda: pull(connector, mirror, now, lambda feed, rows: None))
        whole = connector.usage().calls
        mirror.close()
    rows = Counter({feed.feed: feed.rows for feed in pulled.feeds})
    _by_feed(rows, calls)
    for left in pulled.left:
        print(f"NOT read: {left.what}: {left.why}")
    took, spent = watch.seconds["pull"], watch.processor["pull"]
    every = sum(rows.values())
    print(f"{every:,} rows in {took:,.1f} s: {every / took:,.0f} rows/s, {whole:,} calls in all")
    print(f"{spent:,.1f} s of processors: {every / spent:,.0f} rows to each")
    print(f"worker, peak memory: {_peak():,.0f} MB, {before:,.0f} MB before the pull")
    print(f"mirror on disk: {_megabytes(settings.state):,.0f} MB")
    return Loaded(rows=rows, calls=whole)


def _by_feed(rows: Counter[str], calls: Counter[str]) -> None:
    print(f"{'feed':24}{'rows':>12}{'API calls':>11}")
    for feed in dict.fromkeys((*rows, *calls)):
        print(f"{feed:24}{rows[feed]:>12,}{calls[feed]:>11,}")


def _megabytes(state: Path) -> float:
    return sum(path.stat().st_size for path in state.glob("mirror.duckdb*")) / 1e6


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


# -- the CRM, in a process of its own --------------------------------------------------------


@contextmanager
def served(serve: Callable[..., None], *said: Any) -> Iterator[Any]:
    """Serve a CRM in another process meanwhile; what it says of itself first."""
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    crm = context.Process(target=serve, args=(theirs, *said), daemon=True)
    crm.start()
    try:
        yield ours.recv()
    finally:
        ours.send("stop")
        crm.join(10)


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
