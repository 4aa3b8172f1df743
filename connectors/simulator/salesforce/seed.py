"""What a new org has before anybody uses it: itself, its integration user, its words.

Stages, statuses and priorities are the vendor's standard ones; an org may have others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from connectors.simulator.salesforce.opportunities import FORECAST_NAMES
from connectors.simulator.salesforce.store import Row, Store


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A stage of the sales process; `probability` is in percent."""

    name: str
    probability: float
    category: str = "Pipeline"
    closed: bool = False
    won: bool = False
    active: bool = True


@dataclass(frozen=True, kw_only=True)
class Status:
    """A word for how far a task is."""

    name: str
    closed: bool = False
    default: bool = False


@dataclass(frozen=True, kw_only=True)
class Priority:
    """A word for how pressing a task is."""

    name: str
    high: bool = False
    default: bool = False


@dataclass(frozen=True, kw_only=True)
class NotificationType:
    """A kind of notification, and the ways it goes out: the bell on the page, the phone."""

    name: str
    desktop: bool = True
    mobile: bool = True


STAGES: Final = (
    Stage(name="Prospecting", probability=10),
    Stage(name="Qualification", probability=10),
    Stage(name="Needs Analysis", probability=20),
    Stage(name="Value Proposition", probability=50),
    Stage(name="Id. Decision Makers", probability=60),
    Stage(name="Perception Analysis", probability=70),
    Stage(name="Proposal/Price Quote", probability=75),
    Stage(name="Negotiation/Review", probability=90),
    Stage(name="Closed Won", probability=100, category="Closed", closed=True, won=True),
    Stage(name="Closed Lost", probability=0, category="Omitted", closed=True),
)
STATUSES: Final = (
    Status(name="Not Started", default=True),
    Status(name="In Progress"),
    Status(name="Completed", closed=True),
    Status(name="Waiting on someone else"),
    Status(name="Deferred"),
)
PRIORITIES: Final = (
    Priority(name="High", high=True),
    Priority(name="Normal", default=True),
    Priority(name="Low"),
)
#: Fields of deals whose history an org usually keeps.
TRACKED: Final = frozenset(
    f"Opportunity.{name}" for name in ("StageName", "Amount", "CloseDate", "OwnerId", "NextStep")
)
NOTIFICATION_TYPES: Final = (NotificationType(name="Followthrough"),)


def stage_rows(stages: tuple[Stage, ...]) -> list[Row]:
    """Describe stages as rows of OpportunityStage."""
    return [
        {
            "MasterLabel": stage.name,
            "ApiName": stage.name,
            "IsActive": int(stage.active),
            "SortOrder": place,
            "IsClosed": int(stage.closed),
            "IsWon": int(stage.won),
            "ForecastCategory": stage.category,
            "ForecastCategoryName": FORECAST_NAMES[stage.category],
            "DefaultProbability": float(stage.probability),
        }
        for place, stage in enumerate(stages, 1)
    ]


def status_rows(statuses: tuple[Status, ...]) -> list[Row]:
    """Describe statuses as rows of TaskStatus."""
    return [
        {**_word(one.name, place, one.default), "IsClosed": int(one.closed)}
        for place, one in enumerate(statuses, 1)
    ]


def priority_rows(priorities: tuple[Priority, ...]) -> list[Row]:
    """Describe priorities as rows of TaskPriority."""
    return [
        {**_word(one.name, place, one.default), "IsHighPriority": int(one.high)}
        for place, one in enumerate(priorities, 1)
    ]


def record_type_rows(types: Mapping[str, tuple[str, ...]]) -> list[Row]:
    """Describe record types, given as labels by object, as rows of RecordType."""
    return [
        {
            "Name": label,
            "DeveloperName": re.sub(r"\W+", "_", label).strip("_"),
            "SobjectType": entity,
            "IsActive": 1,
        }
        for entity, labels in types.items()
        for label in labels
    ]


def notification_type_rows(types: tuple[NotificationType, ...]) -> list[Row]:
    """Describe notification types as rows of CustomNotificationType."""
    names = ("CustomNotifTypeName", "DeveloperName", "MasterLabel")
    return [
        {
            **dict.fromkeys(names, one.name),
            "Desktop": int(one.desktop),
            "Mobile": int(one.mobile),
            "Language": "en_US",
        }
        for one in types
    ]


def _word(name: str, place: int, default: bool) -> Row:
    return {
        "MasterLabel": name,
        "ApiName": name,
        "SortOrder": place,
        "IsDefault": int(default),
    }


def plant(store: Store, name: str, prefix: str, row: Row, stamps: Row) -> str:
    """Write one row of the org's own making and return its id."""
    record_id = store.mint(name, prefix)
    store.insert(name, {"Id": record_id, **stamps, **row})
    return record_id
