"""HubSpot's own client for Node works against the simulated portal as against a real one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from connectors.simulator.server import Simulator

Act = Callable[[str], dict[str, Any]]
NAMES = [f"Rollout {n}" for n in range(7)]


@pytest.fixture
def act(portal: Simulator, node: Callable[..., dict[str, Any]]) -> Act:
    """Let the client do one thing to the portal."""
    token = portal.portal.access_token
    return partial(node, "hubspot.mjs", address=portal.base_url, token=token)


def test_it_creates_changes_and_archives(act: Act) -> None:
    """One deal, by its id."""
    assert act("crud") == {"name": "Ünïcode & <b>", "amount": "1200.50", "after": 404}


def test_it_reads_page_after_page(act: Act) -> None:
    """Every record once."""
    assert act("pages") == {"names": NAMES}


def test_it_searches(act: Act) -> None:
    """With filter, order and pages."""
    assert act("search") == {"found": NAMES}


def test_it_works_in_batches(act: Act) -> None:
    """Also where an id is unknown: a 207 with an error beside the results."""
    assert act("batches") == {
        "made": "COMPLETE",
        "changed": 2,
        "read": [["One", "COMPLETED"], ["Two", "COMPLETED"]],
        "errors": 1,
    }


def test_it_associates(act: Act) -> None:
    """And reads the association back, for one record and for many."""
    said = act("associations")
    assert said["one"] == said["many"] == [said["contact"]]


def test_it_knows_properties(act: Act) -> None:
    """And makes a unique one."""
    assert act("properties") == {"some": True, "made": "strangers_key", "unique": True}


def test_it_lists_owners(act: Act, portal: Simulator) -> None:
    """With the address they are known by."""
    portal.portal.add_owner(email="olga@northwind.example")
    assert "olga@northwind.example" in act("owners")["emails"]


def test_it_lists_pipelines(act: Act) -> None:
    """With the stages of deals."""
    assert "Appointment Scheduled" in act("pipelines")["stages"]


def test_it_is_told_its_mistakes(act: Act) -> None:
    """By the categories it knows."""
    assert [code for code, _ in act("mistakes")["told"]] == [404, 400]
    assert [category for _, category in act("mistakes")["told"]] == [
        "OBJECT_NOT_FOUND",
        "VALIDATION_ERROR",
    ]
