"""What the integration user may see: the wanted fields that are visible, and the rest named.

Salesforce leaves a hidden field out of describe and refuses a query that names it, so every query
is built from a describe (facts, salesforce 3.2).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from connectors.base import Feed
from connectors.model import OPTIONAL_STREAMS, BlindSpot
from connectors.salesforce.client import Client
from connectors.salesforce.objects import (
    BODIES,
    CURSORS,
    OPTIONAL,
    RECORD_TYPE,
    SOURCES,
)
from connectors.salesforce.own_fields import Custom, OwnField, found, why_not
from connectors.salesforce.source import Source
from connectors.texts_off import TEXTS_OFF

#: Raised when the mapping reads a field otherwise than before: feeds are then read afresh.
MAPPING_VERSION: Final = 2

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
    own: tuple[OwnField, ...] = ()  # the admin's own fields
    record_types: Mapping[str, str] = field(default_factory=dict)  # id -> label

    @property
    def feed(self) -> Feed:
        """The feed this selection is; its hash changes with all that a stored row depends on."""
        own = sorted(f"{one.name}={one.field} {one.type}" for one in self.own)
        labels = sorted(f"{key}={label}" for key, label in self.record_types.items())
        parts = (self.cursor, *sorted(self.fields), *self.where, *own, *labels)
        told = "\n".join((str(MAPPING_VERSION), *parts))
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


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the admin wants read beside the usual, and whether bodies of texts are asked for."""

    custom: Custom = field(default_factory=dict)  # fields of the org's own, by stream
    objects: Mapping[str, Source] = field(default_factory=dict)  # … and objects, by name
    texts: bool = True
    marker: bool = False  # where no unique field keeps a key, the mark in a task's text may do


class Describes:
    """Describes of one session, each asked for once."""

    def __init__(self, client: Client, wanted: Wanted) -> None:
        self._client = client
        self._all = {**SOURCES, **wanted.objects}
        self._sources = self._all
        self._custom = wanted.custom
        self._texts = wanted.texts
        self._kept: dict[str, dict[str, Any] | None] = {}

    def read_only(self, streams: Collection[str]) -> None:
        """Leave out objects that fill none of these streams; they are not even described."""
        some = {name: one for name, one in self._all.items() if one.stream in streams}
        self._sources = some

    def object(self, name: str) -> dict[str, Any] | None:
        """An object's describe, or None where it is missing or hidden."""
        if name not in self._kept:
            self._kept[name] = self._client.describe(name)
        return self._kept[name]

    def forget(self, name: str) -> None:
        """Describe an object anew when it is asked for next."""
        self._kept.pop(name, None)

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

    def _asked_for(self, name: str) -> Fields | None:
        """The visible fields of an object that may be asked for."""
        visible = self.fields(name)
        if visible is None or self._texts:
            return visible
        return {field: one for field, one in visible.items() if field not in BODIES}

    def selection(self, name: str) -> Selection | None:
        """What can be read of an object of SOURCES; None where changes cannot be read at all."""
        visible = self._asked_for(name)
        source = self._sources[name]
        if visible is None:
            return None
        cursor = next((field for field in CURSORS if _is_cursor(visible.get(field))), None)
        if cursor is None:
            return None
        own = found(self._custom.get(source.stream, ()), visible)
        seen = {field for field in source.fields if self._sees(visible, field)} | set(visible)
        record_types = _record_types(self.object(name))
        wanted = dict.fromkeys(("Id", "IsDeleted", cursor, *source.fields))
        wanted |= dict.fromkeys(one.field for one in own)
        return Selection(
            object=name,
            source=source,
            fields=tuple(field for field in wanted if field in seen),
            hidden=tuple(
                field
                for field in source.fields
                if field not in seen
                and (field != RECORD_TYPE or record_types)
                and (self._texts or field not in BODIES)
            ),
            cursor=cursor,
            where=tuple(
                text
                for field, text in source.where.items()
                if visible.get(field, {}).get("filterable") is True
            ),
            own=own,
            record_types=record_types if RECORD_TYPE in source.fields else {},
        )

    def _sees(self, visible: Fields, path: str) -> bool:
        """Tell whether a field is visible, itself or through the relationship before its point."""
        relationship, point, rest = path.partition(".")
        if not point:
            return path in visible
        by = next((f for f in visible.values() if f.get("relationshipName") == relationship), None)
        targets = by.get("referenceTo") if by else None
        return isinstance(targets, list) and any(
            self._sees(self._asked_for(str(target)) or {}, rest) for target in targets
        )

    def unstamped(self) -> list[str]:
        """The admin's own fields that change without leaving a stamp (facts, salesforce 3.2)."""
        return [
            f"{one.object}.{own.field}"
            for one in self.selections()
            for own in one.own
            if own.calculated
        ]

    def knows(self, name: str) -> bool:
        """Tell whether an object is one of those that are read."""
        return name in self._sources

    def selections(self) -> list[Selection]:
        """All that can be read, in the order of SOURCES."""
        found = (self.selection(name) for name in self._sources)
        return [selection for selection in found if selection is not None]

    def blind_spots(self) -> list[BlindSpot]:
        """Everything a rule may want and this user cannot see."""
        spots: list[BlindSpot] = [] if self._texts else [TEXTS_OFF]
        for name, source in self._sources.items():
            selection = self.selection(name)
            if selection is not None:
                spots += selection.blind_spots()
            elif name not in OPTIONAL and not self._else_filled(name, source.stream):
                spots.append(BlindSpot(stream=source.stream, field=None, why=_missing(name)))
        return spots + self._own_blind_spots()

    def _else_filled(self, name: str, stream: str) -> bool:
        """Tell whether another object fills a stream that orgs may have or not."""
        return stream in OPTIONAL_STREAMS and any(
            source.stream == stream and self.selection(other) is not None
            for other, source in self._sources.items()
            if other != name
        )

    def _own_blind_spots(self) -> list[BlindSpot]:
        """One for each of the admin's own fields that no object of its stream gives us."""
        spots: list[BlindSpot] = []
        for stream, names in self._custom.items():
            visible = {
                name: self._asked_for(name) or {}
                for name, source in self._sources.items()
                if source.stream == stream
            }
            there = {one.name for fields in visible.values() for one in found(names, fields)}
            spots += [
                BlindSpot(stream=stream, field=f"fields.{name}", why=why_not(name, visible))
                for name in dict.fromkeys(names)
                if name not in there
            ]
        return spots


def _record_types(described: Mapping[str, Any] | None) -> dict[str, str]:
    """The labels of an object's record types by id; none where it has only the one every object
    has. All are listed, also those that the user may not use (Describe: recordTypeInfos)."""
    infos = (described or {}).get("recordTypeInfos") or []
    return {
        info["recordTypeId"]: info["name"]
        for info in infos
        if isinstance(info, dict) and info.get("master") is not True
    }


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
