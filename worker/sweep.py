"""The sweep: once a day, which records the CRM has, and which version, compared with the mirror.

It repairs what windows missed, and counts it: the count should be 0, and where it is not, windows
overlap more from then on. A record that is not listed is asked for by its id and is deleted only if
the CRM says so: one that is merely hidden now is not gone (reliability, F49). Where too many are
hidden at once, nobody judges by what is left: rules that read the stream wait.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

import pyarrow as pa

from connectors.base import STAMPS, Connector, Feed, Sweeps, Window
from connectors.budget import EXHAUSTED
from connectors.errors import Refused, Retriable, Unusable
from connectors.model import BlindSpot
from connectors.retry import Stopped
from rules import select
from rules.select import key_of, transaction
from worker import feeds as marks
from worker import relations
from worker.allowance import Left, too_dear
from worker.complaining import PREFIX as CASE
from worker.forgotten import EMPTIED
from worker.mirror import Mirror
from worker.together import together

#: Of what is written once and grows for ever, only what changed lately is compared.
BACK: Final = dt.timedelta(days=30)
_GROWING: Final = frozenset({"activities", "stage_changes", "attendees", "files", "cases"})
#: More of a stream hidden at once than this, and at least so many: something is wrong.
HIDDEN_SHARE: Final = 0.02
HIDDEN_FEW: Final = 5
#: After which time it is looked at again then.
SOON: Final = dt.timedelta(hours=1)
#: Rules that judge by what is missing need a sweep no older than this (reliability, C.5).
FRESH: Final = dt.timedelta(hours=26)
_EVER: Final = dt.datetime(1900, 1, 1, tzinfo=dt.UTC)
_ONCE: Final = 10_000  # records asked for by their ids in one go


@dataclass(frozen=True, kw_only=True)
class Swept:
    """What the sweep of one stream found."""

    stream: str
    listed: int
    repaired: int  # records that windows had missed, or of which they had an older version
    deleted: int  # records that the CRM says are gone, of which no window told
    hidden: int  # records the CRM no longer shows, and does not call deleted
    calls: int
    moved: int = 0  # activities that hang on other deals now, which leaves no stamp


def sweep(
    connector: Connector,
    mirror: Mirror,
    every: Sequence[Feed],
    read: Collection[str],
    now: dt.datetime,
) -> tuple[tuple[Swept, ...], tuple[Left, ...]]:
    """Compare the streams of which a feed is due, if each of their feeds was `read` just now.

    Return what was found, and what had to be left. A failure of the CRM ends it: the next pull
    goes on. Raises Stopped, and Unusable where a person must act.
    """
    swept: list[Swept] = []
    left: list[Left] = []
    if not isinstance(connector, Sweeps):
        return (), ()
    due = marks.unswept(mirror.connection, now)
    for stream, group in _streams(every).items():
        names = {feed.name for feed in group}
        if not names & due or not names <= {*read}:
            continue
        try:
            until = now - max(feed.settle for feed in every if feed.streams[0] == stream)
            shared = any(stream in feed.streams[1:] for feed in every)
            swept.append(_Sweep(connector, mirror, group, now, until).run(shared=shared))
        except (_TooDear, Retriable, Refused, Unusable) as problem:
            if _is_the_end(problem):
                raise
            left.append(Left(what=f"sweep of {stream}", why=str(problem)))
    return tuple(swept), tuple(left)


def _is_the_end(problem: Exception) -> bool:
    """Say whether nothing of the whole pull may go on."""
    if isinstance(problem, Unusable):
        return problem.code not in EXHAUSTED
    return isinstance(problem, Stopped)


def unswept(mirror: Mirror, streams: Iterable[str], now: dt.datetime) -> str | None:
    """Say why what is missing from these streams cannot be trusted; None if it can."""
    when = marks.swept_until(mirror.connection)
    late = sorted(one for one in streams if one in when and now - when[one] > FRESH)
    if not late:
        return None
    return (
        f"the {late[0]} were last compared with the CRM at {when[late[0]]:%Y-%m-%d %H:%M} UTC, "
        "more than 26 hours ago, so something may be missing from them. The next pull compares "
        "them again."
    )


class _TooDear(Exception):
    """Today's allowance does not reach for it."""


def _streams(feeds: Sequence[Feed]) -> dict[str, list[Feed]]:
    found: dict[str, list[Feed]] = {}
    for feed in feeds:
        if not feed.repairs:
            found.setdefault(feed.streams[0], []).append(feed)
    return found


class _Sweep:
    """The sweep of one stream, over all feeds that fill it."""

    def __init__(
        self,
        connector: Connector,
        mirror: Mirror,
        group: list[Feed],
        now: dt.datetime,
        until: dt.datetime,
    ) -> None:
        assert isinstance(connector, Sweeps)
        self._connector: Sweeps = connector
        self._usage, self._pull = connector.usage, connector.pull
        self._mirror, self._stream, self._group, self._now = mirror, group[0].streams[0], group, now
        self._since = now - BACK if self._stream in _GROWING else None
        self._bounds = {"since": self._since or _EVER, "until": until}

    def run(self, *, shared: bool) -> Swept:
        """Compare, repair and remember.

        `shared`: the stream holds rows beside records of other objects, which no list here names.
        """
        self._afford()
        before = self._usage().calls
        listed, whole = self._list()
        repaired = sum(self._fetch(feed, self._missed(feed.name))[0] for feed in self._group)
        moved = sum(self._fetch(feed, self._moved(feed))[0] for feed in self._group)
        deleted, hidden = self._look_for_hidden() if whole and not shared else (0, 0)
        self._read_unstamped()
        trusted = self._withhold(hidden)
        at = self._now if trusted else self._now - marks.SWEEP_EVERY + SOON
        with transaction(self._mirror.connection):
            for feed in self._group:
                marks.swept(self._mirror.connection, feed.name, at, missed=repaired > 0)
        return Swept(
            stream=self._stream,
            listed=listed,
            repaired=repaired,
            deleted=deleted,
            hidden=hidden,
            calls=self._usage().calls - before,
            moved=moved,
        )

    def _afford(self) -> None:
        remaining = self._usage().left_for_reads
        costs = marks.costs(self._mirror.connection)
        again = [feed for feed in self._group if feed.unstamped]
        needed = max(1, sum(costs[feed.name].all_calls for feed in (*self._group, *again)))
        if remaining is not None and needed > remaining:
            raise _TooDear(too_dear(needed, remaining))

    def _list(self) -> tuple[int, bool]:
        """Lay what the CRM has into a table; say how much that is, and whether it is all."""
        run = self._mirror.connection.execute
        run(
            "CREATE OR REPLACE TEMP TABLE listed (feed VARCHAR, key UBIGINT, id VARCHAR, "
            "modified_at TIMESTAMPTZ)"
        )
        relations.begin(self._mirror.connection)
        listed, whole = 0, True
        for feed in self._group:
            some = False
            for batch in self._connector.stamps(feed.name, self._since):
                some = True
                listed += batch.num_rows
                self._lay(feed.name, batch)
            whole = whole and some
        return listed, whole

    def _lay(self, feed: str, batch: pa.RecordBatch) -> None:
        connection = self._mirror.connection
        if relations.tells(batch):
            relations.lay(connection, feed, batch)
        stamps = batch.select(STAMPS.names).cast(STAMPS)
        connection.register("stamps", pa.Table.from_batches([stamps]))
        connection.execute(
            f"INSERT INTO listed SELECT ?, {key_of('id')}, id, modified_at FROM stamps", [feed]
        )
        connection.unregister("stamps")

    def _read_unstamped(self) -> None:
        """Read anew what holds values that change without a stamp, as far back as is compared."""
        window = Window(since=self._since, until=self._bounds["until"])
        for feed in (one for one in self._group if one.unstamped):
            for batch in together(self._pull(feed.name, window)):
                with transaction(self._mirror.connection):
                    self._mirror.store(batch)

    def _missed(self, feed: str) -> list[str]:
        """What changed before the last window's end, and is not in the mirror as it stands."""
        return self._ids(
            f"SELECT DISTINCT l.id FROM listed l LEFT JOIN {self._stream} s ON s.key = l.key "
            "WHERE l.feed = $feed AND l.modified_at >= $since AND l.modified_at < $until "
            "AND (s.key IS NULL OR s.deleted OR s.modified_at < l.modified_at) "
            "AND l.key NOT IN (SELECT key FROM forgotten WHERE stream = $stream) ORDER BY l.id",
            feed=feed,
            stream=self._stream if self._stream in EMPTIED else "",
        )

    def _moved(self, feed: Feed) -> list[str]:
        """What hangs on other deals than before."""
        if self._stream != "activities":
            return []
        return relations.moved(self._mirror.connection, feed.name)

    def _unlisted(self) -> list[str]:
        """What the mirror holds and the CRM does not list."""
        own = f"starts_with(s.id, '{CASE}')" if self._stream == "activities" else "FALSE"
        return self._ids(
            f"SELECT s.id FROM {self._stream} s ANTI JOIN listed l ON l.key = s.key "
            "WHERE NOT s.deleted AND s.modified_at >= $since AND s.modified_at < $until "
            f"AND NOT {own} ORDER BY s.id"
        )

    def _ids(self, sql: str, **more: object) -> list[str]:
        found = select.rows(self._mirror.connection, sql, {**self._bounds, **more})
        return [row["id"] for row in found]

    def _look_for_hidden(self) -> tuple[int, int]:
        """Ask for what is not listed: how many are deleted, and how many merely not shown."""
        wanted, gone = self._unlisted(), 0
        for feed in self._group:
            if not wanted:
                break
            _, told = self._fetch(feed, wanted)
            gone += sum(told.values())
            wanted = [one for one in wanted if one not in told]
        return gone, len(wanted)

    def _fetch(self, feed: Feed, ids: Sequence[str]) -> tuple[int, dict[str, bool]]:
        """Store these records as they stand; how many came, and of each whether it is deleted."""
        told: dict[str, bool] = {}
        wanted = frozenset(ids)
        for some in _parts(ids):
            for batch in together(self._connector.fetch(feed.name, some)):
                with transaction(self._mirror.connection):
                    self._mirror.store(batch)
                if batch.stream == self._stream:
                    names, gone = batch.rows["id"].to_pylist(), batch.rows["deleted"].to_pylist()
                    told |= {n: bool(g) for n, g in zip(names, gone, strict=True) if n in wanted}
        return len(told), told

    def _withhold(self, hidden: int) -> bool:
        """Let rules wait where too much is hidden; say whether they need not."""
        live = self._mirror.count(self._stream)
        too_many = hidden >= HIDDEN_FEW and hidden > live * HIDDEN_SHARE
        spot = BlindSpot(
            stream=self._stream,
            field=None,
            why=f"{hidden:,} of {live:,} {self._stream} that were read before are no longer shown "
            "to this account, and the CRM does not call them deleted. Look at what the account "
            "may see (sharing, teams, permissions); rules that read them wait until the next sweep "
            "finds them, or finds them deleted.",
        )
        self._mirror.withhold(self._stream, spot if too_many else None, hidden)
        return not too_many


def _parts(ids: Sequence[str]) -> Iterator[list[str]]:
    rest = iter(ids)
    while part := list(islice(rest, _ONCE)):
        yield part
