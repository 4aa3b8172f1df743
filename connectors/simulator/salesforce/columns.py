"""What `/query?columns=true` answers: the columns of a query instead of its records.

The vendor's command line asks for it to lay out its tables. Source: what the Salesforce CLI reads
of the answer (facts, Tools); names of columns stand as the org writes them.
"""

from __future__ import annotations

from typing import Final

from connectors.simulator.salesforce import soql
from connectors.simulator.salesforce.schema import Field, Schema, SObject
from connectors.simulator.salesforce.soql_tree import Call, Item, Path, Query

_NUMBERS: Final = frozenset({"int", "double", "currency", "percent"})
_TEXTS: Final = frozenset({"string", "textarea", "picklist", "email", "phone", "url", "combobox"})

Column = dict[str, object]


def columns(text: str, schema: Schema) -> dict[str, object]:
    """Describe the columns of a query that the org has already accepted."""
    query = soql.parse(text)
    entity = schema.object(str(query.entity))
    assert entity is not None, "the org knows what it has queried"
    return {
        "columnMetadata": _columns(query, entity, schema),
        "entityName": entity.name,
        "groupBy": bool(query.group_by),
        "idSelected": any(str(item.value).lower() == "id" for item in query.select),
        "keyPrefix": entity.key_prefix,
    }


def _columns(query: Query, entity: SObject, schema: Schema) -> list[Column]:
    found: list[Column] = []
    for number, item in enumerate(query.select):
        value = item.value
        if isinstance(value, Path):
            _add(found, list(value.parts), entity, schema)
        elif isinstance(value, Query):
            found.append(_children(value, entity, schema))
        else:
            found.append(_computed(item, number))
    return found


def _add(found: list[Column], parts: list[str], entity: SObject, schema: Schema) -> None:
    """Add the column of a field; one of a parent stands under its relationship, once for all."""
    if len(parts) == 1 or parts[0].lower() == entity.name.lower():
        found.append(_plain(parts[-1], entity.field(parts[-1])))
        return
    parent = entity.relationship(parts[0])
    name = parent.relationship_name if parent and parent.relationship_name else parts[0]
    target = schema.object(parent.reference_to[0]) if parent else None
    known = next((one for one in found if one["columnName"] == name), None)
    if known is None:
        known = {**_plain(name, None), "joinColumns": []}
        found.append(known)
    below = known["joinColumns"]
    assert isinstance(below, list)
    if target is not None:
        _add(below, parts[1:], target, schema)


def _children(query: Query, entity: SObject, schema: Schema) -> Column:
    name = str(query.entity)
    one = next((c for c in entity.children if c.name.lower() == name.lower()), None)
    child = schema.object(one.child) if one else None
    below = _columns(query, child, schema) if child else []
    return {**_plain(one.name if one else name, None), "aggregate": True, "joinColumns": below}


def _computed(item: Item, number: int) -> Column:
    name = item.alias or f"expr{number}"
    shown = item.value.name.lower() if isinstance(item.value, Call) else name
    return {**_plain(name, None), "aggregate": True, "displayName": item.alias or shown}


def _plain(name: str, field: Field | None) -> Column:
    kind = field.type if field else ""
    said = field.name if field else name
    return {
        "aggregate": False,
        "apexType": "Id" if kind in ("id", "reference") else "String",
        "booleanType": kind == "boolean",
        "columnName": said,
        "custom": said.endswith("__c"),
        "displayName": said,
        "foreignKeyName": None,
        "insertable": bool(field and field.createable),
        "joinColumns": [],
        "numberType": kind in _NUMBERS,
        "textType": kind in _TEXTS,
        "updatable": bool(field and field.updateable),
    }
