"""First loads through Bulk API 2.0, over real sockets: the same rows as REST, whatever happens."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from connectors.base import Connector, Window
from connectors.errors import Retriable
from connectors.model import EVERY_STREAM
from connectors.simulator.faults import ActThenAnswer, ActThenDrop, Instead, Truncate
from connectors.simulator.salesforce.schema import Field

JOBS = "/jobs/query"
RESULTS = "/results"
CSV = {"Content-Type": "text/csv", "Sforce-Locator": "null"}
MARK = "Purpose: x\nref: won-no-follow-up@1 · ft_" + "b2" * 13 + " · r1"


@pytest.fixture
def org_options() -> dict[str, Any]:
    """Own fields of every kind, and record types."""
    kinds = {
        "Tier__c": "picklist",
        "Score__c": "double",
        "Renewal__c": "date",
        "Signed_At__c": "datetime",
        "Strategic__c": "boolean",
    }
    return {
        "extra_fields": {
            "Opportunity": tuple(Field(name=name, type=kind) for name, kind in kinds.items())
        },
        "record_types": {"Opportunity": ("New Business", "Renewal")},
    }


def rows(connector: Connector, feed: str, window: Window) -> list[dict[str, Any]]:
    """All rows of a feed by id, each batch being in its stream's schema exactly."""
    found: list[dict[str, Any]] = []
    for batch in connector.pull(feed, window):
        assert batch.rows.schema == EVERY_STREAM[batch.stream]
        found += batch.rows.to_pylist()
    return sorted(found, key=lambda row: row["id"])


def fill(company: Any) -> None:
    """Records of every object, with what is hard to carry over in CSV."""
    org, ids = company.org, company.ids
    links = {"WhatId": ids["deal"], "WhoId": ids["contact"]}
    kind = org.query("SELECT Id FROM RecordType WHERE Name = 'Renewal'").records[0]["Id"]
    own = {
        "Tier__c": 'Gold "ü", 1',
        "Score__c": 1250000.5,
        "Renewal__c": "2027-03-31",
        "Signed_At__c": "2026-11-10T10:30:00+02:00",
        "Strategic__c": True,
    }
    org.update("Opportunity", ids["deal"], own | {"RecordTypeId": kind, "NextStep": "a\nb"})
    org.insert(
        "OpportunityContactRole", {"OpportunityId": ids["deal"], "ContactId": ids["contact"]}
    )
    org.insert("Group", {"Name": "Desk", "Type": "Queue"})
    done = {"Status": "Completed", "CallDurationInSeconds": 95, "TaskSubtype": "Call"}
    org.insert("Task", {"Subject": "Call, 1", "CallDisposition": "Busy", **done, **links})
    org.insert("Task", {"Subject": "Late", "ActivityDate": "2026-11-01", **done, **links})
    org.insert("Task", {"Subject": "Plan", "ActivityDate": "2026-12-01", "Description": "a\n“b”"})
    org.insert("Task", {"Subject": "Ours", "Description": MARK})
    org.insert("Task", {"Subject": "Ours too", "Followthrough_Key__c": "ft_x"})
    org.delete("Task", org.insert("Task", {"Subject": "Gone"}))
    meeting = {"StartDateTime": "2026-11-10T10:00:00Z", "DurationInMinutes": 30}
    org.insert("Event", {"Subject": "Canceled: Demo", **meeting, **links})
    mail = {"Status": "3", "RelatedToId": ids["deal"], "MessageDate": "2026-11-10T10:00:00Z"}
    for to, text in (
        ("al@northwind.example; integration@simulated.example", {"TextBody": "Hello"}),
        ('"Al" <AL@northwind.example>', {"HtmlBody": "<p>Hi<br>you</p>"}),
        ("", {}),
    ):
        org.insert(
            "EmailMessage",
            {"FromAddress": "integration@simulated.example", "ToAddress": to, **mail, **text},
        )
    org.insert("Note", {"ParentId": ids["deal"], "Title": "Lunch", "Body": "x" * 30_000})
    org.insert("Case", {"Subject": "Leak", "ContactId": ids["contact"], "Description": "a\nb"})
    org.insert("Lead", {"LastName": "Ito", "Company": "Oki", "Status": "New"})
    file = {"Title": "Offer", "PathOnClient": "offer.pdf", "VersionData": "eA=="}
    org.insert("ContentVersion", file | {"FirstPublishLocationId": ids["deal"]})
    org.insert("Attachment", {"ParentId": ids["deal"], "Name": "old.pdf", "Body": "eA=="})
    org.insert("Quote", {"OpportunityId": ids["deal"], "Name": "Q1", "Status": "Presented"})


def test_bulk_and_rest_give_the_same_rows(company: Any) -> None:
    """Every object, row for row: own fields, line breaks, deleted rows, our own left out."""
    fill(company)
    wish = {"custom_fields": {"deals": ("Tier__c", "Score__c", "Renewal__c", "Signed_At__c")}}
    rest = company.connect(**wish)
    by_job = company.connect(bulk_above=0, **wish)
    optional = {"ForecastingQuota", "SurveyQuestionResponse"}  # test_optional reads them
    feeds = [feed.name for feed in rest.feeds() if feed.name not in optional]
    for feed in feeds:
        wanted = rows(rest, feed, company.everything())
        assert rows(by_job, feed, company.everything()) == wanted
        assert wanted
    assert sum(one.method == "POST" and JOBS in one.path for one in company.sim.requests) == len(
        feeds
    )
    assert len(company.org.jobs) == 0  # each was deleted when it had been read


def test_a_small_first_load_and_every_increment_stay_with_rest(company: Any) -> None:
    """Below the line no job is made; nor for changes since a moment, however many."""
    rows(company.connect(), "Account", company.everything())
    since = Window(since=company.clock.now - dt.timedelta(days=1), until=company.everything().until)
    assert rows(company.connect(bulk_above=0), "Account", since)
    assert company.asked(JOBS) == 0


def test_many_pages_are_read_to_the_last(company: Any) -> None:
    """Locators are followed until the word null; one that breaks off is asked for again."""
    wanted = [company.org.insert("Account", {"Name": f"A{n}"}) for n in range(5)]
    broken: list[int] = []

    def once(number: int, call: Any) -> Any:
        if RESULTS in call.path and "locator" in call.query and not broken:
            broken.append(number)
            return Truncate(keep=40)
        return None

    company.fault = once
    connector = company.connect(bulk_above=0, bulk_page=2)
    found = rows(connector, "Account", company.everything())
    assert {row["id"] for row in found} == {company.ids["account"], *wanted}
    assert company.asked(RESULTS) == 4


def not_json(status: int, code: str) -> Instead:
    return Instead(
        status=status,
        body=b'[{"message": "SELECT secret words", "errorCode": "%s"}]' % code.encode(),
        headers={"Content-Type": "application/json"},
    )


def test_a_job_that_fails_leads_back_to_rest(company: Any) -> None:
    """The rows come all the same, and the failed job is cleared away."""
    company.org.bulk_failure = "InternalServerError"
    assert rows(company.connect(bulk_above=0), "Account", company.everything())
    assert len(company.org.jobs) == 0


def test_an_org_that_refuses_jobs_is_read_by_rest(company: Any) -> None:
    """An object without bulk, or a user who may not: nothing is lost."""
    company.fault = lambda _number, call: (
        not_json(400, "INVALIDENTITY") if JOBS in call.path else None
    )
    assert rows(company.connect(bulk_above=0), "Account", company.everything())
    assert company.asked(JOBS) == 1


def test_a_job_that_never_ends_is_given_up(company: Any) -> None:
    """After half an hour without progress it is aborted and REST is asked."""
    company.org.bulk_waits = 10_000
    assert rows(company.connect(bulk_above=0), "Account", company.everything())
    assert len(company.org.jobs) == 0
    assert 100 < company.asked(JOBS) < 300


@pytest.mark.parametrize(
    "fault",
    [
        Truncate(keep=40),
        ActThenDrop(),
        Instead(status=200, body=b"<html>sign in</html>", headers={"Content-Type": "text/html"}),
        ActThenAnswer(status=200, body=b'"Id"\n', headers={"Content-Type": "text/csv"}),
        ActThenAnswer(
            status=200,
            body=b'"Id","Name"\n"001"\n',
            headers={"Content-Type": "text/csv", "Sforce-Locator": "null"},
        ),
        ActThenAnswer(status=200, body=b'"Id"\n', headers=CSV | {"Sforce-NumberOfRecords": "0"}),
        ActThenAnswer(
            status=200, body=b'"Id"\n"x"\n', headers=CSV | {"Sforce-NumberOfRecords": "2"}
        ),
        not_json(500, "UNKNOWN_EXCEPTION"),
    ],
)
def test_rows_that_do_not_come_whole_are_not_called_complete(company: Any, fault: Any) -> None:
    """The pull ends with an error that repeats nothing of what was read; the job is deleted."""
    company.fault = lambda _number, call: fault if RESULTS in call.path else None
    with pytest.raises(Retriable) as caught:
        rows(company.connect(bulk_above=0), "Account", company.everything())
    shown = f"{caught.value}{caught.value.__cause__}{caught.value.__context__}"
    for secret in ("secret", "SELECT", "sign in", "001"):
        assert secret not in shown
    assert len(company.org.jobs) == 0


def test_a_token_that_ends_while_pages_are_read_is_renewed(company: Any) -> None:
    """One login more, and the page is opened again."""
    connector = company.connect(bulk_above=0)

    def expire(_number: int, call: Any) -> None:
        if RESULTS in call.path and company.asked(RESULTS) == 1:
            company.org.expire_tokens()

    company.fault = expire
    assert rows(connector, "Account", company.everything())
    assert company.asked("/oauth2/token") == 2
    assert connector.usage().calls == company.org.calls_used() + 1  # the refused one is not counted
