"""Alerts: told once, by a notification or by a task, and never a word about it that is not true."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
import responses

from connectors.base import Connector
from connectors.model import Alert, Verdict, WriteResult
from connectors.open import CrmSettings, open_connector
from connectors.simulator.faults import ActThenAnswer, ActThenDrop, DropBefore, Truncate
from connectors.simulator.salesforce.dialect import DATA as ROUTES

KEY = "ft_" + "abcdefghijklmnopqrstuvwxy3"
LAST = f"ref: silence@1 · {KEY} · run"
ACTION = "/actions/standard/customNotificationAction"
BASE = "https://acme.my.salesforce.com"
DATA = BASE + "/services/data/v62.0"
KIND = "0ML000000000001GAA"


def alert(company: Any = None, **changes: Any) -> Alert:
    ids = company.ids if company else {"deal": "006000000000001AAA", "user": "005000000000001AAA"}
    values: dict[str, Any] = {
        "key": KEY,
        "deal_id": ids["deal"],
        "to_id": ids["user"],
        "title": "Northwind has waited since Monday",
        "body": "Nobody has answered their mail.\n" + LAST,
        "due": dt.date(2026, 11, 20),
    }
    return Alert(**(values | changes))


def without_type(company: Any) -> None:
    """Take the notification type away, as an administrator can."""
    for row in company.org.store.all("CustomNotificationType"):
        company.org.delete("CustomNotificationType", str(row["Id"]))


def tasks_in(company: Any) -> list[dict[str, Any]]:
    return list(company.org.query("SELECT Id, Subject, Priority FROM Task").records)


def on_the_action(fault: Any) -> Any:
    """A fault on the sending request only."""
    return lambda _, call: fault if call.path.endswith(ACTION) else None


# ------------------------------------------------------------------ over the simulator


def test_an_alert_rings_where_the_org_has_the_type(company: Any) -> None:
    """One notification about the deal, no task, and the outcome names the way."""
    result = company.connect().send_alert(alert(company))
    assert result == WriteResult(key=KEY, verdict=Verdict.APPLIED, reason="notification")
    (told,) = company.org.notifications
    assert (told.recipient, told.target) == (company.ids["user"], company.ids["deal"])
    assert (told.title, told.body) == (alert(company).title, alert(company).body)
    assert tasks_in(company) == []


@pytest.mark.parametrize("opens", ["account", "user"])
def test_an_alert_without_a_deal_opens_the_account_or_the_person(company: Any, opens: str) -> None:
    """Salesforce demands a record to open; the task instead hangs on the account, or on nothing."""
    account = company.ids["account"] if opens == "account" else None
    wanted = alert(company, deal_id=None, account_id=account)
    assert company.connect().send_alert(wanted).reason == "notification"
    assert [told.target for told in company.org.notifications] == [company.ids[opens]]
    without_type(company)
    result = company.connect().send_alert(wanted)
    assert result.reason == "task"
    assert company.org.get("Task", result.task_id)["WhatId"] == account


def test_without_the_type_it_is_an_urgent_task(company: Any) -> None:
    """Owned by the receiver, due on the day, with the alert's key; nobody's bell rings."""
    without_type(company)
    connector = company.connect()
    result = connector.send_alert(alert(company))
    assert (result.verdict, result.reason, result.key) == (Verdict.APPLIED, "task", KEY)
    task = company.org.get("Task", result.task_id)
    assert (task["Subject"], task["Priority"]) == (alert(company).title, "High")
    assert (task["OwnerId"], task["WhatId"]) == (company.ids["user"], company.ids["deal"])
    assert (task["ActivityDate"], task["Description"]) == ("2026-11-20", alert(company).body)
    assert company.org.notifications == []
    again = connector.send_alert(alert(company))
    assert (again.reason, again.task_id) == ("task", result.task_id)
    assert len(tasks_in(company)) == 1


@pytest.mark.parametrize(("desktop", "mobile"), [(True, False), (False, True), (False, False)])
def test_a_type_without_a_channel_does_not_count(company: Any, desktop: bool, mobile: bool) -> None:
    """It would reach nobody, so the alert becomes a task; one channel is enough to ring."""
    (row,) = company.org.store.all("CustomNotificationType")
    changes = {"Desktop": desktop, "Mobile": mobile}
    company.org.update("CustomNotificationType", str(row["Id"]), changes)
    result = company.connect().send_alert(alert(company))
    assert result.reason == ("notification" if desktop or mobile else "task")
    assert len(company.org.notifications) == int(desktop or mobile)


def test_somebody_elses_type_is_not_used(company: Any) -> None:
    """Only the type that was deployed for us."""
    (row,) = company.org.store.all("CustomNotificationType")
    company.org.update("CustomNotificationType", str(row["Id"]), {"DeveloperName": "Other"})
    assert company.connect().send_alert(alert(company)).reason == "task"


def test_a_type_that_only_the_tooling_api_shows_is_found(company: Any) -> None:
    """As some integration users see it; and it is looked up once a session."""
    company.org.hidden = frozenset({"CustomNotificationType"})
    connector = company.connect()
    for _ in range(2):
        assert connector.send_alert(alert(company)).reason == "notification"
    assert company.asked("/tooling/query") == 1
    assert company.asked(ACTION) == 2


def test_long_texts_are_cut_and_the_last_line_stays(company: Any) -> None:
    """Counted as Salesforce may count, where an emoji is two; rule and key stay readable."""
    connector = company.connect()
    long = alert(company, title="🙂" * 300, body="🙂" * 800 + "\n" + LAST)
    assert connector.send_alert(long).reason == "notification"
    (told,) = company.org.notifications
    assert told.title == "🙂" * 124 + "…"
    words, last = told.body.split("\n")
    assert (words.strip("🙂"), last) == ("…", LAST)
    assert 748 <= len(told.body.encode("utf-16-le")) // 2 <= 750


def test_a_title_is_cut_no_sooner_than_it_must_be(company: Any) -> None:
    """250 units stay whole, 251 lose their end."""
    connector = company.connect()
    for length in (250, 251):
        connector.send_alert(alert(company, title="t" * length))
    assert [told.title for told in company.org.notifications] == ["t" * 250, "t" * 249 + "…"]


def test_a_body_of_one_long_line_is_cut_at_its_end(company: Any) -> None:
    """Also where the last line alone would fill it; what fits exactly stays whole."""
    connector = company.connect()
    for body in ("b" * 751, "a\n" + "b" * 751, "c" * 750):
        assert connector.send_alert(alert(company, body=body)).verdict is Verdict.APPLIED
    assert [told.body for told in company.org.notifications] == [
        "b" * 749 + "…",
        "a\n" + "b" * 747 + "…",
        "c" * 750,
    ]


@pytest.mark.parametrize("with_type", [True, False])
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"deal_id": "001000000000001AAA"}, "BAD_DEAL_ID"),
        ({"deal_id": "../x"}, "BAD_DEAL_ID"),
        ({"deal_id": None, "account_id": "006000000000001AAA"}, "BAD_ACCOUNT_ID"),
        ({"to_id": "00G000000000001AAA"}, "BAD_USER_ID"),
        ({"to_id": ""}, "BAD_USER_ID"),
    ],
)
def test_an_alert_that_leads_nowhere_is_not_sent(
    company: Any, changes: dict[str, str], reason: str, with_type: bool
) -> None:
    """Refused in here, for good, without asking anybody."""
    if not with_type:
        without_type(company)
    result = company.connect().send_alert(alert(company, **changes))
    assert (result.verdict, result.reason) == (Verdict.NOT_APPLIED, reason)
    assert result.permanent
    assert company.sim.requests == []


def test_the_orgs_refusal_is_its_own_code(company: Any) -> None:
    """A receiver and a deal that are gone: refused by the CRM, for good, and nobody was told."""
    connector = company.connect()
    result = connector.send_alert(alert(company, to_id="005000000000001AAA"))
    assert (result.verdict, result.reason, result.permanent) == (
        Verdict.NOT_APPLIED,
        "INVALID_CROSS_REFERENCE_KEY",
        True,
    )
    company.org.delete("Opportunity", company.ids["deal"])
    result = connector.send_alert(alert(company))
    assert (result.verdict, result.reason) == (Verdict.NOT_APPLIED, "ENTITY_IS_DELETED")
    assert company.org.notifications == []


def test_a_missing_permission_can_be_mended(company: Any) -> None:
    """Refused, but not for good: once it is granted the same alert goes out."""
    company.org.may_notify = False
    connector = company.connect()
    result = connector.send_alert(alert(company))
    assert (result.verdict, result.reason, result.permanent) == (
        Verdict.NOT_APPLIED,
        "INSUFFICIENT_ACCESS",
        False,
    )
    company.org.may_notify = True
    assert connector.send_alert(alert(company)).verdict is Verdict.APPLIED
    assert len(company.org.notifications) == 1


@pytest.mark.parametrize(
    ("fault", "rang"),
    [
        (ActThenDrop(), 1),
        (Truncate(keep=20), 1),
        (ActThenAnswer(status=502, body="<html>bad</html>"), 1),
        (ActThenAnswer(status=200, body="<html>?</html>"), 1),
        (DropBefore(), 0),
    ],
)
def test_a_lost_answer_is_unknown_and_nothing_is_repeated(
    company: Any, fault: Any, rang: int
) -> None:
    """From here one cannot tell whether the bell rang; it is asked once and no more."""
    company.fault = on_the_action(fault)
    result = company.connect().send_alert(alert(company))
    assert (result.verdict, result.task_id, result.permanent) == (Verdict.UNKNOWN, None, False)
    assert company.asked(ACTION) == 1
    assert len(company.org.notifications) == rang
    assert tasks_in(company) == []


def test_an_expired_token_is_renewed_and_the_bell_rings_once(company: Any) -> None:
    """A refused session did nothing, so the one repeat after it is safe."""
    connector = company.connect()
    connector.send_alert(alert(company))
    company.org.expire_tokens()
    assert connector.send_alert(alert(company)).reason == "notification"
    assert len(company.org.notifications) == 2


def test_nothing_is_sent_when_the_types_cannot_be_read(company: Any) -> None:
    """Without login there is no alert and no doubt about it."""
    result = company.connect(client_secret="wrong").send_alert(alert(company))
    assert (result.verdict, result.permanent) == (Verdict.NOT_APPLIED, False)
    assert result.reason.startswith("NOT_SENT_AFTER_")
    assert company.asked(ACTION) == 0


@pytest.mark.parametrize("fault", [ActThenDrop(), ActThenAnswer(status=500, body="[]")])
def test_an_unknown_task_is_found_by_its_key(company: Any, fault: Any) -> None:
    """On the task's way nothing is told twice either: the next attempt adopts."""
    without_type(company)
    connector = company.connect()
    company.fault = lambda _, call: fault if "/composite/" in call.path else None
    assert connector.send_alert(alert(company)).verdict is Verdict.UNKNOWN
    company.fault = None
    assert connector.send_alert(alert(company)).reason == "task"
    assert len(tasks_in(company)) == 1


def test_a_refused_task_keeps_the_crms_code(company: Any) -> None:
    """The way is named only where the alert went it."""
    without_type(company)
    gone = company.org.insert(
        "User", {"LastName": "Gone", "Email": "g@x.example", "IsActive": False}
    )
    result = company.connect().send_alert(alert(company, to_id=gone))
    assert (result.verdict, result.reason) == (Verdict.NOT_APPLIED, "INACTIVE_OWNER_OR_USER")


# ------------------------------------------------------------------ answers no simulator gives


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    """An org that has the type; each test adds what the action answers."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        token = {
            "access_token": "00D000000000001!AQsecretTOKEN",
            "instance_url": BASE,
            "token_type": "Bearer",
        }
        mock.post(BASE + "/services/oauth2/token", json=token)
        row = {"Id": KIND, "Desktop": True, "Mobile": False}
        mock.get(DATA + "/query/", json={"done": True, "totalSize": 1, "records": [row]})
        yield mock


def connect() -> Connector:
    settings = CrmSettings.model_validate(
        {"base_url": BASE, "client_id": "cid", "client_secret": "s3cret"}
    )
    return open_connector(settings, pause=lambda _seconds: None)


def asked(web: responses.RequestsMock) -> list[Any]:
    """The bodies that the action got."""
    return [json.loads(c.request.body or "") for c in web.calls if ACTION in str(c.request.url)]


def refusal(code: str) -> list[dict[str, Any]]:
    """A refused action, as integrators have seen it."""
    error = {"statusCode": code, "message": "about Northwind", "fields": []}
    return [{"actionName": "x", "errors": [error], "isSuccess": False, "outputValues": None}]


def done(**changes: Any) -> dict[str, Any]:
    return {"actionName": "x", "errors": None, "isSuccess": True, "outputValues": None} | changes


def test_the_request_is_what_the_vendor_documents(web: responses.RequestsMock) -> None:
    """One input: the type, one receiver, the texts, the deal; nothing else."""
    web.post(DATA + ACTION, json=[done()])
    assert connect().send_alert(alert()).verdict is Verdict.APPLIED
    assert asked(web) == [
        {
            "inputs": [
                {
                    "customNotifTypeId": KIND,
                    "recipientIds": ["005000000000001AAA"],
                    "title": alert().title,
                    "body": alert().body,
                    "targetId": "006000000000001AAA",
                }
            ]
        }
    ]
    assert ("POST", f"/services/data/v{{version}}{ACTION}") in ROUTES


NO, DOUBT = Verdict.NOT_APPLIED, Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("status", "body", "verdict", "reason", "permanent"),
    [
        (200, refusal("INVALID_API_INPUT"), NO, "INVALID_API_INPUT", True),
        (400, refusal("INVALID_API_INPUT"), NO, "INVALID_API_INPUT", True),
        (400, refusal("UNABLE_TO_LOCK_ROW"), NO, "UNABLE_TO_LOCK_ROW", False),
        (200, refusal("UNABLE_TO_LOCK_ROW"), NO, "UNABLE_TO_LOCK_ROW", False),
        (200, refusal("REQUEST_LIMIT_EXCEEDED"), NO, "REQUEST_LIMIT_EXCEEDED", False),
        (200, refusal("INSUFFICIENT_ACCESS"), NO, "INSUFFICIENT_ACCESS", False),
        (403, [{"errorCode": "INSUFFICIENT_ACCESS"}], NO, "INSUFFICIENT_ACCESS", False),
        (403, [{"errorCode": "REQUEST_LIMIT_EXCEEDED"}], NO, "REQUEST_LIMIT_EXCEEDED", False),
        (404, [{"errorCode": "NOT_FOUND"}], NO, "NOT_FOUND", False),
        (400, [{"errorCode": "JSON_PARSER_ERROR"}], NO, "JSON_PARSER_ERROR", True),
        (429, [{"errorCode": "TOO_MANY_REQUESTS"}], NO, "TOO_MANY_REQUESTS", False),
        (500, [{"errorCode": "UNKNOWN_EXCEPTION"}], DOUBT, "UNKNOWN_EXCEPTION", False),
        (500, refusal("UNKNOWN_EXCEPTION"), DOUBT, "UNKNOWN_EXCEPTION", False),
        (503, [], DOUBT, "OutcomeUnknown", False),
        (400, [done()], DOUBT, "OutcomeUnknown", False),
        (200, [], DOUBT, "UNREADABLE_RESULT", False),
        (200, [done(), done()], DOUBT, "UNREADABLE_RESULT", False),
        (200, done(), DOUBT, "UNREADABLE_RESULT", False),
        (200, [done(isSuccess="true")], DOUBT, "UNREADABLE_RESULT", False),
        (200, [done(isSuccess=False)], DOUBT, "UNREADABLE_RESULT", False),
        (200, [done(isSuccess=False, errors=[])], DOUBT, "UNREADABLE_RESULT", False),
        (200, [done(isSuccess=False, errors=["no"])], DOUBT, "UNREADABLE_RESULT", False),
        (
            200,
            [done(isSuccess=False, errors=[{"statusCode": "x"}])],
            DOUBT,
            "UNREADABLE_RESULT",
            False,
        ),
        (200, ["done"], DOUBT, "UNREADABLE_RESULT", False),
    ],
)
def test_odd_answers(
    web: responses.RequestsMock,
    status: int,
    body: Any,
    verdict: Verdict,
    reason: str,
    permanent: bool,
) -> None:
    """Not applied only where Salesforce says so in its own form; all else is unknown; one call."""
    web.post(DATA + ACTION, status=status, json=body)
    result = connect().send_alert(alert())
    assert (result.verdict, result.reason, result.permanent) == (verdict, reason, permanent)
    assert "Northwind" not in repr(result)
    assert len(asked(web)) == 1


@pytest.mark.parametrize("row_id", ["006000000000001AAA", "", None, 7])
def test_a_type_whose_id_is_none_is_no_type(web: responses.RequestsMock, row_id: Any) -> None:
    """It is not sent anywhere: the alert goes the task's way."""
    row = {"Id": row_id, "Desktop": True, "Mobile": True, "ApiName": "the org's word for a task"}
    web.upsert("GET", DATA + "/query/", json={"done": True, "totalSize": 1, "records": [row]})
    web.post(DATA + "/composite/sobjects", json=[{"success": True, "id": "00T000000000001AAA"}])
    key = {"name": "Followthrough_Key__c", "externalId": True, "unique": True, "createable": True}
    web.get(DATA + "/sobjects/Task/describe", json={"createable": True, "fields": [key]})
    assert connect().send_alert(alert()).reason == "task"
    assert asked(web) == []


def test_a_tooling_api_that_is_down_sends_nothing(web: responses.RequestsMock) -> None:
    """Whether the org has the type is then not known; a task now could not be taken back."""
    web.upsert("GET", DATA + "/query/", json={"done": True, "totalSize": 0, "records": []})
    web.get(DATA + "/tooling/query", status=503)
    result = connect().send_alert(alert())
    assert (result.verdict, result.permanent) == (Verdict.NOT_APPLIED, False)
    assert result.reason.startswith("NOT_SENT")
