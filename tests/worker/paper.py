"""A CRM on paper: records with versions, each visible from a moment on, and calls that count.

It speaks the port and nothing else, so that windows, sweeps and budgets are tried without a CRM's
own ways. Time is what the test says it is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from connectors.base import STAMPS, Batch, Feed, Usage, Window
from connectors.errors import CrmError
from connectors.model import EVERY_STREAM, BlindSpot, Stage
from worker.mirror import Mirror
from worker.reading import Reading

NOON = dt.datetime(2026, 11, 19, 12, 0, tzinfo=dt.UTC)
DEALS = Feed(name="deals", streams=("deals",), fields_hash="1")
CALLS = Feed(name="calls", streams=("activities",), fields_hash="1")
MAILS = Feed(name="mails", streams=("activities",), fields_hash="1")


def at(minute: float) -> dt.datetime:
    """So many minutes after noon."""
    return NOON + dt.timedelta(minutes=minute)


def emptied(mirror: Mirror) -> Mirror:
    """The same mirror as new: making one takes longer than most of what is tried on it."""
    sql = "SELECT table_name FROM duckdb_tables() WHERE NOT temporary AND estimated_size > 0"
    for (name,) in mirror.connection.execute(sql).fetchall():
        mirror.connection.execute(f"DELETE FROM {name}")
    mirror.reading = Reading()
    return mirror


@dataclass(kw_only=True)
class Version:
    """A version of a record: when it was stamped, and from when it can be seen."""

    feed: str
    id: str
    stamp: dt.datetime
    seen: dt.datetime
    deleted: bool = False
    name: str = ""


@dataclass
class Paper:
    """The CRM, and at once the connector to it. `now` is its clock."""

    crm = "paper"
    of: Sequence[Feed] = (DEALS, CALLS)
    page: int = 100
    now: dt.datetime = NOON
    versions: list[Version] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)  # ids not shown, and not said to be deleted
    fails: dict[str, CrmError] = field(default_factory=dict)  # by feed, after its second page
    floor: dt.datetime | None = None
    left: int | None = None
    calls: int = 0
    log: list[tuple[str, str, Any]] = field(default_factory=list)

    # -- the CRM -----------------------------------------------------------------------------

    def write(self, id: str, minute: float, *, late: float = 0, feed: str = "deals", **said: Any):
        """Change a record; `late` minutes pass until anybody can see it."""
        stamp = at(minute)
        seen = at(minute + late)
        self.versions.append(Version(feed=feed, id=id, stamp=stamp, seen=seen, **said))

    def visible(self, feed: str, *, ids: Collection[str] | None = None) -> list[Version]:
        """The newest visible version of each record, in the order of their stamps."""
        newest: dict[str, Version] = {}
        for one in self.versions:
            shown = one.feed == feed and one.seen <= self.now and one.id not in self.hidden
            if shown and (one.id not in newest or newest[one.id].stamp <= one.stamp):
                newest[one.id] = one
        some = (v for v in newest.values() if ids is None or v.id in ids)
        return sorted(some, key=lambda v: (v.stamp, v.id))

    # -- the connector -----------------------------------------------------------------------

    def feeds(self) -> Sequence[Feed]:
        return self.of

    def blind_spots(self) -> Sequence[BlindSpot]:
        return ()

    def stages(self) -> Sequence[Stage]:
        return ()

    def usage(self) -> Usage:
        left = None if self.left is None else self.left - self.calls
        return Usage(calls=self.calls, used_today=0, allowed_today=1000, left_for_reads=left)

    def pull(self, feed: str, window: Window) -> Iterator[Batch]:
        self.log.append(("pull", feed, window))
        rows = [
            v
            for v in self.visible(feed)
            if v.stamp < window.until and (window.since is None or v.stamp >= window.since)
        ]
        for start in range(0, max(1, len(rows)), self.page):
            self.calls += 1
            if start == 2 * self.page or not rows:
                self._fail(feed)
            yield self._batch(feed, rows[start : start + self.page])
        self._fail(feed)

    def _fail(self, feed: str) -> None:
        if feed in self.fails:
            raise self.fails[feed]

    def _batch(self, feed: str, rows: Sequence[Version]) -> Batch:
        stream = next(one.streams[0] for one in self.of if one.name == feed)
        told = [
            {"id": v.id, "modified_at": v.stamp, "deleted": v.deleted}
            | ({"name": v.name} if stream == "deals" else {"kind": "call", "at": v.stamp})
            for v in rows
        ]
        return Batch(stream, pa.RecordBatch.from_pylist(told, schema=EVERY_STREAM[stream]))


@dataclass
class Swept(Paper):
    """The same, with a list to compare with."""

    def stamps(self, feed: str, since: dt.datetime | None) -> Iterator[pa.RecordBatch]:
        self.calls += 1
        self.log.append(("stamps", feed, since))
        self._fail(f"sweep of {feed}")
        rows = [{"id": v.id, "modified_at": v.stamp} for v in self.visible(feed) if not v.deleted]
        yield pa.RecordBatch.from_pylist(rows, schema=STAMPS)

    def fetch(self, feed: str, ids: Sequence[str]) -> Iterator[Batch]:
        self.calls += 1
        self.log.append(("fetch", feed, [*ids]))
        if rows := self.visible(feed, ids=ids):
            yield self._batch(feed, rows)


@dataclass
class Vouching(Paper):
    """The same, with a word on how late a change may still turn up; `floor` None: the worst."""

    def covered(self, feed: str, window: Window) -> dt.datetime | None:
        waiting = [v.stamp for v in self.versions if v.feed == feed and v.seen > self.now]
        return min([self.floor or window.until, *waiting])
