"""A generated company of 200,000 deals on both engines: the same verdicts, record by record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from bench.company import NOW, fill
from rules import select
from rules.evaluate import Evaluation, evaluate, prepare
from rules.load import load
from rules.org import Org
from tests.spark.engines import bound
from worker import rule_files
from worker.handover import write_handover
from worker.mirror import Mirror
from worker.spark import evaluate_on_spark

DEALS = 200_000
ACTIVITIES = 2_000_000
LOADED, _ = load([], shipped=rule_files.shipped())


@pytest.fixture(scope="module")
def company(tmp_path_factory: Any) -> Iterator[Mirror]:
    """The company, in a mirror of its own."""
    mirror = bound(Mirror.open(tmp_path_factory.mktemp("company") / "mirror.duckdb", memory="2GB"))
    fill(mirror, deals=DEALS, activities=ACTIVITIES)
    yield mirror
    mirror.close()


def test_the_same_verdicts_of_every_record(company: Mirror, tmp_path: Path) -> None:
    """All shipped rules at once; moments, keys and all."""
    org, rules = Org(), LOADED.shipped
    handover = write_handover(company, org, tmp_path, NOW)
    prepare(company.connection, org, NOW, rules)
    ours = evaluate(
        company.connection,
        rules,
        org,
        complete_until=company.complete_until(),
        blind_spots=(),
        now=NOW,
    )
    with evaluate_on_spark(rules, handover.directory, "local[2]") as theirs:
        assert theirs.judged == ours.judged == tuple(rule.id for rule in rules)
        fired = [rule for rule in ours.judged if _fires(rule, ours, theirs)]
    assert len(fired) > 1


def _fires(rule: str, ours: Evaluation, theirs: Evaluation) -> bool:
    """Compare the verdicts of a rule; tell whether it fires for anybody."""
    here, there = _verdicts(rule, ours), _verdicts(rule, theirs)
    assert there.num_rows == here.num_rows, rule
    pairs = zip(here.to_pylist(), there.to_pylist(), strict=True)
    differing = [pair for pair in pairs if pair[0] != pair[1]]
    assert not differing, (rule, len(differing), differing[:3])
    return True in here["fires"].to_pylist()


def _verdicts(rule: str, of: Evaluation) -> pa.Table:
    query = f"SELECT * FROM {of.tables[rule]} ORDER BY record"
    return select.arrow(of.connection, query)
