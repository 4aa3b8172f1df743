"""Conditions of rules as SQL: which touches count, which records are meant.

Values of rules enter as literals made by sqlglot, never as text.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Final

from sqlglot import exp

from rules.checked import ByWord, FieldRef, Op, Test, TouchPattern
from rules.touches import GRADES
from rules.vocabulary import FieldWord, Kind


def condition(pattern: TouchPattern, row: str = "") -> str:
    """Return the condition on a row of touches that this pattern describes."""
    at = f"{row}." if row else ""
    parts = [f"{at}kind IN ({_words(pattern.kinds)})"]
    if pattern.at_least is not None or pattern.picked_up is not None:
        parts.append(_reached(pattern, at))
    if pattern.direction is not None:
        parts.append(_DIRECTIONS[pattern.direction].format(at=at))
    if "anyone" not in pattern.by:
        parts.append(_by(pattern.by, at))
    if pattern.automated is not None:
        parts.append(f"coalesce({at}automated, FALSE) = {str(pattern.automated).upper()}")
    if pattern.lasting is not None:
        parts.append(f"{at}duration_seconds >= {_seconds(pattern.lasting, at)}")
    return " AND ".join([*parts, *_said(pattern, at), *_of_client(pattern, at)])


def _seconds(lasting: int | tuple[tuple[str, int], ...], at: str) -> str:
    if isinstance(lasting, int):
        return str(lasting)
    rows = "".join(f" WHEN {literal(kind)} THEN {seconds}" for kind, seconds in lasting)
    return f"CASE {at}kind{rows} END"


def _by(who: frozenset[str], at: str) -> str:
    """Whose it is; one person can be an owner and a manager of the same client's."""
    return f"{at}who IN ({_words(who | {one for word in who for one in _ALSO[word]})})"


#: Who else is meant by a word for somebody of us (`relations`).
_ALSO: Final[Mapping[str, frozenset[str]]] = {
    "owner": frozenset({"lead"}),
    "manager": frozenset({"lead", "deputy"}),
    "team": frozenset({"deputy"}),
}


def _reached(pattern: TouchPattern, at: str) -> str:
    """How well it is known that it reached anybody; a call that nobody took reached nobody."""
    enough = f"{at}grade >= {GRADES[pattern.at_least]}" if pattern.at_least else "TRUE"
    missed = f"{at}kind = 'call' AND {at}grade = {GRADES['attempt']}"
    if pattern.picked_up is None:
        return enough
    if pattern.picked_up:
        return f"({enough} AND NOT ({missed}))"
    return f"(({missed}) OR ({at}kind <> 'call' AND {enough}))"


def _said(pattern: TouchPattern, at: str) -> list[str]:
    parts = []
    if pattern.says:
        parts.append(f"list_has_any({at}signals, [{_words(pattern.says)}])")
    if pattern.does_not_say:
        parts.append(f"NOT list_has_any({at}signals, [{_words(pattern.does_not_say)}])")
    if pattern.lacks:
        every = [f"list_contains({at}signals, {literal(word)})" for word in sorted(pattern.lacks)]
        parts.append(f"NOT ({' AND '.join(every)})")
    return parts


def _of_client(pattern: TouchPattern, at: str) -> list[str]:
    """What only touches of people are asked (`own_work`)."""
    parts = []
    if pattern.answers is not None:
        parts.append(f"coalesce({at}answers, FALSE) = {str(pattern.answers).upper()}")
    if pattern.client_has:
        some = [f"coalesce({at}{word}, FALSE)" for word in sorted(pattern.client_has)]
        parts.append(f"({' OR '.join(some)})")
    return parts


_DIRECTIONS: Final = {
    "inbound": "{at}direction = 'inbound'",
    "outbound": "{at}ours",
    "two-way": "{at}two_way",
}


def _words(words: Iterable[str]) -> str:
    return ", ".join(literal(word) for word in sorted(words))


def latest(pattern: TouchPattern, nth: int) -> str:
    """Return the aggregate that gives the moment of the n-th latest touch of a pattern."""
    wanted = condition(pattern)
    if nth == 1:
        return f"max(happened_at) FILTER (WHERE {wanted})"
    return f"list_extract(max(happened_at, {nth}) FILTER (WHERE {wanted}), {nth})"


def earliest(pattern: TouchPattern) -> str:
    """Return the aggregate that gives the moment of the first touch of a pattern."""
    return f"min(happened_at) FILTER (WHERE {condition(pattern)})"


def _named(lasting: int | tuple[tuple[str, int], ...]) -> str:
    if isinstance(lasting, int):
        return str(lasting)
    return "_".join(f"{kind}_{seconds}" for kind, seconds in lasting)


def name_of(pattern: TouchPattern) -> str:
    """Name a pattern by its meaning, so that rules that ask the same share its facts."""
    words = [
        pattern.at_least or "any grade",
        pattern.direction or "any",
        *sorted(pattern.by),
        *sorted(pattern.kinds),
        *(["auto" if pattern.automated else "manual"] if pattern.automated is not None else []),
        *([f"{_named(pattern.lasting)}s"] if pattern.lasting else []),
        *(["taken" if pattern.picked_up else "missed"] if pattern.picked_up is not None else []),
        *(["says", *sorted(pattern.says)] if pattern.says else []),
        *(["not", *sorted(pattern.does_not_say)] if pattern.does_not_say else []),
        *(["lacks", *sorted(pattern.lacks)] if pattern.lacks else []),
        *(["answer" if pattern.answers else "own accord"] if pattern.answers is not None else []),
        *(["has", *sorted(pattern.client_has)] if pattern.client_has else []),
    ]
    return "_".join(words).lower().replace("-", "_").replace(".", "_").replace(" ", "_")


# -- tests of fields -------------------------------------------------------------------------


def needs_zone(test: Test) -> bool:
    """Tell whether a day is compared with a moment: then it matters where the day begins."""
    kinds = {test.word.kind, test.value.word.kind} if isinstance(test.value, FieldRef) else set()
    return kinds == {Kind.DATE, Kind.MOMENT}


def tested(test: Test, table: str, zone: str) -> str:
    """Return a test as SQL; an empty field passes `is_empty` and `is_not`, no other.

    `zone` is that of the owner, for what `needs_zone`.
    """
    word, value = test.word, test.value
    column = word.column(table)
    if isinstance(value, FieldRef):
        other = value.word.column(table)
        if needs_zone(test):
            column, other = _begins(word, table, zone), _begins(value.word, table, zone)
        return f"coalesce({column} {_SIGNS[test.op]} {other}, FALSE)"
    if isinstance(value, ByWord):
        return f"coalesce({column} {_SIGNS[test.op]} {_by_word(value, table)}, FALSE)"
    if _is_day(value) and word.kind is not Kind.DATE:
        assert isinstance(value, dt.date)
        after = test.op is Op.AFTER
        value = dt.datetime.combine(value, dt.time()) + dt.timedelta(days=1 if after else 0)
        if after:
            return f"coalesce({column} >= {literal(value)}, FALSE)"
    tests = _OF_CHOICES if word.ours else _TESTS
    return f"coalesce({tests[test.op](column, value)}, FALSE)"


def _begins(word: FieldWord, table: str, zone: str) -> str:
    """A day and a moment are compared as moments, a day as its beginning for the owner."""
    column = word.column(table)
    return f"timezone({zone}, CAST({column} AS TIMESTAMP))" if word.kind is Kind.DATE else column


def _by_word(value: ByWord, table: str) -> str:
    rows = "".join(
        f" WHEN {literal(name)} THEN {literal(number)}" for name, number in value.rows.items()
    )
    return f"CASE {value.word.column(table)}{rows} END"


def _is_day(value: object) -> bool:
    return isinstance(value, dt.date) and not isinstance(value, dt.datetime)


def _compare(sign: str) -> Callable[[str, object], str]:
    return lambda column, value: f"{column} {sign} {literal(value)}"


def _one_of(column: str, values: object) -> str:
    assert isinstance(values, tuple)
    return f"lower({column}) IN ({', '.join(_lower(v) for v in values)})"


def _one_choice(column: str, values: object) -> str:
    """Words of ours, in the mirror as they are in rules: letters need not be made small."""
    assert isinstance(values, tuple)
    return f"{column} IN ({', '.join(literal(v) for v in values)})"


def _lower(value: object) -> str:
    return f"lower({literal(str(value))})"  # both sides by DuckDB: Python knows other lower cases


_SIGNS: Final[Mapping[Op, str]] = {
    Op.AT_LEAST: ">=",
    Op.AT_MOST: "<=",
    Op.MORE_THAN: ">",
    Op.BELOW: "<",
    Op.BEFORE: "<",
    Op.AFTER: ">",
}
_TESTS: Final[Mapping[Op, Callable[[str, object], str]]] = {
    Op.IS_ONE_OF: _one_of,
    Op.IS_NONE_OF: lambda column, value: f"NOT coalesce({_one_of(column, value)}, FALSE)",
    Op.CONTAINS: lambda column, value: f"contains(lower({column}), {_lower(value)})",
    Op.STARTS_WITH: lambda column, value: f"starts_with(lower({column}), {_lower(value)})",
    Op.IS_EMPTY: lambda column, _: f"{column} IS NULL OR CAST({column} AS VARCHAR) = ''",
    Op.IS_NOT_EMPTY: lambda column, _: f"CAST({column} AS VARCHAR) <> ''",
    **{op: _compare(sign) for op, sign in _SIGNS.items()},
}
_OF_CHOICES: Final[Mapping[Op, Callable[[str, object], str]]] = {
    **_TESTS,
    Op.IS_ONE_OF: _one_choice,
    Op.IS_NONE_OF: lambda column, value: f"NOT coalesce({_one_choice(column, value)}, FALSE)",
}


def literal(value: object) -> str:
    """Return a value of a rule as a SQL literal; naive moments are meant in the org's zone."""
    if isinstance(value, dt.datetime):
        return f"timezone($org_zone, CAST({literal(value.isoformat(' '))} AS TIMESTAMP))"
    if isinstance(value, dt.date):
        return f"CAST({literal(value.isoformat())} AS DATE)"
    if isinstance(value, Decimal):
        return exp.Literal.number(format(value, "f")).sql(dialect="duckdb")
    return _text(str(value))


@lru_cache(maxsize=4096)
def _text(value: str) -> str:
    return exp.Literal.string(value).sql(dialect="duckdb")


def all_of(conditions: Sequence[str]) -> str:
    """Join conditions of which every one must hold."""
    return " AND ".join(f"({one})" for one in conditions) or "TRUE"
