"""Ratings and answers that properties hold, by what followthrough.yaml says of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from connectors.base import Narrows
from connectors.simulator.hubspot.pipelines import SUPPORT

from .conftest import Company, founded, fresh, rows
from .test_own_fields import add, changed, hashes
from .test_reach import refusing, spots

FIELDS = {"category": "grade", "comment": "said", "at": "rated_on", "behaviour": "asked_about"}
RATINGS = {"ratings": {"object": "tickets", "fields": FIELDS}}


@pytest.fixture(scope="module")
def company() -> Iterator[Company]:
    """A portal whose tickets, companies and contacts have properties for what clients think."""
    with founded() as made:
        for kind in ("tickets", "companies", "contacts"):
            for name in FIELDS.values():
                of = ("date", "date") if name == "rated_on" else ("string", "text")
                add(made, kind, name, *of)
        yield made


def ticket(company: Company, **said: Any) -> str:
    """A ticket of the company's contact."""
    portal, ids = company.portal, company.ids
    values = {"subject": "Visit", "hs_pipeline": SUPPORT.id, "hs_pipeline_stage": "1"}
    made: str = portal.insert("tickets", values | {"hubspot_owner_id": ids["owner"]} | said)
    portal.associate("tickets", made, "companies", ids["company"], "Primary")
    portal.associate("tickets", made, "contacts", ids["contact"])
    return made


def ratings(company: Company, feed: str, **settings: Any) -> dict[str, dict[str, Any]]:
    """The ratings that a feed has, by id."""
    found = rows(company.connect(**settings), feed, company.everything())["ratings"]
    return {one["id"]: one for one in found}


def test_a_ticket_holds_a_rating(company: Company) -> None:
    """By a word or a number from 1 to 5; whose ticket it is, with whom, and what was said."""
    said = {"grade": "Good", "said": "<p>On time.</p>", "rated_on": "2026-11-10"}
    one = ticket(company, **said, asked_about="punctual")
    other = ticket(company, grade="1.0")
    found = ratings(company, "tickets", objects=RATINGS)
    assert found[one] == {
        "id": one,
        "modified_at": company.clock.now,
        "deleted": False,
        "account_id": company.ids["company"],
        "contact_id": company.ids["contact"],
        "owner_id": company.ids["owner"],
        "behaviour": "punctual",
        "category": "good",
        "comment": "On time.",
        "at": dt.datetime(2026, 11, 10, tzinfo=dt.UTC),
    }
    assert (found[other]["category"], found[other]["at"]) == ("poor", None)


def test_who_says_nothing_has_no_rating(company: Company) -> None:
    """Nor has a ticket that is archived, nor an unknown word; its row ends what there was."""
    silent, odd = ticket(company), ticket(company, grade="purple")
    gone = ticket(company, grade="good")
    company.portal.archive("tickets", gone)
    found = ratings(company, "tickets", objects=RATINGS)
    assert [found[one]["deleted"] for one in (silent, odd, gone)] == [True, True, True]


@pytest.mark.parametrize(
    ("kind", "held"),
    [("companies", ("company", None)), ("contacts", (None, "contact"))],
)
def test_clients_themselves_hold_one(company: Company, kind: str, held: Any) -> None:
    """Of a company it is the company's, of a contact theirs and their company's."""
    account, contact = held
    record = company.ids[account or contact]
    company.portal.update(kind, record, {"grade": "poor"})
    found = ratings(company, kind, objects={"ratings": RATINGS["ratings"] | {"object": kind}})
    row = found[record]
    assert (row["category"], row["deleted"]) == ("poor", False)
    assert row["account_id"] == company.ids["company"]
    assert row["contact_id"] == (company.ids["contact"] if contact else None)


def test_texts_that_are_off_are_not_asked_for(company: Company) -> None:
    """A comment is a text: it stays in HubSpot, and the grade comes."""
    one = ticket(company, grade="good", said="On time.")
    row = ratings(company, "tickets", objects=RATINGS, texts=False)[one]
    assert (row["category"], row["comment"]) == ("good", None)


def test_a_mapping_reads_the_object_afresh(company: Company) -> None:
    """Its feeds fill the stream, too; without a mapping nothing does."""
    bare, mapped = company.connect(), company.connect(objects=RATINGS)
    assert changed(hashes(bare), hashes(mapped)) == {"tickets"}
    streams = {one.name: one.streams for one in fresh(mapped)}
    assert streams["tickets"] == ("cases", "ratings")
    assert "ratings" not in rows(bare, "tickets", company.everything())


def test_what_is_not_there_is_told(company: Company) -> None:
    """A property, the object of the mapping, an object HubSpot's connector does not read."""
    fields = FIELDS | {"owner_id": "who"}
    wrong = {"ratings": {"object": "tickets", "fields": fields}}
    found = spots(company.connect(objects=wrong))
    assert [(one.stream, one.field) for one in found] == [("ratings", "owner_id")]
    assert "property who of tickets" in found[0].why
    other = {"ratings": {"object": "Client_Rating__c", "fields": FIELDS}}
    found = spots(company.connect(objects=other))
    assert [(one.stream, one.field) for one in found] == [("ratings", None)]
    assert "Write one of companies" in found[0].why
    company.fault = refusing("/objects/tickets", "tickets")
    found = spots(company.connect(objects=RATINGS))
    company.fault = None
    assert {(one.stream, one.field) for one in found} >= {("ratings", None), ("cases", None)}


def test_where_no_rule_needs_them_they_are_not_read(company: Company) -> None:
    """Tickets come for the ratings in them alone; without a rule for those, not at all."""
    usual = frozenset({"deals", "accounts", "contacts", "activities", "owners"})

    def tickets(*streams: str) -> list[tuple[str, ...]]:
        connector = company.connect(objects=RATINGS)
        assert isinstance(connector, Narrows)
        connector.read_only(usual | {*streams})
        return [feed.streams for feed in fresh(connector) if feed.name == "tickets"]

    assert tickets("ratings") == [("cases", "ratings")]
    assert tickets("cases") == [("cases",)]
    assert tickets() == []
