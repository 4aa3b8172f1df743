"""Print a block many times: its rows, copied with other ids and other names, whole tables at once.

A block is told once to a company of its own, record by record, through every check and with
everything a CRM does by itself; what lies in its tables then is the type that is printed. Columns
that no copy changes are not touched, so that a row costs little more than SQLite takes to store it.
Knows no CRM: which rows to print and what their ids become, a dialect says.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from connectors.simulator.generator.names import MARK

Column = list[object]
Replaced = Mapping[object, object]  # what stands in the block -> what stands in the copy
Draw = Callable[[Replaced], Sequence[object]]


@dataclass(frozen=True, kw_only=True)
class Type:
    """The rows of one table, ready to be printed."""

    insert: str  # SQL
    columns: tuple[Draw, ...]

    def print(self, connection: sqlite3.Connection, replaced: Replaced) -> None:
        """Write one copy of the rows."""
        rows = zip(*(draw(replaced) for draw in self.columns), strict=True)
        connection.executemany(self.insert, rows)


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The rows of one table of a block."""

    table: str
    names: tuple[str, ...]
    rows: Sequence[Sequence[object]]


def set_type(rows: Rows, ids: Mapping[object, object], in_texts: str | None) -> Type:
    """Find out which columns change from copy to copy, and how.

    `ids` are the block's own ids; `in_texts` finds them inside of texts, where a dialect has them
    there.
    """
    pattern = re.compile(f"{MARK.pattern}|({in_texts})") if in_texts else MARK
    columns = [list(column) for column in zip(*rows.rows, strict=True)]
    marks = ", ".join("?" for _ in rows.names)
    names = ", ".join(f'"{name}"' for name in rows.names)
    # names of tables and columns are the store's own; values never go this way
    statement = " ".join(("INSERT INTO", f'"{rows.table}" ({names})', f"VALUES ({marks})"))
    drawn = tuple(_draw(column, ids, pattern) for column in columns)
    return Type(insert=statement, columns=drawn)


def _draw(column: Column, ids: Mapping[object, object], pattern: re.Pattern[str]) -> Draw:
    if any(value in ids for value in column):
        return lambda replaced: [replaced.get(value, value) for value in column]
    split = [_pieces(value, pattern) for value in column]
    if any(pieces is not None for pieces in split):
        return lambda replaced: [
            value if pieces is None else "".join([str(replaced.get(p, p)) for p in pieces])
            for value, pieces in zip(column, split, strict=True)
        ]
    return lambda replaced: column


def _pieces(value: object, pattern: re.Pattern[str]) -> list[str] | None:
    if not isinstance(value, str) or not pattern.search(value):
        return None
    return [piece for piece in pattern.split(value) if piece]


@contextmanager
def without_indexes(connection: sqlite3.Connection) -> Iterator[None]:
    """Build the indexes once at the end instead of with every row."""
    found = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    ).fetchall()
    for name, _ in found:
        connection.execute(f'DROP INDEX "{name}"')
    yield
    for _, statement in found:
        connection.execute(statement)
