"""Moments of a story: days told from today, read from text and turned into dates."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from connectors.simulator.moments import read_day, read_moment

#: 2026-11-25 is a Wednesday, the 22nd a Sunday, the 23rd a Monday, the 27th a Friday.
DAYS = [
    ("-1bd", "2026-11-25", "2026-11-24"),
    ("-1bd", "2026-11-23", "2026-11-20"),
    ("-1bd", "2026-11-22", "2026-11-20"),
    ("-6bd", "2026-11-25", "2026-11-17"),
    ("-6bd", "2026-11-22", "2026-11-13"),
    ("+1bd", "2026-11-27", "2026-11-30"),
    ("+3bd", "2026-11-25", "2026-11-30"),
    ("-40d", "2026-11-25", "2026-10-16"),
    ("+0d", "2026-11-25", "2026-11-25"),
    ("-1fri", "2026-11-25", "2026-11-20"),
    ("-1fri", "2026-11-27", "2026-11-20"),
    ("-2fri", "2026-11-22", "2026-11-13"),
    ("+1mon", "2026-11-23", "2026-11-30"),
    ("+2mon", "2026-11-25", "2026-12-07"),
]


@pytest.mark.parametrize(("told", "today", "meant"), DAYS)
def test_a_day_is_counted_from_today(told: str, today: str, meant: str) -> None:
    """A day of a story is the day a person would name, over weekends and months."""
    assert read_day(told).of(dt.date.fromisoformat(today)).isoformat() == meant


def test_a_time_of_day_is_the_company_s_in_summer_and_winter() -> None:
    """Ten o'clock stays ten o'clock where the company is, whatever that is in UTC."""
    ten = read_moment("-1bd 10:00")
    zone = ZoneInfo("Europe/Berlin")
    winter = ten.of(dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC), zone)
    summer = ten.of(dt.datetime(2026, 7, 15, 12, tzinfo=dt.UTC), zone)
    assert winter == dt.datetime(2026, 11, 24, 9, tzinfo=dt.UTC)
    assert summer == dt.datetime(2026, 7, 14, 8, tzinfo=dt.UTC)


def test_today_is_the_company_s_day() -> None:
    """Just after midnight in Berlin yesterday has ended, although UTC is still in it."""
    now = dt.datetime(2026, 11, 24, 23, 30, tzinfo=dt.UTC)
    berlin = read_moment("-1bd 10:00").of(now, ZoneInfo("Europe/Berlin"))
    london = read_moment("-1bd 10:00").of(now, ZoneInfo("Europe/London"))
    assert (berlin.day, london.day) == (24, 23)


@pytest.mark.parametrize("text", ["-6bd", "10:00", "-6bd 24:00", "-6bd 9:00", "-6bd 10:00 Won", ""])
def test_what_is_no_moment_is_refused_with_an_example(text: str) -> None:
    """A moment needs a day and a time of two digits each; the refusal shows how."""
    with pytest.raises(ValueError, match="like -6bd 10:00"):
        read_moment(text)


@pytest.mark.parametrize("text", ["6bd", "-bd", "-6", "-6 bd", "-1friday", "-99999d", "yesterday"])
def test_what_is_no_day_is_refused_with_examples(text: str) -> None:
    """A day needs a sign, a count and a unit; the refusal lists the forms."""
    with pytest.raises(ValueError, match="-1fri"):
        read_day(text)


@pytest.mark.parametrize("text", ["-0bd", "+0fri"])
def test_no_business_day_is_not_today(text: str) -> None:
    """Today may be a Sunday, so nothing is told of its business day."""
    with pytest.raises(ValueError, match=r"\+0d"):
        read_day(text)
