"""HubSpot's odd answers, one by one: what each is taken for, and what is said about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import responses

from connectors.base import Connector, Window
from connectors.errors import CrmError, OutcomeUnknown, Refused, Retriable, Unusable
from connectors.hubspot.faults import MissingScopes, fault
from connectors.open import CrmSettings, open_connector
from connectors.transport import Reply

KEY = "pat-eu1-5ecret-key"
ACCOUNT = "https://api.hubapi.com/account-info/v3/details"
OWNERS = "https://api.hubapi.com/crm/v3/owners/"
CLIENT = "Al Alvarez of Northwind"


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def connect(waits: list[float] | None = None) -> Connector:
    settings = CrmSettings(crm="hubspot", access_token=KEY)
    return open_connector(settings, pause=(waits if waits is not None else []).append)


def judged(status: int, payload: Any, *, read: bool = True, login: bool = False) -> CrmError:
    problem = fault(Reply(status=status, payload=payload, read=read, login=login, after=None))
    text = str(problem)
    assert text.endswith(".")
    assert CLIENT not in text
    return problem


def error(**more: Any) -> dict[str, Any]:
    return {"status": "error", "message": CLIENT, "correlationId": "c"} | more


@pytest.mark.parametrize(
    ("status", "body", "read", "kind", "code"),
    [
        (400, error(category="VALIDATION_ERROR"), True, Refused, "VALIDATION_ERROR"),
        (400, error(category="VALIDATION_ERROR"), False, Refused, "VALIDATION_ERROR"),
        (400, error(errors=[{"code": "INVALID_LONG"}]), True, Refused, "INVALID_LONG"),
        (400, error(message="7 already has that value."), False, Refused, "KEY_TAKEN"),
        (400, error(errors=[{"code": "CONFLICTING_UNIQUE_VALUE"}]), False, Refused, "KEY_TAKEN"),
        (409, error(category="CONFLICT"), False, Refused, "KEY_TAKEN"),
        (409, None, False, OutcomeUnknown, ""),
        (401, error(category="EXPIRED_AUTHENTICATION"), True, Unusable, "EXPIRED_AUTHENTICATION"),
        (401, None, False, Unusable, "UNAUTHORIZED"),
        (530, None, True, Unusable, "UNAUTHORIZED"),
        (403, error(category="MISSING_SCOPES"), True, MissingScopes, "MISSING_SCOPES"),
        (403, error(category="BANNED"), True, Refused, "BANNED"),
        (403, None, True, Unusable, ""),
        (403, None, False, OutcomeUnknown, ""),
        (404, error(category="OBJECT_NOT_FOUND"), False, Refused, "NOT_FOUND"),
        (404, error(category="OBJECT_NOT_FOUND"), True, Refused, "NOT_FOUND"),
        (404, None, True, Unusable, ""),
        (404, None, False, OutcomeUnknown, ""),
        (414, None, True, Refused, "TOO_LONG"),
        (423, error(), False, Retriable, "LOCKED"),
        (429, error(policyName="DAILY"), True, Unusable, "DAILY"),
        (429, error(policyName="SECONDLY"), True, Retriable, "SECONDLY"),
        (429, None, False, Retriable, "RATE_LIMIT"),
        (477, None, True, Unusable, "MIGRATION"),
        (500, error(category="INTERNAL_ERROR"), True, Retriable, "INTERNAL_ERROR"),
        (502, None, True, Retriable, ""),
        (524, None, False, OutcomeUnknown, ""),
        (418, None, True, Unusable, ""),
        (418, error(), True, Refused, "HTTP_418"),
    ],
)  # fmt: skip
def test_each_answer_is_what_the_caller_can_act_on(
    status: int, body: Any, read: bool, kind: type[CrmError], code: str
) -> None:
    """By status, policy and code; a write is refused only by HubSpot's own word."""
    problem = judged(status, body, read=read)
    assert isinstance(problem, kind)
    assert (problem.code, problem.status) == (code, status)


@pytest.mark.parametrize(
    "payload",
    [[], {}, [1], {"errors": 5}, {"errors": [5, {"context": []}]}, {"category": ["x"]}, "x", 7],
)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 418, 429, 477, 502, 530])
def test_no_body_is_too_odd_for_a_sentence(status: int, payload: Any) -> None:
    """Whatever the shape, an error of ours comes out."""
    for read in (True, False):
        assert judged(status, payload, read=read).status == status
    assert judged(status, payload, login=True).status == status


def test_missing_scopes_are_named() -> None:
    """Those that HubSpot names, as far as they look like scopes."""
    context = {"requiredGranularScopes": ["crm.objects.deals.read", "<b>", 5]}
    problem = judged(403, error(category="MISSING_SCOPES", errors=[{"context": context}]))
    assert isinstance(problem, MissingScopes)
    assert problem.scopes == ("crm.objects.deals.read",)
    assert "crm.objects.deals.read" in str(problem)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"error": "invalid_grant", "status": "BAD_REFRESH_TOKEN"}, "HUBSPOT_REFRESH_TOKEN"),
        ({"error": "invalid_client", "status": "BAD_CLIENT_ID"}, "HUBSPOT_CLIENT_ID"),
        ({"error": "access_denied", "status": "BAD_HUB"}, "install it again"),
        ({"error": "something_new"}, "something_new"),
        (None, "status 400"),
    ],
)
def test_a_refused_login_says_what_to_check(body: Any, says: str) -> None:
    """By HubSpot's word for it; the next run tries again only where the service was away."""
    problem = judged(400, body, login=True)
    assert isinstance(problem, Unusable)
    assert says in str(problem)
    assert isinstance(judged(503, None, login=True), Retriable)


@pytest.mark.parametrize(
    ("body", "headers", "waits"),
    [
        ({"policyName": "TEN_SECONDLY_ROLLING"}, {}, 10),
        ({"policyName": "SECONDLY"}, {}, 1),
        ({"policyName": "SECONDLY"}, {"Retry-After": "7"}, 7),
        ({}, {}, 10),
    ],
)
def test_a_limit_is_waited_for_as_long_as_its_policy_needs(
    web: responses.RequestsMock, body: Any, headers: dict[str, str], waits: int
) -> None:
    """The server's word first, then the policy's window, and a little jitter."""
    web.get(ACCOUNT, status=429, json=error(**body), headers=headers)
    web.get(ACCOUNT, json={"portalId": 7}, headers={"Date": "Sun, 22 Nov 2026 10:00:00 GMT"})
    waited: list[float] = []
    assert connect(waited).identity().org_id == "7"
    (seconds,) = waited
    assert waits <= seconds <= waits + 1


def test_the_daily_limit_ends_the_run_at_once(web: responses.RequestsMock) -> None:
    """One request, no wait, and a sentence that says when it is over."""
    web.get(ACCOUNT, status=429, json=error(policyName="DAILY"))
    waited: list[float] = []
    with pytest.raises(Unusable, match="midnight"):
        connect(waited).identity()
    assert (len(web.calls), waited) == (1, [])


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"status": 200, "body": "<html>", "content_type": "text/html"}, Retriable),
        ({"status": 200, "body": "[]", "content_type": "application/json"}, Unusable),
        ({"status": 200, "json": {"portalId": "x"}}, Unusable),
        ({"status": 302, "headers": {"Location": "https://elsewhere.example"}}, Unusable),
        ({"status": 401, "body": "<html>", "content_type": "text/html"}, Unusable),
        ({"status": 403, "json": error(category="MISSING_SCOPES")}, Unusable),
    ],
)
def test_an_account_that_cannot_be_read_is_no_account(
    web: responses.RequestsMock, answer: dict[str, Any], kind: type[CrmError]
) -> None:
    """A maintenance page, a redirect, a refusal: an error of ours, and no other host is asked."""
    web.get(ACCOUNT, **answer)
    with pytest.raises(kind) as caught:
        connect().identity()
    assert KEY not in str(caught.value)
    assert {call.request.url for call in web.calls} == {ACCOUNT}


def test_an_answer_without_a_date_gives_no_clock(web: responses.RequestsMock) -> None:
    """The worker's own clock never bounds a window."""
    web.get(ACCOUNT, json={"portalId": 7})
    with pytest.raises(Retriable, match="no date"):
        connect().identity()


def test_owners_without_a_stamp_are_not_stored(web: responses.RequestsMock) -> None:
    """Told by the name of what is missing."""
    web.get(OWNERS, json={"results": [{"id": "5", "email": "a@b.example"}]})
    window = Window(since=None, until=dt.datetime(2026, 11, 22, tzinfo=dt.UTC))
    with pytest.raises(Refused, match="updatedAt"):
        list(connect().pull("owners", window))


def test_the_daily_allowance_is_read_from_the_headers(web: responses.RequestsMock) -> None:
    """What everybody has used, and what there is; a search's answer holds neither."""
    told = {"X-HubSpot-RateLimit-Daily": "250000", "X-HubSpot-RateLimit-Daily-Remaining": "249000"}
    web.get(ACCOUNT, json={"portalId": 7}, headers=told | {"Date": "Sun, 22 Nov 2026 10:00:00 GMT"})
    connector = connect()
    connector.identity()
    usage = connector.usage()
    assert (usage.calls, usage.used_today, usage.allowed_today) == (1, 1000, 250000)
