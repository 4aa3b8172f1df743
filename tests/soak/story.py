"""What a company lives through, day by day, whatever the weather: told in advance, by a seed.

A client's deal is won or grows old; then, days after a task was due, the rep does something about
it. No moment here depends on what the worker does, so that the same story can be lived through in
storms and in calm. People here work on Sundays, too.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

REPS: Final = ("sam", "ana", "mia")
DAY: Final = dt.timedelta(days=1)
#: Every so many hours another client; so few that nobody gets three tasks on one day.
EVERY: Final = dt.timedelta(hours=25)

#: What becomes of a deal that is won: days after it was opened -> what is done.
_WON: Final[Sequence[tuple[int, Sequence[tuple[int, str]]]]] = (
    (6, ((3, "win"), (16, "call"))),
    (3, ((3, "win"), (16, "tick"))),
    (2, ((3, "win"), (16, "tick"), (19, "call"))),
    (2, ((3, "win"), (16, "delete"))),
    (2, ((3, "win"), (16, "type #notneeded they are a sister company"))),
    (2, ((3, "win"), (16, "type #wrong we met on Monday"))),
    (2, ((3, "win"), (16, "type #snooze 5d"), (25, "call"))),
    (2, ((3, "win"), (16, "type #elsewhere phone"))),
    (1, ((3, "win"), (16, "type #why"), (20, "call"))),
    (1, ((3, "win"), (16, "type #nonsense"), (20, "call"))),
    (2, ((3, "win"), (16, "push"), (20, "call"))),
    (2, ((3, "win"), (16, "lose ground"))),
    (4, ((3, "win"), (4, "call"))),  # in time: there is no task
    (1, ((3, "win"),)),  # nobody ever does anything
)
#: What becomes of one whose close date passes after six days.
_OLD: Final[Sequence[tuple[int, Sequence[tuple[int, str]]]]] = (
    (4, ((20, "expect"),)),
    (3, ((20, "lose"),)),
    (2, ((20, "win"), (21, "call"))),
    (2, ((20, "tick"),)),
    (2, ((20, "delete"),)),
    (2, ((20, "type #snooze 6d"), (30, "expect"))),
    (3, ((5, "expect"),)),  # in time
    (1, ()),
)


@dataclass(frozen=True, kw_only=True, order=True)
class Scene:
    """At this moment, this is done about a client."""

    at: dt.datetime
    client: str
    what: str
    rep: str = "sam"


def story(began: dt.datetime, lasts: dt.timedelta, seed: int) -> list[Scene]:
    """Return what happens in so long a time, in order."""
    return sorted(one for one in _scenes(began, lasts, seed) if one.at < began + lasts)


def _scenes(began: dt.datetime, lasts: dt.timedelta, seed: int) -> Iterator[Scene]:
    dice = random.Random(seed)
    for number in range(int(lasts / EVERY)):
        opened = began + number * EVERY + dt.timedelta(minutes=dice.randrange(60))
        careers, what = ((_WON, "open"), (_OLD, "open until"))[dice.random() < 0.4]
        client, rep = f"Client {number}", REPS[number % 3]
        career = dice.choices([one for _, one in careers], [weight for weight, _ in careers])[0]
        yield Scene(at=opened, client=client, what=what, rep=rep)
        for later, doing in career:
            minutes = dt.timedelta(minutes=dice.randrange(1, 50))
            yield Scene(at=opened + later * DAY + minutes, client=client, what=doing, rep=rep)
