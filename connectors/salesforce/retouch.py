"""Add lines to our own tasks, and delete them: what people wrote is never lost or overtaken."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from connectors.added_lines import missing
from connectors.errors import CrmError, OutcomeUnknown, Unusable
from connectors.model import TaskNote, TaskRemoval, WriteResult
from connectors.results import Step, applied, failed, in_turn, not_sent, refused
from connectors.salesforce.client import Client, Record
from connectors.salesforce.dialect import is_id
from connectors.salesforce.push import BODY_UNITS, MOST_AT_ONCE, Words, chunks
from connectors.salesforce.tasks import TASK_PREFIX, TaskBook, moment_of
from connectors.salesforce.units import units

Order = TypeVar("Order", TaskNote, TaskRemoval)

#: Changed meanwhile is no refusal of ours: the next run reads the task and decides anew.
_PASSING = frozenset({"PRECONDITION_FAILED"})


def annotate(
    client: Client, book: TaskBook, words: Words, notes: Sequence[TaskNote]
) -> list[WriteResult]:
    """Add each line that is missing below the text of its task; results in order."""
    return _each(book, notes, partial(_annotate_one, client, book, words))


def remove(client: Client, book: TaskBook, removals: Sequence[TaskRemoval]) -> list[WriteResult]:
    """Delete each task that nobody changed since it was read; results in order."""
    return _each(book, removals, partial(_remove_one, client, book))


def _each(
    book: TaskBook,
    orders: Sequence[Order],
    write: Callable[[Mapping[str, Record], Order], Step],
) -> list[WriteResult]:
    results: list[WriteResult] = []
    stopped: CrmError | None = None
    for chunk in chunks(orders, MOST_AT_ONCE):
        if stopped is None:
            try:
                present = book.raw(one.task_id for one in chunk)
            except CrmError as problem:
                stopped = problem
            else:
                done, stopped = in_turn(chunk, partial(write, present))
                results += done
                continue
        results += not_sent([one.key for one in chunk], stopped)
    return results


def _annotate_one(
    client: Client, book: TaskBook, words: Words, present: Mapping[str, Record], note: TaskNote
) -> Step:
    record = present.get(note.task_id)
    unfit = _unfit(book, note, record)
    if unfit is not None or record is None:
        return unfit or refused(note.key, "GONE"), None
    if "Description" not in record:
        return refused(note.key, "TEXT_HIDDEN"), None
    text = record["Description"] or ""
    lines = missing(text, note.lines)
    opened = _opened(words, record) if note.reopen else {}
    if not lines and not opened:
        return applied(note.key, note.task_id, "already_there"), None
    longer = "\n".join((*([text] if text else []), *lines))
    if units(longer) > BODY_UNITS:
        return refused(note.key, "NO_ROOM"), None
    since = record.get("LastModifiedDate") or record.get("SystemModstamp")
    values = {"Description": longer} | opened
    return _tried(note, lambda: client.change_task(note.task_id, values, str(since)))


def _opened(words: Words, record: Mapping[str, Any]) -> dict[str, str]:
    closed = record.get("IsClosed") is True and words.open_status is not None
    return {"Status": words.open_status or ""} if closed else {}


def _remove_one(
    client: Client, book: TaskBook, present: Mapping[str, Record], removal: TaskRemoval
) -> Step:
    record = present.get(removal.task_id)
    if is_id(removal.task_id, TASK_PREFIX) and (record is None or record.get("IsDeleted") is True):
        return applied(removal.key, removal.task_id, "already_gone"), None
    unfit = _unfit(book, removal, record)
    if unfit is not None or record is None:
        return unfit or refused(removal.key, "GONE"), None
    changed = record.get("SystemModstamp") or record.get("LastModifiedDate")
    if moment_of(changed) > removal.unchanged_since:
        return refused(removal.key, "CHANGED_MEANWHILE"), None
    return _tried(removal, lambda: client.delete_task(removal.task_id))


def _unfit(
    book: TaskBook, order: TaskNote | TaskRemoval, record: Mapping[str, Any] | None
) -> WriteResult | None:
    if not is_id(order.task_id, TASK_PREFIX):
        return refused(order.key, "BAD_ID")
    if record is None or record.get("IsDeleted") is True:
        return refused(order.key, "GONE")
    return refused(order.key, "NOT_OUR_TASK") if book.keying.key_of(record) != order.key else None


def _tried(order: TaskNote | TaskRemoval, write: Callable[[], None]) -> Step:
    try:
        write()
    except (Unusable, OutcomeUnknown) as problem:
        return failed(order.key, problem, _PASSING), problem
    except CrmError as problem:
        return failed(order.key, problem, _PASSING), None
    return applied(order.key, order.task_id), None
