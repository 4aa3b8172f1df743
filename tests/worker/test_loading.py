"""Loading: settings and rules together, and every mistake of both at once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from worker.loading import load_all


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    return tmp_path


def _rule(config: Path, text: str, name: str = "r.yaml") -> Path:
    path = config / "rules" / name
    path.write_text(text)
    return path


def test_what_is_right_is_loaded(config: Path) -> None:
    """The admin's rule is active, the shipped ones are there to build on, nothing is wrong."""
    _rule(config, "- extends: shipped/won-no-follow-up\n")
    settings, loaded, problems = load_all(config, config / "state")
    assert problems == []
    assert settings is not None
    assert loaded is not None
    assert [rule.id for rule in loaded.active] == ["won-no-follow-up"]
    assert len(loaded.shipped) >= 2


def test_a_rule_is_quiet_unless_somebody_says_otherwise(config: Path) -> None:
    """The mode is shadow, also of a rule that extends a shipped one."""
    _rule(config, "- extends: shipped/won-no-follow-up\n")
    _, loaded, _ = load_all(config, config / "state")
    assert loaded is not None
    assert {str(rule.mode) for rule in (*loaded.active, *loaded.shipped)} == {"shadow"}


def test_mistakes_of_both_come_at_once(config: Path) -> None:
    """A wrong setting does not hide a wrong rule."""
    (config / "followthrough.yaml").write_text("writes: maybe\n")
    _rule(config, "- {extends: shipped/won-no-folow-up}\n")
    settings, _, problems = load_all(config, config / "state")
    said = [str(problem) for problem in problems]
    assert settings is None
    assert any("followthrough.yaml:1" in one for one in said)
    assert any("r.yaml:1" in one and "won-no-follow-up" in one for one in said)


def test_the_orgs_own_stages_are_words_for_rules(config: Path) -> None:
    """A stage that the settings name may be used; without them it is a mistake."""
    text = (
        "- rule: late\n  extends: shipped/stale-proposal\n"
        "  where: {state: open, stage: [Handshake]}\n"
        "  missing:\n    - touch: {direction: two-way, at_least: C}\n"
        "      in_last: 5 business days\n      counting_from: stage_entered_at\n"
    )
    _rule(config, text)
    assert any("Handshake" in str(p) for p in load_all(config, config / "state")[2])
    (config / "followthrough.yaml").write_text("stages: {Handshake: Verbal yes}\n")
    assert load_all(config, config / "state")[2] == []


def _mistakes(config: Path) -> list[str]:
    return [str(one).removeprefix(f"{config}/") for one in load_all(config, config / "state")[2]]


def test_a_rule_may_name_a_calendar_of_the_settings(config: Path) -> None:
    """Also while another line of the settings is wrong; one that nobody knows is a mistake."""
    _rule(config, "- extends: shipped/won-no-follow-up\n  calendar: warehous\n")
    (config / "followthrough.yaml").write_text("calendars: {warehouse: {opens: 06:00}}\n")
    (told,) = _mistakes(config)
    assert "r.yaml:1" in told
    assert 'Did you mean "warehouse"? Known: default and warehouse.' in told
    (config / "followthrough.yaml").write_text("calendars: {warehous: {opens: six}}\n")
    assert [one.split(":")[0] for one in _mistakes(config)] == ["followthrough.yaml"]


def test_a_name_almost_that_of_somebody_is_a_mistake(config: Path) -> None:
    """Whoever people.yaml does not know, the CRM may; but not one letter away from somebody."""
    text = "- extends: shipped/won-no-follow-up\n  then: {task: {to: [owner, 'person:%s']}}\n"
    _rule(config, text % "Dana Ruis")
    assert _mistakes(config) == []
    (config / "people.yaml").write_text("people: [{email: dana@x.example, name: Dana Ruiz}]\n")
    (told,) = _mistakes(config)
    assert 'Did you mean "Dana Ruiz"?' in told
    for name in ("dana ruiz", "Dana@x.example", "Wolfgang"):
        _rule(config, text % name)
        assert _mistakes(config) == []


def test_a_wrong_setting_makes_no_right_rule_wrong(config: Path) -> None:
    """The stages and fields that the settings name are known, whatever else is wrong there."""
    _rule(
        config,
        "- rule: late\n  extends: shipped/stale-proposal\n"
        "  where: {state: open, stage: [Handshake], renewal_on: {is_empty: no}}\n"
        "  missing:\n    - touch: {direction: two-way, at_least: C}\n"
        "      in_last: 5 business days\n      counting_from: stage_entered_at\n",
    )
    (config / "followthrough.yaml").write_text(
        "stages: {Handshake: Verbal yes}\nwrites: maybe\n"
        "fields: {deal: {renewal_on: {from: Renewal__c, kind: date}}}\n"
    )
    assert [one.split(":")[:2] for one in _mistakes(config)] == [["followthrough.yaml", "2"]]


def test_without_a_directory_of_rules_it_says_where_it_looked(tmp_path: Path) -> None:
    """Not silence, which would look like all is well."""
    problems = load_all(tmp_path / "nowhere", tmp_path)[2]
    assert [str(p) for p in problems] == [
        f"{tmp_path}/nowhere/rules:1:1: this directory is missing. Rules stand in it as *.yaml."
    ]


def _link(path: Path) -> None:
    path.symlink_to("/etc/hostname")


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _bytes(path: Path) -> None:
    path.write_bytes(b"\xff\xfe")


def _directory(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize("make", [_link, _pipe, _bytes, _directory])
def test_only_plain_files_are_read(config: Path, make: object) -> None:
    """A link, a pipe, a directory or bytes: a sentence, at once, and the other rules still load."""
    _rule(config, "- extends: shipped/won-no-follow-up\n")
    assert callable(make)
    make(config / "rules" / "odd.yaml")
    _, loaded, problems = load_all(config, config / "state")
    assert len(problems) == 1
    assert "odd.yaml" in str(problems[0])
    assert "cannot be read" in str(problems[0])
    assert loaded is not None
    assert [rule.id for rule in loaded.active] == ["won-no-follow-up"]


def test_more_files_than_anybody_reads_are_refused(config: Path) -> None:
    """A directory that was named by mistake: one sentence; two hundred files are read."""
    for number in range(200):
        _rule(config, "", f"r{number}.yaml")
    assert not any("more than 200" in str(one) for one in load_all(config, config)[2])
    _rule(config, "", "one-too-many.yaml")
    assert any("more than 200 rule files" in str(one) for one in load_all(config, config)[2])


def test_other_files_are_not_rules(config: Path) -> None:
    """Notes beside the rules are left alone."""
    _rule(config, "this: is: no: yaml", "notes.txt")
    _rule(config, "- extends: shipped/won-no-follow-up\n")
    assert load_all(config, config / "state")[2] == []
