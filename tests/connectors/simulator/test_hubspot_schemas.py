"""Objects of the account's own over HTTP: schemas, records, search, associations, scopes."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.simulator.hubspot.errors import HubSpotError
from connectors.simulator.hubspot.portal import Portal
from connectors.simulator.hubspot.schema import Property
from tests.connectors.simulator.hubspot_client import Client

GRADE = Property(name="grade", label="Grade", type="string")
SCHEMAS = ("/crm-object-schemas/v3/schemas", "/crm-object-schemas/2026-03/schemas")


@pytest.mark.parametrize("path", SCHEMAS)
def test_a_schema_says_names_properties_and_associations(client: Client, path: str) -> None:
    """Without the scope for schemas neither the list nor one of them is shown."""
    kind = client.portal.define("client_rating", [GRADE], linked=("contacts",))
    (told,) = client.get(path).json()["results"]
    full = f"p{client.portal.portal_id}_client_rating"
    assert (told["objectTypeId"], told["fullyQualifiedName"]) == (kind, full)
    assert told["name"] == "client_rating"
    assert {"grade", "hubspot_owner_id", "hs_lastmodifieddate"} <= {
        one["name"] for one in told["properties"]
    }
    assert [(one["fromObjectTypeId"], one["toObjectTypeId"]) for one in told["associations"]] == [
        (kind, "0-1")
    ]
    assert client.get(f"{path}/client_rating").json() == told
    assert client.get(f"{path}/visits").status_code == 404
    client.portal.missing = frozenset({"crm.schemas.custom.read"})
    assert [client.get(one).status_code for one in (path, f"{path}/{kind}")] == [403, 403]


def test_records_go_by_type_id_or_full_name_and_not_by_the_short_one(client: Client) -> None:
    """Made, searched for, linked and archived; not without the scope for them."""
    kind = client.portal.define("client_rating", [GRADE])
    full = f"p{client.portal.portal_id}_client_rating"
    made = client.post(f"/crm/v3/objects/{full}", {"properties": {"grade": "good"}}).json()["id"]
    firm = client.portal.insert("companies", {"name": "Northwind"})
    client.portal.associate(kind, made, "companies", firm)
    good = {"propertyName": "grade", "operator": "EQ", "value": "good"}
    found = client.search(kind, good).json()["results"]
    assert [one["id"] for one in found] == [made]
    links = f"/crm/v4/associations/{kind}/companies/batch/read"
    (ends,) = client.post(links, {"inputs": [{"id": made}]}).json()["results"]
    assert [(one["toObjectId"], one["associationTypes"][0]["category"]) for one in ends["to"]] == [
        (int(firm), "USER_DEFINED")
    ]
    short = client.get("/crm/v3/objects/client_rating")
    assert (short.status_code, "Unable to infer" in short.json()["message"]) == (400, True)
    client.portal.missing = frozenset({"crm.objects.custom.read"})
    assert client.get(f"/crm/v3/objects/{kind}").status_code == 403
    client.portal.missing = frozenset()
    client.portal.archive(kind, made)
    assert client.get(f"/crm/v3/objects/{kind}").json()["results"] == []


def test_a_portal_in_a_file_keeps_its_objects(tmp_path: Path) -> None:
    """With their type ids and links; another portal has none of them."""
    portal = Portal(path=tmp_path / "portal.db")
    kind = portal.define("visit", [])
    rating = portal.define("client_rating", [GRADE])
    made = portal.insert(rating, {"grade": "good"})
    portal.close()
    again = Portal(path=tmp_path / "portal.db")
    assert again.get(rating, made)["grade"] == "good"
    again.associate(rating, made, "companies", again.insert("companies", {"name": "Northwind"}))
    assert again.kind(kind).short == "visit"
    again.close()
    with pytest.raises(HubSpotError, match="infer object type"):
        Portal().kind(rating)
