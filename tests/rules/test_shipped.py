"""The shipped rules: none of them writes before somebody says so. Their own cases: `rules test`."""

from __future__ import annotations

import pytest

from rules.checked import Mode
from rules.load import Source, load
from rules.testing import run_cases
from tests.rules.world import BENCH, ROOT

PACK = [
    Source(path=path.name, text=path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "rules" / "shipped").glob("*.yaml"))
]
LOADED, PROBLEMS = load([], shipped=PACK)
RULES = {rule.id: rule for rule in LOADED.shipped}


def test_the_pack_has_no_problem() -> None:
    """Each file is one rule of the same name."""
    assert PROBLEMS == []
    assert [f"{name}.yaml" for name in sorted(RULES)] == [source.path for source in PACK]
    assert RULES


@pytest.mark.parametrize("name", RULES)
def test_it_is_in_shadow(name: str) -> None:
    """Only a person changes that, in a file of their own; the repository's example does not."""
    assert RULES[name].mode is Mode.SHADOW
    own = ROOT / "config" / "rules" / f"{name}.yaml"
    text = own.read_text(encoding="utf-8")
    pack = [source for source in PACK if source.path == own.name]
    rules, problems = load([Source(path=own.name, text=text)], shipped=pack)
    assert problems == []
    assert [(rule.extends, rule.mode) for rule in rules.active] == [(name, Mode.SHADOW)]


@pytest.mark.parametrize("name", RULES)
def test_its_cases_say_when_it_fires_and_when_not(name: str) -> None:
    """Both, and more often quiet situations than one."""
    said = [any(e.fires for e in case.expect) for case in RULES[name].cases]
    assert True in said
    assert said.count(False) > 1


@pytest.mark.proof
def test_a_case_that_is_wrong_would_be_told() -> None:
    """The same cases with one answer turned round do not hold: they can fail."""
    head, mark, tail = PACK[0].text.partition("\ntests:")
    turned = head + mark + tail.replace("fires: no}", "fires: yes}", 1)
    assert turned != PACK[0].text
    rules, problems = load([], shipped=[Source(path=PACK[0].path, text=turned)])
    assert problems == []
    told = [p for one in run_cases(rules.shipped[0], BENCH) for p in one.differences]
    assert len(told) == 1
    assert "the case says it fires" in str(told[0])


def test_a_rule_without_cases_is_told() -> None:
    """A rule nobody has tried is refused, and run_cases has nothing to say about it."""
    text = PACK[0].text.partition("\ntests:")[0]
    rules, problems = load([], shipped=[Source(path="a.yaml", text=text)])
    assert rules.shipped == ()
    assert ['"tests" is missing' in str(problem) for problem in problems] == [True]


def test_a_changed_rule_loses_the_cases_it_inherited() -> None:
    """Who changes what a rule means writes cases of their own; nothing is tested until then."""
    text = "extends: shipped/won-no-follow-up\nmissing: {within: 3 business days}\n"
    rules, problems = load([Source(path="own.yaml", text=text)], shipped=PACK)
    assert problems == []
    assert run_cases(rules.active[0], BENCH) == []
