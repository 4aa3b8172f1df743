"""The HubSpot dialect over HTTP: tokens, scopes, limits, versions, single records, the account."""

from __future__ import annotations

import datetime as dt

import pytest
import requests

from connectors.simulator.faults import Instead
from connectors.simulator.hubspot.pipelines import Pipeline, Stage
from connectors.simulator.hubspot.portal import Portal
from connectors.simulator.server import Simulator
from tests.connectors.simulator.hubspot_client import (
    DEAL,
    NOON,
    OPEN,
    TASK_OF_DEAL,
    WON,
    Client,
    ids,
)

DEALS = "/crm/v3/objects/deals"
TASKS = "/crm/v3/objects/tasks"
GRANT = {
    "grant_type": "refresh_token",
    "client_id": "followthrough-client",
    "client_secret": "followthrough-secret",
    "refresh_token": "refresh-1",
}


def refresh(client: Client, path: str = "/oauth/v1/token", **changes: str) -> requests.Response:
    return client.call("POST", path, data={**GRANT, **changes})


def code(answer: requests.Response) -> tuple[int, str]:
    """Status and category of a refusal, which always names its correlation id."""
    body = answer.json()
    assert body["status"] == "error"
    assert body["correlationId"]
    return answer.status_code, body["category"]


# ------------------------------------------------------------------ tokens and scopes


@pytest.mark.parametrize(
    "path",
    ["/oauth/v1/token", "/oauth/v3/token", "/oauth/2026-03/token", "/oauth/2026-09/token"],
)
def test_a_refresh_token_buys_an_access_token(client: Client, path: str) -> None:
    """Under each of its names the endpoint gives a token that opens the API."""
    given = refresh(client, path).json()
    assert (given["token_type"], given["expires_in"]) == ("bearer", 1800)
    assert given["hub_id"] == client.portal.portal_id
    assert given["refresh_token"] == "refresh-1"
    client.use(given["access_token"])
    assert client.get(DEALS).status_code == 200


@pytest.mark.parametrize(
    ("changes", "error", "status"),
    [
        ({"refresh_token": "other"}, "invalid_grant", "BAD_REFRESH_TOKEN"),
        ({"client_id": "other"}, "invalid_client", "BAD_CLIENT_ID"),
        ({"client_secret": "other"}, "invalid_client", "BAD_CLIENT_SECRET"),
        ({"grant_type": "password"}, "unsupported_grant_type", "BAD_GRANT_TYPE"),
    ],
)
def test_a_bad_refresh_is_refused(
    client: Client, changes: dict[str, str], error: str, status: str
) -> None:
    """Each mistake has its own error with status 400 and no token."""
    given = refresh(client, **changes)
    assert given.status_code == 400
    assert (given.json()["error"], given.json()["status"]) == (error, status)
    assert "access_token" not in given.json()


def test_a_rotating_refresh_token_works_once(client: Client) -> None:
    """Where tokens rotate, the old one is worth nothing after the answer with the new one."""
    client.portal.rotates = True
    second = refresh(client).json()["refresh_token"]
    assert second != "refresh-1"
    assert refresh(client).status_code == 400
    assert refresh(client, refresh_token=second).status_code == 200


def test_a_removed_app_is_shut_out(client: Client) -> None:
    """After the account removed the app neither refreshing nor the old token helps."""
    client.portal.installed = False
    assert refresh(client).json()["status"] == "BAD_HUB"
    assert code(client.get(DEALS)) == (401, "INVALID_AUTHENTICATION")


def test_an_old_token_is_refused_and_says_since_when(client: Client) -> None:
    """OAuth's token dies of age; the private app's does not."""
    token = refresh(client).json()["access_token"]
    client.portal.clock = lambda: NOON + dt.timedelta(minutes=31)
    assert client.get(DEALS).status_code == 200
    client.use(token)
    late = client.get(DEALS)
    assert code(late) == (401, "EXPIRED_AUTHENTICATION")
    assert "expired 60 second(s) ago" in late.json()["message"]


@pytest.mark.parametrize("header", ["", "Bearer nobody", "Basic x"])
def test_without_a_good_token_nothing_is_told(client: Client, header: str) -> None:
    """401 with the vendor's sentence, whatever else is wrong."""
    answer = client.get("/crm/v3/objects/nonsense", headers={"Authorization": header})
    assert code(answer) == (401, "INVALID_AUTHENTICATION")


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        ("crm.objects.deals.read", "GET", DEALS),
        ("crm.objects.contacts.write", "POST", TASKS),
        ("crm.objects.contacts.read", "GET", "/crm/v3/objects/calls"),
        ("sales-email-read", "GET", "/crm/v3/objects/emails"),
        ("crm.objects.owners.read", "GET", "/crm/v3/owners"),
        ("crm.schemas.tasks.write", "POST", "/crm/v3/properties/tasks"),
        ("crm.objects.quotes.read", "GET", "/crm/v3/objects/quotes"),
    ],
)
def test_a_missing_scope_is_named(client: Client, scope: str, method: str, path: str) -> None:
    """403 names the scope; the companies, which need another one, still answer."""
    client.portal.missing = frozenset({scope})
    refused = client.call(method, path, json={})
    assert code(refused) == (403, "MISSING_SCOPES")
    (error,) = refused.json()["errors"]
    assert error["context"]["requiredGranularScopes"] == [scope]
    assert client.get("/crm/v3/objects/companies").status_code == 200


def test_any_one_of_several_scopes_is_enough(client: Client) -> None:
    """Pipelines open with the schema's scope or the objects'; without both they do not."""
    one, other = "crm.schemas.deals.read", "crm.objects.deals.read"
    client.portal.missing = frozenset({one})
    assert client.get("/crm/v3/pipelines/deals").status_code == 200
    client.portal.missing = frozenset({one, other})
    assert code(client.get("/crm/v3/pipelines/deals"))[0] == 403


# ------------------------------------------------------------------ limits


def test_headers_count_down_and_searches_have_none(client: Client) -> None:
    """Each call takes one; a search's answer says nothing of limits; OAuth has no daily ones."""
    name = "X-HubSpot-RateLimit-"
    first, second = client.get(DEALS).headers, client.get(DEALS).headers
    assert first[name + "Max"] == "190"
    assert int(first[name + "Remaining"]) - int(second[name + "Remaining"]) == 1
    assert int(first[name + "Daily-Remaining"]) == 624_999
    assert not [key for key in client.search("deals").headers if "ratelimit" in key.lower()]
    client.use(client.portal.access.issue())
    oauth = client.get(DEALS).headers
    assert oauth[name + "Max"] == "110"
    assert name + "Daily" not in oauth


@pytest.mark.parametrize("says_how_long", [False, True])
@pytest.mark.parametrize(
    ("switch", "policy", "path", "wait"),
    [
        ({"burst": 1}, "TEN_SECONDLY_ROLLING", DEALS, "10"),
        ({"search_rate": 1}, "SECONDLY", DEALS + "/search", "1"),
        ({"daily": 1}, "DAILY", DEALS, "43200"),
        ({"association_burst": 1}, "TEN_SECONDLY_ROLLING", DEALS + "/1/associations/tasks", "10"),
    ],
)
def test_a_full_window_is_refused_by_its_policy(
    client: Client, switch: dict[str, int], policy: str, path: str, wait: str, says_how_long: bool
) -> None:
    """429 names the policy, and how long to wait only where the portal says so."""
    client.portal.enforced = frozenset({policy})
    client.portal.retry_after = says_how_long
    for name, value in switch.items():
        setattr(client.portal, name, value)
    path = path.replace("v3", "v4") if "associations" in path else path
    ask = "POST" if path.endswith("search") else "GET"
    assert client.call(ask, path, json={}).status_code != 429
    full = client.call(ask, path, json={})
    assert code(full) == (429, "RATE_LIMITS")
    body = full.json()
    assert (body["policyName"], body["errorType"]) == (policy, "RATE_LIMIT")
    assert body["message"] == f"You have reached your {policy.lower()} limit."
    assert full.headers.get("Retry-After") == (wait if says_how_long else None)


def test_windows_empty_again_and_are_apart(client: Client) -> None:
    """Ten seconds later there is room; associations never took any of it."""
    client.portal.enforced, client.portal.burst = frozenset({"TEN_SECONDLY_ROLLING"}), 1
    client.get("/crm/v4/objects/deals/1/associations/tasks")
    assert [client.get(DEALS).status_code for _ in range(2)] == [200, 429]
    client.portal.clock = lambda: NOON + dt.timedelta(seconds=10)
    assert client.get(DEALS).status_code == 200


def test_the_day_begins_at_midnight_of_the_account(client: Client) -> None:
    """Noon UTC is one in the morning of the next day on Auckland's clocks in March."""
    client.portal.zone, client.portal.daily = "Pacific/Auckland", 1
    assert client.get(DEALS).status_code == 200
    client.portal.clock = lambda: NOON + dt.timedelta(hours=22)
    assert client.get(DEALS).status_code == 429
    client.portal.clock = lambda: NOON + dt.timedelta(hours=23, minutes=1)
    assert client.get(DEALS).status_code == 200


def test_limits_that_are_not_enforced_refuse_nobody(client: Client) -> None:
    """A portal that only counts answers all the same, and shows that nothing is left."""
    client.portal.enforced, client.portal.burst = frozenset(), 1
    assert [client.get(DEALS).status_code for _ in range(3)] == [200] * 3
    assert client.get(DEALS).headers["X-HubSpot-RateLimit-Remaining"] == "0"


def test_a_migration_comes_by_script() -> None:
    """477 with its Retry-After reaches the client as the script says."""
    moving = Instead(status=477, headers={"Retry-After": "86400"}, body="{}")
    with Simulator(Portal(), lambda number, call: moving if number == 1 else None) as sim:
        client = Client(sim)
        answer = client.get(DEALS)
        assert (answer.status_code, answer.headers["Retry-After"]) == (477, "86400")
        assert client.get(DEALS).status_code == 200


# ------------------------------------------------------------------ versions and gaps


@pytest.mark.parametrize("version", ["2026-03", "2026-09"])
def test_dated_paths_answer_like_the_older_ones(client: Client, version: str) -> None:
    """Date right behind the resource's name; a version nobody knows is a gap."""
    deal = client.deal()
    for older, dated in (
        (DEALS, f"/crm/objects/{version}/deals"),
        (f"{DEALS}/{deal}", f"/crm/objects/{version}/0-3/{deal}"),
        ("/crm/v3/owners/", f"/crm/owners/{version}/"),
        ("/crm/v3/pipelines/deals", f"/crm/pipelines/{version}/deals"),
        ("/crm/v3/properties/tasks", f"/crm/properties/{version}/tasks"),
        ("/account-info/v3/details", f"/account-info/{version}/details"),
    ):
        assert client.get(older).json() == client.get(dated).json()
    assert client.get("/crm/objects/2027-03/deals").status_code == 501


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/crm/v3/objects/line_items"),
        ("GET", "/crm/v4/objects/deals"),
        ("PUT", DEALS),
        ("POST", "/crm/v3/objects/contacts/gdpr-delete"),
        ("GET", "/automation/v4/flows"),
    ],
)
def test_what_is_not_known_is_said_loudly(
    client: Client, method: str, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    """501 names what was asked, and a warning is logged."""
    answer = client.call(method, path)
    assert answer.status_code == 501
    assert "NOT_SIMULATED" in answer.text
    assert "does not know" in caplog.text


def test_a_type_nobody_has_is_a_mistake_of_the_caller(client: Client) -> None:
    """400 with HubSpot's sentence, unlike a type that HubSpot has and the simulator lacks."""
    answer = client.get("/crm/v3/objects/dales")
    assert code(answer) == (400, "VALIDATION_ERROR")
    assert answer.json()["message"] == "Unable to infer object type from: dales"


@pytest.mark.parametrize("spelling", ["deals", "deal", "Deal", "0-3", "DEALS"])
def test_types_go_by_any_spelling(client: Client, spelling: str) -> None:
    """Plural, singular, type id, in any case."""
    deal = client.deal()
    assert ids(client.get(f"/crm/v3/objects/{spelling}")) == [deal]


# ------------------------------------------------------------------ lists and reads


def test_a_list_goes_on_where_the_cursor_says(client: Client) -> None:
    """The cursor is the last id plus one, the link leads there, the last page has neither."""
    made = [client.deal() for _ in range(3)]
    first = client.get(DEALS, params={"limit": 2, "properties": "dealname"})
    assert ids(first) == made[:2]
    following = first.json()["paging"]["next"]
    assert following["after"] == str(int(made[1]) + 1)
    last = client.session.get(following["link"], timeout=5)
    assert ids(last) == made[2:]
    assert "paging" not in last.json()


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("limit=100", 200),
        ("limit=101", 400),
        ("limit=ten", 400),
        ("limit=50&propertiesWithHistory=dealstage", 200),
        ("limit=51&propertiesWithHistory=dealstage", 400),
        ("after=x", 400),
    ],
)
def test_pages_have_a_size(client: Client, query: str, status: int) -> None:
    """At most 100 records, 50 with history; anything else is refused."""
    assert client.get(f"{DEALS}?{query}").status_code == status


def test_values_are_text_and_what_is_empty_is_null(client: Client) -> None:
    """Numbers, booleans and moments are text; never filled is null, cleared is empty text."""
    deal = client.deal(amount=12.5, closedate="1772452800000", hs_next_step="call")
    client.portal.update("deals", deal, {"hs_next_step": ""})
    names = "amount,closedate,hs_is_closed,hs_next_step,description,nothing_like_it"
    shown = client.get(f"{DEALS}/{deal}?properties={names}").json()
    assert shown["properties"] == {
        "amount": "12.5",
        "closedate": "2026-03-02T12:00:00Z",
        "createdate": "2026-03-02T12:00:00Z",
        "description": None,
        "hs_is_closed": "false",
        "hs_lastmodifieddate": "2026-03-02T12:00:00Z",
        "hs_next_step": "",
        "hs_object_id": deal,
    }
    assert (shown["createdAt"], shown["archived"]) == ("2026-03-02T12:00:00Z", False)


def test_an_archived_record_is_in_no_list_but_its_own(client: Client) -> None:
    """Gone from reads, lists and searches; the archived list says when."""
    deal, other = client.deal(), client.deal()
    assert client.call("DELETE", f"{DEALS}/{deal}").status_code == 204
    assert client.call("DELETE", f"{DEALS}/{deal}").status_code == 204
    assert ids(client.get(DEALS)) == [other]
    assert ids(client.search("deals")) == [other]
    assert code(client.get(f"{DEALS}/{deal}")) == (404, "OBJECT_NOT_FOUND")
    (gone,) = client.get(f"{DEALS}?archived=true").json()["results"]
    assert (gone["id"], gone["archived"]) == (deal, True)
    assert gone["archivedAt"] == "2026-03-02T12:00:00Z"
    assert client.get(f"{DEALS}/{deal}?archived=true").status_code == 200


def test_history_has_the_newest_first(client: Client) -> None:
    """Each stage with its moment and by whom; a property that never changed has one entry."""
    with client.portal.at(NOON - dt.timedelta(days=2)):
        deal = client.deal()
    client.call("PATCH", f"{DEALS}/{deal}", json={"properties": {"dealstage": WON}})
    shown = client.get(f"{DEALS}/{deal}?propertiesWithHistory=dealstage,dealname").json()
    stages = shown["propertiesWithHistory"]["dealstage"]
    assert [(one["value"], one["timestamp"]) for one in stages] == [
        (WON, "2026-03-02T12:00:00Z"),
        (OPEN, "2026-02-28T12:00:00Z"),
    ]
    assert [one["sourceType"] for one in stages] == ["INTEGRATION", "CRM_UI"]
    assert stages[0]["sourceId"] == str(client.portal.app_id)
    assert len(shown["propertiesWithHistory"]["dealname"]) == 1


def test_a_list_shows_associations_once_a_kind(client: Client) -> None:
    """The main company comes twice, as in HubSpot; deals without one have no such key."""
    deal, company = client.deal(), client.portal.insert("companies", {"name": "Alder"})
    client.portal.associate("deals", deal, "companies", company, "Primary")
    shown = client.get(f"{DEALS}/{deal}?associations=companies,contacts").json()
    kinds = shown["associations"]["companies"]["results"]
    assert {(one["id"], one["type"]) for one in kinds} == {
        (company, "deal_to_company"),
        (company, "deal_to_company_unlabeled"),
    }
    assert "contacts" not in shown["associations"]


# ------------------------------------------------------------------ writes


def test_a_task_is_created_with_its_associations(client: Client) -> None:
    """201 with a Location, the app's mark, and the deal it belongs to."""
    deal = client.deal()
    made = client.post(
        TASKS,
        {
            "properties": {"hs_timestamp": "2026-03-05T16:00:00Z", "hs_task_subject": "Call"},
            "associations": [{"to": {"id": deal}, "types": [TASK_OF_DEAL]}],
        },
    )
    assert made.status_code == 201
    task = made.json()["id"]
    assert made.headers["Location"].endswith(f"{TASKS}/{task}")
    properties = made.json()["properties"]
    assert properties["hs_task_status"] == "NOT_STARTED"
    assert properties["hs_object_source"] == "INTEGRATION"
    assert properties["hs_object_source_id"] == str(client.portal.app_id)
    linked = client.get(f"/crm/v4/objects/deals/{deal}/associations/tasks").json()["results"]
    assert linked == [
        {
            "toObjectId": int(task),
            "associationTypes": [{"category": "HUBSPOT_DEFINED", "typeId": 215, "label": None}],
        }
    ]


@pytest.mark.parametrize(
    ("to", "kind"),
    [
        ("1", TASK_OF_DEAL),
        (None, {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 215}),
        (None, {"associationCategory": "USER_DEFINED", "associationTypeId": 216}),
    ],
)
def test_a_task_that_cannot_be_associated_is_not_created(
    client: Client, to: str | None, kind: dict[str, object]
) -> None:
    """An unknown record, the wrong direction or category refuse the whole call."""
    deal = to or client.deal()
    body = {"properties": {"hs_timestamp": "2026-03-05"}}
    links = [{"to": {"id": deal}, "types": [kind]}]
    assert client.post(TASKS, {**body, "associations": links}).status_code == 400
    assert ids(client.get(TASKS)) == []


@pytest.mark.parametrize(
    ("properties", "code_"),
    [
        ({"nothing_like_it": "x"}, "PROPERTY_DOESNT_EXIST"),
        ({"hs_task_status": "SOON"}, "INVALID_OPTION"),
        ({"hs_timestamp": "tomorrow"}, "INVALID_LONG"),
        ({"hubspot_owner_id": "77"}, "INVALID_OWNER_ID"),
        ({"hubspot_owner_id": "Ana"}, "INVALID_INTEGER"),
        ({"hs_createdate": "2026-01-01"}, "READ_ONLY_VALUE"),
        ({"hs_task_completion_date": "2026-01-01"}, "READ_ONLY_VALUE"),
        ({"hs_task_body": "x" * 65_537}, "PROPERTY_VALUE_TOO_LONG"),
    ],
)
def test_a_bad_value_is_refused_with_its_code(
    client: Client, properties: dict[str, str], code_: str
) -> None:
    """400 names the property and what is wrong, twice; nothing is made."""
    refused = client.task(**properties)
    assert code(refused) == (400, "VALIDATION_ERROR")
    (error,) = refused.json()["errors"]
    assert error["code"] == code_
    assert error["context"]["propertyName"] == list(properties)
    assert f'"error":"{code_}"' in refused.json()["message"]
    assert ids(client.get(TASKS)) == []


def test_what_every_record_needs_is_named(client: Client) -> None:
    """A task without a due date, a deal without stage and pipeline."""
    task = client.post(TASKS, {"properties": {"hs_task_subject": "Call"}})
    assert code(task) == (400, "VALIDATION_ERROR")
    assert task.json()["context"]["properties"] == ["hs_timestamp"]
    deal = client.post(DEALS, {"properties": {"dealname": "Lobby"}})
    assert sorted(deal.json()["context"]["properties"]) == ["dealstage", "pipeline"]


def test_rules_of_administrators_hold_from_2026_09_on(client: Client) -> None:
    """The older paths write what the newest refuse."""
    client.portal.rules = frozenset({"deals.amount"})
    refused = client.post("/crm/objects/2026-09/deals", {"properties": DEAL})
    assert refused.json()["errors"][0]["code"] == "MISSING_REQUIRED_PROPERTY"
    assert client.post("/crm/objects/2026-03/deals", {"properties": DEAL}).status_code == 201
    assert client.post(DEALS, {"properties": DEAL}).status_code == 201


@pytest.mark.parametrize("status", [409, 400])
def test_a_taken_key_is_refused_and_leads_to_its_holder(client: Client, status: int) -> None:
    """Both forms of the refusal say so; the key finds the task; no second one is made."""
    client.portal.conflict_status = status
    first = client.task(followthrough_key="ft_1").json()["id"]
    refused = client.task(followthrough_key="ft_1")
    assert refused.status_code == status
    assert "already has that value" in refused.json()["message"]
    assert ids(client.get(TASKS)) == [first]
    found = client.get(f"{TASKS}/ft_1?idProperty=followthrough_key")
    assert found.json()["id"] == first
    missing = client.get(f"{TASKS}/ft_2?idProperty=followthrough_key")
    assert code(missing) == (404, "OBJECT_NOT_FOUND")


@pytest.mark.parametrize("keeps", [True, False])
def test_an_archived_task_keeps_its_key_or_not(client: Client, keeps: bool) -> None:
    """Nobody knows what HubSpot does, so it is a switch."""
    client.portal.archived_keeps_key = keeps
    task = client.task(followthrough_key="ft_1").json()["id"]
    client.call("DELETE", f"{TASKS}/{task}")
    assert client.task(followthrough_key="ft_1").status_code == (409 if keeps else 201)


def test_contacts_are_unique_by_email(client: Client) -> None:
    """Case does not make another contact; the refusal names the one that is there."""
    body = {"properties": {"email": "Jo@Alder.example"}}
    first = client.post("/crm/v3/objects/contacts", body).json()["id"]
    again = client.post("/crm/v3/objects/contacts", {"properties": {"email": "jo@alder.example"}})
    assert code(again) == (409, "CONFLICT")
    assert again.json()["message"] == f"Contact already exists. Existing ID: {first}"


def test_an_update_touches_what_it_names(client: Client) -> None:
    """Also by key; a change moves the stamp, the same value again does not."""
    task = client.task(followthrough_key="ft_1", hs_task_body="ask").json()["id"]
    client.portal.clock = lambda: NOON + dt.timedelta(minutes=1)
    done = {"properties": {"hs_task_status": "COMPLETED"}}
    path = f"{TASKS}/ft_1?idProperty=followthrough_key"
    changed = client.call("PATCH", path, json=done).json()
    assert changed["id"] == task
    assert changed["updatedAt"] == "2026-03-02T12:01:00Z"
    client.portal.clock = lambda: NOON + dt.timedelta(minutes=2)
    assert client.call("PATCH", path, json=done).json()["updatedAt"] == "2026-03-02T12:01:00Z"
    names = "hs_task_body,hs_task_completion_date"
    shown = client.get(f"{TASKS}/{task}?properties={names}").json()["properties"]
    assert shown["hs_task_body"] == "ask"
    assert shown["hs_task_completion_date"] == "2026-03-02T12:01:00Z"


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"properties": 1}', b'{"properties": {"a": [1]}}'])
def test_a_body_of_another_shape_is_refused(client: Client, body: bytes) -> None:
    """400 with the vendor's body, never a crash."""
    headers = {"Content-Type": "application/json"}
    answer = client.call("POST", TASKS, data=body, headers=headers)
    assert code(answer) == (400, "VALIDATION_ERROR")


def test_feedback_is_read_only(client: Client) -> None:
    """A client's answer to a survey can be read, not written; without the hub there is none."""
    made = client.portal.submit({"hs_survey_name": "After delivery", "hs_value": 9})
    path = "/crm/v3/objects/feedback_submissions"
    assert ids(client.get(path)) == [made]
    assert client.post(path, {"properties": {"hs_value": 1}}).status_code == 400
    client.portal.absent = frozenset({"feedback_submissions"})
    assert client.get(path).status_code == 400


# ------------------------------------------------------------------ the account


def test_owners_have_an_id_that_is_no_users(client: Client) -> None:
    """The archived ones come apart; queues are no persons; a page is a page."""
    ana = client.portal.add_owner("ana@hub.example", "Ana", "Ruiz", teams=("North", "All"))
    queue = client.portal.add_owner("desk@hub.example", "Desk", queue=True)
    left = client.portal.add_owner("bo@hub.example", "Bo", "Lind")
    client.portal.deactivate_owner(left)
    here = client.get("/crm/v3/owners/").json()["results"]
    assert [(one["id"], one["type"]) for one in here] == [(ana, "PERSON"), (queue, "QUEUE")]
    assert str(here[0]["userId"]) != ana
    assert [(t["name"], t["primary"]) for t in here[0]["teams"]] == [
        ("North", True),
        ("All", False),
    ]
    (gone,) = client.get("/crm/v3/owners?archived=true").json()["results"]
    assert (gone["id"], gone["userId"], gone["archived"]) == (left, None, True)
    assert gone["userIdIncludingInactive"]
    assert ids(client.get("/crm/v3/owners?limit=1")) == [ana]
    after = client.get("/crm/v3/owners?limit=1").json()["paging"]["next"]["after"]
    assert ids(client.get(f"/crm/v3/owners?limit=1&after={after}")) == [queue]
    assert ids(client.get("/crm/v3/owners?email=ANA@hub.example")) == [ana]
    assert client.get(f"/crm/v3/owners/{ana}").json()["email"] == "ana@hub.example"
    assert code(client.get(f"/crm/v3/owners/{left}"))[0] == 404


def test_pipelines_speak_in_strings() -> None:
    """Stage ids are opaque, metadata are texts; another pipeline has its own stages."""
    renewals = Pipeline(
        id="77", label="Renewals", stages=(Stage(id="7701", label="Due", probability=0.5),)
    )
    portal = Portal()
    portal = Portal(pipelines=(*portal.pipelines, renewals))
    with Simulator(portal) as sim:
        client = Client(sim)
        sales, other = client.get("/crm/v3/pipelines/deals").json()["results"]
        won = sales["stages"][5]
        assert (won["label"], won["metadata"]) == (
            "Closed Won",
            {"isClosed": "true", "probability": "1.0"},
        )
        assert other["stages"][0]["metadata"] == {"isClosed": "false", "probability": "0.5"}
        assert client.get("/crm/v3/pipelines/deals/77/stages").json()["results"][0]["id"] == "7701"
        mixed = client.post(DEALS, {"properties": {**DEAL, "pipeline": "77"}})
        assert mixed.status_code == 400


NEW = {
    "name": "region_code",
    "label": "Region",
    "type": "string",
    "fieldType": "text",
    "groupName": "task",
    "hasUniqueValue": True,
}


def test_a_new_property_is_there_and_unique(client: Client) -> None:
    """Created once, it can be read, written, and is enforced; a second one is a conflict."""
    path = "/crm/v3/properties/tasks"
    assert client.post(path, NEW).status_code == 201
    assert client.get(f"{path}/region_code").json()["hasUniqueValue"] is True
    again = client.post(path, NEW)
    assert code(again) == (409, "OBJECT_ALREADY_EXISTS")
    assert client.task(region_code="n").status_code == 201
    assert client.task(region_code="n").status_code == 409
    assert client.task(region_code="s").status_code == 201


@pytest.mark.parametrize(
    "change",
    [
        {"groupName": "nowhere"},
        {"groupName": None},
        {"type": "text"},
        {"fieldType": "select"},
        {"name": "Region Code"},
        {"label": ""},
    ],
)
def test_a_property_that_makes_no_sense_is_refused(client: Client, change: dict[str, str]) -> None:
    """400, and no such property afterwards."""
    path = "/crm/v3/properties/tasks"
    assert code(client.post(path, {**NEW, **change})) == (400, "VALIDATION_ERROR")
    assert code(client.get(f"{path}/region_code"))[0] == 404


def test_a_type_has_at_most_ten_unique_properties(client: Client) -> None:
    """The key is one; nine more are fine, the next is refused; one that is not unique is fine."""
    path = "/crm/v3/properties/tasks"
    made = [client.post(path, {**NEW, "name": f"code_{n}"}).status_code for n in range(10)]
    assert made == [201] * 9 + [400]
    plain = {**NEW, "name": "code_plain", "hasUniqueValue": False}
    assert client.post(path, plain).status_code == 201


def test_properties_a_caller_may_not_see_are_not_there(client: Client) -> None:
    """Absent from definitions and records, unknown to a write; the others stay."""
    client.portal.hidden = frozenset({"tasks.hs_task_body"})
    names = [one["name"] for one in client.get("/crm/v3/properties/tasks").json()["results"]]
    assert "hs_task_body" not in names
    assert "hs_task_subject" in names
    assert client.task(hs_task_body="x").json()["errors"][0]["code"] == "PROPERTY_DOESNT_EXIST"
    client.task()
    (shown,) = client.get(f"{TASKS}?properties=hs_task_body").json()["results"]
    assert "hs_task_body" not in shown["properties"]


def test_groups_come_before_properties(client: Client) -> None:
    """The group a new property needs can be read first."""
    (group,) = client.get("/crm/v3/properties/tasks/groups").json()["results"]
    assert group["name"] == "task"


def test_the_account_tells_who_and_where_it_is() -> None:
    """Id, zone with today's offset, currency, and how much of the day is used."""
    portal = Portal(clock=lambda: NOON, zone="Asia/Kolkata", portal_id=42)
    with Simulator(portal) as sim:
        client = Client(sim)
        shown = client.get("/account-info/v3/details").json()
        assert (shown["portalId"], shown["timeZone"], shown["utcOffset"]) == (
            42,
            "Asia/Kolkata",
            "+05:30",
        )
        (used,) = client.get("/account-info/v3/api-usage/daily/private-apps").json()["results"]
        assert (used["currentUsage"], used["usageLimit"]) == (2, 625_000)
        assert used["resetsAt"] == "2026-03-02T18:30:00Z"


def test_call_outcomes_have_labels(client: Client) -> None:
    """A call takes one of the ids, and no other word."""
    found = {one["label"]: one["id"] for one in client.get("/calling/v1/dispositions").json()}
    call = {"hs_timestamp": "2026-03-02", "hs_call_disposition": found["Connected"]}
    path = "/crm/v3/objects/calls"
    assert client.post(path, {"properties": call}).status_code == 201
    refused = client.post(path, {"properties": {**call, "hs_call_disposition": "Connected"}})
    assert refused.json()["errors"][0]["code"] == "INVALID_OPTION"
