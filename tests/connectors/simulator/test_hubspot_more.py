"""Merges, associations in lists, files, other apps' calls, and one key wanted by many at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from .hubspot_client import DEAL, NOON, Client, NoAuth, ids

OBJECTS = "/crm/v3/objects"


def merged(client: Client, kind: str, main: str, other: str) -> requests.Response:
    """Ask for a merge."""
    body = {"primaryObjectId": main, "objectIdToMerge": other}
    return client.post(f"{OBJECTS}/{kind}/merge", body)


def test_a_merge_leaves_one_record_that_both_ids_lead_to(client: Client) -> None:
    """Values of the main one hold, associations of both; neither is found, listed or archived."""
    main, other = client.deal(dealname="Main"), client.deal(amount="5", hs_next_step="call")
    note = client.portal.insert("notes", {"hs_timestamp": NOON})
    client.portal.associate("notes", note, "deals", other)
    answer = merged(client, "deals", main, other)
    left = answer.json()["id"]
    assert (answer.status_code, left in (main, other)) == (200, False)
    for asked in (main, other, left):
        read = client.get(f"{OBJECTS}/deals/{asked}?properties=dealname,amount,hs_next_step").json()
        assert (read["id"], read["properties"]["dealname"]) == (left, "Main")
        assert (read["properties"]["amount"], read["properties"]["hs_next_step"]) == ("5", "call")
    assert ids(client.get(f"{OBJECTS}/deals")) == ids(client.search("deals")) == [left]
    assert ids(client.get(f"{OBJECTS}/deals?archived=true")) == []
    gone = client.get(f"{OBJECTS}/deals/{left}?properties=hs_merged_object_ids").json()
    assert set(gone["properties"]["hs_merged_object_ids"].split(";")) == {main, other}
    links = client.get(f"/crm/v4/objects/deals/{left}/associations/notes").json()["results"]
    assert [str(one["toObjectId"]) for one in links] == [note]


def test_a_merge_may_keep_the_main_id_and_frees_unique_values(client: Client) -> None:
    """The address of the contact that is gone can be given to another."""
    client.portal.merge_renews = False
    main = client.portal.insert("contacts", {"email": "a@x.example"})
    other = client.portal.insert("contacts", {"email": "b@x.example"})
    assert merged(client, "contacts", main, other).json()["id"] == main
    assert client.portal.get("contacts", main)["email"] == "a@x.example"
    client.portal.insert("contacts", {"email": "b@x.example"})


@pytest.mark.parametrize(
    ("kind", "same", "status"), [("notes", False, 400), ("deals", True, 400), ("deals", None, 404)]
)
def test_a_merge_that_cannot_be_is_refused(
    client: Client, kind: str, same: bool | None, status: int
) -> None:
    """Activities are not merged, nor a record with itself, nor with one that is not there."""
    made = [
        client.portal.insert(kind, DEAL if kind == "deals" else {"hs_timestamp": NOON})
        for _ in range(2)
    ]
    other = "999" if same is None else made[0 if same else 1]
    assert merged(client, kind, made[0], other).status_code == status


def test_a_list_brings_only_the_first_associations(client: Client) -> None:
    """The rest by the cursor; who has few has no paging."""
    client.portal.inline_links = 2
    many, few = client.deal(), client.deal()
    for deal, count in ((many, 3), (few, 1)):
        for _ in range(count):
            contact = client.portal.insert("contacts", {})
            client.portal.associate("deals", deal, "contacts", contact)
    listed = client.get(f"{OBJECTS}/deals?associations=contacts").json()["results"]
    told = {one["id"]: one["associations"]["contacts"] for one in listed}
    assert len(told[many]["results"]) == 2
    assert told[many]["paging"]["next"]["after"]
    assert "paging" not in told[few]


def test_files_are_found_by_their_ids(client: Client) -> None:
    """Those nobody has are left out; without the scope none is told."""
    offer = client.portal.add_file("Offer.v2.pdf")
    client.portal.add_file("other.txt")
    (found,) = client.get(f"/files/v3/files/search?ids={offer}&ids=12345").json()["results"]
    assert (found["id"], found["name"], found["extension"]) == (offer, "Offer.v2", "pdf")
    assert len(client.get("/files/v3/files/search?limit=1").json()["results"]) == 1
    client.portal.missing = frozenset({"files"})
    assert client.get("/files/v3/files/search").status_code == 403


@pytest.mark.parametrize(
    ("kind", "metadata"),
    [("tickets", [{"ticketState": "OPEN"}] * 3 + [{"ticketState": "CLOSED"}]), ("quotes", None)],
)
def test_pipelines_of_other_objects(client: Client, kind: str, metadata: Any) -> None:
    """Tickets say whether they are open; what has no pipelines has none."""
    found = client.get(f"/crm/v3/pipelines/{kind}").json()["results"]
    assert [s["metadata"] for one in found for s in one["stages"]] == (metadata or [])


def test_other_apps_use_up_what_is_the_accounts(client: Client) -> None:
    """Searches of this second and calls of today; a burst is each app's own."""
    client.portal.enforced = frozenset({"SECONDLY", "DAILY", "TEN_SECONDLY_ROLLING"})
    client.portal.others_searching = 4
    assert client.search("deals").status_code == 200
    assert client.search("deals").json()["policyName"] == "SECONDLY"
    client.portal.others_today = client.portal.daily - 3
    told = client.get(f"{OBJECTS}/deals")
    assert told.headers["X-HubSpot-RateLimit-Daily-Remaining"] == "1"
    assert client.get(f"{OBJECTS}/deals").status_code == 200
    assert client.get(f"{OBJECTS}/deals").json()["policyName"] == "DAILY"


def test_of_many_who_want_a_key_at_once_one_gets_it(client: Client) -> None:
    """Whoever comes second is refused, however close behind."""

    def create(_: int) -> int:
        properties = {"hs_timestamp": "2026-03-05", "followthrough_key": "one"}
        with requests.Session() as session:
            session.auth = NoAuth()
            headers = {"Authorization": f"Bearer {client.portal.access_token}"}
            url = f"{client.sim.base_url}{OBJECTS}/tasks"
            body = {"properties": properties}
            return session.post(url, json=body, headers=headers, timeout=5).status_code

    with ThreadPoolExecutor(8) as pool:
        told = sorted(pool.map(create, range(8)))
    assert told == [201] + [409] * 7
    assert len(client.portal.store.all("tasks")) == 1
