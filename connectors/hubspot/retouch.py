"""Add lines to our own tasks, and archive them: what people wrote is never lost or overtaken.

Each task is read right before it is touched, because HubSpot has no condition for a change.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from connectors.added_lines import missing
from connectors.errors import CrmError, OutcomeUnknown, Refused
from connectors.hubspot.answers import Record
from connectors.hubspot.client import Client
from connectors.hubspot.dialect import is_id
from connectors.hubspot.drafting import LONGEST_BODY
from connectors.hubspot.objects import SOURCES
from connectors.hubspot.rows import modified_at
from connectors.hubspot.tasks import TASKS, TaskBook
from connectors.hubspot.values import value_of
from connectors.hubspot.words import COMPLETED
from connectors.model import TaskNote, TaskRemoval, WriteResult
from connectors.plain_text import clean, to_html, to_text
from connectors.results import Step, applied, failed, in_turn, refused, unknown

OPEN = "NOT_STARTED"
Order = TypeVar("Order", TaskNote, TaskRemoval)


def annotate(client: Client, book: TaskBook, notes: Sequence[TaskNote]) -> list[WriteResult]:
    """Add each line that is missing below the text of its task; results in order."""
    results, _ = in_turn(notes, partial(_tried, book, partial(_annotate_one, client)))
    return results


def remove(client: Client, book: TaskBook, removals: Sequence[TaskRemoval]) -> list[WriteResult]:
    """Archive each task that nobody changed since it was read; results in order."""
    results, _ = in_turn(removals, partial(_tried, book, partial(_remove_one, client)))
    return results


def _tried(
    book: TaskBook, write: Callable[[Record | None, Order], WriteResult], order: Order
) -> Step:
    if not is_id(order.task_id):
        return refused(order.key, "BAD_ID"), None
    try:
        present = book.now(order.task_id)
        if present is not None and book.keying.key_of(present) != order.key:
            return refused(order.key, "NOT_OUR_TASK"), None
        return write(present, order), None
    except CrmError as problem:
        stops = isinstance(problem, OutcomeUnknown) or not isinstance(problem, Refused)
        return failed(order.key, problem), problem if stops else None


def _annotate_one(client: Client, present: Record | None, note: TaskNote) -> WriteResult:
    if present is None:
        return refused(note.key, "GONE")
    body = value_of(present, "hs_task_body") or ""
    lines = missing(to_text(body), [clean(line) for line in note.lines])
    closed = note.reopen and value_of(present, "hs_task_status") == COMPLETED
    if not lines and not closed:
        return applied(note.key, note.task_id, "already_there")
    longer = "<br>".join((*([body] if body else []), *(to_html(line) for line in lines)))
    if len(longer) > LONGEST_BODY:
        return refused(note.key, "NO_ROOM")
    values = {"hs_task_body": longer} | ({"hs_task_status": OPEN} if closed else {})
    answer = client.change(TASKS, note.task_id, values)
    if str(answer["id"]) != note.task_id:
        return unknown(note.key, "UNREADABLE_RESULT")
    return applied(note.key, note.task_id)


def _remove_one(client: Client, present: Record | None, removal: TaskRemoval) -> WriteResult:
    if present is None:
        return applied(removal.key, removal.task_id, "already_gone")
    if modified_at(present, SOURCES[TASKS]) > removal.unchanged_since:
        return refused(removal.key, "CHANGED_MEANWHILE")
    client.archive(TASKS, removal.task_id)
    return applied(removal.key, removal.task_id)
