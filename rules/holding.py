"""Conditions of a `where` as SQL: groups, other records, formulas, and tests of time.

A condition becomes an expression over `scope s`. What it needs beside the record itself (another
record, a window of time, a deadline) is asked of the `Build`, which puts it before the scope.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import sqlglot
from sqlglot import exp

from rules.checked import Condition, Formula, Group, Op, Related, Rule, Test
from rules.deadlines import TIME_TESTS, Deadline, begun, limit_of, moment_of, window_table
from rules.lengths import Length
from rules.predicates import condition, needs_zone, tested

#: Subject -> the table of its records, whose touches count for it, and the column that names those.
TABLES: Final[Mapping[str, tuple[str, str, str]]] = {
    "deal": ("deals_now", "deal", "key"),
    "account": ("accounts_now", "account", "client_key"),
    "contact": ("contacts_now", "contact", "key"),
    "owner": ("owners_now", "owner", "key"),
    "activity": ("activities_now", "account", "client_key"),
    "rating": ("ratings_now", "account", "client_key"),
}
_COMPARED: Final = {Op.NEWER_THAN: "$as_of <", Op.OLDER_THAN: "$as_of >="}
_COMMON: Final = {"account": "account_key", "owner": "owner_key", "deal": "deal_key"}


@dataclass(frozen=True)
class Fact:
    """One moment per record: an aggregate over a table of `relations`, shared between rules."""

    source: str  # a table with a group_key
    column: str  # by its meaning
    sql: str


@dataclass
class Build:
    """What the statement of one rule is put together from."""

    rule: Rule
    facts: dict[str, Fact] = field(default_factory=dict)  # by column
    before: list[str] = field(default_factory=list)  # tables over `base b`
    columns: dict[str, str] = field(default_factory=dict)  # column of `scope` -> its SQL
    joins: list[str] = field(default_factory=list)  # of those tables to `base b`
    deadlines: list[Deadline] = field(default_factory=list)
    needs: set[str] = field(default_factory=set)  # tables of `relations`
    ahead: list[str] = field(default_factory=list)  # moments after `as_of`, or NULL: judge then
    unforeseen: bool = False  # time changes it at a moment that nobody computes

    @property
    def group(self) -> str:
        """Whose touches count."""
        return TABLES[self.rule.subject][1]

    @property
    def group_column(self) -> str:
        """Which column of the record names that."""
        return TABLES[self.rule.subject][2]

    def fact(self, source: str, column: str, sql: str) -> str:
        """Ask for a fact; return it as a column of `scope s`."""
        self.facts.setdefault(column, Fact(source, column, sql))
        self.needs.add(source)
        return f"s.{column}"

    def deadline(self, name: str, one: Deadline) -> Deadline:
        """Ask for a deadline."""
        assert name == one.name
        self.deadlines.append(one)
        return one

    def column(self, name: str, table: str, sql: str) -> str:
        """Ask for a table (key, value) over `base b`; return its value as a column of `scope s`."""
        self.before.append(table)
        self.joins.append(f"LEFT JOIN {name} ON {name}.key = b.key")
        self.columns[name] = sql
        return f"s.{name}"

    def window(self, name: str, length: Length) -> str:
        """Ask since when `length` ago is; return the name of the table (calendar, begins_at)."""
        self.before.append(window_table(name, length))
        return name


def plain(conditions: Iterable[Condition]) -> Iterator[Test | Formula]:
    """Those that need nothing but the record: they decide which records are looked at."""
    return (one for one in conditions if isinstance(one, Test | Formula) and is_plain(one))


def is_plain(one: Test | Formula) -> bool:
    """Tell whether it needs no clock and no calendar."""
    return isinstance(one, Formula) or not (one.op in TIME_TESTS or needs_zone(one))


def on_record(one: Test | Formula, table: str, zone: str = "s.zone") -> str:
    """Return a condition over a row of the subject's table; `zone` is that of its owner."""
    if isinstance(one, Test):
        return tested(one, table, zone)
    tree = sqlglot.parse_one(one.sql, dialect="duckdb")
    for column in tree.find_all(exp.Column):
        column.set("table", exp.to_identifier(table))
    return f"coalesce({tree.sql(dialect='duckdb')}, FALSE)"


def over_base(sql: str) -> str:
    """Return SQL over `scope s` as SQL over `base b`; both have every column of the record."""
    return _OF_SCOPE.sub("b.", sql)


_OF_SCOPE: Final = re.compile(r"\bs\.(?=\w)")


def holds(one: Condition, name: str, build: Build) -> str:
    """Return a condition over `scope s`: TRUE, FALSE, or NULL where nobody can know."""
    if isinstance(one, Group):
        return _group(one, name, build)
    if isinstance(one, Related):
        return _related(one, name, build)
    if isinstance(one, Test) and one.op in TIME_TESTS:
        due = build.deadline(name, Deadline(name, moment_of(one.word), limit_of(one)))
        return begun(due, _COMPARED[one.op])
    return on_record(one, "s")


def _group(one: Group, name: str, build: Build) -> str:
    parts = [holds(part, f"{name}_{n}", build) for n, part in enumerate(one.conditions)]
    joined = (" AND " if one.word == "all" else " OR ").join(f"({part})" for part in parts)
    return f"NOT ({joined})" if one.word == "none" else f"({joined})"


def _related(one: Related, name: str, build: Build) -> str:
    tables, tests = [], []
    for number, test in enumerate(one.conditions):
        if isinstance(test, Test) and test.op in TIME_TESTS:
            length = limit_of(test)
            assert isinstance(length, Length)
            window = build.window(f"{name}_w{number}", length)
            tables.append(f"JOIN {window} ON {window}.calendar = b.calendar")
            sign = ">" if test.op is Op.NEWER_THAN else "<="
            moment = moment_of(test.word, "r", "b.zone")
            tests.append(f"{moment} {sign} {window}.begins_at")
            build.unforeseen = True
        else:
            assert isinstance(test, (Test, Formula))
            tests.append(on_record(test, "r", "b.zone"))
    source, joined = _source(one, build)
    found = " AND ".join([*joined, *tests]) or "TRUE"
    table = (
        f"{name} AS (SELECT DISTINCT b.key FROM base b {source} {' '.join(tables)} WHERE {found})"
    )
    return f"({build.column(name, table, f'{name}.key')} IS NOT NULL)"


def _source(one: Related, build: Build) -> tuple[str, list[str]]:
    """Return the join to the other records, and what must hold beside it."""
    subject = build.rule.subject
    if one.pattern is None:
        table = TABLES[one.subject][0]
        build.needs.add(table)
        column = _COMMON[one.same]
        itself = ["r.key <> b.key"] if one.subject == subject else []
        if one.subject == "deal" and subject == "activity":
            itself = ["r.key IS DISTINCT FROM b.deal_key"]
        return f"JOIN {table} r ON r.{column} = b.{column}", itself
    group = "deal" if one.same == "deal" else "account"
    key = "deal_key" if one.same == "deal" else "client_key"
    touches = f"touches_of_{group}"
    build.needs.add(touches)
    beside = [condition(one.pattern, "r"), "r.happened_at <= $as_of"]
    if subject == "activity":
        beside.append("r.activity_key <> b.key")
    if one.before is not None:
        beside.append("r.happened_at < b.happened_at")
        beside.append(f"r.happened_at >= b.happened_at - {_interval(one.before)}")
    return f"JOIN {touches} r ON r.group_key = b.{key}", beside


def _interval(length: Length) -> str:
    return f"INTERVAL {int(length.at_most().total_seconds() // 3600)} HOUR"
