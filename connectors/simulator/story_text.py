"""YAML text -> words in their places, read by tables of fields. Knows no story.

Every value stays the text that stands in the file until a field's reader takes it, so that YAML's
guesses (`10:00` a number, `no` a truth) never happen. What is wrong is collected, with its line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Any, Final
from zoneinfo import available_timezones

import yaml

Reader = Callable[["Page", Any], Any]
_MOST: Final = 10**12
_ADDRESS: Final = re.compile(r"[a-z0-9._-]+@[a-z0-9-]+(\.[a-z0-9-]+)*\.example")


class StoryError(Exception):
    """A story that cannot be told; each problem says where, what is wrong and what to do."""

    def __init__(self, problems: Collection[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, kw_only=True)
class Table:
    """The fields of one kind of thing: how each is read, and which may not be left out."""

    kind: str
    fields: Mapping[str, Reader]
    needed: frozenset[str]


@dataclass(kw_only=True)
class Page:
    """The file being read, and what was found wrong with it so far."""

    path: str
    problems: list[str] = field(default_factory=list)

    def complain(self, line: int, problem: str) -> None:
        """Note a problem of a line, counted from 1."""
        end = "" if problem.endswith("?") else "."
        self.problems.append(f"{self.path}:{line}: {problem}{end}")

    def fields(self, node: Any, table: Table) -> dict[str, Any] | None:
        """Read a mapping by its table; None, with the problems noted, where it is unusable."""
        if not isinstance(node, yaml.MappingNode):
            self.complain(line_of(node), f"{table.kind} is written as “field: value” lines")
            return None
        before = len(self.problems)
        named = self._named(node, table)
        for missing in sorted(table.needed - named.keys()):
            self.complain(line_of(node), f"{table.kind} lacks “{missing}”; add it")
        values = {name: self.value(table.fields[name], one) for name, one in named.items()}
        return values if len(self.problems) == before else None

    def _named(self, node: Any, table: Table) -> dict[str, Any]:
        named: dict[str, Any] = {}
        for key, value in node.value:
            name, line = str(key.value), line_of(key)
            if name not in table.fields:
                self.complain(line, f"{table.kind} has no field “{name}”{hint(name, table.fields)}")
            elif name in named:
                self.complain(line, f"“{name}” is written twice; keep one")
            else:
                named[name] = value
        return named

    def value(self, reader: Reader, node: Any) -> Any:
        """Read one value; None, with the problem noted, where it is unusable."""
        try:
            return reader(self, node)
        except ValueError as problem:
            self.complain(line_of(node), str(problem))
            return None


def compose(text: str, page: Page) -> Any:
    """Read YAML text as a tree of places; None, with the problem noted, where it is none."""
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        page.complain(mark.line + 1 if mark else 1, f"this is no YAML: {error.problem}")
    except (yaml.YAMLError, RecursionError):
        page.complain(1, "this is no YAML that a story is written in")
    return None


def line_of(node: Any) -> int:
    """Give the line a place stands on, counted from 1."""
    return int(node.start_mark.line) + 1 if node is not None else 1


def hint(word: str, known: Collection[str]) -> str:
    """Say which word was probably meant, or which there are."""
    close = get_close_matches(word, known, n=1)
    return f"; did you mean “{close[0]}”?" if close else f"; write one of: {', '.join(known)}"


# -- readers of one value: ValueError with a sentence -------------------------------------------


def text(page: Page, node: Any) -> str:
    """Read words."""
    value = node.value.strip() if isinstance(node, yaml.ScalarNode) else ""
    if not value:
        raise ValueError("a value is missing here; write one or remove the field")
    return str(value)


def word(known: Collection[str]) -> Reader:
    """Read one of a closed list of words."""

    def read(page: Page, node: Any) -> str:
        found = text(page, node)
        if found not in known:
            raise ValueError(f"“{found}” is not known here{hint(found, known)}")
        return found

    return read


def yes_no(page: Page, node: Any) -> bool:
    """Read `yes` or `no`."""
    return bool(word(("yes", "no"))(page, node) == "yes")


def number(page: Page, node: Any) -> Decimal:
    """Read a number that is not negative."""
    found = text(page, node)
    try:
        value = Decimal(found)
    except InvalidOperation:
        value = Decimal(-1)
    if not (value.is_finite() and 0 <= value < _MOST):
        raise ValueError(f"“{found}” is no number; write one like 48000 or 0.5")
    return value


def zone(page: Page, node: Any) -> str:
    """Read the IANA name of a time zone."""
    found = text(page, node)
    if found not in available_timezones():
        raise ValueError(f"“{found}” is no time zone; write one like Europe/London")
    return found


def address(page: Page, node: Any) -> str:
    """Read a mail address that can belong to nobody."""
    found = text(page, node)
    if not _ADDRESS.fullmatch(found):
        raise ValueError(
            f"“{found}” may reach somebody; write an address in small letters that ends in .example"
        )
    return found


def parsed(parse: Callable[[str], object]) -> Reader:
    """Read a text with a function that raises ValueError with a sentence."""
    return lambda page, node: parse(text(page, node))


def many(reader: Reader) -> Reader:
    """Read a list; what is wrong with one entry is noted at that entry."""

    def read(page: Page, node: Any) -> tuple[Any, ...]:
        if not isinstance(node, yaml.SequenceNode):
            raise ValueError("a list belongs here; begin each entry with “- ”")
        return tuple(page.value(reader, one) for one in node.value)

    return read


def mapped(reader: Reader) -> Reader:
    """Read “name: value” pairs into a dictionary."""

    def read(page: Page, node: Any) -> dict[str, Any]:
        if not isinstance(node, yaml.MappingNode):
            raise ValueError("“name: value” lines belong here")
        return {text(page, key): reader(page, one) for key, one in node.value}

    return read
