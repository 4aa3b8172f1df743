"""House rules that no linter knows: budgets for exceptions, words that must not be there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = [
    path
    for folder in ("worker", "rules", "connectors", "tools", "bench", "deploy", "docs", "config")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.is_file() and path.suffix in {".py", ".md", ".yaml", ".lark", ".html", ".sh", ".xml"}
]
CODE = [path for path in OURS if path.suffix == ".py"]

#: What an exception to a rule may cost in all. Raising a number needs a reason in the commit.
BUDGET = {"noqa": 12, "type: ignore": 12, "pragma: no cover": 0}


@pytest.mark.parametrize(("mark", "most"), BUDGET.items())
def test_exceptions_to_the_linters_stay_few(mark, most):
    """Every exception is counted; a new one displaces an old one."""
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in CODE
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if f"# {mark}" in line
    ]
    assert len(found) <= most, found


def test_only_the_command_line_catches_everything():
    """Elsewhere a broad except stands only where it raises again at once: a rollback."""
    found = {
        str(path.relative_to(ROOT))
        for path in CODE
        for block in re.findall(r"except (?:Base)?Exception\b[^\n]*\n(.*\n.*\n)", path.read_text())
        if not re.search(r"^\s+raise$", block, re.MULTILINE)
    }
    assert found == {"worker/cli.py"}


def test_lock_names_versions_and_hashes_but_no_address():
    """The lock works against any registry, and every line of it is verified."""
    text = (ROOT / "requirements.lock").read_text()
    assert "://" not in text
    pinned = re.findall(r"^[a-z0-9][a-z0-9._-]*(?:\[[a-z,]+\])?==\S+.*$", text, re.MULTILINE)
    assert len(pinned) > 50
    assert all(line.rstrip().endswith("\\") for line in pinned), "each pin is followed by hashes"


def test_nothing_names_a_path_of_a_machine():
    """No file speaks of the machine it was written on."""
    found = [
        str(p.relative_to(ROOT)) for p in OURS if re.search(r"/(work|root|home)/", p.read_text())
    ]
    assert found == []


def test_nothing_outside_the_connectors_branches_on_a_crm():
    """Which CRM it is, only `connectors/` knows; elsewhere a table may name it, an `if` may not."""
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in CODE
        if path.relative_to(ROOT).parts[0] in ("worker", "rules")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"\b(if|elif|match|case|while|==|!=)\b.*[\"'](salesforce|hubspot)[\"']", line)
    ]
    assert found == []
