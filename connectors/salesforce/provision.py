"""Make what writing needs: the key field, and the right to use it. Else say what a person must do.

The field is the one of deploy/salesforce; a test compares the two. A field that is there and unfit
is a person's and is left alone. Source: Tooling API, CustomField; Object Reference: PermissionSet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from connectors.base import Provision
from connectors.errors import Refused
from connectors.salesforce.client import Client, soql
from connectors.salesforce.describe import Describes
from connectors.salesforce.keying import DEPLOY, Keying, why_unfit
from connectors.salesforce.objects import KEY_FIELD

#: What the field is; the words are those of the Metadata API.
DEFINITION: Final[Mapping[str, Any]] = {
    "label": "Followthrough Key",
    "type": "Text",
    "length": 64,
    "externalId": True,
    "unique": True,
    "caseSensitive": True,
    "required": False,
}
PERMISSION_SET: Final = "Followthrough"
_WHAT: Final = f"the field {KEY_FIELD} on Activity"
#: Task and Event share the field and its security, and both have to be granted (facts, 3.5).
_ON: Final = ("Task", "Event")
#: It is there already: made by somebody, and perhaps only hidden from us.
_TAKEN: Final = frozenset({"DUPLICATE_DEVELOPER_NAME", "DUPLICATE_VALUE"})


def provision(
    client: Client,
    describes: Describes,
    keying: Keying,
    *,
    write: bool,
) -> list[Provision]:
    """Look for what writing needs, and make what is missing where `write` says so."""
    return [_key(client, describes, keying, write=write)]


def _key(client: Client, describes: Describes, keying: Keying, *, write: bool) -> Provision:
    why = why_unfit(keying.field)
    if why is None:
        return Provision(what=_WHAT, there=True)
    if not write or keying.field is not None:
        return Provision(what=_WHAT, there=False, todo=why)
    try:
        _make(client)
        _grant(client, keying.me)
    except Refused as problem:
        return Provision(
            what=_WHAT,
            there=False,
            todo=f"The integration user may not make the field or grant it ({problem.code}). "
            f"{DEPLOY}.",
        )
    describes.forget("Task")
    why = why_unfit(keying.field)
    return Provision(what=_WHAT, there=why is None, made=why is None, todo=why)


def _make(client: Client) -> None:
    try:
        client.make_field(f"Activity.{KEY_FIELD}", DEFINITION)
    except Refused as problem:
        if problem.code not in _TAKEN:
            raise


def _grant(client: Client, me: str) -> None:
    """Let our user read and write the field, by a permission set that is assigned to it."""
    found = client.rows(soql("SELECT Id FROM PermissionSet WHERE Name = {n}", n=PERMISSION_SET))
    if found:
        granting = str(found[0]["Id"])
    else:
        granting = client.make("PermissionSet", {"Name": PERMISSION_SET, "Label": PERMISSION_SET})
    for name in _ON:
        place = f"{name}.{KEY_FIELD}"
        held = soql(
            "SELECT Id FROM FieldPermissions WHERE ParentId = {of} AND Field = {place}",
            of=granting,
            place=place,
        )
        if not client.rows(held):
            rights = {"PermissionsRead": True, "PermissionsEdit": True}
            client.make(
                "FieldPermissions",
                {"ParentId": granting, "SobjectType": name, "Field": place, **rights},
            )
    given = soql(
        "SELECT Id FROM PermissionSetAssignment WHERE PermissionSetId = {of} AND AssigneeId = {me}",
        of=granting,
        me=me,
    )
    if not client.rows(given):
        client.make("PermissionSetAssignment", {"AssigneeId": me, "PermissionSetId": granting})
