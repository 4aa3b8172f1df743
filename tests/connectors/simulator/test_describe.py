"""What describe says, compared with recorded describes of a real org where those lie at hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from connectors.simulator.salesforce import describe
from connectors.simulator.salesforce.org import Org
from connectors.simulator.salesforce.schema import Field

RECORDED = Path(__file__).resolve().parents[3] / ".." / "shared" / "data" / "salesforce_describe"
NAMES = ("Opportunity", "Event", "Contact", "Account", "Lead", "OpportunityContactRole")
SAME = ("type", "filterable", "nillable", "relationshipName", "updateable", "createable")
ROOT = "/services/data/v62.0"
#: The recorded org has no such field: it came later, or with a feature that org lacks.
NOT_RECORDED = {
    "Opportunity": {"PushCount", "SyncedQuoteId"},
    "Event": {"Type", "Followthrough_Key__c"},
}


def recorded(name: str) -> dict[str, object]:
    """A recorded describe; the test skips where there is none."""
    path = RECORDED / f"{name}_describe.json"
    if not path.exists():
        pytest.skip(f"no recorded describe of {name} beside the checkout")
    found: dict[str, object] = json.loads(path.read_text())
    return found


def described(org: Org, name: str) -> dict[str, object]:
    """What the simulator says of an object."""
    one = org.visible.object(name)
    assert one is not None
    return describe.full(one, ROOT)


def fields(whole: dict[str, object]) -> dict[str, dict[str, object]]:
    """The fields of a describe by name."""
    listed = whole["fields"]
    assert isinstance(listed, list)
    return {one["name"]: one for one in listed}


@pytest.mark.shared
@pytest.mark.parametrize("name", NAMES)
def test_fields_are_as_recorded(name: str) -> None:
    """Every field that was recorded has the recorded type and may be used as recorded."""
    theirs, ours = fields(recorded(name)), fields(described(Org(), name))
    known = [field for field in ours if field in theirs]
    different = {
        f"{field}.{key}": (ours[field][key], theirs[field][key])
        for field in known
        for key in SAME
        if ours[field][key] != theirs[field][key]
    }
    assert different == {}
    assert set(ours) - set(theirs) == NOT_RECORDED.get(name, set())


@pytest.mark.shared
@pytest.mark.parametrize("name", NAMES)
def test_a_describe_has_the_recorded_keys(name: str) -> None:
    """Object and fields carry every key a recorded describe carries, and no invented one."""
    theirs, ours = recorded(name), described(Org(), name)
    later = {
        "associateEntityType",
        "associateParentEntity",
        "defaultImplementation",
        "extendedBy",
        "extendsInterfaces",
        "implementedBy",
        "implementsInterfaces",
        "isInterface",
        "sobjectDescribeOption",
    }
    assert set(theirs) - set(ours) == set()
    assert set(ours) - set(theirs) <= later
    assert set(fields(ours)["Id"]) == set(fields(theirs)["Id"])
    assert ours["keyPrefix"] == theirs["keyPrefix"]
    assert ours["labelPlural"] == theirs["labelPlural"]


@pytest.mark.shared
@pytest.mark.parametrize("name", ["Account", "Opportunity", "Contact"])
def test_children_fall_with_their_parent_as_recorded(name: str) -> None:
    """Each child relationship deletes its children exactly where the recorded one does."""

    def children(whole: dict[str, object]) -> dict[tuple[str, str], bool]:
        listed = whole["childRelationships"]
        assert isinstance(listed, list)
        return {(c["childSObject"], c["field"]): c["cascadeDelete"] for c in listed}

    theirs, ours = children(recorded(name)), children(described(Org(), name))
    shared = ours.keys() & theirs.keys()
    assert len(shared) >= 4
    assert {key: ours[key] for key in shared} == {key: theirs[key] for key in shared}


@pytest.mark.shared
def test_the_global_describe_has_the_recorded_keys() -> None:
    """An object in the global describe carries the recorded keys."""
    path = RECORDED / "Global_describe.json"
    if not path.exists():
        pytest.skip("no recorded global describe beside the checkout")
    theirs = json.loads(path.read_text())["sobjects"][0]
    everything = describe.everything(Org().visible, ROOT)
    listed = everything["sobjects"]
    assert isinstance(listed, list)
    missing = set(theirs) - set(listed[0])
    assert missing == set()


def test_the_key_field_is_unique_and_external() -> None:
    """Task and Event describe Followthrough_Key__c as the deployed field is described."""
    for name in ("Task", "Event"):
        key = fields(described(Org(), name))["Followthrough_Key__c"]
        wanted = {"externalId": True, "unique": True, "caseSensitive": True, "length": 64}
        assert {name: key[name] for name in wanted} == wanted


def test_an_org_without_the_key_field_does_not_describe_it() -> None:
    """`key_field=False` is an org whose admin has not deployed the field yet."""
    assert "Followthrough_Key__c" not in fields(described(Org(key_field=False), "Task"))


def test_a_hidden_field_is_not_described() -> None:
    """What the user may not see is left out, and only that."""
    seen = fields(described(Org(hidden=frozenset({"Task.CallDisposition"})), "Task"))
    assert "CallDisposition" not in seen
    assert "CallType" in seen


def test_an_org_without_quotes_has_no_trace_of_them() -> None:
    """Neither the object nor the field that points to it is there."""
    org = Org(quotes=False)
    assert org.visible.object("Quote") is None
    assert "SyncedQuoteId" not in fields(described(org, "Opportunity"))


def test_extra_fields_are_described_with_a_label() -> None:
    """A custom field of an org appears with its type and a readable label."""
    extra = {"Opportunity": (Field(name="Renewal_Date__c", type="date"),)}
    field = fields(described(Org(extra_fields=extra), "Opportunity"))["Renewal_Date__c"]
    assert (field["type"], field["label"], field["custom"]) == ("date", "Renewal Date", True)


def test_record_types_are_described_where_an_org_has_some() -> None:
    """A reference and a label each on that object; elsewhere the record type Master alone."""
    org = Org(record_types={"Opportunity": ("New Business", "Renewal")})
    rows = org.store.where("RecordType", "SobjectType", "Opportunity")
    one = org.visible.object("Opportunity")
    assert one is not None
    told = describe.full(one, ROOT, rows)
    assert fields(told)["RecordTypeId"]["referenceTo"] == ["RecordType"]
    infos = told["recordTypeInfos"]
    assert isinstance(infos, list)
    assert [info["name"] for info in infos] == ["New Business", "Renewal", "Master"]
    plain = described(org, "Account")
    assert "RecordTypeId" not in fields(plain)
    infos = plain["recordTypeInfos"]
    assert isinstance(infos, list)
    assert [(info["name"], info["master"]) for info in infos] == [("Master", True)]


def test_the_stages_of_an_org_are_the_picklist() -> None:
    """StageName lists the org's active stages in their order."""
    listed = fields(described(Org(), "Opportunity"))["StageName"]["picklistValues"]
    assert isinstance(listed, list)
    assert [value["value"] for value in listed][0::9] == ["Prospecting", "Closed Lost"]
