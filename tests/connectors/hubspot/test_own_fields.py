"""The account's own words and fields: pipelines, types of deals, properties an admin added."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from connectors.simulator.hubspot.pipelines import SALES, Pipeline, Stage
from connectors.simulator.hubspot.schema import Option, Property

from .conftest import Company, founded, fresh, rows
from .test_reach import refusing, spots

RENEWALS = Pipeline(
    id="77", label="Renewals", stages=(Stage(id="770", label="Renewal due", probability=0.5),)
)

#: A property's type and field type, what somebody wrote into it, and what the mirror is to hold.
KINDS = {
    "seats": ("number", "number", "1.250E+2", "125"),
    "score": ("number", "number", "0.50", "0.5"),
    "renews_on": ("date", "date", "2027-01-31", "2027-01-31"),
    "trained_at": (
        "datetime",
        "date",
        "2026-11-12T10:30:00.5+01:00",
        "2026-11-12T09:30:00.500000Z",
    ),
    "is_partner": ("bool", "booleancheckbox", "TRUE", "true"),
    "tier": ("enumeration", "select", "gold", "gold"),
    "remark": ("string", "textarea", "  two\nlines ", "  two\nlines "),
}


def add(company: Company, kind: str, name: str, type_: str = "string", field: str = "text") -> None:
    """Give an object a property of the account's own."""
    group = company.portal.kind(kind).group
    company.portal.add_property(
        kind, Property(name=name, label=name.title(), type=type_, field_type=field, group=group)
    )


def hashes(connector: Any) -> dict[str, str]:
    """The hash of each feed."""
    return {one.name: one.fields_hash for one in fresh(connector)}


def changed(one: dict[str, str], other: dict[str, str]) -> set[str]:
    """The feeds that are to be read afresh."""
    return {name for name in one if one[name] != other[name]}


def test_pipeline_and_type_are_the_accounts_words() -> None:
    """Labels, not the ids behind them; a deal without a type has none."""
    with founded(pipelines=(SALES, RENEWALS)) as company:
        company.portal.insert(
            "deals",
            {"dealname": "R", "pipeline": "77", "dealstage": "770", "dealtype": "existingbusiness"},
        )
        found = rows(company.connect(), "deals", company.everything())["deals"]
    assert [(one["pipeline"], one["type"]) for one in found] == [
        ("Sales Pipeline", None),
        ("Renewals", "Existing Business"),
    ]


def test_a_word_that_was_renamed_has_deals_read_afresh(company: Company) -> None:
    """Stored rows hold the labels of pipelines and types; other feeds do not."""
    before = hashes(company.connect())
    company.portal.pipelines = (replace(SALES, label="Direct sales"),)
    pipeline = hashes(company.connect())
    properties = company.portal.kind("deals").properties
    properties["dealtype"] = replace(
        properties["dealtype"], options=(Option(value="newbusiness", label="First order"),)
    )
    kind = hashes(company.connect())
    assert changed(before, pipeline) == changed(pipeline, kind) == {"deals"}
    assert hashes(company.connect()) == kind


def test_hidden_pipeline_and_type_are_blind(company: Company) -> None:
    """Null there is not “none”: the rules that need them are told."""
    company.portal.hidden = frozenset({"deals.pipeline", "deals.dealtype"})
    connector = company.connect()
    found = spots(connector)
    assert {(one.stream, one.field) for one in found} == {("deals", "pipeline"), ("deals", "type")}
    (deal,) = rows(connector, "deals", company.everything())["deals"]
    assert (deal["pipeline"], deal["type"], deal["stage"]) == (None, None, "Appointment Scheduled")


@pytest.mark.parametrize(
    ("stream", "kind", "record"),
    [
        ("deals", "deals", "deal"),
        ("accounts", "companies", "company"),
        ("contacts", "contacts", "contact"),
    ],
)
def test_own_fields_arrive_as_text(company: Company, stream: str, kind: str, record: str) -> None:
    """Each type in its one form, by list and by search alike; an empty one is not there."""
    start = company.clock.later(hours=1)
    for name, (type_, field, _, _) in KINDS.items():
        add(company, kind, name, type_, field)
    add(company, kind, "empty")
    written = {name: value for name, (_, _, value, _) in KINDS.items()}
    company.portal.update(kind, company.ids[record], written)
    connector = company.connect(custom_fields={stream: (*KINDS, "empty")})
    assert spots(connector) == []
    for window in (company.everything(), company.lately(start)):
        (row,) = rows(connector, kind, window)[stream]
        assert dict(row["fields"]) == {name: text for name, (_, _, _, text) in KINDS.items()}


def test_fields_nobody_has_are_blind_and_the_rest_is_read(company: Company) -> None:
    """Unknown or hidden: a sentence each that says what to do. Capitals do not matter."""
    for name in ("tier", "secret"):
        add(company, "deals", name)
    company.portal.update("deals", company.ids["deal"], {"tier": "gold", "secret": "x"})
    company.portal.hidden = frozenset({"deals.secret"})
    connector = company.connect(custom_fields={"deals": ("Tier", "secret", "nobody")})
    found = spots(connector)
    assert [(one.stream, one.field) for one in found] == [
        ("deals", "fields.secret"),
        ("deals", "fields.nobody"),
    ]
    assert "internal name" in found[1].why
    assert "nobody" in found[1].why
    (deal,) = rows(connector, "deals", company.everything())["deals"]
    assert deal["fields"] == [("Tier", "gold")]


def test_an_activitys_field_is_read_where_it_exists(company: Company) -> None:
    """One that only calls have is no blind spot; one that no activity has is one."""
    add(company, "calls", "topic")
    company.log("calls", topic="renewal")
    company.log("notes", hs_note_body="x")
    connector = company.connect(custom_fields={"activities": ("topic", "nobody")})
    assert [one.field for one in spots(connector)] == ["fields.nobody"]
    (call,) = rows(connector, "calls", company.everything())["activities"]
    (note,) = rows(connector, "notes", company.everything())["activities"]
    assert (call["fields"], note["fields"]) == ([("topic", "renewal")], None)


def test_without_definitions_own_fields_are_blind(company: Company) -> None:
    """What cannot be told from empty is not read; the sentence names the scope."""
    add(company, "deals", "tier")
    company.portal.update("deals", company.ids["deal"], {"tier": "gold"})
    company.fault = refusing("/properties/deals", "crm.schemas.deals.read")
    connector = company.connect(custom_fields={"deals": ("tier",)})
    found = spots(connector)
    assert {one.field for one in found} == {"fields.tier", "type"}
    assert all("crm.schemas.deals.read" in one.why for one in found)
    (deal,) = rows(connector, "deals", company.everything())["deals"]
    assert (deal["fields"], deal["name"]) == (None, "Rollout")


def test_a_hidden_object_is_told_once(company: Company) -> None:
    """Its stream is blind as a whole, so its own fields need no sentences of their own."""
    company.portal.missing = frozenset({"crm.objects.companies.read"})
    found = spots(company.connect(custom_fields={"accounts": ("tier",)}))
    assert [one.field for one in found if one.stream == "accounts"] == [None]


def test_other_own_fields_have_their_feed_read_afresh(company: Company) -> None:
    """Also one that the connector reads anyway; the same set stays the same feed."""
    for name in ("tier", "topic"):
        add(company, "companies", name)
    plain = hashes(company.connect())
    tier = hashes(company.connect(custom_fields={"accounts": ("tier",)}))
    both = hashes(company.connect(custom_fields={"accounts": ("tier", "topic")}))
    shared = hashes(company.connect(custom_fields={"accounts": ("domain",)}))
    assert changed(plain, tier) == changed(tier, both) == changed(plain, shared) == {"companies"}
    assert both == hashes(company.connect(custom_fields={"accounts": ("topic", "tier")}))


def test_own_fields_cost_no_request(company: Company) -> None:
    """They come with the records that are read anyway."""
    add(company, "deals", "tier")
    asked = []
    for custom in ({}, {"deals": ("tier",)}):
        begun = len(company.sim.requests)
        connector = company.connect(custom_fields=custom)
        connector.feeds()
        connector.blind_spots()
        rows(connector, "deals", company.everything())
        asked.append(len(company.sim.requests) - begun)
    assert asked[0] == asked[1]


def test_a_value_its_property_cannot_hold_stops_nothing(company: Company) -> None:
    """An admin made a date of a text field: the old text is as if empty, the rest is read."""
    add(company, "deals", "renews_on")
    company.portal.update("deals", company.ids["deal"], {"renews_on": "soon"})
    properties = company.portal.kind("deals").properties
    properties["renews_on"] = replace(properties["renews_on"], type="date", field_type="date")
    connector = company.connect(custom_fields={"deals": ("renews_on", "dealname")})
    (deal,) = rows(connector, "deals", company.everything())["deals"]
    assert deal["fields"] == [("dealname", "Rollout")]


def test_more_names_than_a_search_has_room_for(company: Company) -> None:
    """A search asks for the ids then, and the records are read by them."""
    names = tuple(f"{'long_name_' * 9}{number}" for number in range(40))
    for name in names:
        add(company, "companies", name)
    start = company.clock.later(hours=1)
    company.portal.update("companies", company.ids["company"], dict.fromkeys(names, "x"))
    connector = company.connect(custom_fields={"accounts": names})
    (row,) = rows(connector, "companies", company.lately(start))["accounts"]
    assert dict(row["fields"]) == dict.fromkeys(names, "x")
