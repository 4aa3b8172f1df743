"""What lies ahead of a deal: meetings as calendars keep them, and tasks through their day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from tests.rules.world import (
    Row,
    activity,
    by_story,
    deal,
    found,
    judge,
    mirror,
    shipped,
    stories,
)

RULE = shipped("no-next-step")
NOW = "2026-11-11 12:00"
AHEAD = [
    ("a meeting, which a calendar never ticks off", activity("2026-11-20 10:00", "meeting")),
    ("a task", activity("2026-11-20 00:00", "task", done=False)),
    ("a task of today, a day without an hour", activity("2026-11-11 00:00", "task", done=False)),
    ("a task of this morning", activity("2026-11-11 08:00", "task", done=False)),
    ("a call", activity("2026-11-20 10:00", "call", done=False)),
]
NOT_AHEAD = [
    ("a meeting that was canceled", activity("2026-11-20 10:00", "meeting", outcome="canceled")),
    ("a task of yesterday", activity("2026-11-10 08:00", "task", done=False)),
    ("a task that is done", activity("2026-11-11 08:00", "task")),
    ("a task of no day", {**activity(NOW, "task", done=False), "at": None}),
    ("a meeting in a year", activity("2027-11-11 10:00", "meeting")),
    ("one that was deleted", activity("2026-11-20 10:00", "meeting", deleted=True)),
]


def judged(rows: Sequence[tuple[str, Row]]) -> dict[str, bool | None]:
    """Whether the rule asks for a next step, by what is planned."""
    world = stories({name: {"deals": [deal()], "activities": [row]} for name, row in rows})
    said = by_story(judge(world, RULE, NOW).verdicts(RULE.id))
    return {name: verdict.fires for name, verdict in said.items()}


def test_what_lies_ahead_is_a_next_step() -> None:
    """Whatever it is, and a task until its day is over."""
    assert judged(AHEAD) == {name: False for name, _ in AHEAD}


def test_what_does_not_is_none() -> None:
    """What is over, done, canceled, gone or of no day; so a next step is asked for."""
    assert judged(NOT_AHEAD) == {name: True for name, _ in NOT_AHEAD}


def test_the_deal_is_shown_with_its_date() -> None:
    """A rule that looks at nothing but the deal says what stands there."""
    late = deal(close_date=dt.date(2026, 11, 3), amount=48000, currency="EUR")
    (one,) = found(mirror(deals=[late]), shipped("overdue-close-date"), NOW)
    assert one.evidence == (
        "Rollout (48,000 EUR), in Proposal since 1 Jan 2026",
        "Expected to close on 3 Nov",
    )
