"""The rules' SQL in Spark's words; that both answer alike is proved in tests/spark."""

from __future__ import annotations

import pytest
import sqlglot
from sqlglot import exp

from rules.dialects import NotPortable, spark_sql


def said(expression: str) -> str:
    """Translate one expression over a table."""
    return spark_sql(f"SELECT {expression} AS x FROM t").query.removeprefix("SELECT ")


def test_a_moment_is_shown_on_a_clock() -> None:
    """A column is a moment; `timezone` then makes a wall-clock time of it."""
    assert said("timezone(zone, at)") == "FROM_UTC_TIMESTAMP(at, zone) AS x FROM t"


@pytest.mark.parametrize(
    "local",
    [
        "CAST(at AS TIMESTAMP)",
        "day",
        "close_date + INTERVAL 17 HOUR",
        "timezone(zone, at) + INTERVAL 1 DAY",
        "date_trunc('week', CAST(timezone(zone, at) AS TIMESTAMP))",
        "coalesce(CAST(a AS DATE), b)",
        "CASE WHEN a THEN CAST(b AS TIMESTAMP) END",
    ],
)
def test_a_clock_is_read_as_a_moment(local: str) -> None:
    """What is written as a wall-clock time is turned back into the moment it means."""
    assert said(f"timezone(zone, {local})").startswith("GREATEST(TO_UTC_TIMESTAMP(")


def test_both_timestamps_become_one() -> None:
    """A session in UTC reads a wall clock as a moment; there is no third type."""
    text = said("CAST(a AS TIMESTAMP), CAST(b AS TIMESTAMPTZ), CAST(NULL AS INTERVAL)")
    assert "_NTZ" not in text
    assert "AS INTERVAL" not in text


def test_the_nth_latest() -> None:
    """A list of the n greatest keeps its filter; an n-th that is not there is nothing."""
    text = said("list_extract(max(at, 3) FILTER (WHERE good), 3)")
    assert "COLLECT_LIST(at) FILTER(WHERE good)" in text
    assert text.startswith("GET(SLICE(SORT_ARRAY(")


def test_a_star_without_some_columns() -> None:
    """Spark has EXCEPT, but no REPLACE."""
    assert said("d.* REPLACE (a AS c), b").startswith("d.* EXCEPT (c), a AS c, b")


def test_a_division_is_one_of_floating_numbers() -> None:
    """DuckDB divides decimals so; Spark would keep them decimals."""
    assert said("a / b") == "CAST(a AS DOUBLE) / CAST(b AS DOUBLE) AS x FROM t"


def test_texts_stay_what_they_are() -> None:
    """Quotes and backslashes in a rule's text mean themselves in both."""
    text = said(r"'O''Hara \n %'")
    literal = sqlglot.parse_one(f"SELECT {text}", dialect="spark").find(exp.Literal)
    assert literal is not None
    assert literal.this == r"O'Hara \n %"


def test_a_table_and_a_view() -> None:
    """A statement says what it makes; a plain question makes nothing."""
    table = spark_sql("CREATE OR REPLACE TEMP TABLE x AS SELECT 1 AS a")
    view = spark_sql("CREATE OR REPLACE TEMP VIEW y AS SELECT 1 AS a")
    assert (table.creates, table.kept, table.query) == ("x", True, "SELECT 1 AS a")
    assert (view.creates, view.kept) == ("y", False)
    assert spark_sql("SELECT 1 AS a").creates is None


def test_a_part_read_twice_is_worked_out_once() -> None:
    """It becomes a table; a part read once stands inside; one nobody reads is gone."""
    done = spark_sql(
        "WITH a AS (SELECT 1 AS k), b AS MATERIALIZED (SELECT k FROM a), c AS (SELECT k FROM b), "
        "nobody AS (SELECT 2 AS k) SELECT * FROM b JOIN c ON c.k = b.k"
    )
    assert done.shared == {"b": "SELECT k FROM (SELECT 1 AS k) AS a"}
    assert done.query == "SELECT * FROM b JOIN (SELECT k FROM b) AS c ON c.k = b.k"


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("regexp_matches(a, 'x', 'i')", "regular expression"),
        ("l[1]", "index into a list"),
        ("list(a ORDER BY b)", "order inside an aggregate"),
        ("a AT TIME ZONE 'UTC'", "AT TIME ZONE"),
    ],
)
def test_what_would_answer_otherwise_is_refused(expression: str, why: str) -> None:
    """Rather an error here than another answer there."""
    with pytest.raises(NotPortable, match=why):
        said(expression)


def test_what_only_looks_alike_is_not_refused() -> None:
    """An order of rows, a window's and a field by its name are the same in both."""
    assert said("fields['a'], lag(a) OVER (PARTITION BY b ORDER BY c)")
    assert spark_sql("SELECT a FROM t ORDER BY a")


def test_all_refusals_come_at_once() -> None:
    """One run tells everything that stands in the way."""
    with pytest.raises(NotPortable, match=r"index into a list .* and regular expression"):
        said("l[1], regexp_matches(a, 'x')")


def test_only_questions_are_carried_over() -> None:
    """Nothing else of DuckDB's is meant to run elsewhere."""
    with pytest.raises(NotPortable, match="only questions"):
        spark_sql("DELETE FROM t")
