"""The facts that rules share: one row a deal, client, person; one pass over each table of touches.

What a pattern asks of a touch is asked of the few thousand `classes` that occur and becomes a bit
of each; the pass over the touches only tests bits (decision 0007). What no class can hold, how long
a call lasted, is asked of the touch itself. Builds statements; runs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Final

import sqlglot
from sqlglot import exp

from rules.compile import Compiled, Explained
from rules.holding import Fact

#: Tables of touches that are read through their classes -> the kept table.
KEPT: Final = {"touches_of_deal": "deal_touches", "touches_of_account": "client_touches"}

#: Bits of one number; Spark's have a sign.
_BITS: Final = 62
#: What a touch has that its class has not.
_OF_TOUCH: Final = frozenset(
    {"duration_seconds", "due_at", "note_due_at", "happened_at", "ends_at"}
)


def facts_of(compiled: Iterable[Compiled | Explained]) -> Mapping[str, Sequence[Fact]]:
    """Return every fact of these rules, each once, by the table of touches it is taken from."""
    found: dict[str, dict[str, Fact]] = {}
    for one in compiled:
        for fact in one.facts:
            found.setdefault(fact.source, {})[fact.column] = fact
    return {source: list(facts.values()) for source, facts in found.items()}


def facts_statement(source: str, facts: Sequence[Fact], only: str | None = None) -> str:
    """Return the statement that computes facts of one table in one pass over it.

    `only` names a table of the groups (`key`) that are asked about; of kept touches, those alone
    must stand in a table of the same name with `again_` before it.
    """
    if source in KEPT:
        return _by_class(source, facts, f"again_{KEPT[source]}" if only else KEPT[source])
    these = f" SEMI JOIN {only} q ON q.key = t.group_key" if only else ""
    chosen = "".join(f", {one.sql} AS {one.column}" for one in facts)
    return (
        f"CREATE OR REPLACE TEMP TABLE facts_{source} AS SELECT t.group_key{chosen} "
        f"FROM {source} t{these} WHERE {_when(source)} GROUP BY t.group_key"
    )


def _when(source: str) -> str:
    """What happened, or what lies ahead; of a task, the day it begins on is read first."""
    if not source.startswith("planned"):
        return "t.happened_at <= $as_of"
    return "t.begins_at > $as_of - INTERVAL 24 HOUR AND t.happened_at > $as_of"


def _by_class(source: str, facts: Sequence[Fact], table: str) -> str:
    bits: dict[str, int] = {}
    chosen = "".join(f", {_aggregate(one.sql, bits)} AS {one.column}" for one in facts)
    numbers = range((len(bits) - 1) // _BITS + 1)
    columns = ", ".join(f"{_number(bits, n)} AS bits_{n}" for n in numbers)
    some = " OR ".join(f"bits_{n} <> 0" for n in numbers)
    return (
        f"CREATE OR REPLACE TEMP TABLE facts_{source} AS SELECT t.group_key{chosen} "
        f"FROM {table} t JOIN (SELECT class, kind, {columns} FROM classes WHERE happened) c "
        f"ON c.class = t.class WHERE {_when(source)} AND ({some}) GROUP BY t.group_key"
    )


def _number(bits: Mapping[str, int], number: int) -> str:
    mine = {held: bit for held, bit in bits.items() if bit // _BITS == number}
    parts = (f"CASE WHEN {held} THEN {1 << bit % _BITS} ELSE 0 END" for held, bit in mine.items())
    return f"CAST({' + '.join(parts)} AS BIGINT)"


def _aggregate(sql: str, bits: dict[str, int]) -> str:
    """Return an aggregate whose FILTER tests a bit, and what of it only the touch can say."""
    start, middle, end, of_class, of_touch = _parted(sql)
    bit = bits.setdefault(of_class, len(bits))
    number = f"c.bits_{bit // _BITS}"
    parts = [f"({number} & {1 << bit % _BITS}) <> 0", *of_touch]
    assert middle
    return f"{start}FILTER (WHERE {' AND '.join(parts)}){end}"


@cache
def _parted(sql: str) -> tuple[str, str, str, str, tuple[str, ...]]:
    """Cut an aggregate at its FILTER: before it, it, behind it, and what it asks of whom."""
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    held = tree.find(exp.Filter)
    assert held is not None, sql
    asked = held.expression.this
    parts = list(asked.flatten()) if isinstance(asked, exp.And) else [asked]
    of_touch = [one for one in parts if _names(one) & _OF_TOUCH]
    of_class = [one for one in parts if one not in of_touch]
    for one in of_touch:
        for column in one.find_all(exp.Column):
            column.set("table", exp.to_identifier("t" if column.name in _OF_TOUCH else "c"))
    text = tree.sql(dialect="duckdb")
    filtered = f"FILTER(WHERE {asked.sql(dialect='duckdb')})"
    before, found, behind = text.partition(filtered)
    return (
        before,
        found,
        behind,
        " AND ".join(f"({one.sql(dialect='duckdb')})" for one in of_class) or "TRUE",
        tuple(f"({one.sql(dialect='duckdb')})" for one in of_touch),
    )


def _names(tree: exp.Expr) -> set[str]:
    return {column.name for column in tree.find_all(exp.Column)}
