"""Read one object's changes: a window of time -> canonical batches, page by page.

What changed is searched for; the first time everything is listed, which asks the records and not
the index. Archived records are in neither, and are listed each time (decision 0005).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from connectors.base import Batch, Window
from connectors.hubspot import activities, mapping, own_fields
from connectors.hubspot.answers import Record
from connectors.hubspot.client import Client, Filter, Wanted
from connectors.hubspot.mapping import Known, Linked
from connectors.hubspot.objects import Source
from connectors.hubspot.reach import Selection
from connectors.hubspot.values import Columns, Page, batch, millis, moment_of, value_of

#: Names of properties, in characters, that a search has room for: its body is short (facts 4.4).
LONGEST_LIST: Final = 1_500

MAPPERS: Final[Mapping[str, Callable[[Page, Known, Linked], Columns]]] = {
    "companies": mapping.companies,
    "contacts": mapping.contacts,
    "deals": mapping.deals,
    "calls": activities.calls,
    "emails": activities.emails,
    "meetings": activities.meetings,
    "notes": activities.notes,
    "communications": activities.communications,
    "tasks": activities.tasks,
    "quotes": mapping.quotes,
}


def pull(client: Client, one: Selection, window: Window, known: Known) -> Iterator[Batch]:
    """Yield the rows of an object changed within the window, those of archived records last.

    Bounds are cut to whole milliseconds, as HubSpot keeps them. A first load may hold rows newer
    than the window: they are stored by id.
    """
    for records in changed(client, one, window):
        kept = _without_ours(one.name, records)
        if kept:
            ids = [str(record["id"]) for record in kept]
            linked = {kind: client.linked(one.name, kind, ids) for kind in one.links}
            yield from _batches(one, kept, known, Linked(links=linked))
    for records in archived(client, one, window.since):
        kept = _without_ours(one.name, records)
        if kept:
            yield _main(one, kept, known, Linked())


def one_record(client: Client, one: Selection, record_id: str, known: Known) -> Batch | None:
    """Return one record as it now stands; None where it is not of this object, or our own."""
    record = client.one(one.name, record_id, one.properties)
    kept = _without_ours(one.name, [] if record is None else [record])
    if not kept:
        return None
    linked = {kind: client.linked(one.name, kind, [record_id]) for kind in one.links}
    return _main(one, kept, known, Linked(links=linked))


def owners(client: Client) -> Iterator[Batch]:
    """Yield every owner, active and not: their stamps do not tell all changes (facts 4.7)."""
    for is_archived in (False, True):
        for records in client.owners(archived=is_archived):
            if records:
                yield Batch("owners", batch("owners", mapping.owners(records)))


def changed(client: Client, one: Selection, window: Window) -> Iterator[list[Record]]:
    """Yield the records of an object that changed within the window and are not archived."""
    wanted = Wanted(properties=one.properties, history=one.history)
    if window.since is None:
        yield from client.listed(one.name, wanted)
        return
    within = between(one.source.changed, window.since, window.until)
    if not one.history and len(",".join(one.properties)) <= LONGEST_LIST:
        yield from client.found(one.name, within, one.properties)
        return
    for page in client.found(one.name, within, ()):  # no history, or no room for it: ids first
        yield from client.read(one.name, [str(record["id"]) for record in page], wanted)


def between(property_name: str, since: dt.datetime, until: dt.datetime) -> list[Filter]:
    """Filters for a window, in milliseconds: from `since` on, and before `until`."""
    assert since.tzinfo is not None, "a window's bounds are aware"
    assert until.tzinfo is not None, "a window's bounds are aware"
    bounds = (("GTE", since), ("LT", until))
    return [
        {"propertyName": property_name, "operator": operator, "value": str(millis(at))}
        for operator, at in bounds
    ]


def archived(client: Client, one: Selection, since: dt.datetime | None) -> Iterator[list[Record]]:
    """Yield archived records, those archived before `since` left out."""
    wanted = Wanted(properties=one.properties)
    for records in client.listed(one.name, wanted, archived=True):
        yield [
            record
            for record in records
            if since is None or modified_at(record, one.source) >= since
        ]


def modified_at(record: Mapping[str, Any], source: Source) -> dt.datetime:
    """When a record last changed; for an archived one that is at least when it was archived."""
    at = moment_of(value_of(record, source.changed) or record.get("updatedAt"), source.changed)
    gone = record.get("archivedAt")
    return at if gone is None else max(at, moment_of(gone, "archivedAt"))


def _without_ours(name: str, records: list[Record]) -> list[Record]:
    if name != "tasks":
        return records
    return [record for record in records if not activities.is_ours(record)]


def _batches(
    one: Selection, records: list[Record], known: Known, linked: Linked
) -> Iterator[Batch]:
    yield _main(one, records, known, linked)
    changed_at = [modified_at(record, one.source) for record in records]
    more = {one.source.stream: mapping.losers(records, changed_at)}
    if one.name == "deals":
        page = Page(records)
        more["stage_changes"] = mapping.stage_changes(page, known, changed_at)
        more["links"] = mapping.links(page, linked, changed_at)
    for stream, columns in more.items():
        if columns["id"]:
            yield Batch(stream, batch(stream, columns))


def _main(one: Selection, records: list[Record], known: Known, linked: Linked) -> Batch:
    page = Page(records)
    every: Columns = {
        "id": page.ids,
        "modified_at": [modified_at(record, one.source) for record in records],
        "deleted": [record.get("archived") is True for record in records],
    }
    columns = every | MAPPERS[one.name](page, known, linked)
    if one.own:
        columns["fields"] = own_fields.fields(page, one.own)
    return Batch(one.source.stream, batch(one.source.stream, columns))
