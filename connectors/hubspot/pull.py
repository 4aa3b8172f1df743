"""Read one object's changes: a window of time -> canonical batches, page by page.

What changed is searched for; the first time everything is listed, which asks the records and not
the index. Archived records are in neither, and are listed each time (decision 0005).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Final

from connectors.base import Batch, Window
from connectors.hubspot import attached, mapping, rows
from connectors.hubspot.answers import Record
from connectors.hubspot.client import Client, Filter, Wanted
from connectors.hubspot.linking import gathered, inline, linked, linked_inline
from connectors.hubspot.mapping import Known, Linked
from connectors.hubspot.portal import Portal
from connectors.hubspot.reach import Selection
from connectors.hubspot.values import batch, millis

#: Names of properties, in characters, that a search has room for: its body is short (facts 4.4).
LONGEST_LIST: Final = 1_500


def pull(
    client: Client,
    one: Selection,
    window: Window,
    known: Known,
    *,
    archive: bool = True,
) -> Iterator[Batch]:
    """Yield the rows of an object changed within the window, those of archived records last.

    Bounds are cut to whole milliseconds, as HubSpot keeps them. A first load may hold rows newer
    than the window: they are stored by id.
    """
    for records, links in with_links(client, one, window):
        if records:
            yield from _whole(client, one, records, known, links)
    for records in archived(client, one, window.since) if archive else ():
        kept = rows.without_ours(one.name, records)
        if kept:
            yield rows.main(one, kept, known, Linked())
            yield from rows.of_mapped(one, kept, Linked())


def living(client: Client, one: Selection, ids: Sequence[str]) -> Iterator[list[Record]]:
    """Yield the records with these ids that are not archived, our own left out."""
    wanted = Wanted(properties=one.properties, history=one.history)
    pages = gathered(client.read(one.name, ids, wanted))
    yield from (kept for page in pages if (kept := rows.without_ours(one.name, page)))


def whole(client: Client, one: Selection, kept: list[Record], known: Known) -> Iterator[Batch]:
    """Yield all rows of some records, whose associations are asked for."""
    yield from _whole(client, one, kept, known, linked(client, one, kept))


def _whole(
    client: Client, one: Selection, records: list[Record], known: Known, links: Linked
) -> Iterator[Batch]:
    """Yield all rows of a page, and the names of the files that its activities carry."""
    yield from rows.batches(one, records, known, links)
    if one.files:
        changed_at = [rows.modified_at(record, one.source) for record in records]
        yield from attached.files(client, records, changed_at, links)


def one_record(client: Client, one: Selection, record_id: str, known: Known) -> Batch | None:
    """Return one record as it now stands; None where it is not of this object, or our own."""
    wanted = Wanted(properties=one.properties, links=one.links)
    record = client.one(one.name, record_id, wanted)
    kept = rows.without_ours(one.name, [] if record is None else [record])
    if not kept:
        return None
    told = linked_inline if wanted.fits else linked
    return rows.main(one, kept, known, told(client, one, kept))


def owners(portal: Portal) -> Iterator[Batch]:
    """Yield every owner, active and not: their stamps do not tell all changes (facts 4.7)."""
    for is_archived in (False, True):
        for records in portal.owners(archived=is_archived):
            if records:
                yield Batch("owners", batch("owners", mapping.owners(records)))


def with_links(
    client: Client, one: Selection, window: Window
) -> Iterator[tuple[list[Record], Linked]]:
    """Yield what changed, our own left out, with associations: in as few calls as there can be."""
    wanted = Wanted(
        properties=one.properties,
        history=one.history,
        links=inline(one) if window.since is None else (),
    )
    pages = (rows.without_ours(one.name, page) for page in changed(client, one, window, wanted))
    if not one.links:
        yield from ((page, Linked()) for page in pages)
    elif wanted.links and wanted.fits:
        yield from ((page, linked_inline(client, one, page)) for page in pages)
    else:
        yield from ((page, linked(client, one, page)) for page in gathered(pages))


def changed(
    client: Client, one: Selection, window: Window, wanted: Wanted
) -> Iterator[list[Record]]:
    """Yield the records of an object that changed within the window and are not archived."""
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
            if since is None or rows.modified_at(record, one.source) >= since
        ]
