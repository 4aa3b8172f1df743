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
from rules.vocabulary import DEAL_FIELDS


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

_OPS: Final = {op: str(op).replace("_", " ") for op in Op} | {
    Op.IS_ONE_OF: "is",
    Op.IS_NONE_OF: "is not",
}


def _said(about: Test | Absence | Presence) -> str:
    if isinstance(about, Test):
        return f"{about.field} {_OPS[about.op]} {_value(about.value)}".strip()
    if isinstance(about, Presence):
        often = f"at least {about.at_least} of" if about.at_least > 1 else "a"
        return f"{often} {_pattern(about.pattern)} in the last {about.in_last}"
    if about.clock is Clock.AFTER:
        return f"no {_pattern(about.pattern)} within {_limit(about.limit)} after {about.start}"
    return (
        f"no {_pattern(about.pattern)} in the last {_limit(about.limit)}, "
        f"counting from {about.start}"
    )


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return " or ".join(str(one) for one in value)
    return "" if value is None else str(value)


def _limit(limit: Limit) -> str:
    if isinstance(limit, Length):
        return str(limit)
    return ", ".join(f"{length} in {stage}" for stage, length in limit.items())


def _pattern(pattern: TouchPattern) -> str:
    words = [pattern.direction or "", "contact"]
    if "anyone" not in pattern.by:
        words.append(f"by {' or '.join(sorted(pattern.by))}")
    words.append(f"of grade {pattern.at_least}")
    if pattern.says:
        words.append(f"that says {' or '.join(sorted(pattern.says))}")
    if pattern.does_not_say:
        words.append(f"and not {' or '.join(sorted(pattern.does_not_say))}")
    return " ".join(word for word in words if word)


def _seen(about: Test | Absence | Presence, value: object) -> str:
    if value is None:
        return "nothing" if isinstance(about, Test) else "none"
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    return str(value)


def _source(about: Test | Absence | Presence) -> str:
    if isinstance(about, Test):
        return ", ".join(sorted(DEAL_FIELDS[about.field].reads))
    return "activities"
