"""Settings -> connector: what an admin writes, where requests go, and how fast."""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import responses
from pydantic import SecretStr, ValidationError

from connectors.address import Address
from connectors.base import Connector
from connectors.errors import Refused, Unusable
from connectors.hubspot.auth import RefreshToken
from connectors.hubspot.dialect import DIALECT, HOME, home
from connectors.hubspot.pace import CALLS, LINKS, SEARCH, Pace
from connectors.hubspot.paths import LOGIN_PATH, VERSIONS, is_read, path_for
from connectors.model import TaskDraft
from connectors.open import CrmSettings, open_connector
from connectors.transport import Road, Transport

KEY = "pat-eu1-5ecret-key"
APP = {"client_id": "cid", "client_secret": "s3cret-client", "refresh_token": "s3cret-refresh"}
ACCOUNT = HOME + "/account-info/v3/details"


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def settings(**changes: Any) -> CrmSettings:
    return CrmSettings(**({"crm": "hubspot", "access_token": KEY} | changes))


def connect(**changes: Any) -> Connector:
    return open_connector(settings(**changes), pause=lambda _seconds: None)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (None, HOME),
        ("https://api.hubapi.com", HOME),
        (" API.hubapi.com/crm/v3 ", HOME),
        ("https://api-eu1.hubapi.com", "https://api-eu1.hubapi.com"),
        ("http://127.0.0.1:8760/", "http://127.0.0.1:8760"),
    ],
)
def test_the_base_address_is_understood(written: str | None, meant: str) -> None:
    """Left out, it is HubSpot's own."""
    assert home(written) == meant


@pytest.mark.parametrize(
    "written",
    [
        "http://api.hubapi.com",
        "https://evil.example",
        "https://api.hubapi.com.evil.example",
        "https://app.hubspot.com",
        "https://user@api.hubapi.com",
        "https://api.hubapi.com:8443",
        "https://169.254.169.254",
        "https://[::1",
    ],
)
def test_an_address_that_is_not_hubspots_is_refused(written: str) -> None:
    """The key goes to HubSpot or to this machine, and nowhere else."""
    with pytest.raises(Unusable, match="Leave it out"):
        connect(base_url=written)


def test_settings_ask_for_what_the_crm_needs_and_show_no_secret() -> None:
    """A key, or the three of an OAuth app; each CRM its own versions."""
    assert connect().crm == "hubspot"
    assert connect(crm=" HubSpot ").crm == "hubspot"
    assert connect(access_token=None, **APP).crm == "hubspot"
    told = repr(settings(**APP)) + settings(**APP).model_dump_json()
    assert not any(secret in told for secret in (KEY, "s3cret"))
    wrong: tuple[dict[str, Any], ...] = (
        {"access_token": None},
        {"access_token": None, **APP, "refresh_token": None},
        {"api_version": "v4"},
        {"api_version": "62.0"},
        {"crm": "salesforce"},
        {"crm": "salesforce", "base_url": HOME, **APP, "api_version": "v3"},
    )
    for one in wrong:
        with pytest.raises(ValidationError) as caught:
            settings(**one)
        assert not any(secret in str(caught.value) for secret in (KEY, "s3cret"))


def test_what_is_no_token_is_told_before_anything_is_sent() -> None:
    """A pasted line break would otherwise become a header."""
    with pytest.raises(Unusable, match="Copy the Service Key again"):
        connect(access_token="pat-eu1\r\nX-Evil: 1")


@pytest.mark.parametrize(
    ("host", "page"),
    [
        ("app-eu1.hubspot.com", "https://app-eu1.hubspot.com"),
        ("app.hubspot.com", "https://app.hubspot.com"),
        ("evil.example", "https://app.hubspot.com"),
        (None, "https://app.hubspot.com"),
    ],
)
def test_where_a_person_opens_a_deal(web: responses.RequestsMock, host: Any, page: str) -> None:
    """In the account's own data centre; what is no record id leads nowhere odd."""
    web.get(ACCOUNT, json={"portalId": 62515, "uiDomain": host})
    connector = connect()
    assert connector.record_url("512") == f"{page}/contacts/62515/record/0-3/512"
    assert connector.record_url("77", "account") == f"{page}/contacts/62515/record/0-2/77"
    assert connector.record_url("88", "contact") == f"{page}/contacts/62515/record/0-1/88"
    assert connector.record_url("../evil") == f"{page}/contacts/62515"
    assert len(web.calls) == 1


def test_requests_carry_our_signature_and_nothing_of_the_librarys(
    web: responses.RequestsMock,
) -> None:
    """One token, our name, and no body where there is none."""
    web.get(HOME + "/crm/v3/pipelines/deals", json={"results": []})
    assert connect().stages() == []
    sent = web.calls[0].request
    assert sent.headers["Authorization"] == f"Bearer {KEY}"
    assert sent.headers["User-Agent"] == "Followthrough"
    assert sent.body is None
    assert logging.getLogger("urllib3").level == logging.ERROR  # its warnings quote addresses


def test_the_login_of_an_app_is_a_form_at_a_dated_path(web: responses.RequestsMock) -> None:
    """HubSpot ends the older path; secrets stand in the body, not in the address."""
    web.post(HOME + LOGIN_PATH, json={"access_token": "tok-1-abcdefg", "expires_in": 1800})
    web.get(HOME + "/crm/v3/pipelines/deals", json={"results": []})
    connect(access_token=None, **APP).stages()
    login, asked = (call.request for call in web.calls)
    assert login.url == HOME + "/oauth/2026-03/token"
    assert login.body == (
        "grant_type=refresh_token&client_id=cid&client_secret=s3cret-client"
        "&refresh_token=s3cret-refresh"
    )
    assert asked.headers["Authorization"] == "Bearer tok-1-abcdefg"


@pytest.mark.parametrize("version", ["2026-03", "2026-09"])
def test_a_dated_version_logs_in_and_asks_at_its_own_paths(
    web: responses.RequestsMock, version: str
) -> None:
    """One word moves everything, the login and the account's details, too."""
    web.post(HOME + f"/oauth/{version}/token", json={"access_token": "tok-1-abcdefg"})
    details = HOME + f"/account-info/{version}/details"
    web.get(details, json={"portalId": 7}, headers={"Date": "Thu, 12 Nov 2026 09:30:00 GMT"})
    settings: dict[str, Any] = {"access_token": None, **APP, "api_version": version}
    assert connect(**settings).identity().org_id == "7"


def logins(web: responses.RequestsMock, **answer: Any) -> tuple[RefreshToken, list[float]]:
    """Tokens of an app whose login answers with a new one each time, and their clock."""
    number = iter(range(100))

    def log_in(_: Any) -> tuple[int, dict[str, str], str]:
        told = {"access_token": f"a-token-{next(number)}", "expires_in": 1800} | answer
        return 200, {}, json.dumps(told)

    web.add_callback("POST", HOME + LOGIN_PATH, log_in, content_type="application/json")
    address = Address(crm="HubSpot", base=HOME, paths=DIALECT.paths)
    transport = Transport(address, DIALECT, Road())
    now = [0.0]
    secret = SecretStr("s3cret")
    return RefreshToken(transport, "cid", secret, SecretStr("r1"), lambda: now[0]), now


def test_a_token_is_renewed_before_it_ends_and_not_sooner(web: responses.RequestsMock) -> None:
    """Five minutes early, by a clock that nobody can set back."""
    tokens, now = logins(web)
    assert tokens.token() == tokens.token() == "a-token-0"
    now[0] = 1499
    assert tokens.token() == "a-token-0"
    now[0] = 1500
    assert tokens.token() == "a-token-1"


def test_refused_tokens_lead_to_three_logins_and_no_more(web: responses.RequestsMock) -> None:
    """A key that HubSpot keeps refusing is a person's business."""
    tokens, _ = logins(web)
    stale = tokens.token()
    for _ in range(3):
        stale = tokens.renew(stale)
    with pytest.raises(Unusable, match="3 times"):
        tokens.renew(stale)
    assert tokens.renew("an older one") == stale


def test_a_new_refresh_token_is_used_from_then_on(web: responses.RequestsMock) -> None:
    """Should HubSpot rotate it, the session goes on."""
    tokens, _ = logins(web, refresh_token="rotated-2")
    tokens.renew(tokens.token())
    assert "refresh_token=r1" in str(web.calls[0].request.body)
    assert "refresh_token=rotated-2" in str(web.calls[1].request.body)


@pytest.mark.parametrize(
    ("account", "hour"),
    [
        ({"timeZone": "US/Eastern"}, "22:00"),
        ({"timeZone": "nowhere", "utcOffsetMilliseconds": -18_000_000}, "22:00"),
        ({"utcOffsetMilliseconds": "x"}, "17:00"),
        ({}, "17:00"),
    ],
)
def test_the_accounts_time_zone_as_far_as_it_is_known(
    web: responses.RequestsMock, account: dict[str, Any], hour: str
) -> None:
    """By name, else by offset, else UTC: a task is due at 17:00 there."""
    web.get(ACCOUNT, json={"portalId": 7} | account)
    key = {"name": "followthrough_key", "type": "string", "hasUniqueValue": True}
    web.get(HOME + "/crm/v3/properties/tasks/followthrough_key", json=key)
    web.post(HOME + "/crm/v3/objects/tasks", json={"id": "5", "properties": {}}, status=201)
    draft = TaskDraft(
        key="k",
        deal_id="1",
        contact_id=None,
        owner_id="2",
        subject="s",
        body="b",
        due=dt.date(2026, 11, 20),
    )
    connect().create_tasks([draft])
    (sent,) = (call.request for call in web.calls if call.request.method == "POST")
    due = int(json.loads(sent.body or b"")["properties"]["hs_timestamp"])
    assert dt.datetime.fromtimestamp(due / 1000, dt.UTC).isoformat()[:16] == f"2026-11-20T{hour}"


@pytest.mark.parametrize("told", [{"access_token": None}, {"access_token": "a b"}])
def test_a_login_without_a_token_is_none(web: responses.RequestsMock, told: Any) -> None:
    """Told once, and not tried again."""
    tokens, _ = logins(web, **told)
    for _ in range(2):
        with pytest.raises(Unusable, match="without a token"):
            tokens.token()
    assert len(web.calls) == 1


@pytest.mark.parametrize(
    ("path", "dated"),
    [
        ("/crm/v3/objects/deals/search", "/crm/objects/{v}/deals/search"),
        ("/crm/v3/objects/tasks", "/crm/objects/{v}/tasks"),
        ("/crm/v4/associations/a/b/batch/read", "/crm/associations/{v}/a/b/batch/read"),
        ("/crm/v4/objects/a/5/associations/b", "/crm/objects/{v}/a/5/associations/b"),
        ("/crm/v3/properties/tasks/x", "/crm/properties/{v}/tasks/x"),
        ("/crm/v3/pipelines/deals", "/crm/pipelines/{v}/deals"),
        ("/crm/v3/owners/", "/crm/owners/{v}"),
        ("/account-info/v3/details", "/account-info/{v}/details"),
        ("/calling/v1/dispositions", "/calling/v1/dispositions"),
    ],
)  # fmt: skip
def test_the_table_of_paths(path: str, dated: str) -> None:
    """Each version knows an operation by its own path, and every one may be asked."""
    for version in VERSIONS:
        wanted = path if version == "v3" else dated.format(v=version)
        assert path_for(version, path) == wanted
        assert DIALECT.paths.fullmatch(wanted)


@pytest.mark.parametrize(
    "path",
    [
        "/crm/v3/imports",
        "/crm/v3/objects/../imports",
        "/files/v3/folders",
        "/crm/v1/objects/x",
        "/",
    ],
)
def test_other_paths_are_never_asked(path: str) -> None:
    """The key may do more than we need; the transport does not."""
    transport = Transport(Address(crm="HubSpot", base=HOME, paths=DIALECT.paths), DIALECT, Road())
    with pytest.raises(Refused, match="path"):
        transport.get(HOME + path)


def test_what_may_be_repeated() -> None:
    """Searches and batch reads change nothing; every other POST does."""
    for path in ("/crm/v3/objects/deals/search", "/crm/associations/2026-03/a/b/batch/read"):
        assert is_read("POST", path)
    for path in ("/crm/v3/objects/tasks", "/crm/v3/objects/tasks/batch/create", "/oauth/v1/token"):
        assert not is_read("POST", path)
    assert is_read("GET", "/crm/v3/objects/tasks")
    assert not is_read("PATCH", "/crm/v3/objects/tasks/search")


def test_the_pace_leaves_room_for_other_apps() -> None:
    """Seventy in ten seconds, and of associations, and three searches in one, each for itself."""
    now, waits = [100.0], list[float]()
    pace = Pace(waits.append, lambda: now[0])
    for _ in range(70):
        pace.keep(CALLS)
        pace.keep(LINKS)
    for _ in range(3):
        pace.keep(SEARCH)
    assert waits == []
    for lane in (CALLS, LINKS, SEARCH):
        pace.keep(lane)
    assert waits == [10.0, 10.0, 1.0]
    now[0] += 11
    pace.keep(CALLS)
    assert len(waits) == 3


def test_the_pace_takes_up_what_the_account_allows() -> None:
    """By the headers; nonsense in them changes nothing."""
    waits: list[float] = []
    pace = Pace(waits.append, lambda: 0.0)
    told = {"X-HubSpot-RateLimit-Max": "190", "X-HubSpot-RateLimit-Interval-Milliseconds": "10000"}
    pace.learn(CALLS, told)
    for odd in ("-1", "0", "1e9", "", "999999999"):
        pace.learn(CALLS, told | {"X-HubSpot-RateLimit-Max": odd})
    pace.learn(SEARCH, told)
    for _ in range(133):
        pace.keep(CALLS)
    assert waits == []
    pace.keep(CALLS)
    assert waits == [10.0]
    for _ in range(4):
        pace.keep(SEARCH)
    assert waits == [10.0, 1.0]
