"""Rules that count what happened, and rules that tell somebody when a task stays open."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from rules.checked import Presence, Rule, TouchPattern
from rules.lengths import Length, Unit
from rules.load import RuleSet, Source, load
from rules.problems import Problem

ROOT = Path(__file__).resolve().parents[2]
RULE = (Path(__file__).parent / "call-back.yaml").read_text(encoding="utf-8").split("\n", 1)[1]


def read(text: str) -> tuple[RuleSet, list[Problem]]:
    return load([Source(path="a.yaml", text=text)])


def rule(text: str) -> Rule:
    rules, problems = read(text)
    assert problems == []
    return rules.active[0]


def shipped(name: str) -> Rule:
    text = (ROOT / f"rules/shipped/{name}.yaml").read_text(encoding="utf-8")
    rules, problems = load([], shipped=[Source(path="a.yaml", text=text)])
    assert problems == []
    return rules.shipped[0]


def changed(*changes: tuple[str, str]) -> str:
    text = RULE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def instead_of_missing(text: str) -> str:
    return re.sub("missing:\n(  .*\n)+", text, RULE, count=1)


def presence(text: str) -> Presence:
    (found,) = rule(instead_of_missing(text)).presences
    return found


def test_what_is_counted() -> None:
    """Which activities, what they say, how many in how long."""
    text = (Path(__file__).parent / "check-in.yaml").read_text(encoding="utf-8")
    (found,) = rule(text).presences
    assert found.pattern == TouchPattern(
        by=frozenset({"owner"}),
        at_least="B",
        direction="outbound",
        kinds=frozenset({"call", "email"}),
        says=frozenset({"check_in"}),
        does_not_say=frozenset({"purpose"}),
    )
    assert (found.in_last, found.at_least) == (Length(5, Unit.BUSINESS_DAYS), 1)


def test_a_count_is_of_anyones_activities_once_unless_said() -> None:
    """Defaults: as for a touch, of any grade, whatever it says, at least one of them."""
    found = presence("count: {of: {activity: {}}, in_last: 2 weeks}\n")
    missing = "missing: {touch: {}, after: won_at, within: 5 days}\n"
    (touch,) = rule(instead_of_missing(missing)).absences[0].touches
    assert found.pattern == replace(touch, at_least=None)
    assert (found.pattern.says, found.pattern.does_not_say) == (frozenset(), frozenset())
    assert found.at_least == 1


@pytest.mark.parametrize("times", [1, 9, 10, 49, 50])
def test_a_count_asks_for_one_to_fifty(times: int) -> None:
    """Both ends are allowed; what lies beyond has its files among the mistakes."""
    text = f"count: {{of: {{activity: {{}}}}, in_last: 2 weeks, at_least: {times}}}\n"
    assert presence(text).at_least == times


def test_several_counts_and_absences_must_all_hold() -> None:
    """A list under `count` becomes as many presences, beside what is missing."""
    found = rule(
        RULE + "count:\n"
        "  - {of: {activity: {says: [check_in, purpose]}}, in_last: 1 week, at_least: 3}\n"
        "  - {of: {activity: {type: meeting, by: [owner, anyone]}}, in_last: 8 business hours}\n"
    )
    assert len(found.absences) == 1
    one, other = found.presences
    assert one.pattern.says == {"check_in", "purpose"}
    assert (other.pattern.kinds, other.pattern.by) == ({"meeting"}, {"anyone"})
    assert other.in_last == Length(8, Unit.BUSINESS_HOURS)


def test_what_was_found_can_be_quoted() -> None:
    """`{said}` stands in every text of a rule whose count says something."""
    found = rule(
        changed(("They wait.", "They heard {said}"))
        + "count: {of: {activity: {says: check_in}}, in_last: 1 week}\n"
        + 'escalate: {after: 1 day, to: manager, alert: "{owner} said {said}"}\n'
    )
    assert found.task.purpose == "They heard {said}"
    assert found.escalate[0].alert == "{owner} said {said}"


def test_a_count_that_cannot_be_read_hides_no_placeholder() -> None:
    """One mistake gives one sentence: `{said}` is not blamed for a signal that is misspelled."""
    _, problems = read(
        changed(("They wait.", "They heard {said}"))
        + "count: {of: {activity: {says: chek_in}}, in_last: 1 week}\n"
    )
    assert ["chek_in" in one.message for one in problems] == [True]


def test_who_is_told_later() -> None:
    """The steps of a rule in their order; a rule without them tells nobody."""
    found = rule(
        RULE + "escalate:\n"
        '  - {after: 23 hours, to: [manager, owner, manager], alert: "{account} waits"}\n'
        '  - {after: 1 day, to: manager, alert: "{account} waits for {days_since_anchor}"}\n'
        '  - {after: 1 week, to: manager, alert: "{{still}} {account}"}\n'
    )
    assert [(str(one.after), one.to) for one in found.escalate] == [
        ("23 hours", ("manager", "owner")),
        ("1 day", ("manager",)),
        ("1 week", ("manager",)),
    ]
    assert found.escalate[0].alert == "{account} waits"
    assert rule(RULE).escalate == ()


def test_the_shipped_alert_offers_a_part() -> None:
    """As long after the task as there was before it, and only to the manager."""
    step, last = shipped("stale-proposal").escalate
    assert (str(step.after), step.to) == ("the limit again", ("manager",))
    assert step.alert.endswith("{owner} may welcome your help")
    assert (str(last.after), last.to) == ("3 times the limit", ("manager",))


def test_a_step_that_is_cut_off_is_told() -> None:
    """A word that is missing is never taken for another of the step's words."""
    _, problems = read(RULE + 'escalate: {to: manager, alert: "{account} waits"}\n')
    assert [one.message for one in problems] == ['"after" is missing in "escalate".']
