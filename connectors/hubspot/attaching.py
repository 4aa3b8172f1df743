"""Hang a file on one of our own tasks: uploaded privately, then named in the task. Sends no text.

A file of the same task and name is replaced where it lies, so that doing it again leaves one file
and one attachment. Source: HubSpot: Files guide; facts, hubspot 4.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from connectors.base import Attachment
from connectors.errors import CrmError, OutcomeUnknown, Refused
from connectors.hubspot.answers import Record
from connectors.hubspot.client import Client
from connectors.hubspot.dialect import is_id
from connectors.hubspot.objects import ATTACHMENTS
from connectors.hubspot.portal import Portal
from connectors.hubspot.service import ids_in
from connectors.hubspot.tasks import TASKS, TaskBook
from connectors.hubspot.values import value_of
from connectors.model import WriteResult
from connectors.results import Step, applied, failed, in_turn, refused, unknown

#: Where the files lie in the account's file manager.
FOLDER: Final = "/followthrough"
LARGEST: Final = 10 * 1024 * 1024  # bytes


def attach(
    client: Client, portal: Portal, book: TaskBook, files: Sequence[Attachment]
) -> list[WriteResult]:
    """Hang each file on its task; results in order."""
    results, _ = in_turn(files, partial(_attach_one, client, portal, book))
    return results


def _attach_one(client: Client, portal: Portal, book: TaskBook, one: Attachment) -> Step:
    try:
        present = book.now(one.task_id) if is_id(one.task_id) else None
        if why := _why_not(portal, book, present, one):
            return refused(one.key, why), None
        assert present is not None, "else refused"
        file_id = client.upload(
            one.content, f"{one.key}-{one.name}", FOLDER, media_type=one.media_type
        )
        there = ids_in(value_of(present, ATTACHMENTS))
        if file_id in there:
            return applied(one.key, one.task_id, "already_there"), None
        answer = client.change(TASKS, one.task_id, {ATTACHMENTS: ";".join([*there, file_id])})
    except CrmError as problem:
        stops = isinstance(problem, OutcomeUnknown) or not isinstance(problem, Refused)
        return failed(one.key, problem), problem if stops else None
    if str(answer["id"]) != one.task_id:
        return unknown(one.key, "UNREADABLE_RESULT"), None
    return applied(one.key, one.task_id), None


def _why_not(portal: Portal, book: TaskBook, present: Record | None, one: Attachment) -> str | None:
    """Why this file cannot hang there; whether tasks take files at all is looked at first."""
    if not is_id(one.task_id):
        return "BAD_ID"
    if present is None:
        return "GONE"
    if book.keying.key_of(present) != one.key:
        return "NOT_OUR_TASK"
    if len(one.content) > LARGEST:
        return "TOO_LARGE"
    defined = portal.definitions(TASKS)
    known = isinstance(defined, Refused) or ATTACHMENTS in defined
    return None if known else "NO_ATTACHMENTS"
