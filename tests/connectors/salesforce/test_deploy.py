"""The metadata an administrator deploys: the key the connector demands, and small rights."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from connectors.salesforce.alerts import TYPE_NAME
from connectors.salesforce.objects import KEY_FIELD, SOURCES

FOLDER = Path(__file__).resolve().parents[3] / "deploy" / "salesforce"
RECORDED = Path(__file__).resolve().parents[3] / ".." / "shared" / "data" / "salesforce_describe"
PLACE = "{http://soap.sforce.com/2006/04/metadata}"


def read(path: str) -> ET.Element:
    return ET.parse(FOLDER / path).getroot()


def texts(element: ET.Element) -> dict[str, str]:
    return {child.tag.removeprefix(PLACE): child.text or "" for child in element}


def permission_sets() -> list[ET.Element]:
    return [ET.parse(path).getroot() for path in sorted(FOLDER.rglob("*.permissionset-meta.xml"))]


def granted(kind: str) -> list[dict[str, str]]:
    return [texts(one) for made in permission_sets() for one in made.findall(PLACE + kind)]


def test_the_key_field_is_what_the_connector_demands() -> None:
    """Unique, an external id, told apart by case, and long enough."""
    field = texts(
        read(f"force-app/main/default/objects/Activity/fields/{KEY_FIELD}.field-meta.xml")
    )
    wanted = {
        "fullName": KEY_FIELD,
        "type": "Text",
        "externalId": "true",
        "unique": "true",
        "caseSensitive": "true",
        "required": "false",
    }
    assert wanted.items() <= field.items()
    assert int(field["length"]) >= len("ft_") + 26


def test_the_user_may_write_tasks_and_nothing_else() -> None:
    """Objects are read only; only a task's own fields and the key can be edited."""
    objects = granted("objectPermissions")
    assert {one["object"] for one in objects} == {
        "Account",
        "Contact",
        "Opportunity",
        "Quote",
        "Case",
        "Lead",
    }
    for one in objects:
        rights = ("allowCreate", "allowEdit", "allowDelete", "modifyAllRecords")
        assert [one[right] for right in rights] == ["false"] * 4
        assert one["allowRead"] == "true"
    editable = {one["field"] for one in granted("fieldPermissions") if one["editable"] == "true"}
    # Task and Event share one field-level security: what differs there is refused or overwritten.
    assert editable == {
        f"{name}.{field}"
        for name in ("Event", "Task")
        for field in ("Description", "WhatId", "WhoId", KEY_FIELD)
    }
    rights = {one["name"] for one in granted("userPermissions")}
    assert rights == {"ActivitiesAccess", "ApiEnabled", "EditTask", "SendCustomNotifications"}


def test_only_fields_that_are_read_are_granted() -> None:
    """Nothing is asked for that the connector does not use."""
    for one in granted("fieldPermissions"):
        name, field = one["field"].split(".")
        assert field in {*SOURCES[name].fields, KEY_FIELD}


def test_the_manifest_names_what_lies_here() -> None:
    """Every member of the package has its file, and the project knows both folders."""
    package = read("manifest/package.xml")
    members = {one.text for one in package.iter(PLACE + "members")}
    assert members == {f"Activity.{KEY_FIELD}", "Followthrough"}
    assert (
        FOLDER / "force-app/main/default/permissionsets/Followthrough.permissionset-meta.xml"
    ).is_file()
    project = json.loads((FOLDER / "sfdx-project.json").read_text())
    assert all((FOLDER / one["path"]).is_dir() for one in project["packageDirectories"])


@pytest.mark.shared
def test_a_recorded_org_lets_these_fields_be_granted() -> None:
    """Salesforce refuses a permission for a field that has none; and none is missing."""
    if not RECORDED.is_dir():
        pytest.skip("the recorded describes lie beside the checkout, and are not here")
    fields = {one["field"] for one in granted("fieldPermissions")}
    for name in (
        "Account",
        "Contact",
        "Opportunity",
        "OpportunityContactRole",
        "Event",
        "Case",
        "Lead",
    ):
        described = json.loads((RECORDED / f"{name}_describe.json").read_text())
        may = {one["name"] for one in described["fields"] if one["permissionable"]}
        listed = {field.split(".")[1] for field in fields if field.startswith(f"{name}.")}
        wanted = {field for field, columns in SOURCES[name].fields.items() if columns}
        assert listed - {KEY_FIELD} <= may
        assert wanted & may <= listed


def test_the_notification_type_is_the_one_the_connector_asks_for() -> None:
    """Its API name is its file's name, and it reaches people on the page and on the phone."""
    kind = texts(read(f"alerts/main/default/notificationtypes/{TYPE_NAME}.notiftype-meta.xml"))
    assert (kind["desktop"], kind["mobile"]) == ("true", "true")
    assert (kind["customNotifTypeName"], kind["masterLabel"]) == (TYPE_NAME, TYPE_NAME)
    assert len(kind["description"]) <= 255
