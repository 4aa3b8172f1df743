"""From the rules of `soql.lark` to the tree: one method a rule, run while lark parses.

Refuses what the grammar cannot say: a reserved word as a name, an unknown word in a clause.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lark import Token, Transformer

from connectors.simulator.salesforce import soql_literals as literals
from connectors.simulator.salesforce.soql_errors import unexpected
from connectors.simulator.salesforce.soql_literals import place_of
from connectors.simulator.salesforce.soql_tree import (
    Call,
    Comparison,
    Condition,
    Item,
    Literal,
    Logical,
    Operand,
    Order,
    Path,
    Query,
    TypeOf,
)

CLAUSE_WORDS: Final[Mapping[str, frozenset[str]]] = {
    "FOR": frozenset({"VIEW", "REFERENCE", "UPDATE"}),
    "UPDATE": frozenset({"TRACKING", "VIEWSTAT"}),
    "USING": frozenset({"SCOPE", "LOOKUP"}),
    "WITH": frozenset({"SECURITY_ENFORCED", "USER_MODE", "SYSTEM_MODE"}),
}
#: Words that may not stand as an alias; SOQL and SOSL Reference, "Reserved Keywords".
RESERVED: Final = frozenset(
    {
        *("AND", "ASC", "DESC", "EXCLUDES", "FIRST", "FROM", "GROUP", "HAVING", "IN", "INCLUDES"),
        *("LAST", "LIKE", "LIMIT", "NOT", "NULL", "NULLS", "OR", "SELECT", "USING", "WHERE"),
        "WITH",
    }
)
#: Words no field is called, so a name in their place is a slip: SELECT FROM Account.
NO_FIELD: Final = RESERVED - {"GROUP", "LIMIT", "FIRST", "LAST"}


@dataclass(frozen=True)
class _Clause:
    """A parsed clause on its way to `Query`: the fields it sets."""

    sets: Mapping[str, object]


class TreeBuilder(Transformer[Token, Query]):
    """Turns each rule of soql.lark into its value; runs while lark parses."""

    def start(self, children: list[Query]) -> Query:
        return children[0]

    def query(self, children: list[object]) -> Query:
        fields: dict[str, object] = {"extras": ()}
        for child in children:
            assert isinstance(child, _Clause)
            sets = dict(child.sets)
            extras = (*_texts(fields["extras"]), *_texts(sets.pop("extras", ())))
            fields |= sets | {"extras": extras}
        return Query(**fields)  # type: ignore[arg-type]  # each clause sets what its rule read

    def select_list(self, children: list[Item]) -> _Clause:
        return _Clause({"select": tuple(children)})

    def item(self, children: list[object]) -> Item:
        value, alias = (*children, None)[:2]
        assert isinstance(value, Path | Call | TypeOf)
        assert alias is None or isinstance(alias, Token)
        return Item(value=value, alias=_alias(alias))

    def subquery(self, children: list[Query]) -> Item:
        return Item(value=children[0])

    def typeof(self, children: list[object]) -> TypeOf:
        path, *rest = children
        assert isinstance(path, Path)
        branches = tuple(one for one in rest if isinstance(one, tuple))
        otherwise = next((tuple(one) for one in rest if isinstance(one, list)), ())
        return TypeOf(path=path, branches=branches, otherwise=otherwise)

    def when(self, children: list[object]) -> tuple[str, tuple[Path, ...]]:
        name, paths = children
        assert isinstance(paths, list)
        return str(name), tuple(paths)

    def path_list(self, children: list[Path]) -> list[Path]:
        return children

    def from_list(self, children: list[object]) -> _Clause:
        alias = next((one for one in children if isinstance(one, Token)), None)
        joins = tuple(one for one in children if isinstance(one, tuple))
        return _Clause({"entity": children[0], "alias": _alias(alias), "joins": joins})

    def from_join(self, children: list[object]) -> tuple[Path, str]:
        path, alias = children
        assert isinstance(path, Path)
        assert isinstance(alias, Token)
        return path, _alias(alias) or ""

    def using(self, children: list[object]) -> _Clause:
        word = children[0]
        assert isinstance(word, Token)
        clause = _clause_words("USING", [word])
        return _Clause({"extras": (f"{_texts(clause.sets['extras'])[0]} {children[1]}",)})

    def with_clause(self, children: list[object]) -> _Clause:
        return _Clause({"extras": (f"WITH {children[0]}",)})

    def with_item(self, children: list[object]) -> str:
        word = children[0] if children else None
        if len(children) > 1 or not isinstance(word, Token):
            return str(word) if isinstance(word, Token) else "DATA CATEGORY"
        return _texts(_clause_words("WITH", [word]).sets["extras"])[0].removeprefix("WITH ")

    def for_clause(self, children: list[Token]) -> _Clause:
        return _clause_words("FOR", children)

    def update_clause(self, children: list[Token]) -> _Clause:
        return _clause_words("UPDATE", children)

    def where(self, children: list[Condition]) -> _Clause:
        return _Clause({"where": children[0]})

    def all_of(self, children: list[Condition]) -> Logical:
        return Logical(operator="AND", parts=tuple(children))

    def any_of(self, children: list[Condition]) -> Logical:
        return Logical(operator="OR", parts=tuple(children))

    def negation(self, children: list[Condition]) -> Logical:
        return Logical(operator="NOT", parts=tuple(children))

    def compare(self, children: list[object]) -> Comparison:
        left, operator, right = children
        assert isinstance(left, Path | Call)
        return _comparison(left, str(operator).replace("<>", "!="), right)

    def like(self, children: list[object]) -> Comparison:
        left, token = children
        assert isinstance(left, Path | Call)
        assert isinstance(token, Token)
        return _comparison(left, "LIKE", literals.pattern(token))

    def is_in(self, children: list[Operand]) -> Comparison:
        return _comparison(children[0], "IN", children[1])

    def is_not_in(self, children: list[Operand]) -> Comparison:
        return _comparison(children[0], "NOT IN", children[1])

    def includes(self, children: list[Operand]) -> Comparison:
        return _comparison(children[0], "INCLUDES", children[1])

    def excludes(self, children: list[Operand]) -> Comparison:
        return _comparison(children[0], "EXCLUDES", children[1])

    def inner_query(self, children: list[Query]) -> Query:
        return children[0]

    def literal_list(self, children: list[Literal]) -> tuple[Literal, ...]:
        return tuple(children)

    def path(self, children: list[Token]) -> Path:
        if children[0].upper() in NO_FIELD:
            raise unexpected(children[0], place_of(children[0]))
        return Path(parts=tuple(str(part) for part in children), place=place_of(children[0]))

    def call(self, children: list[object]) -> Call:
        name, *arguments = children
        assert isinstance(name, Token)
        known = tuple(one for one in arguments if isinstance(one, Path | Call | Literal))
        return Call(name=name.upper(), arguments=known, place=place_of(name))

    def word(self, children: list[Token]) -> Literal:
        return literals.word(children[0], children[1:])

    def number(self, children: list[Token]) -> Literal:
        return literals.number(children[0])

    def string(self, children: list[Token]) -> Literal:
        return literals.string(children[0])

    def date(self, children: list[Token]) -> Literal:
        return literals.day(children[0])

    def moment(self, children: list[Token]) -> Literal:
        return literals.moment(children[0])

    def currency(self, children: list[Token]) -> Literal:
        return literals.currency(children[0])

    def group(self, children: list[object]) -> _Clause:
        having = next((dict(one.sets) for one in children if isinstance(one, _Clause)), {})
        keys = tuple(one for one in children if isinstance(one, Path | Call))
        return _Clause({"group_by": keys} | having)

    def having(self, children: list[Condition]) -> _Clause:
        return _Clause({"having": children[0]})

    def order(self, children: list[Order]) -> _Clause:
        return _Clause({"order_by": tuple(children)})

    def order_item(self, children: list[object]) -> Order:
        by, *words = children
        assert isinstance(by, Path | Call)
        return Order(by=by, descending="DESC" in words, nulls_last="LAST" in words)

    def ascending(self, _: list[object]) -> str:
        return "ASC"

    def descending(self, _: list[object]) -> str:
        return "DESC"

    def nulls_first(self, _: list[object]) -> str:
        return "FIRST"

    def nulls_last(self, _: list[object]) -> str:
        return "LAST"

    def limit(self, children: list[Token]) -> _Clause:
        return _Clause({"limit": literals.count(children[0])})

    def offset(self, children: list[Token]) -> _Clause:
        return _Clause({"offset": literals.count(children[0])})


def _clause_words(clause: str, names: list[Token]) -> _Clause:
    for name in names:
        if name.upper() not in CLAUSE_WORDS[clause]:
            raise unexpected(name, place_of(name))
    return _Clause({"extras": (f"{clause} {', '.join(name.upper() for name in names)}",)})


def _alias(token: Token | None) -> str | None:
    if token is not None and token.upper() in RESERVED:
        raise unexpected(token, place_of(token))
    return None if token is None else str(token)


def _comparison(left: Operand, operator: str, right: object) -> Comparison:
    assert isinstance(right, Literal | tuple | Query)
    return Comparison(left=left, operator=operator, right=right)


def _texts(value: object) -> tuple[str, ...]:
    assert isinstance(value, tuple)
    return value
