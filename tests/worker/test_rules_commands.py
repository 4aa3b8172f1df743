"""The commands about rules: read back, tested, looked up, without any CRM."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from worker import cli

RULE = """\
rule: big-offers
title: Large offer, and nobody answered
about: An offer of this size deserves an answer.
severity: grows
tags: [pipeline, large]
from: 2026-01-01
until: 2026-12-31
for: deal
where:
  stage: Proposal
  amount: {at_least: 50000}
missing:
  touch: {direction: outbound}
  after: {first: {activity: {type: email, direction: inbound}}}
  within: 1 business day
then:
  task:
    to: [owner, manager]
    subject: "Answer {account}"
    purpose: They have a question.
    opening: The purpose of my mail is to answer it.
    done_when: a mail goes out
    due: end of today
escalate: [{after: 2 business days, to: manager, alert: "{account} waits"}]
resolve: {when: {next_step: {contains: withdrawn}}, close_task_with: It was withdrawn.}
limits: {per_owner_per_day: 2, per_run: 9, repeat: after 14 days}
late_counts: no
start_from: enabled
tests:
  - name: a mail waits
    deal: {stage: Proposal, amount: 60000}
    activities: [{on: 2026-11-03 10:00, email: inbound}]
    expect: [{at: 2026-11-04 09:59, fires: no}, {at: 2026-11-04 10:00, fires: yes}]
"""
SETTINGS = """\
crm: salesforce
stages: {Pilot: [Pilot phase]}
fields:
  deal:
    renewal_on: {from: Renewal__c, kind: date, about: The day the contract ends.}
"""

Say = Callable[..., Result]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A config directory with one rule of its own."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "followthrough.yaml").write_text(SETTINGS)
    (tmp_path / "rules" / "big.yaml").write_text(RULE)
    return tmp_path


@pytest.fixture
def say(config: Path) -> Say:
    """Run a command of the program on that directory."""

    def run(*words: str) -> Result:
        where = ("--config", str(config), "--state", str(config / "s"))
        return CliRunner(env={"COLUMNS": "120"}).invoke(cli.app, [*where, *words])

    return run


def test_a_rule_is_read_back_in_sentences(say: Say) -> None:
    """`rules show` says every clause, and nothing that the rule does not hold."""
    said = say("rules", "show", "big-offers")
    lines = [line.strip() for line in said.output.splitlines()]
    assert said.exit_code == 0
    assert lines[0] == "big-offers: Large offer, and nobody answered"
    for line in (
        "for every deal",
        "where stage is Proposal",
        "and amount is at least 50000",
        "and within 1 business day after the first inbound email, "
        "no outbound contact of grade C or better",
        "then a task to owner, else manager, due end of today:",
        "after 2 business days, still open: an alert to manager: {account} waits",
        "over as soon as next_step contains withdrawn",
        "its task is closed with: It was withdrawn.",
        "what comes late does not end it",
        "in force from 2026-01-01",
        "in force until 2026-12-31",
        "at most 2 new tasks a person and day",
        "at most 9 new tasks a run",
        "asked again 14 days after its task was closed, if it still holds",
        "at its first live run: only what begins from then on",
        "1 test case",
    ):
        assert line in lines
    assert "severity grows with lateness" in lines[1]
    assert any(line.startswith("reads deals: ") and "amount" in line for line in lines)


def test_a_plain_rule_is_read_back_without_what_it_lacks(say: Say) -> None:
    """A shipped rule without limits, dates and steps says none; its prefix is understood."""
    said = say("rules", "show", "shipped/won-no-follow-up").output
    assert "rules/shipped" in said
    assert not any(words in said for words in ("at most", "in force", "still open", "over as soon"))


@pytest.mark.parametrize("command", ["show", "test"])
def test_a_rule_that_is_not_there_is_guessed(say: Say, command: str) -> None:
    """A misspelt name gets the one that was meant, and the exit code of a mistake."""
    said = say("rules", command, "big-ofers")
    assert said.exit_code == cli.MISTAKE
    assert 'there is no rule "big-ofers". Did you mean "big-offers"?' in said.output


def test_one_rule_can_be_tested_alone(say: Say) -> None:
    """Only the cases of the rule that is named run; all of them hold."""
    said = say("rules", "test", "big-offers")
    assert (said.exit_code, said.output) == (0, "1 of 1 cases of 1 rule hold.\n")


def test_coverage_names_what_no_case_has_made_false(say: Say) -> None:
    """Stage and amount hold in the one case there is; that somebody answered does not."""
    said = say("--json", "rules", "test", "big-offers", "--coverage")
    told = json.loads(said.output)
    assert said.exit_code == 0
    assert (told["cases"], told["differences"]) == (1, [])
    untried = [line.partition("no case makes this false: ")[2] for line in told["never_false"]]
    assert untried == ["stage is Proposal.", "amount is at least 50000."]


def test_coverage_is_silent_where_every_condition_was_tried(say: Say, config: Path) -> None:
    """With a small deal and one of another stage nothing is left to name."""
    more = """\
  - name: small
    deal: {stage: Proposal, amount: 40000}
    expect: [{at: 2026-11-04 10:00, fires: no}]
  - name: early
    deal: {stage: Prospecting, amount: 60000}
    expect: [{at: 2026-11-04 10:00, fires: no}]
"""
    (config / "rules" / "big.yaml").write_text(RULE + more)
    assert say("rules", "test", "big-offers", "--coverage").output == (
        "3 of 3 cases of 1 rule hold.\n"
    )


def test_a_case_that_does_not_hold_is_a_mistake(say: Say, config: Path) -> None:
    """One sentence of difference, at its place, and exit code 2."""
    (config / "rules" / "big.yaml").write_text(
        RULE.replace("fires: yes", "fires: yes, severity: high")
    )
    said = say("rules", "test", "big-offers")
    assert said.exit_code == cli.MISTAKE
    assert 'test "a mail waits": at 2026-11-04 10:00' in said.output
    assert "0 of 1 cases of 1 rule hold." in said.output


def test_words_are_looked_up(say: Say) -> None:
    """One word with every meaning, a heading with all it holds; the org's own are among them."""
    assert "The day the contract ends. (date)" in say("rules", "words", "renewal_on").output
    assert "Pilot" in say("rules", "words", "stage").output
    assert "won_at:day" in say("rules", "words", "placeholders").output
    entries = json.loads(say("--json", "rules", "words", "within").output)
    assert entries == [
        {
            "section": "missing",
            "word": "within",
            "means": "How long there is; the end is exclusive.",
        },
        {
            "section": "sooner",
            "word": "within",
            "means": "How long there is from then, if that is sooner.",
        },
    ]


def test_a_word_that_is_none_is_guessed(say: Say) -> None:
    """A misspelt word gets the one that was meant."""
    said = say("rules", "words", "witin")
    assert said.exit_code == cli.MISTAKE
    assert 'Did you mean "within"?' in said.output


def test_words_can_be_looked_up_while_a_rule_is_wrong(say: Say, config: Path) -> None:
    """Who corrects a rule needs the words most; the check still names the mistake."""
    (config / "rules" / "big.yaml").write_text(RULE.replace("for: deal", "for: deals"))
    assert say("rules", "check").exit_code == cli.MISTAKE
    assert say("rules", "words", "within").exit_code == 0


def test_the_schema_for_editors_knows_the_org(say: Say) -> None:
    """`--schema` is JSON with the org's own fields and stages, as the editor completes them."""
    schema = json.loads(say("rules", "words", "--schema").output)
    deal = schema["$defs"]["WhereDeal"]["properties"]
    assert deal["renewal_on"]["description"] == "The day the contract ends."
    assert "Pilot" in json.dumps(deal["stage"]) or "Pilot" in json.dumps(
        schema["$defs"]["StageTest"]
    )
