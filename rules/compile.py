"""Compile a rule to one SELECT over the mirror. Builds statements; runs nothing.

The SELECT reads the tables that `evaluate.prepare` lays out (`deals_now`, `facts`, `calendars`,
`calendar_days`, `owner_calendars`) and returns one row a deal in scope:

    key         the deal's key in the mirror
    record      the deal's id in the CRM
    fires       TRUE opens a finding; NULL is unknown
    stands      FALSE ends a finding that is open: its duty, the first absence, is met or over.
                Later absences only hold a new one back; NULL is unknown
    next_check  the next moment at which time alone can change the verdict, or NULL
    anchor      the moment the duty began
    deadline    the moment it was due

`$as_of` is the moment of judgement, `$org_zone` the zone in which an admin's dates are meant,
`$horizon` the first moment the calendar tables know. Values of rules enter as literals made by
sqlglot, never as text.

Each time condition is a *deadline*: `start + length` in business or calendar time, found by two
joins to the calendar tables (measured choice: `engine.md` 1).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import sqlglot
from sqlglot import exp

from rules.calendars import CALENDAR_DAYS
from rules.checked import Absence, Clock, Limit, Op, Presence, Rule, Test, TouchPattern
from rules.lengths import Length, Unit
from rules.touches import GRADES

DEFAULT_HOURS: Final = "default"

#: A rule's word for a field -> the column of `deals_now`. Words not in here are columns themselves.
COLUMNS: Final[Mapping[str, str]] = {
    "account": "account_name",
    "owner": "owner_name",
    "stage": "stage_word",
}


@dataclass(frozen=True)
class Compiled:
    """A rule and its statement. `patterns` are the facts it reads, by column."""

    rule: Rule
    sql: str
    facts: Mapping[str, str]  # column of `facts` -> aggregate over `touches`
    parameters: frozenset[str]  # those of `as_of`, `horizon`, `org_zone` that the statement names


@dataclass(frozen=True)
class _Deadline:
    """One moment per deal: `start` plus a length that may depend on the stage."""

    name: str
    start: str  # SQL over `scope s`, a moment
    limit: Limit


def compile_rule(rule: Rule) -> Compiled:
    """Compile one checked rule."""
    facts = {_column(a.pattern): _latest(a.pattern, 1) for a in rule.absences}
    facts |= {_counted(p): _latest(p.pattern, p.at_least) for p in rule.presences}
    timed = [t for t in rule.where if t.op in _TIME_TESTS]
    plain = [t for t in rule.where if t.op not in _TIME_TESTS]
    absences = [_Deadline(f"absence_{i}", _start(a), a.limit) for i, a in enumerate(rule.absences)]
    windows = [
        (t.op, _Deadline(f"window_{i}", _moment(t.field), _length(t))) for i, t in enumerate(timed)
    ]
    windows += [  # "at least n in the last L": the n-th latest is newer than L
        (Op.NEWER_THAN, _Deadline(f"count_{i}", f"s.{_counted(p)}", p.in_last))
        for i, p in enumerate(rule.presences)
    ]
    text = _statement(rule, plain, windows, absences)
    tree = sqlglot.parse_one(text, dialect="duckdb")
    named = frozenset(str(one.this) for one in tree.find_all(exp.Placeholder))
    return Compiled(rule, tree.sql(dialect="duckdb"), facts, named)


def facts_sql(compiled: Sequence[Compiled]) -> str:
    """Return the statement that computes every fact of these rules in one pass over `touches`."""
    facts = {name: sql for one in compiled for name, sql in one.facts.items()}
    columns = "".join(f", {sql} AS {name}" for name, sql in facts.items())
    return (
        f"CREATE OR REPLACE TEMP TABLE facts AS SELECT deal_key{columns} "
        "FROM touches WHERE happened_at <= $as_of GROUP BY deal_key"
    )


# -- the statement ---------------------------------------------------------------------------


def _statement(
    rule: Rule,
    plain: Sequence[Test],
    windows: Sequence[tuple[Op, _Deadline]],
    absences: Sequence[_Deadline],
) -> str:
    deadlines = [*absences, *(window for _, window in windows)]
    tables = ",\n".join(sql for one in deadlines for sql in _deadline_tables(one))
    joins = "\n".join(f"LEFT JOIN {one.name} ON {one.name}.key = s.key" for one in deadlines)
    missing = [_missing(a, d) for a, d in zip(rule.absences, absences, strict=True)]
    open_ended = [_begun(w, "$as_of <") for op, w in windows if op is Op.NEWER_THAN]
    aged = [_begun(w, "$as_of >=") for op, w in windows if op is Op.OLDER_THAN]
    unmet = [
        f"NOT coalesce(s.{_column(a.pattern)} > {d.start}, FALSE)"
        for a, d in zip(rule.absences, absences, strict=True)
        if a.clock is Clock.AFTER
    ]
    waits = [
        *(f"{d.name}.moment" for d in absences),
        *(f"{w.name}.moment" for op, w in windows if op is Op.OLDER_THAN),
    ]
    ends = [f"{w.name}.moment" for op, w in windows if op is Op.NEWER_THAN]
    first = absences[0] if absences else windows[-len(rule.presences)][1]
    anchor = first.start
    deadline = f"{first.name}.moment" if absences else anchor  # what is counted is due at once
    fires = _all([*missing, *open_ended, *aged])
    stands = _all([*missing[:1], *open_ended, *aged])
    ripe = f"greatest({', '.join(waits)})" if waits else "CAST(NULL AS TIMESTAMPTZ)"
    end = f"least({', '.join(ends)})" if ends else "NULL"
    known = [f"{moment} IS NOT NULL" for moment in [*waits, *ends]]  # greatest() skips a null
    pending = _all([*unmet, *known, f"{ripe} > $as_of", *([f"{ripe} < {end}"] if ends else [])])
    return f"""WITH {_scope(rule, plain)},
{tables},
judged AS (
    SELECT s.key, s.id AS record, {fires} AS fires, {stands} AS stands, {pending} AS pending,
        {ripe} AS ripe, CAST({end} AS TIMESTAMPTZ) AS ends,
        {anchor} AS anchor, {deadline} AS deadline
    FROM scope s
    {joins}
)
SELECT key, record, fires, stands,
    CASE WHEN fires THEN ends WHEN pending THEN ripe END AS next_check, anchor, deadline
FROM judged ORDER BY record"""


def _scope(rule: Rule, plain: Sequence[Test]) -> str:
    hours = _literal(rule.calendar or DEFAULT_HOURS)
    named = [_column(a.pattern) for a in rule.absences] + [_counted(p) for p in rule.presences]
    facts = "".join(f", f.{name}" for name in dict.fromkeys(named))
    holds = _all([_test(t) for t in plain])
    return f"""scope AS (
    SELECT d.*, c.hours, c.zone, c.opens_second, c.day_seconds{facts}
    FROM deals_now d
    JOIN owner_calendars oc
        ON oc.hours = {hours} AND oc.owner_key IS NOT DISTINCT FROM d.known_owner_key
    JOIN calendars c ON c.calendar = oc.calendar
    LEFT JOIN facts f ON f.deal_key = d.key
    WHERE {holds}
)"""


def _missing(absence: Absence, deadline: _Deadline) -> str:
    """An absence holds: the deadline has come and, where a touch clears it, none came.

    Where the clock has not begun, or a stage has no limit, there is no such duty: FALSE. A deadline
    beyond the calendar: unknown.
    """
    late = _begun(deadline, "$as_of >=")
    if absence.clock is Clock.AFTER:
        touched = f"coalesce(s.{_column(absence.pattern)} > {deadline.start}, FALSE)"
        late = f"(NOT {touched} AND {late})"
    if isinstance(absence.limit, Length):
        return late
    named = ", ".join(_literal(stage) for stage in absence.limit)
    return f"(coalesce(s.stage_word IN ({named}), FALSE) AND {late})"


def _start(absence: Absence) -> str:
    begun = _moment(absence.start)
    if absence.clock is Clock.AFTER:
        return begun
    last = f"s.{_column(absence.pattern)}"
    return f"CASE WHEN {begun} IS NOT NULL THEN greatest({begun}, coalesce({last}, {begun})) END"


def _begun(deadline: _Deadline, compared: str) -> str:
    return f"({deadline.start} IS NOT NULL AND {compared} {deadline.name}.moment)"


# -- time ------------------------------------------------------------------------------------


def _deadline_tables(one: _Deadline) -> list[str]:
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
        f" WHEN {_literal(stage)} THEN {said}"
        for stage, length in limit.items()
        if (said := sql(length)) is not None
    )
    return f"CASE s.stage_word{cases} ELSE {empty} END" if cases else empty


_TIME_TESTS: Final = frozenset({Op.OLDER_THAN, Op.NEWER_THAN})
_DAYS_ONLY: Final = frozenset({"close_date"})


def _length(test: Test) -> Length:
    assert isinstance(test.value, Length)
    return test.value


def _moment(field: str) -> str:
    column = f"s.{COLUMNS.get(field, field)}"
    return f"timezone(s.zone, CAST({column} AS TIMESTAMP))" if field in _DAYS_ONLY else column


# -- conditions ------------------------------------------------------------------------------


def condition(pattern: TouchPattern) -> str:
    """Return the condition on a row of `touches` that this pattern describes."""
    parts = [f"grade >= {GRADES[pattern.at_least]}"]
    if pattern.direction is not None:
        parts.append(_DIRECTIONS[pattern.direction])
    if "anyone" not in pattern.by:
        parts.append(f"who IN ({', '.join(_literal(w) for w in sorted(pattern.by))})")
    parts.append(f"kind IN ({', '.join(_literal(k) for k in sorted(pattern.kinds))})")
    if pattern.says:
        parts.append(f"list_has_any(signals, {_words(pattern.says)})")
    if pattern.does_not_say:
        parts.append(f"NOT list_has_any(signals, {_words(pattern.does_not_say)})")
    return " AND ".join(parts)


_DIRECTIONS: Final = {
    "inbound": "direction = 'inbound'",
    "outbound": "ours",
    "two-way": "two_way",
}


def _words(words: Iterable[str]) -> str:
    return f"[{', '.join(_literal(word) for word in sorted(words))}]"


def _latest(pattern: TouchPattern, nth: int) -> str:
    """Return the aggregate that gives the moment of the n-th latest touch of a pattern."""
    wanted = condition(pattern)
    if nth == 1:
        return f"max(happened_at) FILTER (WHERE {wanted})"
    return f"list_extract(max(happened_at, {nth}) FILTER (WHERE {wanted}), {nth})"


def _counted(presence: Presence) -> str:
    return f"{_column(presence.pattern)}_{presence.at_least}"


def _column(pattern: TouchPattern) -> str:
    """Name the fact of a pattern by its meaning, so that rules that ask the same share it."""
    words = [
        pattern.at_least,
        pattern.direction or "any",
        *sorted(pattern.by),
        *sorted(pattern.kinds),
        *(["says", *sorted(pattern.says)] if pattern.says else []),
        *(["not", *sorted(pattern.does_not_say)] if pattern.does_not_say else []),
    ]
    return "last_" + "_".join(words).lower().replace("-", "_")


def _test(test: Test) -> str:
    """Return a plain test as SQL; an empty field passes `is_empty` and `is_not`, no other."""
    column = f"d.{COLUMNS.get(test.field, test.field)}"
    value: object = test.value
    if _is_day(value) and test.field not in _DAYS_ONLY:
        assert isinstance(value, dt.date)
        after = test.op is Op.AFTER
        value = dt.datetime.combine(value, dt.time()) + dt.timedelta(days=1 if after else 0)
        if after:
            return f"coalesce({column} >= {_literal(value)}, FALSE)"
    return f"coalesce({_TESTS[test.op](column, value)}, FALSE)"


def _is_day(value: object) -> bool:
    return isinstance(value, dt.date) and not isinstance(value, dt.datetime)


def _compare(sign: str) -> Callable[[str, object], str]:
    return lambda column, value: f"{column} {sign} {_literal(value)}"


def _one_of(column: str, values: object) -> str:
    assert isinstance(values, tuple)
    return f"lower({column}) IN ({', '.join(_lower(v) for v in values)})"


def _lower(value: object) -> str:
    return f"lower({_literal(str(value))})"  # both sides by DuckDB: Python knows other lower cases


_TESTS: Final[Mapping[Op, Callable[[str, object], str]]] = {
    Op.IS_ONE_OF: _one_of,
    Op.IS_NONE_OF: lambda column, value: f"NOT coalesce({_one_of(column, value)}, FALSE)",
    Op.AT_LEAST: _compare(">="),
    Op.AT_MOST: _compare("<="),
    Op.MORE_THAN: _compare(">"),
    Op.BELOW: _compare("<"),
    Op.BEFORE: _compare("<"),
    Op.AFTER: _compare(">"),
    Op.CONTAINS: lambda column, value: f"contains(lower({column}), {_lower(value)})",
    Op.STARTS_WITH: lambda column, value: f"starts_with(lower({column}), {_lower(value)})",
    Op.IS_EMPTY: lambda column, _: f"{column} IS NULL OR CAST({column} AS VARCHAR) = ''",
    Op.IS_NOT_EMPTY: lambda column, _: f"CAST({column} AS VARCHAR) <> ''",
}


def _literal(value: object) -> str:
    """Return a value of a rule as a SQL literal; naive moments are meant in the org's zone."""
    if isinstance(value, dt.datetime):
        return f"timezone($org_zone, CAST({_literal(value.isoformat(' '))} AS TIMESTAMP))"
    if isinstance(value, dt.date):
        return f"CAST({_literal(value.isoformat())} AS DATE)"
    if isinstance(value, Decimal):
        return exp.Literal.number(format(value, "f")).sql(dialect="duckdb")
    return exp.Literal.string(str(value)).sql(dialect="duckdb")


def _all(conditions: Sequence[str]) -> str:
    return " AND ".join(f"({one})" for one in conditions) or "TRUE"
