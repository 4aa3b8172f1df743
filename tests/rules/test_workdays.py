"""Business time of each person: their hours, their region's holidays, their leave."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from rules import select
from rules.calendars import Hours, business_seconds
from rules.free_days import public_holidays, read_region, read_span
from rules.lengths import Length
from rules.org import Org, Said
from rules.workdays import lay_calendars


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


ZONES: Mapping[str, str | None] = {
    "anna": "Europe/Berlin",
    "bea": "Europe/Berlin",
    "carl": "America/Los_Angeles",
    "dev": "Asia/Kolkata",
    "eve": "Australia/Lord_Howe",
    "finn": None,  # the CRM knows no zone of his
}


def _said(*leave: str, **said: str) -> Said:
    return Said(leave=tuple(read_span(one) for one in leave), **said)


ORG = Org(
    zone="Europe/London",
    hours={
        "default": Hours(holidays=frozenset({dt.date(2026, 12, 24)}), region="GB"),
        "warehouse": Hours(
            name="warehouse", opens=dt.time(6), closes=dt.time(14), weekdays=frozenset(range(6))
        ),
    },
    said_of={
        "anna@acme.example": _said("2026-10-23..2026-10-26", "2026-12-28", region="DE-BY"),
        "bea@acme.example": _said(region="DE-BY"),
        "carl@acme.example": _said("2026-11-30..2026-12-02", region="US-CA"),
        "dev@acme.example": _said(calendar="warehouse", region="IN"),
        "eve@acme.example": _said("2026-04-02..2026-04-05", "2026-04-03..2026-04-07"),
    },
)
NOW = at("2026-11-20 12:00")


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    people = pa.table(
        {
            "key": pa.array(range(len(ZONES)), pa.uint64()),
            "email": [f"{name.upper()}@acme.example" for name in ZONES],
            "time_zone": list(ZONES.values()),
        }
    )
    connection.register("people", people)
    connection.execute("CREATE TEMP TABLE people_now AS SELECT * FROM people")
    lay_calendars(connection, ORG, NOW)
    return connection


#: When `seconds` of business time have passed since `start_at`, from the tables alone.
BY_TABLES = """
WITH asked AS (SELECT unnest($asked, recursive := true)), started AS (
    SELECT a.*, c.*, b.ordinal, b.working, timezone(c.zone, a.start_at) AS wall,
        timezone(c.zone, a.start_at) - CAST(CAST(timezone(c.zone, a.start_at) AS DATE) AS TIMESTAMP)
            AS passed
    FROM asked a
    JOIN owner_calendars o ON o.owner_key = a.person AND o.hours = a.called
    JOIN calendars c ON c.calendar = o.calendar
    JOIN calendar_days b ON b.hours = c.hours AND b.day = CAST(timezone(c.zone, a.start_at) AS DATE)
), needed AS (
    SELECT *, ordinal * day_seconds + amount + CASE WHEN working
        THEN greatest(0, least(day_seconds, CAST(floor(epoch(passed)) AS BIGINT) - opens_second))
        ELSE 0 END AS total
    FROM started
)
SELECT n.number, timezone(n.zone, CAST(d.day AS TIMESTAMP) + to_seconds(
    n.opens_second + n.total - d.ordinal * n.day_seconds)) AS done_at
FROM needed n JOIN calendar_days d
    ON d.hours = n.hours AND d.working AND d.ordinal = (n.total - 1) // n.day_seconds
ORDER BY n.number"""

DAYS = [
    dt.date.fromisoformat(day)
    for day in ("2026-03-29", "2026-04-04", "2026-10-25", "2026-11-01", "2026-11-26", "2026-12-31")
]
moments = st.builds(
    lambda day, minutes: (
        dt.datetime.combine(day, dt.time(), dt.UTC) + dt.timedelta(minutes=minutes)
    ),
    st.sampled_from(DAYS),
    st.integers(-4 * 1440, 2 * 1440),
)
lengths = st.one_of(
    st.builds("{} business days".format, st.integers(1, 12)),
    st.builds("{} business hours".format, st.integers(1, 40)),
).map(Length.parse)
asked = st.tuples(
    st.sampled_from(sorted(ZONES)), moments, lengths, st.sampled_from(sorted(ORG.hours))
)


@settings(max_examples=6, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
@given(questions=st.lists(asked, min_size=30, max_size=60))
def test_the_tables_and_python_agree(
    connection: duckdb.DuckDBPyConnection,
    questions: list[tuple[str, dt.datetime, Length, str]],
) -> None:
    """Over holidays, leave, both changes of the clock and month ends, for everybody."""
    rows: list[dict[str, Any]] = []
    expected = []
    for number, (name, start, length, called) in enumerate(questions):
        calendar = ORG.calendar_of(f"{name}@acme.example", ZONES[name], called)
        expected.append(calendar.add(start, length))
        rows.append(
            {
                "number": number,
                "person": list(ZONES).index(name),
                "called": called,
                "start_at": start,
                "amount": business_seconds(length, calendar.hours),
            }
        )
    found = select.rows(connection, BY_TABLES, {"asked": rows})
    assert [row["done_at"] for row in found] == expected


def _due(name: str, start: str, length: str, hours: str | None = None) -> str:
    calendar = ORG.calendar_of(f"{name}@acme.example", ZONES[name], hours)
    return f"{calendar.local(calendar.add(at(start), Length.parse(length))):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("name", "start", "length", "due"),
    [
        ("bea", "2026-10-22 12:00", "2 business days", "2026-10-26 14:00"),
        ("anna", "2026-10-22 12:00", "2 business days", "2026-10-28 14:00"),  # away until the 26th
        ("anna", "2026-10-22 12:00", "4 days", "2026-10-26 14:00"),  # a day is a day, on leave too
        ("bea", "2026-10-31 12:00", "1 business day", "2026-11-02 17:00"),
        ("bea", "2027-01-05 12:00", "1 business day", "2027-01-07 13:00"),  # 6 January, in Bavaria
        ("finn", "2027-01-05 12:00", "1 business day", "2027-01-06 12:00"),  # not in Britain
        ("finn", "2026-12-23 12:00", "1 business day", "2026-12-29 12:00"),  # nobody works the 24th
        ("bea", "2026-12-23 12:00", "1 business day", "2026-12-28 13:00"),  # the 28th: Britain only
        ("carl", "2026-11-26 20:00", "1 business day", "2026-12-03 17:00"),  # three days in a row
        ("dev", "2026-11-28 05:30", "1 business day", "2026-11-30 11:00"),  # Saturday counts
    ],
)
def test_a_clock_stands_still_while_its_owner_is_away(
    name: str, start: str, length: str, due: str
) -> None:
    """Leave and holidays are no working days; a person's region goes before the calendar's."""
    assert _due(name, start, length) == due


def test_a_rules_own_calendar_changes_hours_not_leave() -> None:
    """Anna's leave counts in the warehouse too, whose day begins at six."""
    assert _due("bea", "2026-10-22 06:00", "1 business day", "warehouse") == "2026-10-23 08:00"
    assert _due("anna", "2026-10-22 06:00", "1 business day", "warehouse") == "2026-10-27 08:00"
    assert _due("dev", "2026-11-16 02:30", "1 business hour", "default") == "2026-11-16 09:00"


def test_people_alike_share_their_days(connection: duckdb.DuckDBPyConnection) -> None:
    """Days are laid once for all with the same hours; nobody's deal has a calendar, too."""
    sets = dict(
        connection.execute(
            "SELECT hours, count(*) FROM calendar_days GROUP BY hours ORDER BY hours"
        ).fetchall()
    )
    assert len(set(sets.values())) == 1
    whose = connection.execute(
        "SELECT owner_key, calendar FROM owner_calendars WHERE hours = 'default'"
    ).fetchall()
    assert {key: calendar for key, calendar in whose if key in (None, 1, 5)} == {
        1: "default DE-BY Europe/Berlin",
        5: "default Europe/London",
        None: "default Europe/London",
    }
    assert [hours for hours in sets if "DE-BY" in hours and "without" not in hours] == [
        "default DE-BY",
        "warehouse DE-BY",
    ]


# -- free days -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-12-21..2026-12-20", "Write the first day first"),
        ("2026-12-21..2028-12-20", "more than a year"),
        ("2026-12-21 - 2027-01-03", "is not a day"),
        ("2026-02-30", "is not a day of the calendar"),
        ("..2026-12-20", "is not a day"),
    ],
)
def test_a_span_that_is_none_is_told(text: str, said: str) -> None:
    """An admin reads what to write instead."""
    with pytest.raises(ValueError, match=said):
        read_span(text)


def test_a_span_has_both_its_days() -> None:
    """The first and the last day are leave; the days around them are not."""
    span = read_span("2026-12-30 .. 2027-01-02")
    assert [str(day) for day in span][:: len([*span]) - 1] == ["2026-12-30", "2027-01-02"]
    assert dt.date(2027, 1, 2) in span
    assert dt.date(2027, 1, 3) not in span
    assert str(read_span("2026-12-24")) == "2026-12-24"


def test_holidays_are_those_of_the_region() -> None:
    """Thanksgiving is American, Epiphany Bavarian; a country ends where its own parts begin."""
    thanksgiving, epiphany = dt.date(2026, 11, 26), dt.date(2027, 1, 6)
    of = {region: public_holidays(read_region(region)) for region in ("DE", "DE-BY", "US-CA", "IN")}
    assert [region for region, days in of.items() if thanksgiving in days] == ["US-CA"]
    assert [region for region, days in of.items() if epiphany in days] == ["DE-BY"]
    assert public_holidays(None) == frozenset()
