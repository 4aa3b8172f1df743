"""What Enhanced Email does: every mail that went out or came in is also a closed task.

Source: Object Reference, page EmailMessage. A draft has no task here, which nobody has verified.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from connectors.simulator.salesforce.consequence import Consequence
from connectors.simulator.salesforce.scene import Change, Scene
from connectors.simulator.salesforce.times import day

_DRAFT: Final = "5"
_SUBJECT: Final = 255
_BODY: Final = 32_000


def complete(scene: Scene, change: Change) -> None:
    """Give a mail its date and its look of having been opened."""
    new = change.new
    if change.old is None:
        new["MessageDate"] = new["MessageDate"] or scene.stamp
    new["IsOpened"] = int(bool(new["FirstOpenedDate"]))


def paired_task(scene: Scene, change: Change) -> Iterator[Consequence]:
    """Create the task of a new mail and note its id in the mail."""
    new = change.new
    if change.old or new["ActivityId"] or new["Status"] == _DRAFT:
        return
    text = (
        f"To: {new['ToAddress'] or ''}\nCC: {new['CcAddress'] or ''}\n"
        f"Subject: {new['Subject'] or ''}\nBody:\n{new['TextBody'] or ''}"
    )
    yield Consequence(
        entity="Task",
        noted_in=("ActivityId",),
        row={
            "Subject": f"Email: {new['Subject'] or ''}"[:_SUBJECT],
            "Description": text[:_BODY],
            "Status": _closed_word(scene),
            "TaskSubtype": "Email",
            "ActivityDate": day(str(new["MessageDate"]), scene.zone),
            "WhatId": new["RelatedToId"],
            "WhoId": _person(scene, new["FromAddress"] if new["Incoming"] else new["ToAddress"]),
            "OwnerId": new["CreatedById"],
            "CreatedDate": new["CreatedDate"],
        },
    )


def _closed_word(scene: Scene) -> str:
    words = [str(r["ApiName"]) for r in scene.store.where("TaskStatus", "IsClosed", 1)]
    return "Completed" if "Completed" in words or not words else words[0]


def _person(scene: Scene, addresses: object) -> str | None:
    for address in str(addresses or "").replace(",", ";").split(";"):
        found = scene.store.first("Contact", "Email", address.strip()) if address else None
        if found is not None:
            return str(found["Id"])
    return None
