"""Lengths of time and due dates are read from an admin's words, and read back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.lengths import DueWord, Length, Unit, parse_due, parse_duration


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("30 days", Length(30, Unit.DAYS)),
        ("1 day", Length(1, Unit.DAYS)),
        ("1 days", Length(1, Unit.DAYS)),
        ("2 weeks", Length(2, Unit.WEEKS)),
        ("48 hours", Length(48, Unit.HOURS)),
        ("5 business days", Length(5, Unit.BUSINESS_DAYS)),
        ("1 business day", Length(1, Unit.BUSINESS_DAYS)),
        ("8  Business  Hours", Length(8, Unit.BUSINESS_HOURS)),
        ("3650 days", Length(3650, Unit.DAYS)),
    ],
)
def test_lengths_are_read(text: str, length: Length) -> None:
    """Singular or plural, any case, any number of spaces."""
    assert Length.parse(text) == length


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a month",
        "3 months",
        "5",
        "days",
        "5days",
        "-5 days",
        "1.5 days",
        "5 business",
        "5 days ago",
        "٣ days",
        "5 days\n6 days",
        "1e3 days",
    ],
)
def test_what_is_no_length_is_told_with_an_example(text: str) -> None:
    """The sentence names what was written and shows how it is done."""
    with pytest.raises(ValueError, match=r'is not a length of time\. Write for example "30 days"'):
        Length.parse(text)


def test_the_sentence_of_the_rule_language_page() -> None:
    """The sentence for a month is word for word the one in the documentation."""
    with pytest.raises(ValueError, match="length") as refused:
        Length.parse("a month")
    assert str(refused.value) == (
        '"a month" is not a length of time. Write for example "30 days" or "10 business days".'
    )


@pytest.mark.parametrize("text", ["0 days", "000 business hours"])
def test_a_length_is_positive(text: str) -> None:
    """No time at all is a mistake, not a length."""
    with pytest.raises(ValueError, match="no time at all"):
        Length.parse(text)


@pytest.mark.parametrize(
    "text", ["3651 days", "522 weeks", "999999999 business days", "87624 hours"]
)
def test_a_length_is_bounded(text: str) -> None:
    """Ten years are the longest, in every unit."""
    with pytest.raises(ValueError, match=r"The longest is 3650 days\."):
        Length.parse(text)


@given(st.integers(1, 500), st.sampled_from(Unit))
def test_lengths_read_back(amount: int, unit: Unit) -> None:
    """What a length says of itself is what it is read from."""
    assert Length.parse(str(Length(amount, unit))) == Length(amount, unit)


def test_one_is_singular() -> None:
    """A length speaks English."""
    assert str(Length(1, Unit.BUSINESS_DAYS)) == "1 business day"
    assert str(Length(5, Unit.BUSINESS_DAYS)) == "5 business days"


@pytest.mark.parametrize(
    ("unit", "business"),
    [(Unit.BUSINESS_DAYS, True), (Unit.BUSINESS_HOURS, True), (Unit.DAYS, False)],
)
def test_units_say_whether_they_count_working_time(unit: Unit, business: bool) -> None:
    """Only business units skip nights and weekends."""
    assert unit.business is business


def test_due_dates_are_read() -> None:
    """A due date is a length or a word the calendar knows."""
    assert parse_due("1 business day") == Length(1, Unit.BUSINESS_DAYS)
    assert parse_due("end of today") is DueWord.END_OF_TODAY
    assert parse_due("End of  week") is DueWord.END_OF_WEEK


@pytest.mark.parametrize("text", ["tomorrow", "end of month", "soon", ""])
def test_what_is_no_due_date_is_told(text: str) -> None:
    """The sentence shows a length and both words."""
    with pytest.raises(ValueError, match=r'due date\. .*"1 business day", "end of today" or "end'):
        parse_due(text)


def test_a_due_date_that_is_a_bad_length_says_why() -> None:
    """A length that is out of bounds is told as such, not as an unknown word."""
    with pytest.raises(ValueError, match="too long"):
        parse_due("9999 days")


@pytest.mark.parametrize(
    ("text", "seconds"), [("90 seconds", 90), ("5 minutes", 300), ("1 hour", 3600)]
)
def test_durations_are_seconds(text: str, seconds: int) -> None:
    """How long a call took is kept in seconds, as in the CRM's canonical record."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["5", "five minutes", "5 days", "-5 minutes"])
def test_what_is_no_duration_is_told(text: str) -> None:
    """The sentence shows how it is written."""
    with pytest.raises(ValueError, match='Write for example "90 seconds"'):
        parse_duration(text)
