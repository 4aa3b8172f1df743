"""What kinds of records and properties there are: nouns, and names found by any of their spellings.

Nouns only: no vendor's tables, no records.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Option:
    """A word an enumeration allows."""

    value: str
    label: str


@dataclass(frozen=True, kw_only=True)
class Property:
    """A property of an object type."""

    name: str
    label: str
    type: str  # string, number, bool, enumeration, date, datetime
    field_type: str = "text"
    group: str = ""
    description: str = ""
    options: tuple[Option, ...] = ()
    unique: bool = False  # hasUniqueValue
    read_only: bool = False  # its value comes from HubSpot alone
    calculated: bool = False
    owner: bool = False  # holds the id of an owner
    required: bool = False  # on create
    shown: bool = False  # without being asked for
    own: bool = True  # HubSpot's, not the account's
    created: int = 0  # epoch milliseconds


@dataclass(frozen=True, kw_only=True)
class Kind:
    """An object type with its properties; `properties` grows when the account adds some."""

    name: str  # deals
    type_id: str  # 0-3
    singular: str  # deal
    created: str  # the property with the moment of creation
    updated: str  # the property with the moment of the last change
    group: str
    writable: bool = True
    short: str = ""  # of an object of the account's own: its name without the account's number
    linked: tuple[str, ...] = ()  # … and the objects that its records may be associated with
    properties: dict[str, Property] = field(default_factory=dict)

    @property
    def upper(self) -> str:
        """The name in error messages: DEAL."""
        return self.singular.upper()

    @property
    def stamps(self) -> Mapping[str, str]:
        """The properties that are columns of the store, and which."""
        return {self.created: "created", self.updated: "updated", "hs_object_id": "id"}


@dataclass(frozen=True, kw_only=True)
class Hand:
    """Who writes: a person in HubSpot's pages, an app, or HubSpot itself."""

    source: str  # CRM_UI, INTEGRATION, CALCULATED
    source_id: str
    user_id: int | None = None


@dataclass(kw_only=True)
class Record:
    """One record; moments in epoch milliseconds."""

    id: int
    kind: str
    created: int
    updated: int
    archived: int | None
    properties: dict[str, str]
