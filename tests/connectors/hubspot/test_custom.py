"""Ratings and answers in objects of the account's own, which `objects:` names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from connectors.base import Narrows
from connectors.errors import Refused
from connectors.simulator.hubspot.schema import Property

from .conftest import Company, founded, rows
from .test_own_fields import hashes
from .test_reach import spots
from .test_sweep import fetched, stamped

FULL = "p24681357_client_rating"
FIELDS = {"category": "grade", "comment": "said", "at": "rated_on"}


def mapped(name: str = "client_rating", stream: str = "ratings", **fields: str) -> dict[str, Any]:
    """A mapping of that object."""
    return {"objects": {stream: {"object": name, "fields": FIELDS | fields}}}


@pytest.fixture
def company() -> Iterator[Company]:
    """A portal with an object of its own for what clients think, linked to all clients' objects."""
    with founded() as made:
        kinds = (
            ("grade", "string"),
            ("said", "string"),
            ("rated_on", "date"),
            ("points", "number"),
        )
        field = {"string": "text"}
        made.ids["type"] = made.portal.define(
            "client_rating",
            [Property(name=n, label=n, type=of, field_type=field.get(of, of)) for n, of in kinds],
            linked=("companies", "contacts", "deals"),
        )
        yield made


def rated(company: Company, **said: Any) -> str:
    """A record of that object, of the company's contact and deal."""
    portal, ids = company.portal, company.ids
    made: str = portal.insert(ids["type"], {"hubspot_owner_id": ids["owner"]} | said)
    for kind, name in (("companies", "company"), ("contacts", "contact"), ("deals", "deal")):
        portal.associate(ids["type"], made, kind, ids[name])
    return made


def read(company: Company, window: Any = None, **settings: Any) -> dict[str, dict[str, Any]]:
    """The rows of the object's feed, by id."""
    (found,) = rows(
        company.connect(**settings), company.ids["type"], window or company.everything()
    ).values()
    return {one["id"]: one for one in found}


@pytest.mark.parametrize("version", ["v3", "2026-03"])
def test_a_record_holds_a_rating(company: Company, version: str) -> None:
    """Its properties say what was said, its associations of whom, its owner about whom of us."""
    one = rated(company, grade="Good", said="On time.", rated_on="2026-11-10")
    silent = rated(company)
    found = read(company, **mapped(), api_version=version)
    assert found[silent]["deleted"]
    assert found[one] == {
        "id": one,
        "modified_at": company.clock.now,
        "deleted": False,
        "account_id": company.ids["company"],
        "contact_id": company.ids["contact"],
        "owner_id": company.ids["owner"],
        "behaviour": None,
        "category": "good",
        "comment": "On time.",
        "at": dt.datetime(2026, 11, 10, tzinfo=dt.UTC),
    }


def test_a_name_is_one_of_three(company: Company) -> None:
    """Type id, full name, short name, all of one feed; the schemas are asked for once."""
    one, kind = rated(company, grade="good"), company.ids["type"]
    for name in (kind, FULL, "client_rating"):
        before = company.asked("/schemas")
        connector = company.connect(**mapped(name))
        assert set(stamped(connector, kind)) == {one}
        assert rows(connector, kind, company.everything())["ratings"][0]["id"] == one
        assert company.asked("/schemas") == before + 1
    with pytest.raises(Refused, match="has no feed"):
        company.connect().pull(kind, company.everything())


def test_its_feeds_are_told_and_nothing_is_blind(company: Company) -> None:
    """One that is fresh and one that repairs, for the one stream."""
    connector = company.connect(**mapped())
    kind = company.ids["type"]
    told = {one.name: one.streams for one in connector.feeds() if "ratings" in one.streams}
    assert told == {kind: ("ratings",), f"{kind}:late": ("ratings",)}
    assert spots(connector) == []


def test_answers_to_surveys_come_with_their_deal(company: Company) -> None:
    """Beside those of HubSpot's own surveys, each of which keeps its feed."""
    one = rated(company, points="7")
    mapping = mapped(stream="survey_answers", score="points")
    row = read(company, **mapping)[one]
    assert (row["score"], row["deal_id"]) == (7.0, company.ids["deal"])
    assert row["account_id"] == company.ids["company"]
    theirs = company.portal.submit({"hs_value": "9"})
    connector = company.connect(**mapping)
    assert fetched(connector, "feedback_submissions", one, theirs, "99") == {
        one: False,
        theirs: False,
        "99": True,
    }


def test_a_record_that_is_hidden_is_not_taken_for_gone(company: Company) -> None:
    """Where the object may not be seen any more, a sweep of the others deletes none of its rows."""
    one = rated(company, points="7")
    company.portal.missing = frozenset({"crm.objects.custom.read"})
    connector = company.connect(**mapped(stream="survey_answers", score="points"))
    assert fetched(connector, "feedback_submissions", one) == {}


def test_changed_and_archived_records_are_followed(company: Company) -> None:
    """By search, by the late feed, by the archive, and by the sweep's list."""
    one, other = rated(company, grade="good"), rated(company, grade="fair")
    start = company.clock.later(minutes=10)
    company.portal.update(company.ids["type"], one, {"grade": "poor"})
    company.portal.archive(company.ids["type"], other)
    found = read(company, company.lately(start), **mapped())
    assert {key: (row["category"], row["deleted"]) for key, row in found.items()} == {
        one: ("poor", False),
        other: ("fair", True),
    }
    connector = company.connect(**mapped())
    late = rows(connector, f"{company.ids['type']}:late", company.lately(start))["ratings"]
    assert [(row["id"], row["category"]) for row in late] == [(one, "poor")]
    assert set(stamped(connector, company.ids["type"])) == {one}
    told = fetched(connector, company.ids["type"], one, other, "99")
    assert told == {one: False, other: True, "99": True}


@pytest.mark.parametrize("scope", ["crm.objects.custom.read", "crm.schemas.custom.read"])
def test_a_missing_scope_is_told_by_its_name(company: Company, scope: str) -> None:
    """The stream is blind, and everything else is read."""
    company.portal.missing = frozenset({scope})
    connector = company.connect(**mapped())
    (spot,) = spots(connector)
    assert (spot.stream, spot.field) == ("ratings", None)
    assert scope in spot.why
    assert hashes(connector) == hashes(company.connect())


def test_what_the_object_lacks_is_told(company: Company) -> None:
    """A property that is hidden, its owner, an association; an object the account does not have."""
    company.portal.hidden = frozenset({f"{FULL}.said", f"{FULL}.hubspot_owner_id"})
    found = spots(company.connect(**mapped()))
    assert {(one.stream, one.field) for one in found} == {
        ("ratings", "comment"),
        ("ratings", "owner_id"),
    }
    assert all(FULL in one.why for one in found)
    lone = company.portal.define("visit", [Property(name="grade", label="Grade", type="string")])
    only = {"objects": {"ratings": {"object": lone, "fields": {"category": "grade"}}}}
    (spot,) = spots(company.connect(**only))
    assert spot.field == "contact_id"
    assert "no association between p24681357_visit and contacts" in spot.why
    company.portal.insert(lone, {"grade": "good"})
    (row,) = rows(company.connect(**only), lone, company.everything())["ratings"]
    assert (row["category"], row["account_id"]) == ("good", None)
    (spot,) = spots(company.connect(**mapped("client_ratings")))
    assert (spot.stream, spot.field) == ("ratings", None)
    assert "no object client_ratings" in spot.why


def test_hidden_clients_make_the_columns_blind_that_hang_on_them(company: Company) -> None:
    """Unless a property says whose client it is."""
    company.portal.missing = frozenset({"crm.objects.companies.read"})
    blind = {(one.stream, one.field) for one in spots(company.connect(**mapped()))}
    assert ("ratings", "account_id") in blind
    blind = {(one.stream, one.field) for one in spots(company.connect(**mapped(account_id="said")))}
    assert ("ratings", "account_id") not in blind


def test_where_no_rule_needs_it_it_is_not_asked_for(company: Company) -> None:
    """Neither its schema nor its records."""
    connector = company.connect(**mapped())
    assert isinstance(connector, Narrows)
    before = company.asked(company.ids["type"]) + company.asked("/schemas")
    connector.read_only(frozenset({"deals", "accounts", "activities"}))
    assert not any("ratings" in feed.streams for feed in connector.feeds())
    assert [one for one in spots(connector) if one.stream == "ratings"] == []
    assert company.asked(company.ids["type"]) + company.asked("/schemas") == before
