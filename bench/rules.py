"""Rules at size: a full pass, what changes cost, and the same rules in other engines beside it.

A company is generated straight into a mirror; nothing is pulled. Each rule is judged at one moment.
Figures are of one run on one machine; compare them only with each other. Run it as a module, so
that the folder of this file does not stand before the package `rules`:

    python -m bench.rules --deals 1000000 --activities 10000000
    python -m bench.rules --only beside

With `beside`, three rules are also judged by a plain Python loop, zen-engine and business-rules
(`requirements-bench.lock`), over the same mirror. Another set of deals anywhere ends it with 1.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pyarrow as pa

from bench.changes import CHANGES
from bench.company import NOW, fill
from bench.contenders import ENGINES, RULES, findings
from bench.records import records
from bench.watch import Watch
from connectors.base import Batch
from connectors.model import STREAMS
from rules import select
from rules.checked import Rule
from rules.compile import compile_rule
from rules.evaluate import Evaluation, Org, evaluate, lay_facts, prepare
from rules.evaluate import judge as evaluate_one
from rules.keeping import Kept, evaluate_kept
from rules.load import load
from rules.select import transaction
from rules.signals.read import read_activities
from rules.signals.words.lexicon import shipped_lexicon
from worker import rule_files
from worker.mirror import Mirror

MEMORY: Final = "400MB"
ROUNDS: Final = 3
OURS: Final = "followthrough"
PACKAGES: Final = {"zen-engine": "zen", "business-rules": "business_rules"}


def main() -> int:
    """Measure and print; return 1 when two engines disagree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deals", type=int, default=1_000_000)
    parser.add_argument("--activities", type=int, default=10_000_000)
    parser.add_argument("--beside-deals", type=int, default=200_000)
    parser.add_argument("--beside-activities", type=int, default=2_000_000)
    parser.add_argument("--only", choices=["pass", "beside"])
    said = parser.parse_args()
    rules, problems = load([], shipped=rule_files.shipped())
    assert not problems, problems
    agreed = True
    if said.only != "pass":
        with _company(said.beside_deals, said.beside_activities) as mirror:
            agreed = beside(mirror, rules.shipped)
    if said.only != "beside":
        with _company(said.deals, said.activities) as mirror:
            full_pass(mirror, rules.shipped)
    return 0 if agreed else 1


@contextmanager
def _company(deals: int, activities: int) -> Iterator[Mirror]:
    """Generate a mirror in a file of its own, and open it as the worker does."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mirror.duckdb"
        start = time.perf_counter()
        with _opened(path, "4GB") as mirror:
            fill(mirror, deals=deals, activities=activities)
        took = time.perf_counter() - start
        print(f"\n{deals:,} deals, {activities:,} activities", end=" ")
        print(f"(generated in {took:.0f} s, {path.stat().st_size / 1e6:,.0f} MB)\n")
        with _opened(path, MEMORY) as mirror:
            yield mirror


@contextmanager
def _opened(path: Path, memory: str) -> Iterator[Mirror]:
    mirror = Mirror.open(path, memory=memory)
    try:
        yield mirror
    finally:
        mirror.close()


# -- a full pass -----------------------------------------------------------------------------


def full_pass(mirror: Mirror, rules: Sequence[Rule]) -> None:
    """Print what is kept costs once, what a full pass costs, and what 10,000 changed deals do."""
    connection, watch = mirror.connection, Watch()
    watch("kept tables, once", lambda: prepare(connection, Org(), NOW, rules))
    watch("tables of a pass", lambda: prepare(connection, Org(), NOW, rules))
    compiled = [compile_rule(rule) for rule in rules]
    watch("facts of all rules", lambda: lay_facts(connection, compiled, NOW))
    fires = {}
    for number, one in enumerate(compiled):
        table = watch(
            one.rule.id, lambda o=one, n=number: evaluate_one(connection, o, Org(), NOW, n)
        )
        sql = f"SELECT count(*) AS n FROM {table} WHERE fires"
        fires[one.rule.id] = select.rows(connection, sql)[0]["n"]
    for line, name in zip(watch.lines(), watch.seconds, strict=True):
        print(f"{line}{fires.get(name, ''):>12}")
    changed_pass(mirror, rules, minute=1)
    print("\nthe rules for deals alone:")
    changed_pass(mirror, [rule for rule in rules if rule.subject == "deal"], minute=101)
    print(f"{'columns of text in the mirror':32}{_texts(mirror):>9}")
    print(f"{'peak memory':32}{_peak():>9,.0f} MB   (memory_limit={MEMORY})")
    print(f"{'load of the machine':32}{os.getloadavg()[0]:>9.1f}")


def changed_pass(mirror: Mirror, rules: Sequence[Rule], minute: int) -> None:
    """Print what a pass costs in which nothing changed, and passes with 10,000 changed deals.

    A pass is of the moment of the one before, in which nothing has come to pass and no clock has
    run out, or a minute later; of several of a kind, the fewest seconds. Texts are read while their
    records are stored; what that takes is measured once more by itself.
    """
    connection, watch, now = mirror.connection, Watch(), NOW
    watch("kept verdicts, once", lambda: _kept(mirror, rules, NOW))
    for _ in range(ROUNDS):
        for kind, change in CHANGES.items():
            for when in ("at once", "a minute later"):
                minute += 1
                now = now if when == "at once" else NOW + dt.timedelta(minutes=minute)
                name, batches = f"{kind}, {when}", change(mirror, minute)
                watch(f"{kind}: store", lambda b=batches: _stored(mirror, b))
                _read(batches, watch, f"{kind}: of that, texts read")
                known = _passed(mirror, rules, now, watch, name)
                watch(
                    f"{name}: the file takes the log in", lambda: connection.execute("CHECKPOINT")
                )
                print(f"{name}: {known.records:,} verdicts worked out")
        _passed(mirror, rules, now, watch, "no news, at once")
        minute += 1
        now = NOW + dt.timedelta(minutes=minute)
        known = _passed(mirror, rules, now, watch, "no news, a minute later")
        print(f"no news, a minute later: {known.records:,} verdicts worked out")
    print(*watch.lines(), sep="\n")


def _passed(
    mirror: Mirror, rules: Sequence[Rule], now: dt.datetime, watch: Watch, name: str
) -> Kept:
    watch(f"{name}: tables", lambda: prepare(mirror.connection, Org(), now, rules))
    known: Kept = watch(f"{name}: judge", lambda: _kept(mirror, rules, now))
    return known


def _read(batches: Sequence[Batch], watch: Watch, name: str) -> None:
    lexicon = shipped_lexicon()
    for rows in (one.rows for one in batches if one.stream == "activities"):
        table = pa.Table.from_batches([rows])
        watch(name, lambda t=table: read_activities(t, lexicon))


def _kept(mirror: Mirror, rules: Sequence[Rule], now: dt.datetime) -> Kept:
    complete = dict.fromkeys(STREAMS, now)
    return evaluate_kept(
        mirror.connection, rules, Org(), complete_until=complete, blind_spots=(), now=now
    )


def _stored(mirror: Mirror, batches: Sequence[Batch]) -> None:
    with transaction(mirror.connection):
        for batch in batches:
            mirror.store(batch)


def _texts(mirror: Mirror) -> int:
    """Count what could be scanned for words: texts and subjects of activities."""
    sql = (
        "SELECT count(*) AS n FROM duckdb_columns() "
        "WHERE NOT internal AND column_name IN ('text', 'subject', 'body')"
    )
    return int(select.rows(mirror.connection, sql)[0]["n"])


def _judged(mirror: Mirror, rules: Sequence[Rule]) -> Evaluation:
    return evaluate(
        mirror.connection,
        rules,
        Org(),
        complete_until=dict.fromkeys(STREAMS, NOW),
        blind_spots=(),
        now=NOW,
    )


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


# -- other engines beside it -----------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Result:
    """What one engine found, and what it took."""

    engine: str
    load: float  # seconds until the first rule can run
    seconds: dict[str, float]  # by rule
    found: dict[str, set[str]]  # ids of deals, by rule

    @property
    def total(self) -> float:
        return self.load + sum(self.seconds.values())


def beside(mirror: Mirror, rules: Sequence[Rule]) -> bool:
    """Judge the same rules by every engine; print ratios; tell whether all found the same."""
    compared = [rule for rule in rules if rule.id in RULES]
    for missing in sorted(set(RULES) - {rule.id for rule in compared}):
        print(f"{missing} is not in the pack: not compared")
    results = [_ours(mirror, compared), *_theirs(mirror, [rule.id for rule in compared])]
    size = mirror.count("deals") + mirror.count("activities")
    _print_results(results, size)
    return _agree(results)


def _ours(mirror: Mirror, rules: Sequence[Rule]) -> Result:
    watch = Watch()
    watch("load", lambda: prepare(mirror.connection, Org(), NOW, rules))
    found = {}
    for rule in rules:
        judged = watch(rule.id, lambda rule=rule: _judged(mirror, [rule]))
        found[rule.id] = {verdict.record_id for verdict in judged.firing(rule.id)}
    return Result(engine=OURS, load=watch.seconds.pop("load"), seconds=watch.seconds, found=found)


def _theirs(mirror: Mirror, rules: Sequence[str]) -> Iterator[Result]:
    """Judge by each engine that is installed; they share the records, and what making them took."""
    watch = Watch()
    rows = watch("load", lambda: records(mirror.connection, Org().zone))
    load, now = watch.seconds.pop("load"), int(NOW.timestamp())
    for name, engine in ENGINES.items():
        if name in PACKAGES and find_spec(PACKAGES[name]) is None:
            print(f"{name} is not installed: not compared (requirements-bench.lock)")
            continue
        watch.seconds = {}
        found = {
            rule: watch(rule, lambda e=engine, r=rule: findings(e, r, rows, now)) for rule in rules
        }
        yield Result(engine=name, load=load, seconds=watch.seconds, found=found)


def _print_results(results: Sequence[Result], size: int) -> None:
    rules = list(results[0].seconds)
    heads = ["load", *rules, "µs a record", "x"]
    print(f"{'seconds':20}" + "".join(f"{head:>20}" for head in heads))
    for one in results:
        told = [one.load, *one.seconds.values(), one.total / size * 1e6]
        told.append(one.total / results[0].total)
        print(f"{one.engine:20}" + "".join(f"{number:>20.2f}" for number in told))
    found = [f"{len(results[0].found[rule]):,}" for rule in rules]
    print(f"{'findings':20}{'':20}" + "".join(f"{number:>20}" for number in found))


def _agree(results: Sequence[Result]) -> bool:
    """Print every difference from our findings, with a few ids."""
    agreed = True
    for one in results[1:]:
        for rule, found in one.found.items():
            differs = sorted(found ^ results[0].found[rule])
            if differs:
                agreed = False
                print(f"{one.engine}: {rule} differs in {len(differs)} deals: {differs[:5]}")
    print("the same deals by every engine" if agreed else "THE ENGINES DISAGREE")
    return agreed


if __name__ == "__main__":
    sys.exit(main())
