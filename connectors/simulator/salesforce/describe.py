"""Describes: what the vendor's JSON says of an object and its fields.

Every key a recorded describe has; what the simulator does not have is said as the vendor says
"no". Reads the caller's view of the schema and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from connectors.simulator.salesforce.objects import CHILDREN
from connectors.simulator.salesforce.schema import Field, Schema, SObject
from connectors.simulator.salesforce.store import Row

_SOAP: Final = {
    "id": "tns:ID",
    "reference": "tns:ID",
    "boolean": "xsd:boolean",
    "int": "xsd:int",
    "double": "xsd:double",
    "currency": "xsd:double",
    "percent": "xsd:double",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
}
_PRECISION: Final = {"currency": (18, 2), "percent": (3, 0), "double": (18, 2)}
_UTF8: Final = 3  # bytes the vendor counts a character as
_STAMPS: Final = frozenset({"CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById"})
_SYSTEM: Final = _STAMPS | {"Id", "IsDeleted", "SystemModstamp"}
#: The record type of an object that has none; no row of the org.
_MASTER: Final[Row] = {
    "Id": "012000000000000AAA",
    "Name": "Master",
    "DeveloperName": "Master",
    "IsActive": 1,
}
#: Flags of an object that follow from what it is, not from what a user may do with it.
_FIXED: Final[dict[str, object]] = {
    "activateable": False,
    "associateEntityType": None,
    "associateParentEntity": None,
    "custom": False,
    "customSetting": False,
    "deprecatedAndHidden": False,
    "hasSubtypes": False,
    "isInterface": False,
    "isSubtype": False,
    "mergeable": False,
    "queryable": True,
    "retrieveable": True,
}


def brief(one: SObject, root: str) -> dict[str, object]:
    """Describe an object as the global describe and its own first page do."""
    base = f"{root}/sobjects/{one.name}"
    business = bool(one.children) or one.createable
    return {
        **_FIXED,
        "createable": one.createable,
        "deepCloneable": False,
        "deletable": one.deletable,
        "feedEnabled": False,
        "keyPrefix": one.key_prefix,
        "label": one.label,
        "labelPlural": one.label_plural,
        "layoutable": business,
        "mruEnabled": business,
        "name": one.name,
        "replicateable": True,
        "searchable": business,
        "triggerable": business,
        "undeletable": one.deletable,
        "updateable": one.updateable,
        "urls": {
            "sobject": base,
            "describe": f"{base}/describe",
            "rowTemplate": f"{base}/{{ID}}",
        },
    }


def full(one: SObject, root: str, record_types: Sequence[Row] = ()) -> dict[str, object]:
    """Describe an object with every field the caller may see, and with its record types."""
    return {
        **brief(one, root),
        "actionOverrides": [],
        "childRelationships": _children(one),
        "compactLayoutable": one.createable,
        "defaultImplementation": None,
        "extendedBy": None,
        "extendsInterfaces": None,
        "fields": [field(f) for f in one.fields.values()],
        "implementedBy": None,
        "implementsInterfaces": None,
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "recordTypeInfos": [
            *(_record_type(one, root, row) for row in record_types),
            _record_type(one, root, {**_MASTER, "IsDefault": int(not record_types)}),
        ],
        "searchLayoutable": one.createable,
        "sobjectDescribeOption": "FULL",
        "supportedScopes": [{"label": f"All {one.label_plural.lower()}", "name": "everything"}],
    }


def _record_type(one: SObject, root: str, row: Row) -> dict[str, object]:
    """Describe one record type; the master stands for having none."""
    layout = f"{root}/sobjects/{one.name}/describe/layouts/{row['Id']}"
    return {
        "active": bool(row["IsActive"]),
        "available": True,
        "defaultRecordTypeMapping": bool(row.get("IsDefault")),
        "developerName": row["DeveloperName"],
        "master": row["Id"] == _MASTER["Id"],
        "name": row["Name"],
        "recordTypeId": row["Id"],
        "urls": {"layout": layout},
    }


def everything(schema: Schema, root: str) -> dict[str, object]:
    """Describe in a few words every object the caller may see."""
    return {
        "encoding": "UTF-8",
        "maxBatchSize": 200,
        "sobjects": [brief(one, root) for one in schema],
    }


def field(one: Field) -> dict[str, object]:
    """Describe one field."""
    return {**_kind(one), **_numbers(one), **_permissions(one), **_absent(one)}


def _kind(one: Field) -> dict[str, object]:
    several = len(one.reference_to) > 1
    return {
        "name": one.name,
        "label": one.label,
        "type": one.type,
        "soapType": _SOAP.get(one.type, "xsd:string"),
        "custom": one.custom,
        "nameField": one.name in ("Name", "Subject"),
        "idLookup": one.type == "id" or one.external_id or one.name in ("Name", "Email"),
        "externalId": one.external_id,
        "calculated": one.calculated,
        "unique": one.unique,
        "caseSensitive": one.case_sensitive,
        "referenceTo": list(one.reference_to),
        "relationshipName": one.relationship_name,
        "relationshipOrder": None,
        "namePointing": several,
        "polymorphicForeignKey": several,
        "picklistValues": [_choice(one, value) for value in one.picklist],
        "restrictedPicklist": one.restricted_picklist,
        "extraTypeInfo": "plaintextarea" if one.type == "textarea" else None,
    }


def _choice(one: Field, value: str) -> dict[str, object]:
    return {
        "active": True,
        "defaultValue": value == one.default,
        "label": value,
        "validFor": None,
        "value": value,
    }


def _numbers(one: Field) -> dict[str, object]:
    precision, scale = _PRECISION.get(one.type, (0, 0))
    short = one.type in ("id", "reference")
    return {
        "length": one.length,
        "byteLength": one.length if short else one.length * _UTF8,
        "precision": precision,
        "scale": scale,
        "digits": 8 if one.type == "int" else 0,
    }


def _permissions(one: Field) -> dict[str, object]:
    return {
        "nillable": one.nillable,
        "createable": one.createable,
        "updateable": one.updateable,
        "filterable": one.filterable,
        "sortable": one.sortable,
        "groupable": one.groupable,
        "aggregatable": one.type not in ("boolean", "textarea"),
        "permissionable": one.nillable and one.name not in _SYSTEM,
        "searchPrefilterable": one.type == "reference" and one.createable,
        "defaultValue": False if one.type == "boolean" else one.default,
        "defaultedOnCreate": one.type == "boolean"
        or one.default is not None
        or one.name in _SYSTEM,
    }


def _absent(one: Field) -> dict[str, object]:
    """What no field of the simulator is or has."""
    nothing = (
        "calculatedFormula compoundFieldName controllerName defaultValueFormula "
        "filteredLookupInfo inlineHelpText mask maskType referenceTargetField"
    )
    never = (
        "aiPredictionField autoNumber cascadeDelete dependentPicklist "
        "deprecatedAndHidden displayLocationInDecimal encrypted formulaTreatNullNumberAsZero "
        "highScaleNumber htmlFormatted queryByDistance restrictedDelete writeRequiresMasterRead"
    )
    return {**dict.fromkeys(nothing.split()), **dict.fromkeys(never.split(), False)}


def _children(one: SObject) -> list[dict[str, object]]:
    known = {(child.name, child.child, child.field) for child in one.children}
    return [
        {
            "cascadeDelete": child.cascade,
            "childSObject": child.child,
            "deprecatedAndHidden": False,
            "field": child.field,
            "junctionIdListNames": [],
            "junctionReferenceTo": [],
            "relationshipName": child.name,
            "restrictedDelete": False,
        }
        for child in CHILDREN
        if child.parent == one.name and (child.name, child.child, child.field) in known
    ]
