"""Rules judged by the engine and by a few lines of Python that know nothing of it.

Random stories, and rules of the forms in which order and number matter: clocks that begin with an
event, groups, counts, and windows of time around changes of the clock.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.calendars import Calendar, Hours
from rules.checked import Rule
from rules.lengths import Length
from tests.rules.test_forms import some
from tests.rules.world import Row, at, by_story, deal, judge, mirror, stories

NOW: Final = at("2026-11-19 12:00")
CALENDAR: Final = Calendar(Hours(), "UTC")


# -- stories ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Did:
    """Something that happened: how many hours before now, and what."""

    hours: int
    kind: str  # call, email
    theirs: bool

    @property
    def at(self) -> dt.datetime:
        return NOW - dt.timedelta(hours=self.hours)


@dataclass(frozen=True)
class Told:
    """A deal and what happened."""

    amount: int
    name: str
    did: tuple[Did, ...]

    def when(self, wanted: Callable[[Did], bool]) -> list[dt.datetime]:
        return sorted(one.at for one in self.did if wanted(one))


def some_deal(chance: random.Random) -> Told:
    """Make up a deal with up to five things that happened."""
    did = (
        Did(chance.randrange(60), chance.choice(["call", "email"]), chance.random() < 0.5)
        for _ in range(chance.randrange(6))
    )
    return Told(chance.randrange(4), chance.choice(["Renewal", "Pilot", "Rollout"]), tuple(did))


def rows(told: Told) -> list[Row]:
    """What happened, as the CRM would hold it; all of it a touch of grade A."""
    return [
        {
            "id": f"a{number}",
            "kind": one.kind,
            "direction": "inbound" if one.theirs else "outbound",
            "outcome": "connected" if one.kind == "call" else None,
            "at": one.at,
            "done": True,
            "owner_id": "dana",
            "automated": False,
            "deal_ids": ["d1"],
        }
        for number, one in enumerate(told.did)
    ]


def judged(told: Sequence[Told], rules: Sequence[Rule]) -> dict[str, list[bool | None]]:
    """What the engine says of each story, by rule."""
    world = stories(
        {
            f"s{n}": {"deals": [deal(amount=one.amount, name=one.name)], "activities": rows(one)}
            for n, one in enumerate(told)
        }
    )
    evaluation = judge(world, rules, str(NOW))
    found = {}
    for rule in rules:
        said = by_story(evaluation.verdicts(rule.id))
        found[rule.id] = [f"s{n}" in said and said[f"s{n}"].fires for n in range(len(told))]
    return found


def theirs(one: Did) -> bool:
    return one.theirs


def ours(one: Did) -> bool:
    return not one.theirs


def late(start: dt.datetime | None, hours: int) -> bool:
    """Whether so many business hours have passed since."""
    return start is not None and CALENDAR.add(start, Length.parse(f"{hours} business hours")) <= NOW


def each(told: Told) -> bool:
    """The oldest message that no call or mail of ours came after."""
    answer = max(told.when(ours), default=None)
    return late(next((one for one in told.when(theirs) if answer is None or one > answer), None), 6)


def each_wants_both(told: Told) -> bool:
    """A message is answered by a call and a mail of ours, both after it."""
    calls = max(told.when(lambda one: ours(one) and one.kind == "call"), default=None)
    mails = max(told.when(lambda one: ours(one) and one.kind == "email"), default=None)
    open_ones = (
        one
        for one in told.when(theirs)
        if calls is None or mails is None or one > min(calls, mails)
    )
    return late(next(open_ones, None), 6)


def first(told: Told) -> bool:
    """Nothing of ours since their first word."""
    began = next(iter(told.when(theirs)), None)
    return late(began, 6) and not any(began and one > began for one in told.when(ours))


def last(told: Told) -> bool:
    """Nothing of theirs since our last word; without one, since the deal was created."""
    began = max(told.when(ours), default=at("2026-01-01 00:00"))
    return late(began, 6) and not any(one > began for one in told.when(theirs))


def grouped(told: Told) -> bool:
    """Two or more, or a renewal; not a large pilot."""
    chosen = told.amount >= 2 or told.name == "Renewal"
    return chosen and not (told.name == "Pilot" and told.amount == 3)


def counted(told: Told) -> bool:
    """Two calls in the last day."""
    calls = told.when(lambda one: one.kind == "call")
    return sum(1 for one in calls if one + dt.timedelta(hours=24) > NOW) >= 2


ANSWER: Final = "touch: {direction: outbound}"
THEIRS: Final = "{activity: {direction: inbound}}"
FORMS: Final[dict[str, tuple[str, Callable[[Told], bool]]]] = {
    "each": (f"missing: {{{ANSWER}, after: {{each: {THEIRS}}}, within: 6 business hours}}", each),
    "each-both": (
        "missing: {all_of: [{touch: {direction: outbound, type: call}}, "
        "{touch: {direction: outbound, type: email}}], "
        f"after: {{each: {THEIRS}}}, within: 6 business hours}}",
        each_wants_both,
    ),
    "first": (
        f"missing: {{{ANSWER}, after: {{first: {THEIRS}}}, within: 6 business hours}}",
        first,
    ),
    "last": (
        "missing: {touch: {direction: inbound}, after: {last: {touch: {direction: outbound}}, "
        "otherwise: created_at}, within: 6 business hours}",
        last,
    ),
    "grouped": (
        "where: {any: [{amount: {at_least: 2}}, {name: Renewal}], none: {name: pilot, amount: 3}}",
        grouped,
    ),
    "counted": (
        "count: {of: {activity: {type: call}}, in_last: 24 hours, at_least: 2}",
        counted,
    ),
}


@settings(max_examples=2, deadline=None, derandomize=True, database=None)
@given(seed=st.integers(0, 10_000))
def test_the_engine_and_the_oracle_agree(seed: int) -> None:
    """Whatever happened in whatever order, both say the same of every deal."""
    chance = random.Random(seed)
    told = [some_deal(chance) for _ in range(60)]
    rules = [some(clauses, id=name) for name, (clauses, _) in FORMS.items()]
    by_engine = judged(told, rules)
    for name, (_, oracle) in FORMS.items():
        assert by_engine[name] == [oracle(one) for one in told], name
        assert {True, False} == set(by_engine[name]), f"{name}: these stories show nothing"


# -- windows of time -------------------------------------------------------------------------

ZONES: Final = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata")
LENGTHS: Final = ("1 day", "2 weeks", "30 hours", "3 business days", "5 business hours")
#: Around changes of the clock, at the ends of a month and of a year, on a weekend. In the hour in
#: which a wall clock shows a time twice, or skips one, a window may be that hour longer or shorter.
MOMENTS: Final = (
    "2026-02-28 23:59",
    "2026-03-29 00:59",
    "2026-03-29 03:30",
    "2026-10-25 02:30",
    "2026-10-26 09:00",
    "2026-11-01 06:30",
    "2026-11-21 12:00",
    "2027-01-01 00:00",
)
STEP: Final = dt.timedelta(minutes=15)
COUNT: Final = "count: {{of: {{activity: {{}}}}, in_last: {0}, older_than: 1 hours, at_least: 1}}"


def test_a_window_is_the_other_side_of_a_deadline() -> None:
    """What happened lies in the last L exactly as long as L after it has not passed.

    Around the changes of the clock and at the ends of months, for people everywhere.
    """
    chance = random.Random(7)
    asked = {
        f"p{n}-{moment}": (moment, zone, at(moment) - back(chance))
        for moment in MOMENTS
        for n, zone in enumerate(ZONES * 6)
    }
    owners = [
        {"id": id, "name": id, "active": True, "time_zone": zone}
        for id, (_, zone, _) in asked.items()
    ]
    calls = [
        {"id": f"a-{id}", "kind": "call", "at": when, "done": True, "owner_id": id}
        for id, (_, _, when) in asked.items()
    ]
    rules = [some(COUNT.format(one), "owner", id=f"in-{n}") for n, one in enumerate(LENGTHS)]
    world = mirror(owners=owners, activities=calls)
    for number, moment in enumerate(MOMENTS):
        evaluation = judge(world, rules, moment, laid_out=number > 0)
        for length, rule in zip(LENGTHS, rules, strict=True):
            fires = {one.record_id for one in evaluation.firing(rule.id)}
            mine = {id: told for id, told in asked.items() if told[0] == moment}
            assert {id for id in mine if id in fires} == {
                id for id, told in mine.items() if in_window(*told, Length.parse(length))
            }, (length, moment)


def back(chance: random.Random) -> dt.timedelta:
    """How long ago: about as long as one of the lengths, or any time of the last two weeks."""
    steps = chance.choice([20, 96, 120, 14 * 96, 5 * 96, chance.randrange(6, 15 * 96)])
    return (steps + chance.randrange(-5, 6)) * STEP


def in_window(moment: str, zone: str, when: dt.datetime, length: Length) -> bool:
    """Whether it is an hour old, and not so old that the whole length has passed."""
    now = at(moment)
    return Calendar(Hours(), zone).add(when, length) > now >= when + dt.timedelta(hours=1)
