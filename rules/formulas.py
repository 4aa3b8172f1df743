"""The one bounded escape of the language: `formula: amount * probability / 100 > 50000`.

Parsed by sqlglot against a white list of node types and written anew from the tree: nothing of the
admin's text reaches the database. No functions but a few of arithmetic, no sub-queries.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from rules.checked import Formula
from rules.notes import Notes, Path
from rules.problems import did_you_mean, listed, shown
from rules.vocabulary import FieldWord, Kind

LONGEST: Final = 400
DEEPEST: Final = 40
#: Brackets of every kind: the parser goes down into each of them.
DEEPEST_BRACKETS: Final = 12
_ARITHMETIC: Final = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Neg)
_ORDERED: Final = (exp.GT, exp.GTE, exp.LT, exp.LTE, exp.EQ, exp.NEQ)
_LOGIC: Final = (exp.And, exp.Or, exp.Not)
_FUNCTIONS: Final = (exp.Abs, exp.Coalesce, exp.Least, exp.Greatest)
_LEAVES: Final = (exp.Column, exp.Identifier, exp.Literal, exp.Paren)
_ALLOWED: Final = (*_ARITHMETIC, *_ORDERED, *_LOGIC, *_FUNCTIONS, *_LEAVES)
_NUMBERS: Final = frozenset({Kind.NUMBER, Kind.MONEY})
_KNOWS: Final = (
    "A formula knows + - * /, comparisons, and, or, not, abs, coalesce, least and greatest."
)
#: What would be read as something else than it looks like, or not at all.
_STRANGE: Final[Mapping[str, str]] = {
    "--": "Write a comment on a line of its own that begins with #.",
    "/*": "Write a comment on a line of its own that begins with #.",
    ";": "It is one comparison; write others as conditions of their own.",
    "%": "Write a share as a number: 0.5 for 50 %.",
}
#: How the parser begins to say what is wrong, and what an admin reads.
_UNREADABLE: Final[Mapping[str, str]] = {
    "Required keyword": "something is missing behind it",
    "Expecting )": 'a ")" is missing',
    "Invalid expression": "it cannot go on like this",
}


def read_formula(
    text: str, fields: Mapping[str, FieldWord], notes: Notes, path: Path
) -> Formula | None:
    """The formula, or None; what is wrong with it is noted with its column."""
    place = notes.value(*path)
    problems = list(_wrong(text, fields))
    for problem in problems:
        notes.add(place, problem)
    if problems:
        return None
    tree = sqlglot.parse_one(text, dialect="duckdb")
    names = {_name(column): fields[_name(column)] for column in tree.find_all(exp.Column)}
    for column in list(tree.find_all(exp.Column)):
        known = names[_name(column)]
        column.replace(sqlglot.parse_one(f"CAST({known.column('d')} AS DOUBLE)", dialect="duckdb"))
    return Formula(
        text=text,
        sql=_safe_division(tree).sql(dialect="duckdb"),
        words=frozenset(names.values()),
        place=place,
    )


def _wrong(text: str, fields: Mapping[str, FieldWord]) -> list[str]:
    odd = _odd(text)
    if odd is not None:
        return [odd]
    try:
        tree = sqlglot.parse_one(text, dialect="duckdb")
    except (ParseError, TokenError) as error:
        return [_unreadable(error)]
    except RecursionError:
        return [_TOO_LONG]
    if sum(1 for _ in tree.walk()) > DEEPEST * 4 or _depth(tree) > DEEPEST:
        return [_TOO_LONG]
    strange = next((node for node in tree.walk() if not isinstance(node, _ALLOWED)), None)
    if strange is not None:
        return [
            f"{shown(strange.sql(dialect='duckdb')[:60])} is not possible in a formula. {_KNOWS}"
        ]
    return list(_unfitting(tree, fields)) or [*_mixed(tree)][:1]


_TOO_LONG: Final = (
    "this formula is too long to be read by anybody. Split it into several conditions."
)


def _odd(text: str) -> str | None:
    """What is wrong with a text that no parser need see."""
    if len(text) > LONGEST:
        return f"this formula has {len(text)} characters; {LONGEST} are the most."
    found = next((sign for sign in _STRANGE if sign in text), None)
    if found is not None:
        return f'"{found}" is not possible in a formula. {_STRANGE[found]}'
    deep = deepest = 0
    for sign in text:
        deep += (sign in "([{") - (sign in ")]}")
        deepest = max(deepest, deep)
    return _TOO_LONG if deepest > DEEPEST_BRACKETS else None


def _unfitting(tree: exp.Expr, fields: Mapping[str, FieldWord]) -> Iterator[str]:
    columns = list(tree.find_all(exp.Column))
    yield from (said for column in columns if (said := _unfit(column, fields)))
    for literal in tree.find_all(exp.Literal):
        if literal.is_string:
            yield f"{shown(literal.this)} is a text. A formula compares numbers."
    if not columns:
        yield f"this formula names no field. Numbers: {listed(_numbers(fields), 'and')}."


def _mixed(tree: exp.Expr) -> Iterator[str]:
    """Where a comparison stands for a number, or a number for a comparison."""
    if not _is_truth(tree):
        yield 'a formula says yes or no. Compare something, as in "amount > 50000".'
    for node in tree.walk():
        wants_truth = isinstance(node, _LOGIC)
        for part in () if isinstance(node, _LEAVES) else node.iter_expressions():
            if _is_truth(part) != wants_truth:
                said = shown(part.sql()[:60])
                what = "is no comparison" if wants_truth else "is a comparison, not a number"
                yield f'{said} {what}. Join comparisons by "and" and "or".'


def _is_truth(tree: exp.Expr) -> bool:
    return isinstance(_bare(tree), (*_ORDERED, *_LOGIC))


def _unfit(column: exp.Column, fields: Mapping[str, FieldWord]) -> str | None:
    name = _name(column)
    numbers = _numbers(fields)
    if name in numbers:
        return None
    if name in fields:
        return f"{shown(name)} is not a number. Numbers: {listed(numbers, 'and')}."
    near = did_you_mean(name, numbers) or f" Numbers: {listed(numbers, 'and')}."
    return f"there is no field {shown(name)}.{near}"


def _numbers(fields: Mapping[str, FieldWord]) -> list[str]:
    return sorted(one for one, word in fields.items() if word.kind in _NUMBERS)


def _name(column: exp.Column) -> str:
    return ".".join(part.name for part in column.parts)


def _unreadable(error: ParseError | TokenError) -> str:
    found = error.errors[0] if isinstance(error, ParseError) and error.errors else {}
    column = found.get("col")
    where = f" at column {column}" if column else ""
    said = str(found.get("description") or "")
    why = next((ours for theirs, ours in _UNREADABLE.items() if said.startswith(theirs)), "")
    return f"this formula cannot be read{where}{': ' if why else ''}{why}. {_KNOWS}"


def _bare(tree: exp.Expr) -> exp.Expr:
    while isinstance(tree, exp.Paren):
        tree = tree.this
    return tree


def _depth(tree: exp.Expr) -> int:
    return max((node.depth for node in tree.walk()), default=0)


def _safe_division(tree: exp.Expr) -> exp.Expr:
    """A division by nothing is no number, in every engine."""
    for division in list(tree.find_all(exp.Div)):
        division.set("expression", exp.func("NULLIF", division.expression, exp.Literal.number(0)))
    return tree
