"""What names a record that is gone is asked for by its id, since nothing else tells of it.

Two records become one, a client is deleted: deals, contacts and activities that named it may keep
their stamps, so that no window tells of them. `dangling` knows who they are, however the end of the
other became known: by a window, by the sweep, beside another record, after a second merge, or
before what names it arrived. One place for every CRM; what it answers is stored as it stands.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from connectors.base import Connector, Feed, Sorts, Sweeps
from connectors.budget import EXHAUSTED
from connectors.errors import Refused, Retriable, Unusable
from connectors.retry import Stopped
from rules.select import transaction
from worker import dangling
from worker.allowance import Left, too_dear
from worker.mirror import Mirror
from worker.together import together

#: What is read may tell of further merges, which are followed at once, up to this.
_ROUNDS: Final = 5
_ONCE: Final = 5_000  # records asked for in one go
#: Records of a call, and calls beside those: what the records are associated with.
_PAGE: Final = 50
_BESIDE: Final = 6


@dataclass(frozen=True, kw_only=True)
class Followed:
    """What was asked for because a record it named is gone."""

    records: int = 0
    calls: int = 0
    left: tuple[Left, ...] = ()  # the next pull goes on


def follow(
    connector: Connector,
    mirror: Mirror,
    every: Sequence[Feed],
    read: Collection[str],
    now: dt.datetime,
) -> Followed:
    """Ask for all that names a record which is gone, of streams whose feeds were `read` just now.

    Raises Stopped, and Unusable where a person must act.
    """
    if not isinstance(connector, Sweeps):
        return Followed()
    homes = _homes(every, read)
    asking = _Asking(connector, connector, mirror, now)
    before, records = connector.usage().calls, 0
    for _ in range(_ROUNDS):
        dangling.lay_due(mirror.connection, homes, now)
        waiting = dangling.due(mirror.connection)
        records += sum(asking.some(one, homes[one], kinds) for one, kinds in waiting.items())
        if asking.left or not waiting:
            break
    calls = connector.usage().calls - before
    return Followed(records=records, calls=calls, left=tuple(asking.left))


def _is_the_end(problem: Exception) -> bool:
    """Say whether nothing of the whole pull may go on."""
    if isinstance(problem, Unusable):
        return problem.code not in EXHAUSTED
    return isinstance(problem, Stopped)


def _homes(every: Sequence[Feed], read: Collection[str]) -> dict[str, list[str]]:
    """The feeds that bring each stream as their own, where all that bring it were read."""
    found: dict[str, list[str]] = {}
    for feed in (one for one in every if not one.repairs):
        for stream in feed.streams:
            found.setdefault(stream, []).append(feed.name)
    own = {(feed.streams[0], feed.name) for feed in every}
    return {
        stream: names
        for stream, names in found.items()
        if all((stream, name) in own and name in read for name in names)
    }


class _Asking:
    """Asks for records by their ids, and stores them."""

    def __init__(
        self, connector: Connector, sweeps: Sweeps, mirror: Mirror, now: dt.datetime
    ) -> None:
        self._connector, self._sweeps, self._mirror, self._now = connector, sweeps, mirror, now
        self.left: list[Left] = []

    def some(self, stream: str, feeds: Sequence[str], kinds: Mapping[str, str | None]) -> int:
        """Ask for records of a stream, in parts that can end; say how many were asked for."""
        asked, ids = 0, iter(kinds)
        while part := list(islice(ids, _ONCE)):
            remaining = self._connector.usage().left_for_reads
            needed = len(part) // _PAGE + _BESIDE
            if remaining is not None and needed > remaining:
                self._leave(stream, too_dear(needed, remaining))
                break
            try:
                self._ask(stream, feeds, {one: kinds[one] for one in part})
            except (Retriable, Refused, Unusable) as problem:
                if _is_the_end(problem):
                    raise
                self._leave(stream, problem.message)
                break
            asked += len(part)
        return asked

    def _leave(self, stream: str, why: str) -> None:
        self.left.append(Left(what=f"{stream} that name what is gone", why=why))

    def _ask(self, stream: str, feeds: Sequence[str], kinds: Mapping[str, str | None]) -> None:
        rest = [*kinds]
        for feed in feeds:
            mine = [one for one in rest if self._may_be(feed, one, kinds[one])]
            told = self._fetch(feed, stream, mine) if mine else frozenset()
            rest = [one for one in rest if one not in told]
        with transaction(self._mirror.connection):
            dangling.was_asked(self._mirror.connection, stream, [*kinds], self._now)

    def _may_be(self, feed: str, record_id: str, kind: str | None) -> bool:
        """Tell whether a feed may bring a record, as far as the CRM's ids and kinds say."""
        if kind is None or not isinstance(self._connector, Sorts):
            return True
        return self._connector.feed_of(record_id, kind) in (feed, None)

    def _fetch(self, feed: str, stream: str, ids: Sequence[str]) -> frozenset[str]:
        told: set[str] = set()
        for batch in together(self._sweeps.fetch(feed, ids)):
            with transaction(self._mirror.connection):
                self._mirror.store(batch)
            if batch.stream == stream:
                told.update(batch.rows["id"].to_pylist())
        return frozenset(told)
