"""Clocks on both engines: hours that come twice, hours that are skipped, spans, boundaries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest

from rules.select import Connection
from tests.spark.engines import Row, rows
from worker.mirror import Mirror
from worker.spark import SparkConnection

#: One with an hour's change, one with half an hour's, one of quarters without, one of the south.
ZONES = (
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "America/Santiago",
    "America/New_York",
    "UTC",
)
#: Around both changes of 2026 in the north and in the south, every ten minutes.
DAYS = ("2026-03-08", "2026-03-29", "2026-04-05", "2026-09-06", "2026-10-04", "2026-10-25")
EVERY = dt.timedelta(minutes=10)

Engines = tuple[Connection, Connection]


@pytest.fixture(scope="module")
def engines(session: Any) -> Iterator[Engines]:
    """A table of moments, clocks, texts and numbers on both."""
    mirror, spark = Mirror.open(None), SparkConnection(session)
    for connection in (mirror.connection, spark):
        connection.register("t", _table())
    yield mirror.connection, spark
    spark.close()
    mirror.close()


def _table() -> pa.Table:
    starts = [dt.datetime.fromisoformat(f"{day} 00:00+00:00") for day in DAYS]
    moments = [start + n * EVERY for start in starts for n in range(-72, 216)]
    found = [
        {
            "id": f"{zone} {moment}",
            "key": number * 2**63 + number,
            "zone": zone,
            "moment": moment + dt.timedelta(microseconds=number),
            "clock": str(moment.replace(tzinfo=None)),
            "day": moment.date(),
            "n": number,
            "words": ["promise", "check_in"] if number else [],
            "fields": {"Size__c": "12.50"} if number else None,
        }
        for zone in ZONES
        for number, moment in ((n % 2, m) for n, m in enumerate(moments))
    ]
    schema = pa.schema(
        [
            ("id", pa.string()),
            ("key", pa.uint64()),
            ("zone", pa.string()),
            ("moment", pa.timestamp("us", tz="UTC")),
            ("clock", pa.string()),
            ("day", pa.date32()),
            ("n", pa.int64()),
            ("words", pa.list_(pa.string())),
            ("fields", pa.map_(pa.string(), pa.string())),
        ]
    )
    return pa.Table.from_pylist(found, schema=schema)


EXPRESSIONS = {
    "a clock as a moment": "timezone(zone, CAST(clock AS TIMESTAMP))",
    "a moment on a clock": "CAST(timezone(zone, moment) AS DATE)",
    "the same time some days on": "timezone(zone, timezone(zone, moment) + INTERVAL 7 DAY)",
    "and back": "timezone(zone, timezone(zone, moment) - INTERVAL 1 DAY)",
    "hours are time that passed": "moment + INTERVAL 36 HOUR",
    "into the day": "CAST(floor(epoch(timezone(zone, moment) - day)) AS BIGINT)",
    "seconds after midnight": "timezone(zone, CAST(day AS TIMESTAMP) + to_seconds(7200 + n))",
    "from Monday": "timezone(zone, date_trunc('week', CAST(timezone(zone, moment) AS TIMESTAMP)))",
    "a span or none": "moment + CASE n WHEN 1 THEN INTERVAL 2 DAY ELSE CAST(NULL AS INTERVAL) END",
    "the later of some": "greatest(moment, NULL, timezone(zone, CAST(day AS TIMESTAMP)))",
    "division": "n / nullif(n - 1, 0)",
    "whole division": "(5 * n - 7) // 3",
    "any of the words": "list_has_any(words, ['promise', 'other'])",
    "one of the words": "list_contains(words, 'check_in')",
    "a field of the org": "TRY_CAST(fields['Size__c'] AS DECIMAL(20, 4))",
    "a field nobody filled": "TRY_CAST(fields['Other__c'] AS DATE)",
    "a key": "key",
}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_both_say_the_same(name: str, engines: Engines) -> None:
    """For every zone and every ten minutes around the changes of the clocks."""
    column = "x_key" if name == "a key" else "x"
    ours, theirs = _both(f"SELECT id, {EXPRESSIONS[name]} AS {column} FROM t", engines)
    assert ours == theirs
    assert len({str(row[column]) for row in ours}) > 1 or name == "a field nobody filled"


@pytest.mark.parametrize(
    "aggregate",
    [
        "list_extract(max(moment, 3) FILTER (WHERE n = 1), 3)",
        "list_extract(max(moment, 3) FILTER (WHERE n = 2), 3)",
        "arg_max(id, (n = 1, moment))",
        "count(DISTINCT day) FILTER (WHERE n = 1)",
    ],
)
def test_both_count_the_same(aggregate: str, engines: Engines) -> None:
    """The n-th latest, the one with the greatest, how many."""
    ours, theirs = _both(f"SELECT zone, {aggregate} AS x FROM t GROUP BY zone", engines)
    assert ours == theirs
    assert len(ours) == len(ZONES)


def _both(query: str, engines: Engines) -> tuple[list[Row], list[Row]]:
    return rows(engines[0], query), rows(engines[1], query)
