"""Docs that cannot lie: every example loads and runs, every command and exit code is there."""

from __future__ import annotations

import contextlib
import re
import shlex
from pathlib import Path

import pytest
import typer.main
from typer.testing import CliRunner

from rules.load import RuleSet, load
from rules.problems import Problem
from rules.strict_yaml import Source
from rules.testing import bench, run_cases
from rules.vocabulary import GRADES, STAGES
from worker import cli, rule_files
from worker.mirror import Mirror

ROOT = Path(__file__).resolve().parents[1]
DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
WALK = ROOT / "docs" / "first-rule.md"
BLOCKS = [
    (path.relative_to(ROOT), number, text)
    for path in DOCS
    if path != WALK
    for number, text in enumerate(re.findall(r"```yaml\n(.*?)```", path.read_text(), re.DOTALL))
]
EXAMPLES = [one for one in BLOCKS if re.search("^(rule|extends):", one[2], re.MULTILINE)]
PARTS = [one for one in BLOCKS if one not in EXAMPLES]
SHIPPED = rule_files.shipped()
BENCH = bench(lambda streams: Mirror.of(streams).connection)

#: What a part of a rule in the docs stands in.
AROUND = """\
rule: around
title: A rule around a part
for: deal
then: {alert: {to: owner, text: "Look at {account}"}}
tests:
  - name: fires
    deal: {state: open}
    expect: [{at: 2026-11-30 12:00, fires: yes}, {at: 2026-11-30 13:00, fires: no}]
"""


def named(blocks: list[tuple[Path, int, str]]) -> pytest.MarkDecorator:
    names = [f"{path}-{number}" for path, number, _ in blocks]
    return pytest.mark.parametrize(("path", "number", "text"), blocks, ids=names)


def loaded(path: Path, text: str) -> tuple[RuleSet, list[Problem]]:
    return load(
        [Source(path=str(path), text=text)],
        shipped=SHIPPED if "extends:" in text else (),
        stages=STAGES,
    )


@named(EXAMPLES)
def test_every_rule_in_the_docs_loads_and_passes_its_own_cases(path, number, text):
    """A reader may copy any example as it stands."""
    rules, problems = loaded(path, text)
    assert [str(problem) for problem in problems] == []
    for rule in rules.active:
        results = run_cases(rule, BENCH)
        assert results
        assert [str(d) for result in results for d in result.differences] == []


@named(PARTS)
def test_every_part_of_a_rule_in_the_docs_can_stand_in_one(path, number, text):
    """A few lines of a rule are as right as a whole one."""
    assert [str(problem) for problem in loaded(path, text + AROUND)[1]] == []


def test_there_are_examples_at_all():
    """The search for examples finds some, whole ones and parts."""
    assert len(EXAMPLES) >= 5
    assert len(PARTS) >= 2


# -- the walk --------------------------------------------------------------------------------

_STEPS = re.findall(r"```(yaml|console)\n(.*?)```", WALK.read_text(), re.DOTALL)
_SECTION = r"^{}:.*\n(?:(?:[ #].*)?\n)*"


def _typed(rule: str, block: str) -> str:
    """Return the file after somebody typed a block: whole, a section of it, or more tests."""
    first, _, rest = block.partition("\n")
    if first == "# more tests:":
        return rule + rest
    instead = re.fullmatch("# instead of (.*):", first)
    if not instead:
        return block
    found = re.compile(_SECTION.format(re.escape(instead[1])), re.MULTILINE)
    assert len(found.findall(rule)) == 1, f"the rule has no {instead[1]}"
    return found.sub(lambda _: rest, rule)


def _answered(command: str) -> str:
    program, *words = shlex.split(command)
    assert program == "followthrough"
    return CliRunner(env={"COLUMNS": "120"}).invoke(cli.app, words).output


def _like(answer: str) -> re.Pattern[str]:
    """Return what an answer must look like; a line "…" on the page stands for any lines."""
    return re.compile("(?:.*\n)+?".join(map(re.escape, answer.split("…\n"))))


@pytest.mark.proof
def test_the_walk_goes_as_it_is_told(tmp_path):
    """Who types what the page says is answered what the page says, from the first draft on."""
    (tmp_path / "config" / "rules").mkdir(parents=True)
    (tmp_path / "config" / "followthrough.yaml").write_text("crm: salesforce\n")
    file, rule, answers = tmp_path / "config" / "rules" / "big-deals.yaml", "", 0
    with contextlib.chdir(tmp_path):
        for kind, block in _STEPS:
            if kind == "yaml":
                rule = _typed(rule, block)
                file.write_text(rule)
                continue
            command, _, answer = block.removeprefix("$ ").partition("\n")
            said = _answered(command)
            assert _like(answer).fullmatch(said), said
            answers += 1
    assert answers >= 5


# -- the pages -------------------------------------------------------------------------------


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


def test_one_page_names_the_stages_and_the_grades():
    """Whoever writes a rule from docs/rules.md finds in it what everybody needs."""
    text = (ROOT / "docs/rules.md").read_text()
    assert {word for word in STAGES if f"`{word}`" not in text} == set()
    assert {grade for grade in GRADES if f"| {grade} |" not in text} == set()


def test_every_shipped_rule_stands_in_the_readme():
    """The table of practices is the pack, with each rule's title, and no other."""
    text = (ROOT / "README.md").read_text()
    rules, problems = load([], shipped=SHIPPED)
    assert problems == []
    listed = set(re.findall(r"^\| `([a-z-]+)` \|", text, re.MULTILINE))
    assert listed == {rule.id for rule in rules.shipped}


def test_links_between_pages_lead_somewhere():
    """Every relative link of a page names a file that exists."""
    dead = [
        f"{path.relative_to(ROOT)}: {link}"
        for path in DOCS
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text())
        if not (path.parent / link).exists()
    ]
    assert dead == []
