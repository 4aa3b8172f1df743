"""The vendor's command line works against the simulated org."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connectors.simulator.server import Simulator

Cli = Callable[..., dict[str, Any]]


def test_it_queries(org: Simulator, salesforce_cli: Cli) -> None:
    """With the columns' types, as its tables need them."""
    query = "SELECT Id, Name FROM Opportunity WHERE Amount < 3 ORDER BY Name"
    said = salesforce_cli(org, "data", "query", "-q", query)
    assert said["status"] == 0, said
    found = [row["Name"] for row in said["result"]["records"]]
    assert found == ["Rollout 000", "Rollout 001", "Rollout 002"]


def test_it_creates_a_record(org: Simulator, salesforce_cli: Cli) -> None:
    """And the org has it."""
    values = "Subject='Call back' Status='Not Started'"
    said = salesforce_cli(org, "data", "create", "record", "-s", "Task", "-v", values)
    assert said["status"] == 0, said
    assert org.org.get("Task", said["result"]["id"])["Subject"] == "Call back"


def test_it_tells_a_mistake(org: Simulator, salesforce_cli: Cli) -> None:
    """With the org's own code."""
    said = salesforce_cli(org, "data", "query", "-q", "SELECT Nope FROM Opportunity")
    assert said["name"] == "INVALID_FIELD"
