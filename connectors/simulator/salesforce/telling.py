"""One telling of a story to an org: whose hand writes, at what moment, and the ids so far.

Steps are gathered in any order and taken in the order of time, so that ids, history and stamps
come out as if they had happened. Knows no object of the org.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from connectors.simulator.moments import Day, Moment
from connectors.simulator.salesforce.org import Org
from connectors.simulator.salesforce.times import day, stamp
from connectors.simulator.story_nouns import Person, Story

Step = Callable[[], None]


@dataclass(kw_only=True)
class Telling:
    """A story, an org, a moment, and what of the story is in the org already, by name."""

    org: Org
    story: Story
    now: dt.datetime
    people: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)
    contacts: dict[str, str] = field(default_factory=dict)
    deals: dict[str, str] = field(default_factory=dict)
    _steps: list[tuple[dt.datetime, Step]] = field(default_factory=list)

    def moment(self, told: Moment) -> dt.datetime:
        """Give the moment meant, UTC."""
        return told.of(self.now, self.story.zone)

    def date(self, told: Day) -> dt.date:
        """Give the date meant, in the zone of the story's company."""
        return told.of(self.now.astimezone(self.story.zone).date())

    def day_of(self, when: dt.datetime) -> str:
        """Give the date a moment has in the org."""
        return day(stamp(when), self.org.zone)

    def person(self, name: str) -> Person:
        """Find somebody of the company."""
        return next(one for one in self.story.people if one.name == name)

    def step(self, when: dt.datetime, do: Step) -> None:
        """Have something done at a moment."""
        self._steps.append((when, do))

    def first(self) -> dt.datetime:
        """Give the moment of the earliest step so far."""
        return min(when for when, _ in self._steps)

    def run(self) -> None:
        """Take every step, the earliest first; of the same moment, the one named first."""
        for when, do in sorted(self._steps, key=lambda step: step[0]):
            with self.org.at(when):
                do()

    def insert(self, by: str, entity: str, values: Mapping[str, object]) -> str:
        """Create a record by somebody's hand and return its id."""
        with self._hand(by):
            return self.org.insert(entity, _filled(values))

    def update(self, by: str, entity: str, record_id: str, values: Mapping[str, object]) -> None:
        """Change a record by somebody's hand."""
        with self._hand(by):
            self.org.update(entity, record_id, _filled(values))

    @contextmanager
    def _hand(self, by: str) -> Iterator[None]:
        """Let a person be the one who calls; a queue's and the org's work is the org's own."""
        own = self.org.user_id
        self.org.user_id = own if self.person(by).is_queue else self.people[by]
        try:
            yield
        finally:
            self.org.user_id = own


def _filled(values: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if value not in (None, "")}
