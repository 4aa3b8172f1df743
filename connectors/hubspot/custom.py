"""Objects of the account's own that hold ratings or answers: which one a name means, what it links.

HubSpot takes an object's type id (2-…) everywhere, and its short name nowhere any more; so names
are looked up in the account's schemas, asked for once, and calls are made by the type id. Reads no
records. Source: HubSpot's schemas guide; its changelog of 24 June 2025 on base names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Final

from connectors.errors import Refused
from connectors.field_columns import extra, one
from connectors.hubspot.answers import Record
from connectors.hubspot.client import Client
from connectors.hubspot.mapped import HOLDERS, OWNER, Mapped
from connectors.hubspot.objects import SOURCES, Source
from connectors.model import EVERY_STREAM, BlindSpot

SCOPE: Final = "crm.objects.custom.read"
SCHEMA_SCOPE: Final = "crm.schemas.custom.read"

#: A client's object -> its type id, and the column that an association with it decides.
_LINKS: Final[Mapping[str, tuple[str, str]]] = {
    "companies": ("0-2", "account_id"),
    "contacts": ("0-1", "contact_id"),
    "deals": ("0-3", "deal_id"),
}


class CustomObjects:
    """The account's own objects, as far as the admin's mappings name them."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @cached_property
    def refusal(self) -> Refused | None:
        """Why the schemas may not be seen; None when they may."""
        return self._schemas if isinstance(self._schemas, Refused) else None

    @cached_property
    def _schemas(self) -> list[Record] | Refused:
        try:
            return self._client.schemas()
        except Refused as problem:
            return problem

    def placed(self, mapping: Mapped) -> Mapped | None:
        """The mapping with its object as calls name it; None where the account has none such."""
        if mapping.object in HOLDERS:
            return mapping
        schema = self._schema(mapping.object)
        return None if schema is None else replace(mapping, object=str(schema["objectTypeId"]))

    def _schema(self, name: str) -> Record | None:
        listed = [] if isinstance(self._schemas, Refused) else self._schemas
        return next((one for one in listed if name.casefold() in _names(one)), None)

    def called(self, name: str) -> str:
        """An object as people call it: by its full name, where calls have a type id."""
        schema = None if name in SOURCES else self._schema(name)
        told = (schema or {}).get("fullyQualifiedName")
        return told if isinstance(told, str) else name

    def sources(self, mappings: Sequence[Mapped]) -> dict[str, Source]:
        """What to read of each object of the account's own, by its type id."""
        found: dict[str, list[Mapped]] = {}
        for mapping in mappings:
            if mapping.object not in HOLDERS:
                found.setdefault(mapping.object, []).append(mapping)
        return {name: self._source(name, some) for name, some in found.items()}

    def _source(self, name: str, mappings: Sequence[Mapped]) -> Source:
        wanted = {kind for one in mappings for kind, _ in _wanted(one)}
        ours = all("owner_id" in one.fields for one in mappings)
        return Source(
            streams=tuple(one.stream for one in mappings),
            properties=extra("hs_merged_object_ids") | ({} if ours else one(**{OWNER: "owner_id"})),
            scope=SCOPE,
            links=tuple(kind for kind in _LINKS if kind in wanted & self._linked(name)),
            labelled=True,
            own=True,
        )

    def _linked(self, name: str) -> set[str]:
        """The objects of clients that the schema lets records of this one be associated with."""
        told = (self._schema(name) or {}).get("associations")
        some = [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
        ends = {str(one.get(end)) for one in some for end in ("fromObjectTypeId", "toObjectTypeId")}
        return {kind for kind, (type_id, _) in _LINKS.items() if type_id in ends}

    def unlinked(self, mapping: Mapped, called: str) -> Iterator[BlindSpot]:
        """Columns that neither a property nor an association of the object can fill."""
        linked = self._linked(mapping.object)
        for kind, column in _wanted(mapping):
            if kind not in linked:
                word = column.removesuffix("_id")
                why = (
                    f"HubSpot has no association between {called} and {kind}. Make one (Settings > "
                    f"Data Model), or say under objects: which property holds the {word}."
                )
                yield BlindSpot(stream=mapping.stream, field=column, why=why)


def _names(schema: Record) -> set[str]:
    """What an admin may call an object: by its type id, its full and its short name."""
    if not isinstance(schema.get("objectTypeId"), str):
        return set()
    told = (schema.get(name) for name in ("objectTypeId", "fullyQualifiedName", "name"))
    return {one.casefold() for one in told if isinstance(one, str)}


def _wanted(mapping: Mapped) -> Iterator[tuple[str, str]]:
    """The clients' objects whose associations fill a column that no property fills."""
    for kind, (_, column) in _LINKS.items():
        if column in EVERY_STREAM[mapping.stream].names and column not in mapping.fields:
            yield kind, column
