"""Write tasks: create each once, adopt what is there, close what is done. Sorts every outcome.

The CRM's unique key field makes creation safe: insert, and when the key is taken, look who has it.
Never an upsert, which would undo what a person changed (facts, salesforce 5.1).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

from connectors.errors import CrmError, OutcomeUnknown, Unusable
from connectors.model import TaskClose, TaskDraft, WriteResult
from connectors.results import (
    Step,
    adopted,
    applied,
    failed,
    in_turn,
    not_applied,
    not_sent,
    refused,
    unknown,
)
from connectors.salesforce.client import Client, Record
from connectors.salesforce.dialect import is_id
from connectors.salesforce.faults import HOPELESS, PASSING, error_code
from connectors.salesforce.objects import KEY_FIELD
from connectors.salesforce.tasks import DEAL_PREFIX, TASK_PREFIX, TaskBook, moved_text
from connectors.salesforce.units import cut_units
from connectors.task_keys import key_in

T = TypeVar("T")

#: sObject Collections take this many records in one call (facts, salesforce 3.4).
MOST_AT_ONCE: Final = 200
SUBJECT_UNITS: Final = 255
BODY_UNITS: Final = 32_000

#: Changed meanwhile is no refusal of ours: the next run reads the task and decides anew.
_PASSING: Final = frozenset({"PRECONDITION_FAILED"})
_TAKEN: Final = "DUPLICATE_VALUE"
_OWNERS: Final = ("005", "00G")
ACCOUNT_PREFIX: Final = "001"


@dataclass(frozen=True, kw_only=True)
class Words:
    """The org's own words for a task's status and priority; None where it did not say."""

    open_status: str | None
    closed_status: str | None
    normal: str | None
    high: str | None


def create(
    client: Client, book: TaskBook, words: Words, drafts: Sequence[TaskDraft]
) -> list[WriteResult]:
    """Create each task once; results in the order of the drafts. Raises nothing per record.

    After a request that failed as a whole, the chunks behind it are not sent.
    """
    results: list[WriteResult] = []
    stopped: CrmError | None = None
    for chunk in chunks(drafts, MOST_AT_ONCE):
        if stopped is not None:
            results += not_sent([draft.key for draft in chunk], stopped)
            continue
        found, stopped = _create_chunk(client, book, words, chunk)
        results += _adopt(book, found)
    return results


def _there(book: TaskBook, drafts: Sequence[TaskDraft]) -> dict[str, WriteResult]:
    """What is there already, where Salesforce itself would not refuse a second one."""
    if not book.keying.by_mark:
        return {}
    places = [draft.deal_id or draft.account_id for draft in drafts]
    there = book.beside(place for place in places if place is not None)
    if None in places:
        there |= book.find([draft.key for draft in drafts])
    return {key: adopted(key, task, "") for key, task in there.items()}


def _create_chunk(
    client: Client, book: TaskBook, words: Words, drafts: Sequence[TaskDraft]
) -> tuple[list[WriteResult], CrmError | None]:
    by_mark = book.keying.by_mark
    made: dict[str, WriteResult] = {
        draft.key: refused(draft.key, reason)
        for draft in drafts
        if (reason := _why_unfit(draft, by_mark=by_mark)) is not None
    }
    try:
        made = _there(book, drafts) | made
    except CrmError as problem:
        return not_sent([draft.key for draft in drafts], problem), problem
    fit = {draft.key: draft for draft in drafts if draft.key not in made}
    stopped: CrmError | None = None
    if fit:
        try:
            answer = client.create([_record(one, words, by_mark=by_mark) for one in fit.values()])
            made |= _sorted_out(list(fit), answer)
        except CrmError as problem:
            stopped = problem
            made |= {key: failed(key, problem, _PASSING) for key in fit}
    return [made[draft.key] for draft in drafts], stopped


def _why_unfit(draft: TaskDraft, *, by_mark: bool) -> str | None:
    if by_mark and key_in(cut_units(draft.body, BODY_UNITS)) != draft.key:
        return "NO_MARK"
    if draft.deal_id is not None and not is_id(draft.deal_id, DEAL_PREFIX):
        return "BAD_DEAL_ID"
    if draft.account_id is not None and not is_id(draft.account_id, ACCOUNT_PREFIX):
        return "BAD_ACCOUNT_ID"
    return None if is_id(draft.owner_id) and draft.owner_id.startswith(_OWNERS) else "BAD_OWNER_ID"


def _record(draft: TaskDraft, words: Words, *, by_mark: bool) -> dict[str, Any]:
    record: dict[str, Any] = {
        "attributes": {"type": "Task"},
        "Subject": cut_units(draft.subject, SUBJECT_UNITS),
        "Description": cut_units(draft.body, BODY_UNITS),
        "ActivityDate": draft.due.isoformat(),
        "OwnerId": draft.owner_id,
        "TaskSubtype": "Task",
    }
    if not by_mark:
        record[KEY_FIELD] = draft.key
    what = draft.deal_id or draft.account_id
    if what is not None:
        record["WhatId"] = what
    if is_id(draft.contact_id, "003"):
        record["WhoId"] = draft.contact_id
    priority = words.high if draft.high_priority else words.normal
    named = {"Status": words.open_status, "Priority": priority}
    return record | {name: word for name, word in named.items() if word is not None}


def _sorted_out(keys: Sequence[str], answer: Any) -> dict[str, WriteResult]:
    """Judge each result by its position: it has no key, so another length tells nothing."""
    if not isinstance(answer, list) or len(answer) != len(keys):
        return {key: unknown(key, "UNREADABLE_RESULT") for key in keys}
    results = {key: _one(key, item) for key, item in zip(keys, answer, strict=True)}
    ids = [result.task_id for result in results.values() if result.task_id]
    if len(set(ids)) != len(ids):
        return {key: unknown(key, "UNREADABLE_RESULT") for key in keys}
    return results


def _one(key: str, item: Any) -> WriteResult:
    success = item.get("success") if isinstance(item, dict) else None
    if success is True and is_id(item.get("id"), TASK_PREFIX):
        return applied(key, item["id"])
    code = error_code(item.get("errors")) if success is False else ""
    if not code:
        return unknown(key, "UNREADABLE_RESULT")
    return not_applied(key, code, permanent=code not in PASSING and code not in HOPELESS)


def _adopt(book: TaskBook, results: Sequence[WriteResult]) -> list[WriteResult]:
    """Turn “this key is taken” into the task that has it: ours, from an attempt before."""
    taken = [result.key for result in results if result.reason == _TAKEN]
    if not taken:
        return list(results)
    try:
        holders = book.find(taken)
    except CrmError:
        holders = {}
    return [
        adopted(result.key, holders.get(result.key), _TAKEN) if result.reason == _TAKEN else result
        for result in results
    ]


def close(
    client: Client, book: TaskBook, words: Words, closes: Sequence[TaskClose]
) -> list[WriteResult]:
    """Complete each task and add its line to the person's text; results in order.

    A task that a person closed or deleted counts as done and is left alone. One that changed since
    it was read is left for the next run (If-Unmodified-Since).
    """
    results: list[WriteResult] = []
    stopped: CrmError | None = None
    for chunk in chunks(closes, MOST_AT_ONCE):
        if stopped is not None:
            results += not_sent([one.key for one in chunk], stopped)
            continue
        closed, stopped = _close_chunk(client, book, words, chunk)
        results += closed
    return results


def _close_chunk(
    client: Client, book: TaskBook, words: Words, closes: Sequence[TaskClose]
) -> tuple[list[WriteResult], CrmError | None]:
    try:
        present = book.raw(one.task_id for one in closes)
    except CrmError as problem:
        return not_sent([one.key for one in closes], problem), problem
    return in_turn(closes, partial(_close_one, client, book, words, present))


def _close_one(
    client: Client, book: TaskBook, words: Words, present: Mapping[str, Record], close: TaskClose
) -> Step:
    record = present.get(close.task_id)
    if not is_id(close.task_id, TASK_PREFIX):
        return refused(close.key, "BAD_ID"), None
    if record is None or record.get("IsDeleted") is True or record.get("IsClosed") is True:
        return applied(close.key, close.task_id, "already_closed"), None
    if book.keying.key_of(record) != close.key:
        return refused(close.key, "NOT_OUR_TASK"), None
    if words.closed_status is None:
        return refused(close.key, "NO_CLOSED_STATUS"), None
    values = {"Status": words.closed_status} | moved_text(record, close.line, BODY_UNITS)
    since = record.get("LastModifiedDate") or record.get("SystemModstamp")
    try:
        client.change_task(close.task_id, values, str(since))
    except (Unusable, OutcomeUnknown) as problem:
        return failed(close.key, problem, _PASSING), problem
    except CrmError as problem:
        return failed(close.key, problem, _PASSING), None
    return applied(close.key, close.task_id), None


def chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Consecutive parts of at most `size`."""
    return (items[start : start + size] for start in range(0, len(items), size))
