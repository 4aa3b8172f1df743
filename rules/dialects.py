"""The rules' statements in the SQL of another engine. Translates text; runs nothing.

The compiler writes one dialect, DuckDB's. sqlglot carries most of it over to Spark SQL; what it
cannot know is changed here first, each construct by one small function in `_REWRITES`.

Three agreements hold between this file and whoever runs the result (`worker.spark`):

* The session's time zone is UTC and both of DuckDB's timestamp types become Spark's TIMESTAMP: a
  moment is itself, a wall-clock time is the moment at which a clock in UTC would show it.
* A key (64 bits without a sign) is the same 64 bits *with* a sign. Keys are only ever compared for
  equality and grouped.
* Spark compares text byte by byte, as DuckDB does, and reads column names in any case.

A construct in `_REFUSED` has no equal in Spark; a statement that holds one is an error here, never
another answer there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

import sqlglot
from sqlglot import exp

from rules.problems import listed
from rules.query_parts import columns_read, take_shared


class NotPortable(Exception):
    """A statement cannot be said in another engine's SQL; the message names the construct."""


@dataclass(frozen=True, kw_only=True)
class Translated:
    """A query in Spark SQL, and the table that its answer becomes (None: it is only read).

    `kept` tells a table, which is worked out once, from a view, which is read anew each time.
    `shared` are parts that the query reads more than once, by name, in the order in which they
    build on each other. They are to stand as views of that name: Spark would work each out anew
    wherever it is named. `reads` are the names of all columns that anybody reads of these parts,
    in small letters; None: all of them.
    """

    query: str
    creates: str | None
    kept: bool
    shared: Mapping[str, str]
    reads: frozenset[str] | None


@cache
def spark_sql(text: str) -> Translated:
    """Translate one statement of ours, a SELECT or `CREATE OR REPLACE TEMP TABLE … AS SELECT`.

    Raises NotPortable, naming every construct that Spark does not know.
    """
    tree = sqlglot.parse_one(text, dialect="duckdb")
    _refuse(tree)
    tree = _rewritten(tree)
    _one_timestamp(tree)
    creates = tree.this.name if isinstance(tree, exp.Create) else None
    query = tree.expression if isinstance(tree, exp.Create) else tree
    if not isinstance(query, exp.Query):
        raise NotPortable(f"only questions can be carried to Spark, not {tree.key.upper()}.")
    query, shared = take_shared(query)
    return Translated(
        query=query.sql(dialect="spark"),
        creates=creates,
        kept=tree.args.get("kind") != "VIEW",
        shared={name: part.sql(dialect="spark") for name, part in shared.items()},
        reads=columns_read([query, *shared.values()]),
    )


def _rewritten(tree: exp.Expr) -> exp.Expr:
    """Apply every rewrite, the innermost node first: a rewrite sees its operands as they will be.

    A parent comes before its children in `walk`, so the reverse has the children first.
    """
    for node in reversed(list(tree.walk())):
        rewrite = _REWRITES.get(_name(node))
        if rewrite is not None:
            new = rewrite(node)
            if new is not node:
                tree = new if node is tree else tree
                node.replace(new)
    return tree


def _name(node: exp.Expr) -> str:
    """Return what a rewrite is filed under: a function sqlglot does not know by its own name."""
    return node.name.lower() if isinstance(node, exp.Anonymous) else node.key


def _refuse(tree: exp.Expr) -> None:
    said = (_REFUSED[name](node) for node in tree.walk() if (name := _name(node)) in _REFUSED)
    found = sorted({one for one in said if one is not None})
    if found:
        raise NotPortable(f"Spark answers otherwise: {listed(found, 'and')}.")


# -- moments ---------------------------------------------------------------------------------


def _timezone(node: exp.Expr) -> exp.Expr:
    """`timezone(zone, x)`: a moment becomes that zone's wall clock, a wall clock the moment.

    A wall-clock time that comes twice means the later one (`rules.calendars`); Spark means the
    earlier. Three hours on the clock is plain again, so the time read back from there is the later
    one, if the clock shows `x` then. One that is skipped moves on by the gap in both engines.
    """
    zone, moment = node.expressions
    if not _is_local(moment):
        return exp.func("from_utc_timestamp", moment, zone)
    earlier = exp.func("to_utc_timestamp", moment.copy(), zone.copy())
    ahead = exp.Add(this=exp.paren(moment.copy()), expression=_hours(3))
    later = exp.Sub(this=exp.func("to_utc_timestamp", ahead, zone.copy()), expression=_hours(3))
    shown = exp.EQ(
        this=exp.func("from_utc_timestamp", later, zone.copy()), expression=exp.paren(moment.copy())
    )
    return exp.func("greatest", earlier, exp.Case().when(shown, later.copy()))


def _hours(number: int) -> exp.Interval:
    return exp.Interval(this=exp.Literal.string(str(number)), unit=exp.var("HOUR"))


_LOCAL_TYPES: Final = frozenset(
    {exp.DType.TIMESTAMPNTZ, exp.DType.TIMESTAMP, exp.DType.DATE, exp.DType.DATETIME}
)
_BRANCHING: Final = (exp.Coalesce, exp.Greatest, exp.Least, exp.Case, exp.If)
_FOLLOWING: Final = (exp.Add, exp.Sub, exp.Paren, exp.Alias, exp.TimestampTrunc, exp.DateTrunc)


def _is_local(node: exp.Expr) -> bool:
    """Tell a wall-clock time from a moment, by how it is written.

    A column is a moment, but for days (`day`, `close_date`); a wall-clock time is one of these, a
    CAST to TIMESTAMP or DATE, what `timezone` made of a moment, and what follows from them.
    """
    if isinstance(node, exp.Column):
        return node.name == "day" or node.name.endswith("_date")
    if isinstance(node, exp.Cast):
        return node.to.this in _LOCAL_TYPES
    if isinstance(node, _FOLLOWING):
        return _is_local(node.this)
    if isinstance(node, _BRANCHING):
        return any(_is_local(one) for one in _operands(node))
    return _name(node) == "from_utc_timestamp"


def _operands(node: exp.Expr) -> list[exp.Expr]:
    if isinstance(node, exp.Case):
        default = [node.args["default"]] if node.args.get("default") else []
        return [one.args["true"] for one in node.args["ifs"]] + default
    return list(node.iter_expressions())


def _epoch(node: exp.Expr) -> exp.Expr:
    """`epoch(x)` and `epoch(x - y)`: seconds with their fraction; Spark's counts whole ones."""
    of = node.this.unnest()
    if isinstance(of, exp.Sub):
        micros: exp.Expr = exp.paren(
            exp.Sub(this=_micros(of.this), expression=_micros(of.expression))
        )
    else:
        micros = _micros(of)
    return exp.Div(this=micros, expression=exp.Literal.number("1000000.0"), typed=True)


def _micros(moment: exp.Expr) -> exp.Expr:
    return exp.func("unix_micros", exp.cast(moment.copy(), "TIMESTAMPTZ"))


def _to_seconds(node: exp.Expr) -> exp.Expr:
    """`to_seconds(n)`: a span of n seconds."""
    return _dt_interval(seconds=node.expressions[0])


def _to_days(node: exp.Expr) -> exp.Expr:
    """`to_days(n)`: a span of n days."""
    return _dt_interval(days=node.this)


def _dt_interval(*, days: exp.Expr | None = None, seconds: exp.Expr | None = None) -> exp.Expr:
    nothing = [exp.Literal.number(0) for _ in range(4)]
    return exp.func(
        "make_dt_interval", days or nothing[0], nothing[1], nothing[2], seconds or nothing[3]
    )


def _empty_interval(node: exp.Expr) -> exp.Expr:
    """`CAST(NULL AS INTERVAL)`: in Spark a span has units; ours are days to seconds."""
    assert isinstance(node, exp.Cast)
    if node.to.this is exp.DType.INTERVAL and isinstance(node.this, exp.Null):
        return exp.func("nullif", _dt_interval(), _dt_interval())
    return node


# -- lists, stars, numbers -------------------------------------------------------------------


def _overlap(node: exp.Expr) -> exp.Expr:
    """`list_has_any(a, b)`."""
    return exp.func("arrays_overlap", node.this, node.expression)


def _element(node: exp.Expr) -> exp.Expr:
    """`list_extract(l, n)`: the n-th from 1, NULL where there is none."""
    of, number = node.expressions
    return exp.func("get", of, exp.Sub(this=number, expression=exp.Literal.number(1)))


def _latest(node: exp.Expr) -> exp.Expr:
    """`max(x, n) [FILTER (…)]`: a list of the n greatest, the greatest first."""
    held = node.this if isinstance(node, exp.Filter) else node
    if not (isinstance(held, exp.Max) and held.args.get("count")):
        return node
    if isinstance(held.parent, exp.Filter) and held is node:
        return node  # its FILTER is rewritten with it
    listed_up: exp.Expr = exp.func("collect_list", held.this)
    if isinstance(node, exp.Filter):
        listed_up = exp.Filter(this=listed_up, expression=node.expression)
    ordered = exp.func("sort_array", listed_up, exp.false())
    return exp.func("slice", ordered, exp.Literal.number(1), held.args["count"])


def _star(node: exp.Expr) -> exp.Expr:
    """`t.* REPLACE (x AS c)`: every other column, then the new ones."""
    assert isinstance(node, exp.Select)
    columns: list[exp.Expr] = []
    for column in node.expressions:
        columns.append(column)
        star = column.this if isinstance(column, exp.Column) else column
        replaced = star.args.get("replace") if isinstance(star, exp.Star) else None
        if replaced:
            star.set("replace", None)
            left_out = star.args.get("except_") or []
            star.set("except_", [*left_out, *(exp.column(one.alias) for one in replaced)])
            columns += replaced
    node.set("expressions", columns)
    return node


def _alone(node: exp.Expr) -> exp.Expr:
    """`greatest(x)` and `least(x)`: Spark wants two."""
    return node if node.expressions else node.this


def _unmarked(node: exp.Expr) -> exp.Expr:
    """`AS MATERIALIZED`: a hint to DuckDB's planner; Spark's is left to itself."""
    node.set("materialized", None)
    return node


def _quotient(node: exp.Expr) -> exp.Expr:
    """`a / b` is a division of floating numbers in DuckDB, also between decimals."""
    return exp.Div(this=_double(node.this), expression=_double(node.expression), typed=True)


def _double(number: exp.Expr) -> exp.Expr:
    return exp.cast(number.copy(), "DOUBLE")


_REWRITES: Final[Mapping[str, Callable[[exp.Expr], exp.Expr]]] = {
    "arrayoverlaps": _overlap,
    "cte": _unmarked,
    "cast": _empty_interval,
    "div": _quotient,
    "filter": _latest,
    "greatest": _alone,
    "least": _alone,
    "list_extract": _element,
    "max": _latest,
    "select": _star,
    "timetounix": _epoch,
    "timezone": _timezone,
    "todays": _to_days,
    "to_seconds": _to_seconds,
}


def _one_timestamp(tree: exp.Expr) -> None:
    """Last of all: both timestamp types become Spark's TIMESTAMP."""
    for kind in tree.find_all(exp.DataType):
        if kind.this in (exp.DType.TIMESTAMPNTZ, exp.DType.TIMESTAMP):
            kind.set("this", exp.DType.TIMESTAMPTZ)


# -- what stays behind -----------------------------------------------------------------------

#: Spark or sqlglot would take these without a word and answer otherwise.
_REFUSED: Final[Mapping[str, Callable[[exp.Expr], str | None]]] = {
    "attimezone": lambda node: "AT TIME ZONE (write timezone)",
    "regexplike": lambda node: "regular expression",
    "bracket": lambda node: _index(node),
    "order": lambda node: _ordered_aggregate(node),
    "tablesample": lambda node: "sample",
}


def _index(node: exp.Expr) -> str | None:
    key = node.expressions[0]
    is_name = isinstance(key, exp.Literal) and key.is_string
    return None if is_name else "index into a list (write list_extract)"


def _ordered_aggregate(node: exp.Expr) -> str | None:
    if isinstance(node.parent, exp.Query | exp.Window | exp.Subquery):
        return None
    return "order inside an aggregate (write arg_max, or number the rows)"
