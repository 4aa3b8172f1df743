"""Which of our lines a text still lacks. Knows no CRM; blanks do not tell two lines apart."""

from __future__ import annotations

from collections.abc import Sequence


def missing(text: str, lines: Sequence[str]) -> list[str]:
    """Return the lines that do not stand in a text, in order, each once."""
    there = {_even(line) for line in text.splitlines()}
    return [line for line in dict.fromkeys(lines) if _even(line) not in there]


def _even(line: str) -> str:
    return " ".join(line.split())
