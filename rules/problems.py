"""What is wrong with a file an admin wrote: a place, a sentence, and what to do. Never raised.

Problems are values: they are collected, sorted and shown all at once. Nothing in here knows YAML or
the rule language.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, order=True)
class Place:
    """Where something stands in a file. Lines and columns start at 1, columns count characters."""

    path: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A mistake at a place, in words for the person who made it. Sorts by place."""

    path: str
    line: int
    column: int
    rule: str | None  # the id of the rule it stands in, where known
    message: str

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(path=self.path, line=self.line, column=self.column)

    def __str__(self) -> str:
        rule = f"{self.rule}: " if self.rule else ""
        return f"{self.path}:{self.line}:{self.column}: {rule}{self.message}"

    def __lt__(self, other: Problem) -> bool:
        return self._order() < other._order()

    def _order(self) -> tuple[str, int, int, str, str]:
        return (self.path, self.line, self.column, self.rule or "", self.message)


def problem_at(place: Place, message: str, rule: str | None = None) -> Problem:
    """The problem that `message` describes, at `place`."""
    return Problem(
        path=place.path, line=place.line, column=place.column, rule=rule, message=message
    )


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` Did you mean "amount"?` with a space before it, or nothing when no known word is near."""
    words = {one.lower(): one for one in known}
    near = difflib.get_close_matches(word.lower(), words, n=1, cutoff=0.6)
    return f' Did you mean "{words[near[0]]}"?' if near else ""


def listed(words: Iterable[str], last: str = "or") -> str:
    """The words as a person lists them: `a, b or c`."""
    *head, tail = list(words) or [""]
    return f"{', '.join(head)} {last} {tail}" if head else tail


def a(noun: str) -> str:
    """The noun with its article: `a deal`, `an account`."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def shown(text: str, limit: int = 60) -> str:
    """What the admin wrote, in quotes, on one line and cut to `limit` characters."""
    line = " ".join(text.split())
    return f'"{line}"' if len(line) <= limit else f'"{line[: limit - 1]}…"'
