"""`followthrough provision`, as a person meets it, over an embedded Salesforce."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from connectors.simulator.salesforce.org import Org
from connectors.simulator.server import Simulator
from worker import cli


def say(tmp_path: Path, sim: Simulator, *words: str) -> Result:
    """Run a command against an org."""
    environment: dict[str, str | None] = {
        "SALESFORCE_URL": sim.base_url,
        "SALESFORCE_CLIENT_ID": sim.org.client_id,
        "SALESFORCE_CLIENT_SECRET": sim.org.client_secret,
        "COLUMNS": "200",
    }
    (tmp_path / "config" / "rules").mkdir(parents=True, exist_ok=True)
    (tmp_path / "config" / "rules" / "won.yaml").write_text("extends: shipped/won-no-follow-up\n")
    stages = "Proposal: Proposal/Price Quote, Negotiation: Negotiation/Review"
    (tmp_path / "config" / "followthrough.yaml").write_text(f"stages: {{{stages}}}\n")
    where = ("--config", str(tmp_path / "config"), "--state", str(tmp_path / "state"))
    return CliRunner().invoke(cli.app, [*where, *words], env=environment)


@pytest.mark.parametrize(("may", "code", "says"), [(True, 0, "made: "), (False, 1, "Deploy")])
def test_what_is_missing_is_made_or_told(tmp_path: Path, may: bool, code: int, says: str) -> None:
    """Made where the org lets us; else the sentence says what to deploy, and the code a look."""
    with Simulator(Org(key_field=False, may_customize=may)) as sim:
        looked = say(tmp_path, sim, "provision")
        done = say(tmp_path, sim, "provision", "--write")
    assert (looked.exit_code, done.exit_code) == (1, code)
    assert "missing: " in looked.stdout
    assert says in done.stdout


def test_what_is_there_is_said_for_programs_too(tmp_path: Path) -> None:
    """The mode, and each thing with how it stands."""
    with Simulator(Org()) as sim:
        told = json.loads(say(tmp_path, sim, "--json", "provision").stdout)
    assert told["mode"] == "external_id"
    assert [one["there"] for one in told["things"]] == [True]
