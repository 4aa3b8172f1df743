"""Records of a real training org, loaded through HTTP, give the findings a person would."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
import requests

from connectors.simulator.salesforce.org import Org
from connectors.simulator.server import Simulator
from worker.desk import open_desk
from worker.environment import Environment
from worker.loading import load_all
from worker.passes import run_pass
from worker.settings import load_settings

SCUBA = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "scuba"
LOADED = dt.datetime(2025, 4, 21, 17, 0, tzinfo=dt.UTC)  # the day the records were exported

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SCUBA.is_dir(), reason="the SCUBA records lie beside a full checkout"),
]


class Rest:
    """A plain HTTP client, as any stranger would write one."""

    def __init__(self, base: str, org: Org) -> None:
        answer = requests.post(
            f"{base}/services/oauth2/token",
            data={"grant_type": "client_credentials"},
            auth=(org.client_id, org.client_secret),
            timeout=10,
        )
        self.base = f"{base}/services/data/v62.0"
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def createable(self, entity: str) -> set[str]:
        """Name the fields that may be set."""
        answer = self.session.get(f"{self.base}/sobjects/{entity}/describe", timeout=10)
        return {field["name"] for field in answer.json()["fields"] if field["createable"]}

    def create(self, entity: str, records: list[dict]) -> list[str]:
        """Create records in collections; every one must be taken."""
        known = self.createable(entity)
        bodies = [
            {"attributes": {"type": entity}}
            | {k: v for k, v in record.items() if k in known and v is not None}
            for record in records
        ]
        answer = self.session.post(
            f"{self.base}/composite/sobjects",
            json={"allOrNone": True, "records": bodies},
            timeout=10,
        )
        results = answer.json()
        assert answer.status_code == 200, results
        assert all(result["success"] for result in results), results
        return [result["id"] for result in results]


def _read(name: str) -> list[dict]:
    return json.loads((SCUBA / f"{name}.json").read_text())


def _load(rest: Rest) -> None:
    users = rest.create("User", [u | {"ProfileId": None} for u in _read("User")])
    accounts = rest.create("Account", _read("Account"))
    plain = [
        deal | {"AccountId": accounts[n], "OwnerId": users[n % len(users)]}
        for n, deal in enumerate(_read("Opportunity"))
    ]
    rest.create("Opportunity", plain)
    worked = _read("OppTask")
    derived = {"IsClosed", "IsWon", "Pricebook2Id", "ForecastCategory", "ForecastCategoryName"}
    deals = rest.create(
        "Opportunity",
        [
            {k: v for k, v in one["Opportunity"].items() if k not in derived}
            | {"OwnerId": users[n % len(users)]}
            for n, one in enumerate(worked)
        ],
    )
    tasks = [
        task | {"WhatId": deal, "OwnerId": users[n % len(users)], "CreatedById": None}
        for deal, one in zip(deals, worked, strict=True)
        for n, task in enumerate(one["Task"])
    ]
    rest.create("Task", tasks)


@pytest.mark.proof
def test_findings_over_real_records_are_the_ones_a_person_would_make(tmp_path):
    """Nine business days after the export: one sale, two offers without a word, and no other."""
    moment = LOADED
    org = Org(clock=lambda: moment)
    config = tmp_path / "config"
    (config / "rules").mkdir(parents=True)
    (config / "rules" / "all.yaml").write_text(
        "- extends: shipped/won-no-follow-up\n  mode: live\n"
        "- extends: shipped/stale-proposal\n  mode: live\n"
    )
    (config / "followthrough.yaml").write_text(
        "coverage: off\n"  # nobody works in it any more
        "stages:\n  Proposal: [Proposal/Price Quote]\n  Negotiation: Negotiation/Review\n"
    )
    with Simulator(org) as simulator:
        _load(Rest(simulator.base_url, org))
        moment = LOADED + dt.timedelta(days=11, minutes=10)  # a Friday
        environment = Environment(
            salesforce_url=simulator.base_url,
            salesforce_client_id=org.client_id,
            salesforce_client_secret=org.client_secret,
        )
        settings = load_settings(config, tmp_path / "state", environment)
        _, loaded, problems = load_all(config, tmp_path / "state")
        assert problems == []
        rules = {rule.id: rule for rule in loaded.active}
        with open_desk(settings, rules, clock=lambda: moment) as desk:
            done = run_pass(desk, "once", read=True, write=True)
            again = run_pass(desk, "once", read=True, write=True)
    found = {
        (d.rule, d.finding.values["deal"], d.finding.values["days_since_anchor"])
        for d in done.plan.decisions
        if d.finding
    }
    assert found == {
        ("won-no-follow-up", "Product Development", "9 business days"),
        ("stale-proposal", "Enterprise Software Sale", "9 business days"),
        ("stale-proposal", "Cloud Software Deal", "9 business days"),
    }
    assert len(done.applied.written) == 3
    assert again.applied.written == ()
