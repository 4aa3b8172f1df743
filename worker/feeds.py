"""How far each feed was read, what that took, and when it was last compared with the CRM.

Laws of this file: a watermark only grows, and only in the transaction that stores the last rows of
its window, which the caller holds; a feed that must be read from the beginning holds its streams
back until it was. Reads no CRM and no clock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from connectors.base import Feed, Window
from rules import select
from rules.select import Connection, transaction

OVERLAP: Final = dt.timedelta(minutes=15)  # rulings: Now
#: A CRM that vouches for less than this is not waited for: the sweep finds what is late then.
LATEST_FLOOR: Final = dt.timedelta(hours=6)
#: After a sweep that had to repair something, windows overlap more and more, up to this.
WIDEST_OVERLAP: Final = dt.timedelta(hours=6)
_WIDER: Final = 4
#: Clocks behind one address differ by seconds. What is read this much ahead the overlap covers.
_AHEAD: Final = dt.timedelta(minutes=5)
SWEEP_EVERY: Final = dt.timedelta(hours=24)
DAY: Final = dt.timedelta(hours=24)

_MOMENT: Final = pa.timestamp("us", tz="UTC")
_MOVED: Final = pa.schema(
    [
        ("name", pa.string()),
        ("until", _MOMENT),
        ("floor", _MOMENT),
        ("rows", pa.int64()),
        ("calls", pa.int64()),
        ("span", pa.float64()),
        ("whole", pa.bool_()),
    ]
)
#: A completed full load counts as a sweep (rulings: Now).
_MOVE: Final = """UPDATE feeds SET until = m.until, floor = m.floor, rows = m.rows,
    calls = m.calls, span = m.span,
    swept_at = CASE WHEN m.whole THEN m.until ELSE swept_at END,
    all_rows = CASE WHEN m.whole THEN m.rows ELSE all_rows END,
    all_calls = CASE WHEN m.whole THEN m.calls ELSE all_calls END
FROM moved m WHERE m.name = feeds.name"""


@dataclass(frozen=True, kw_only=True)
class Marked:
    """A window that was read to its end: what it held and what it cost."""

    rows: int
    calls: int = 0
    covered: dt.datetime | None = None  # up to when the CRM vouches for it


Read = tuple[Feed, Window, Marked]


def expect(connection: Connection, feeds: Sequence[Feed], now: dt.datetime) -> None:
    """Bring the marks in line with what is to be read now, before anything is.

    A feed that is new, or whose rows would now be other ones, holds its streams back until it was
    read from the beginning. So does one whose watermark lies in the future of the CRM's clock,
    which nobody can have read.
    """
    with transaction(connection):
        forget_but(connection, [feed.name for feed in feeds])
        rows = _rows(connection)
        for feed in feeds:
            row = rows.get(feed.name)
            if row is None:
                _insert(connection, feed)
            elif _is_other(row, feed) or _is_ahead(row["until"], now):
                _begin_anew(connection, feed)


def _is_other(row: dict[str, Any], feed: Feed) -> bool:
    return bool(row["fields_hash"] != feed.fields_hash)


def _is_ahead(until: dt.datetime | None, now: dt.datetime) -> bool:
    return until is not None and until > now + _AHEAD


def forget_but(connection: Connection, names: Sequence[str]) -> None:
    """Drop the marks of feeds that are no longer read, so that they hold nothing back."""
    connection.execute("DELETE FROM feeds WHERE NOT list_contains(?, name)", [list(names)])


def window(connection: Connection, feed: Feed, until: dt.datetime) -> Window:
    """Return what is to be read of `feed`: all of it, or what changed since its watermark."""
    return windows(connection, [(feed, until)])[0]


def windows(connection: Connection, wanted: Sequence[tuple[Feed, dt.datetime]]) -> list[Window]:
    """Return what is to be read of several feeds, each up to its own moment; in order."""
    rows = _rows(connection)
    return [_window(rows.get(feed.name), feed, until) for feed, until in wanted]


def _window(row: dict[str, Any] | None, feed: Feed, until: dt.datetime) -> Window:
    if row is None or _is_other(row, feed) or row["until"] is None:
        return Window(since=None, until=until)
    seen: dt.datetime = row["until"]
    floor = min(seen, row["floor"] or seen)
    overlap = dt.timedelta(seconds=row["overlap"])
    return Window(since=floor - overlap, until=max(until, seen))


def mark(connection: Connection, read: Sequence[Read]) -> None:
    """Move watermarks to the ends of windows that were read; the caller holds the transaction."""
    rows, moved = _rows(connection), []
    for feed, window, marked in read:
        row = rows.get(feed.name)
        if row is None:
            _insert(connection, feed)
        elif _is_other(row, feed) or row["streams"] != [*feed.streams]:
            _begin_anew(connection, feed)
            row = None
        moved.append(_moved(row, feed, window, marked))
    connection.register("moved", pa.Table.from_pylist(moved, schema=_MOVED))
    connection.execute(_MOVE)
    connection.unregister("moved")


def _moved(
    row: dict[str, Any] | None, feed: Feed, window: Window, marked: Marked
) -> dict[str, Any]:
    until, since = window.until, window.since
    if row is not None and row["until"] is not None:
        until = max(until, row["until"])
    return {
        "name": feed.name,
        "until": until,
        "floor": _floor(until, marked.covered),
        "rows": marked.rows,
        "calls": marked.calls,
        "span": None if since is None else (until - since).total_seconds(),
        "whole": since is None,
    }


def _floor(until: dt.datetime, covered: dt.datetime | None) -> dt.datetime:
    if covered is None:
        return until
    return max(min(until, covered), until - LATEST_FLOOR)


def start_repairs(connection: Connection, feed: Feed, until: dt.datetime) -> None:
    """Begin a repairing feed where its twin has just been read whole: there is nothing to read."""
    with transaction(connection):
        mark(connection, [(feed, Window(since=until, until=until), Marked(rows=0))])


def complete_until(connection: Connection) -> dict[str, dt.datetime]:
    """Return per stream the moment up to which every feed that fills it has been read."""
    rows = select.rows(
        connection,
        "SELECT stream, min(until) AS until FROM "
        "(SELECT unnest(streams) AS stream, until FROM feeds WHERE NOT repairs) "
        "GROUP BY stream HAVING bool_and(until IS NOT NULL)",
    )
    return {row["stream"]: row["until"] for row in rows}


# -- sweeps ----------------------------------------------------------------------------------


def unswept(connection: Connection, now: dt.datetime) -> frozenset[str]:
    """Return the feeds that are read, and were not compared with the CRM for a day."""
    rows = select.rows(
        connection,
        "SELECT name FROM feeds WHERE NOT repairs AND until IS NOT NULL "
        "AND (swept_at IS NULL OR swept_at <= $before)",
        {"before": now - SWEEP_EVERY},
    )
    return frozenset(row["name"] for row in rows)


def swept_until(connection: Connection) -> dict[str, dt.datetime]:
    """Return per stream when all its feeds had been compared with the CRM."""
    rows = select.rows(
        connection,
        "SELECT stream, min(swept_at) AS swept FROM "
        "(SELECT unnest(streams) AS stream, swept_at FROM feeds WHERE NOT repairs) "
        "GROUP BY stream HAVING bool_and(swept_at IS NOT NULL)",
    )
    return {row["stream"]: row["swept"] for row in rows}


def swept(connection: Connection, feed: str, at: dt.datetime, *, missed: bool) -> None:
    """Remember a sweep; where windows had missed something they overlap more from now on."""
    widest, usual = int(WIDEST_OVERLAP.total_seconds()), int(OVERLAP.total_seconds())
    overlap = f"least(overlap * {_WIDER}, {widest})" if missed else str(usual)
    connection.execute(
        f"UPDATE feeds SET swept_at = ?, overlap = {overlap} WHERE name = ?", [at, feed]
    )


# -- what reading costs ----------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What reading a feed has taken: its last window, and the last time it was read whole."""

    rows: int = 0
    calls: int = 0
    span: dt.timedelta | None = None  # how long the last window was; None: from the beginning
    all_rows: int = 0
    all_calls: int = 0


def costs(connection: Connection) -> dict[str, Cost]:
    """Return by feed what reading it has taken so far."""
    return {name: _cost(row) for name, row in _rows(connection).items()}


def _cost(row: dict[str, Any]) -> Cost:
    return Cost(
        rows=row["rows"] or 0,
        calls=row["calls"] or 0,
        span=None if row["span"] is None else dt.timedelta(seconds=row["span"]),
        all_rows=row["all_rows"] or 0,
        all_calls=row["all_calls"] or 0,
    )


def spend(connection: Connection, at: dt.datetime, calls: int) -> None:
    """Write down calls that were made by `at`, and forget those of more than a day ago."""
    with transaction(connection):
        connection.execute("DELETE FROM spent WHERE made_at <= ?", [at - DAY])
        if calls:
            connection.execute("INSERT INTO spent VALUES (?, ?)", [at, calls])


def spent(connection: Connection, now: dt.datetime) -> int:
    """Return how many calls were made in the 24 hours before `now`."""
    rows = select.rows(
        connection,
        "SELECT coalesce(sum(calls), 0) AS n FROM spent WHERE made_at > $since",
        {"since": now - DAY},
    )
    return int(rows[0]["n"])


# -- inside ----------------------------------------------------------------------------------


def _rows(connection: Connection) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in select.rows(connection, "SELECT * FROM feeds")}


def _row(connection: Connection, name: str) -> dict[str, Any] | None:
    found = select.rows(connection, "SELECT * FROM feeds WHERE name = $name", {"name": name})
    return found[0] if found else None


def _begin_anew(connection: Connection, feed: Feed) -> None:
    """Forget how far a feed was read, and keep what that took."""
    connection.execute(
        "UPDATE feeds SET until = NULL, floor = NULL, streams = ?, fields_hash = ? WHERE name = ?",
        [[*feed.streams], feed.fields_hash, feed.name],
    )


def _insert(connection: Connection, feed: Feed) -> None:
    connection.execute(
        "INSERT INTO feeds BY NAME SELECT ? AS name, ? AS streams, ? AS fields_hash, "
        "? AS repairs, ? AS overlap",
        [
            feed.name,
            [*feed.streams],
            feed.fields_hash,
            feed.repairs,
            int(OVERLAP.total_seconds()),
        ],
    )
