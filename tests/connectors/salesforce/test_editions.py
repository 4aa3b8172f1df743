"""Orgs that differ: several currencies, person accounts, invitees' copies of a meeting."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.base import Connector


@pytest.fixture
def org_options() -> dict[str, Any]:
    """Two currencies, and people who are accounts."""
    return {"currencies": ("EUR", "GBP"), "person_accounts": True}


def rows(company: Any, connector: Connector, feed: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for batch in connector.pull(feed, company.everything()):
        found += batch.rows.to_pylist()
    return found


def test_each_deal_has_its_own_currency(company: Any) -> None:
    """The company's where nobody chose another; a currency that is not the org's is refused."""
    deal = {"Name": "Isles", "StageName": "Prospecting", "CloseDate": "2026-12-31"}
    company.org.insert("Opportunity", deal | {"CurrencyIsoCode": "GBP", "Amount": 5})
    found = rows(company, company.connect(), "Opportunity")
    assert {row["name"]: row["currency"] for row in found} == {"Rollout": "EUR", "Isles": "GBP"}
    with pytest.raises(Exception, match="RESTRICTED_PICKLIST"):
        company.org.insert("Opportunity", deal | {"CurrencyIsoCode": "USD"})


def test_a_person_account_is_account_and_contact(company: Any) -> None:
    """What hangs on the contact of it belongs to the account as well."""
    org = company.org
    person = org.insert(
        "Account", {"FirstName": "Ada", "LastName": "Okafor", "PersonEmail": "ada@x.example"}
    )
    contact = org.get("Account", person)["PersonContactId"]
    call = org.insert("Task", {"Subject": "Call", "WhoId": contact})
    connector = company.connect()
    accounts = {row["id"]: row for row in rows(company, connector, "Account")}
    contacts = {row["id"]: row for row in rows(company, connector, "Contact")}
    (task,) = rows(company, connector, "Task")
    assert accounts[person]["name"] == contacts[contact]["name"] == "Ada Okafor"
    assert (contacts[contact]["account_id"], contacts[contact]["email"]) == (
        person,
        "ada@x.example",
    )
    assert (task["id"], task["account_ids"], task["contact_ids"]) == (call, [person], [contact])


def test_a_meeting_counts_once_however_many_are_invited(company: Any) -> None:
    """A colleague's copy of an event is no second meeting."""
    meeting = {"StartDateTime": "2026-11-10T10:00:00Z", "DurationInMinutes": 30}
    event = company.org.insert("Event", {"Subject": "Demo", **meeting})
    company.org.invite(event, company.org.user_id)
    assert [row["id"] for row in rows(company, company.connect(), "Event")] == [event]
