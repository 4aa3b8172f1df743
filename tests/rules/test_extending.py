"""Thin rules over shipped ones: what they change, what they keep, which tests hold for them."""

from __future__ import annotations

from pathlib import Path

from rules.checked import Mode, Rule
from rules.lengths import Length, Unit
from rules.load import RuleSet, Source, load
from rules.problems import Problem
from rules.vocabulary import STAGES

ROOT = Path(__file__).resolve().parents[2]
RULE = (Path(__file__).parent / "call-back.yaml").read_text(encoding="utf-8").split("\n", 1)[1]
SHIPPED = [
    Source(path=str(path.relative_to(ROOT)), text=path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "rules/shipped").glob("*.yaml"))
]


def loaded(*texts: str, stages: frozenset[str] = STAGES) -> tuple[RuleSet, list[Problem]]:
    files = [Source(path=f"{number}.yaml", text=text) for number, text in enumerate(texts)]
    return load(files, shipped=SHIPPED, stages=stages)


def rule(text: str) -> Rule:
    rules, problems = loaded(text)
    assert problems == []
    return rules.active[0]


def changed(*changes: tuple[str, str]) -> str:
    text = RULE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def extended(text: str) -> Rule:
    return rule(f"extends: shipped/won-no-follow-up\n{text}")


def blueprint() -> Rule:
    return next(one for one in load([], shipped=SHIPPED)[0].shipped if one.id == "won-no-follow-up")


def test_a_thin_rule_is_the_shipped_rule() -> None:
    """With nothing but `extends` everything is as shipped, name and tests too, and active."""
    found, shipped = extended(""), blueprint()
    assert (found.id, found.extends) == (shipped.id, shipped.id)
    assert (found.where, found.absences, found.task) == (
        shipped.where,
        shipped.absences,
        shipped.task,
    )
    assert found.cases == shipped.cases


def test_a_shipped_rule_that_nobody_extends_is_not_active() -> None:
    """The pack is listed, but runs only where the admin asked for it."""
    rules, problems = loaded(RULE)
    assert problems == []
    assert [one.id for one in rules.active] == ["call-back"]
    assert {one.id for one in rules.shipped} == {Path(one.path).stem for one in SHIPPED}


def test_a_thin_rule_changes_what_it_says() -> None:
    """Mappings merge at every depth; what is not written stays as shipped."""
    found = extended(
        "mode: live\nwhere: {amount: {at_least: 5000}}\nmissing: {within: 10 business days}\n"
        "then: {task: {due: end of week}}\n"
    )
    shipped = blueprint()
    assert found.mode is Mode.LIVE
    assert {one.field for one in found.where} == {"state", "won_at", "amount"}
    assert found.absences[0].limit == Length(10, Unit.BUSINESS_DAYS)
    assert found.absences[0].events == shipped.absences[0].events
    assert found.task.subject == shipped.task.subject
    assert str(found.task.due) == "end of week"


def test_a_list_replaces_the_shipped_list() -> None:
    """A list is written whole."""
    assert extended("then: {task: {to: [manager]}}\n").task.to == ("manager",)


def test_a_thin_rule_changes_a_count_word_by_word() -> None:
    """Another number in another time keeps which activities are counted."""
    text = (Path(__file__).parent / "check-in.yaml").read_text(encoding="utf-8")
    thin = "extends: shipped/check-in\ncount: {in_last: 10 business days, at_least: 3}\n"
    rules, problems = load(
        [Source(path="own.yaml", text=thin)], shipped=[Source(path="a.yaml", text=text)]
    )
    assert problems == []
    (found,), (shipped,) = rules.active, rules.shipped
    (counted,) = found.presences
    assert (counted.in_last, counted.at_least) == (Length(10, Unit.BUSINESS_DAYS), 3)
    assert counted.pattern == shipped.presences[0].pattern
    assert found.cases == ()


def test_nobody_need_be_told_later() -> None:
    """An empty list takes the shipped steps away and leaves the rule and its tests as they are."""
    shipped = {one.id: one for one in load([], shipped=SHIPPED)[0].shipped}["stale-proposal"]
    found = rule("extends: shipped/stale-proposal\nescalate: []\n")
    assert len(shipped.escalate) == 2
    assert found.escalate == ()
    assert (found.meaning, found.cases) == (shipped.meaning, shipped.cases)


def test_a_thin_rule_may_have_its_own_name() -> None:
    """With `rule:` the same blueprint can be used twice."""
    rules, problems = loaded(
        "extends: shipped/won-no-follow-up\n",
        "extends: shipped/won-no-follow-up\nrule: won-big\nwhere: {amount: {at_least: 50000}}\n",
    )
    assert problems == []
    assert [one.id for one in rules.active] == ["won-no-follow-up", "won-big"]


def test_a_blueprint_used_twice_needs_a_second_name() -> None:
    """Two rules of one name are told at the second, with the place of the first."""
    _, problems = loaded(*["extends: shipped/won-no-follow-up\n"] * 2)
    assert [str(one) for one in problems] == [
        '1.yaml:1:1: won-no-follow-up: "won-no-follow-up" is the name of the rule at 0.yaml:1 '
        "already. Every rule needs its own."
    ]


def test_tests_stay_while_the_meaning_does() -> None:
    """Another text keeps the shipped cases, without what they say about this text."""
    shipped, found = blueprint(), extended('then: {task: {subject: "Welcome {account}"}}\n')
    assert [one.name for one in found.cases] == [one.name for one in shipped.cases]
    named = {name for one in found.cases for expected in one.expect for name in expected.task}
    assert named == {"to", "due"}


def test_tests_go_when_the_meaning_does() -> None:
    """The shipped cases are about the shipped numbers; other numbers need other cases."""
    assert extended("missing: {within: 10 business days}\n").cases == ()


def test_a_thin_rule_may_bring_its_own_tests() -> None:
    """Written tests replace the shipped ones, and need both kinds."""
    tests = RULE[RULE.index("tests:") :]
    assert [one.name for one in extended(tests).cases] == ["fires", "stays quiet"]
    _, problems = loaded(f"extends: shipped/won-no-follow-up\n{tests.replace('yes', 'no')}")
    assert "no test expects the rule to fire" in problems[0].message


def test_a_mistake_in_what_was_changed_is_told_where_it_stands() -> None:
    """Places lead into the file where the word was written, the admin's or the shipped one."""
    limits = "{by_stage: {Won: 5 business days, Negotiation: 2 days}}"
    pack = changed(("within: 5 business days", f"within: {limits}"), ("  state: won\n", "  {}\n"))
    pack = pack.replace("where:\n  {}\n", "").replace("after: won_at", "after: created_at")
    thin = "extends: shipped/call-back\nwhere: {stage: Won}\n"
    _, problems = load(
        [Source(path="own.yaml", text=thin)],
        shipped=[Source(path="pack.yaml", text=pack)],
        stages=frozenset({"Won"}),
    )
    assert {one.path for one in problems} == {"pack.yaml"}
    assert 'there is no stage "Negotiation"' in problems[0].message


def test_a_shipped_rule_extends_nothing() -> None:
    """Blueprints stand on their own."""
    _, problems = load([], shipped=[Source(path="a.yaml", text=f"extends: shipped/x\n{RULE}")])
    assert [one.message for one in problems] == ["a shipped rule stands on its own. Write it out."]


def test_an_old_name_cannot_be_in_use() -> None:
    """`was` of one rule and the name of another would mix up their tasks."""
    _, problems = loaded(RULE, changed(("rule: call-back", "rule: call-again\nwas: call-back")))
    assert [one.message for one in problems] == [
        'the name "call-back" in "was" belongs to another rule.'
    ]


LINE = "then: {task: no, digest: {to: owner, text: A call would help}}\n"


def test_a_line_may_stand_in_the_place_of_the_shipped_task() -> None:
    """`task: no` takes the task away and the steps that speak of it; what is missing stays."""
    found, shipped = extended(LINE), blueprint()
    assert (found.task, found.escalate) == (None, ())
    assert found.digest is not None
    assert found.absences == shipped.absences


def test_only_what_the_shipped_rule_writes_can_be_taken_away() -> None:
    """Nothing is left to do without a task, and `no` is no alert."""
    for text, said in (("{task: no}", '"then" says nothing'), ("{alert: no}", '"alert" must hold')):
        _, problems = loaded(f"extends: shipped/won-no-follow-up\nthen: {text}\n")
        assert [said in str(problem) for problem in problems] == [True]
