"""Every table that rules read, of a small generated company: the same rows on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bench.company import fill
from rules.coverage import lay_coverage, unjudgeable
from rules.evaluate import prepare
from rules.org import Coverage, Org
from rules.people import read_people
from rules.relations import RELATIONS, in_order
from rules.select import Connection
from tests.spark.engines import NOW, bound, rows
from worker.handover import write_handover
from worker.mirror import Mirror
from worker.spark import open_handover

ORG = Org(coverage=Coverage(captured=frozenset({"dana"})))
#: Laid by `prepare` before any rule asks; the others in the order in which they are built.
PREPARED = tuple(in_order(["deals_now"]))
TABLES = PREPARED + tuple(name for name in in_order(RELATIONS) if name not in PREPARED)

Engines = tuple[Connection, Connection]


@pytest.fixture(scope="module")
def engines(session: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """The company on both, with every table laid."""
    mirror = bound(Mirror.open(None))
    fill(mirror, deals=300, activities=3_000)
    handover = write_handover(mirror, ORG, tmp_path_factory.mktemp("out"), NOW)
    spark = open_handover(session, handover)
    for connection in (mirror.connection, spark):
        prepare(connection, ORG, NOW, ())
        for name in TABLES[len(PREPARED) :]:
            connection.execute(RELATIONS[name].statement(name))
    yield mirror.connection, spark
    spark.close()
    mirror.close()


@pytest.mark.parametrize("table", [*TABLES, "owner_calendars", "calendars"])
def test_the_same_rows(table: str, engines: Engines) -> None:
    """Keys, moments, lists, own fields: everything."""
    ours, theirs = (rows(connection, f"SELECT * FROM {table}") for connection in engines)
    assert theirs == ours


def test_the_company_is_not_empty(engines: Engines) -> None:
    """Two empty tables would be the same as well."""
    filled = [name for name in TABLES if rows(engines[0], f"SELECT * FROM {name} LIMIT 1")]
    assert len(filled) * 2 > len(TABLES)


def test_the_same_people(engines: Engines) -> None:
    """Who they are, and of whom too little is seen to judge them."""
    for connection in engines:
        lay_coverage(connection, ORG, NOW)
    assert read_people(engines[1], ORG) == read_people(engines[0], ORG)
    assert unjudgeable(engines[1]) == unjudgeable(engines[0]) != {}
