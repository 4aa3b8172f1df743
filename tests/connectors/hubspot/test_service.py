"""What not every account has: tickets, leads, attendees, files, goals, answers to surveys."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from connectors.hubspot.connector import ESCALATED
from connectors.simulator.hubspot.pipelines import LEADS, SUPPORT

from .conftest import founded, rows
from .test_reach import refusing, spots


def only(company: Any, feed: str, stream: str, **settings: Any) -> dict[str, Any]:
    """The one row that a feed has in a stream, from the beginning and since alike."""
    connector = company.connect(**settings)
    found = [
        rows(connector, feed, window)[stream]
        for window in (company.everything(), company.lately(company.clock.now))
    ]
    assert found[0] == found[1]
    (row,) = found[0]
    return dict(row)


def ticket(company: Any, **more: Any) -> str:
    """A ticket of the company's contact about its deal."""
    portal, ids = company.portal, company.ids
    values = {
        "subject": "It broke",
        "content": "<p>Nobody called</p>",
        "hs_pipeline": SUPPORT.id,
        "hs_pipeline_stage": SUPPORT.stages[1].id,
        "hs_ticket_priority": "HIGH",
        "hs_ticket_category": "PRODUCT_ISSUE",
        "hubspot_owner_id": ids["owner"],
    }
    made: str = portal.insert("tickets", values | more)
    other = portal.insert("companies", {"name": "Another"})
    portal.associate("tickets", made, "companies", other)
    portal.associate("tickets", made, "companies", ids["company"], "Primary")
    portal.associate("tickets", made, "contacts", ids["contact"])
    portal.associate("deals", ids["deal"], "tickets", made)
    return made


def test_a_ticket_is_a_case(company: Any) -> None:
    """With its stage by the label, the main one of its companies, and what it is about."""
    made, ids = ticket(company), company.ids
    row = only(company, "tickets", "cases")
    assert row == {
        "id": made,
        "modified_at": company.clock.now,
        "deleted": False,
        "account_id": ids["company"],
        "contact_id": ids["contact"],
        "deal_ids": [ids["deal"]],
        "owner_id": ids["owner"],
        "subject": "It broke",
        "status": "Waiting on contact",
        "priority": "HIGH",
        "type": "PRODUCT_ISSUE",
        "closed": False,
        "escalated": None,
        "created_at": company.clock.now,
        "closed_at": None,
        "text": "Nobody called",
    }
    assert ESCALATED in company.connect().blind_spots()


def test_a_ticket_is_closed_when_its_stage_says_so(company: Any) -> None:
    """With the moment; a reopened one has none."""
    made = ticket(company)
    closed_at = company.clock.later(hours=3)
    company.portal.update("tickets", made, {"hs_pipeline_stage": SUPPORT.stages[3].id})
    row = only(company, "tickets", "cases")
    assert (row["closed"], row["status"], row["closed_at"]) == (True, "Closed", closed_at)
    company.portal.update("tickets", made, {"hs_pipeline_stage": SUPPORT.stages[0].id})
    row = only(company, "tickets", "cases")
    assert (row["closed"], row["closed_at"]) == (False, None)


def test_texts_of_tickets_and_answers_are_not_asked_for_where_texts_are_off(company: Any) -> None:
    """As of activities; all else is read."""
    ticket(company)
    company.portal.submit({"hs_survey_name": "NPS", "hs_content": "Slow"})
    assert only(company, "tickets", "cases", texts=False)["text"] is None
    assert only(company, "feedback_submissions", "survey_answers", texts=False)["comment"] is None


@pytest.mark.parametrize(("stage", "converted"), [(0, False), (3, True), (4, False)])
def test_a_lead_is_converted_when_it_is_qualified(
    company: Any, stage: int, converted: bool
) -> None:
    """Its contact's address and company come with it."""
    portal, ids = company.portal, company.ids
    stages = {"hs_pipeline": LEADS.id, "hs_pipeline_stage": LEADS.stages[stage].id}
    lead = portal.insert("leads", {"hs_lead_name": "Al", "hs_lead_source": "FAIR", **stages})
    portal.associate("leads", lead, "contacts", ids["contact"])
    portal.associate("leads", lead, "companies", ids["company"])
    row = only(company, "leads", "leads")
    assert (row["converted"], row["status"]) == (converted, LEADS.stages[stage].label)
    assert (row["name"], row["source"]) == ("Al", "FAIR")
    assert (row["email"], row["company"]) == ("al@northwind.example", "Northwind")
    assert (row["converted_contact_id"], row["converted_account_id"]) == (
        ids["contact"],
        ids["company"],
    )
    assert row["converted_deal_id"] is None


def test_a_lead_with_a_deal_is_converted_whatever_its_stage(company: Any) -> None:
    """The deal is named."""
    stages = {"hs_pipeline": LEADS.id, "hs_pipeline_stage": LEADS.stages[1].id}
    lead = company.portal.insert("leads", {"hs_lead_name": "Al", **stages})
    company.portal.associate("leads", lead, "deals", company.ids["deal"])
    row = only(company, "leads", "leads")
    assert (row["converted"], row["converted_deal_id"]) == (True, company.ids["deal"])


def test_attendees_of_a_meeting_are_clients_and_people_of_ours(company: Any) -> None:
    """Each a row; nobody knows what they answered."""
    bea = company.portal.add_owner("bea@simulated.example", "Bea")
    asked = f"{company.ids['owner']};{bea};nobody"
    meeting = company.log("meetings", hs_meeting_title="Demo", hs_attendee_owner_ids=asked)
    found = rows(company.connect(), "meetings", company.everything())["attendees"]
    assert {one["activity_id"] for one in found} == {meeting}
    assert {(one["contact_id"], one["user_id"], one["response"]) for one in found} == {
        (company.ids["contact"], None, None),
        (None, company.ids["owner"], None),
        (None, bea, None),
    }
    assert len({one["id"] for one in found}) == 3


def test_names_of_files_on_a_deal(company: Any) -> None:
    """Of whatever activity carries them: name, who, since when; one that is gone has no row."""
    uploaded = company.clock.now
    offer = company.portal.add_file("Offer v2.pdf")
    bare = company.portal.add_file("README")
    company.clock.later(hours=1)
    company.log("notes", hs_attachment_ids=f"{offer};{bare};999999")
    found = rows(company.connect(), "notes", company.everything())["files"]
    assert {one["name"] for one in found} == {"Offer v2.pdf", "README"}
    (row,) = (one for one in found if one["name"] == "Offer v2.pdf")
    assert (row["deal_id"], row["owner_id"]) == (company.ids["deal"], company.ids["owner"])
    assert (row["created_at"], row["deleted"]) == (uploaded, False)
    assert company.asked("/files/v3/files/search") == 2  # may they be seen; what are they called


def test_activities_without_attachments_ask_for_no_files(company: Any) -> None:
    """Nor does one that hangs on no deal, whose files are nobody's business here."""
    company.log("notes", hs_note_body="x")
    loose = {"hs_timestamp": company.clock.now, "hs_attachment_ids": company.portal.add_file("a.b")}
    company.portal.insert("notes", loose)
    assert "files" not in rows(company.connect(), "notes", company.everything())
    assert company.asked("/files/") == 1


def test_hidden_files_are_blind_and_everything_else_is_read(company: Any) -> None:
    """The scope is named, and no feed says that it fills them."""
    company.portal.missing = frozenset({"files"})
    company.log("notes", hs_attachment_ids=company.portal.add_file("a.pdf"))
    connector = company.connect()
    assert [(one.stream, one.field) for one in spots(connector)] == [("files", None)]
    assert "scope files" in spots(connector)[0].why
    assert all("files" not in feed.streams for feed in connector.feeds())
    assert set(rows(connector, "notes", company.everything())) == {"activities"}


def test_a_goal_is_the_quota_of_the_owner_its_user_is(company: Any) -> None:
    """HubSpot names the user; days are those of the account's zone, the currency its own."""
    user = company.portal.owners[int(company.ids["owner"])].user_id
    company.portal.set_goal(
        {
            "hs_goal_name": "Q4 revenue",
            "hs_target_amount": "50000.5",
            "hs_start_datetime": "2026-10-01T04:00:00Z",
            "hs_end_datetime": "2027-01-01T04:59:59.999Z",
            "hs_assignee_user_id": user,
        }
    )
    row = only(company, "goal_targets", "quotas")
    assert (row["owner_id"], row["amount"]) == (company.ids["owner"], Decimal("50000.5"))
    assert (row["starts"], row["ends"]) == (dt.date(2026, 10, 1), dt.date(2026, 12, 31))
    assert (row["currency"], row["kind"]) == ("EUR", "Q4 revenue")


def test_an_answer_to_a_survey(company: Any) -> None:
    """Whose it is, about which deal, the score as a number, the words as text."""
    submitted = {
        "hs_survey_name": "After the project",
        "hs_survey_type": "NPS",
        "hs_value": "3",
        "hs_content": "Nobody called back",
        "hs_response_group": "DETRACTOR",
        "hs_submission_timestamp": "2026-11-10T08:00:00Z",
    }
    made, ids = company.portal.submit(submitted), company.ids
    company.portal.associate("feedback_submissions", made, "contacts", ids["contact"])
    company.portal.associate("deals", ids["deal"], "feedback_submissions", made)
    row = only(company, "feedback_submissions", "survey_answers")
    assert (row["contact_id"], row["deal_id"]) == (ids["contact"], ids["deal"])
    assert (row["survey"], row["question"]) == ("After the project", "NPS")
    assert (row["score"], row["category"]) == (3.0, "DETRACTOR")
    assert row["comment"] == "Nobody called back"
    assert row["at"] == dt.datetime(2026, 11, 10, 8, tzinfo=dt.UTC)


def test_what_an_account_does_not_have_is_blind_and_has_no_feed() -> None:
    """An object of another subscription is refused otherwise than for a scope, and told alike."""
    with founded(absent=frozenset({"leads", "feedback_submissions"})) as company:
        connector = company.connect()
        told = {one.stream for one in spots(connector) if one.field is None}
        assert told == {"leads", "survey_answers"}
        names = {feed.name for feed in connector.feeds()}
        assert "tickets" in names
        assert not {"leads", "feedback_submissions"} & names


def test_hidden_pipelines_of_tickets_make_their_status_blind(company: Any) -> None:
    """The status is then an id, and whether it is closed nobody knows."""
    ticket(company)
    company.fault = refusing("/pipelines/tickets")
    found = {(one.stream, one.field) for one in spots(company.connect())}
    assert found == {("cases", "status"), ("cases", "closed")}
    row = only(company, "tickets", "cases")
    assert (row["status"], row["closed"]) == (SUPPORT.stages[1].id, None)
