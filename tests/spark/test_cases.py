"""Every case of every shipped rule on both engines: the verdicts are the same, row by row."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from rules.checked import Rule
from rules.compile import compile_rule
from rules.evaluate import judge, lay_facts, prepare
from rules.load import load
from rules.testing import World, bench, lay_out
from tests.spark.engines import Row, bound, rows
from worker import rule_files
from worker.handover import write_handover
from worker.mirror import Mirror
from worker.spark import open_handover

LOADED, PROBLEMS = load([], shipped=rule_files.shipped())
RULES = {rule.id: rule for rule in LOADED.shipped}


def test_the_pack_can_be_read() -> None:
    """Without rules nothing would be compared."""
    assert PROBLEMS == []
    assert RULES


@pytest.mark.parametrize("name", RULES)
def test_the_same_verdicts_at_every_moment(name: str, session: Any, tmp_path: Path) -> None:
    """All cases of a rule stand in one mirror and are judged at each moment a case names."""
    rule, mirrors = RULES[name], []

    def new_mirror(streams: Mapping[str, pa.Table]) -> Any:
        mirrors.append(bound(Mirror.of(streams)))
        return mirrors[-1].connection

    world = lay_out(rule, rule.cases, bench(new_mirror))
    spark = open_handover(
        session, write_handover(mirrors[0], world.org, tmp_path, world.moments[-1])
    )
    prepare(spark, world.org, world.moments[-1], [rule])
    ours = _verdicts(rule, world, world.connection)
    assert _verdicts(rule, world, spark) == ours
    assert {row["fires"] is True for some in ours.values() for row in some} == {True, False}
    spark.close()
    mirrors[0].close()


def _verdicts(rule: Rule, world: World, connection: Any) -> dict[str, list[Row]]:
    """Return what the rule says of every record at every moment."""
    compiled, found = compile_rule(rule), {}
    for moment in world.moments:
        lay_facts(connection, [compiled], moment)
        table = judge(connection, compiled, world.org, moment)
        found[str(moment)] = rows(connection, f"SELECT * FROM {table}")
    return found
