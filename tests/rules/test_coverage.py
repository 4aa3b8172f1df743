"""The coverage guard: only those whose work is seen are judged by what is missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import pytest

from rules import select
from rules.coverage import lay_coverage, unjudgeable, unseen
from rules.evaluate import prepare
from rules.free_days import read_span
from rules.org import Coverage, Org, Said
from tests.rules.world import at, call, mirror

NOW = "2026-11-20 12:00"  # a Friday; the last 20 working days begin on 23 October
WEEKDAYS = [
    day
    for offset in range(1, 90)
    if (day := dt.date(2026, 11, 20) - dt.timedelta(days=offset)).weekday() < 5
]


def worked(owner: str, days: Iterable[dt.date], at: str = "10:00", **said: Any) -> list[Any]:
    """A connected call of this person on each day."""
    return [
        {**call(f"{day} {at}", f"{owner}-{day}", owner_id=owner, deal_ids=[]), **said}
        for day in days
    ]


def person(id: str, **said: Any) -> dict[str, Any]:
    usual = {"name": id.title(), "active": True, "time_zone": "UTC", "email": f"{id}@acme.example"}
    return {**usual, "id": id, **said}


ON_LEAVE = Said(leave=(read_span("2026-11-09..2026-11-19"),))
LONG_AWAY = Said(leave=(read_span("2026-06-01..2026-11-17"),))
PEOPLE = [
    *(person(one) for one in ("seen", "just", "hardly", "nothing", "away", "back", "mailbox")),
    *(person(one) for one in ("planner", "tasks", "voicemails", "weekends")),
    person("gone", active=False),
    person("deleted", deleted=True),
    person("queue", is_queue=True),
    person("tokyo", time_zone="Asia/Tokyo"),
]
ACTIVITIES = [
    *worked("seen", WEEKDAYS[:20]),
    *worked("just", WEEKDAYS[:20:2]),
    *worked("just", WEEKDAYS[1:4:2], outcome="no_answer"),  # who tried has worked
    *worked("hardly", WEEKDAYS[:11]),
    *worked("hardly", WEEKDAYS[20:60]),  # too long ago
    *worked("hardly", [dt.date(2026, 11, 20)]),  # today is not over
    *worked("away", [day for day in WEEKDAYS if day < dt.date(2026, 11, 9)][:12]),
    *worked("back", WEEKDAYS[:2]),
    *worked("planner", WEEKDAYS[:20], done=False),
    *worked("tasks", WEEKDAYS[:20], kind="task"),
    *worked("voicemails", WEEKDAYS[:20], outcome="wrong_number"),
    *worked("weekends", (day + dt.timedelta(days=5 - day.weekday()) for day in WEEKDAYS[:20:5])),
    *worked("tokyo", (day - dt.timedelta(days=1) for day in WEEKDAYS[:20]), "23:30"),  # next day
]
SAID = {"away@acme.example": ON_LEAVE, "back@acme.example": LONG_AWAY}
Counted = dict[str, tuple[int, int, bool]]


@pytest.fixture(scope="module")
def told() -> tuple[Counted, dict[str, str]]:
    return _judged(Coverage(captured=frozenset({"mailbox"})))


def _judged(coverage: Coverage | None) -> tuple[Counted, dict[str, str]]:
    connection = mirror(owners=PEOPLE, activities=ACTIVITIES).connection
    org = Org(said_of=SAID, coverage=coverage)
    prepare(connection, org, at(NOW), [])
    lay_coverage(connection, org, at(NOW))
    rows = select.rows(
        connection, "SELECT p.id, c.* FROM coverage_now c JOIN people_now p ON p.key = c.owner_key"
    )
    counted = {row["id"]: (row["days"], row["seen_days"], row["judgeable"]) for row in rows}
    return counted, unjudgeable(connection)


@pytest.mark.parametrize(
    ("who", "counted"),
    [
        ("seen", (20, 20, True)),
        ("just", (20, 12, True)),  # 60 % is enough
        ("hardly", (20, 11, False)),
        ("nothing", (20, 0, False)),
        ("away", (20, 12, True)),  # leave is no working time: the days before it count
        ("back", (2, 2, False)),  # too few days to say anything
        ("mailbox", (20, 0, True)),  # known to be captured
        ("planner", (20, 0, False)),
        ("tasks", (20, 0, False)),
        ("voicemails", (20, 0, False)),
        ("weekends", (20, 0, False)),
        ("gone", (20, 0, True)),
        ("deleted", (20, 0, True)),
        ("queue", (20, 0, True)),
        ("tokyo", (20, 20, True)),
    ],
)
def test_who_is_seen_enough(
    told: tuple[Counted, dict[str, str]], who: str, counted: tuple[int, int, bool]
) -> None:
    """Working days and those that show something, on each person's own calendar."""
    assert told[0][who] == counted


def test_the_admin_is_told_of_the_others(told: tuple[Counted, dict[str, str]]) -> None:
    """A sentence for everybody who cannot be judged, and for nobody else."""
    counted, sentences = told
    assert sentences.keys() == {who for who, (_, _, judgeable) in counted.items() if not judgeable}
    assert sentences["hardly"] == (
        "cannot see Hardly's activity: 11 of their last 20 working days show any; "
        "mailbox not connected?"
    )
    assert sentences["back"] == (
        "cannot judge Back yet: on their calendar lie too few working days lately (2); on leave?"
    )


def test_who_shows_nothing_at_all_is_unseen() -> None:
    """One call in four weeks is something, and who was away had no days to show it on."""
    connection = mirror(owners=PEOPLE, activities=ACTIVITIES).connection
    org = Org(said_of=SAID, coverage=Coverage(captured=frozenset({"mailbox"})))
    prepare(connection, org, at(NOW), [])
    lay_coverage(connection, org, at(NOW))
    assert unseen(connection).keys() == {"nothing", "planner", "tasks", "voicemails", "weekends"}
    assert unseen(connection).items() <= unjudgeable(connection).items()


@pytest.mark.parametrize("coverage", [None, Coverage(mail_capture=True), Coverage(share=0)])
def test_without_the_guard_everybody_is_judged(coverage: Coverage | None) -> None:
    """Switched off, or mail capture on for all; with no share wanted, all but who was away."""
    nobody = {"back"} if coverage and not coverage.mail_capture else set()
    assert _judged(coverage)[1].keys() == nobody


def test_other_numbers_are_heard() -> None:
    """A shorter window and a smaller share judge others."""
    counted, _ = _judged(Coverage(share=0.5, days=10))
    assert counted["hardly"] == (10, 10, True)
    assert counted["just"] == (10, 7, True)
    assert _judged(Coverage(share=0.71, days=10))[0]["just"] == (10, 7, False)
