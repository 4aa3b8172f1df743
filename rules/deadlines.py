"""Deadlines as SQL: `start + length` in business or calendar time, found by two joins.

The calendar tables are those of `workdays`; a deadline may have another length by a word or the
size of the record. A window looks the other way: since when is `length` ago, for each calendar.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from rules.calendars import CALENDAR_DAYS
from rules.checked import ByAmount, ByWord, Limit, Op, Test
from rules.lengths import Length, Unit
from rules.predicates import literal
from rules.vocabulary import FieldWord, Kind


@dataclass(frozen=True)
class Deadline:
    """One moment per record: `start` plus a length that may depend on the record."""

    name: str
    start: str  # SQL over `scope s`, a moment
    limit: Limit
    turns: bool = True  # a verdict may change at it; else it moves with the moment of judgement
    sooner: Deadline | None = None  # of both, what comes first; this one may have no start


def begun(deadline: Deadline, compared: str) -> str:
    """Return whether a deadline's clock has begun, and its moment compares so."""
    return f"({deadline.start} IS NOT NULL AND {compared} {deadline.name}.moment)"


def deadline_tables(one: Deadline) -> list[str]:
    """Three tables: where the clock starts, the business second it ends at, and that moment."""
    name = one.name
    if one.sooner is not None:
        usual = replace(one, name=f"{name}_usual", sooner=None)
        first = f"""{name} AS (
    SELECT u.key, least(u.moment, f.moment) AS moment
    FROM {usual.name} u LEFT JOIN {one.sooner.name} f ON f.key = u.key
)"""
        return [*deadline_tables(usual), *deadline_tables(one.sooner), first]
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


def window_table(name: str, length: Length) -> str:
    """One moment per calendar: what happened after it happened less than `length` ago.

    It is the latest moment from which the whole length has passed by now; business time that ends
    with a working day begins again at the next opening, as in `calendars`. Only while a clock is
    changed, in the hour it shows twice or has just skipped, it may be off by that hour.
    """
    business, span, elapsed = _business(length), _calendar(length), _elapsed(length)
    if business is None:
        local = "timezone(c.zone, timezone(c.zone, $as_of) - "
        begins = f"{local}{span})" if span else f"$as_of - {elapsed}"
        return f"{name} AS (SELECT c.calendar, {begins} AS begins_at FROM calendars c)"
    seconds = business.replace("s.", "c.")
    return f"""{name}_target AS (
    SELECT c.calendar, c.hours, c.zone, c.opens_second, c.day_seconds,
        b.ordinal * c.day_seconds - {seconds} + CASE WHEN b.working THEN
        least(greatest(
            CAST(floor(epoch(timezone(c.zone, $as_of) - b.day)) AS BIGINT) - c.opens_second,
            0), c.day_seconds) ELSE 0 END AS target
    FROM calendars c JOIN calendar_days b
    ON b.hours = c.hours AND b.day = CAST(timezone(c.zone, $as_of) AS DATE)
), {name} AS (
    SELECT t.calendar, timezone(t.zone, CAST(e.day AS TIMESTAMP)
        + to_seconds(t.opens_second + t.target - e.ordinal * t.day_seconds)) AS begins_at
    FROM {name}_target t JOIN calendar_days e
    ON e.hours = t.hours AND e.working AND e.ordinal = t.target // t.day_seconds
)"""


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
    """Return the part of a limit that `sql` can say, per record; NULL where there is none."""
    empty = "CAST(NULL AS BIGINT)" if sql is _business else "CAST(NULL AS INTERVAL)"
    if isinstance(limit, Length):
        return sql(limit) or empty
    cases = "".join(
        f" WHEN {case} THEN {said}"
        for case, length in cases_of(limit)
        if isinstance(length, Length) and (said := sql(length)) is not None
    )
    return f"CASE{cases} ELSE {empty} END" if cases else empty


def cases_of(limit: ByWord | ByAmount) -> list[tuple[str, object]]:
    """Return each row of a table with the condition under which it is a record's."""
    column = limit.word.column("s")
    if isinstance(limit, ByWord):
        return [(f"{column} = {literal(word)}", value) for word, value in limit.rows.items()]
    bounds = sorted(limit.rows, reverse=True)
    return [(f"coalesce({column}, 0) >= {literal(bound)}", limit.rows[bound]) for bound in bounds]


def has_limit(limit: Limit) -> str | None:
    """Return the condition under which a record has a limit at all; None: always."""
    if isinstance(limit, Length):
        return None
    return " OR ".join(f"coalesce({case}, FALSE)" for case, _ in cases_of(limit)) or "FALSE"


TIME_TESTS: Final = frozenset({Op.OLDER_THAN, Op.NEWER_THAN})


def limit_of(test: Test) -> Limit:
    """Return what `older_than` or `newer_than` compares with."""
    assert isinstance(test.value, (Length, ByWord, ByAmount))
    return test.value


def moment_of(word: FieldWord, table: str = "s", zone: str = "s.zone") -> str:
    """Return a field of a row as a moment; a day begins at midnight in the zone of the owner."""
    column = word.column(table)
    if word.kind is Kind.DATE:
        return f"timezone({zone}, CAST({column} AS TIMESTAMP))"
    return column
