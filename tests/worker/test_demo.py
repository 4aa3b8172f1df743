"""The demo a newcomer runs first."""

from __future__ import annotations

import re
from pathlib import Path

from typer.testing import CliRunner

from rules.checked import Mode
from rules.load import load
from rules.vocabulary import STAGES
from worker import cli, rule_files

ROOT = Path(__file__).resolve().parents[2]


def test_the_demo_finds_writes_and_then_writes_nothing(tmp_path, monkeypatch):
    """Two passes, ten tasks, none twice; it ends by itself where nobody looks."""
    monkeypatch.chdir(tmp_path)
    said = CliRunner(env={"COLUMNS": "130"}).invoke(cli.app, ["demo"])
    assert said.exit_code == 0, said.stderr
    assert said.stderr == ""
    assert "10 tasks written." in said.stdout
    assert "The second pass found the same and wrote nothing." in said.stdout
    assert re.search(r"won-no-follow-up +Osterby", said.stdout)
    assert re.search(r"stale-proposal +Lodgepole", said.stdout)
    assert re.search(r"promised-proposal +Kinnaird", said.stdout)
    assert re.search(r"purposeless-check-in +Jonas", said.stdout)
    assert "ich wollte nur mal hören" in " ".join(said.stdout.split())
    assert re.search(r"three-category-note +Tobias", said.stdout)
    assert re.search(r"http://127\.0\.0\.1:\d+", said.stdout)


def test_shipped_rules_only_report():
    """Only a person switches a rule on: what is shipped, and the repo's config, is shadow."""
    own, unread = rule_files.own(ROOT / "config")
    loaded, problems = load(own, shipped=rule_files.shipped(), stages=STAGES)
    assert problems == unread == []
    assert loaded.active
    assert {rule.mode for rule in (*loaded.shipped, *loaded.active)} == {Mode.SHADOW}
