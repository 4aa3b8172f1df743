"""Create tasks that nothing but the mark in their text tells from others: the last resort.

HubSpot refuses no second one here. So what already hangs on the same record is looked at first, one
task goes in one request, and an attempt without an answer is left to the quarantine.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import partial

from connectors.errors import CrmError
from connectors.hubspot.client import Client, Draft
from connectors.hubspot.drafting import is_marked, marked, place
from connectors.hubspot.stopping import FOR_ALL, stopping
from connectors.hubspot.tasks import TASKS, TaskBook
from connectors.hubspot.values import value_of
from connectors.model import Task, TaskDraft, WriteResult
from connectors.results import Step, adopted, applied, failed, in_turn, not_sent, refused, unknown


def create(
    client: Client, book: TaskBook, zone: dt.tzinfo, drafts: Sequence[TaskDraft]
) -> list[WriteResult]:
    """Create each task that is not there yet; results in the order of the drafts."""
    try:
        there = _there(book, drafts)
    except CrmError as problem:
        return not_sent([draft.key for draft in drafts], problem)
    made = [marked(draft, zone) for draft in drafts]
    results, _ = in_turn(made, partial(_create_one, client, book, there))
    return results


def _there(book: TaskBook, drafts: Sequence[TaskDraft]) -> dict[str, Task]:
    """Our tasks on the records that the drafts are about."""
    found: dict[str, Task] = {}
    for kind, ids in (
        ("deals", [one.deal_id for one in drafts]),
        ("companies", [place(one)[0] for one in drafts if one.deal_id is None]),
    ):
        if wanted := [one for one in ids if one is not None]:
            found |= book.beside(kind, wanted)
    return found


def _create_one(client: Client, book: TaskBook, there: dict[str, Task], draft: Draft) -> Step:
    if draft.key in there:
        return adopted(draft.key, there[draft.key], ""), None
    if not is_marked(draft):
        return refused(draft.key, "NO_MARK"), None
    try:
        made = client.create(TASKS, draft)
    except CrmError as problem:
        return failed(draft.key, problem, FOR_ALL), stopping(problem)
    said = value_of(made, "hs_task_body")
    if said is not None and book.keying.key_of(made) != draft.key:
        return unknown(draft.key, "UNREADABLE_RESULT"), None
    return applied(draft.key, str(made["id"])), None
