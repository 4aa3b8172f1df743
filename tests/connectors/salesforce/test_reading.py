"""Reading an org through the real client library, over the simulator's HTTP."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from connectors.base import Connector, Window
from connectors.errors import Refused, Retriable, Unusable
from connectors.model import EVERY_STREAM
from connectors.simulator.faults import ActThenDrop, Instead, Truncate

LOCKED = b'[{"message": "x", "errorCode": "UNABLE_TO_LOCK_ROW"}]'
LOCATOR_GONE = b'[{"message": "x", "errorCode": "INVALID_QUERY_LOCATOR"}]'


def rows(connector: Connector, feed: str, window: Window) -> list[dict[str, Any]]:
    """All rows of a feed, each batch being in its stream's schema exactly."""
    found: list[dict[str, Any]] = []
    for batch in connector.pull(feed, window):
        assert batch.rows.schema == EVERY_STREAM[batch.stream]
        found += batch.rows.to_pylist()
    return found


def test_who_we_are(company: Any) -> None:
    """The org, the run-as user, and the org's own clock."""
    me = company.connect().identity()
    assert (me.org_id, me.org_name) == (company.org.id, "Simulated Company")
    assert (me.user_id, me.user_name) == (company.org.user_id, "Integration User")
    assert me.server_now == company.clock.now


def test_a_wrong_secret_is_told_with_what_to_check(company: Any) -> None:
    """One login, no second try, and a sentence without the secret."""
    connector = company.connect(client_secret="wrong-secret")
    with pytest.raises(Unusable, match=r"client id and secret .*Check SALESFORCE_CLIENT") as caught:
        connector.identity()
    assert "wrong-secret" not in str(caught.value)
    assert company.asked("/services/oauth2/token") == 1
    assert company.asked("/services/data") == 0


def test_the_stages_in_the_orgs_order(company: Any) -> None:
    """Labels, and which of them end a deal and how."""
    stages = company.connect().stages()
    assert stages[0].label == "Prospecting"
    assert [(one.is_closed, one.is_won) for one in stages[-2:]] == [(True, True), (True, False)]


def test_stages_without_their_object_come_from_the_deals(company: Any) -> None:
    """Where OpportunityStage is hidden, the picklist names them and deals say which are closed."""
    company.org.update("Opportunity", company.ids["deal"], {"StageName": "Closed Won"})
    company.org.hidden = frozenset({"OpportunityStage"})
    stages = {one.label: one for one in company.connect().stages()}
    assert stages["Closed Won"].is_won
    assert not stages["Prospecting"].is_closed


def test_every_feed_is_read_into_its_stream(company: Any) -> None:
    """One record of each object comes out as one row of its canonical stream."""
    ids, org = company.ids, company.org
    links = {"WhatId": ids["deal"], "WhoId": ids["contact"]}
    org.insert(
        "OpportunityContactRole", {"OpportunityId": ids["deal"], "ContactId": ids["contact"]}
    )
    org.insert("Group", {"Name": "Desk", "Type": "Queue"})
    org.insert("Group", {"Name": "No queue", "Type": "Regular"})
    call = {"TaskSubtype": "Call", "CallType": "Inbound", "CallDisposition": "Connected"}
    org.insert("Task", {"Subject": "Call", "Status": "Completed", **call, **links})
    meeting = {"StartDateTime": "2026-11-10T10:00:00Z", "DurationInMinutes": 30}
    org.insert("Event", {"Subject": "Demo", **meeting, **links})
    copy = org.insert("Event", {"Subject": "Demo", **meeting, **links})
    org.store.update("Event", copy, {"IsChild": 1})  # an invitee's copy, which nobody may create
    org.insert("Note", {"ParentId": ids["deal"], "Title": "Lunch", "Body": "spoke with Al"})
    org.insert("Quote", {"OpportunityId": ids["deal"], "Name": "Q1", "Status": "Presented"})
    connector = company.connect()
    found = {
        feed.name: rows(connector, feed.name, company.everything()) for feed in connector.feeds()
    }
    counts = {name: len(read) for name, read in found.items()}
    others = {"Case", "Lead", "ContentDocumentLink", "Attachment", "ForecastingQuota"}
    for name in ("EmailMessage", "SurveyQuestionResponse", *others):
        assert counts.pop(name) == 0
    assert counts.pop("EventRelation") == 2  # the second event's mark was put on afterwards
    assert counts.pop("User") == 1
    assert set(counts.values()) == {1}
    assert found["Opportunity"][0]["amount"] == Decimal("48000.25")
    assert found["Task"][0]["direction"] == "inbound"
    assert found["Task"][0]["account_ids"] == [ids["account"]]
    assert found["Event"][0]["duration_seconds"] == 1800
    assert found["Group"][0]["is_queue"]
    assert connector.blind_spots() == []
    assert connector.usage().calls == company.org.calls_used()


def test_a_mail_and_its_task_are_known_as_one(company: Any) -> None:
    """The message names the task that Salesforce keeps beside it."""
    company.org.insert(
        "EmailMessage",
        {
            "Subject": "Offer",
            "Status": "3",
            "FromAddress": "integration@simulated.example",
            "ToAddress": "al@northwind.example; bo@simulated.example",
            "TextBody": "Hello",
            "RelatedToId": company.ids["deal"],
            "MessageDate": "2026-11-10T10:00:00Z",
        },
    )
    connector = company.connect()
    (mail,) = rows(connector, "EmailMessage", company.everything())
    (task,) = rows(connector, "Task", company.everything())
    assert mail["same_as"] == task["id"]
    assert (mail["direction"], mail["outsiders"]) == ("outbound", 1)
    assert mail["owner_id"] == company.org.user_id


def test_colleagues_are_known_by_address_and_by_the_companys_domain(company: Any) -> None:
    """A colleague with a private address makes nobody else at that provider a colleague."""
    company.org.insert(
        "User",
        {"LastName": "Bo", "Username": "bo@x.example", "Alias": "bo", "Email": "Bo@gmail.com"},
    )
    mail = {"Status": "3", "FromAddress": "bo@gmail.com", "RelatedToId": company.ids["deal"]}
    company.org.insert("EmailMessage", mail | {"ToAddress": "client@gmail.com"})
    company.org.insert("EmailMessage", mail | {"ToAddress": "bo@gmail.com; x@simulated.example"})
    found = rows(company.connect(), "EmailMessage", company.everything())
    assert [row["outsiders"] for row in found] == [1, 0]


def test_an_increment_reads_each_second_once_and_loses_no_tie(company: Any) -> None:
    """Bounds are from inclusive to exclusive: many rows of one second are in one window, whole."""
    company.clock.later(minutes=1)
    tied = [company.org.insert("Account", {"Name": f"A{n}"}) for n in range(450)]
    at = company.clock.now
    company.clock.later(minutes=1)
    connector = company.connect(page_size=200)
    second = dt.timedelta(seconds=1)
    before = rows(connector, "Account", Window(since=at - 60 * second, until=at))
    inside = rows(connector, "Account", Window(since=at, until=at + second))
    after = rows(connector, "Account", Window(since=at + second, until=at + 60 * second))
    assert [row["id"] for row in before] == [company.ids["account"]]
    assert [row["id"] for row in inside] == sorted(tied)
    assert after == []
    assert company.asked("/queryAll") + company.asked("/query/") >= 3


def test_windows_that_meet_inside_a_second_leave_no_gap(company: Any) -> None:
    """Salesforce keeps whole seconds; a bound between two seconds is cut, never rounded up."""
    company.clock.later(minutes=1)
    made = company.org.insert("Account", {"Name": "Edge"})
    middle = company.clock.now + dt.timedelta(milliseconds=500)
    company.clock.later(minutes=1)
    connector = company.connect()
    first = rows(connector, "Account", Window(since=None, until=middle))
    second = rows(connector, "Account", Window(since=middle, until=company.clock.now))
    assert made in {row["id"] for row in first + second}


def test_a_deleted_record_comes_marked(company: Any) -> None:
    """Deletion is a change like another; what nobody deleted is not marked."""
    gone = company.org.insert("Account", {"Name": "Gone"})
    company.clock.later(minutes=1)
    company.org.delete("Account", gone)
    found = rows(company.connect(), "Account", company.everything())
    assert {row["id"]: row["deleted"] for row in found} == {
        gone: True,
        company.ids["account"]: False,
    }


def test_archived_activities_are_read(company: Any) -> None:
    """An ordinary query hides old closed tasks, and "no contact" would then be false."""
    with company.org.at(company.clock.now - dt.timedelta(days=500)):
        company.org.insert(
            "Task", {"Subject": "Old", "Status": "Completed", "WhatId": company.ids["deal"]}
        )
    assert company.org.archive() == 1
    (row,) = rows(company.connect(), "Task", company.everything())
    assert row["subject"] == "Old"


def test_our_own_tasks_are_no_activity(company: Any) -> None:
    """Else the worker would take its own reminder for the contact it asks for."""
    company.org.insert("Task", {"Subject": "A rep's", "WhatId": company.ids["deal"]})
    company.org.insert("Task", {"Subject": "Ours", "Followthrough_Key__c": "ft_x"})
    company.org.insert("Task", {"Subject": "Ours", "Description": "x\n[ft:ft_abcdefgh]"})
    found = rows(company.connect(), "Task", company.everything())
    assert [row["subject"] for row in found] == ["A rep's"]


def test_a_hidden_field_is_a_blind_spot_and_is_not_asked_for(company: Any) -> None:
    """The rest of the object is read; the message names the field and the permission."""
    company.org.hidden = frozenset({"Opportunity.Amount", "Task.CallDisposition"})
    connector = company.connect()
    spots = {(spot.stream, spot.field): spot.why for spot in connector.blind_spots()}
    assert set(spots) == {("deals", "amount"), ("activities", "outcome")}
    assert "Opportunity.Amount" in spots["deals", "amount"]
    assert "permission set" in spots["deals", "amount"]
    (deal,) = rows(connector, "Opportunity", company.everything())
    assert deal["amount"] is None
    assert deal["name"] == "Rollout"


def test_a_field_that_is_granted_changes_the_hash_of_its_feed_only(company: Any) -> None:
    """Stored rows lack the field, so that feed is read afresh, and no other."""
    company.org.hidden = frozenset({"Opportunity.Amount"})
    before = {feed.name: feed.fields_hash for feed in company.connect().feeds()}
    again = {feed.name: feed.fields_hash for feed in company.connect().feeds()}
    company.org.hidden = frozenset()
    after = {feed.name: feed.fields_hash for feed in company.connect().feeds()}
    assert before == again
    assert {name for name in after if after[name] != before[name]} == {"Opportunity"}


def test_a_hidden_object_blinds_its_stream(company: Any) -> None:
    """Without Event nobody can say that there was no meeting."""
    company.org.hidden = frozenset({"Event"})
    connector = company.connect()
    (spot,) = connector.blind_spots()
    assert (spot.stream, spot.field) == ("activities", None)
    assert "Event" in spot.why
    assert "Event" not in {feed.name for feed in connector.feeds()}
    with pytest.raises(Refused, match="no feed Event"):
        connector.pull("Event", company.everything())


def test_an_org_without_quotes_misses_nothing(company: Any) -> None:
    """Quotes that an org does not use are an absent feed, no blind spot."""
    company.org.hidden = frozenset({"Quote"})
    connector = company.connect()
    assert "Quote" not in {feed.name for feed in connector.feeds()}
    assert connector.blind_spots() == []


def test_a_token_that_ends_between_two_pages_is_renewed_unseen(company: Any) -> None:
    """The second page is asked for again with a new token; one login more, no row lost."""
    for number in range(450):
        company.org.insert("Account", {"Name": f"A{number}"})
    connector = company.connect(page_size=200)
    pages = connector.pull("Account", company.everything())
    count = next(pages).rows.num_rows
    company.org.expire_tokens()
    count += sum(page.rows.num_rows for page in pages)
    assert count == 451
    assert company.asked("/services/oauth2/token") == 2


def test_tokens_refused_for_ever_cost_at_most_three_logins(company: Any) -> None:
    """An org that refuses what it issues is not knocked at for ever."""
    company.fault = lambda _, call: (
        Instead(status=401, body=b"<html>no</html>") if "/data/" in call.path else None
    )
    connector = company.connect()
    for _ in range(5):
        with pytest.raises(Unusable):
            connector.identity()
    assert company.asked("/services/oauth2/token") == 3


def test_a_cursor_that_is_gone_restarts_the_window(company: Any) -> None:
    """Every row comes, some twice; nobody above has to know."""
    for number in range(450):
        company.org.insert("Account", {"Name": f"A{number}"})
    failures = iter([True])
    company.fault = lambda _, call: (
        Instead(status=400, body=LOCATOR_GONE, headers={"Content-Type": "application/json"})
        if "/query/" in call.path and next(failures, False)
        else None
    )
    found = rows(company.connect(page_size=200), "Account", company.everything())
    assert len({row["id"] for row in found}) == 451
    assert len(found) == 651


def test_a_cursor_that_is_always_gone_is_given_up(company: Any) -> None:
    """Restarts are bounded; the watermark stays where it was."""
    for number in range(250):
        company.org.insert("Account", {"Name": f"A{number}"})
    company.fault = lambda _, call: (
        Instead(status=400, body=LOCATOR_GONE, headers={"Content-Type": "application/json"})
        if "/query/" in call.path
        else None
    )
    with pytest.raises(Retriable) as caught:
        rows(company.connect(page_size=200), "Account", company.everything())
    assert caught.value.code == "INVALID_QUERY_LOCATOR"


@pytest.mark.parametrize(
    "fault",
    [
        Instead(status=503, body=b"busy"),
        Instead(status=200, body=b"<html>maintenance</html>"),
        Instead(status=400, body=LOCKED, headers={"Content-Type": "application/json"}),
        ActThenDrop(),
        Truncate(keep=900),
    ],
)
def test_a_page_that_fails_once_is_asked_for_again(company: Any, fault: Any) -> None:
    """Each row comes exactly once; of the page that failed nothing is kept."""
    for number in range(450):
        company.org.insert("Account", {"Name": f"A{number}"})
    failures = iter([fault])
    company.fault = lambda _, call: next(failures, None) if "/query/" in call.path else None
    found = rows(company.connect(page_size=200), "Account", company.everything())
    assert len(found) == len({row["id"] for row in found}) == 451


def test_an_allowance_that_is_used_up_stops_everything(company: Any) -> None:
    """Salesforce's 403 for it is no missing permission, and is not knocked at again."""
    company.org.daily_calls = 0
    with pytest.raises(Unusable, match="API allowance"):
        company.connect().identity()
    assert company.asked("/services/data") == 1


def test_names_of_every_kind_survive(company: Any) -> None:
    """What people type reaches the other side unchanged."""
    name = 'O\'Hara \\ "Söhne" 🙂 \u2028<b>&amp;'
    made = company.org.insert("Account", {"Name": name})
    found = {
        row["id"]: row["name"] for row in rows(company.connect(), "Account", company.everything())
    }
    assert found[made] == name
