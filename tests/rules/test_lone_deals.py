"""`lone_deals`: what a rule says of an account, it says of a deal that has none."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from rules.case_nouns import Case
from rules.checked import Rule
from rules.load import Source, load
from rules.testing import run_cases
from tests.rules.world import BENCH
from worker import rule_files

ACCOUNTS = (
    "client-waiting",
    "promised-proposal",
    "open-promises",
    "document-asked-again",
    "follow-up-complaint",
)
#: Of a deal, nobody but a manager is one; of an account, an owner whom nobody leads is, too.
OF_ACCOUNTS_ALONE = {"an owner whom nobody leads"}
WORTH = """
rule: bought-much
title: t
for: account
lone_deals: yes
where:
  any: [{won_amount: {at_least: 100}, lost_deals: 0}, {name: Special}]
  last_won_at: {older_than: 10 days}
then: {digest: {to: owner, text: "{account}"}}
tests:
"""
CASE = """  - name: {name}
    deal: {deal}
    expect: {{at: 2026-11-20 12:00, fires: {fires}}}
"""


@cache
def pair(name: str) -> tuple[Rule, Rule]:
    """A shipped rule and the one beside it."""
    text = f"extends: shipped/{name}\nlone_deals: yes\n"
    found, problems = load([Source(path="r.yaml", text=text)], shipped=rule_files.shipped())
    assert problems == []
    one, twin = found.active
    return one, twin


def alone(case: Case) -> Case:
    """The same case, of a deal without an account; texts may name it otherwise."""
    deal: dict[str, Any] = {**case.deal, "account": "no"}
    if "owner" in case.record:
        deal["owner"] = case.record["owner"]
    expect = tuple(replace(one, task={}, alert={}, digest={}) for one in case.expect)
    return replace(case, deal=deal, record={}, expect=expect)


def is_of_one_deal(case: Case) -> bool:
    """Whether the case is about one deal and no other, and about nothing of the account's."""
    of_account = any(one.linked_to == "account" or one.client for one in case.activities)
    owners = {case.deal.get("owner", case.record.get("owner")), case.record.get("owner")}
    other = of_account or case.other_deals or case.name in OF_ACCOUNTS_ALONE or len(owners) > 1
    return len(case.deal) > 1 and not other


@pytest.mark.proof
@pytest.mark.parametrize("name", ACCOUNTS)
def test_of_a_lone_deal_it_says_what_it_says_of_an_account(name: str) -> None:
    """Case by case, those that fire and those that stay quiet, their timers too."""
    rule, twin = pair(name)
    cases = tuple(alone(case) for case in rule.cases if is_of_one_deal(case))
    assert {one.fires for case in cases for one in case.expect} == {True, False}
    assert len(cases) > 6
    results = run_cases(replace(twin, cases=cases), BENCH)
    assert [str(p) for one in results for p in one.differences] == []


def test_it_is_a_rule_of_its_own() -> None:
    """With a name, a title and a meaning; the first one means what it meant."""
    rule, twin = pair("client-waiting")
    (shipped,) = [
        one for one in load([], shipped=rule_files.shipped())[0].shipped if one.id == rule.id
    ]
    assert (twin.id, twin.subject) == ("client-waiting-lone-deals", "deal")
    assert twin.title == "The client is waiting for an answer (deals without an account)"
    assert (rule.meaning, rule.subject) == (shipped.meaning, "account")
    assert twin.meaning != rule.meaning


@pytest.mark.parametrize(
    ("deal", "fires"),
    [
        ("{account: no, state: won, amount: 200, won_at: 2026-11-02 10:00}", "yes"),
        ("{account: no, state: won, amount: 50, won_at: 2026-11-02 10:00}", "no"),
        ("{account: no, state: won, amount: 200, won_at: 2026-11-16 10:00}", "no"),
        ("{account: no, name: Special, state: won, won_at: 2026-11-02 10:00}", "yes"),
        ("{account: no, amount: 200}", "no"),
        ("{account: Acme, state: won, amount: 200, won_at: 2026-11-02 10:00}", "yes"),
    ],
)
def test_words_of_an_account_mean_the_deal(deal: str, fires: str) -> None:
    """What it is worth, when it was won, what it is called; with an account, the account's rule."""
    also = CASE.format(name="also", deal="{account: no, state: lost}", fires="no")
    sure = CASE.format(
        name="sure", deal="{state: won, amount: 900, won_at: 2026-11-02 10:00}", fires="yes"
    )
    text = WORTH + CASE.format(name="one", deal=deal, fires=fires) + also + sure
    found, problems = load([Source(path="r.yaml", text=text)])
    assert problems == []
    for rule in found.active:
        results = run_cases(rule, BENCH)
        assert [str(p) for one in results for p in one.differences] == []


def test_a_name_that_is_taken_is_told() -> None:
    """Both places could be meant, so somebody has to choose."""
    other = WORTH.replace("bought-much", "bought-much-lone-deals").replace("lone_deals: yes", "")
    cases = CASE.format(name="a", deal="{state: lost}", fires="no")
    cases += CASE.format(
        name="b", deal="{state: won, amount: 900, won_at: 2026-11-02 10:00}", fires="yes"
    )
    _, problems = load(
        [Source(path="r.yaml", text=WORTH + cases), Source(path="s.yaml", text=other + cases)]
    )
    assert [one.message for one in problems] == [
        '"lone_deals" makes a rule "bought-much-lone-deals", and there is one already. Rename that.'
    ]
