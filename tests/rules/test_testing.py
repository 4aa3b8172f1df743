"""Cases beside a rule: a wrong expectation is told in one sentence, at its place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules.checked import Rule
from rules.load import Source, load
from rules.testing import run_cases
from tests.rules.world import BENCH, STAGES

HEAD = """\
rule: r1
title: A rule of a test
for: deal
where: {state: won}
missing: {touch: {by: [owner, team, manager]}, after: won_at, within: 5 business days}
then:
  task:
    to: [owner, manager]
    subject: "Call {account}"
    purpose: "Since {anchor}."
    opening: The purpose of my call is to say thank you.
    done_when: a call connects
    due: 1 business day
"""
TESTS = """\
tests:
  - name: the one
    deal: {account: Acme, state: won, won_at: 2026-11-12 10:00, owner: dana}
    people: {dana: {manager: mia, time_zone: Europe/Berlin}, mia: {}}
    activities: []
    expect:
      - {at: 2026-11-19 09:59, fires: no, next_check: 2026-11-19 10:00}
      - at: 2026-11-19 10:00
        fires: yes
        task: {to: dana, due: 2026-11-20, subject: Call Acme, purpose: Since 12 Nov 10:00.}
  - name: an open deal
    deal: {state: open}
    expect: [{at: 2026-11-30 12:00, fires: no}]
"""


def loaded(tests: str, head: str = HEAD) -> Rule:
    rules, problems = load([Source(path="r.yaml", text=head + tests)], stages=STAGES)
    assert problems == [], [str(problem) for problem in problems]
    return rules.active[0]


def told(*changes: tuple[str, str], head: str = HEAD) -> list[str]:
    """What is said about the cases when these words of the file are other ones."""
    results = run_cases(loaded(changed(*changes), head), BENCH)
    return [str(problem) for result in results for problem in result.differences]


def changed(*changes: tuple[str, str]) -> str:
    """The cases with other words in the place of some."""
    text = TESTS
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def test_what_is_expected_and_comes_needs_no_word() -> None:
    """A case that holds has no differences, and has its name."""
    results = run_cases(loaded(TESTS), BENCH)
    assert [(one.rule, one.case, one.differences) for one in results] == [
        ("r1", "the one", ()),
        ("r1", "an open deal", ()),
    ]


PLACE_1, PLACE_2 = "r.yaml:20:9: r1: ", "r.yaml:21:9: r1: "


#: What stands there, what is written instead, and what is said then.
CHANGES: list[tuple[str, str, str | None]] = [
    (
        "fires: no, next_check: 2026-11-19 10:00",
        "fires: yes",
        PLACE_1 + 'test "the one": at 2026-11-19 09:59 the rule stays quiet '
        "(due 2026-11-19 10:00), the case says it fires.",
    ),
    (
        "fires: no, next_check: 2026-11-19 10:00",
        "fires: no, next_check: 2026-11-20 10:00",
        PLACE_1 + 'test "the one": at 2026-11-19 09:59 next_check is 2026-11-19 10:00, '
        "not 2026-11-20 10:00.",
    ),
    (
        "at: 2026-11-19 10:00",
        "at: 2026-11-19 09:58",
        PLACE_2 + 'test "the one": at 2026-11-19 09:58 the rule stays quiet '
        "(due 2026-11-19 10:00), the case says it fires.",
    ),
    (
        "at: 2026-11-19 09:59, fires: no, next_check: 2026-11-19 10:00",
        "at: 2026-11-19 10:01, fires: no",
        PLACE_1 + 'test "the one": at 2026-11-19 10:01 the rule fires '
        "(due 2026-11-19 10:00), the case says it stays quiet.",
    ),
    (
        "to: dana",
        "to: mia",
        PLACE_2 + 'test "the one": at 2026-11-19 10:00 the task\'s to is "dana", not "mia".',
    ),
    (
        "due: 2026-11-20",
        "due: 2026-11-23",
        PLACE_2 + 'test "the one": at 2026-11-19 10:00 the task\'s due is "2026-11-20", '
        'not "2026-11-23".',
    ),
    (
        "subject: Call Acme",
        "subject: Call Ann",
        PLACE_2 + 'test "the one": at 2026-11-19 10:00 the task\'s subject is "Call Acme", '
        'not "Call Ann".',
    ),
    (
        "Since 12 Nov",
        "Since 13 Nov",
        PLACE_2 + 'test "the one": at 2026-11-19 10:00 the task\'s purpose is "Since '
        '12 Nov 10:00.", not "Since 13 Nov 10:00.".',
    ),
    (
        "mia: {}",
        "mia: {time_zone: Asia/Tokyo}",
        None,
    ),
    (
        "mia: {}}",
        "mia: {active: no}}",
        None,
    ),
    (
        "activities: []",
        "activities: [{on: 2026-11-13 09:00, call: outbound, outcome: connected, by: mia}]",
        PLACE_1 + 'test "the one": at 2026-11-19 09:59 next_check is never, not 2026-11-19 10:00.',
    ),
]


@pytest.fixture(scope="module")
def differences() -> list[list[str]]:
    """What is said after each change; all of the cases stand in one mirror."""
    rules = [loaded(changed((old, new))) for old, new, _ in CHANGES]
    cases = tuple(case for rule in rules for case in rule.cases)
    said = iter(run_cases(replace(rules[0], cases=cases), BENCH))
    return [[str(d) for _ in rule.cases for d in next(said).differences] for rule in rules]


@pytest.mark.parametrize("number", range(len(CHANGES)))
def test_a_difference_is_one_sentence_at_its_place(
    differences: list[list[str]], number: int
) -> None:
    """What is wrong is said once, with what was seen; what makes no difference is not said."""
    (old, _, sentence), said = CHANGES[number], differences[number]
    if sentence is None:
        assert said == []
    else:
        assert said[0] == sentence
        assert len(said) == (2 if "activities" in old else 1)


def test_the_manager_has_a_time_of_their_own() -> None:
    """Two differences are two sentences: who gets it, and when it is due where they are."""
    said = 'r.yaml:21:9: r1: test "the one": at 2026-11-19 10:00 the task\'s '
    assert told(("manager: mia, time_zone", "manager: mia, active: no, time_zone")) == [
        f'{said}to is "mia", not "dana".',
        f'{said}due is "2026-11-19", not "2026-11-20".',
    ]


def test_nobody_is_left_to_receive_the_task() -> None:
    """Each word the case names is told; nothing breaks."""
    found = told(
        ("manager: mia, time_zone", "manager: mia, active: no, time_zone"),
        ("mia: {}", "mia: {active: no}"),
    )
    assert len(found) == 4
    assert found[0].endswith('the task\'s to is "nobody", not "dana".')


def test_times_are_local_to_the_owner() -> None:
    """The same case in another zone holds as it stands; the sentences speak its time too."""
    zone = ("Europe/Berlin", "America/New_York")
    assert told(zone) == []
    (sentence,) = told(zone, ("at: 2026-11-19 10:00", "at: 2026-11-19 09:58"))
    assert "stays quiet (due 2026-11-19 10:00)" in sentence


def test_cases_know_nothing_of_each_other() -> None:
    """A call of one case is none of the next, though the people have the same names."""
    second = """\
  - name: another
    deal: {state: won, won_at: 2026-11-12 10:00, owner: dana}
    activities: [{on: 2026-11-13 09:00, call: outbound, outcome: connected, linked_to: account}]
    expect: [{at: 2026-11-30 12:00, fires: no}]
"""
    results = run_cases(loaded(TESTS + second), BENCH)
    assert [one.case for one in results] == ["the one", "an open deal", "another"]
    assert not any(one.differences for one in results)


def test_a_rule_of_another_calendar_is_tested_on_the_test_calendar() -> None:
    """A name of the org's own hours does not silence the cases."""
    assert told(head=HEAD + "calendar: night-shift\n") == []


def test_a_planned_call_and_a_draft_do_not_count_in_a_case() -> None:
    """`done: no` is what has not taken place."""
    done = "{on: 2026-11-13 09:00, call: outbound, outcome: connected, done: no}"
    assert told(("activities: []", f"activities: [{done}]")) == []
