"""Search over HTTP: filters, sorts, pages, the ceiling, the index that lags behind."""

from __future__ import annotations

import datetime as dt

import pytest

from connectors.simulator.hubspot.times import millis
from tests.connectors.simulator.hubspot_client import NOON, WON, Client, ids

SEARCH = "/crm/v3/objects/deals/search"


def where(name: str, operator: str, **more: object) -> dict[str, object]:
    return {"propertyName": name, "operator": operator, **more}


@pytest.mark.parametrize(
    ("filter_", "found"),
    [
        (where("dealname", "EQ", value="NORTH hall"), "a"),
        (where("dealname", "EQ", value="north"), ""),
        (where("dealname", "NEQ", value="North hall"), "bc"),
        (where("dealname", "IN", values=["north hall", "south gate"]), "ab"),
        (where("dealname", "IN", values=["North hall"]), ""),
        (where("dealname", "NOT_IN", values=["north hall"]), "bc"),
        (where("dealname", "CONTAINS_TOKEN", value="gate"), "b"),
        (where("dealname", "CONTAINS_TOKEN", value="gat*"), "b"),
        (where("dealname", "CONTAINS_TOKEN", value="gat"), ""),
        (where("dealname", "NOT_CONTAINS_TOKEN", value="gate"), "ac"),
        (where("amount", "GT", value="90"), "b"),
        (where("amount", "GTE", value="90"), "ab"),
        (where("amount", "LT", value="100"), "a"),
        (where("amount", "LTE", value=100), "ab"),
        (where("amount", "BETWEEN", value="90", highValue="100"), "ab"),
        (where("amount", "BETWEEN", value="91", highValue="99"), ""),
        (where("amount", "HAS_PROPERTY"), "ab"),
        (where("amount", "NOT_HAS_PROPERTY"), "c"),
        (where("hs_next_step", "HAS_PROPERTY"), ""),
        (where("dealtype", "IN", values=["newbusiness"]), "a"),
        (where("hs_is_closed_won", "EQ", value="true"), "c"),
        (where("hs_is_closed_won", "EQ", value="false"), "ab"),
        (where("closedate", "GTE", value="2026-05-01"), "a"),
        (where("closedate", "LT", value="1777593600000"), "bc"),
    ],
)
def test_filters_find_what_they_say(client: Client, filter_: dict[str, object], found: str) -> None:
    """Each operator on a text, a number, a word, a moment; words of an IN in lower case."""
    made = {
        client.deal(
            dealname="North hall", amount=90, dealtype="newbusiness", closedate="2026-05-01"
        ): "a",
        client.deal(
            dealname="South gate", amount=100, hs_next_step="", closedate="2026-04-30"
        ): "b",
        client.deal(dealname="West wing", dealstage=WON): "c",
    }
    answer = client.search("deals", filter_)
    assert answer.status_code == 200
    assert "".join(made[one] for one in ids(answer)) == found
    assert answer.json()["total"] == len(found)


def test_groups_are_alternatives_and_filters_are_not(client: Client) -> None:
    """Filters of a group must all hold, of several groups any one."""
    one, two, three = (client.deal(dealname=n, amount=a) for n, a in (("x", 1), ("x", 2), ("y", 2)))
    both = [where("dealname", "EQ", value="x"), where("amount", "EQ", value="2")]
    assert ids(client.search("deals", *both)) == [two]
    groups = [{"filters": [both[0]]}, {"filters": [both[1]]}]
    assert ids(client.post(SEARCH, {"filterGroups": groups})) == [one, two, three]
    assert ids(client.post(SEARCH, {"filters": both})) == [two]


def test_a_window_of_changes_is_found(client: Client) -> None:
    """By the stamp of the last change, bounds included; contacts keep theirs under another name."""
    with client.portal.at(NOON - dt.timedelta(minutes=1)):
        client.deal()
        contact = client.portal.insert("contacts", {"email": "a@b.example"})
    deal = client.deal()
    noon = str(millis(NOON))
    since = {"value": noon, "highValue": noon}
    assert ids(client.search("deals", where("hs_lastmodifieddate", "BETWEEN", **since))) == [deal]
    by_contact = where("lastmodifieddate", "LT", value=noon)
    assert ids(client.search("contacts", by_contact)) == [contact]
    assert (
        client.search("contacts", where("hs_lastmodifieddate", "LT", value=noon)).status_code == 400
    )


def test_records_with_one_stamp_are_paged_by_id(client: Client) -> None:
    """Sorting by id and asking for greater ones walks through what one millisecond holds."""
    made = [client.deal() for _ in range(5)]
    sort = [{"propertyName": "hs_object_id", "direction": "ASCENDING"}]
    found: list[str] = []
    last = "0"
    while page := ids(
        client.search("deals", where("hs_object_id", "GT", value=last), sorts=sort, limit=2)
    ):
        found, last = [*found, *page], page[-1]
    assert found == made


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ([{"propertyName": "amount", "direction": "DESCENDING"}], "bca"),
        ([{"propertyName": "amount", "direction": "ASCENDING"}], "acb"),
        (["amount"], "acb"),
        (["-amount"], "bca"),
        ([], "abc"),
    ],
)
def test_one_sort_as_object_or_name(client: Client, sort: list[object], order: str) -> None:
    """Numbers sort as numbers; without a sort the oldest come first."""
    made = {client.deal(amount=amount): name for name, amount in (("a", 9), ("b", 100), ("c", 10))}
    answer = client.search("deals", sorts=sort)
    assert "".join(made[one] for one in ids(answer)) == order


def test_pages_lead_to_one_another(client: Client) -> None:
    """The cursor is a number of records, text or not; the last page has none."""
    made = [client.deal() for _ in range(3)]
    first = client.search("deals", limit=2)
    assert first.json()["paging"] == {"next": {"after": "2"}}
    assert first.json()["total"] == 3
    for after in ("2", 2):
        last = client.search("deals", limit=2, after=after)
        assert ids(last) == made[2:]
        assert "paging" not in last.json()


def test_beyond_the_ceiling_there_is_nothing(client: Client) -> None:
    """Total tells the truth; the page that would go beyond is refused."""
    client.portal.ceiling = 4
    for _ in range(6):
        client.deal()
    last = client.search("deals", limit=2, after="2")
    assert (last.status_code, last.json()["total"], len(ids(last))) == (200, 6, 2)
    assert last.json()["paging"]["next"]["after"] == "4"
    assert client.search("deals", limit=2, after="4").status_code == 400
    assert client.search("deals", limit=2, after="3").status_code == 400


def test_the_ceiling_of_a_plain_portal_is_ten_thousand(client: Client) -> None:
    """The last page ends there, one more record is refused."""
    assert client.search("deals", limit=200, after="9800").status_code == 200
    assert client.search("deals", limit=200, after="9801").status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 201},
        {"limit": "many"},
        {"after": "-1"},
        {"sorts": ["amount", "dealname"]},
        {"sorts": [{"propertyName": "amount", "direction": "UP"}]},
        {"sorts": ["nothing_like_it"]},
        {"filterGroups": {"filters": []}},
        {"filterGroups": [{"filters": [where("nothing_like_it", "EQ", value="1")]}]},
        {"filterGroups": [{"filters": [where("amount", "LIKE", value="1")]}]},
        {"filterGroups": [{"filters": [where("amount", "EQ", value="much")]}]},
        {"filterGroups": [{"filters": [where("amount", "EQ")]}]},
        {"filterGroups": [{"filters": [where("amount", "IN", values=[])]}]},
        {"filterGroups": [{"filters": [where("amount", "BETWEEN", value="1")]}]},
        {"filterGroups": [{"filters": [where("amount", "HAS_PROPERTY")] * 7}]},
        {"filterGroups": [{"filters": [where("amount", "HAS_PROPERTY")]}] * 6},
        {"filterGroups": [{"filters": [where("amount", "HAS_PROPERTY")] * 4}] * 5},
        {"properties": ["x" * 3_000]},
    ],
)
def test_what_search_does_not_take_is_refused(client: Client, body: dict[str, object]) -> None:
    """400 with the vendor's body for limits, unknown names, and values of another type."""
    answer = client.post(SEARCH, body)
    assert answer.status_code == 400
    assert answer.json()["category"] == "VALIDATION_ERROR"


def test_the_most_search_takes_is_answered(client: Client) -> None:
    """Three groups of six filters, 200 a page."""
    groups = [{"filters": [where("amount", "NOT_HAS_PROPERTY")] * 6}] * 3
    deal = client.deal()
    assert ids(client.post(SEARCH, {"filterGroups": groups, "limit": 200})) == [deal]


def test_the_html_of_mails_cannot_be_searched(client: Client) -> None:
    """A filter on it is refused, one on the text is not."""
    answer = client.search("emails", where("hs_email_html", "CONTAINS_TOKEN", value="price"))
    assert answer.status_code == 400
    answer = client.search("emails", where("hs_email_text", "CONTAINS_TOKEN", value="price"))
    assert answer.status_code == 200


def test_search_by_text_is_a_gap(client: Client) -> None:
    """501 rather than a guess at what HubSpot would find."""
    assert client.search("deals", query="lobby").status_code == 501


def test_associations_can_be_filtered(client: Client) -> None:
    """Deals of a contact, deals with any contact."""
    one, two = client.deal(), client.deal()
    contact = client.portal.insert("contacts", {"email": "a@b.example"})
    client.portal.associate("deals", one, "contacts", contact)
    name = "associations.contact"
    assert ids(client.search("deals", where(name, "EQ", value=contact))) == [one]
    assert ids(client.search("deals", where(name, "IN", values=[contact]))) == [one]
    assert ids(client.search("deals", where(name, "HAS_PROPERTY"))) == [one]
    assert ids(client.search("deals", where(name, "EQ", value=two))) == []


def test_the_index_hears_of_changes_late(client: Client) -> None:
    """What is new is listed at once and found later; what changed is found as it was before."""
    client.portal.index_lag = dt.timedelta(seconds=30)
    with client.portal.at(NOON - dt.timedelta(hours=1)):
        old = client.deal(amount=1)
    client.portal.update("deals", old, {"amount": 2})
    new = client.deal()
    assert ids(client.get("/crm/v3/objects/deals")) == [old, new]
    assert ids(client.search("deals")) == [old]
    assert ids(client.search("deals", where("amount", "EQ", value="1"))) == [old]
    assert ids(client.search("deals", where("amount", "EQ", value="2"))) == []
    client.portal.clock = lambda: NOON + dt.timedelta(seconds=30)
    assert ids(client.search("deals")) == [old, new]
    assert ids(client.search("deals", where("amount", "EQ", value="1"))) == []
    assert ids(client.search("deals", where("amount", "EQ", value="2"))) == [old]
