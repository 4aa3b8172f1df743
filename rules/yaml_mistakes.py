"""A YAML parser's complaint -> one sentence for a person who has never heard of YAML's grammar.

The parsers in C and in Python word their complaints differently; the fragments below are in both.
What an admin most likely did is read from the lines themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

import yaml

Where = tuple[int, int, str]  # line and column from 1, sentence

_TAB: Final = re.compile(r" *\t")
_WORD_WITHOUT_SPACE: Final = re.compile(r"\s*(?:- )?([\w-]+):[^\s/]")
_COLON_IN_TEXT: Final = re.compile(r"""\s*(?:- )?[\w-]+:\s+[^\s"'{\[|>#].*:(?:\s|$)""")
_BRACE_FIRST: Final = re.compile(r"(\s*(?:- )?[\w-]+:\s+)[{\[].*[}\]]\s*[^\s#,}\]]")
_QUOTE_FIRST: Final = re.compile(r"""\s*(?:- )?[\w-]+:\s+["'].*["']\s*[^\s#]""")


def explain(error: yaml.MarkedYAMLError, lines: Sequence[str]) -> Where:
    """Where the mistake stands, and a sentence that says what to do about it."""
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    tab = _tab_near(lines, line)
    if tab is not None:
        return tab, 1, "the line begins with a tab. Indent with spaces only."
    said = f"{error.context or ''} {error.problem or ''}"
    for fragment, sentence in _SENTENCES:
        if fragment in said:
            start = error.context_mark if fragment in _AT_THE_BEGINNING else None
            if start:
                line, column = start.line + 1, start.column + 1
            return line, column, sentence
    for fragment, reason in _BY_LOOKING:
        if fragment in said:
            found = reason(lines, line, column)
            if found:
                return found
    return line, column, "this does not fit here. Compare the indentation with the lines above."


def _tab_near(lines: Sequence[str], line: int) -> int | None:
    near = (number for number in (line, line - 1) if 0 < number <= len(lines))
    return next((number for number in near if _TAB.match(lines[number - 1])), None)


def _line(lines: Sequence[str], number: int) -> str:
    return lines[number - 1] if 0 < number <= len(lines) else ""


def _last_written(lines: Sequence[str], before: int) -> int:
    number = before - 1
    while number > 0 and not _line(lines, number).strip():
        number -= 1
    return number


def _colon(lines: Sequence[str], line: int, column: int) -> Where:
    above = _last_written(lines, line)
    for number in (line, above):
        if (found := _WORD_WITHOUT_SPACE.match(_line(lines, number))) is not None:
            return number, found.end() - 1, f'after "{found[1]}:" a space is missing.'
    if _COLON_IN_TEXT.match(_line(lines, line)):
        return line, column, "a text with a colon in it must stand in quotes."
    return line, column, "this line is indented too far, or the line above needs a colon."


def _no_colon(lines: Sequence[str], line: int, column: int) -> Where:
    at = _last_written(lines, line)
    text = _line(lines, at)
    indent = len(text) - len(text.lstrip()) + 1
    if (found := _WORD_WITHOUT_SPACE.match(text)) is not None:
        return at, found.end() - 1, f'after "{found[1]}:" a space is missing.'
    return at, indent, 'a colon is missing here. Write "word: value".'


def _block(lines: Sequence[str], line: int, column: int) -> Where:
    text = _line(lines, line)
    if (found := _BRACE_FIRST.match(text)) is not None:
        return line, found.end(1) + 1, 'a text that begins with "{" or "[" must stand in quotes.'
    if _QUOTE_FIRST.match(text):
        return line, column, "there is more text after the closing quote. Put all of it in quotes."
    if text.lstrip().startswith("- ") and column == len(text) - len(text.lstrip()) + 1:
        return line, column, 'a list begins here, but "word: value" was expected.'
    return line, column, "this line is indented differently from those it belongs to."


def _bracket(lines: Sequence[str], line: int, column: int) -> Where:
    if _line(lines, line)[column - 1 : column] in ("]", "}", ","):
        return line, column, "a value is missing here, or a bracket was never opened."
    at = _last_written(lines, line + 1)
    return at, len(_line(lines, at)) + 1, "a bracket or brace was opened and is never closed."


#: The mistakes whose place is where the thing begins, not where the parser gave up.
_AT_THE_BEGINNING: Final = frozenset(
    {"escape code", "quoted scalar", "flow sequence", "flow mapping"}
)

#: Fragment of the complaint -> sentence; the first that fits counts.
_SENTENCES: Final = (
    (
        "unknown escape character",
        "in double quotes a backslash must be doubled. Use single quotes.",
    ),
    ("hexadecimal", "in double quotes a backslash must be doubled. Use single quotes."),
    ("hexdecimal", "in double quotes a backslash must be doubled. Use single quotes."),
    ("escape code", "the \\u in these quotes names no character. Use single quotes."),
    ("quoted scalar", "this quote is never closed."),
    ("flow sequence", 'this list in brackets is never closed, or a comma is missing: "[a, b]".'),
    ("flow mapping", 'these braces are never closed, or a comma is missing: "{a: 1, b: 2}".'),
    ("cannot start any token", "a text that begins with this character must stand in quotes."),
    ("block scalar", "after | or > the text begins on the next line, indented."),
    ("found undefined tag handle", "tags (!) are not allowed."),
    ("document start", "this line is indented less than the first one."),
)
_BY_LOOKING: Final[tuple[tuple[str, Callable[[Sequence[str], int, int], Where]], ...]] = (
    ("mapping values are not allowed", _colon),
    ("could not find expected ':'", _no_colon),
    ("node content", _bracket),
    ("block mapping", _block),
    ("block collection", _block),
)
