"""What belongs to the account rather than to a record: its properties, groups, call outcomes.

Sources: facts 4.5, 4.7; HubSpot: Properties, Calls ("default call outcomes"). Knows no HTTP.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import asdict, replace
from decimal import Decimal
from typing import Any, Final

from connectors.simulator.hubspot import errors
from connectors.simulator.hubspot.schema import Kind, Option, Property
from connectors.simulator.hubspot.store import Store
from connectors.simulator.hubspot.times import iso, millis

Json = dict[str, object]

UNIQUE_PROPERTIES: Final = 10  # an object type has at most so many
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,99}")

#: Types of a new property, and the fields each may be shown in.
TYPES: Final[Mapping[str, frozenset[str]]] = {
    "string": frozenset({"text", "textarea", "html", "phonenumber", "file"}),
    "number": frozenset({"number"}),
    "bool": frozenset({"booleancheckbox"}),
    "enumeration": frozenset({"select", "radio", "checkbox", "booleancheckbox"}),
    "date": frozenset({"date"}),
    "datetime": frozenset({"date"}),
}

#: HubSpot's default call outcomes, whose ids are the same in every account.
DISPOSITIONS: Final = tuple(
    Option(value=guid, label=label)
    for guid, label in (
        ("9d9162e7-6cf3-4944-bf63-4dff82258764", "Busy"),
        ("f240bbac-87c9-4f6e-bf70-924b57d47db7", "Connected"),
        ("a4c4c377-d246-4b32-a13b-75a56a4cd0ff", "Left live message"),
        ("b2cf5968-551e-4856-9783-52b3da59a7d0", "Left voicemail"),
        ("73a0d17f-1163-4015-bdd5-ec830791da20", "No answer"),
        ("17b47fee-58de-441e-a44c-c6300d46f273", "Wrong number"),
    )
)

KEY: Final = Property(
    name="followthrough_key",
    label="Followthrough key",
    type="string",
    field_type="text",
    group="task",
    unique=True,
    own=False,
)


def plain(given: Mapping[str, object]) -> dict[str, object]:
    """Turn Python's moments, dates and decimals into the JSON a client would send for them."""
    return {name: _plain(value) for name, value in given.items()}


def _plain(value: object) -> object:
    if isinstance(value, dt.datetime):
        return str(millis(value))
    return str(value) if isinstance(value, dt.date | Decimal) else value


def groups(kinds: Mapping[str, Kind]) -> dict[str, dict[str, str]]:
    """List the property groups of each type: name -> label."""
    return {k.name: {k.group: f"{k.singular.title()} information"} for k in kinds.values()}


def add_property(store: Store, kind: Kind, one: Property, now: int) -> Property:
    """Add a property of the account's own to a type."""
    if one.name in kind.properties:
        raise errors.HubSpotError(
            409,
            "OBJECT_ALREADY_EXISTS",
            f"A property named '{one.name}' already exists.",
            subCategory="Properties.PROPERTY_EXISTS",
        )
    own_unique = sum(p.unique and not p.own for p in kind.properties.values())
    if one.unique and own_unique >= UNIQUE_PROPERTIES:
        raise errors.validation(
            f"{kind.upper} already has {UNIQUE_PROPERTIES} properties with unique values."
        )
    _check(one)
    added = replace(one, own=False, created=now)
    store.keep("property", f"{kind.name}.{one.name}", asdict(added))
    kind.properties[one.name] = added
    return added


def kept_property(kept: Mapping[str, Any]) -> Property:
    """Read a property the store kept."""
    return Property(**{**kept, "options": tuple(Option(**one) for one in kept["options"])})


def _check(one: Property) -> None:
    if not _NAME.fullmatch(one.name):
        raise errors.validation(
            f"'{one.name}' is not a valid property name: lower-case letters, digits, underscores"
        )
    if one.field_type not in TYPES.get(one.type, ()):
        raise errors.validation(f"'{one.field_type}' is no fieldType of the type '{one.type}'")


def property_json(one: Property, began: int) -> Json:
    """Give a property's definition as the API does."""
    stamp = iso(one.created or began)
    shown: Json = {
        "updatedAt": stamp,
        "createdAt": stamp,
        "name": one.name,
        "label": one.label,
        "type": one.type,
        "fieldType": one.field_type,
        "description": one.description,
        "groupName": one.group,
        "options": [
            {"label": o.label, "value": o.value, "displayOrder": place, "hidden": False}
            for place, o in enumerate(one.options)
        ],
        "displayOrder": -1,
        "calculated": one.calculated,
        "externalOptions": one.owner,
        "archived": False,
        "hasUniqueValue": one.unique,
        "hidden": False,
        "modificationMetadata": {
            "archivable": not one.own,
            "readOnlyDefinition": one.own,
            "readOnlyValue": one.read_only,
        },
        "formField": False,
        "dataSensitivity": "non_sensitive",
    }
    own: Json = {"hubspotDefined": True} if one.own else {}
    referenced: Json = {"referencedObjectType": "OWNER"} if one.owner else {}
    return {**shown, **own, **referenced}
