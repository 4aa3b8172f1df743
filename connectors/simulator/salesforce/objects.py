"""The objects of a simulated org: field tables read into a `Schema`, children and labels added.

Knows no org's settings and no records. `standard()` is the whole; an org adds its own fields with
`extended()` and takes away what a user may not see with `Schema.without()`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from connectors.simulator.salesforce import (
    activity_objects,
    people_objects,
    sales_objects,
    service_objects,
)
from connectors.simulator.salesforce.schema import ChildRelationship, Field, Schema, SObject

_TABLES: Final = (sales_objects, activity_objects, people_objects, service_objects)

_STAMPS: Final = """
    CreatedDate datetime FS
    CreatedById reference(User)>CreatedBy FSG
    LastModifiedDate datetime FS
    LastModifiedById reference(User)>LastModifiedBy FSG
    SystemModstamp datetime FS
"""
_HISTORY_STAMPS: Final = """
    CreatedDate datetime FS
    CreatedById reference(User)>CreatedBy FSG
    SystemModstamp datetime FS
"""
_HEAD: Final = "Id id(18) FSG"
_DELETED: Final = "IsDeleted boolean FSG"


@dataclass(frozen=True, kw_only=True)
class _Kind:
    """What the field tables do not say of an object."""

    prefix: str
    plural: str
    verbs: str = "cud"  # create, update, delete over the API
    recycled: bool = True  # has IsDeleted in its describe


_KINDS: Final[Mapping[str, _Kind]] = {
    "Organization": _Kind(prefix="00D", plural="Organizations", verbs="u", recycled=False),
    "User": _Kind(prefix="005", plural="Users", verbs="cu", recycled=False),
    "Group": _Kind(prefix="00G", plural="Groups", recycled=False),
    "Account": _Kind(prefix="001", plural="Accounts"),
    "Contact": _Kind(prefix="003", plural="Contacts"),
    "Lead": _Kind(prefix="00Q", plural="Leads"),
    "Opportunity": _Kind(prefix="006", plural="Opportunities"),
    "RecordType": _Kind(prefix="012", plural="Record Types", verbs="", recycled=False),
    "OpportunityStage": _Kind(prefix="01J", plural="Opportunity Stage", verbs="", recycled=False),
    "OpportunityHistory": _Kind(prefix="008", plural="Opportunity: Stage History", verbs=""),
    "OpportunityFieldHistory": _Kind(prefix="017", plural="Opportunity Field History", verbs=""),
    "OpportunityContactRole": _Kind(prefix="00K", plural="Opportunity Contact Role"),
    "Quote": _Kind(prefix="0Q0", plural="Quotes"),
    "Task": _Kind(prefix="00T", plural="Tasks"),
    "Event": _Kind(prefix="00U", plural="Events"),
    "EmailMessage": _Kind(prefix="02s", plural="Email Messages"),
    "Note": _Kind(prefix="002", plural="Notes"),
    "TaskStatus": _Kind(prefix="01T", plural="Task Status Value", verbs="", recycled=False),
    "TaskPriority": _Kind(prefix="01P", plural="Task Priority Value", verbs="", recycled=False),
    "Case": _Kind(prefix="500", plural="Cases"),
    "EventRelation": _Kind(prefix="0RE", plural="Event Relations"),
    "ContentVersion": _Kind(prefix="068", plural="Content Versions", verbs="cu"),
    "ContentDocument": _Kind(prefix="069", plural="Content Documents", verbs="ud"),
    "ContentDocumentLink": _Kind(prefix="06A", plural="Content Document Links"),
    "Attachment": _Kind(prefix="00P", plural="Attachments"),
    "Period": _Kind(prefix="026", plural="Periods", verbs="", recycled=False),
    "ForecastingType": _Kind(prefix="0Db", plural="Forecasting Types", verbs="", recycled=False),
    "ForecastingQuota": _Kind(prefix="0J9", plural="Forecasting Quotas", recycled=False),
    "Survey": _Kind(prefix="0Kd", plural="Surveys", verbs=""),
    "SurveyVersion": _Kind(prefix="0Ke", plural="Survey Versions", verbs=""),
    "SurveyQuestion": _Kind(prefix="0Kf", plural="Survey Questions", verbs=""),
    "SurveyInvitation": _Kind(prefix="0Kg", plural="Survey Invitations", verbs="cud"),
    "SurveySubject": _Kind(prefix="0Kh", plural="Survey Subjects"),
    "SurveyResponse": _Kind(prefix="0Ki", plural="Survey Responses", verbs=""),
    "SurveyQuestionResponse": _Kind(prefix="0Kj", plural="Survey Question Responses", verbs=""),
    "PermissionSet": _Kind(prefix="0PS", plural="Permission Sets", recycled=False),
    "FieldPermissions": _Kind(prefix="01k", plural="Field Permissions", recycled=False),
    "PermissionSetAssignment": _Kind(
        prefix="0Pa", plural="Permission Set Assignments", verbs="cd", recycled=False
    ),
    "QueueSobject": _Kind(prefix="03g", plural="Queue Sobjects", verbs="cd", recycled=False),
    "FeedItem": _Kind(prefix="0D5", plural="Feed Items", verbs="cd"),
    "CustomNotificationType": _Kind(
        prefix="0ML", plural="Custom Notification Types", recycled=False
    ),
}


@dataclass(frozen=True, kw_only=True)
class Child:
    """A child relationship, and whether deleting the parent deletes the child."""

    parent: str
    name: str | None
    child: str
    field: str
    cascade: bool = True


CHILDREN: Final = (
    Child(parent="Account", name="Contacts", child="Contact", field="AccountId"),
    Child(parent="Account", name="Opportunities", child="Opportunity", field="AccountId"),
    Child(parent="Account", name="ChildAccounts", child="Account", field="ParentId", cascade=False),
    Child(parent="Account", name="Tasks", child="Task", field="WhatId"),
    Child(parent="Account", name="Events", child="Event", field="WhatId"),
    Child(parent="Account", name="Notes", child="Note", field="ParentId"),
    Child(
        parent="Account", name="Emails", child="EmailMessage", field="RelatedToId", cascade=False
    ),
    Child(parent="Contact", name="Tasks", child="Task", field="WhoId"),
    Child(parent="Contact", name="Events", child="Event", field="WhoId"),
    Child(parent="Contact", name="Notes", child="Note", field="ParentId"),
    Child(
        parent="Contact",
        name="OpportunityContactRoles",
        child="OpportunityContactRole",
        field="ContactId",
    ),
    Child(parent="Lead", name="Tasks", child="Task", field="WhoId"),
    Child(parent="Lead", name="Events", child="Event", field="WhoId"),
    Child(parent="Lead", name="Notes", child="Note", field="ParentId"),
    Child(parent="Opportunity", name="Tasks", child="Task", field="WhatId"),
    Child(parent="Opportunity", name="Events", child="Event", field="WhatId"),
    Child(parent="Opportunity", name="Notes", child="Note", field="ParentId"),
    Child(parent="Opportunity", name="Quotes", child="Quote", field="OpportunityId"),
    Child(
        parent="Opportunity",
        name="OpportunityContactRoles",
        child="OpportunityContactRole",
        field="OpportunityId",
    ),
    Child(
        parent="Opportunity",
        name="OpportunityHistories",
        child="OpportunityHistory",
        field="OpportunityId",
    ),
    Child(
        parent="Opportunity",
        name="Emails",
        child="EmailMessage",
        field="RelatedToId",
        cascade=False,
    ),
    Child(
        parent="Opportunity",
        name="Histories",
        child="OpportunityFieldHistory",
        field="OpportunityId",
    ),
    Child(
        parent="Opportunity",
        name="ContentDocumentLinks",
        child="ContentDocumentLink",
        field="LinkedEntityId",
    ),
    Child(parent="Opportunity", name="Attachments", child="Attachment", field="ParentId"),
    Child(parent="Account", name="Cases", child="Case", field="AccountId", cascade=False),
    Child(parent="Contact", name="Cases", child="Case", field="ContactId", cascade=False),
    Child(parent="Event", name="EventRelations", child="EventRelation", field="EventId"),
    Child(parent="Quote", name="Tasks", child="Task", field="WhatId"),
    Child(parent="Quote", name="Events", child="Event", field="WhatId"),
    Child(parent="User", name="ManagedUsers", child="User", field="ManagerId", cascade=False),
)

#: Labels that do not follow from the field's name; they stand in error messages and describes.
_LABELS: Final[Mapping[str, str]] = {
    "WhoId": "Name ID",
    "WhatId": "Related To ID",
    "Task.OwnerId": "Assigned To ID",
    "Event.OwnerId": "Assigned To ID",
    "Task.ActivityDate": "Due Date Only",
    "Task.Description": "Comments",
    "Opportunity.StageName": "Stage",
    "Opportunity.Probability": "Probability (%)",
    "IsDeleted": "Deleted",
    "IsClosed": "Closed",
    "IsWon": "Won",
    "IsArchived": "Archived",
}

FOLLOWTHROUGH_KEY: Final = Field(
    name="Followthrough_Key__c",
    type="string",
    label="Followthrough Key",
    length=64,
    external_id=True,
    unique=True,
    case_sensitive=True,
)

KEYED: Final = {"Task": (FOLLOWTHROUGH_KEY,), "Event": (FOLLOWTHROUGH_KEY,)}

_RECORD_TYPE_ID: Final = Field(
    name="RecordTypeId",
    type="reference",
    label="Record Type ID",
    length=18,
    reference_to=("RecordType",),
    relationship_name="RecordType",
)

_LINE: Final = re.compile(r"(\w+) (\w+)(?:\((.*?)\))?(?:>(\w+))? (\w+)")


@cache
def standard() -> Schema:
    """Build the schema of a plain org: every object, no custom fields."""
    return Schema({name.lower(): _object(name, kind) for name, kind in _KINDS.items()})


def extended(schema: Schema, extra: Mapping[str, tuple[Field, ...]]) -> Schema:
    """Add fields to objects of a schema; a field of the same name replaces the standard one."""
    objects = dict(schema.objects)
    for name, fields in extra.items():
        one = objects[name.lower()]
        more = {f.name.lower(): replace(f, label=f.label or label_of(f.name)) for f in fields}
        objects[name.lower()] = replace(one, fields={**one.fields, **more})
    return Schema(objects)


def with_record_types(schema: Schema, types: Mapping[str, tuple[str, ...]]) -> Schema:
    """Add the reference to a record type to the objects that have some, given by labels."""
    typed = {name: (_RECORD_TYPE_ID,) for name, labels in types.items() if labels}
    return extended(schema, typed)


def label_of(name: str) -> str:
    """Make a label of a field's or object's name: `AccountId` reads `Account ID`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name.removesuffix("__c").replace("_", " "))
    return re.sub(r"\bId$", "ID", words)


def _object(name: str, kind: _Kind) -> SObject:
    return SObject(
        name=name,
        label=label_of(name),
        label_plural=kind.plural,
        key_prefix=kind.prefix,
        fields={f.name.lower(): f for f in _fields(name, kind)},
        children=tuple(
            ChildRelationship(name=c.name, child=c.child, field=c.field)
            for c in CHILDREN
            if c.parent == name and c.name
        ),
        createable="c" in kind.verbs,
        updateable="u" in kind.verbs,
        deletable="d" in kind.verbs,
    )


def _fields(name: str, kind: _Kind) -> Iterator[Field]:
    table = next(t for t in _TABLES if name in t.FIELDS)
    stamps = (
        _HISTORY_STAMPS if name.startswith("Opportunity") and name.endswith("History") else _STAMPS
    )
    deleted = _DELETED if kind.recycled else ""
    for line in "\n".join((_HEAD, deleted, table.FIELDS[name], stamps)).splitlines():
        if match := _LINE.fullmatch(line.strip()):
            where = f"{name}.{match[1]}"
            yield replace(
                _field(*match.groups()),
                label=_label(name, match[1]),
                picklist=table.PICKLISTS.get(where, ()),
                default=table.DEFAULTS.get(where),
            )


def _field(name: str, kind: str, inside: str | None, relationship: str | None, may: str) -> Field:
    return Field(
        name=name,
        type=kind,
        length=18 if kind == "reference" else int(inside or 0),
        reference_to=tuple((inside or "").split(",")) if kind == "reference" else (),
        relationship_name=relationship,
        nillable="N" in may,
        createable="C" in may,
        updateable="U" in may,
        filterable="F" in may,
        sortable="S" in may,
        groupable="G" in may,
        restricted_picklist="R" in may,
    )


def _label(name: str, field: str) -> str:
    if field == "Id":
        return "Activity ID" if name in ("Task", "Event") else f"{label_of(name)} ID"
    return _LABELS.get(f"{name}.{field}") or _LABELS.get(field) or label_of(field)
