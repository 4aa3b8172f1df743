"""A Spark session for each file of tests, in local mode; skipped where PySpark is absent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("pyspark", reason="PySpark is not installed: run `make spark`")

from worker.spark import spark_session

#: Many small queries: no compiling of each, one task each. Results are the same.
SMALL = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.default.parallelism": "1",
    "spark.driver.memory": "3g",
    "spark.log.level": "ERROR",
}


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    """A session on this machine alone."""
    with spark_session("local[2]", SMALL) as opened:
        yield opened
