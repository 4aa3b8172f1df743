"""The admin's own fields, the pipeline and the type of a deal: what arrives, what is missing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.base import Connector
from connectors.errors import Refused
from connectors.model import STREAMS
from connectors.own_texts import number_text
from connectors.salesforce import own_fields
from connectors.salesforce.mapping import Page
from connectors.simulator.salesforce.schema import Field

TYPES = {
    "Tier__c": "picklist",
    "Score__c": "double",
    "Seats__c": "int",
    "Renewal__c": "date",
    "Signed_At__c": "datetime",
    "Strategic__c": "boolean",
}


@pytest.fixture
def org_options() -> dict[str, Any]:
    """Own fields on deals, accounts, contacts and activities, and record types on deals."""
    segment = (Field(name="Segment__c", type="picklist"),)
    topic = (Field(name="Topic__c", type="string", length=80),)
    return {
        "extra_fields": {
            "Opportunity": tuple(Field(name=name, type=kind) for name, kind in TYPES.items()),
            "Account": segment,
            "Contact": segment,
            "Task": topic,
            "Event": topic,
        },
        "record_types": {"Opportunity": ("New Business", "Renewal")},
    }


def read(company: Any, connector: Connector, feed: str) -> list[dict[str, Any]]:
    """All rows of a feed, each batch being in its stream's schema exactly."""
    rows: list[dict[str, Any]] = []
    for batch in connector.pull(feed, company.everything()):
        assert batch.rows.schema == STREAMS[batch.stream]
        rows += batch.rows.to_pylist()
    return rows


def blind(connector: Connector) -> dict[tuple[str, str | None], str]:
    return {(spot.stream, spot.field): spot.why for spot in connector.blind_spots()}


def test_every_kind_of_value_arrives_as_text(company: Any) -> None:
    """Plain decimals, ISO days, moments in UTC, true and false; an empty field is not there."""
    values = {
        "Tier__c": "Gold ü",
        "Score__c": 1250000.5,
        "Seats__c": 40,
        "Renewal__c": "2027-03-31",
        "Signed_At__c": "2026-11-10T10:30:00+02:00",
        "Strategic__c": True,
    }
    company.org.update("Opportunity", company.ids["deal"], values)
    company.org.insert(
        "Opportunity", {"Name": "Empty", "StageName": "Prospecting", "CloseDate": "2026-12-31"}
    )
    connector = company.connect(custom_fields={"deals": tuple(TYPES)})
    assert connector.blind_spots() == []
    found = {row["name"]: dict(row["fields"]) for row in read(company, connector, "Opportunity")}
    assert found["Rollout"] == {
        "Tier__c": "Gold ü",
        "Score__c": "1250000.5",
        "Seats__c": "40",
        "Renewal__c": "2027-03-31",
        "Signed_At__c": "2026-11-10T08:30:00Z",
        "Strategic__c": "true",
    }
    assert found["Empty"] == {"Strategic__c": "false"}  # a box is never empty, only not ticked


def test_each_stream_has_its_own_and_no_more_calls_are_made(company: Any) -> None:
    """Accounts and contacts by any spelling of the name; without a wish no field is asked for."""
    company.org.update("Account", company.ids["account"], {"Segment__c": "Enterprise"})
    company.org.update("Contact", company.ids["contact"], {"Segment__c": "Champion"})
    plain = company.connect()
    wishing = company.connect(
        custom_fields={"accounts": ("segment__C",), "contacts": ("Segment__c",)}
    )
    for connector, account, contact in (
        (plain, None, None),
        (wishing, [("segment__C", "Enterprise")], [("Segment__c", "Champion")]),
    ):
        assert [row["fields"] for row in read(company, connector, "Account")] == [account]
        assert [row["fields"] for row in read(company, connector, "Contact")] == [contact]
    assert plain.usage().calls == wishing.usage().calls


def test_an_activitys_field_is_read_from_the_objects_that_have_it(company: Any) -> None:
    """Tasks and events have it, notes do not: nothing is blind. Hidden in both, it is."""
    org, deal = company.org, company.ids["deal"]
    meeting = {"StartDateTime": "2026-11-10T10:00:00Z", "DurationInMinutes": 30}
    org.insert("Task", {"Subject": "Call", "WhatId": deal, "Topic__c": "Price"})
    org.insert("Event", {"Subject": "Demo", "WhatId": deal, "Topic__c": "Scope", **meeting})
    org.insert("Note", {"ParentId": deal, "Title": "Lunch"})
    wish = {"custom_fields": {"activities": ("Topic__c",)}}
    connector = company.connect(**wish)
    assert connector.blind_spots() == []
    found = {
        name: read(company, connector, name)[0]["fields"] for name in ("Task", "Event", "Note")
    }
    assert found == {
        "Task": [("Topic__c", "Price")],
        "Event": [("Topic__c", "Scope")],
        "Note": None,
    }
    org.hidden = frozenset({"Task.Topic__c", "Event.Topic__c"})
    connector = company.connect(**wish)
    assert set(blind(connector)) == {("activities", "fields.Topic__c")}
    assert read(company, connector, "Task")[0]["fields"] is None


def test_a_field_that_is_hidden_or_unknown_is_told_and_the_rest_is_read(company: Any) -> None:
    """One blind spot each, with what to do; the deal arrives with the field that is left."""
    company.org.hidden = frozenset({"Opportunity.Score__c"})
    company.org.update("Opportunity", company.ids["deal"], {"Tier__c": "Gold"})
    connector = company.connect(custom_fields={"deals": ("Score__c", "Tier__c", "Teir__c")})
    spots = blind(connector)
    assert set(spots) == {("deals", "fields.Score__c"), ("deals", "fields.Teir__c")}
    for name in ("Score__c", "Teir__c"):
        assert f"no field Opportunity.{name}, or" in spots["deals", f"fields.{name}"]
        assert "grant read access" in spots["deals", f"fields.{name}"]
    (deal,) = read(company, connector, "Opportunity")
    assert (deal["name"], deal["fields"]) == ("Rollout", [("Tier__c", "Gold")])


def test_another_set_of_fields_is_another_feed_of_its_objects_only(company: Any) -> None:
    """Stored rows lack the field, or have it under another name, so the feed is read afresh."""

    def hashes(*names: str) -> dict[str, str]:
        connector = company.connect(custom_fields={"deals": names})
        return {feed.name: feed.fields_hash for feed in connector.feeds()}

    plain, tier = hashes(), hashes("Tier__c")
    assert {name for name in plain if plain[name] != tier[name]} == {"Opportunity"}
    assert hashes("Tier__c") == tier
    deals = {hashes(*names)["Opportunity"] for names in ((), ("Tier__c",), ("tier__c",), ("Name",))}
    assert len(deals) == 4


def test_the_pipeline_and_the_type_of_a_deal(company: Any) -> None:
    """The label of its record type, and the org's word; a deal that has neither has null."""
    (row,) = company.org.query("SELECT Id FROM RecordType WHERE Name = 'Renewal'").records
    values = {"RecordTypeId": row["Id"], "Type": "Existing Customer - Upgrade"}
    company.org.update("Opportunity", company.ids["deal"], values)
    other = {"Name": "Plain", "StageName": "Prospecting", "CloseDate": "2026-12-31"}
    company.org.insert("Opportunity", other)
    connector = company.connect()
    found = {
        deal["name"]: (deal["pipeline"], deal["type"])
        for deal in read(company, connector, "Opportunity")
    }
    assert found == {
        "Rollout": ("Renewal", "Existing Customer - Upgrade"),
        "Plain": (None, None),
    }
    assert connector.blind_spots() == []
    before = {feed.name: feed.fields_hash for feed in connector.feeds()}
    company.org.store.update("RecordType", row["Id"], {"Name": "Renewals"})  # set up, not written
    after = {feed.name: feed.fields_hash for feed in company.connect().feeds()}
    assert {name for name in after if after[name] != before[name]} == {"Opportunity"}


def test_a_hidden_pipeline_and_a_hidden_type_are_blind_spots(company: Any) -> None:
    """Null would say that the deal has none."""
    company.org.hidden = frozenset({"Opportunity.RecordTypeId", "Opportunity.Type"})
    spots = blind(company.connect())
    assert set(spots) == {("deals", "pipeline"), ("deals", "type")}
    assert "Opportunity.RecordTypeId" in spots["deals", "pipeline"]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("double", "much"),
        ("double", True),
        ("double", Decimal("1E+99")),
        ("date", "31.12.2026"),
        ("datetime", "2026-11-12T09:30:00"),
        ("boolean", "true"),
        ("text", {"street": "x"}),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_its_place(kind: str, value: Any) -> None:
    """As with every other field: a wrong value is never stored as another one, nor quoted."""
    own = own_fields.found(["Odd__c"], {"Odd__c": {"type": kind}})
    with pytest.raises(Refused, match=rf"value for Account\.Odd__c that is no {kind}") as caught:
        own_fields.texts(Page([{"Odd__c": value}], of="Account"), own)
    assert "much" not in str(caught.value)


def test_a_field_of_several_values_is_none_to_compare() -> None:
    """An address is told with what to name instead; its parts are texts."""
    visible = {"BillingAddress": {"type": "address"}, "BillingCity": {"type": "string"}}
    assert own_fields.found(["BillingAddress"], visible) == ()
    assert "BillingCity" in own_fields.why_not("BillingAddress", {"Account": visible})
    (city,) = own_fields.found(["BillingCity"], visible)
    page = Page([{"BillingCity": "Kassel"}, {"BillingCity": ""}, {"BillingCity": None}])
    assert own_fields.texts(page, [city]).to_pylist() == [[("BillingCity", "Kassel")], [], []]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5, "5"),
        (Decimal("5.00"), "5"),
        (Decimal("1.5E+3"), "1500"),
        (Decimal("1200"), "1200"),
        (Decimal("-0.0"), "0"),
        (Decimal("0.00012"), "0.00012"),
        ("48000.250", "48000.25"),
    ],
)
def test_a_number_is_written_plainly(value: Any, text: str) -> None:
    """The same number is the same text, whoever sent it and however."""
    assert number_text(value) == text


@pytest.mark.parametrize(
    "wish",
    [{"deals": ("Tier__c FROM User",)}, {"deals": ("Account.Name",)}, {"quotes": ("Tier__c",)}],
)
def test_a_name_that_is_none_is_refused_before_anybody_is_asked(company: Any, wish: Any) -> None:
    """A name is letters, digits and underscores, and only four streams carry own fields."""
    with pytest.raises(ValidationError):
        company.connect(custom_fields=wish)
    assert company.asked("/services") == 0
