"""Read one object's changes: a window of time -> canonical batches, page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

import pyarrow.compute as pc

from connectors import model
from connectors.base import Batch, Window
from connectors.errors import Retriable
from connectors.salesforce import activities, bulk, mapping, own_fields
from connectors.salesforce.client import Client, soql
from connectors.salesforce.describe import Selection
from connectors.salesforce.mapping import Columns, Known, Page

#: A cursor lives two days; one that is gone twice in a row is no accident.
MOST_RESTARTS: Final = 2

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
}


def pull(client: Client, selection: Selection, window: Window, known: Known) -> Iterator[Batch]:
    """Yield the rows changed within the window, oldest first, deleted and archived ones included.

    A page may come twice when Salesforce drops the query's cursor (INVALID_QUERY_LOCATOR) and the
    window is read again from its start: rows are to be stored by id. Both bounds are cut to whole
    seconds, as Salesforce keeps them, so that windows meet without a gap.
    """
    name = selection.object
    known = replace(known, record_types=selection.record_types)
    if window.since is None and _is_much(client, selection, window):
        try:
            for page in bulk.rows(client, statement(selection, window, ordered=False), name):
                yield from _batches(selection, page, known)
            return
        except bulk.NoBulk:  # REST gives the same rows, page by page
            pass
    query = statement(selection, window)
    for restarts in range(MOST_RESTARTS + 1):
        try:
            for records in client.pages(query):
                yield from _batches(selection, Page(records, of=name), known)
            return
        except Retriable as problem:
            if problem.code != "INVALID_QUERY_LOCATOR" or restarts == MOST_RESTARTS:
                raise


def one(client: Client, selection: Selection, record_id: str, known: Known) -> Batch | None:
    """Return one record as it now stands; None where it is gone, hidden, or our own."""
    query = soql(f"{_select(selection)} WHERE Id = {{id}}", id=record_id)
    known = replace(known, record_types=selection.record_types)
    page = Page(client.rows(query), of=selection.object)
    return next(_batches(selection, page, known), None)


def _is_much(client: Client, selection: Selection, window: Window) -> bool:
    """Tell whether a first load is large; one that cannot be counted in time is."""
    counting = " ".join(("SELECT COUNT() FROM", selection.object, _where(selection, window)))
    try:
        return client.count(counting) > client.bulk_above
    except Retriable as problem:
        if problem.code != "QUERY_TIMEOUT":
            raise
        return True


def statement(selection: Selection, window: Window, *, ordered: bool = True) -> str:
    """The SOQL that reads a window of one object; ordered, it comes oldest change first."""
    parts = [_select(selection), _where(selection, window)]
    if ordered:
        parts += ["ORDER BY", f"{selection.cursor}, Id"]
    return " ".join(parts)


def _where(selection: Selection, window: Window) -> str:
    assert window.until.tzinfo is not None, "a window's bounds are aware"
    bounds = [soql(selection.cursor + " < {until}", until=window.until)]
    if window.since is not None:
        bounds.insert(0, soql(selection.cursor + " >= {since}", since=window.since))
    return " ".join(("WHERE", " AND ".join((*bounds, *selection.where))))


def _select(selection: Selection) -> str:
    # Only names from a table and from describe are put together here; values go through `soql`.
    return " ".join(("SELECT", ", ".join(selection.fields), "FROM", selection.object))


def _batches(selection: Selection, page: Page, known: Known) -> Iterator[Batch]:
    if selection.object == "Task":
        page = page.filter(pc.invert(activities.ours(page)))
    if not len(page):
        return
    stream = selection.source.stream
    assert stream in model.STREAMS
    columns = MAPPERS[selection.object](page, known)
    if selection.own:
        columns["fields"] = own_fields.texts(page, selection.own)
    yield Batch(stream, mapping.batch(stream, page, columns, selection.cursor))
