"""Explain what the rules say about one record: each condition, the value seen, held or not.

A first form. Works on the connection it is given, at the moment it is given; `prepare` must have
run on it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rules import select
from rules.checked import Formula, Group, Related, Rule, Test
from rules.compile import Clause, explain_rule
from rules.conditions import tests_in
from rules.evaluate import Org, lay_facts, parameters
from rules.reciting import Clauses, recite
from rules.select import Connection
from rules.vocabulary import FieldWord


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One condition of a rule, judged for one record. Moments are UTC."""

    said: str  # the condition as the rule says it
    held: bool | None  # None: unknown
    seen: str  # the value, or "nothing"
    source: str  # where the value comes from
    turns: dt.datetime | None  # when time alone changes it


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """What one rule says about one record, condition by condition."""

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
    connection: Connection, rule: Rule, org: Org, record_id: str, as_of: dt.datetime
) -> Explanation | None:
    """Judge each condition of a rule for one record of its subject; None if nobody knows it."""
    explained = explain_rule(rule)
    lay_facts(connection, [explained], as_of)
    values = parameters(explained.parameters, org, as_of) | {"record": record_id}
    rows = select.rows(connection, explained.sql, values)
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
        said=recite(about),
        held=row[f"held_{number}"],
        seen=_seen(about, row[f"seen_{number}"]),
        source=_source(about),
        turns=row[f"turns_{number}"],
    )


def _seen(about: Clauses, value: object) -> str:
    if value is None or value == "":
        return "nothing" if isinstance(about, Test) else "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    return str(value)


def _source(about: Clauses) -> str:
    words: Iterable[FieldWord] = ()
    if isinstance(about, Test):
        words = (about.word,)
    elif isinstance(about, Formula):
        words = about.words
    elif isinstance(about, (Group, Related)):
        words = [test.word for test in tests_in((about,))]
    read = sorted({column for word in words for column in word.reads})
    return ", ".join(read) or "activities"
