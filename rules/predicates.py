"""Conditions of rules as SQL: which touches count, which deals are meant.

Values of rules enter as literals made by sqlglot, never as text.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from sqlglot import exp

from rules.checked import Op, Presence, Test, TouchPattern
from rules.touches import GRADES

#: A rule's word for a field -> the column of `deals_now`. Words not in here are columns themselves.
COLUMNS: Final[Mapping[str, str]] = {
    "account": "account_name",
    "owner": "owner_name",
    "stage": "stage_word",
}

#: Fields that are days: they have no time, and begin at midnight of the deal's owner.
DAYS_ONLY: Final = frozenset({"close_date"})


def condition(pattern: TouchPattern) -> str:
    """Return the condition on a row of `touches` that this pattern describes."""
    parts = [f"grade >= {GRADES[pattern.at_least]}"]
    if pattern.direction is not None:
        parts.append(_DIRECTIONS[pattern.direction])
    if "anyone" not in pattern.by:
        parts.append(f"who IN ({', '.join(literal(w) for w in sorted(pattern.by))})")
    parts.append(f"kind IN ({', '.join(literal(k) for k in sorted(pattern.kinds))})")
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
    return f"[{', '.join(literal(word) for word in sorted(words))}]"


def latest(pattern: TouchPattern, nth: int) -> str:
    """Return the aggregate that gives the moment of the n-th latest touch of a pattern."""
    wanted = condition(pattern)
    if nth == 1:
        return f"max(happened_at) FILTER (WHERE {wanted})"
    return f"list_extract(max(happened_at, {nth}) FILTER (WHERE {wanted}), {nth})"


def count_of(presence: Presence) -> str:
    return f"{fact_of(presence.pattern)}_{presence.at_least}"


def fact_of(pattern: TouchPattern) -> str:
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


def tested(test: Test, table: str) -> str:
    """Return a plain test as SQL; an empty field passes `is_empty` and `is_not`, no other."""
    column = f"{table}.{COLUMNS.get(test.field, test.field)}"
    value: object = test.value
    if _is_day(value) and test.field not in DAYS_ONLY:
        assert isinstance(value, dt.date)
        after = test.op is Op.AFTER
        value = dt.datetime.combine(value, dt.time()) + dt.timedelta(days=1 if after else 0)
        if after:
            return f"coalesce({column} >= {literal(value)}, FALSE)"
    return f"coalesce({_TESTS[test.op](column, value)}, FALSE)"


def _is_day(value: object) -> bool:
    return isinstance(value, dt.date) and not isinstance(value, dt.datetime)


def _compare(sign: str) -> Callable[[str, object], str]:
    return lambda column, value: f"{column} {sign} {literal(value)}"


def _one_of(column: str, values: object) -> str:
    assert isinstance(values, tuple)
    return f"lower({column}) IN ({', '.join(_lower(v) for v in values)})"


def _lower(value: object) -> str:
    return f"lower({literal(str(value))})"  # both sides by DuckDB: Python knows other lower cases


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


def literal(value: object) -> str:
    """Return a value of a rule as a SQL literal; naive moments are meant in the org's zone."""
    if isinstance(value, dt.datetime):
        return f"timezone($org_zone, CAST({literal(value.isoformat(' '))} AS TIMESTAMP))"
    if isinstance(value, dt.date):
        return f"CAST({literal(value.isoformat())} AS DATE)"
    if isinstance(value, Decimal):
        return exp.Literal.number(format(value, "f")).sql(dialect="duckdb")
    return exp.Literal.string(str(value)).sql(dialect="duckdb")


def all_of(conditions: Sequence[str]) -> str:
    return " AND ".join(f"({one})" for one in conditions) or "TRUE"
