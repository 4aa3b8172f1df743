"""Docs that cannot lie: every example loads and runs, every command and exit code is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main

from rules.load import load
from rules.strict_yaml import Source
from rules.testing import run_cases
from rules.vocabulary import DEAL_FIELDS, GRADES, STAGES
from worker import cli, rule_files
from worker.mirror import Mirror

ROOT = Path(__file__).resolve().parents[1]
DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
EXAMPLES = [
    (path.relative_to(ROOT), number, text)
    for path in DOCS
    for number, text in enumerate(re.findall(r"```yaml\n(.*?)```", path.read_text(), re.DOTALL))
]


@pytest.mark.parametrize(
    ("path", "number", "text"), EXAMPLES, ids=[f"{path}-{n}" for path, n, _ in EXAMPLES]
)
def test_every_rule_in_the_docs_loads_and_passes_its_own_cases(path, number, text):
    """A reader may copy any example as it stands."""
    source = Source(path=str(path), text=text)
    loaded, problems = load([source], shipped=rule_files.shipped(), stages=STAGES)
    assert [str(problem) for problem in problems] == []
    for rule in loaded.active:
        results = run_cases(rule, lambda streams: Mirror.of(streams).connection)
        assert results
        assert [str(d) for result in results for d in result.differences] == []


def test_there_are_examples_at_all():
    """The search for examples finds some."""
    assert len(EXAMPLES) >= 2


def _commands() -> set[str]:
    group = typer.main.get_command(cli.app)
    names = set()
    for name, command in group.commands.items():
        inner = getattr(command, "commands", None)
        names |= {f"{name} {one}" for one in inner} if inner else {name}
    return names


def test_every_command_is_documented():
    """What `--help` lists, docs/operations.md explains."""
    text = (ROOT / "docs/operations.md").read_text()
    missing = {name for name in _commands() if f"`{name}" not in text}
    assert missing == set()


def test_every_exit_code_is_documented():
    """The table of exit codes is the one in the code."""
    text = (ROOT / "docs/operations.md").read_text()
    codes = {cli.DEGRADED, cli.MISTAKE, cli.CRM_UNUSABLE, cli.STATE_UNUSABLE, cli.FAULT, 0, 130}
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)} == codes


def test_every_word_of_a_deal_is_documented():
    """Fields, stages and grades of the language stand in docs/rules.md."""
    text = (ROOT / "docs/rules.md").read_text()
    assert {word for word in (*DEAL_FIELDS, *STAGES) if f"`{word}`" not in text} == set()
    assert {grade for grade in GRADES if f"| {grade} |" not in text} == set()


def test_links_between_pages_lead_somewhere():
    """Every relative link of a page names a file that exists."""
    dead = [
        f"{path.relative_to(ROOT)}: {link}"
        for path in DOCS
        for link in re.findall(r"\]\(([^)#:]+)\)", path.read_text())
        if not (path.parent / link).exists()
    ]
    assert dead == []
