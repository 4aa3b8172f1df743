"""A week in a company, in virtual time: people change things, a worker pulls, and much goes wrong.

One seed is one story. Changes happen between two requests of a pull as well as between two pulls;
some are committed long after their stamp, or reach the index late; pulls crash or meet an outage;
for a day a field is hidden, for half a day there are no calls left. A week of 50,000 changes begins
with 14,000 records or so, and a tenth of it comes in imports of 250; smaller weeks are shaped
alike, but no import has less than 50. Asserts nothing.
"""

from __future__ import annotations

import datetime as dt
import heapq
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any, Final

from connectors.base import Connector
from connectors.errors import CrmError
from connectors.model import EVERY_STREAM
from connectors.open import CrmSettings, open_connector
from connectors.simulator.exchange import Arrival
from connectors.simulator.faults import DropBefore, Fault, Instead, Truncate
from connectors.simulator.in_process import InProcess
from rules import select
from tests.conftest import Clock
from tests.prove.week_hubspot import HubSpot
from tests.prove.week_salesforce import Salesforce
from worker.layout import TABLES
from worker.mirror import Mirror
from worker.pull import Pulled, pull

MONDAY: Final = dt.datetime(2026, 11, 16, tzinfo=dt.UTC)
DAY: Final = dt.timedelta(days=1)
HOUR: Final = dt.timedelta(hours=1)
CRMS: Final = {"salesforce": Salesforce, "hubspot": HubSpot}
_LATE_SHARE: Final = 0.05
#: From the stamp of a late change to its commit, in minutes.
_LATE: Final = (0.3, 3, 3, 25, 100, 300, 700)
_CRASHES: Final = 0.12  # of all pulls
_OUTAGES: Final = 0.08
#: One request in so many meets something that a second attempt mends.
_HICCUP: Final = 0.004

Row = tuple[Any, ...]
Planted = Callable[[Connector], Connector]


class Crashed(Exception):
    """The worker is gone in the middle of a pull."""


@dataclass(order=True)
class Event:
    """Something that happens at a moment; of two at once the first that was planned."""

    at: dt.datetime
    number: int
    do: Callable[[], None] = field(compare=False)


class Week:
    """One company, one mirror, one story.

    `planted` makes a worse connector of a good one; then half of all is late, so that it shows.
    """

    def __init__(
        self, crm: str, seed: int, changes: int, *, days: int = 7, planted: Planted | None = None
    ) -> None:
        self._span, self._planted = days * DAY, planted
        random.seed(f"{crm} {seed}")  # of the waits between attempts, too
        self.dice = Random(f"{crm} {seed}")
        self.clock = Clock(MONDAY - DAY)
        self.crm: Any = CRMS[crm](self.clock)
        self.mirror = Mirror.open(None)
        self.line = InProcess(self.crm.org, self._meanwhile, wait=self._wait)
        self.seen: Counter[str] = Counter()  # what happened, how often
        self._events: list[Event] = []
        self._numbers = 0
        self._left = 0  # requests until this pull breaks; 0: it does not
        self._breaks: Callable[[], Fault] = DropBefore
        self._found(changes // 25)
        if changes:
            self._plan(changes)

    # -- the company ---------------------------------------------------------------------------

    def _found(self, deals: int) -> None:
        for kind in self.crm.kinds:
            for _ in range(deals if kind in self.crm.kinds[:3] else deals // 2):
                self.clock.later(seconds=0.5)
                self.crm.try_to(partial(self.crm.make, self.dice, kind))
        self.clock.now = MONDAY

    def _plan(self, changes: int) -> None:
        """Spread what happens over the week; a tenth of it comes in imports."""
        import_of, late = max(50, changes // 200), 0.5 if self._planted else _LATE_SHARE
        imports = changes // 10 // import_of
        for _ in range(imports):
            self._at(self._sometime(), lambda: self._burst(import_of))
        for _ in range(changes - imports * import_of):
            what = self._late if self.dice.random() < late else lambda: self.crm.act(self.dice)
            self._at(self._sometime(), what)
        for hour in range(self._span // HOUR):
            self._at(
                MONDAY + dt.timedelta(hours=hour),
                partial(self.crm.unsteady, self.dice, harsh=bool(self._planted)),
            )
        if self._planted:
            return
        hidden, dry = self._sometime(0.6), self._sometime(0.6)
        self._at(hidden, lambda: self.crm.hide(self.crm.amount))
        self._at(hidden + DAY, self.crm.hide)
        self._at(dry, lambda: self.crm.exhaust(on=True))
        self._at(dry + DAY / 2, lambda: self.crm.exhaust(on=False))

    def _sometime(self, within: float = 1.0) -> dt.datetime:
        return MONDAY + within * self.dice.random() * self._span

    def _at(self, moment: dt.datetime, do: Callable[[], None]) -> None:
        self._numbers += 1
        heapq.heappush(self._events, Event(moment, self._numbers, do))

    def _burst(self, many: int) -> None:
        """An import: many records with one stamp."""
        for _ in range(many):
            self.crm.act(self.dice)

    def _late(self) -> None:
        commit = self.crm.late(self.dice)
        self._at(self.crm.org.now() + dt.timedelta(minutes=self.dice.choice(_LATE)), commit)

    def _play(self) -> None:
        """Let happen what is due by the clock, each at its own moment."""
        while self._events and self._events[0].at <= self.clock.now:
            event = heapq.heappop(self._events)
            with self.crm.org.at(event.at):
                event.do()

    # -- the worker ----------------------------------------------------------------------------

    def _wait(self, seconds: float) -> None:
        self.clock.later(seconds=seconds)

    def _meanwhile(self, number: int, arrival: Arrival) -> Fault | None:
        """Before each request time passes, people work, and something may go wrong."""
        self.clock.later(seconds=0.1 + 0.4 * self.dice.random())
        self._play()
        if self._left == 1:
            return self._breaks()
        self._left -= self._left > 1
        if self.dice.random() < _HICCUP:
            self.seen["hiccup"] += 1
            return self.dice.choice((DropBefore(), Truncate(keep=20), Instead(status=503)))
        return None

    def _crash(self) -> Fault:
        raise Crashed

    def connect(self) -> Connector:
        """A worker's connector, as it begins."""
        said = {"crm": self.crm.crm, "base_url": self.line.base_url, **self.crm.settings}
        made = open_connector(
            CrmSettings(**said), line=self.line, pause=self.line.wait, seconds=self.line.seconds
        )
        return self._planted(made) if self._planted else made

    def pull(self, mirror: Mirror | None = None) -> Pulled:
        """One pull, as a run makes it. Raises CrmError."""
        connector = self.connect()
        self.line.forget()
        try:
            now = connector.identity().server_now
            return pull(connector, mirror or self.mirror, now, lambda feed, rows: None)
        finally:
            connector.close()

    def _pull_somehow(self) -> None:
        """One pull of the week: whole, or crashed, or in an outage."""
        fate = self.dice.random()
        if fate < _CRASHES + _OUTAGES:
            self._left = self.dice.randrange(2, 200)
            self._breaks = self._crash if fate < _CRASHES else DropBefore
        try:
            done = self.pull()
        except Crashed:
            self.seen["crash"] += 1
        except CrmError as problem:
            self.seen[problem.code or type(problem).__name__] += 1
        else:
            self.seen["pull"] += 1
            self.seen["left"] += len(done.left)
            for one in done.swept:
                self.seen[f"swept {one.stream}"] += 1
                for what in ("repaired", "deleted", "hidden", "moved"):
                    self.seen[what] += getattr(one, what)
        self._left = 0

    def live(self) -> None:
        """Live the week; then nothing changes any more, and after a day comes a quiet sweep."""
        while self.clock.now < MONDAY + self._span:
            self.clock.later(minutes=self.dice.choice((15, 30, 60, 60, 120, 240)))
            self._play()
            self._pull_somehow()
        self.clock.later(days=1)
        self._play()
        self.crm.calm()
        self.clock.later(hours=3)
        self.pull()
        self.clock.later(hours=25)
        self.pull()

    # -- what came of it -----------------------------------------------------------------------

    def anew(self) -> Mirror:
        """A mirror that is read from nothing, now."""
        fresh = Mirror.open(None)
        self.pull(fresh)
        return fresh

    def wrong(self) -> dict[str, list[Row]]:
        """What the mirror has of living records otherwise than the CRM, by stream."""
        found = {}
        for stream in (one for one in EVERY_STREAM if self._truth(one)):
            sql = f"SELECT id, modified_at FROM {stream} WHERE NOT deleted"
            rows = select.rows(self.mirror.connection, sql)
            held = {(r["id"], r["modified_at"]) for r in rows if not r["id"].startswith("case-")}
            if apart := held ^ self._truth(stream):
                found[stream] = sorted(apart)
        return found

    def _truth(self, stream: str) -> set[tuple[str, dt.datetime]]:
        if stream not in self.crm.streams:
            return set()
        told = self.crm.truth(stream).items()
        return {(name, self.crm.moment(at)) for name, at in told}

    def close(self) -> None:
        """Let go of the company and the mirror."""
        self.mirror.close()
        self.crm.close()


#: What rows point at, by the word before their `_key` or in `target`.
_TARGETS: Final = {"account": "accounts", "contact": "contacts", "deal": "deals"}
#: Rows that are nothing without what they point at.
_OF_OTHERS: Final[Mapping[str, tuple[str, ...]]] = {
    "stage_changes": ("deal",),
    "links": ("deal", "contact"),
    "attendees": ("activity", "contact"),
    "files": ("deal",),
}


def apart(one: Mirror, other: Mirror) -> dict[str, list[Row]]:
    """The rows of living records that only one of two mirrors holds, by table; + for the first.

    What stands for a name that is gone (a deleted contact among the people of a call) counts as
    not there: a CRM undoes it with the record, and leaves no stamp where it does.
    """
    found = {}
    for table, sql in _queries().items():
        first, second = (Counter(_rows(mirror, sql)) for mirror in (one, other))
        if rows := [("+", r) for r in first - second] + [("-", r) for r in second - first]:
            found[table] = sorted(rows, key=repr)
    return found


def _rows(mirror: Mirror, sql: str) -> list[str]:
    return [repr(tuple(row.values())) for row in select.rows(mirror.connection, sql)]


def _queries() -> dict[str, str]:
    found = {table: _of_stream(table) for table in TABLES}
    mine = f"activity_key IN {_live('activities')}"
    there = " OR ".join(
        f"(target = '{word}' AND target_key IN {_live(of)})" for word, of in _TARGETS.items()
    )
    found["activity_links"] = f"SELECT * FROM activity_links WHERE {mine} AND ({there})"
    found["signals"] = f"SELECT * FROM signals WHERE {mine}"
    found["case_deals"] = (
        f"SELECT * FROM case_deals WHERE case_key IN {_live('cases')} "
        f"AND deal_key IN {_live('deals')}"
    )
    return found


def _live(table: str) -> str:
    return f"(SELECT key FROM {table} WHERE NOT deleted)"


def _of_stream(table: str) -> str:
    """The living rows of a stream, without those that are nothing without what is gone."""
    instead = ""
    if table == "activities":  # people of the client who are gone do not count
        gone = (
            "(SELECT count(*) FROM activity_links l WHERE l.activity_key = activities.key "
            f"AND target = 'contact' AND target_key NOT IN {_live('contacts')})"
        )
        instead = f" REPLACE (nullif(outsiders - {gone}, 0) AS outsiders)"
    only = [f" AND {word}_key IN {_live(_plural(word))}" for word in _OF_OTHERS.get(table, ())]
    return f"SELECT *{instead} FROM {table} WHERE NOT deleted{''.join(only)}"


def _plural(word: str) -> str:
    return {"activity": "activities"}.get(word) or f"{word}s"
