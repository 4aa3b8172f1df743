"""Literals of SOQL: a token of the text -> its value, or the refusal of it. Knows no fields.

Strings follow the escapes of the facts sheet, 3.2; datetimes leave in UTC.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Final, TypeVar

from lark import Token

from connectors.simulator.salesforce.soql_dates import DateRange, known_range
from connectors.simulator.salesforce.soql_errors import SoqlError, unexpected
from connectors.simulator.salesforce.soql_tree import Literal, Place

LONGEST_STRING: Final = 4_000
LARGEST_INTEGER: Final = 2**31 - 1
_ESCAPE: Final = re.compile(r"\\(u[0-9a-f]{4}|.)", re.IGNORECASE | re.DOTALL)
_ESCAPED: Final[Mapping[str, str]] = {
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "b": "\b",
    "f": "\f",
    "'": "'",
    '"': '"',
    "\\": "\\",
}
_Value = TypeVar("_Value", date, datetime)


def place_of(token: Token) -> Place:
    """Tell where a token stands."""
    return Place(row=token.line or 1, column=token.column or 1)


def string(token: Token) -> Literal:
    """Read a quoted text."""
    return Literal(kind="string", value=_unescape(token), place=place_of(token))


def pattern(token: Token) -> Literal:
    """Read what LIKE compares with; `\\%` and `%` stay two things."""
    return Literal(kind="pattern", value=_unescape(token, keep="%_\\"), place=place_of(token))


def _unescape(token: Token, *, keep: str = "") -> str:
    """Undo the escapes of a quoted string; facts sheet, 3.2.

    Raises SoqlError for any other backslash. The escapes of the characters in `keep` stay as
    they are, for the pattern's own reader.
    """

    def plain(match: re.Match[str]) -> str:
        found = match[1]
        if len(found) == 5:
            return chr(int(found[1:], 16))
        if found in keep:
            return match[0]
        if found.lower() not in _ESCAPED:
            raise SoqlError(
                "MALFORMED_QUERY",
                f"Invalid string literal {token}. "
                f"Illegal character sequence '{match[0]}' in string literal.",
                place_of(token),
            )
        return _ESCAPED[found.lower()]

    text = _ESCAPE.sub(plain, token[1:-1])
    if len(text) > LONGEST_STRING:
        raise SoqlError(
            "MALFORMED_QUERY",
            f"A string in a query cannot be longer than {LONGEST_STRING} characters.",
            place_of(token),
        )
    try:
        # Two \\u escapes may spell one letter beyond the first plane.
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        message = "Invalid string literal: half a surrogate pair."
        raise SoqlError("MALFORMED_QUERY", message, place_of(token)) from None


def number(token: Token) -> Literal:
    """Read a number; a whole one of up to 18 digits is exact."""
    whole = re.fullmatch(r"[+-]?\d{1,18}", token)
    value = int(token) if whole else float(token)
    return Literal(kind="number", value=value, place=place_of(token))


def count(token: Token) -> int:
    """Read a number of rows or days: no sign, no fraction, at most 2 147 483 647."""
    if not token.isdigit() or len(token) > 10 or int(token) > LARGEST_INTEGER:
        raise unexpected(token, place_of(token))
    return int(token)


def word(name: Token, rest: Sequence[Token]) -> Literal:
    """Read TRUE, FALSE, NULL or a date literal; `rest` is the number after its colon."""
    place = place_of(name)
    constants: Mapping[str, bool | None] = {"TRUE": True, "FALSE": False, "NULL": None}
    if name.upper() in constants and not rest:
        value = constants[name.upper()]
        return Literal(kind="null" if value is None else "boolean", value=value, place=place)
    found = DateRange(name=name.upper(), n=count(rest[0]) if rest else None)
    if not known_range(found):
        raise unexpected(name, place)
    return Literal(kind="range", value=found, place=place)


def day(token: Token) -> Literal:
    """Read `2026-11-12`."""
    return Literal(kind="date", value=_calendar(token, date.fromisoformat), place=place_of(token))


def moment(token: Token) -> Literal:
    """Read `2026-11-12T09:30:00+01:00`, with any offset, as UTC."""
    return Literal(kind="datetime", value=_calendar(token, _utc), place=place_of(token))


def currency(token: Token) -> Literal:
    """Keep an amount with its currency, `USD5000`, as written."""
    return Literal(kind="currency", value=str(token), place=place_of(token))


def _calendar(token: Token, read: Callable[[str], _Value]) -> _Value:
    """Read a date or a datetime, refusing 30 February."""
    try:
        return read(token.upper())
    except (ValueError, OverflowError):
        raise SoqlError("MALFORMED_QUERY", f"Invalid date: {token}", place_of(token)) from None


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
