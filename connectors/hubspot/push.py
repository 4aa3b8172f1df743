"""Write tasks: create each once, adopt what is there, close what is done. Sorts every outcome.

The unique key property makes a creation safe. Several go in one batch; what a batch refuses is sent
once more alone, where the answer says why. A taken key leads to the task that has it. Never an
upsert, which would undo what a person changed (facts, hubspot 5.2; decision 0005).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from connectors.errors import CrmError, OutcomeUnknown
from connectors.hubspot import batched, by_mark
from connectors.hubspot.answers import Record
from connectors.hubspot.client import Client, Draft
from connectors.hubspot.dialect import is_id
from connectors.hubspot.drafting import LONGEST_BODY, drafted, why_unfit
from connectors.hubspot.faults import KEY_TAKEN
from connectors.hubspot.objects import KEY_PROPERTY
from connectors.hubspot.stopping import FOR_ALL, stopping
from connectors.hubspot.tasks import TASKS, TaskBook
from connectors.hubspot.values import value_of
from connectors.hubspot.words import COMPLETED
from connectors.model import TaskClose, TaskDraft, WriteResult
from connectors.plain_text import clean, to_html, to_text
from connectors.results import (
    Step,
    adopted,
    applied,
    failed,
    in_turn,
    not_sent,
    refused,
    unknown,
)


def create(
    client: Client, book: TaskBook, zone: dt.tzinfo, drafts: Sequence[TaskDraft]
) -> list[WriteResult]:
    """Create each task once; results in the order of the drafts. Raises nothing per record.

    After a request that failed for a reason that is not the draft's, no further one is sent.
    """
    told = {draft.key: refused(draft.key, why) for draft in drafts if (why := why_unfit(draft))}
    fit = [draft for draft in drafts if draft.key not in told]
    if book.keying.by_mark:
        made = by_mark.create(client, book, zone, fit)
    else:
        made = _create_all(client, book, [drafted(draft, zone) for draft in fit])
    told |= _by_key(made)
    return [told[draft.key] for draft in drafts]


def _by_key(results: Sequence[WriteResult]) -> dict[str, WriteResult]:
    return {result.key: result for result in results}


def _create_all(client: Client, book: TaskBook, drafts: Sequence[Draft]) -> list[WriteResult]:
    results: list[WriteResult] = []
    stopped: CrmError | None = None
    for part in batched.parts(drafts):
        if stopped is not None:
            results += not_sent([one.trace for one in part], stopped)
            continue
        told, stopped = _create_some(client, book, part)
        results += told
    return results


def _create_some(
    client: Client, book: TaskBook, part: Sequence[Draft]
) -> tuple[list[WriteResult], CrmError | None]:
    if len(part) == 1:
        return in_turn(part, partial(_create_one, client, book))
    sent = batched.send(client, TASKS, part)
    if isinstance(sent.problem, OutcomeUnknown):
        return [failed(one.trace, sent.problem) for one in part], sent.problem
    if sent.problem is not None and stopping(sent.problem) is not None:
        behind = not_sent([one.trace for one in part[1:]], sent.problem)
        return [failed(part[0].trace, sent.problem, FOR_ALL), *behind], sent.problem
    again, stopped = in_turn(
        [one for one in part if one.trace in sent.refused], partial(_create_one, client, book)
    )
    told = _by_key([applied(key, made) for key, made in sent.made.items()]) | _by_key(again)
    return [told.get(one.trace, unknown(one.trace, "NO_RESULT")) for one in part], stopped


def _create_one(client: Client, book: TaskBook, draft: Draft) -> Step:
    try:
        made = client.create(TASKS, draft)
    except CrmError as problem:
        if problem.code == KEY_TAKEN:
            return _adopt(book, draft.key), None
        return failed(draft.key, problem, FOR_ALL), stopping(problem)
    if value_of(made, KEY_PROPERTY) != draft.key:  # an answer to another request, or none of ours
        return unknown(draft.key, "UNREADABLE_RESULT"), None
    return applied(draft.key, str(made["id"])), None


def _adopt(book: TaskBook, key: str) -> WriteResult:
    """Turn “this key is taken” into the task that has it: ours, from an attempt before."""
    try:
        holder = book.holder(key)
    except CrmError:
        holder = None
    return adopted(key, holder, KEY_TAKEN)


def close(client: Client, book: TaskBook, closes: Sequence[TaskClose]) -> list[WriteResult]:
    """Complete each task and add its line to the person's text; results in order.

    Each is read right before it is changed, because HubSpot has no condition for a change: one that
    a person closed or deleted counts as done and is left alone.
    """
    results, _ = in_turn(closes, partial(_close_one, client, book))
    return results


def _close_one(client: Client, book: TaskBook, one: TaskClose) -> Step:
    if not is_id(one.task_id):
        return refused(one.key, "BAD_ID"), None
    try:
        present = book.now(one.task_id)
        if present is None or value_of(present, "hs_task_status") == COMPLETED:
            return applied(one.key, one.task_id, "already_closed"), None
        if book.keying.key_of(present) != one.key:
            return refused(one.key, "NOT_OUR_TASK"), None
        values = {"hs_task_status": COMPLETED} | longer_body(present, one.line)
        answer = client.change(TASKS, one.task_id, values)
    except CrmError as problem:
        return failed(one.key, problem, FOR_ALL), stopping(problem)
    return _closed(one, answer), None


def _closed(one: TaskClose, answer: Record) -> WriteResult:
    if str(answer["id"]) != one.task_id or value_of(answer, "hs_task_status") != COMPLETED:
        return unknown(one.key, "UNREADABLE_RESULT")
    return applied(one.key, one.task_id)


def longer_body(record: Mapping[str, Any], line: str) -> dict[str, str]:
    """The body with our line below it: nothing of the person's text is ever lost.

    Empty where the line stands there already, or there is no room for it.
    """
    body = value_of(record, "hs_task_body") or ""
    longer = f"{body}<br>{to_html(clean(line))}" if body else to_html(clean(line))
    if line in to_text(body).splitlines() or len(longer) > LONGEST_BODY:
        return {}
    return {"hs_task_body": longer}
