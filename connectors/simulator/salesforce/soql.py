"""Text of a SOQL query -> a tree of frozen values. Knows the language, never an org or its data.

Anything else than a query of the REST API is refused with `SoqlError`. The grammar stands in
`soql.lark`, the tree in `soql_tree.py`.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path as FilePath
from typing import Final

from lark import Lark
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken, VisitError

from connectors.simulator.salesforce.soql_builder import NO_FIELD, TreeBuilder
from connectors.simulator.salesforce.soql_errors import SoqlError, unexpected
from connectors.simulator.salesforce.soql_literals import place_of
from connectors.simulator.salesforce.soql_tree import Place, Query

__all__ = ["SoqlError", "parse"]

LONGEST_QUERY: Final = 100_000  # characters; facts sheet, 3.2


def parse(text: str) -> Query:
    """Read one query. Raises SoqlError MALFORMED_QUERY for everything that is not one."""
    if not text.strip():
        raise SoqlError("MALFORMED_QUERY", "SOQL statements cannot be empty or null")
    if len(text) > LONGEST_QUERY:
        raise SoqlError(
            "MALFORMED_QUERY", f"SOQL statements cannot be longer than {LONGEST_QUERY} characters."
        )
    try:
        return _transformed(text)
    except UnexpectedInput as error:
        raise _unexpected_input(error).shown_in(text) from None
    except SoqlError as error:
        raise error.shown_in(text) from None


@cache
def _parser() -> Lark:
    grammar = FilePath(__file__).with_name("soql.lark").read_text(encoding="utf-8")
    # ASCII: without it IGNORECASE reads a long s or a Kelvin sign as a letter of a keyword.
    return Lark(
        grammar,
        parser="lalr",
        lexer="contextual",
        transformer=TreeBuilder(),
        g_regex_flags=re.ASCII,
    )


def _transformed(text: str) -> Query:
    try:
        # With an inline transformer lark returns what `start` returned; its annotation says Tree.
        query: object = _parser().parse(text)
    except VisitError as error:
        raise error.orig_exc from None
    assert isinstance(query, Query)
    return query


def _unexpected_input(error: UnexpectedInput) -> SoqlError:
    place = Place(row=error.line, column=error.column)
    if isinstance(error, UnexpectedCharacters):
        return _unexpected_character(error.char, place)
    assert isinstance(error, UnexpectedToken)
    before = error.token_history[-1] if error.token_history else None
    if before is not None and before.type == "NAME" and before.upper() in NO_FIELD:
        return unexpected(before, place_of(before))
    if error.token.type == "$END":
        return SoqlError("MALFORMED_QUERY", "unexpected token: '<EOF>'")
    return _unexpected_character(str(error.token), place)


def _unexpected_character(found: str, place: Place) -> SoqlError:
    if found == ":":
        return SoqlError("MALFORMED_QUERY", "Bind variables only allowed in Apex code", place)
    return unexpected(found, place)
