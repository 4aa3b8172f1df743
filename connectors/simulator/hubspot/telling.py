"""One telling of a story to a portal: whose hand writes, at what moment, and the ids so far.

Steps are gathered in any order and taken in the order of time, so that ids, history and stamps
come out as if they had happened. Knows no object type of the portal.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from connectors.simulator.hubspot.portal import Portal
from connectors.simulator.moments import Day, Moment
from connectors.simulator.story_nouns import Person, Story

Step = Callable[[], None]


@dataclass(kw_only=True)
class Telling:
    """A story, a portal, a moment, and what of the story is in the portal already, by name."""

    portal: Portal
    story: Story
    now: dt.datetime
    stages: Mapping[str, str]  # a story's stage -> the id of the portal's
    people: dict[str, str] = field(default_factory=dict)  # owner ids
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
            with self.portal.at(when):
                do()

    def insert(self, by: str, kind: str, values: Mapping[str, object]) -> str:
        """Create a record by somebody's hand and return its id."""
        hand = self.portal.hand_of(self.people[by])
        return self.portal.insert(kind, _filled(values), by=hand)

    def update(self, by: str, kind: str, record_id: str, values: Mapping[str, object]) -> None:
        """Change a record by somebody's hand."""
        hand = self.portal.hand_of(self.people[by])
        self.portal.update(kind, record_id, _filled(values), by=hand)


def _filled(values: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if value not in (None, "")}
