"""dlt's `rest_api` source syncs deals and activities of both CRMs, and then only what changed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dlt
import pytest
from dlt.sources.rest_api import rest_api_source

from connectors.simulator.server import Simulator
from tests.conftest import Clock
from tests.strangers.conftest import DEALS, STAGE


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give dlt a home of its own, and nothing to tell anybody."""
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("DLT_PROJECT_DIR", str(tmp_path))
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    monkeypatch.chdir(tmp_path)


def sync(config: Mapping[str, Any], folder: Path) -> dict[str, int]:
    """Run the source once into a database of its own; return the rows that came, by table."""
    pipeline = dlt.pipeline(
        "strangers",
        destination=dlt.destinations.duckdb(str(folder / "strangers.duckdb")),
        dataset_name="pulled",
    )
    pipeline.run(rest_api_source(config))
    counts = pipeline.last_trace.last_normalize_info.row_counts
    return {table: count for table, count in counts.items() if not table.startswith("_dlt")}


def salesforce(served: Simulator) -> dict[str, Any]:
    """Deals and tasks by SOQL, changes since the last stamp seen."""

    def resource(name: str, fields: str) -> dict[str, Any]:
        asked = f"SELECT {fields}, SystemModstamp FROM {name} WHERE SystemModstamp >= "
        return {
            "name": name.lower(),
            "primary_key": "Id",
            "write_disposition": "merge",
            "endpoint": {
                "path": "services/data/v62.0/query",
                "params": {"q": asked + "{incremental.start_value} ORDER BY SystemModstamp"},
                "data_selector": "records",
                "paginator": {"type": "json_link", "next_url_path": "nextRecordsUrl"},
                "incremental": {
                    "cursor_path": "SystemModstamp",
                    "initial_value": "2000-01-01T00:00:00.000+0000",
                    "convert": lambda said: said.replace("+0000", "Z"),
                },
            },
        }

    return {
        "client": {
            "base_url": served.base_url,
            "auth": {"type": "bearer", "token": served.org.issue_token()},
            "headers": {"Sforce-Query-Options": "batchSize=200"},
        },
        "resources": [
            resource("Opportunity", "Id, Name, StageName"),
            resource("Task", "Id, Subject, WhatId"),
        ],
    }


def hubspot(served: Simulator) -> dict[str, Any]:
    """Deals and calls by search, changes since the last stamp seen."""

    def resource(name: str, shown: str) -> dict[str, Any]:
        return {
            "name": name,
            "primary_key": "id",
            "write_disposition": "merge",
            "endpoint": {
                "path": f"crm/v3/objects/{name}/search",
                "method": "POST",
                "json": {
                    "filterGroups": [
                        {
                            "filters": [
                                {
                                    "propertyName": "hs_lastmodifieddate",
                                    "operator": "GTE",
                                    "value": "{incremental.start_value}",
                                }
                            ]
                        }
                    ],
                    "sorts": ["hs_lastmodifieddate"],
                    "properties": [shown, "hs_lastmodifieddate"],
                    "limit": 3,
                },
                "data_selector": "results",
                "paginator": {
                    "type": "cursor",
                    "cursor_path": "paging.next.after",
                    "cursor_body_path": "after",
                },
                "incremental": {
                    "cursor_path": "updatedAt",
                    "initial_value": "2000-01-01T00:00:00.000Z",
                },
            },
        }

    return {
        "client": {
            "base_url": served.base_url,
            "auth": {"type": "bearer", "token": served.portal.access_token},
        },
        "resources": [resource("deals", "dealname"), resource("calls", "hs_call_title")],
    }


def test_salesforce_whole_and_then_what_changed(
    org: Simulator, clock: Clock, tmp_path: Path
) -> None:
    """The second time brings the changed deal and the new task, and no other."""
    assert sync(salesforce(org), tmp_path) == {"opportunity": DEALS - 1}
    clock.later(hours=1)
    deal = str(org.org.query("SELECT Id FROM Opportunity ORDER BY Name LIMIT 1").records[0]["Id"])
    org.org.update("Opportunity", deal, {"StageName": "Closed Won"})
    org.org.insert("Task", {"Subject": "Call", "WhatId": deal})
    assert sync(salesforce(org), tmp_path) == {"opportunity": 1, "task": 1}


def test_hubspot_whole_and_then_what_changed(
    portal: Simulator, clock: Clock, tmp_path: Path
) -> None:
    """Pages of three, then the changed deal and the new call."""
    deal = portal.portal.insert("deals", {"dealname": "Late", **STAGE})
    assert sync(hubspot(portal), tmp_path) == {"deals": 8}
    clock.later(hours=1)
    portal.portal.update("deals", deal, {"dealname": "Later"})
    portal.portal.insert("calls", {"hs_call_title": "Hello", "hs_timestamp": clock.now})
    clock.later(hours=1)  # what is searched lags behind what is stored
    assert sync(hubspot(portal), tmp_path) == {"deals": 1, "calls": 1}
