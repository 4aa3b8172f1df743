"""How long a task stays open before somebody else is told: a length, or the rule's own limit."""

from __future__ import annotations

import pytest

from rules.lengths import Length, Times, parse_wait
from rules.load import Source, load
from tests.rules.world import RULE

WON = RULE.format(
    id="r1",
    head="",
    where="{state: won}",
    missing="{touch: {}, after: won_at, within: 5 business days}",
)
OVERDUE = WON.replace("missing: {touch: {}, after: won_at, within: 5 business days}\n", "")


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("3 business days", Length.parse("3 business days")),
        ("the limit again", Times(1)),
        ("3 times the limit", Times(3)),
        ("3  Times the limit", Times(3)),
    ],
)
def test_a_wait_reads_aloud(text: str, wait: Length | Times) -> None:
    """And is said again as it was written."""
    assert parse_wait(text) == wait
    assert parse_wait(str(wait)) == wait


@pytest.mark.parametrize("text", ["0 times the limit", "limit", "the limit", "half the limit", "x"])
def test_another_wait_is_told(text: str) -> None:
    """With what can be written."""
    with pytest.raises(ValueError, match=r"Write "):
        parse_wait(text)


def told(*steps: str, text: str = WON) -> list[str]:
    """What is wrong with a rule whose steps come after these times."""
    lines = [f'  - {{after: {after}, to: manager, alert: "{{account}} waits"}}' for after in steps]
    source = "\n".join([text + "escalate:", *lines, ""])
    _, problems = load([Source(path="r.yaml", text=source)])
    return [one.message for one in problems]


def test_steps_may_follow_the_limit() -> None:
    """In growing order."""
    assert told("the limit again", "3 times the limit") == []
    assert told("3 times the limit", "the limit again") == [
        '"the limit again" is not later than "3 times the limit" in the step before. '
        "Make it longer."
    ]


def test_a_limit_and_a_length_cannot_be_compared() -> None:
    """The one depends on the record."""
    (message,) = told("3 business days", "the limit again")
    assert "Count both in the same unit" in message


def test_a_rule_without_a_limit_has_none_to_wait_for() -> None:
    """Where nothing is missing, nothing is too late."""
    (message,) = told("the limit again", text=OVERDUE)
    assert message == (
        '"the limit again": this rule has no limit, for nothing is missing in it. Write a length.'
    )
