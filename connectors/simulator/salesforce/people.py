"""Names of people, and the defaults of users and queues. No I/O beyond the row at hand."""

from __future__ import annotations

import re

from connectors.simulator.salesforce.scene import Change, Scene


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
