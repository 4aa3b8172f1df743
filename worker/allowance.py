"""What a pull may cost: its calls estimated before it starts, and what today's allowance permits.

Estimates come from what the same reading took before, as the mirror remembers it. Sends nothing
but, where a CRM counts cheaply, a question for how much there is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from connectors.base import Connector, Counts, Feed, Window
from connectors.errors import Refused, Retriable
from connectors.model import EVERY_STREAM
from connectors.retry import Stopped
from worker import feeds
from worker.mirror import Mirror

#: Rows of a call, where no call was ever made: the least that any CRM gives on a page.
_PAGE: Final = 100
#: A feed is cheap that needs this part of what remains.
_CHEAP: Final = 10
#: The most important first, when not all can be read: whose work it is, what is judged, what shows
#: that it was done.
_IMPORTANT: Final = ("owners", "deals", "activities", "stage_changes", "links", "accounts")
_RANK: Final = {
    stream: place for place, stream in enumerate(dict.fromkeys((*_IMPORTANT, *EVERY_STREAM)))
}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is to be read of one feed."""

    feed: Feed
    window: Window
    again: bool = False
    calls: int | None = None  # about so many; None: nobody can know


@dataclass(frozen=True, kw_only=True)
class Left:
    """What a pull had to leave for a later one, and why."""

    what: str
    why: str


def affordable(
    connector: Connector, mirror: Mirror, asked: Sequence[Asked]
) -> tuple[list[Asked], list[Left]]:
    """Estimate the calls of each feed; return those to read, in their order, and those to leave.

    Where all fit into what reads may still use today, the order stays as it is; where they do not,
    the most important come first, and none is started that would not come to its end. After one
    that has to wait only cheap ones follow, so that it fits one day.
    """
    costs = feeds.costs(mirror.connection)
    known = [
        replace(
            one, calls=_estimate(connector, mirror, one, costs.get(one.feed.name, feeds.Cost()))
        )
        for one in asked
    ]
    permitted = connector.usage().left_for_reads
    if permitted is None or sum(one.calls or 1 for one in known) <= permitted:
        return known, []
    taken: list[Asked] = []
    left: list[Left] = []
    remaining = permitted
    for one in sorted(known, key=_rank):
        needed = one.calls or 1
        if needed <= (remaining // _CHEAP if left else remaining):
            taken.append(one)
            remaining -= needed
        else:
            left.append(Left(what=one.feed.name, why=too_dear(needed, remaining)))
    return taken, left


def too_dear(needed: int, remaining: int) -> str:
    """Say that something was not begun."""
    calls = "1 call" if needed == 1 else f"{needed:,} calls"
    return (
        f"it needs about {calls}, and of today's share of the API allowance "
        f"{max(0, remaining):,} remain for reading. It is read once calls become free again; if it "
        "never fits, raise api_share."
    )


def _rank(one: Asked) -> int:
    return min(_RANK[stream] for stream in one.feed.streams)


def _estimate(connector: Connector, mirror: Mirror, asked: Asked, before: feeds.Cost) -> int | None:
    """About how many calls a feed will need; None where nobody can know."""
    if asked.window.since is None:
        return _whole(connector, mirror, asked, before)
    if not before.span:
        return 1
    longer = (asked.window.until - asked.window.since) / before.span - 1
    return max(1, before.calls + math.ceil(before.rows * longer / _PAGE))


def _whole(connector: Connector, mirror: Mirror, asked: Asked, before: feeds.Cost) -> int | None:
    rows = _counted(connector, asked)
    if rows is None:
        rows = before.all_rows or mirror.count(asked.feed.streams[0]) or None
    if rows is None:
        return None
    page = before.all_rows / before.all_calls if before.all_calls and before.all_rows else _PAGE
    return max(1, math.ceil(rows / page))


def _counted(connector: Connector, asked: Asked) -> int | None:
    """Ask for how much there is; a feed of which that cannot be told is tried all the same."""
    if not isinstance(connector, Counts):
        return None
    try:
        return connector.rows_of(asked.feed.name, asked.window)
    except Stopped:
        raise
    except (Retriable, Refused):
        return None
