"""The lexicon: phrases as people write them, made into patterns that run in linear time (RE2)."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import yaml

from rules.signals.plain import plain_column

#: Kinds of entries under `purpose` that are too vague to speak for one.
_NOT_A_PURPOSE: Final = frozenset({"vague"})
_WORD: Final = re.compile(r"[^\W\d_]+")
_NOTHING: Final = r"[^\s\S]"  # what an empty list finds
_OPTIONAL_FIRST: Final = re.compile(r"(?<![^ ~])\[([^\]]+)\] ")
_OPTIONAL_LAST: Final = re.compile(r" \[([^\]]+)\]$")


@dataclass(frozen=True)
class Lexicon:
    """What is looked for: one pattern of all check-ins, one of all signs of purpose."""

    version: str  # changes with any entry
    check_in: str
    purpose: str
    polite: frozenset[str]  # words that say nothing
    about: frozenset[str]  # words after which the thing stands that is meant

    def says(self, pattern: str, texts: pa.Array) -> pa.Array:
        """Tell for each plain text whether a pattern of this lexicon is in it."""
        return pc.match_substring_regex(texts, pattern=pattern)


def parse_lexicon(text: str) -> Lexicon:
    """Make a lexicon of its YAML text."""
    said = yaml.safe_load(text)
    check_in = [p for language in said["checkin"].values() for p in language["strong"]]
    purpose = [
        p
        for language in said["purpose"].values()
        for kind, patterns in language.items()
        if kind not in _NOT_A_PURPOSE
        for p in patterns
    ]
    return Lexicon(
        version=hashlib.sha256(text.encode()).hexdigest()[:12],
        check_in=_any_of(check_in),
        purpose=_any_of(purpose),
        polite=_words(said["polite"]) | _words(check_in),
        about=_words(said["about"]),
    )


def shipped_lexicon() -> Lexicon:
    """Return the lexicon that the package holds as data."""
    return parse_lexicon((resources.files(__package__) / "lexicon.yaml").read_text("utf-8"))


def _words(entries: list[Any]) -> frozenset[str]:
    plainly = plain_column(pa.array([str(e) for e in entries], pa.string())).to_pylist()
    return frozenset(word for entry in plainly for word in _WORD.findall(entry))


def _any_of(patterns: list[Any]) -> str:
    if not patterns:
        return _NOTHING
    plainly = plain_column(pa.array([str(p) for p in patterns])).to_pylist()
    return r"\b(?:" + "|".join(to_regex(p) for p in plainly) + r")(?:\b|\W|$)"


def to_regex(pattern: str) -> str:
    """Translate a plain entry: [x] optional, {a|b} alternatives, ~ up to four free words.

    An optional word takes the blank beside it along: `just a [quick] call` is `just a call`, too.
    """
    said = _OPTIONAL_FIRST.sub("\x01\\1\x02", pattern.replace("~ ", "~"))
    said = _OPTIONAL_LAST.sub("\x03\\1\x04", said)
    return "".join(_SIGNS.get(sign, re.escape(sign)) for sign in said)


_SIGNS: Final = {
    "\x01": "(?:(?:",
    "\x02": ") )?",
    "\x03": "(?: (?:",
    "\x04": "))?",
    "[": "(?:",
    "]": ")?",
    "{": "(?:",
    "}": ")",
    "|": "|",
    "~": r"(?:\S+ ){0,4}",
    " ": " ",
}
