"""Pull: read what changed, feed by feed, into the mirror; once a day, compare it with the CRM.

Laws of this file: a feed that could not be read to its end keeps its cursor, whatever the reason;
the others go on; nothing is started that today's allowance cannot finish.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from connectors.base import Connector, Covers, Feed
from connectors.budget import EXHAUSTED, OUR_SHARE
from connectors.errors import CrmError, Refused, Retriable, Unusable
from connectors.model import BlindSpot, Task
from connectors.retry import Stopped
from rules.marks import Mark, read_mark
from worker import feeds as marks
from worker.allowance import Asked, Left, affordable
from worker.feeds import OVERLAP, Read
from worker.following import follow
from worker.ledger import Ledger
from worker.mirror import Mirror
from worker.sweep import Swept, sweep
from worker.together import together

#: Rows may become visible a little after their own stamp; nothing younger is called complete.
SETTLE: Final = dt.timedelta(minutes=5)
#: So many feeds in a row that the CRM could not answer for: it is down, and is left alone.
_DOWN: Final = 2


@dataclass(frozen=True, kw_only=True)
class FeedPull:
    """What one feed brought."""

    feed: str
    rows: int
    changed: int  # rows that were new or newer than the mirror's
    first_time: bool
    again: bool = False  # texts were read once more, because the lexicon changed
    calls: int = 0
    estimated: int | None = None  # calls, before it was read; None: nobody could know


@dataclass(frozen=True, kw_only=True)
class Pulled:
    """What one pull brought, and what it had to leave."""

    feeds: tuple[FeedPull, ...]
    blind_spots: tuple[BlindSpot, ...]
    until: dt.datetime
    left: tuple[Left, ...] = ()
    swept: tuple[Swept, ...] = ()
    followed: int = 0  # records read again, because what they named is gone
    read_until: Mapping[str, dt.datetime] = field(default_factory=dict)  # by stream


Progress = Callable[[str, int], None]  # a feed's name, rows of it so far


def pull(
    connector: Connector,
    mirror: Mirror,
    now: dt.datetime,
    progress: Progress,
    *,
    look_back: dt.timedelta | None = None,
) -> Pulled:
    """Read every feed up to a little before `now`, the CRM's clock. Raises CrmError.

    Where reads have used up their share of the day nothing is read, and the mirror stays as it is:
    what is decided from it may still be written. `look_back` is how far back rules judge texts:
    what changed within it is read again when the lexicon changed, or more of texts is to be kept
    (rulings: Text). None: no rule reads any.

    A feed that fails leaves the watermarks of the others moved and its own where it was. Raises
    where nothing could be read, and where nothing will be until a person acts.
    """
    try:
        blind = tuple(connector.blind_spots())
        every = tuple(connector.feeds())
        stages = tuple(connector.stages())
    except Unusable as problem:
        if problem.code != OUR_SHARE:
            raise
        return _nothing_read(mirror, now, problem)
    mirror.remember_org(stages, (*blind, *mirror.withheld()))
    mirror.expect(every, now)
    one = _Pull(connector, mirror, now, progress)
    asked, left = affordable(connector, mirror, _asked(mirror, every, now, look_back))
    one.left += left
    one.read(asked)
    if any(feed.first_time for feed in one.done):
        mirror.check_keys()
    if not mirror.is_whole() and {left.what for left in one.left} <= one.refused:
        mirror.became_whole()
    read = {feed.feed for feed in one.done}
    swept, unswept = sweep(connector, mirror, every, read, now)
    followed = follow(connector, mirror, every, read, now)
    blind = tuple(dict.fromkeys((*blind, *one.blocked, *mirror.withheld())))
    mirror.remember_org(mirror.stages(), blind)
    return Pulled(
        feeds=tuple(one.done),
        blind_spots=blind,
        until=now - SETTLE,
        left=(*one.left, *unswept, *followed.left),
        swept=swept,
        followed=followed.records,
        read_until=mirror.complete_until(),
    )


def _nothing_read(mirror: Mirror, now: dt.datetime, problem: Unusable) -> Pulled:
    return Pulled(
        feeds=(),
        blind_spots=mirror.blind_spots(),
        until=now - SETTLE,
        left=(Left(what="everything", why=problem.message),),
        read_until=mirror.complete_until(),
    )


def _asked(
    mirror: Mirror, every: Sequence[Feed], now: dt.datetime, look_back: dt.timedelta | None
) -> list[Asked]:
    """Say what is to be read of each feed."""
    asked = []
    wanted = [(feed, now - feed.settle) for feed in every]
    for (feed, until), window in zip(wanted, mirror.windows(wanted), strict=True):
        oldest = None if look_back is None else until - look_back
        if feed.repairs:
            if window.since is None:
                marks.start_repairs(mirror.connection, feed, until)
            else:
                asked.append(Asked(feed=feed, window=window))
            continue
        again = window.since is not None and oldest is not None and mirror.wants_reading_again(feed)
        if again and window.since is not None and oldest is not None:
            window = replace(window, since=min(window.since, oldest))
        asked.append(Asked(feed=feed, window=window, again=again))
    return asked


class _Pull:
    """One reading of all feeds: what came of each."""

    def __init__(
        self, connector: Connector, mirror: Mirror, now: dt.datetime, progress: Progress
    ) -> None:
        self._connector, self._mirror, self._now = connector, mirror, now
        self._progress = progress
        self.done: list[FeedPull] = []
        self.left: list[Left] = []
        self.blocked: list[BlindSpot] = []
        self.refused: set[str] = set()  # feeds that the CRM will refuse again
        self._failed: dict[tuple[str, ...], CrmError] = {}  # by the streams of the feed
        self._in_a_row = 0
        self._empty: list[Read] = []  # windows without a row: their marks move together

    def read(self, asked: Sequence[Asked]) -> None:
        """Read what is asked for. Raises CrmError where nothing could be read at all."""
        try:
            self._read(asked)
        finally:
            self._mirror.nothing_new(self._empty)
        first = next(iter(self._failed.values()), None)
        if first is not None and not self.done and first.code != OUR_SHARE:
            raise first

    def _read(self, asked: Sequence[Asked]) -> None:
        for place, one in enumerate(asked):
            if one.feed.repairs and one.feed.streams in self._failed:
                continue  # what it would repair was not read; its mark stays where it is
            try:
                self.done.append(self._feed(one))
                self._in_a_row = 0
            except CrmError as problem:
                if self._is_the_end(one, problem):
                    self._leave(asked[place + 1 :], problem)
                    break

    def _is_the_end(self, one: Asked, problem: CrmError) -> bool:
        """Leave a feed that failed; say whether all after it are to be left too, or raise."""
        exhausted = problem.code in EXHAUSTED
        if isinstance(problem, Stopped):
            raise problem
        if not isinstance(problem, Retriable | Refused) and not exhausted:
            raise problem
        self._failed[one.feed.streams] = problem
        self._leave([one], problem)
        self._in_a_row += isinstance(problem, Retriable)
        return exhausted or self._in_a_row == _DOWN

    def _feed(self, one: Asked) -> FeedPull:
        connector, feed = self._connector, one.feed
        before = connector.usage().calls
        with self._mirror.storing(feed, one.window, again=one.again, later=self._empty) as storing:
            for batch in together(connector.pull(feed.name, one.window)):
                storing.add(batch)
                self._progress(feed.name, storing.rows)
            if isinstance(connector, Covers) and not feed.repairs:
                storing.covered = connector.covered(feed.name, one.window)
            storing.calls = connector.usage().calls - before
        return FeedPull(
            feed=feed.name,
            rows=storing.rows,
            changed=storing.changed,
            first_time=one.window.since is None,
            again=one.again,
            calls=storing.calls,
            estimated=one.calls,
        )

    def _leave(self, asked: Sequence[Asked], problem: CrmError) -> None:
        for one in asked:
            self.left.append(Left(what=one.feed.name, why=problem.message))
            if isinstance(problem, Refused):
                self.refused.add(one.feed.name)
                self.blocked += [
                    BlindSpot(stream=stream, field=None, why=problem.message)
                    for stream in one.feed.streams
                ]


def look_after_tasks(connector: Connector, ledger: Ledger, now: dt.datetime) -> int:
    """Bring the ledger in line with our tasks as they stand in the CRM.

    Reads all of them when the ledger has never seen any, so that a lost ledger fills itself again
    before anything is planned, and once a day, so that one which came late is adopted, too. While
    the CRM hides the key nothing can be seen, so nothing counts as seen. Return how many were
    unknown.
    """
    if connector.why_not_writable() is not None:
        return 0
    seen = None if ledger.sweep_is_due(now) else ledger.tasks_seen_until()
    tasks = connector.our_tasks(None if seen is None else seen - OVERLAP)
    found = [_with_mark(task) for task in tasks]  # read whole before the ledger is locked
    return ledger.adopt(found, now, all_of_them=seen is None)


def _with_mark(task: Task) -> tuple[Task, Mark]:
    return task, read_mark(task.body)
