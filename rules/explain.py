"""Explain what the rules say about one deal: each condition, the value seen, held or not.

A first form. Works on the connection it is given, at the moment it is given; `prepare` must have
run on it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import duckdb

from rules import select
from rules.checked import Absence, Clock, Limit, Op, Presence, Rule, Test, TouchPattern
from rules.compile import Clause, compile_rule, explain_rule, facts_sql
from rules.evaluate import BACK, Org
from rules.lengths import Length
from rules.vocabulary import ACTIVITY_KINDS, DEAL_FIELDS


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One condition of a rule, judged for one deal. Moments are UTC."""

    said: str  # the condition as the rule says it
    held: bool | None  # None: unknown
    seen: str  # the value, or "nothing"
    source: str  # where the value comes from
    turns: dt.datetime | None  # when time alone changes it


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """What one rule says about one deal, condition by condition."""

    rule: str
    as_of: dt.datetime
    conditions: tuple[Condition, ...]

    @property
    def fires(self) -> bool:
        """Whether every condition holds."""
        return all(one.held for one in self.conditions)

    @property
    def first_failed(self) -> Condition | None:
        """The first condition that does not hold, in the rule's own order."""
        return next((one for one in self.conditions if not one.held), None)


def explain(
    connection: duckdb.DuckDBPyConnection, rule: Rule, org: Org, deal_id: str, as_of: dt.datetime
) -> Explanation | None:
    """Judge each condition of a rule for one deal; None if the mirror does not know the deal."""
    compiled = compile_rule(rule)
    connection.execute(facts_sql([compiled]), {"as_of": as_of})
    explained = explain_rule(rule)
    values: dict[str, object] = {
        "deal": deal_id,
        "as_of": as_of,
        "horizon": as_of - BACK,
        "org_zone": org.zone,
    }
    named = {name: value for name, value in values.items() if name in explained.parameters}
    rows = select.rows(connection, explained.sql, named)
    if not rows:
        return None
    return Explanation(
        rule=rule.id,
        as_of=as_of,
        conditions=tuple(
            _condition(clause, rows[0], n) for n, clause in enumerate(explained.clauses)
        ),
    )


def _condition(clause: Clause, row: Mapping[str, Any], number: int) -> Condition:
    about = clause.about
    return Condition(
        said=_said(about),
        held=row[f"held_{number}"],
        seen=_seen(about, row[f"seen_{number}"]),
        source=_source(about),
        turns=row[f"turns_{number}"],
    )


# -- in words --------------------------------------------------------------------------------

#: How a test reads between its field and its value.
OPS: Final[Mapping[Op, str]] = {
    Op.IS_ONE_OF: "is",
    Op.IS_NONE_OF: "is not",
    Op.AT_LEAST: "is at least",
    Op.AT_MOST: "is at most",
    Op.MORE_THAN: "is more than",
    Op.BELOW: "is below",
    Op.BEFORE: "is before",
    Op.AFTER: "is after",
    Op.OLDER_THAN: "is older than",
    Op.NEWER_THAN: "is newer than",
    Op.CONTAINS: "contains",
    Op.STARTS_WITH: "starts with",
    Op.IS_EMPTY: "is empty",
    Op.IS_NOT_EMPTY: "is not empty",
}


def _said(about: Test | Absence | Presence) -> str:
    if isinstance(about, Test):
        return f"{about.field} {OPS[about.op]} {_value(about.value)}".strip()
    pattern = _pattern(about.pattern)
    if isinstance(about, Presence):
        often = f"at least {about.at_least} times" if about.at_least > 1 else "at least once"
        return f"{often} in the last {about.in_last}: {pattern}"
    if about.clock is Clock.AFTER:
        return f"within {_limit(about.limit)} after {about.start}, no {pattern}"
    return f"in the last {_limit(about.limit)}, counting from {about.start}: no {pattern}"


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return " or ".join(str(one) for one in value)
    return "" if value is None else str(value)


def _limit(limit: Limit) -> str:
    if isinstance(limit, Length):
        return str(limit)
    return ", ".join(f"{length} in {stage}" for stage, length in limit.items())


def _pattern(pattern: TouchPattern) -> str:
    words = [pattern.direction or "", _kinds(pattern)]
    if "anyone" not in pattern.by:
        words.append(f"by {' or '.join(sorted(pattern.by))}")
    words.append(_GRADES.get(pattern.at_least, f"of grade {pattern.at_least} or better"))
    if pattern.says:
        words.append(f"that says {' or '.join(sorted(pattern.says))}")
    if pattern.does_not_say:
        joined = "and not" if pattern.says else "that does not say"
        words.append(f"{joined} {' or '.join(sorted(pattern.does_not_say))}")
    return " ".join(word for word in words if word)


#: The strongest and the weakest grade say it better in words.
_GRADES: Final[Mapping[str, str]] = {"A": "of grade A", "attempt": "or attempt at one"}


def _kinds(pattern: TouchPattern) -> str:
    if pattern.kinds == frozenset(ACTIVITY_KINDS):
        return "contact"
    return " or ".join(sorted(pattern.kinds))


def _seen(about: Test | Absence | Presence, value: object) -> str:
    if value is None or value == "":
        return "nothing" if isinstance(about, Test) else "none"
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    return str(value)


def _source(about: Test | Absence | Presence) -> str:
    if isinstance(about, Test):
        return ", ".join(sorted(DEAL_FIELDS[about.field].reads))
    return "activities"
