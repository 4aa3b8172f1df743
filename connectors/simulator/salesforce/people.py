"""Names of people, and the defaults of users and queues. No I/O beyond the row at hand."""

from __future__ import annotations

import re
from collections.abc import Iterator

from connectors.simulator.salesforce.consequence import Consequence
from connectors.simulator.salesforce.scene import Change, Scene
from connectors.simulator.salesforce.store import Row


def full_name(scene: Scene, change: Change) -> None:
    """Put a person's name together from its parts, as every org does."""
    parts = (change.new.get("FirstName"), change.new.get("LastName"))
    change.new["Name"] = " ".join(str(part) for part in parts if part) or None


def user(scene: Scene, change: Change) -> None:
    """Give a user a name, a username and an alias; a new user is active unless told otherwise."""
    full_name(scene, change)
    new = change.new
    new["Username"] = new["Username"] or new["Email"]
    new["Alias"] = new["Alias"] or str(new["LastName"] or "user")[:8].lower()
    if change.old is None and "IsActive" not in change.given:
        new["IsActive"] = 1


def group(scene: Scene, change: Change) -> None:
    """Derive a group's developer name from its name."""
    new = change.new
    new["DeveloperName"] = new["DeveloperName"] or re.sub(r"\W+", "_", str(new["Name"] or ""))


def queue(scene: Scene, change: Change) -> Iterator[Consequence]:
    """A new queue takes tasks and leads; a real one takes what its administrator names."""
    if change.old is None and change.new["Type"] == "Queue":
        for name in ("Task", "Lead", "Case"):
            row: Row = {"QueueId": change.new["Id"], "SobjectType": name}
            yield Consequence(entity="QueueSobject", row=row)


def account(scene: Scene, change: Change) -> None:
    """An account with a last name is a person, where the org has person accounts."""
    if change.new.get("LastName"):
        full_name(scene, change)
        change.new["IsPersonAccount"] = 1


def person_contact(scene: Scene, change: Change) -> Iterator[Consequence]:
    """A person account is a contact, too."""
    new = change.new
    if change.old is None and new.get("IsPersonAccount"):
        row: Row = {
            "AccountId": new["Id"],
            "FirstName": new["FirstName"],
            "LastName": new["LastName"],
            "Email": new["PersonEmail"],
            "OwnerId": new["OwnerId"],
            "IsPersonAccount": 1,
        }
        yield Consequence(entity="Contact", row=row, noted_in=("PersonContactId",))
