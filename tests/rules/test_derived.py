"""What follows from a rule without being written in it: what it needs, and its meaning."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules.checked import Rule
from rules.load import Source, load

RULE = (Path(__file__).parent / "call-back.yaml").read_text(encoding="utf-8").split("\n", 1)[1]


def rule(text: str) -> Rule:
    rules, problems = load([Source(path="a.yaml", text=text)])
    assert problems == []
    return rules.active[0]


def changed(*changes: tuple[str, str]) -> str:
    text = RULE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def test_a_rule_needs_what_it_reads() -> None:
    """Streams and fields follow from the clauses; the manager only where one is asked for."""
    found = rule(RULE)
    assert {"activities", "links", "contacts", "owners", "stage_changes"} <= found.needs_streams
    assert {"deals.state", "stage_changes.at", "activities.outcome"} <= found.needs_fields
    assert "owners.manager_id" not in found.needs_fields
    assert "deals.amount" not in found.needs_fields
    assert "owners.manager_id" in rule(changed(("by: owner", "by: team"))).needs_fields
    assert "owners.manager_id" in rule(changed(("to: owner", "to: [owner, manager]"))).needs_fields


@pytest.mark.parametrize(
    "change",
    [
        ("title: Call back", "title: Call them"),
        ("Call {account}", "Ring {account}"),
        ("due: 1 business day", "due: end of week"),
        ("for: deal", "for: deal\nmode: live\nseverity: high\nstart_from: enabled"),
        ("name: fires", "name: it fires"),
        ("rule: call-back", "rule: call-again"),
        ("5 business days", "5  Business Days"),
        ("  state: won", "  state: [won]"),
    ],
    ids=lambda change: change[1],
)
def test_what_is_not_the_meaning(change: tuple[str, str]) -> None:
    """Texts, titles, tests, mode and another way to write the same change no meaning."""
    assert rule(changed(change)).meaning == rule(RULE).meaning


@pytest.mark.parametrize(
    "change",
    [
        ("5 business days", "6 business days"),
        ("5 business days", "5 days"),
        ("  state: won", "  state: won\n  amount: {at_least: 1}"),
        ("by: owner", "by: [owner, team]"),
        ("by: owner", "by: owner, at_least: B"),
        ("by: owner", "by: owner, direction: outbound"),
        ("after: won_at", "after: closed_at"),
        ("to: owner", "to: manager"),
    ],
    ids=lambda change: change[1],
)
def test_what_is_the_meaning(change: tuple[str, str]) -> None:
    """Whoever is in, what is missing and who is told make the meaning."""
    assert rule(changed(change)).meaning != rule(RULE).meaning


def test_the_order_of_conditions_is_not_the_meaning() -> None:
    """Conditions all hold together, so their order says nothing."""
    one = changed(("  state: won", "  state: won\n  name: {contains: a}\n  account: [x, y]"))
    other = changed(("  state: won", "  account: [y, x]\n  name: {contains: a}\n  state: won"))
    assert rule(one).meaning == rule(other).meaning
