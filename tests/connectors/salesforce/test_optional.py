"""Streams an org may have or not: cases, leads, attendees, files, quotas, answers; own objects."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.base import Connector
from connectors.model import EVERY_STREAM, OPTIONAL_STREAMS
from connectors.simulator.salesforce.schema import Field, SObject
from tests.connectors.salesforce.conftest import START


@pytest.fixture
def org_options() -> dict[str, Any]:
    """Two currencies, so that quotas have one."""
    return {"currencies": ("EUR",)}


def rows(company: Any, connector: Connector, feed: str) -> list[dict[str, Any]]:
    """All rows of a feed, each batch being in its stream's schema exactly."""
    found: list[dict[str, Any]] = []
    for batch in connector.pull(feed, company.everything()):
        assert batch.rows.schema == EVERY_STREAM[batch.stream]
        found += batch.rows.to_pylist()
    return found


def test_a_case_is_opened_and_closed(company: Any) -> None:
    """Whose it is, what it says, and when it ended; a case hangs on no deal."""
    case = company.org.insert(
        "Case",
        {
            "Subject": "Leak",
            "Description": "It drips.",
            "ContactId": company.ids["contact"],
            "IsEscalated": True,
            "Priority": "High",
        },
    )
    connector = company.connect()
    (opened,) = rows(company, connector, "Case")
    assert (opened["account_id"], opened["contact_id"], opened["deal_ids"]) == (
        company.ids["account"],
        company.ids["contact"],
        [],
    )
    assert (opened["closed"], opened["escalated"], opened["text"]) == (False, True, "It drips.")
    company.org.update("Case", case, {"Status": "Closed"})
    (closed,) = rows(company, connector, "Case")
    assert (closed["closed"], closed["closed_at"]) == (True, company.clock.now)


def test_texts_that_are_off_are_not_asked_for_in_cases_either(company: Any) -> None:
    """What clients wrote there is text like any other."""
    company.org.insert("Case", {"Subject": "Leak", "Description": "It drips."})
    assert rows(company, company.connect(texts=False), "Case")[0]["text"] is None


def test_a_lead_says_what_it_became(company: Any) -> None:
    """Before and after it was converted."""
    lead = company.org.insert(
        "Lead", {"LastName": "Ito", "Company": "Oki", "Status": "New", "LeadSource": "Web"}
    )
    connector = company.connect()
    (before,) = rows(company, connector, "Lead")
    assert (before["name"], before["company"], before["converted"]) == ("Ito", "Oki", False)
    company.org.convert(lead, Account=company.ids["account"], Opportunity=company.ids["deal"])
    (after,) = rows(company, connector, "Lead")
    assert (after["converted"], after["converted_deal_id"]) == (True, company.ids["deal"])
    assert after["converted_contact_id"] is None


def test_who_was_asked_to_a_meeting_and_what_they_said(company: Any) -> None:
    """The client's person and ours; a lead in it is nobody a rule knows."""
    org = company.org
    meeting = {"Subject": "Demo", "StartDateTime": START, "DurationInMinutes": 30}
    event = org.insert("Event", meeting | {"WhoId": company.ids["contact"]})
    org.invite(event, org.user_id)
    lead = org.insert("Lead", {"LastName": "Ito", "Company": "Oki", "Status": "New"})
    org.insert("EventRelation", {"EventId": event, "RelationId": lead})
    ours = org.query("SELECT Id FROM EventRelation WHERE IsInvitee = true").records[0]["Id"]
    org.update("EventRelation", ours, {"Status": "Declined"})
    found = rows(company, company.connect(), "EventRelation")
    assert {(row["contact_id"], row["user_id"], row["response"]) for row in found} == {
        (company.ids["contact"], None, None),
        (None, org.user_id, "declined"),
    }
    assert {row["activity_id"] for row in found} == {event}


def test_files_of_a_deal_by_their_names(company: Any) -> None:
    """New files and old attachments; those of others are not listed, and no contents come."""
    org, deal = company.org, company.ids["deal"]
    file = {"Title": "Offer ü", "PathOnClient": "Offer.PDF", "VersionData": "c2VjcmV0"}
    org.insert("ContentVersion", file | {"FirstPublishLocationId": deal})
    org.insert("ContentVersion", file | {"FirstPublishLocationId": company.ids["account"]})
    org.insert("Attachment", {"ParentId": deal, "Name": "old.doc", "Body": "eA=="})
    org.insert("Attachment", {"ParentId": company.ids["account"], "Name": "x", "Body": "eA=="})
    connector = company.connect()
    (new,) = rows(company, connector, "ContentDocumentLink")
    (old,) = rows(company, connector, "Attachment")
    assert (new["deal_id"], new["name"], new["owner_id"]) == (deal, "Offer ü.pdf", org.user_id)
    assert new["created_at"] == company.clock.now
    assert (old["deal_id"], old["name"]) == (deal, "old.doc")


def test_quotas_of_a_month(company: Any) -> None:
    """Whose, from when to when, how much of what; one in pieces has no amount."""
    org = company.org
    kind = org.plant("ForecastingType", {"MasterLabel": "Revenue", "DeveloperName": "Revenue"})
    month = org.plant("Period", {"StartDate": "2026-11-01", "EndDate": "2026-11-30"})
    quota = {
        "QuotaOwnerId": org.user_id,
        "PeriodId": month,
        "ForecastingTypeId": kind,
        "StartDate": "2026-11-01",
    }
    org.insert("ForecastingQuota", quota | {"QuotaAmount": 90000.5})
    org.insert("ForecastingQuota", quota | {"QuotaQuantity": 12})
    money, pieces = rows(company, company.connect(), "ForecastingQuota")
    assert (money["owner_id"], money["amount"], money["currency"]) == (
        org.user_id,
        Decimal("90000.5"),
        "EUR",
    )
    assert (money["starts"], money["ends"]) == (dt.date(2026, 11, 1), dt.date(2026, 11, 30))
    assert (money["kind"], pieces["amount"]) == ("Revenue", None)


def test_what_a_client_answered_and_what_it_was_about(company: Any) -> None:
    """Score, word and comment, with the deal, the account and our person of the invitation."""
    org, ids = company.org, company.ids
    survey = org.plant("Survey", {"Name": "After sale"})
    version = org.plant("SurveyVersion", {"Name": "After sale", "SurveyId": survey})
    question = org.plant("SurveyQuestion", {"Name": "How did it go?", "SurveyVersionId": version})
    asked = org.plant(
        "SurveyInvitation", {"Name": "1", "SurveyId": survey, "ContactId": ids["contact"]}
    )
    for subject in (ids["deal"], org.user_id):
        org.insert("SurveySubject", {"Name": "x", "ParentId": asked, "SubjectId": subject})
    response = org.plant(
        "SurveyResponse",
        {"InvitationId": asked, "SurveyId": survey, "SurveyVersionId": version},
    )
    said = {"QuestionId": question, "ResponseId": response, "SurveyVersionId": version}
    org.plant(
        "SurveyQuestionResponse",
        said | {"InvitationId": asked, "NumberValue": 4, "ResponseShortText": "Quick."},
    )
    org.plant("SurveyQuestionResponse", said | {"ChoiceValue": "Good"})
    about, anonymous = rows(company, company.connect(), "SurveyQuestionResponse")
    assert (about["deal_id"], about["owner_id"], about["contact_id"], about["account_id"]) == (
        ids["deal"],
        org.user_id,
        ids["contact"],
        ids["account"],
    )
    assert (about["survey"], about["question"], about["score"], about["comment"]) == (
        "After sale",
        "How did it go?",
        4.0,
        "Quick.",
    )
    assert (anonymous["deal_id"], anonymous["category"]) == (None, "Good")


def test_what_an_org_has_not_is_blind_and_gives_no_feed(company: Any) -> None:
    """Each stream for itself; files stay visible while one of their two objects is."""
    plain = company.connect()
    offered = {stream for feed in plain.feeds() for stream in feed.streams}
    assert offered >= set(OPTIONAL_STREAMS)
    assert plain.blind_spots() == []
    company.org.hidden = frozenset(
        {"Case", "Attachment", "EventRelation", "ForecastingQuota", "SurveyQuestionResponse"}
    )
    less = company.connect()
    whole = {spot.stream: spot.why for spot in less.blind_spots() if spot.field is None}
    assert set(whole) == {"cases", "attendees", "quotas", "survey_answers"}
    assert "may not see Case" in whole["cases"]
    assert "Case" not in {feed.name for feed in less.feeds()}


def custom(name: str, **kinds: str) -> SObject:
    """An object of the org's own."""
    every = {"Id": "id", "IsDeleted": "boolean", "CreatedDate": "datetime"} | kinds
    every["SystemModstamp"] = "datetime"
    targets = {"Account__c": ("Account",), "Rep__c": ("User",)}
    fields = {
        field.lower(): Field(name=field, type=kind, length=80, reference_to=targets.get(field, ()))
        for field, kind in every.items()
    }
    return SObject(name=name, label=name, label_plural=name, key_prefix="a00", fields=fields)


RATING = custom(
    "Client_Rating__c",
    Account__c="reference",
    Rep__c="reference",
    Asked_About__c="string",
    Grade__c="double",
    Said__c="string",
    Given_On__c="date",
)
MAPPED = {
    "object": "Client_Rating__c",
    "fields": {
        "account_id": "Account__c",
        "owner_id": "Rep__c",
        "behaviour": "Asked_About__c",
        "category": "Grade__c",
        "comment": "Said__c",
        "at": "Given_On__c",
    },
}


class TestOwnObjects:
    """Objects of the org's own, by what followthrough.yaml says of them."""

    @pytest.fixture
    def org_options(self) -> dict[str, Any]:
        return {"extra_objects": (RATING,)}

    def test_ratings_come_from_the_orgs_own_object(self, company: Any) -> None:
        """A grade from 1 to 5 is the word it means; another number is none."""
        given = {"Account__c": company.ids["account"], "Rep__c": company.org.user_id}
        told = {"Asked_About__c": "honesty", "Given_On__c": "2026-11-10", "Said__c": "Never lied."}
        company.org.insert("Client_Rating__c", given | told | {"Grade__c": 5})
        company.org.insert("Client_Rating__c", given | {"Grade__c": 11})
        connector = company.connect(objects={"ratings": MAPPED})
        good, odd = rows(company, connector, "Client_Rating__c")
        assert (good["account_id"], good["owner_id"]) == (
            company.ids["account"],
            company.org.user_id,
        )
        assert (good["behaviour"], good["category"]) == ("honesty", "excellent")
        assert (good["comment"], good["at"]) == (
            "Never lied.",
            dt.datetime(2026, 11, 10, tzinfo=dt.UTC),
        )
        assert (odd["category"], odd["at"]) == (None, None)

    def test_what_the_object_lacks_is_told(self, company: Any) -> None:
        """A field that is not there is a blind spot of its column; without the object of all."""
        company.org.hidden = frozenset({"Client_Rating__c.Grade__c"})
        connector = company.connect(objects={"ratings": MAPPED})
        assert [(spot.stream, spot.field) for spot in connector.blind_spots()] == [
            ("ratings", "category")
        ]
        company.org.hidden = frozenset({"Client_Rating__c"})
        connector = company.connect(objects={"ratings": MAPPED})
        assert [(spot.stream, spot.field) for spot in connector.blind_spots()] == [
            ("ratings", None)
        ]

    @pytest.mark.parametrize(
        "wrong",
        [
            {"ratings": MAPPED | {"object": "Account"}},
            {"ratings": MAPPED | {"fields": {"grade": "Grade__c"}}},
            {"ratings": MAPPED | {"fields": {}}},
            {"deals": MAPPED},
        ],
    )
    def test_a_mapping_that_cannot_be_is_refused(self, company: Any, wrong: Any) -> None:
        """Only custom objects, only columns there are."""
        with pytest.raises(ValidationError):
            company.connect(objects=wrong)
