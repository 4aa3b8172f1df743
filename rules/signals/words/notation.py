"""How phrases are written in the lexicons, and the patterns they become: linear time, RE2.

`[x]` optional, `{a|b}` alternatives, `~` up to four free words. Nothing in here knows what is
sought.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

import pyarrow as pa

from rules.signals.text.plain import plain_column

#: Stand in an entry for the beginning of a clause, its end, and up to two free words.
START: Final = "\x05"
END: Final = "\x06"
FEW: Final = "\x07"
#: Stands for the rest of a clause; it survives being made plain, and its reader makes it a pattern.
REST: Final = "\ue00e"

_WORD: Final = re.compile(r"[^\W\d_]+")
_NOTHING: Final = r"[^\s\S]"  # what an empty list finds
_OPTIONAL_FIRST: Final = re.compile(r"(?<![^ ~\x05\x07])\[([^\]]+)\] ")
#: Optional words with which a phrase, or one of several, ends; behind them may stand its rest.
_LAST: Final = re.compile(rf"(?: \[[^\[\]]+\])+(?=$|[|}}]| {REST})")
_ONE_LAST: Final = re.compile(r" \[([^\]]+)\]")

_SIGNS: Final = {
    "\x01": "(?:(?:",
    "\x02": ") )?",
    "\x03": "(?: (?:",
    "\x04": "))?",
    START: r"(?:^|[.:;•*>)(] ?)",
    END: r"(?:$| ?[.,;:!?)])",
    FEW: r"(?:\S+ ){0,2}",
    "[": "(?:",
    "]": ")?",
    "{": "(?:",
    "}": ")",
    "|": "|",
    "~": r"(?:\S+ ){0,4}",
    " ": " ",
}


def to_regex(pattern: str) -> str:
    """Translate a plain entry: [x] optional, {a|b} alternatives, ~ up to four free words.

    An optional word takes the blank beside it along: `just a [quick] call` is `just a call`, too.
    """
    said = _LAST.sub(_with_blank_before, pattern.replace("~ ", "~"))
    said = _OPTIONAL_FIRST.sub("\x01\\1\x02", said)
    return "".join(_SIGNS.get(sign, re.escape(sign)) for sign in said)


def _with_blank_before(found: re.Match[str]) -> str:
    return _ONE_LAST.sub("\x03\\1\x04", found[0])


def any_of(patterns: Iterable[str]) -> str:
    """Return the pattern that finds any of these plain entries, as whole words."""
    some = [to_regex(one) if START in one else rf"\b{to_regex(one)}" for one in patterns]
    return rf"(?:{'|'.join(some)})(?:\b|\W|$)" if some else _NOTHING


def plain_entries(entries: Iterable[Any]) -> list[str]:
    """Return entries in the form in which texts are compared."""
    column = plain_column(pa.array([str(one) for one in entries], pa.string()))
    return [str(one) for one in column.to_pylist()]
