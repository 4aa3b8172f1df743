"""Pull: read what changed, feed by feed, into the mirror."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from connectors.base import Connector, Feed, Window
from connectors.model import BlindSpot, Task
from rules.marks import Mark, read_mark
from worker.ledger import Ledger
from worker.mirror import OVERLAP, Mirror

#: Rows may become visible a little after their own stamp; nothing younger is called complete.
#: Measured by others on Salesforce: 1 to 3 seconds late in every run (`reliability.md`, part A).
SETTLE: Final = dt.timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class FeedPull:
    """What one feed brought."""

    feed: str
    rows: int
    changed: int  # rows that were new or newer than the mirror's
    first_time: bool
    again: bool = False  # texts were read once more, because the lexicon changed


@dataclass(frozen=True, kw_only=True)
class Pulled:
    """What one pull brought."""

    feeds: tuple[FeedPull, ...]
    blind_spots: tuple[BlindSpot, ...]
    until: dt.datetime


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

    `look_back` is how far back rules judge texts: what changed within it is read again when the
    lexicon changed, or more of texts is to be kept (rulings: Text). None: no rule reads any.

    A feed that fails leaves the watermarks of those before it moved and its own where it was.
    """
    until = now - SETTLE
    feeds = connector.feeds()
    blind = tuple(connector.blind_spots())
    mirror.remember_org(tuple(connector.stages()), blind)
    mirror.forget_feeds_but([feed.name for feed in feeds])
    oldest = None if look_back is None else until - look_back
    pulled = tuple(_pull_feed(connector, mirror, feed, until, oldest, progress) for feed in feeds)
    if any(feed.first_time for feed in pulled):
        mirror.check_keys()
    return Pulled(feeds=pulled, blind_spots=blind, until=until)


def _pull_feed(
    connector: Connector,
    mirror: Mirror,
    feed: Feed,
    until: dt.datetime,
    oldest: dt.datetime | None,
    progress: Progress,
) -> FeedPull:
    window: Window = mirror.window(feed, until)
    again = window.since is not None and oldest is not None and mirror.wants_reading_again(feed)
    if again and window.since is not None and oldest is not None:
        window = replace(window, since=min(window.since, oldest))
    with mirror.storing(feed, window, again=again) as storing:
        for batch in connector.pull(feed.name, window):
            storing.add(batch)
            progress(feed.name, storing.rows)
    return FeedPull(
        feed=feed.name,
        rows=storing.rows,
        changed=storing.changed,
        first_time=window.since is None,
        again=again,
    )


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
