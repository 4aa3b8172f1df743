"""Settings -> connector, and the login: what an admin writes, and what is said when it is wrong."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import responses
from pydantic import ValidationError

from connectors.base import Connector, Window
from connectors.errors import Refused, Retriable, Unusable
from connectors.model import OPTIONAL_STREAMS
from connectors.open import CrmSettings, open_connector

BASE = "https://acme.my.salesforce.com"
DATA = BASE + "/services/data/v62.0/"
TOKEN = "00D000000000001!AQsecretTOKEN"
RECORDED = Path(__file__).resolve().parents[3] / ".." / "shared" / "data" / "salesforce_describe"


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def settings(**changes: Any) -> CrmSettings:
    return CrmSettings(
        **({"base_url": BASE, "client_id": "cid", "client_secret": "s3cret"} | changes)
    )


def connect(**changes: Any) -> Connector:
    return open_connector(settings(**changes), pause=lambda _seconds: None)


def login(web: responses.RequestsMock, **changes: Any) -> None:
    answer = {"access_token": TOKEN, "instance_url": BASE, "token_type": "Bearer"} | changes
    web.post(BASE + "/services/oauth2/token", json=answer)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("https://acme.my.salesforce.com", BASE),
        ("https://acme.my.salesforce.com/", BASE),
        ("https://acme.my.salesforce.com/lightning/page/home", BASE),
        (" ACME.my.salesforce.com ", BASE),
        ("https://acme.lightning.force.com/lightning/o/Task/home", BASE),
        (
            "https://acme--sbx.sandbox.lightning.force.com",
            "https://acme--sbx.sandbox.my.salesforce.com",
        ),
        ("http://127.0.0.1:8760", "http://127.0.0.1:8760"),
        ("http://localhost:8760/", "http://localhost:8760"),
    ],
)
def test_the_base_address_is_understood(written: str, meant: str) -> None:
    """As people copy it from Setup or from the address bar."""
    assert connect(base_url=written).record_url("?") == meant + "/"


@pytest.mark.parametrize(
    "written",
    [
        "http://acme.my.salesforce.com",
        "https://evil.example",
        "https://salesforce.com.evil.example",
        "https://user@acme.my.salesforce.com",
        "ftp://acme.my.salesforce.com",
        "https://169.254.169.254",
        "http://2130706433",
        "https://acme.my.salesforce.com:8443",
        "https://[::1",
        "acme",
        "http://127.0.0.1.evil.example",
    ],
)
def test_an_address_that_is_no_orgs_is_refused(written: str) -> None:
    """The token goes to Salesforce or to this machine, and nowhere else."""
    with pytest.raises(Unusable, match="example https://acme"):
        connect(base_url=written)


@pytest.mark.parametrize(
    ("record_id", "page"),
    [
        ("00T000000000001AAA", "/lightning/r/Task/00T000000000001AAA/view"),
        ("006000000000001", "/lightning/r/Opportunity/006000000000001/view"),
        ("500000000000001AAA", "/500000000000001AAA"),
        ("../secur/logout", "/"),
    ],
)
def test_where_a_person_opens_a_record(record_id: str, page: str) -> None:
    """By the first letters of its id; what is no id leads nowhere odd."""
    assert connect().record_url(record_id) == BASE + page


def test_crms_by_name() -> None:
    """Two are built, others are nobody's."""
    assert connect(crm="Salesforce").crm == "salesforce"
    assert connect(crm="HubSpot", base_url=None, refresh_token="r").crm == "hubspot"
    with pytest.raises(Unusable, match="salesforce, hubspot"):
        connect(crm="abacus")


def test_settings_keep_their_secret_and_refuse_what_they_do_not_know() -> None:
    """A misspelt setting is an error, and no error or repr shows the secret."""
    assert "s3cret" not in repr(settings()) + settings().model_dump_json()
    for wrong in ({"verify": False}, {"page_size": 10}, {"api_version": "../62.0"}):
        with pytest.raises(ValidationError) as caught:
            settings(**wrong)
        assert "s3cret" not in str(caught.value)


def test_the_login_is_the_client_credentials_flow(web: responses.RequestsMock) -> None:
    """Basic credentials, one form field, no query; then the token signs what follows."""
    login(web)
    stage = {"MasterLabel": "Won", "ApiName": "won", "IsClosed": True, "IsWon": True}
    web.get(DATA + "query/", json={"done": True, "records": [stage]})
    assert [one.label for one in connect().stages()] == ["Won"]
    asked = web.calls[0].request
    assert asked.body == "grant_type=client_credentials"
    assert asked.headers["Authorization"] == "Basic Y2lkOnMzY3JldA=="
    assert "?" not in str(asked.url)
    assert web.calls[1].request.headers["Authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (400, '{"error": "invalid_client", "error_description": "secret"}', "SALESFORCE_CLIENT_ID"),
        (400, '{"error": "invalid_client_id"}', "Check SALESFORCE_CLIENT_ID"),
        (400, '{"error": "invalid_grant"}', "run-as user"),
        (400, '{"error": "inactive_user"}', "inactive"),
        (400, '{"error": "app_not_found"}', "installed in this org"),
        (400, '{"error": "something_new"}', "something_new"),
        (400, '{"error": "<script>"}', "status 400"),
        (401, "<html>", "status 401"),
        (200, '{"token_type": "Bearer"}', "without a token"),
        (200, '{"access_token": "a\\nb: c"}', "without a token"),
        (200, '["x"]', "without a token"),
    ],
)
def test_a_login_that_fails_says_what_to_check(
    web: responses.RequestsMock, status: int, body: str, says: str
) -> None:
    """One attempt, a sentence that begins with what is wrong, and nothing of the secrets."""
    web.post(
        BASE + "/services/oauth2/token", status=status, body=body, content_type="application/json"
    )
    with pytest.raises(Unusable, match=says) as caught:
        connect().identity()
    assert "s3cret" not in str(caught.value)
    assert len(web.calls) == 1


def test_a_login_service_that_is_down_is_tried_again(web: responses.RequestsMock) -> None:
    """Down is not refused: the credentials may be fine."""
    web.post(BASE + "/services/oauth2/token", status=503, body="")
    with pytest.raises(Retriable, match="login service"):
        connect().identity()
    assert len(web.calls) == 5


def test_a_refused_login_is_not_tried_again(web: responses.RequestsMock) -> None:
    """Whoever keeps knocking with a wrong secret locks the user out."""
    web.post(BASE + "/services/oauth2/token", status=400, json={"error": "invalid_client"})
    connector = connect()
    for _ in range(3):
        with pytest.raises(Unusable, match="invalid_client"):
            connector.identity()
    assert len(web.calls) == 1


def test_an_org_that_lives_elsewhere_is_told(web: responses.RequestsMock) -> None:
    """The login answer may not move us to another host."""
    login(web, instance_url="https://other.my.salesforce.com")
    with pytest.raises(Unusable, match="another host than acme"):
        connect().identity()
    assert len(web.calls) == 1


@pytest.mark.parametrize(
    "following",
    [
        "https://evil.example/x",
        "@evil.example/x",
        "//evil.example/x",
        ".evil.example/x",
        "/services/data/v62.0/../../secur",
    ],
)
def test_a_next_page_that_leads_elsewhere_is_not_followed(
    web: responses.RequestsMock, following: str
) -> None:
    """The CRM's own answer is no licence to leave the host."""
    login(web)
    field = {"name": "Id", "filterable": True, "sortable": True}
    names = ("Id", "SystemModstamp", "Name", "OwnerId", "IsDeleted")
    web.get(
        DATA + "sobjects/Account/describe",
        json={"fields": [field | {"name": name} for name in names]},
    )
    web.get(DATA + "query/", json={"done": True, "records": []})
    web.get(DATA + "sobjects/User/describe", status=404, json=[{"errorCode": "NOT_FOUND"}])
    web.get(DATA + "queryAll/", json={"done": False, "records": [], "nextRecordsUrl": following})
    window = Window(since=None, until=dt.datetime(2026, 11, 12, tzinfo=dt.UTC))
    with pytest.raises(Refused, match="was not sent"):
        list(connect().pull("Account", window))
    assert {str(call.request.url).split("/")[2] for call in web.calls} == {"acme.my.salesforce.com"}


@pytest.mark.parametrize(
    "page",
    [
        "[]",
        '{"records": []}',
        '{"done": true}',
        '{"done": false, "records": []}',
        '{"done": true, "records": [1]}',
    ],
)
def test_a_page_that_is_none_is_not_an_empty_one(web: responses.RequestsMock, page: str) -> None:
    """Reading nothing into it would look as if there were no records."""
    login(web)
    web.get(DATA + "query/", body=page, content_type="application/json")
    with pytest.raises(Retriable, match="no page of records"):
        connect().identity()


@pytest.mark.shared
def test_a_recorded_org_is_read_with_the_fields_it_has(web: responses.RequestsMock) -> None:
    """Describes of a real org: every wanted standard field is there, and quotes are not."""
    if not RECORDED.is_dir():
        pytest.skip("the recorded describes lie beside the checkout, and are not here")
    login(web)
    known = ("Account", "Contact", "Opportunity", "OpportunityContactRole", "Event", "Case", "Lead")
    for name in known:
        described = json.loads((RECORDED / f"{name}_describe.json").read_text())
        web.get(f"{DATA}sobjects/{name}/describe", json=described)
    web.get(
        re.compile(re.escape(DATA) + "sobjects/[A-Za-z]+/describe"),
        status=404,
        json=[{"errorCode": "NOT_FOUND", "message": "x"}],
    )
    connector = connect()
    assert [feed.name for feed in connector.feeds()] == [
        "Account",
        "Contact",
        "Opportunity",
        "OpportunityContactRole",
        "Event",
        "Case",
        "Lead",
    ]
    blind = {(spot.stream, spot.field) for spot in connector.blind_spots()}
    assert blind == {
        ("owners", None),
        ("stage_changes", None),
        ("activities", None),
        *((stream, None) for stream in OPTIONAL_STREAMS.keys() - {"cases", "leads"}),
    }
    assert "may not see tasks" in str(connector.why_not_writable())
