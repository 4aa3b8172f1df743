"""jsforce for Node works against the simulated org as it does against a real one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from connectors.simulator.server import Simulator
from tests.strangers.conftest import DEALS

Act = Callable[[str], dict[str, Any]]


@pytest.fixture
def act(org: Simulator, node: Callable[..., dict[str, Any]]) -> Act:
    """Let jsforce do one thing to the org."""
    return partial(node, "jsforce.mjs", address=org.base_url, token=org.org.issue_token())


def test_it_learns_who_it_is(act: Act, org: Simulator) -> None:
    """From the identity page of the session's user."""
    assert act("identity") == {"user": org.org.user_id, "org": org.org.id}


def test_it_describes_an_object(act: Act) -> None:
    """With our fields among them."""
    said = act("describe")
    assert said["name"] == "Opportunity"
    assert {"Id", "StageName", "LastStageChangeDate"} <= set(said["fields"])


def test_it_reads_page_after_page(act: Act) -> None:
    """Every record once, none that is deleted, related fields with them."""
    said = act("pages")
    assert said["names"] == [f"Rollout {n:03}" for n in range(DEALS) if n != 9]
    assert said["account"] == "Northwind"


def test_its_own_query_language_becomes_soql(act: Act) -> None:
    """Conditions, order and limit."""
    assert act("find") == {"amounts": [449, 448, 447]}


def test_it_reads_in_bulk(act: Act) -> None:
    """Through a query job of Bulk API 2.0, with and without deleted records."""
    rows = act("bulk")["rows"]
    assert {row["Name"] for row in rows} == {f"Rollout {n:03}" for n in range(DEALS) if n != 9}
    every = act("bulkDeleted")["rows"]
    assert [row["IsDeleted"] for row in every].count("true") == 1
    assert len(every) == DEALS


def test_it_creates_changes_and_deletes(act: Act) -> None:
    """One record, by its id."""
    assert act("crud") == {
        "made": True,
        "read": "Ünïcode & <b>",
        "changed": True,
        "subject": "Called back",
        "gone": True,
        "after": "ENTITY_IS_DELETED",
    }


def test_it_writes_collections(act: Act) -> None:
    """Each record with an outcome of its own."""
    assert act("collections") == {
        "made": [True, True, False],
        "code": "INVALID_FIELD",
        "changed": [True, True],
        "status": ["Completed", "Completed"],
        "gone": [True, True],
    }


def test_it_upserts(act: Act) -> None:
    """By an external id: created, then changed, never doubled."""
    assert act("upsert") == {"first": True, "second": False, "subjects": ["Second"]}


def test_it_is_told_its_mistakes(act: Act) -> None:
    """By the codes it knows."""
    assert act("mistakes") == {"codes": ["INVALID_FIELD", "MALFORMED_QUERY", "INVALID_TYPE"]}


def test_it_counts_calls(act: Act) -> None:
    """From the header of every answer."""
    usage = act("limits")["usage"]
    assert usage["limit"] == 100_000
    assert usage["used"] >= 1


def test_it_reads_what_changed_lately(org: Simulator, node: Callable[..., dict[str, Any]]) -> None:
    """From the feeds of deleted and of changed records, whose windows begin a day ago."""
    said = node("jsforce.mjs", "deletedLately", org.base_url, org.org.issue_token())
    gone = org.org.query("SELECT Id FROM Opportunity WHERE IsDeleted = true", all_rows=True)
    assert said["gone"] == [row["Id"] for row in gone.records]
    assert len(said["changed"]) == DEALS - 1
