"""What a task says: texts with placeholders in braces, filled from a flat dict of texts, once.

A value is inserted as it is and never read again, so a client who is called `{owner}` stays just
that. No loops, no calls, no attributes: whatever stands in braces is looked up in the dict or is an
error. Nothing in here knows which names exist; `vocabulary` does.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

_BRACES: Final = re.compile(r"(?P<escaped>\{\{|\}\})|\{(?P<name>[^{}]*)\}|(?P<stray>[{}])")
#: Control characters, marks that reorder or hide text, halves of characters. Joiners stay: emoji
#: and several scripts need them.
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060"
    "\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
_LINE_ENDS: Final = re.compile("\r\n|[\r\x85\u2028\u2029]")
_JOINER: Final = "\u200d"
_ELLIPSIS: Final = "…"


class UnknownPlaceholderError(KeyError):
    """A text names a placeholder for which there is no value."""

    def __str__(self) -> str:
        return f"there is no value for the placeholder {{{self.args[0]}}}"


def placeholders(text: str) -> list[tuple[str, int]]:
    """The name of every placeholder with the offset of its brace, in order. Names are unchecked."""
    return [(one["name"], one.start()) for one in _BRACES.finditer(text) if one["name"] is not None]


def stray_braces(text: str) -> list[int]:
    """The offsets of braces that neither enclose a name nor are doubled."""
    return [one.start() for one in _BRACES.finditer(text) if one["stray"]]


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put the values into the text. Raises UnknownPlaceholderError for a name without a value."""

    def value(found: re.Match[str]) -> str:
        if found["name"] is None:
            return found[0][0]
        try:
            return values[found["name"]]
        except KeyError:
            raise UnknownPlaceholderError(found["name"]) from None

    return _BRACES.sub(value, text)


def plain(text: str) -> str:
    """The text without characters that no one sees; lines end with a newline, tabs are spaces."""
    return _UNSEEN.sub("", _LINE_ENDS.sub("\n", text)).replace("\t", " ")


def one_line(text: str, limit: int) -> str:
    """The text on one line, at most `limit` UTF-16 units long, cut between characters with `…`.

    UTF-16 units are what browsers and most CRMs count: an emoji is two of them.
    """
    line = " ".join(plain(text).split())
    if _units(line) <= limit:
        return line
    end, units = 0, _units(_ELLIPSIS)
    while end < len(line) and units + _units(line[end]) <= limit:
        units += _units(line[end])
        end += 1
    while end > 0 and _inside_a_character(line, end):
        end -= 1
    return line[:end].rstrip() + _ELLIPSIS if limit > 0 else ""


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _inside_a_character(text: str, at: int) -> bool:
    """Whether a person would see one character both before and after this border."""
    before, after = text[at - 1], text[at]
    return (
        unicodedata.category(after) in ("Mn", "Me", "Mc")
        or after == _JOINER
        or before == _JOINER
        or "\U0001f3fb" <= after <= "\U0001f3ff"  # skin tones
        or (_is_flag(before) and _is_flag(after) and _flags_before(text, at) % 2 == 1)
    )


def _is_flag(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _flags_before(text: str, at: int) -> int:
    """How many halves of flags stand directly before this border."""
    start = at
    while start > 0 and _is_flag(text[start - 1]):
        start -= 1
    return at - start
