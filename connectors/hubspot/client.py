"""The few calls of HubSpot that we make, each with its answer checked for its shape.

Raises `connectors.errors` only. What a record's values mean stands in `values.py` and `mapping.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from connectors.errors import Refused
from connectors.hubspot import answers
from connectors.hubspot.answers import Link, Record
from connectors.hubspot.library import Wire
from connectors.hubspot.pace import Pace
from connectors.hubspot.paths import (
    ACCOUNT_PATH,
    DISPOSITIONS_PATH,
    FILES_PATH,
    SCHEMAS_PATH,
    UPLOAD_PATH,
)
from connectors.transport import Transport

PAGE: Final = 100  # of a list or a batch (facts 4.3)
PAGE_WITH_HISTORY: Final = 50
PAGE_OF_SEARCH: Final = 200  # facts 4.4
PAGE_OF_LINKS: Final = 1_000  # records whose associations one batch answers (facts 4.6)
#: Characters of property names a URL has room for: one of 16,384 bytes is refused (facts 4.8).
LONGEST_URL: Final = 12_000

_RAW: Final = {"_preload_content": False}

Filter = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What of each record an answer shall hold."""

    properties: tuple[str, ...]
    history: tuple[str, ...] = ()  # properties wanted with their former values
    links: tuple[str, ...] = ()  # objects whose associations a list shall bring with it

    @property
    def page(self) -> int:
        """How many records one list or batch may then have."""
        return PAGE_WITH_HISTORY if self.history else PAGE

    @property
    def fits(self) -> bool:
        """Tell whether a URL has room for all of it."""
        return len(",".join((*self.properties, *self.history))) <= LONGEST_URL


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A record to be created, with its associations; `trace` names it in the answer of a batch."""

    trace: str
    properties: Mapping[str, str]
    links: Sequence[Mapping[str, Any]]

    @property
    def key(self) -> str:
        """The key of the task that it is."""
        return self.trace


class Client:
    """One portal through hubspot-api-client."""

    def __init__(self, transport: Transport, *, version: str, pace: Pace) -> None:
        self.version = version
        self._wire = Wire(transport, version, pace)
        crm = self._wire.library().crm
        # Held, because the library makes a client anew for each mention.
        self._basic = crm.objects.basic_api
        self._batch = crm.objects.batch_api
        self._search = crm.objects.search_api
        self._links = crm.associations.v4.batch_api
        self._owners = crm.owners.owners_api
        self._pipelines = crm.pipelines.pipelines_api
        self._properties = crm.properties.core_api
        self._groups = crm.properties.groups_api

    # -- reading -----------------------------------------------------------------------------

    def listed(
        self, kind: str, wanted: Wanted, *, archived: bool = False
    ) -> Iterator[list[Record]]:
        """Yield all records of an object, page by page, from the records themselves (no index).

        Where their properties have no room in a URL, ids are listed and the records then read.
        """
        if not wanted.fits:
            bare = Wanted(properties=())
            for page in self.listed(kind, bare, archived=archived):
                ids = [str(one["id"]) for one in page]
                yield from self.read(kind, ids, wanted, archived=archived)
            return
        said = _said(
            properties=wanted.properties,
            properties_with_history=wanted.history,
            associations=wanted.links,
        )
        yield from _pages(
            lambda limit, after: self._basic.get_page(
                kind, limit=limit, archived=archived, **said, **after, **_RAW
            ),
            wanted.page,
        )

    def first(self, kind: str, properties: tuple[str, ...], limit: int) -> list[Record]:
        """The first few records of an object: to see whether, and what, we may see."""
        said = _said(properties=properties)
        return answers.records(self._basic.get_page(kind, limit=limit, **said, **_RAW))

    def found(
        self, kind: str, filters: Sequence[Filter], properties: tuple[str, ...]
    ) -> Iterator[list[Record]]:
        """Yield the records that match, page by page, in the order of their ids.

        Each page asks for ids above the last one instead of using the answer's own paging: that
        ends at 10,000, and counts positions, so that a record changed meanwhile would make another
        one slip through (decision 0005). Archived records are never among them.
        """
        body: dict[str, Any] = {
            "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
            "properties": list(properties),
        }
        last, size = 0, PAGE_OF_SEARCH
        while True:
            beyond = {"propertyName": "hs_object_id", "operator": "GT", "value": str(last)}
            body["filterGroups"] = [{"filters": [*filters, beyond]}]
            page, size = _fitting(
                lambda limit: self._search.do_search(kind, body | {"limit": limit}, **_RAW), size
            )
            records, total = answers.found(page, last)
            if records:
                yield records
            if total <= len(records):
                return
            last = int(records[-1]["id"])

    def count(self, kind: str, filters: Sequence[Filter]) -> int:
        """How many records match, as the index has it."""
        body = {"filterGroups": [{"filters": list(filters)}], "limit": 1, "properties": []}
        return answers.total(self._search.do_search(kind, body, **_RAW))

    def read(
        self,
        kind: str,
        ids: Sequence[str],
        wanted: Wanted,
        *,
        by: str | None = None,
        archived: bool = False,
    ) -> Iterator[list[Record]]:
        """Yield records by id, or by the unique property `by`; those not there are left out."""
        waiting, size = list(dict.fromkeys(ids)), wanted.page
        body: dict[str, Any] = {
            "properties": list(wanted.properties),
            "propertiesWithHistory": list(wanted.history),
        }
        if by is not None:
            body["idProperty"] = by

        def ask(limit: int) -> Any:
            inputs = [{"id": one} for one in waiting[:limit]]
            return self._batch.read(kind, body | {"inputs": inputs}, archived=archived, **_RAW)

        while waiting:
            answer, size = _fitting(ask, size)
            yield answers.records(answers.complete(answer))
            waiting = waiting[size:]

    def one(self, kind: str, record_id: str, wanted: Wanted) -> Record | None:
        """One record as it now stands; None where it is gone, archived or hidden."""
        if not wanted.fits:
            found = [one for page in self.read(kind, [record_id], wanted) for one in page]
            return next(iter(found), None)
        said = _said(properties=wanted.properties, associations=wanted.links)
        try:
            answer = self._basic.get_by_id(kind, record_id, **said, **_RAW)
        except Refused as problem:
            if problem.code == "NOT_FOUND":
                return None
            raise
        return answers.record(answer)

    def linked(self, kind: str, to: str, ids: Sequence[str]) -> dict[str, list[Link]]:
        """What records of one object are associated with, by record id."""
        found: dict[str, list[Link]] = {one: [] for one in ids}
        waiting: list[dict[str, str]] = [{"id": one} for one in found]
        size = min(PAGE_OF_LINKS, len(waiting))

        def ask(limit: int) -> Any:
            return self._links.get_page(kind, to, {"inputs": waiting[:limit]}, **_RAW)

        while waiting:
            answer, size = _fitting(ask, size)
            waiting = waiting[size:]
            for entry in answers.results(answers.complete(answer)):
                source = str((entry.get("from") or {}).get("id"))
                if source not in found:
                    raise answers.unusable("answered for a record that was not asked for")
                found[source] += answers.links(entry)
                if (after := answers.after(entry)) is not None:
                    waiting.append({"id": source, "after": after})
        return found

    def owners(self, *, archived: bool) -> Iterator[list[Record]]:
        """Yield the owners, page by page; archived ones are deactivated users."""
        yield from _pages(
            lambda limit, after: self._owners.get_page(
                limit=limit, archived=archived, **after, **_RAW
            ),
            PAGE,
        )

    def pipelines(self, kind: str) -> list[Record]:
        """The pipelines of an object with their stages."""
        return answers.results(self._pipelines.get_all(kind, **_RAW))

    def files(self, ids: Sequence[str]) -> list[Record]:
        """The files with these ids, at most `PAGE`; those that are gone are left out.

        Without ids: whether files may be seen at all.
        """
        said = [("limit", str(PAGE if ids else 1)), *(("ids", one) for one in ids)]
        return answers.results(self._asked(FILES_PATH, said))

    def property(self, kind: str, name: str) -> Record | None:
        """The definition of a property; None where there is none."""
        try:
            answer = self._properties.get_by_name(kind, name, **_RAW).json()
        except Refused as problem:
            if problem.code == "NOT_FOUND":
                return None
            raise
        if not isinstance(answer, dict) or answer.get("name") != name:
            raise answers.unusable("answered for another property")
        return answer

    def properties(self, kind: str) -> list[Record]:
        """The definitions of the properties of an object that we may see."""
        return answers.results(self._properties.get_all(kind, **_RAW))

    def groups(self, kind: str) -> list[Record]:
        """The groups that the properties of an object stand in."""
        return answers.results(self._groups.get_all(kind, **_RAW))

    def define(self, kind: str, definition: Mapping[str, Any]) -> None:
        """Create a property of an object."""
        self._properties.create(kind, dict(definition), **_RAW)

    def schemas(self) -> list[Record]:
        """The schemas of the account's own objects."""
        return answers.results(self._asked(SCHEMAS_PATH, ()))

    def account(self) -> Record:
        """The account: portal id, time zone, the host of its pages."""
        answer = self._get(ACCOUNT_PATH)
        return answer if isinstance(answer, dict) else {}

    def dispositions(self) -> list[Record]:
        """The outcomes a call may have: id and label."""
        answer = self._get(DISPOSITIONS_PATH)
        return [one for one in answer if isinstance(one, dict)] if isinstance(answer, list) else []

    def _get(self, path: str) -> Any:
        return self._asked(path, ()).json()

    def _asked(self, path: str, said: Sequence[tuple[str, str]]) -> Any:
        """Ask for what the library has no method for, by its own way of asking."""
        accept = {"Accept": "application/json"}
        ask = self._basic.api_client.call_api
        return ask(path, "GET", header_params=accept, query_params=list(said), **_RAW)

    # -- writing -----------------------------------------------------------------------------

    def create(self, kind: str, draft: Draft) -> Record:
        """Create one record with its associations; the answer as it came."""
        body = {"properties": dict(draft.properties), "associations": list(draft.links)}
        return answers.record(self._basic.create(kind, body, **_RAW), read=False)

    def create_many(self, kind: str, drafts: Sequence[Draft]) -> Record:
        """Create records with their associations; the answer as it came, in whatever order."""
        inputs = [
            {
                "properties": dict(one.properties),
                "associations": list(one.links),
                "objectWriteTraceId": one.trace,
            }
            for one in drafts
        ]
        return answers.written(self._batch.create(kind, {"inputs": inputs}, **_RAW))

    def upload(self, content: bytes, name: str, folder: str, *, media_type: str) -> str:
        """Put a private file into a folder, in the place of one of the same name; its id."""
        options = {"access": "PRIVATE", "overwrite": True}
        fields = {"folderPath": folder, "fileName": name, "options": json.dumps(options)}
        answer = self._wire.upload(UPLOAD_PATH, (name, content, media_type), fields)
        return str(answers.record(answer, read=False)["id"])

    def change(self, kind: str, record_id: str, properties: Mapping[str, str]) -> Record:
        """Change some properties of a record; the answer as it came."""
        body = {"properties": dict(properties)}
        return answers.record(self._basic.update(kind, record_id, body, **_RAW), read=False)

    def archive(self, kind: str, record_id: str) -> None:
        """Archive one record; the answer has no body."""
        self._basic.archive(kind, record_id, **_RAW)


def _said(**values: tuple[str, ...]) -> dict[str, list[str]]:
    """Lists as HubSpot documents them, names between commas; what is empty is not said."""
    return {name: [",".join(value)] for name, value in values.items() if value}


def _fitting(ask: Callable[[int], Any], size: int) -> tuple[Any, int]:
    """Ask for a page, and for a smaller one where it is larger than we hold; the size that fits."""
    while True:
        try:
            return ask(size), size
        except Refused as problem:
            if problem.code != "TOO_LARGE" or size == 1:
                raise
            size //= 2


def _pages(ask: Callable[[int, dict[str, str]], Any], size: int) -> Iterator[list[Record]]:
    said: dict[str, str] = {}
    seen: set[str] = set()
    while True:
        answer, size = _fitting(partial(lambda after, limit: ask(limit, after), said), size)
        yield answers.records(answer)
        after = answers.after(answer.json())
        if after is None:
            return
        if after in seen:
            raise answers.unusable("named the same next page twice")
        seen.add(after)
        said = {"after": after}
