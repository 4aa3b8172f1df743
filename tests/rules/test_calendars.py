"""Business time: Python, SQL and a clock that steps minute by minute say the same."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from rules.calendars import Calendar, Hours, business_seconds, known_zone
from rules.evaluate import Org
from rules.lengths import Length
from tests.rules import world
from tests.rules.world import at

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",  # +05:30
    "Australia/Adelaide",  # half an hour, and summer in January
    "Australia/Lord_Howe",  # summer time moves half an hour
    "America/Santiago",  # the clocks change at midnight
    "Pacific/Chatham",  # +12:45
    "America/St_Johns",
)
MINUTE = dt.timedelta(minutes=1)

#: Days around which clocks change somewhere in `ZONES`, months end, or nothing happens.
DAYS = [
    dt.date.fromisoformat(day)
    for day in (
        "2026-03-08",
        "2026-03-28",
        "2026-04-04",
        "2026-10-03",
        "2026-10-24",
        "2026-10-31",
        "2026-11-12",
        "2026-12-31",
        "2028-02-28",
    )
]


@dataclass(frozen=True)
class Question:
    """When has `length` passed since `start`, for somebody in `zone`?"""

    zone: str
    start: dt.datetime
    length: Length


moments = st.builds(
    lambda day, offset, minute: (
        dt.datetime.combine(day, dt.time(), dt.UTC) + dt.timedelta(days=offset, minutes=minute)
    ),
    st.sampled_from(DAYS),
    st.integers(-3, 3),
    st.one_of(st.integers(0, 1439), st.sampled_from([0, 510, 540, 1020, 1050, 1439])),
)
lengths = st.one_of(
    st.builds("{} business days".format, st.integers(1, 9)),
    st.builds("{} business hours".format, st.integers(1, 30)),
    st.builds("{} days".format, st.integers(1, 30)),
    st.builds("{} weeks".format, st.integers(1, 3)),
    st.builds("{} hours".format, st.integers(1, 60)),
).map(Length.parse)
hours = st.builds(
    lambda opens, long, weekdays, free: Hours(
        opens=dt.time(opens // 60, opens % 60),
        closes=dt.time((opens + long) // 60, (opens + long) % 60),
        weekdays=weekdays,
        holidays=free,
    ),
    st.sampled_from([0, 60, 420, 510, 540, 600]),
    st.integers(60, 800),
    st.sampled_from(
        [
            frozenset(range(5)),
            frozenset({6, 0, 1, 2, 3}),
            frozenset({0, 2, 4}),
            frozenset(range(7)),
        ]
    ),
    st.frozensets(st.sampled_from(DAYS).map(lambda day: day + dt.timedelta(days=2)), max_size=4),
)

# -- the naive clock -------------------------------------------------------------------------


def later_of(wall: dt.datetime, zone: str) -> dt.datetime:
    """Return the last UTC minute at which clocks in `zone` show `wall`, by trying them all.

    A wall-clock time that is skipped is read by the offset of the evening before.
    """
    guess = wall.replace(tzinfo=dt.UTC)
    shows = [
        moment
        for minutes in range(-16 * 60, 16 * 60)
        if shown(moment := guess + minutes * MINUTE, zone) == wall
    ]
    if shows:
        return max(shows)
    before = (wall - dt.timedelta(hours=12)).replace(tzinfo=ZoneInfo(zone)).utcoffset()
    assert before is not None
    return (wall - before).replace(tzinfo=dt.UTC)


def shown(moment: dt.datetime, zone: str) -> dt.datetime:
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def works(wall: dt.datetime, hours: Hours) -> bool:
    free = wall.date() in hours.holidays or wall.weekday() not in hours.weekdays
    return not free and hours.opens <= wall.time() < hours.closes


def stepped(question: Question, hours: Hours) -> dt.datetime:
    """Walk along the wall clock, minute by minute, until the length has passed."""
    unit, amount = str(question.length.unit), question.length.amount
    if unit == "hours":
        return question.start + amount * 60 * MINUTE
    wall = shown(question.start, question.zone)
    if unit in ("days", "weeks"):
        return later_of(wall + amount * dt.timedelta(**{unit: 1}), question.zone)
    minutes = (dt.time(n // 60, n % 60) for n in range(24 * 60))
    day_long = sum(hours.opens <= minute < hours.closes for minute in minutes)
    left = amount * (60 if unit == "business hours" else day_long)
    while left:
        left -= works(wall, hours)
        wall += MINUTE
    return later_of(wall, question.zone)


# -- all three -------------------------------------------------------------------------------


@pytest.mark.proof
@settings(max_examples=7, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
@given(
    limits=st.lists(lengths, min_size=6, max_size=6),
    asked=st.lists(
        st.tuples(st.sampled_from(ZONES), moments, st.integers(0, 5)), min_size=20, max_size=40
    ),
    hours=hours,
)
def test_python_sql_and_a_naive_clock_agree(
    limits: list[Length], asked: list[tuple[str, dt.datetime, int]], hours: Hours
) -> None:
    """A deadline is the same moment, whoever computes it: any zone, any hours, any free days."""
    people = [{"id": zone, "name": zone, "active": True, "time_zone": zone} for zone in ZONES]
    by_stage = dict(zip(sorted(world.STAGES), limits, strict=True))
    stages = list(by_stage)
    deals = [
        world.deal(f"d{n}", created_at=start, owner_id=zone, stage=stages[which])
        for n, (zone, start, which) in enumerate(asked)
    ]
    said = ", ".join(f"{stage}: {length}" for stage, length in by_stage.items())
    missing = f"{{touch: {{by: owner}}, after: created_at, within: {{by_stage: {{{said}}}}}}}"
    evaluation = world.judge(
        world.mirror(deals=deals, owners=people),
        world.rule(missing),
        "2026-11-20 12:00",
        Org(hours={"default": hours}),
    )
    by_sql = {v.record_id: v.deadline for v in evaluation.verdicts("r1")}
    for n, (zone, start, which) in enumerate(asked):
        question = Question(zone, start, limits[which])
        naive = stepped(question, hours)
        assert Calendar(hours, zone).add(start, limits[which]) == naive, question
        assert by_sql[f"d{n}"] == naive, question


@settings(max_examples=60, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
@given(start=moments, minutes=st.integers(-3000, 20_000), hours=hours, zone=st.sampled_from(ZONES))
def test_working_days_between_counts_whole_ones(
    start: dt.datetime, minutes: int, hours: Hours, zone: str
) -> None:
    """The days between two moments are the working minutes between them, in whole days."""
    end = start + minutes * MINUTE
    wall, last = shown(start, zone), shown(end, zone)
    worked = 0
    while wall < last:
        worked += works(wall, hours)
        wall += MINUTE
    expected = worked * 60 // hours.day_seconds
    assert Calendar(hours, zone).working_days_between(start, end) == expected


BERLIN = Calendar(Hours(holidays=frozenset({dt.date(2026, 12, 25)})), "Europe/Berlin")


@pytest.mark.parametrize(
    ("start", "length", "deadline"),
    [
        ("2026-11-12 10:00+01:00", "5 business days", "2026-11-19 10:00+01:00"),
        ("2026-11-14 11:00+01:00", "5 business days", "2026-11-20 17:00+01:00"),
        ("2026-11-12 08:59+01:00", "1 business day", "2026-11-12 17:00+01:00"),
        ("2026-11-12 09:00+01:00", "1 business day", "2026-11-12 17:00+01:00"),
        ("2026-11-12 17:00+01:00", "1 business day", "2026-11-13 17:00+01:00"),
        ("2026-11-12 16:59+01:00", "1 business hour", "2026-11-13 09:59+01:00"),
        ("2026-12-24 12:00+01:00", "1 business day", "2026-12-28 12:00+01:00"),
        ("2026-10-22 10:00+02:00", "5 business days", "2026-10-29 10:00+01:00"),
        ("2026-10-24 10:00+02:00", "1 day", "2026-10-25 10:00+01:00"),
        ("2026-10-24 10:00+02:00", "24 hours", "2026-10-25 09:00+01:00"),
        ("2026-10-24 02:30+02:00", "1 day", "2026-10-25 02:30+01:00"),
        ("2026-03-28 02:30+01:00", "1 day", "2026-03-29 03:30+02:00"),
        ("2026-01-31 10:00+01:00", "4 weeks", "2026-02-28 10:00+01:00"),
    ],
)
def test_deadlines_as_people_expect_them(start: str, length: str, deadline: str) -> None:
    """Nights, weekends, Christmas and both changes of the clock, one by one."""
    assert BERLIN.add(at(start), Length.parse(length)) == at(deadline)


def test_a_holiday_of_one_calendar_is_no_holiday_of_another() -> None:
    """Free days belong to hours, not to the program."""
    day = dt.date(2026, 12, 25)
    assert not BERLIN.hours.is_working(day)
    assert Hours().is_working(day)
    assert BERLIN.next_working(day) == dt.date(2026, 12, 28)
    assert Calendar(Hours(), "UTC").next_working(day) == day


def test_end_of_a_day_is_closing_time_there() -> None:
    """17:00 on the wall of the person, also on a free day."""
    assert BERLIN.end_of(dt.date(2026, 7, 4)) == at("2026-07-04 17:00+02:00")


@pytest.mark.parametrize(
    "wrong",
    [{"opens": dt.time(17), "closes": dt.time(9)}, {"weekdays": frozenset[int]()}],
    ids=["closes before it opens", "no day"],
)
def test_hours_without_working_time_are_refused(wrong: dict[str, object]) -> None:
    """A calendar in which no time ever passes would silence every rule."""
    with pytest.raises(ValueError, match="has no working time"):
        Hours(**wrong)  # type: ignore[arg-type]


def test_only_business_lengths_have_business_seconds() -> None:
    """A calendar day has no business length; a business day has that of its hours."""
    assert business_seconds(Length.parse("2 business days"), Hours()) == 2 * 8 * 3600
    with pytest.raises(ValueError, match="30 days is not business time"):
        business_seconds(Length.parse("30 days"), Hours())


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        (None, "Asia/Tokyo"),
        ("", "Asia/Tokyo"),
        ("Middle/Earth", "Asia/Tokyo"),
        ("../../etc/passwd", "Asia/Tokyo"),
        ("/etc/localtime", "Asia/Tokyo"),
        ("Europe/Ber\x00lin", "Asia/Tokyo"),
        ("Europe", "Asia/Tokyo"),
        ("x" * 5000, "Asia/Tokyo"),
    ],
)
def test_a_zone_nobody_knows_is_the_orgs(said: str | None, known: str) -> None:
    """Whatever stands in the CRM, a person has a zone."""
    assert known_zone(said, "Asia/Tokyo") == known
