"""What the integration user may see: the wanted fields that are visible, and the rest named.

Salesforce leaves a hidden field out of describe and refuses a query that names it, so every query
is built from a describe (facts, salesforce 3.2).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from connectors.base import Feed
from connectors.model import BlindSpot
from connectors.salesforce.client import Client
from connectors.salesforce.objects import CURSORS, OPTIONAL, SOURCES, Source

#: Raised when the mapping reads a field otherwise than before: feeds are then read afresh.
MAPPING_VERSION: Final = 1

Fields = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What is read of one object, and what would have been."""

    object: str
    source: Source
    fields: tuple[str, ...]
    hidden: tuple[str, ...]
    cursor: str
    where: tuple[str, ...]

    @property
    def feed(self) -> Feed:
        """The feed this selection is; its hash changes with all that a stored row depends on."""
        told = "\n".join((str(MAPPING_VERSION), self.cursor, *sorted(self.fields), *self.where))
        return Feed(
            name=self.object,
            streams=(self.source.stream,),
            fields_hash=hashlib.sha256(told.encode()).hexdigest()[:16],
        )

    def blind_spots(self) -> list[BlindSpot]:
        """One for each column that a hidden field decides."""
        return [
            BlindSpot(stream=self.source.stream, field=column, why=_hidden(self.object, name))
            for name in self.hidden
            for column in self.source.fields[name]
        ]


class Describes:
    """Describes of one session, each asked for once."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._kept: dict[str, dict[str, Any] | None] = {}

    def object(self, name: str) -> dict[str, Any] | None:
        """An object's describe, or None where it is missing or hidden."""
        if name not in self._kept:
            self._kept[name] = self._client.describe(name)
        return self._kept[name]

    def fields(self, name: str) -> Fields | None:
        """An object's visible fields by name, or None where it is missing, or cannot be queried."""
        described = self.object(name)
        if described is None or described.get("queryable") is False:
            return None
        return {
            one["name"]: one
            for one in described["fields"]
            if isinstance(one, dict) and isinstance(one.get("name"), str)
        }

    def selection(self, name: str) -> Selection | None:
        """What can be read of an object of SOURCES; None where changes cannot be read at all."""
        visible = self.fields(name)
        source = SOURCES[name]
        if visible is None:
            return None
        cursor = next((field for field in CURSORS if _is_cursor(visible.get(field))), None)
        if cursor is None:
            return None
        wanted = dict.fromkeys(("Id", "IsDeleted", cursor, *source.fields))
        return Selection(
            object=name,
            source=source,
            fields=tuple(field for field in wanted if field in visible),
            hidden=tuple(field for field in source.fields if field not in visible),
            cursor=cursor,
            where=tuple(
                text
                for field, text in source.where.items()
                if visible.get(field, {}).get("filterable") is True
            ),
        )

    def selections(self) -> list[Selection]:
        """All that can be read, in the order of SOURCES."""
        found = (self.selection(name) for name in SOURCES)
        return [selection for selection in found if selection is not None]

    def blind_spots(self) -> list[BlindSpot]:
        """Everything a rule may want and this user cannot see."""
        spots: list[BlindSpot] = []
        for name, source in SOURCES.items():
            selection = self.selection(name)
            if selection is not None:
                spots += selection.blind_spots()
            elif name not in OPTIONAL:
                spots.append(BlindSpot(stream=source.stream, field=None, why=_missing(name)))
        return spots


def _is_cursor(field: Mapping[str, Any] | None) -> bool:
    return field is not None and field.get("filterable") is True and field.get("sortable") is True


def _hidden(name: str, field: str) -> str:
    return (
        f"The integration user may not see {name}.{field}. Grant read access to the field in the "
        "permission set “Followthrough” (Setup > Permission Sets > Object Settings)."
    )


def _missing(name: str) -> str:
    return (
        f"The integration user may not see {name}. Grant read access to the object in the "
        "permission set “Followthrough” (Setup > Permission Sets > Object Settings)."
    )
