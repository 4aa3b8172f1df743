"""What the org calls things: its stages, its task statuses, its people's addresses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from connectors.errors import Refused
from connectors.mail_addresses import own_domains
from connectors.model import Stage
from connectors.salesforce.client import Client, Record
from connectors.salesforce.describe import Describes, Fields
from connectors.salesforce.keying import DEPLOY, Keying, why_unfit
from connectors.salesforce.mapping import Known
from connectors.salesforce.push import Words

_EVERYBODY: Final = "SELECT Id, Email FROM User WHERE Email != null"
_STAFF: Final = "SELECT Id, Email FROM User WHERE Email != null AND UserType = 'Standard'"

#: What a new task gets from us, or from Salesforce by itself.
_GIVEN: Final = frozenset({"Status", "Priority", "OwnerId", "Subject"})


def stages(client: Client, describes: Describes) -> list[Stage]:
    """The active stages in the org's order; where they are hidden, those that deals stand in."""
    rows = _rows(
        client,
        "SELECT ApiName, MasterLabel, IsClosed, IsWon FROM OpportunityStage "
        "WHERE IsActive = true ORDER BY SortOrder",
    )
    if rows:
        return [
            Stage(
                label=row["MasterLabel"],
                is_closed=row["IsClosed"] is True,
                is_won=row["IsWon"] is True,
            )
            for row in rows
        ]
    return _stages_in_use(client, describes)


def _stages_in_use(client: Client, describes: Describes) -> list[Stage]:
    """From the picklist, which knows the labels, and from the deals, which know what is closed."""
    field = (describes.fields("Opportunity") or {}).get("StageName", {})
    labels = [
        (entry.get("value"), entry.get("label"))
        for entry in field.get("picklistValues", [])
        if isinstance(entry, dict) and entry.get("active") is not False
    ]
    grouped = _rows(
        client,
        "SELECT StageName, IsClosed, IsWon FROM Opportunity GROUP BY StageName, IsClosed, IsWon",
    )
    seen = {row.get("StageName"): row for row in grouped}
    return [
        Stage(
            label=str(label or value),
            is_closed=seen.get(value, {}).get("IsClosed") is True,
            is_won=seen.get(value, {}).get("IsWon") is True,
        )
        for value, label in labels
    ]


def words(client: Client) -> Words:
    """The org's words for a task that is open, closed, normal, urgent."""
    statuses = _rows(client, "SELECT ApiName, IsClosed, IsDefault FROM TaskStatus")
    priorities = _rows(client, "SELECT ApiName, IsHighPriority, IsDefault FROM TaskPriority")
    return Words(
        open_status=_pick([row for row in statuses if not row.get("IsClosed")]),
        closed_status=_pick([row for row in statuses if row.get("IsClosed")], prefer="Completed"),
        normal=_pick([row for row in priorities if not row.get("IsHighPriority")], prefer="Normal"),
        high=_pick([row for row in priorities if row.get("IsHighPriority")], prefer="High"),
    )


def _pick(rows: Sequence[Record], prefer: str = "") -> str | None:
    """The org's default, else the usual word, else the first."""
    ordered = sorted(
        rows, key=lambda row: (row.get("IsDefault") is not True, row.get("ApiName") != prefer)
    )
    return str(ordered[0]["ApiName"]) if ordered else None


def known(client: Client, describes: Describes) -> Known:
    """What helps to read a page: stage labels, and the addresses of the people of this org."""
    labels = {
        row["ApiName"]: row["MasterLabel"]
        for row in _rows(client, "SELECT ApiName, MasterLabel FROM OpportunityStage")
        if row.get("ApiName") and row.get("MasterLabel")
    }
    people = _people(client, describes)
    return Known(stage_labels=labels, user_by_email=people, domains=own_domains(people))


def _people(client: Client, describes: Describes) -> dict[str, str]:
    """User ids by address. Clients who log in to a portal are users too, but not of ours."""
    visible = describes.fields("User") or {}
    if "Email" not in visible:
        return {}
    query = _STAFF if "UserType" in visible else _EVERYBODY
    people: dict[str, str] = {}
    for row in _rows(client, query):
        people.setdefault(str(row["Email"]).casefold(), str(row["Id"]))
    return people


def _rows(client: Client, query: str) -> list[Record]:
    try:
        return client.rows(query)
    except Refused:  # an object that some orgs keep from an integration user
        return []


def why_not_writable(describes: Describes, keying: Keying) -> str | None:
    """None if a task can be created exactly once; else what is missing and what to do."""
    described = describes.object("Task")
    fields = describes.fields("Task")
    if described is None or fields is None:
        return f"The integration user may not see tasks. {DEPLOY}."
    if described.get("createable") is not True:
        return f"The integration user may not create tasks. {DEPLOY}."
    unfit = None if keying.by_mark else why_unfit(keying.field)
    return unfit or _why_incomplete(fields)


def _why_incomplete(fields: Fields) -> str | None:
    for name, field in fields.items():
        required = field.get("createable") is True and field.get("nillable") is False
        if required and field.get("defaultedOnCreate") is not True and name not in _GIVEN:
            if field.get("type") == "boolean":
                continue
            return (
                f"This org demands the field {name} on every new task, and Followthrough has no "
                "value for it. Give the field a default, or make it optional for the integration "
                "user."
            )
    return None
