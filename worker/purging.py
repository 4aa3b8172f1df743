"""A mirror that holds no more of what people wrote than it may.

What it may is said by `text:`, by who is forgotten, and by what the CRM has deleted.

Laws of this file: what must go is gone from the file's bytes, not only from its tables; a deletion
and the mark that the file must be written anew commit together, so that a crash between the two is
made up for at the next opening. Reads no text, and judges none.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Collection
from pathlib import Path
from typing import Final

import duckdb

from rules import select
from rules.select import Connection, transaction
from worker.beside import WRITTEN
from worker.forgotten import KINDS, Record, bring_in_line, emptied, told
from worker.mirror import READ_WITH, Mirror, MirrorError
from worker.texts import ORDER, Keep, TextKept

#: Nothing of a text may lie about in a directory for temporary files.
_CONFIG: Final[dict[str, str | bool | int | float | list[str]]] = {
    "threads": "2",
    "temp_directory": "",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
_NO_TEXTS: Final = ("DELETE FROM texts", "DELETE FROM record_texts")
_ANY_TEXT: Final = "SELECT 1 FROM texts UNION ALL SELECT 1 FROM record_texts LIMIT 1"
_ANY_QUOTE: Final = (
    "SELECT 1 FROM signals WHERE said IS NOT NULL "
    "UNION ALL SELECT 1 FROM record_signals WHERE said IS NOT NULL LIMIT 1"
)
_NO_QUOTES: Final = ("UPDATE signals SET said = NULL", "UPDATE record_signals SET said = NULL")
_ANEW: Final = "write_anew"
#: When deleted records were last looked for stands in `meta` under this.
_EMPTIED: Final = "emptied_at"
_DAY: Final = dt.timedelta(days=1)
_OF_CLIENTS: Final = tuple(sorted({*KINDS.values()} - {"owners"}))
#: What is derived from signals is made again from what is left of them.
_NO_SIGNALS: Final = (
    "DELETE FROM signals",
    "DELETE FROM record_signals",
    "DELETE FROM changed",
    "DELETE FROM derived",
    *(f"DELETE FROM feeds WHERE list_contains(streams, '{stream}')" for stream in WRITTEN),
)
#: What must not be there -> what takes it away, by what is kept.
_FORBIDDEN: Final = {
    Keep.OFF: (
        ("SELECT 1 FROM signals UNION ALL SELECT 1 FROM record_signals LIMIT 1", _NO_SIGNALS),
        (_ANY_TEXT, _NO_TEXTS),
    ),
    Keep.VERDICTS_ONLY: (
        (_ANY_QUOTE, _NO_QUOTES),
        (_ANY_TEXT, _NO_TEXTS),
    ),
    Keep.QUOTES: ((_ANY_TEXT, _NO_TEXTS),),
    Keep.FULL: (),
}


def hold_to(
    mirror: Mirror,
    path: Path,
    kept: TextKept,
    now: dt.datetime,
    forgotten: Collection[Record] = (),
) -> Mirror:
    """Take out of an open mirror what may not be in it, and return it, opened anew if need be.

    Where something was taken out the file is written anew: DuckDB frees pages, but leaves what
    stood in them. What arrives of who is forgotten is kept out from then on. Raises MirrorError.
    """
    connection = mirror.connection
    with transaction(connection):
        found = [
            _take_out(connection, kept, now),
            bring_in_line(connection, forgotten),
            _has_room(path) and _empty_deleted(connection, now),
        ]
        if any(found):
            connection.execute("INSERT INTO meta VALUES (?, 'yes')", [_ANEW])
    if connection.execute("SELECT 1 FROM meta WHERE name = ?", [_ANEW]).fetchall():
        mirror.close()
        _write_anew(path, mirror.memory)
        mirror = Mirror.open(path, memory=mirror.memory)
    mirror.forgets = bool(forgotten)
    return mirror


def _empty_deleted(connection: Connection, now: dt.datetime) -> bool:
    """Leave of records that the CRM has deleted no more than ids and times; looked at once a day.

    What people of ours are called stays: whoever left is still named.
    """
    seen = select.rows(connection, "SELECT value FROM meta WHERE name = $name", {"name": _EMPTIED})
    if seen and abs(now - dt.datetime.fromisoformat(seen[0]["value"])) < _DAY:
        return False
    connection.execute("DELETE FROM meta WHERE name = ?", [_EMPTIED])
    connection.execute("INSERT INTO meta VALUES (?, ?)", [_EMPTIED, now.isoformat()])
    emptied_now = [stream for stream in _OF_CLIENTS if _empty(connection, stream)]
    return bool(emptied_now)


def _has_room(path: Path) -> bool:
    """Whether the file can stand beside itself: what the CRM deletes stops no run for a full disk.

    What a person asked for does.
    """
    return shutil.disk_usage(path.parent).free > path.stat().st_size


def _empty(connection: Connection, stream: str) -> bool:
    these = f"FROM {stream} WHERE deleted AND ({told(stream)})"
    if not connection.execute(f"SELECT 1 {these} LIMIT 1").fetchall():
        return False
    connection.execute(f"UPDATE {stream} SET {emptied(stream)} WHERE deleted AND ({told(stream)})")
    return True


def _take_out(connection: Connection, kept: TextKept, now: dt.datetime) -> bool:
    found = False
    for question, remedies in _FORBIDDEN[kept.keep]:
        if connection.execute(question).fetchall():
            found = True
            for statement in remedies:
                connection.execute(statement)
    _lower_marks(connection, kept.keep)
    horizon = kept.horizon(now)
    if horizon is not None:
        for table in ("texts", "record_texts"):
            old = f"DELETE FROM {table} WHERE happened_at < ? RETURNING 1"
            found = bool(connection.execute(old, [horizon]).fetchall()) or found
    return found


def _lower_marks(connection: Connection, keep: Keep) -> None:
    """Remember of each feed that less is kept of it, so that more is read again when allowed."""
    lower = ORDER[: ORDER.index(keep) + 1]
    connection.execute(
        "UPDATE meta SET value = split_part(value, ' ', 1) || ' ' || ? "
        "WHERE starts_with(name, ?) AND NOT list_contains(?, split_part(value, ' ', 2))",
        [str(keep), READ_WITH, [str(one) for one in lower]],
    )


def _write_anew(path: Path, memory: str) -> None:
    fresh = path.with_name(path.name + ".anew")
    fresh.unlink(missing_ok=True)
    shutil.rmtree(path.with_name(path.name + ".tmp"), ignore_errors=True)  # of a killed process
    connection = duckdb.connect(config=_CONFIG | {"memory_limit": memory})
    try:
        connection.execute(f"ATTACH {_quoted(path)} AS old")
        connection.execute(f"ATTACH {_quoted(fresh)} AS fresh")
        connection.execute("COPY FROM DATABASE old TO fresh")
        connection.execute("DELETE FROM fresh.meta WHERE name = ?", [_ANEW])
        connection.execute("DETACH old")
        connection.execute("DETACH fresh")
    except duckdb.Error as error:
        raise MirrorError(
            f"{path} holds texts that must go, and cannot be written anew ({type(error).__name__})."
            " Make room on the disk, or delete it; the next run rebuilds it from the CRM."
        ) from None
    finally:
        connection.close()
    fresh.chmod(0o600)
    os.replace(fresh, path)
    path.with_name(path.name + ".wal").unlink(missing_ok=True)


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
