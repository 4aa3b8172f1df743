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


COUNT = """\
count:
  of: {activity: {by: owner, says: check_in}}
  in_last: 5 business days
  at_least: 2
"""
ESCALATE = """\
escalate:
  - {after: 3 business days, to: manager, alert: "{account} waits"}
"""


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


def test_a_rule_that_counts_needs_what_it_reads() -> None:
    """The text is needed only where it is read; a rule may count and miss nothing."""
    texts = {"activities.subject", "activities.text"}
    reason = RULE.partition("missing:")[2].partition("then:")[0]
    only = RULE.replace(f"missing:{reason}", COUNT)
    found = rule(only)
    assert texts <= found.needs_fields
    assert {"activities", "links", "contacts", "owners"} <= found.needs_streams
    assert "stage_changes" not in found.needs_streams
    silent = rule(only.replace(", says: check_in", ""))
    assert "activities.outcome" in silent.needs_fields
    assert not texts & silent.needs_fields
    assert not texts & rule(RULE).needs_fields
    assert "owners.manager_id" not in found.needs_fields
    assert "owners.manager_id" in rule(only.replace("by: owner", "by: team")).needs_fields
    assert "owners.manager_id" in rule(only + ESCALATE).needs_fields


def test_the_hash_of_a_meaning_stays() -> None:
    """A release in which it differed would put every rule of its kind in doubt for one run."""
    assert rule(RULE).meaning == "5673face686d2a60"


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


def test_who_is_told_later_is_not_the_meaning() -> None:
    """Escalation changes nothing about which deals are meant."""
    assert rule(RULE + ESCALATE).meaning == rule(RULE).meaning


@pytest.mark.parametrize(
    "change",
    [
        ("5 business days\n  at_least", "6 business days\n  at_least"),
        ("at_least: 2", "at_least: 3"),
        ("by: owner, says", "by: [owner, team], says"),
        ("by: owner, says", "by: owner, type: call, says"),
        ("says: check_in", "says: purpose"),
        ("says: check_in", "says: check_in, does_not_say: purpose"),
    ],
    ids=lambda change: change[1],
)
def test_what_is_counted_is_the_meaning(change: tuple[str, str]) -> None:
    """Which activities, what they say, how many and in how long; and that they are counted."""
    assert COUNT.count(change[0]) == 1
    counted = rule(RULE + COUNT).meaning
    assert rule(RULE + COUNT.replace(*change)).meaning != counted
    assert counted != rule(RULE).meaning


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("says: check_in", "says: [check_in, check_in]"),
        ("by: owner, says: check_in", "says: [check_in], by: [owner]"),
        ("count:\n  of", "count:\n- of"),
    ],
)
def test_another_way_to_write_a_count_is_not_another_meaning(old: str, new: str) -> None:
    """A word alone and a list of it are the same, and so is a list of one count."""
    assert old in COUNT
    assert rule(RULE + COUNT.replace(old, new)).meaning == rule(RULE + COUNT).meaning
