"""Hang reports as files on our own tasks, each once. Sends what it is given; reads no contents.

A file of the same title on the task is replaced by a new version of it, so that an attempt whose
answer was lost can be repeated. Object Reference: ContentVersion, ContentDocumentLink.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from connectors.base import Attachment
from connectors.errors import CrmError, OutcomeUnknown, Unusable
from connectors.model import WriteResult
from connectors.results import Step, applied, failed, in_turn, not_sent, refused
from connectors.salesforce.client import Client, Record, soql
from connectors.salesforce.dialect import is_id
from connectors.salesforce.tasks import TASK_PREFIX, TaskBook
from connectors.salesforce.units import cut_units

TITLE_UNITS: Final = 255
MOST_BYTES: Final = 5 * 1024 * 1024
#: The org keeps no files from this user, or none at all; an administrator can change that.
_CLOSED: Final = frozenset({"INVALID_TYPE", "NOT_FOUND", "INSUFFICIENT_ACCESS"})
_LINKS: Final = (
    "SELECT ContentDocumentId, ContentDocument.Title FROM ContentDocumentLink "
    "WHERE LinkedEntityId = {task}"
)


def attach(client: Client, book: TaskBook, files: Sequence[Attachment]) -> list[WriteResult]:
    """Hang each file on its task; results in order. Raises nothing per file."""
    try:
        present = book.raw(one.task_id for one in files)
    except CrmError as problem:
        return not_sent([one.key for one in files], problem)
    results, _ = in_turn(files, partial(_attach_one, client, book, present))
    return results


def _attach_one(
    client: Client, book: TaskBook, present: Mapping[str, Record], file: Attachment
) -> Step:
    why = _unfit(book, present.get(file.task_id), file)
    if why is not None:
        return refused(file.key, why), None
    try:
        client.make("ContentVersion", _version(client, file))
    except (Unusable, OutcomeUnknown) as problem:
        return failed(file.key, problem), problem
    except CrmError as problem:
        if problem.code in _CLOSED:
            return refused(file.key, "NO_ATTACHMENTS"), None
        return failed(file.key, problem), None
    return applied(file.key, file.task_id), None


def _unfit(book: TaskBook, record: Record | None, file: Attachment) -> str | None:
    if not is_id(file.task_id, TASK_PREFIX):
        return "BAD_ID"
    if record is None or record.get("IsDeleted") is True:
        return "GONE"
    if book.keying.key_of(record) != file.key:
        return "NOT_OUR_TASK"
    return "TOO_LARGE" if len(file.content) > MOST_BYTES else None


def _version(client: Client, file: Attachment) -> dict[str, Any]:
    """The file as a first version on the task, or as the next one of what is there."""
    title = cut_units(file.name, TITLE_UNITS)
    version: dict[str, Any] = {
        "Title": title,
        "PathOnClient": file.name,
        "VersionData": base64.b64encode(file.content).decode("ascii"),
    }
    for row in client.rows(soql(_LINKS, task=file.task_id)):
        document = row.get("ContentDocument")
        if isinstance(document, dict) and document.get("Title") == title:
            return version | {"ContentDocumentId": row["ContentDocumentId"]}
    return version | {"FirstPublishLocationId": file.task_id}
