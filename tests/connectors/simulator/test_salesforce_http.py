"""The Salesforce dialect over real HTTP: sessions, paging, single records, collections, limits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

import pytest
import requests

from connectors.simulator.salesforce.org import Org
from connectors.simulator.server import Simulator

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
DEAL = {"Name": "Lobby refit", "StageName": "Prospecting", "CloseDate": "2026-04-30"}
DATA = "/services/data/v62.0"
GRANT = {"grant_type": "client_credentials"}


@dataclass
class Client:
    """A logged-in client of one simulator, and the hand that turns its clock and switches."""

    sim: Simulator
    session: requests.Session = field(default_factory=requests.Session)

    @property
    def org(self) -> Org:
        return self.sim.org

    def login(self) -> None:
        auth = (self.org.client_id, self.org.client_secret)
        given = self.session.post(self.at("/services/oauth2/token"), GRANT, auth=auth).json()
        self.session.headers["Authorization"] = f"Bearer {given['access_token']}"
        self.session.auth = _NoAuth()

    def at(self, path: str) -> str:
        return self.sim.base_url + path

    def call(self, method: str, path: str, **more: object) -> requests.Response:
        return self.session.request(method, self.at(DATA + path), **more)  # type: ignore[arg-type]

    def query(self, soql: str, path: str = "/query", **more: object) -> requests.Response:
        return self.call("GET", path, params={"q": soql}, **more)

    def create(
        self, *records: dict[str, object], all_or_none: bool = False
    ) -> list[dict[str, object]]:
        body = {"allOrNone": all_or_none, "records": records}
        found: list[dict[str, object]] = self.call("POST", "/composite/sobjects", json=body).json()
        return found


class _NoAuth(requests.auth.AuthBase):
    """Keeps a .netrc of the machine out of the tests."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


@pytest.fixture(scope="module")
def served() -> Iterator[Simulator]:
    """One simulator for the whole file; `client` gives each test an empty org in it."""
    with Simulator(Org(clock=lambda: NOON)) as sim:
        yield sim


@pytest.fixture
def client(served: Simulator) -> Iterator[Client]:
    """A client logged in to an org without records and with its switches as they were."""
    org = served.org
    before = (org.daily_calls, org.hidden, org.clock)
    for one in org.schema:
        if one.name not in _KEPT:
            org.store.execute(f'DELETE FROM "{one.name}"')
    org.locators.close()
    org.forget_calls()
    logged_in = Client(served)
    logged_in.login()
    yield logged_in
    logged_in.session.close()
    org.daily_calls, org.hidden, org.clock = before


_KEPT = {"Organization", "User", "OpportunityStage", "TaskStatus", "TaskPriority"}


def code(answer: requests.Response) -> str:
    """The code of a refusal; fails where the body is not the vendor's list of one."""
    (error,) = answer.json()
    return str(error["errorCode"])


# ------------------------------------------------------------------ sessions and limits


@pytest.mark.parametrize(
    ("form", "auth", "error"),
    [
        (GRANT, ("followthrough-client", "wrong"), "invalid_client"),
        (GRANT, ("stranger", "followthrough-secret"), "invalid_client_id"),
        (GRANT, None, "invalid_client_id"),
        ({"grant_type": "password"}, None, "unsupported_grant_type"),
        ({}, None, "unsupported_grant_type"),
    ],
)
def test_a_bad_login_is_refused(
    client: Client, form: dict[str, str], auth: tuple[str, str] | None, error: str
) -> None:
    """Each mistake has OAuth's own error, status 400, and no token."""
    given = requests.post(client.at("/services/oauth2/token"), form, auth=auth, timeout=5)
    assert given.status_code == 400
    assert given.json()["error"] == error
    assert "access_token" not in given.json()


def test_credentials_may_stand_in_the_body(client: Client) -> None:
    """The token endpoint takes client id and secret as form fields too."""
    form = {**GRANT, "client_id": client.org.client_id, "client_secret": client.org.client_secret}
    given = requests.post(client.at("/services/oauth2/token"), form, timeout=5).json()
    assert given["token_type"] == "Bearer"
    assert given["instance_url"] == client.sim.base_url


def test_an_expired_token_is_refused_and_a_new_one_works(client: Client) -> None:
    """A token dies of age; logging in again helps."""
    client.org.clock = lambda: NOON + dt.timedelta(hours=3)
    late = client.call("GET", "/limits")
    assert (late.status_code, code(late)) == (401, "INVALID_SESSION_ID")
    client.login()
    assert client.call("GET", "/limits").status_code == 200


def test_without_a_token_only_the_version_list_answers(client: Client) -> None:
    """Versions need no session and are not counted; everything else does."""
    versions = requests.get(client.at("/services/data/"), timeout=5)
    assert "62.0" in [one["version"] for one in versions.json()]
    assert "Sforce-Limit-Info" not in versions.headers
    for path in (DATA, DATA + "/query?q=SELECT+Id+FROM+Task", "/services/oauth2/userinfo"):
        assert requests.get(client.at(path), timeout=5).status_code == 401


def test_user_info_names_the_integration_user(client: Client) -> None:
    """User and organization are the ids the records carry."""
    told = client.session.get(client.at("/services/oauth2/userinfo")).json()
    assert (told["user_id"], told["organization_id"]) == (client.org.user_id, client.org.id)


def test_calls_are_counted_until_the_allowance_is_used(client: Client) -> None:
    """Usage stands in every header; beyond the allowance the org refuses with 403."""
    client.org.daily_calls = 2
    first, second, third = (client.call("GET", "/limits") for _ in range(3))
    assert first.headers["Sforce-Limit-Info"] == "api-usage=1/2"
    assert second.json() == {"DailyApiRequests": {"Max": 2, "Remaining": 0}}
    assert (third.status_code, code(third)) == (403, "REQUEST_LIMIT_EXCEEDED")
    client.org.clock = lambda: NOON + dt.timedelta(hours=25)
    client.login()
    assert client.call("GET", "/limits").status_code == 200


def test_the_date_is_the_simulators(client: Client) -> None:
    """The Date header and the modstamps come from the org's clock."""
    moment = dt.datetime(2031, 7, 1, 6, 30, tzinfo=dt.UTC)
    client.org.clock = lambda: moment
    client.login()
    answer = client.call("POST", "/sobjects/Account", json={"Name": "Harbour"})
    assert parsedate_to_datetime(answer.headers["Date"]) == moment
    record = client.call("GET", f"/sobjects/Account/{answer.json()['id']}").json()
    assert record["SystemModstamp"] == "2031-07-01T06:30:00.000+0000"


# ------------------------------------------------------------------ queries


def test_a_query_comes_in_pages_that_later_writes_do_not_move(client: Client) -> None:
    """Locators stand for a snapshot, in the size the caller asked, and may be asked twice."""
    ids = [client.org.insert("Account", {"Name": f"a{n:03}"}) for n in range(450)]
    soql, size = "SELECT Id FROM Account ORDER BY Name", {"Sforce-Query-Options": "batchSize=200"}
    page = client.query(soql, headers=size).json()
    client.org.delete("Account", ids[300])
    seen = [row["Id"] for row in page["records"]]
    while not page["done"]:
        again = client.session.get(client.at(page["nextRecordsUrl"])).json()
        page = client.session.get(client.at(page["nextRecordsUrl"])).json()
        assert page == again
        seen += [row["Id"] for row in page["records"]]
    assert seen == ids
    assert page["totalSize"] == 450
    assert client.query(soql).json()["totalSize"] == 449


@pytest.mark.parametrize(
    ("asked", "got"), [("batchSize=1", 200), ("batchSize=250", 250), ("batchSize=9999", 260)]
)
def test_the_size_of_a_page_has_bounds(client: Client, asked: str, got: int) -> None:
    """A page is never smaller than 200 nor larger than 2000."""
    for number in range(260):
        client.org.insert("Account", {"Name": str(number)})
    answer = client.query("SELECT Id FROM Account", headers={"Sforce-Query-Options": asked}).json()
    assert len(answer["records"]) == got


def test_long_texts_make_pages_small(client: Client) -> None:
    """Two long text fields cut the page to 200, one does not."""
    for number in range(201):
        client.org.insert("EmailMessage", {"Subject": str(number), "Status": "5"})
    one = client.query("SELECT TextBody FROM EmailMessage").json()
    two = client.query("SELECT TextBody, HtmlBody FROM EmailMessage").json()
    assert (one["done"], two["done"]) == (True, False)


def test_pages_of_query_all_say_query(client: Client) -> None:
    """The locator of queryAll lives under query/ and still shows deleted rows."""
    for number in range(201):
        account = client.org.insert("Account", {"Name": str(number)})
        client.org.delete("Account", account)
    soql, size = "SELECT Id FROM Account", {"Sforce-Query-Options": "batchSize=200"}
    page = client.query(soql, "/queryAll", headers=size).json()
    assert page["nextRecordsUrl"].startswith(f"{DATA}/query/01g")
    last = client.session.get(client.at(page["nextRecordsUrl"])).json()
    assert len(last["records"]) == 1
    assert client.query(soql).json()["records"] == []


@pytest.mark.parametrize("locator", ["01gFt0000000009IAA-2000", "nonsense", "01g-x"])
def test_an_unknown_locator_is_refused(client: Client, locator: str) -> None:
    """A cursor that is gone says so."""
    answer = client.call("GET", f"/query/{locator}")
    assert (answer.status_code, code(answer)) == (400, "INVALID_QUERY_LOCATOR")


def test_a_locator_dies_after_two_days(client: Client) -> None:
    """What was a page yesterday is none the day after tomorrow."""
    for number in range(201):
        client.org.insert("Account", {"Name": str(number)})
    size = {"Sforce-Query-Options": "batchSize=200"}
    path = client.query("SELECT Id FROM Account", headers=size).json()["nextRecordsUrl"]
    client.org.clock = lambda: NOON + dt.timedelta(days=1)
    client.login()
    assert client.session.get(client.at(path)).status_code == 200
    client.org.clock = lambda: NOON + dt.timedelta(days=2)
    client.login()
    assert code(client.session.get(client.at(path))) == "INVALID_QUERY_LOCATOR"


def test_records_carry_their_urls(client: Client) -> None:
    """Record, parent and child know their paths; an aggregate has none."""
    account = client.org.insert("Account", {"Name": "Harbour"})
    deal = client.org.insert("Opportunity", {**DEAL, "AccountId": account})
    task = client.org.insert("Task", {"WhatId": deal})
    soql = "SELECT Name, Account.Name, (SELECT Subject FROM Tasks) FROM Opportunity"
    (record,) = client.query(soql).json()["records"]
    urls = [
        record["attributes"]["url"],
        record["Account"]["attributes"]["url"],
        record["Tasks"]["records"][0]["attributes"]["url"],
    ]
    wanted = [("Opportunity", deal), ("Account", account), ("Task", task)]
    assert urls == [f"{DATA}/sobjects/{name}/{one}" for name, one in wanted]
    (total,) = client.query("SELECT COUNT(Id) n FROM Opportunity").json()["records"]
    assert total == {"attributes": {"type": "AggregateResult"}, "n": 1}


@pytest.mark.parametrize(
    ("soql", "refusal"),
    [
        ("", "MALFORMED_QUERY"),
        ("SELECT", "MALFORMED_QUERY"),
        ("SELECT Nope FROM Task", "INVALID_FIELD"),
        ("SELECT Id FROM Nope", "INVALID_TYPE"),
        ("SELECT Id FROM Task WHERE Description = 'x'", "INVALID_FIELD"),
    ],
)
def test_a_bad_query_is_refused(client: Client, soql: str, refusal: str) -> None:
    """The code of the language reaches the caller as the API's error body."""
    answer = client.query(soql)
    assert (answer.status_code, code(answer)) == (400, refusal)


def test_a_hidden_object_is_not_there(client: Client) -> None:
    """Hidden and unknown objects look the same in every route."""
    client.org.hidden = frozenset({"Quote"})
    assert code(client.query("SELECT Id FROM Quote")) == "INVALID_TYPE"
    for path in ("/sobjects/Quote/describe", "/sobjects/Nonsense/describe"):
        answer = client.call("GET", path)
        assert (answer.status_code, code(answer)) == (404, "NOT_FOUND")
    listed = [one["name"] for one in client.call("GET", "/sobjects").json()["sobjects"]]
    assert "Task" in listed
    assert "Quote" not in listed


# ------------------------------------------------------------------ single records


def test_one_record_is_created_read_changed_and_deleted(client: Client) -> None:
    """The four verbs answer as the vendor's do."""
    made = client.call("POST", "/sobjects/Task/", json={"Subject": "Call"})
    task = made.json()["id"]
    assert (made.status_code, made.json()["success"]) == (201, True)
    some = client.call("GET", f"/sobjects/Task/{task}", params={"fields": "subject,Status"}).json()
    del some["attributes"]
    assert some == {"Subject": "Call", "Status": "Not Started", "Id": task}
    changed = client.call("PATCH", f"/sobjects/Task/{task[:15]}", json={"Status": "Completed"})
    assert (changed.status_code, changed.content) == (204, b"")
    assert client.call("GET", f"/sobjects/Task/{task}").json()["IsClosed"] is True
    assert client.call("DELETE", f"/sobjects/Task/{task}").status_code == 204
    gone = client.call("GET", f"/sobjects/Task/{task}")
    assert (gone.status_code, code(gone)) == (404, "ENTITY_IS_DELETED")


@pytest.mark.parametrize(
    ("method", "path", "status", "refusal"),
    [
        ("GET", "/sobjects/Task/00TFt0000000099MAA", 404, "NOT_FOUND"),
        ("GET", "/sobjects/Task/nonsense", 404, "NOT_FOUND"),
        ("GET", "/sobjects/Nonsense/00TFt0000000099MAA", 404, "NOT_FOUND"),
        ("GET", "/sobjects/Task/Followthrough_Key__c/ft_none", 404, "NOT_FOUND"),
        ("GET", "/sobjects/Task/Subject/Call", 404, "NOT_FOUND"),
        ("PATCH", "/sobjects/Task/00TFt0000000099MAA", 404, "NOT_FOUND"),
        ("DELETE", "/sobjects/Task/00TFt0000000099MAA", 404, "NOT_FOUND"),
        ("DELETE", "/sobjects/OpportunityHistory/x", 405, "METHOD_NOT_ALLOWED"),
    ],
)
def test_what_is_not_there_cannot_be_used(
    client: Client, method: str, path: str, status: int, refusal: str
) -> None:
    """Unknown ids, objects and keys answer 404 in the vendor's words."""
    answer = client.call(method, path, json={})
    assert (answer.status_code, code(answer)) == (status, refusal)


def test_a_record_is_read_by_its_key(client: Client) -> None:
    """An external id in the path finds the living record, whatever stands in the value."""
    key = "ft_a/b c"
    client.org.delete("Task", client.org.insert("Task", {"Followthrough_Key__c": "ft_gone"}))
    task = client.org.insert("Task", {"Followthrough_Key__c": key})
    path = "/sobjects/Task/Followthrough_Key__c/"
    assert client.call("GET", path + "ft_a%2Fb%20c").json()["Id"] == task
    assert client.call("GET", path + "ft_gone").status_code == 404


def test_a_change_since_is_a_failed_precondition(client: Client) -> None:
    """412 when a person changed the record later, and the record stays theirs."""
    task = client.org.insert("Task", {"Subject": "ours"})
    path, stamp = f"/sobjects/Task/{task}", "Mon, 02 Mar 2026 12:00:00 GMT"
    client.org.clock = lambda: NOON + dt.timedelta(minutes=1)
    fine = client.call("PATCH", path, json={"Subject": "b"}, headers={"If-Unmodified-Since": stamp})
    late = client.call("PATCH", path, json={"Subject": "c"}, headers={"If-Unmodified-Since": stamp})
    assert (fine.status_code, late.status_code) == (204, 412)
    assert client.org.get("Task", task)["Subject"] == "b"


@pytest.mark.parametrize(
    ("body", "kind", "status", "refusal"),
    [
        (b"{", "application/json", 400, "JSON_PARSER_ERROR"),
        (b"[]", "application/json", 400, "JSON_PARSER_ERROR"),
        (b'{"Subject": NaN}', "application/json", 400, "JSON_PARSER_ERROR"),
        (b"\xff", "application/json", 400, "JSON_PARSER_ERROR"),
        (b"[" * 100_000, "application/json", 400, "JSON_PARSER_ERROR"),
        (b"Subject=x", "application/x-www-form-urlencoded", 415, "UNSUPPORTED_MEDIA_TYPE"),
    ],
)
def test_a_body_that_is_no_record_is_refused(
    client: Client, body: bytes, kind: str, status: int, refusal: str
) -> None:
    """Broken JSON, other shapes and other types never reach the records."""
    headers = {"Content-Type": kind}
    answer = client.call("POST", "/sobjects/Task", data=body, headers=headers)
    assert (answer.status_code, code(answer)) == (status, refusal)
    assert client.org.store.count("Task") == 0


def test_a_duplicate_names_the_record_that_has_the_key(client: Client) -> None:
    """The single create answers 400 with errorCode; the sentence holds the first one's id."""
    task = client.org.insert("Task", {"Followthrough_Key__c": "ft_a"})
    answer = client.call("POST", "/sobjects/Task", json={"Followthrough_Key__c": "ft_a"})
    assert answer.status_code == 400
    assert code(answer) == "DUPLICATE_VALUE"
    assert answer.json()[0]["message"].endswith(f"on record with id: {task[:15]}")


# ------------------------------------------------------------------ collections


def task(subject: str, **more: object) -> dict[str, object]:
    """A task of a collection."""
    return {"attributes": {"type": "Task"}, "Subject": subject, **more}


def test_each_record_of_a_collection_has_its_own_result(client: Client) -> None:
    """Good and bad stand in one answer, in the caller's order, with statusCode."""
    key = {"Followthrough_Key__c": "ft_a"}
    good, twice, bad = client.create(task("a", **key), task("b", **key), task("c", OwnerId="x"))
    assert (good["success"], good["errors"]) == (True, [])
    assert [one["errors"][0]["statusCode"] for one in (twice, bad)] == [  # type: ignore[index]
        "DUPLICATE_VALUE",
        "MALFORMED_ID",
    ]
    assert client.org.store.count("Task") == 1


def test_all_or_none_takes_everything_back(client: Client) -> None:
    """One bad record undoes the good ones, which say why they were undone."""
    good, bad = client.create(task("a"), task("b", OwnerId="x"), all_or_none=True)
    codes = [one["errors"][0]["statusCode"] for one in (good, bad)]  # type: ignore[index]
    assert codes == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "MALFORMED_ID"]
    assert client.org.store.count("Task") == 0
    (fine,) = client.create(task("a"), all_or_none=True)
    assert fine["success"] is True


def test_a_collection_changes_records_by_id(client: Client) -> None:
    """Updates take id or Id; missing, foreign, unknown and deleted ids fail alone."""
    first, gone = client.org.insert("Task", {}), client.org.insert("Task", {})
    account = client.org.insert("Account", {"Name": "Harbour"})
    client.org.delete("Task", gone)
    given = [
        task("new", id=first),
        task("new"),
        task("new", Id=account),
        task("new", id="00TFt0000000099MAA"),
        task("new", id=gone),
    ]
    results = client.call("PATCH", "/composite/sobjects", json={"records": given}).json()
    assert [one["errors"][0]["statusCode"] for one in results[1:]] == [
        "MISSING_ARGUMENT",
        "MALFORMED_ID",
        "INVALID_CROSS_REFERENCE_KEY",
        "ENTITY_IS_DELETED",
    ]
    assert results[0] == {"id": first, "success": True, "errors": []}
    assert client.org.get("Task", first)["Subject"] == "new"


def test_records_are_read_by_id_in_the_callers_order(client: Client) -> None:
    """Unknown and deleted records are null; an unknown field refuses the whole call."""
    first, second = (client.org.insert("Task", {"Subject": name}) for name in "ab")
    gone = client.org.insert("Task", {})
    client.org.delete("Task", gone)
    body = {"ids": [second, gone, "x", first[:15]], "fields": ["Subject"]}
    read = client.call("POST", "/composite/sobjects/Task", json=body).json()
    assert [one and one["Subject"] for one in read] == ["b", None, None, "a"]
    bad = client.call("POST", "/composite/sobjects/Task", json={**body, "fields": ["Nope"]})
    assert code(bad) == "INVALID_FIELD"


def test_a_collection_has_bounds(client: Client) -> None:
    """201 records, eleven runs of objects, or a record without a type refuse the whole call."""
    account = {"attributes": {"type": "Account"}, "Name": "Harbour"}
    cases = {
        "EXCEEDED_ID_LIMIT": [task("x")] * 201,
        "LIMIT_EXCEEDED": [task("x"), account] * 6,
        "INVALID_TYPE": [{"Subject": "x"}],
    }
    for refusal, given in cases.items():
        answer = client.call("POST", "/composite/sobjects", json={"records": given})
        assert (answer.status_code, code(answer)) == (400, refusal)
    assert client.org.store.count("Task") == 0
    assert all(one["success"] for one in client.create(*[task("x")] * 200))


def test_an_unknown_object_in_a_collection_fails_alone(client: Client) -> None:
    """The neighbours of a record of an unknown object are created."""
    results = client.create(task("a"), {"attributes": {"type": "Nope"}, "Name": "x"})
    assert [one["success"] for one in results] == [True, False]


# ------------------------------------------------------------------ the edge of the known


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", DATA + "/jobs/ingest"),
        ("POST", DATA + "/composite/batch"),
        ("GET", DATA + "/sobjects/Task/describe/layouts"),
        ("GET", DATA + "/query?explain=SELECT+Id+FROM+Task"),
        ("GET", "/crm/v3/objects/deals"),
    ],
)
def test_what_nobody_simulates_answers_501(
    client: Client, method: str, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The body names the gap and a warning is logged; it is never answered by a guess."""
    answer = client.session.request(method, client.at(path))
    assert answer.status_code == 501
    assert path.split("?")[0].split("/")[-1] in answer.json()[0]["message"]
    assert [record.levelname for record in caplog.records] == ["WARNING"]


@pytest.mark.parametrize("version", ["30.0", "68.0", "62", "x"])
def test_an_unknown_version_is_not_found(client: Client, version: str) -> None:
    """Only versions of the list answer."""
    answer = client.session.get(client.at(f"/services/data/v{version}/limits"))
    assert (answer.status_code, code(answer)) == (404, "NOT_FOUND")


def test_a_very_long_address_is_refused(client: Client) -> None:
    """More than 16,384 bytes of path and query answer 414; a little less is a query."""
    words = ",".join(["Id"] * 2000)
    assert client.query(f"SELECT {words}, {words}, {words} FROM Task").status_code == 414
    assert (
        client.query("SELECT Id FROM Task WHERE Subject = '" + "x" * 3000 + "'").status_code == 200
    )


# ------------------------------------------------------------------ the replication log


def span(client: Client, path: str, start: dt.timedelta, end: dt.timedelta) -> requests.Response:
    """Ask what changed between two moments, told from now."""
    moments = {"start": (NOON + start).isoformat(), "end": (NOON + end).isoformat()}
    return client.call("GET", path, params=moments)


def test_the_log_tells_what_changed_and_what_was_deleted(client: Client) -> None:
    """Each in its own list, and up to when that is certain."""
    kept, gone, purged = (client.org.insert("Account", {"Name": name}) for name in "abc")
    for one in (gone, purged):
        client.org.delete("Account", one)
    client.org.purged.purge("Account", purged)
    hour = dt.timedelta(hours=1)
    changed = span(client, "/sobjects/Account/updated/", -hour, hour).json()
    deleted = span(client, "/sobjects/Account/deleted/", -hour, hour).json()
    assert changed["ids"] == [kept]
    assert sorted(one["id"] for one in deleted["deletedRecords"]) == sorted([gone, purged])
    assert changed["latestDateCovered"] == "2026-03-02T12:00:00.000+0000"


@pytest.mark.parametrize(
    ("path", "start", "end"),
    [
        ("updated", dt.timedelta(days=-31), dt.timedelta()),
        ("deleted", dt.timedelta(days=-16), dt.timedelta()),
        ("updated", dt.timedelta(), dt.timedelta(seconds=30)),
    ],
)
def test_the_log_remembers_only_so_long(
    client: Client, path: str, start: dt.timedelta, end: dt.timedelta
) -> None:
    """Further back, or for less than a minute, it refuses."""
    answer = span(client, f"/sobjects/Account/{path}/", start, end)
    assert (answer.status_code, code(answer)) == (400, "INVALID_REPLICATION_DATE")
