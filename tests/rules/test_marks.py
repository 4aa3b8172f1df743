"""The last line of a task, the list of a week, and how a task ends: what we write must be read."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from rules.finding import Ending
from rules.marks import Mark, read_mark, ref_line
from rules.wording import closing_line, digest_body, digest_subject

KEY = "ft_" + "a2b3c4d5e6f7" * 2 + "zz"
MARKS = [
    (Mark(rule="r1"), f"ref: r1@01234567 · {KEY}"),
    (Mark(rule="r1", subject="deal", record_id="006"), f"ref: r1@01234567 · {KEY}"),
    (Mark(rule="r1", kind="step"), f"ref: r1@01234567 · step · {KEY}"),
    (
        Mark(rule="r1", kind="alert", subject="account", record_id="001"),
        f"ref: r1@01234567 · alert · account 001 · {KEY}",
    ),
]


@pytest.mark.parametrize(("mark", "line"), MARKS, ids=[line for _, line in MARKS])
def test_a_last_line_is_read_back(mark: Mark, line: str) -> None:
    """Kind and record, of which a deal's task says neither."""
    assert ref_line(mark, "0123456789abcdef", KEY) == line
    of_deal = {"subject": "", "record_id": ""} if mark.subject == "deal" else {}
    assert read_mark(f"above\n{line}\nbelow") == replace(mark, **of_deal)


def test_a_list_has_a_line_for_each() -> None:
    """One line is not several, and a year's end keeps its week."""
    mark = Mark(rule="weekly-list", kind="digest", subject="owner", record_id="005")
    assert digest_subject(dt.date(2026, 12, 28), 1) == "Week of 28 Dec: 1 line for you"
    text = digest_body(["Northwind waits"], mark, "2026w53", KEY)
    assert text.splitlines()[:2] == ["What is new for you this week:", "- Northwind waits"]
    assert text.splitlines()[-1] == f"ref: weekly-list@2026w53 · digest · owner 005 · {KEY}"
    assert read_mark(text) == mark


def test_the_end_is_said_in_the_words_of_the_rule() -> None:
    """On one line; what was seen serves where the words ask for something unknown."""
    ending = Ending(record_id="d1", line="call connected", touch=None)
    assert closing_line("Thanks,\n{owner}", ending, {"owner": "Sam"}) == "Thanks, Sam"
    assert closing_line("Thanks, {owner}", ending, {}) == "call connected"
    assert closing_line(None, ending, {"owner": "Sam"}) == "call connected"
