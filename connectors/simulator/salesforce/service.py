"""What an org does by itself around cases, invitations and files. No I/O beyond the rows at hand.

Sources: Object Reference, pages Case, EventRelation, ContentVersion, ContentDocumentLink.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from connectors.simulator.salesforce.consequence import Consequence
from connectors.simulator.salesforce.scene import Change, Scene
from connectors.simulator.salesforce.store import Row


def case(scene: Scene, change: Change) -> None:
    """Number a new case, and close or reopen one by its status."""
    new = change.new
    if change.old is None:
        new["CaseNumber"] = f"{scene.store.count('Case') + 1001:08d}"
    closed = new["Status"] == "Closed"
    if closed and not new["IsClosed"]:
        new["ClosedDate"] = scene.stamp
    elif not closed:
        new["ClosedDate"] = None
    new["IsClosed"] = int(closed)
    if change.touched("ContactId") and new["ContactId"] and not new["AccountId"]:
        contact = scene.store.get("Contact", str(new["ContactId"])) or {}
        new["AccountId"] = contact.get("AccountId")


def relation(scene: Scene, change: Change) -> None:
    """Note when an invitee answered."""
    if change.old is not None and change.touched("Status"):
        change.new["RespondedDate"] = scene.stamp


def version(scene: Scene, change: Change) -> None:
    """Work out a file's kind and size; its contents are kept as they came."""
    new = change.new
    ending = PurePosixPath(str(new["PathOnClient"] or "")).suffix.lstrip(".").lower()
    new["FileExtension"] = ending or None
    new["FileType"] = ending.upper() or "UNKNOWN"
    new["ContentSize"] = len(base64.b64decode(str(new["VersionData"] or "")))
    if change.old is None:
        before = scene.store.where("ContentVersion", "ContentDocumentId", new["ContentDocumentId"])
        earlier = before if new["ContentDocumentId"] else []
        for one in earlier:
            marks: Row = {"IsLatest": 0, "SystemModstamp": scene.stamp}
            scene.store.update("ContentVersion", str(one["Id"]), marks)
        new["IsLatest"], new["VersionNumber"] = 1, str(len(earlier) + 1)


def document(scene: Scene, change: Change) -> Iterator[Consequence]:
    """A first version makes its document; a later one is the latest of it."""
    new = change.new
    if change.old is None and new["ContentDocumentId"]:
        marks: Row = {"LatestPublishedVersionId": new["Id"], "SystemModstamp": scene.stamp}
        scene.store.update("ContentDocument", str(new["ContentDocumentId"]), marks)
    if change.old is None and new["ContentDocumentId"] is None:
        row: Row = {
            name: new[name]
            for name in ("Title", "FileExtension", "FileType", "ContentSize", "OwnerId")
        }
        row["LatestPublishedVersionId"] = new["Id"]
        yield Consequence(entity="ContentDocument", row=row, noted_in=("ContentDocumentId",))


def published(scene: Scene, change: Change) -> Iterator[Consequence]:
    """A new document is linked to its owner, and to where it was first published."""
    new = change.new
    if change.old is not None:
        return
    first = scene.store.get("ContentVersion", str(new["LatestPublishedVersionId"])) or {}
    places = dict.fromkeys((new["OwnerId"], first.get("FirstPublishLocationId")))
    for place in places:
        if place:
            link: Row = {"LinkedEntityId": place, "ContentDocumentId": new["Id"]}
            yield Consequence(entity="ContentDocumentLink", row=link)


def people_of_event(scene: Scene, change: Change) -> Iterator[Consequence]:
    """Whom an event is with is a relation of it."""
    new = change.new
    if change.old is None and new["WhoId"] and not new["IsChild"]:
        row: Row = {"EventId": new["Id"], "RelationId": new["WhoId"], "IsParent": 1}
        yield Consequence(entity="EventRelation", row=row)


def convert(scene: Scene, lead: str, made: Mapping[str, str]) -> None:
    """Mark a lead as converted into what `made` names by object, as a person does on the page."""
    fields = {
        "ConvertedAccountId": made.get("Account"),
        "ConvertedContactId": made.get("Contact"),
        "ConvertedOpportunityId": made.get("Opportunity"),
    }
    today = scene.stamp[:10]
    marks: Row = {"IsConverted": 1, "ConvertedDate": today, "SystemModstamp": scene.stamp}
    scene.store.update("Lead", lead, marks | fields)
