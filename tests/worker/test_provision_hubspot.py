"""The command that makes in the CRM what writing needs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from connectors.simulator.hubspot.portal import Portal
from connectors.simulator.server import Simulator
from worker import cli


@pytest.fixture
def portal() -> Iterator[Portal]:
    """A portal without the key property."""
    made = Portal(key_property=False)
    yield made
    made.close()


@pytest.fixture
def simulator(portal: Portal) -> Iterator[Simulator]:
    with Simulator(portal) as running:
        yield running


def say(directory: Path, simulator: Simulator, *words: str) -> Result:
    """Say a command about this portal."""
    config = directory / "config"
    (config / "rules").mkdir(parents=True, exist_ok=True)
    (config / "followthrough.yaml").write_text("crm: hubspot\n")
    where = ("--config", str(config), "--state", str(directory / "s"))
    known = {"HUBSPOT_URL": simulator.base_url, "COLUMNS": "200"}
    token = {"HUBSPOT_ACCESS_TOKEN": simulator.portal.access_token}
    return CliRunner().invoke(cli.app, [*where, *words], env=known | token)


def test_looking_makes_nothing_and_writing_makes_it_once(
    tmp_path: Path, simulator: Simulator
) -> None:
    """First what is missing and what to do, then made, then there."""
    seen = say(tmp_path, simulator, "provision")
    assert (seen.exit_code, seen.stdout.split(":")[0]) == (1, "missing")
    assert "hasUniqueValue" in seen.stdout
    assert "written twice by: none" in seen.stdout
    assert not any(one.method == "POST" for one in simulator.requests)
    made = say(tmp_path, simulator, "provision", "--write")
    assert (made.exit_code, made.stdout.split(":")[0]) == (0, "made"), made.stderr
    there = say(tmp_path, simulator, "--json", "provision", "--write")
    told = json.loads(there.stdout)
    assert (told["mode"], told["things"][0]["there"]) == ("unique_property", True)
    assert sum(one.method == "POST" for one in simulator.requests) == 1


def test_a_scope_that_is_missing_is_named(
    tmp_path: Path, portal: Portal, simulator: Simulator
) -> None:
    """Something to do, and no traceback."""
    portal.missing = frozenset({"crm.schemas.tasks.write"})
    said = say(tmp_path, simulator, "provision", "--write")
    assert said.exit_code == 1
    assert "crm.schemas.tasks.write" in said.stdout
