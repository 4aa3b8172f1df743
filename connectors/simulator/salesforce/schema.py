"""What an org's objects and fields are. Types only: the objects themselves stand in `objects.py`.

How records are stored: one SQLite table per object, named like the object, one column per field,
named like the field. Booleans are 0 and 1; a date is `2026-11-12`, a datetime is
`2026-11-12T09:30:00Z` (one second is Salesforce's precision); numbers are numbers; everything else
is text; empty is NULL.
Every table has an `Id` (18 characters) and an `IsDeleted`, visible in the describe or not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

#: Field types as describe names them, with the SQLite affinity that stores them.
AFFINITY: Final[Mapping[str, str]] = {
    "id": "TEXT",
    "reference": "TEXT",
    "string": "TEXT",
    "textarea": "TEXT",
    "base64": "TEXT",
    "picklist": "TEXT",
    "multipicklist": "TEXT",
    "combobox": "TEXT",
    "email": "TEXT",
    "phone": "TEXT",
    "url": "TEXT",
    "date": "TEXT",
    "datetime": "TEXT",
    "boolean": "INTEGER",
    "int": "INTEGER",
    "double": "REAL",
    "currency": "REAL",
    "percent": "REAL",
}


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of an object, in describe's words."""

    name: str
    type: str  # a key of AFFINITY
    label: str = ""
    length: int = 0
    reference_to: tuple[str, ...] = ()  # several: polymorphic
    relationship_name: str | None = None  # `Account` for AccountId
    nillable: bool = True
    createable: bool = True
    updateable: bool = True
    filterable: bool = True
    sortable: bool = True
    groupable: bool = True
    external_id: bool = False
    unique: bool = False
    case_sensitive: bool = False
    restricted_picklist: bool = False
    picklist: tuple[str, ...] = ()
    default: str | int | float | None = None
    calculated: bool = False  # a formula or roll-up: written by nobody, changes without a stamp

    @property
    def custom(self) -> bool:
        return self.name.endswith("__c")


@dataclass(frozen=True, kw_only=True)
class ChildRelationship:
    """`Opportunities` on Account: the children whose `field` holds the parent's id."""

    name: str
    child: str
    field: str


@dataclass(frozen=True, kw_only=True)
class SObject:
    """One object: its fields by lower-case name, in describe's order."""

    name: str
    label: str
    label_plural: str
    key_prefix: str | None
    fields: Mapping[str, Field]
    children: tuple[ChildRelationship, ...] = ()
    createable: bool = True
    updateable: bool = True
    deletable: bool = True

    def field(self, name: str) -> Field | None:
        """Find a field by its name, in any case."""
        return self.fields.get(name.lower())

    def relationship(self, name: str) -> Field | None:
        """Find the reference field behind a relationship name such as `Account` or `What`."""
        wanted = name.lower()
        return next(
            (f for f in self.fields.values() if (f.relationship_name or "").lower() == wanted), None
        )


@dataclass(frozen=True)
class Schema:
    """All objects of an org as one user sees them."""

    objects: Mapping[str, SObject] = field(default_factory=dict)  # by lower-case name

    def object(self, name: str) -> SObject | None:
        """Find an object by its name, in any case."""
        return self.objects.get(name.lower())

    def __iter__(self) -> Iterator[SObject]:
        return iter(self.objects.values())

    def without(self, hidden: frozenset[str]) -> Schema:
        """Leave out what a user may not see: whole objects (`Quote`) or fields (`Task.Type`)."""
        gone = {name.lower() for name in hidden}
        return Schema(
            {
                key: replace(
                    one,
                    fields={k: f for k, f in one.fields.items() if f"{key}.{k}" not in gone},
                    children=tuple(c for c in one.children if c.child.lower() not in gone),
                )
                for key, one in self.objects.items()
                if key not in gone
            }
        )
