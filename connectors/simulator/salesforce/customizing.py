"""Customizing over the Tooling API: a new text field, which nobody sees until it is granted.

Tooling API guide, "CustomField"; Object Reference: PermissionSet, FieldPermissions,
PermissionSetAssignment. Only text fields, and only for a caller who may customize the org.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from connectors.simulator.salesforce import ids
from connectors.simulator.salesforce.call import Call, answer
from connectors.simulator.salesforce.errors import NotSimulated, SalesforceError
from connectors.simulator.salesforce.schema import Field

_NAME: Final = re.compile(r"(\w+)\.(\w+__c)")
#: Objects whose records say what others may see.
GUARDED: Final = frozenset({"PermissionSet", "FieldPermissions", "PermissionSetAssignment"})


def create_field(call: Call) -> Response:
    """Add a text field to an object; Activity stands for tasks and events."""
    permitted(call)
    body = call.json()
    named = _NAME.fullmatch(str(body.get("FullName")))
    metadata = body.get("Metadata")
    if named is None or not isinstance(metadata, dict):
        raise SalesforceError("FIELD_INTEGRITY_EXCEPTION", "FullName and Metadata must be given")
    if metadata.get("type") != "Text":
        raise NotSimulated(f"a new field of type {metadata.get('type')}")
    objects = ("Task", "Event") if named[1] == "Activity" else (named[1],)
    schema = call.org.schema
    if any((one := schema.object(name)) and one.field(named[2]) for name in objects):
        raise SalesforceError(
            "DUPLICATE_DEVELOPER_NAME", f"There is already a field named {named[2]} on {named[1]}."
        )
    call.org.customize(objects, _field(named[2], metadata))
    made = ids.mint("00N", len(call.org.fresh))
    return answer({"id": made, "success": True, "errors": [], "warnings": [], "infos": []}, 201)


def permitted(call: Call) -> None:
    """Refuse a caller who may not customize the org."""
    if not call.org.may_customize:
        raise SalesforceError(
            "INSUFFICIENT_ACCESS", "insufficient access rights on this operation", status=403
        )


def _field(name: str, metadata: Mapping[str, object]) -> Field:
    return Field(
        name=name,
        type="string",
        label=str(metadata.get("label") or name),
        length=int(str(metadata.get("length") or 255)),
        external_id=metadata.get("externalId") is True,
        unique=metadata.get("unique") is True,
        case_sensitive=metadata.get("caseSensitive") is True,
    )
