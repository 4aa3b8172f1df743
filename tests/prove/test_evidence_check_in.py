"""The coaching of a week: which week it belongs to, and which sentences it shows."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rules.finding import Finding
from tests.rules.world import ACCOUNTS, PEOPLE, Row, call, deal, ended, found, mail, mirror, shipped

RULE = shipped("purposeless-check-in")
WEEK = (
    mail("2026-11-04 10:00", "a1", text="Just checking in."),
    mail("2026-11-05 10:00", "a2", text="Just touching base."),
    mail("2026-11-06 10:00", "a3", text="Any updates?"),
)
CALL = call("2026-11-10 10:00", "a4", text="Called to see how things are going.")


def coached(activities: Sequence[Row], now: str) -> Finding:
    """The one finding; the deal is Dana's, at Northwind."""
    world = mirror(deals=[deal()], accounts=ACCOUNTS, owners=PEOPLE, activities=activities)
    (one,) = found(world, RULE, now)
    return one


@pytest.mark.parametrize("now", ["2026-11-06 12:00", "2026-11-09 09:00", "2026-11-16 12:00"])
def test_the_week_is_that_of_the_newest(now: str) -> None:
    """Next Monday and the Monday after, the same three are the same episode."""
    assert coached(WEEK, now).anchor.isoformat() == "2026-11-02T00:00:00+00:00"


def test_a_new_one_begins_a_new_week() -> None:
    """Its own, from Monday."""
    assert coached((*WEEK, CALL), "2026-11-10 12:00").anchor.isoformat()[:10] == "2026-11-09"


def test_the_sentences_are_shown_with_their_clients() -> None:
    """Who did it need not be said: it is the reader."""
    assert coached(WEEK, "2026-11-06 12:00").evidence == (
        '4 Nov: mail to Northwind: "Just checking in."',
        '5 Nov: mail to Northwind: "Just touching base."',
        '6 Nov: mail to Northwind: "Any updates?"',
    )


def test_of_many_the_newest_are_shown() -> None:
    """And how many there are."""
    lines = coached((*WEEK, CALL), "2026-11-10 12:00").evidence
    assert lines[0] == "4 in the last 10 business days; the newest:"
    assert lines[-1] == (
        '10 Nov: call connected with Northwind: "Called to see how things are going."'
    )
    assert len(lines) == 4


def test_the_end_is_said_as_it_is() -> None:
    """Two may be left: it would be wrong to say that there is nothing."""
    world = mirror(deals=[deal()], activities=WEEK)
    line = ended(world, RULE, {"dana": "2026-11-02 00:00"}, "2026-11-19 12:00")["dana"].line
    assert line == "fewer than 3 of the kind in the last 10 business days"
