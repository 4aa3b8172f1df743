"""Hang a report as a file on a task, once. Sends what it is given; reads no file's contents.

A file has no unique key, so one of the same name on the same task counts as the one wanted: a
name therefore tells its report and its day. Object Reference: ContentVersion.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Final

from connectors.base import Attachment
from connectors.errors import CrmError
from connectors.model import WriteResult
from connectors.results import applied, failed, refused
from connectors.salesforce.client import Client, soql
from connectors.salesforce.dialect import is_id
from connectors.salesforce.units import cut_units

TITLE_UNITS: Final = 255
MOST_BYTES: Final = 5 * 1024 * 1024
#: An administrator can mend these without the file being another.
_MENDABLE: Final = frozenset({"INSUFFICIENT_ACCESS", "INSUFFICIENT_ACCESS_OR_READONLY"})
_LINKS: Final = (
    "SELECT ContentDocumentId, ContentDocument.Title FROM ContentDocumentLink "
    "WHERE LinkedEntityId = {place}"
)


def attach(client: Client, files: Sequence[Attachment]) -> list[WriteResult]:
    """Hang each file on its task, unless one of its name is there; in order. Raises nothing."""
    return [_attach_one(client, one) for one in files]


def _attach_one(client: Client, file: Attachment) -> WriteResult:
    if not is_id(file.task_id):
        return refused(file.key, "BAD_ID")
    if not file.content or len(file.content) > MOST_BYTES:
        return refused(file.key, "TOO_LARGE" if file.content else "EMPTY")
    title = cut_units(file.name, TITLE_UNITS)
    try:
        for row in client.rows(soql(_LINKS, place=file.task_id)):
            document = row.get("ContentDocument")
            if isinstance(document, dict) and document.get("Title") == title:
                return applied(file.key, file.task_id, "already_there")
        client.make(
            "ContentVersion",
            {
                "Title": title,
                "PathOnClient": file.name,
                "VersionData": base64.b64encode(file.content).decode("ascii"),
                "FirstPublishLocationId": file.task_id,
            },
        )
    except CrmError as problem:
        return failed(file.key, problem, _MENDABLE)
    return applied(file.key, file.task_id)
