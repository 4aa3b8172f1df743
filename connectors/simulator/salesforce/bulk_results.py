"""The rows of a bulk query as CSV in a temporary file, and pages cut out of it.

As Bulk API 2.0 writes it: every value in quotes, empty for null, moments with `Z`, LF or CRLF
(facts, salesforce 3.3). Knows no HTTP and no job.
"""

from __future__ import annotations

import csv
import io
import os
import tempfile
import weakref
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from connectors.simulator.salesforce.soql_errors import SoqlError
from connectors.simulator.salesforce.soql_statement import Leaf, Member, Parent, Statement

Row = Sequence[object]

_AT_ONCE: Final = 1_048_576  # bytes written together


class Results:
    """The rendered rows of one job; any page can be cut out of them as often as asked."""

    def __init__(self, head: Sequence[str], rows: Iterable[Row], *, newline: str) -> None:
        self._file, path = tempfile.mkstemp()
        os.unlink(path)  # the file lives as long as it is open
        self._finalizer = weakref.finalize(self, os.close, self._file)
        self._head = _line(head, newline)
        self._ends = array("Q", [0])
        held = bytearray()
        for line in _lines(rows, newline):
            self._ends.append(self._ends[-1] + len(line))
            held += line
            if len(held) > _AT_ONCE:
                self._write(held)
        self._write(held)

    def _write(self, held: bytearray) -> None:
        while held:
            del held[: os.write(self._file, held)]

    def __len__(self) -> int:
        return len(self._ends) - 1

    def page(self, start: int, most: int) -> tuple[bytes, int]:
        """The rows from `start` on, at most `most`, under the head; and where the next begin."""
        end = min(start + most, len(self))
        size = self._ends[end] - self._ends[start]
        return self._head + os.pread(self._file, size, self._ends[start]), end

    def close(self) -> None:
        """Let go of the file."""
        self._finalizer()


def render(statement: Statement, rows: Iterable[Row], *, newline: str) -> Results:
    """Render the rows of a statement. Raises SoqlError where its records are not flat."""
    columns = [*_columns(statement.members, "")]
    shown = [(column, _TEXTS.get(kind, _plain)) for _, column, kind in columns]
    made = ([text(row[column]) for column, text in shown] for row in rows)
    return Results([name for name, _, _ in columns], made, newline=newline)


def _columns(members: Sequence[Member], before: str) -> Iterator[tuple[str, int, str]]:
    for member in members:
        if isinstance(member, Leaf):
            yield before + member.key, member.column, member.type
        elif isinstance(member, Parent) and not member.branches:
            yield from _columns(member.members, f"{before}{member.key}.")
        else:
            raise SoqlError("MALFORMED_QUERY", "Nested queries and TYPEOF are not supported")


def _lines(rows: Iterable[Row], newline: str) -> Iterator[bytes]:
    # A writer a row would be slow; one buffer for all would lose where rows end.
    buffer = io.StringIO(newline="")
    write = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator=newline).writerow
    for row in rows:
        write(row)
        yield buffer.getvalue().encode("utf-8", "replace")
        buffer.seek(0)
        buffer.truncate()


def _line(values: Sequence[str], newline: str) -> bytes:
    return (",".join(f'"{value}"' for value in values) + newline).encode()


def _plain(value: object) -> object:
    return "" if value is None else value


def _flag(value: object) -> str:
    return "true" if value else "false"


def _moment(value: object) -> str:
    return "" if value is None else str(value).removesuffix("Z") + ".000Z"


_TEXTS: Final[dict[str, Callable[[object], object]]] = {"boolean": _flag, "datetime": _moment}
