"""Records of an object -> canonical batches: its own rows, and those of what hangs on it. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import pyarrow as pa

from connectors.base import STAMPS, Batch
from connectors.hubspot import activities, mapped, mapping, own_fields, service
from connectors.hubspot.answers import Record
from connectors.hubspot.mapped import Mapped
from connectors.hubspot.mapping import Known, Linked
from connectors.hubspot.objects import Source
from connectors.hubspot.reach import Selection
from connectors.hubspot.values import Columns, Page, batch, moment_of, value_of

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
    "tickets": service.tickets,
    "leads": service.leads,
    "goal_targets": service.goals,
    "feedback_submissions": service.survey_answers,
}


def modified_at(record: Mapping[str, Any], source: Source) -> dt.datetime:
    """When a record last changed; for an archived one that is at least when it was archived."""
    at = moment_of(value_of(record, source.changed) or record.get("updatedAt"), source.changed)
    gone = record.get("archivedAt")
    return at if gone is None else max(at, moment_of(gone, "archivedAt"))


def without_ours(name: str, records: list[Record]) -> list[Record]:
    """Leave our own tasks out: they are nobody's work on a deal."""
    if name != "tasks":
        return records
    return [record for record in records if not activities.is_ours(record)]


def batches(one: Selection, records: list[Record], known: Known, linked: Linked) -> Iterator[Batch]:
    """Make all batches of a page: the object's own stream first, then what hangs on it."""
    yield main(one, records, known, linked)
    changed_at = [modified_at(record, one.source) for record in records]
    for stream in one.source.filled:
        yield from _losers(stream, records, changed_at)
    if one.name == "deals":
        yield from _of_deals(Page(records), known, linked, changed_at)
    if one.name == "meetings":
        yield from _attendees(Page(records), linked, changed_at)
    yield from of_mapped(one, records, linked)


def of_mapped(one: Selection, records: list[Record], linked: Linked) -> Iterator[Batch]:
    """Make the batches that the admin says properties of the object fill."""
    beside = one.mapped[1:] if one.source.own else one.mapped
    for each in beside if records else ():
        yield _held(one, each, records, linked)


def _held(one: Selection, each: Mapped, records: list[Record], linked: Linked) -> Batch:
    changed_at = [modified_at(record, one.source) for record in records]
    columns = mapped.columns(Page(records), each, linked, changed_at)
    return Batch(each.stream, batch(each.stream, columns))


def _losers(
    stream: str, records: Sequence[Record], modified: Sequence[dt.datetime]
) -> Iterator[Batch]:
    """Records that were merged into these."""
    columns = mapping.losers(records, modified)
    if columns["id"]:
        found = batch(stream, columns)
        yield Batch(stream, found, merged=found["id"])


def _of_deals(
    page: Page, known: Known, linked: Linked, modified: Sequence[dt.datetime]
) -> Iterator[Batch]:
    """All links of these deals there are, where they may be seen; and the stages they had."""
    if "contacts" in linked.links:
        found = batch("links", mapping.links(page, linked, modified))
        yield Batch("links", found, _all_of(page, modified))
    stages = mapping.stage_changes(page, known, modified)
    if stages["id"]:
        yield Batch("stage_changes", batch("stage_changes", stages))


def _attendees(page: Page, linked: Linked, modified: Sequence[dt.datetime]) -> Iterator[Batch]:
    """Who was asked to these meetings: all of them, where clients may be seen."""
    columns = service.attendees(page, linked, modified)
    whole = _all_of(page, modified) if "contacts" in linked.links else None
    if columns["id"] or whole is not None:
        yield Batch("attendees", batch("attendees", columns), whole)


def _all_of(page: Page, modified: Sequence[dt.datetime]) -> pa.RecordBatch:
    """The records of a page, of which what stands beside them comes whole."""
    columns = [pa.array(page.ids, STAMPS.types[0]), pa.array(modified, STAMPS.types[1])]
    return pa.RecordBatch.from_arrays(columns, schema=STAMPS)


def main(one: Selection, records: list[Record], known: Known, linked: Linked) -> Batch:
    """Make the batch of the object's own stream; an object of the account's own has the first."""
    if one.source.own:
        return _held(one, one.mapped[0], records, linked)
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


def gone(stream: str, ids: Sequence[str], at: dt.datetime) -> Batch:
    """Rows of a stream that are no more, as deleted ones: purged, or merged into nobody knows."""
    columns: Columns = {
        "id": ids,
        "modified_at": [at] * len(ids),
        "deleted": [True] * len(ids),
    }
    found = batch(stream, columns)
    return Batch(stream, found, merged=found["id"])
