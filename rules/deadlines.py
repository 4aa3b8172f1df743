"""Deadlines as SQL: `start + length` in business or calendar time, found by two joins.

The calendar tables are those of `calendars`; a deadline may have another length in each stage.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from rules.calendars import CALENDAR_DAYS
from rules.checked import Limit, Op, Test
from rules.lengths import Length, Unit
from rules.predicates import COLUMNS, DAYS_ONLY, literal


@dataclass(frozen=True)
class Deadline:
    """One moment per deal: `start` plus a length that may depend on the stage."""

    name: str
    start: str  # SQL over `scope s`, a moment
    limit: Limit


def begun(deadline: Deadline, compared: str) -> str:
    return f"({deadline.start} IS NOT NULL AND {compared} {deadline.name}.moment)"


def deadline_tables(one: Deadline) -> list[str]:
    """Three tables: where the clock starts, the business second it ends at, and that moment."""
    name = one.name
    return [
        f"""{name}_from AS (
    SELECT s.key, s.hours, s.zone, s.opens_second, s.day_seconds,
        greatest({one.start}, $horizon) AS start_at,
        {_amount(one.limit, _business)} AS seconds, {_amount(one.limit, _calendar)} AS span,
        {_amount(one.limit, _elapsed)} AS elapsed
    FROM scope s WHERE {one.start} IS NOT NULL
)""",
        f"""{name}_target AS (
    SELECT f.*, f.seconds + b.ordinal * f.day_seconds + CASE WHEN b.working THEN
        least(greatest(
            CAST(floor(epoch(timezone(f.zone, f.start_at) - b.day)) AS BIGINT) - f.opens_second,
            0), f.day_seconds) ELSE 0 END AS target
    FROM {name}_from f JOIN calendar_days b
    ON b.hours = f.hours AND b.day = CAST(timezone(f.zone, f.start_at) AS DATE)
)""",
        f"""{name} AS (
    SELECT t.key, coalesce(
        timezone(t.zone, CAST(e.day AS TIMESTAMP)
            + to_seconds(t.opens_second + t.target - e.ordinal * t.day_seconds)),
        timezone(t.zone, timezone(t.zone, t.start_at) + t.span),
        t.start_at + t.elapsed) AS moment
    FROM {name}_target t LEFT JOIN calendar_days e
    ON e.hours = t.hours AND e.working AND e.ordinal = (t.target - 1) // t.day_seconds
)""",
    ]


def _business(length: Length) -> str | None:
    if length.unit is Unit.BUSINESS_DAYS:
        return f"{length.amount} * s.day_seconds"
    if length.unit is Unit.BUSINESS_HOURS:
        return f"{length.amount * 3600}"
    return None


def _calendar(length: Length) -> str | None:
    if length.unit in CALENDAR_DAYS:
        return f"INTERVAL {CALENDAR_DAYS[length.unit] * length.amount} DAY"
    return None


def _elapsed(length: Length) -> str | None:
    return f"INTERVAL {length.amount} HOUR" if length.unit is Unit.HOURS else None


def _amount(limit: Limit, sql: Callable[[Length], str | None]) -> str:
    """Return the part of a limit that `sql` can say, per stage; NULL where there is none."""
    empty = "CAST(NULL AS BIGINT)" if sql is _business else "CAST(NULL AS INTERVAL)"
    if isinstance(limit, Length):
        return sql(limit) or empty
    cases = "".join(
        f" WHEN {literal(stage)} THEN {said}"
        for stage, length in limit.items()
        if (said := sql(length)) is not None
    )
    return f"CASE s.stage_word{cases} ELSE {empty} END" if cases else empty


TIME_TESTS: Final = frozenset({Op.OLDER_THAN, Op.NEWER_THAN})


def length_of(test: Test) -> Length:
    assert isinstance(test.value, Length)
    return test.value


def moment_of(field: str) -> str:
    column = f"s.{COLUMNS.get(field, field)}"
    return f"timezone(s.zone, CAST({column} AS TIMESTAMP))" if field in DAYS_ONLY else column
