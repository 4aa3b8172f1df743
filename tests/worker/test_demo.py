"""The demo a newcomer runs first."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from rules.checked import Mode
from rules.load import load
from rules.vocabulary import STAGES
from worker import rule_files

ROOT = Path(__file__).resolve().parents[2]


def test_the_demo_finds_writes_and_then_writes_nothing(tmp_path):
    """Two passes, seven tasks, none twice; it ends by itself where nobody looks."""
    said = subprocess.run(
        [sys.executable, "-m", "worker", "demo"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "130"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    assert said.stderr == ""
    assert "7 tasks written." in said.stdout
    assert "The second pass found the same and wrote nothing." in said.stdout
    assert re.search(r"won-no-follow-up +Osterby", said.stdout)
    assert re.search(r"stale-proposal +Lodgepole", said.stdout)
    assert re.search(r"http://127\.0\.0\.1:\d+", said.stdout)


def test_shipped_rules_only_report():
    """Only a person switches a rule on: what is shipped, and the repo's config, is shadow."""
    own, unread = rule_files.own(ROOT / "config")
    loaded, problems = load(own, shipped=rule_files.shipped(), stages=STAGES)
    assert problems == unread == []
    assert loaded.active
    assert {rule.mode for rule in (*loaded.shipped, *loaded.active)} == {Mode.SHADOW}
