"""Read one object's changes: a window of time -> canonical batches, page by page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from connectors.base import STAMPS, Batch, Window
from connectors.errors import Refused, Retriable
from connectors.salesforce import (
    activities,
    bulk,
    mapping,
    merged,
    optional,
    own_fields,
    surveys,
    wide,
)
from connectors.salesforce.client import Client, Record, soql
from connectors.salesforce.describe import Describes, Selection
from connectors.salesforce.mapping import Columns, Known, Page
from connectors.salesforce.objects import KEY_FIELD
from connectors.salesforce.windows import TOO_MUCH, halves

#: A cursor lives two days; one that is gone twice in a row is no accident.
MOST_RESTARTS: Final = 2
#: How far back deletions are asked for: a little less than Salesforce remembers.
_REMEMBERED: Final = dt.timedelta(days=14)
_AT_ONCE: Final = 200  # ids in one query: well within the length of a URL

#: Fields by which `_theirs` tells what of an object counts.
_TELLING: Final[Mapping[str, tuple[str, ...]]] = {
    "Task": (KEY_FIELD, "Description"),
    "EventRelation": ("RelationId",),
}

MAPPERS: Final[Mapping[str, Callable[[Page, Known], Columns]]] = {
    "User": mapping.users,
    "Group": mapping.queues,
    "Account": mapping.accounts,
    "Contact": mapping.contacts,
    "Opportunity": mapping.deals,
    "OpportunityHistory": mapping.stage_changes,
    "OpportunityContactRole": mapping.links,
    "Task": activities.tasks,
    "Event": activities.events,
    "EmailMessage": activities.emails,
    "Note": activities.notes,
    "Quote": mapping.proposals,
    "Case": optional.cases,
    "Lead": optional.leads,
    "EventRelation": optional.attendees,
    "ContentDocumentLink": optional.linked_files,
    "Attachment": optional.attachments,
    "ForecastingQuota": optional.quotas,
    "SurveyQuestionResponse": optional.answers,
}


@dataclass(frozen=True)
class Reader:
    """Reads the objects of one org, as the integration user may see them."""

    client: Client
    describes: Describes
    known: Callable[[], Known] = field(repr=False)
    now: Callable[[], dt.datetime] = field(repr=False)  # Salesforce's clock
    #: First loads that were counted already: object and the window's end -> rows.
    _counted: dict[tuple[str, dt.datetime], int | None] = field(default_factory=dict, repr=False)

    def pull(self, selection: Selection, window: Window) -> Iterator[Batch]:
        """Yield the rows changed within the window, deleted and archived ones included.

        Rows may come twice: when Salesforce drops a cursor, when a page breaks off, when a window
        is halved. They are to be stored by id. Both bounds are cut to whole seconds, as Salesforce
        keeps them, so that windows meet without a gap.
        """
        for page in self._pages(selection, window):
            yield from self._batches(selection, page)

    def fetch(self, selection: Selection, ids: Sequence[str]) -> Iterator[Batch]:
        """Yield these records as they now stand, deleted ones too; one that is hidden is absent.

        What was purged from the bin is told by the log of deletions alone.
        """
        missing = dict.fromkeys(ids)
        for part in merged.chunks(ids, _AT_ONCE):
            query = soql(f"{_select(selection)} WHERE Id IN {{part}}", part=part)
            for records in self.client.pages(query):
                for record in records:
                    missing.pop(str(record.get("Id")), None)
                page = self._page(selection, records)
                yield from self._batches(selection, page)
        if missing:
            yield from self._purged(selection, missing.keys())

    def _purged(self, selection: Selection, ids: Collection[str]) -> Iterator[Batch]:
        """Those of some ids that the log of deletions names, with nothing but their end."""
        until = self.now()
        try:
            told = self.client.deleted_between(selection.object, until - _REMEMBERED, until)
        except Refused:
            return  # an object without such a log: nobody knows
        gone = [
            {"Id": one.get("id"), "IsDeleted": True, selection.cursor: one.get("deletedDate")}
            for one in told
            if one.get("id") in ids
        ]
        if gone:
            page = Page(gone, of=selection.object)
            stream = selection.source.stream
            rows = mapping.batch(stream, page, {}, selection.cursor)
            yield Batch(stream, rows, merged=rows["id"])  # or merged: nobody can tell any more

    def one(self, selection: Selection, record_id: str) -> Batch | None:
        """Return one record as it now stands; None where it is gone, hidden, or our own."""
        query = soql(f"{_select(selection)} WHERE Id = {{id}}", id=record_id)
        page = self._page(selection, self.client.rows(query))
        return next(self._batches(selection, page), None)

    def stamps(self, selection: Selection, window: Window) -> Iterator[Any]:
        """Yield ids and stamps of the living rows of a window; ours are left out."""
        fields = ["Id", selection.cursor]
        fields += [name for name in _TELLING.get(selection.object, ()) if name in selection.fields]
        narrow = replace(selection, fields=tuple(dict.fromkeys(fields)))
        alive = (*selection.where, "IsDeleted = false")
        if "IsDeleted" in selection.fields:
            narrow = replace(narrow, where=alive)
        yield pa.RecordBatch.from_pylist([], schema=STAMPS)  # so much is certain: it was listed
        for page in self._by_rest(narrow, window):
            living = _theirs(narrow, page)
            if len(living):
                columns = [living.text("Id"), living.moment(selection.cursor)]
                yield pa.RecordBatch.from_arrays(columns, schema=STAMPS)

    def rows_of(self, selection: Selection, window: Window) -> int | None:
        """How many rows a window holds; None where Salesforce cannot count them in time."""
        parts = ("SELECT COUNT() FROM", selection.object, _where(selection, window))
        count: int | None = None
        try:
            count = self.client.count(" ".join(parts))
        except Retriable as problem:
            if problem.code != "QUERY_TIMEOUT":
                raise
        if window.since is None:
            self._counted[selection.object, window.until] = count
        return count

    def _pages(self, selection: Selection, window: Window) -> Iterator[Page]:
        if window.since is None and self._is_much(selection, window):
            query = statement(selection, window, whole=True)
            try:
                yield from bulk.rows(self.client, query, selection.object)
                return
            except bulk.NoBulk:  # REST gives the same rows, page by page
                pass
        yield from self._by_rest(selection, window)

    def _is_much(self, selection: Selection, window: Window) -> bool:
        """Tell whether a first load is large; one that cannot be counted in time is."""
        asked = selection.object, window.until
        count = self._counted[asked] if asked in self._counted else self.rows_of(selection, window)
        return count is None or count > self.client.bulk_above

    def _by_rest(self, selection: Selection, window: Window) -> Iterator[Page]:
        """The rows of a window; of its halves, where it is too much for one query."""
        try:
            yield from self._restarting(statement(selection, window), selection)
        except Retriable as problem:
            parts = halves(window) if problem.code in TOO_MUCH else None
            if parts is None:
                raise
        else:
            return
        for part in parts:
            yield from self._by_rest(selection, part)

    def _restarting(self, query: str, selection: Selection) -> Iterator[Page]:
        """The pages of a query, from the first one again where its cursor was lost."""
        for restarts in range(MOST_RESTARTS + 1):
            try:
                for records in self.client.pages(query):
                    yield self._page(selection, records)
                return
            except Retriable as problem:
                if problem.code != "INVALID_QUERY_LOCATOR" or restarts == MOST_RESTARTS:
                    raise

    def _page(self, selection: Selection, records: list[Record]) -> Page:
        """A page of records with all their fields, also those that had no room in the query."""
        for fields in wide.parts(selection.fields)[1:]:
            more: dict[str, Record] = {}
            for part in merged.chunks([str(one["Id"]) for one in records], _AT_ONCE):
                named = _select(selection, ("Id", *fields))
                query = soql(f"{named} WHERE Id IN {{part}}", part=part)
                for page in self.client.pages(query):
                    more |= {str(one.get("Id")): one for one in page}
            records = wide.joined(records, more)
        return Page(records, of=selection.object)

    def about(
        self, name: str, by: str, ids: Sequence[str], since: dt.datetime | None = None
    ) -> Iterator[Batch]:
        """Every record of an object that hangs on one of these, changed at or after `since`."""
        selection = self.describes.selection(name) if ids else None
        if selection is None or by not in selection.fields:
            return
        for part in merged.chunks(ids, _AT_ONCE):
            query = soql(f"{_select(selection)} WHERE {by} IN {{part}}", part=part)
            if since is not None:
                query += soql(f" AND {selection.cursor} >= {{since}}", since=since)
            for page in self._restarting(query, selection):
                yield from self._batches(selection, page)

    def _batches(self, selection: Selection, page: Page) -> Iterator[Batch]:
        page = _theirs(selection, page)
        if not len(page):
            return
        mapper = MAPPERS.get(selection.object)
        if mapper is None:
            columns = optional.mapped(page, selection.source)
        else:
            columns = mapper(page, self._known_of(selection, page))
        if selection.own:
            columns["fields"] = own_fields.texts(page, selection.own)
        stream = selection.source.stream
        rows = mapping.batch(stream, page, columns, selection.cursor)
        yield Batch(stream, rows, merged=merged.away(selection, page))

    def _known_of(self, selection: Selection, page: Page) -> Known:
        """What helps to read a page of one object."""
        known = replace(self.known(), record_types=selection.record_types)
        if selection.object == "SurveyQuestionResponse":
            return replace(known, subjects=surveys.subjects(self.client, self.describes, page))
        return known


def covered(client: Client, name: str, window: Window) -> Any:
    """Up to when Salesforce vouches for an object's changes; None where it does not say."""
    try:
        return client.latest_covered(name, window.until)
    except Refused:
        return None


def statement(selection: Selection, window: Window, *, whole: bool = False) -> str:
    """The SOQL that reads a window of one object, the oldest change first.

    `whole`: for a job, whose query has room for all fields, and whose rows come in no order.
    """
    if whole:
        return " ".join((_select(selection, selection.fields), _where(selection, window)))
    order = f"ORDER BY {selection.cursor}, Id"
    return " ".join((_select(selection), _where(selection, window), order))


def _theirs(selection: Selection, page: Page) -> Page:
    """What of a page counts: tasks that are not ours, attendees that are people, else all."""
    if selection.object == "Task":
        return page.filter(pc.invert(activities.ours(page)))
    if selection.object == "EventRelation":
        return page.filter(optional.are_people(page))
    return page


def _where(selection: Selection, window: Window) -> str:
    assert window.until.tzinfo is not None, "a window's bounds are aware"
    bounds = [soql(selection.cursor + " < {until}", until=window.until)]
    if window.since is not None:
        bounds.insert(0, soql(selection.cursor + " >= {since}", since=window.since))
    return " ".join(("WHERE", " AND ".join((*bounds, *selection.where))))


def _select(selection: Selection, fields: Sequence[str] | None = None) -> str:
    # Only names from a table and from describe are put together here; values go through `soql`.
    named = wide.parts(selection.fields)[0] if fields is None else fields
    return " ".join(("SELECT", ", ".join(named), "FROM", selection.object))
