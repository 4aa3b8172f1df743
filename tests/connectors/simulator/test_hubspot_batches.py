"""Batches and associations over HTTP: 207 and 200, all or nothing, numeric ids, both directions."""

from __future__ import annotations

import pytest
import requests

from tests.connectors.simulator.hubspot_client import NOON, Client, ids

TASKS = "/crm/v3/objects/tasks"
LINKS = "/crm/v4/associations"
DUE = {"hs_timestamp": "2026-03-05"}


def batch(
    client: Client, verb: str, *inputs: dict[str, object], **more: object
) -> requests.Response:
    return client.post(f"{TASKS}/batch/{verb}", {"inputs": list(inputs), **more})


def link(answer: requests.Response) -> dict[str, list[tuple[int, list[int]]]]:
    """What a batch read of associations found: record -> ends with the ids of their kinds."""
    return {
        one["from"]["id"]: [
            (end["toObjectId"], [kind["typeId"] for kind in end["associationTypes"]])
            for end in one["to"]
        ]
        for one in answer.json()["results"]
    }


# ------------------------------------------------------------------ batches of records


def test_a_batch_reads_what_is_there_and_names_the_rest(client: Client) -> None:
    """200 where all are there, else 207 and COMPLETE with the missing ids in one error."""
    one, two = client.task().json()["id"], client.task(followthrough_key="ft_2").json()["id"]
    whole = batch(client, "read", {"id": one}, {"id": two}, properties=["hs_task_subject"])
    assert (whole.status_code, ids(whole)) == (200, [one, two])
    assert whole.json()["results"][0]["properties"]["hs_task_subject"] == "Call"
    part = batch(client, "read", {"id": one}, {"id": "7"}, {"id": "8"})
    assert (part.status_code, part.json()["status"], ids(part)) == (207, "COMPLETE", [one])
    (error,) = part.json()["errors"]
    assert (error["category"], error["context"]["ids"]) == ("OBJECT_NOT_FOUND", ["7", "8"])
    by_key = batch(client, "read", {"id": "ft_2"}, {"id": "ft_9"}, idProperty="followthrough_key")
    assert ids(by_key) == [two]
    assert by_key.json()["errors"][0]["context"]["ids"] == ["ft_9"]


def test_a_batch_reads_history_and_archived_ones(client: Client) -> None:
    """Former values come with the records; archived ones only when asked for."""
    task = client.task().json()["id"]
    done = {"id": task, "properties": {"hs_task_status": "COMPLETED"}}
    assert batch(client, "update", done).status_code == 200
    shown = batch(client, "read", {"id": task}, propertiesWithHistory=["hs_task_status"])
    (one,) = shown.json()["results"]
    words = [entry["value"] for entry in one["propertiesWithHistory"]["hs_task_status"]]
    assert words == ["COMPLETED", "NOT_STARTED"]
    assert batch(client, "archive", {"id": task}, {"id": "7"}).status_code == 204
    assert batch(client, "read", {"id": task}).status_code == 207
    again = client.post(f"{TASKS}/batch/read?archived=true", {"inputs": [{"id": task}]})
    assert (again.status_code, ids(again)) == (200, [task])


@pytest.mark.parametrize(
    ("traces", "status", "made"),
    [(("a", "b"), 207, 1), (("a", "a"), 400, 0), (("a", None), 400, 0), ((None, None), 400, 0)],
)
def test_a_bad_input_spoils_the_batch_unless_each_has_its_trace(
    client: Client, traces: tuple[str | None, ...], status: int, made: int
) -> None:
    """With a different trace id each, the good one is made and the bad one's trace is named."""
    inputs = [{"properties": DUE}, {"properties": {"hs_task_subject": "no date"}}]
    for one, trace in zip(inputs, traces, strict=True):
        if trace:
            one["objectWriteTraceId"] = trace  # type: ignore[assignment]
    answer = batch(client, "create", *inputs)
    assert answer.status_code == status
    assert len(ids(client.get(TASKS))) == made
    if status == 207:
        body = answer.json()
        assert (body["status"], body["numErrors"], len(body["results"])) == ("COMPLETE", 1, 1)
        assert body["results"][0]["objectWriteTraceId"] == "a"
        assert body["errors"][0]["context"]["objectWriteTraceId"] == ["b"]
        assert body["errors"][0]["category"] == "VALIDATION_ERROR"


def test_a_good_batch_is_created_whole(client: Client) -> None:
    """201, in the order of the inputs, associations included."""
    deal = client.deal()
    kind = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 216}
    links = [{"to": {"id": deal}, "types": [kind]}]
    answer = batch(
        client, "create", {"properties": DUE, "associations": links}, {"properties": DUE}
    )
    assert answer.status_code == 201
    first, second = ids(answer)
    read = client.post(f"{LINKS}/tasks/deals/batch/read", {"inputs": [{"id": first}]})
    assert link(read) == {first: [(int(deal), [216])]}
    assert first != second


def test_an_upsert_changes_or_makes(client: Client) -> None:
    """`new` says which; the same key twice is one task."""
    one = {"id": "ft_1", "idProperty": "followthrough_key", "properties": DUE}
    first = batch(client, "upsert", one).json()["results"][0]
    changed = {**one, "properties": {"hs_task_subject": "Ask"}}
    second = batch(client, "upsert", changed).json()["results"][0]
    assert (first["new"], second["new"]) == (True, False)
    assert first["id"] == second["id"]
    assert second["properties"]["hs_task_subject"] == "Ask"
    assert batch(client, "upsert", {"id": "ft_1", "properties": DUE}).status_code == 400
    wrong = {**one, "idProperty": "hs_task_subject"}
    assert batch(client, "upsert", wrong).status_code == 400


def test_an_update_of_what_is_not_there(client: Client) -> None:
    """404 for the whole batch; with traces 207 and the others are changed."""
    task = client.task().json()["id"]
    good = {"id": task, "properties": {"hs_task_subject": "Ask"}}
    bad = {"id": "7", "properties": {"hs_task_subject": "Ask"}}
    assert batch(client, "update", good, bad).status_code == 404
    read = f"{TASKS}/{task}?properties=hs_task_subject"
    assert client.get(read).json()["properties"]["hs_task_subject"] == "Call"
    traced = [{**one, "objectWriteTraceId": n} for n, one in (("g", good), ("b", bad))]
    assert batch(client, "update", *traced).status_code == 207
    assert client.get(read).json()["properties"]["hs_task_subject"] == "Ask"


@pytest.mark.parametrize("verb", ["read", "create", "update", "upsert", "archive"])
def test_a_batch_has_at_most_a_hundred(client: Client, verb: str) -> None:
    """One more is refused, as is a body without inputs."""
    assert batch(client, verb, *[{"id": "1", "properties": DUE}] * 101).status_code == 400
    assert client.post(f"{TASKS}/batch/{verb}", {}).status_code == 400


# ------------------------------------------------------------------ associations


@pytest.mark.parametrize(
    ("kind", "to_deal", "to_contact", "to_company", "apart"),
    [
        ("tasks", 216, 204, 192, -1),
        ("notes", 214, 202, 190, -1),
        ("calls", 206, 194, 182, -1),
        ("emails", 210, 198, 186, -1),
        ("meetings", 212, 200, 188, -1),
    ],
)
def test_activities_have_their_numbers_in_both_directions(
    client: Client, kind: str, to_deal: int, to_contact: int, to_company: int, apart: int
) -> None:
    """The numbers of the facts sheet, forth and back."""
    activity = client.portal.insert(kind, DUE)
    ends = {
        "deals": (client.deal(), to_deal),
        "contacts": (client.portal.insert("contacts", {"email": "a@b.example"}), to_contact),
        "companies": (client.portal.insert("companies", {"name": "Alder"}), to_company),
    }
    for target, (record, number) in ends.items():
        path = f"/crm/v4/objects/{kind}/{activity}/associations/default/{target}/{record}"
        specs = [one["associationSpec"] for one in client.call("PUT", path).json()["results"]]
        assert [one["associationTypeId"] for one in specs] == [number, number + apart]
        forth = client.post(f"{LINKS}/{kind}/{target}/batch/read", {"inputs": [{"id": activity}]})
        back = client.post(f"{LINKS}/{target}/{kind}/batch/read", {"inputs": [{"id": record}]})
        assert link(forth) == {activity: [(int(record), [number])]}
        assert link(back) == {record: [(int(activity), [number + apart])]}


def test_records_without_associations_are_errors_in_a_207(client: Client) -> None:
    """Also those that are not there: HubSpot does not tell them apart."""
    deal, other = client.deal(), client.deal()
    contact = client.portal.insert("contacts", {"email": "a@b.example"})
    client.portal.associate("deals", deal, "contacts", contact)
    inputs = [{"id": deal}, {"id": other}, {"id": "7"}]
    answer = client.post(f"{LINKS}/deals/contacts/batch/read", {"inputs": inputs})
    assert (answer.status_code, answer.json()["status"]) == (207, "COMPLETE")
    assert link(answer) == {deal: [(int(contact), [3])]}
    errors = answer.json()["errors"]
    assert [one["context"]["fromObjectId"] for one in errors] == [[other], ["7"]]
    assert {one["subCategory"] for one in errors} == {"crm.associations.NO_ASSOCIATIONS_FOUND"}
    whole = client.post(f"{LINKS}/deals/contacts/batch/read", {"inputs": inputs[:1]})
    assert (whole.status_code, "errors" in whole.json()) == (200, False)


def test_many_associations_come_in_pages(client: Client) -> None:
    """In a batch each record has a cursor of its own; of one record a list has a page."""
    client.portal.link_page = 2
    deal = client.deal()
    tasks = [client.portal.insert("tasks", DUE) for _ in range(3)]
    for task in tasks:
        client.portal.associate("tasks", task, "deals", deal)
    path = f"{LINKS}/deals/tasks/batch/read"
    first = client.post(path, {"inputs": [{"id": deal}]})
    after = first.json()["results"][0]["paging"]["next"]["after"]
    second = client.post(path, {"inputs": [{"id": deal, "after": after}]})
    found = [end for answer in (first, second) for end, _ in link(answer)[deal]]
    assert found == [int(task) for task in tasks]
    assert "paging" not in second.json()["results"][0]
    one = f"/crm/v4/objects/deals/{deal}/associations/tasks"
    page = client.get(f"{one}?limit=2").json()
    rest = client.get(f"{one}?limit=2&after={page['paging']['next']['after']}").json()
    assert [end["toObjectId"] for end in page["results"] + rest["results"]] == found


def test_a_deal_has_one_main_company(client: Client) -> None:
    """Naming another takes the mark from the first, which stays associated plainly."""
    deal = client.deal()
    old, new = (client.portal.insert("companies", {"name": name}) for name in "ab")
    main = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 5}
    for company in (old, new):
        path = f"/crm/v4/objects/deals/{deal}/associations/companies/{company}"
        assert client.call("PUT", path, json=[main]).json()["labels"] == ["Primary"]
    found = client.post(f"{LINKS}/deals/companies/batch/read", {"inputs": [{"id": deal}]})
    assert link(found) == {deal: [(int(old), [341]), (int(new), [341, 5])]}
    back = client.post(f"{LINKS}/companies/deals/batch/read", {"inputs": [{"id": new}]})
    assert link(back) == {new: [(int(deal), [342, 6])]}
    shown = client.get(f"/crm/v3/objects/deals/{deal}?properties=hs_primary_associated_company")
    assert shown.json()["properties"]["hs_primary_associated_company"] == new


def test_labels_of_the_account_can_be_used(client: Client) -> None:
    """A label has a number a direction, comes beside the plain kind, and is listed."""
    forth, back = client.portal.add_label("deals", "contacts", "Decision maker")
    deal, contact = client.deal(), client.portal.insert("contacts", {"email": "a@b.example"})
    client.portal.associate("deals", deal, "contacts", contact, "Decision maker")
    of_deal = client.get(f"/crm/v4/objects/deals/{deal}/associations/contacts").json()["results"]
    assert of_deal[0]["associationTypes"] == [
        {"category": "HUBSPOT_DEFINED", "typeId": 3, "label": None},
        {"category": "USER_DEFINED", "typeId": forth, "label": "Decision maker"},
    ]
    of_contact = client.get(f"/crm/v4/objects/contacts/{contact}/associations/deals").json()
    kinds = of_contact["results"][0]["associationTypes"]
    assert [kind["typeId"] for kind in kinds] == [4, back]
    listed = client.get(f"{LINKS}/deals/contacts/labels").json()["results"]
    assert {"category": "USER_DEFINED", "typeId": forth, "label": "Decision maker"} in listed


def test_associations_can_be_undone(client: Client) -> None:
    """One by one or many at once, both directions; what is not there is no error."""
    deal, contact = client.deal(), client.portal.insert("contacts", {"email": "a@b.example"})
    path = f"/crm/v4/objects/deals/{deal}/associations/contacts"
    for undo in (
        lambda: client.call("DELETE", f"{path}/{contact}"),
        lambda: client.post(
            f"{LINKS}/contacts/deals/batch/archive",
            {"inputs": [{"from": {"id": contact}, "to": [{"id": deal}, {"id": 7}]}]},
        ),
    ):
        client.portal.associate("deals", deal, "contacts", contact)
        assert len(client.get(path).json()["results"]) == 1
        assert undo().status_code == 204
        assert client.get(path).json()["results"] == []


def test_archived_records_are_associated_with_nothing(client: Client) -> None:
    """An archived task is in no answer about its deal, though the deal's other task is."""
    deal = client.deal()
    tasks = [client.portal.insert("tasks", DUE) for _ in range(2)]
    for task in tasks:
        client.portal.associate("tasks", task, "deals", deal)
    client.portal.archive("tasks", tasks[0])
    found = client.get(f"/crm/v4/objects/deals/{deal}/associations/tasks").json()["results"]
    assert [end["toObjectId"] for end in found] == [int(tasks[1])]


def test_the_plain_kind_for_many_pairs(client: Client) -> None:
    """A pair that is none is an error beside the others."""
    deal, task = client.deal(), client.portal.insert("tasks", DUE)
    pairs = [{"from": {"id": task}, "to": {"id": to}} for to in (deal, "7")]
    answer = client.post(f"{LINKS}/tasks/deals/batch/associate/default", {"inputs": pairs})
    assert (answer.status_code, len(answer.json()["results"])) == (207, 1)
    assert answer.json()["errors"][0]["message"] == "DEAL=7 is not valid"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/crm/v4/objects/deals/7/associations/default/contacts/8"),
        ("GET", "/crm/v4/objects/deals/7/associations/contacts"),
    ],
)
def test_a_path_to_no_record_is_not_found(client: Client, method: str, path: str) -> None:
    """Unlike in a batch."""
    assert client.call(method, path).status_code == 404


def test_the_moment_of_a_batch_is_the_portals(client: Client) -> None:
    """Begun and completed by the portal's clock."""
    answer = batch(client, "create", {"properties": DUE}).json()
    assert answer["startedAt"] == answer["completedAt"] == f"{NOON:%Y-%m-%dT%H:%M:%S}Z"
