"""Put a report as a file beside a record, once. Sends what it is given; reads no file's contents.

A file has no unique key, so one of the same title on the same record counts as the one wanted: a
title therefore names its report and its day. Object Reference: ContentVersion.
"""

from __future__ import annotations

import base64
from typing import Final

from connectors.errors import CrmError
from connectors.model import ReportFile, WriteResult
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


def attach(client: Client, file: ReportFile) -> WriteResult:
    """Upload a file to a record unless one of its title is there. Raises nothing."""
    if not is_id(file.record_id):
        return refused(file.key, "BAD_ID")
    if not file.content or len(file.content) > MOST_BYTES:
        return refused(file.key, "BAD_SIZE")
    title = cut_units(file.title, TITLE_UNITS)
    try:
        for row in client.rows(soql(_LINKS, place=file.record_id)):
            document = row.get("ContentDocument")
            if isinstance(document, dict) and document.get("Title") == title:
                return applied(file.key, None, "already_there")
        client.make(
            "ContentVersion",
            {
                "Title": title,
                "PathOnClient": file.name,
                "VersionData": base64.b64encode(file.content).decode("ascii"),
                "FirstPublishLocationId": file.record_id,
            },
        )
    except CrmError as problem:
        return failed(file.key, problem, _MENDABLE)
    return applied(file.key, None)
