"""A page of Salesforce records -> one Arrow batch in the canonical schema. Pure: no I/O, no clock.

One function an object says what each column is made of, whole columns at once, so that a page of
CSV never becomes an object per row. Activities, the longest part, stand in `activities.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from connectors.model import EVERY_STREAM, DealState
from connectors.salesforce.columns import true_only
from connectors.salesforce.page import Page
from connectors.salesforce.words import PRESENTED, plain

__all__ = ["Columns", "Known", "Page", "batch"]

#: Canonical column -> its values, as long as the page.
Columns = dict[str, Any]

_NO_RECORD_TYPE: Final = "012000000000000"


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the rest of the org says about values in a page. Empty: nothing is known."""

    stage_labels: Mapping[str, str] = field(default_factory=dict)  # API name -> label
    record_types: Mapping[str, str] = field(default_factory=dict)  # id -> label, of one object
    user_by_email: Mapping[str, str] = field(default_factory=dict)  # address, small -> user id
    #: What an invitation to a survey was about: its id -> ids of records, in their order.
    subjects: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    domains: frozenset[str] = frozenset()  # of our users' addresses, free mail left out


def deals(page: Page, known: Known) -> Columns:
    """Opportunity."""
    return {
        "name": page.text("Name"),
        "account_id": page.text("AccountId"),
        "owner_id": page.text("OwnerId"),
        "stage": _stages(page, known),
        "state": _states(page),
        "amount": page.money("Amount"),
        "currency": page.text("CurrencyIsoCode"),
        "probability": page.number("Probability"),
        "close_date": page.day("CloseDate"),
        "next_step": page.text("NextStep"),
        "created_at": page.moment("CreatedDate"),
        "stage_changed_at": page.moment("LastStageChangeDate"),
        "pipeline": page.judged("RecordTypeId", _pipeline(known), pa.string()),
        "type": page.text("Type"),
    }


def _states(page: Page) -> Any:
    """Won or lost only where Salesforce says so; hidden stays unknown."""
    closed, won = page.flag("IsClosed"), page.flag("IsWon")
    ended = pc.if_else(won, DealState.WON.value, DealState.LOST.value)
    return pc.if_else(closed, ended, DealState.OPEN.value)


def _pipeline(known: Known) -> Callable[[str], str | None]:
    """The label of a record type; null for the one that stands for having none."""

    def label(record_type: str) -> str | None:
        if record_type.startswith(_NO_RECORD_TYPE):
            return None
        return known.record_types.get(record_type, record_type)

    return label


def _stages(page: Page, known: Known) -> Any:
    return page.judged("StageName", lambda stage: known.stage_labels.get(stage, stage), pa.string())


def stage_changes(page: Page, known: Known) -> Columns:
    """OpportunityHistory: a row also when only amount or date changed, with the stage repeated."""
    return {
        "deal_id": page.text("OpportunityId"),
        "stage": _stages(page, known),
        "at": page.moment("CreatedDate"),
    }


def links(page: Page, _: Known) -> Columns:
    """OpportunityContactRole."""
    return {
        "deal_id": page.text("OpportunityId"),
        "contact_id": page.text("ContactId"),
        "role": page.text("Role"),
        "is_primary": page.flag("IsPrimary"),
    }


def accounts(page: Page, _: Known) -> Columns:
    """Account."""
    return {"name": page.text("Name"), "owner_id": page.text("OwnerId")}


def contacts(page: Page, _: Known) -> Columns:
    """Contact."""
    return {
        "name": page.text("Name"),
        "account_id": page.text("AccountId"),
        "email": page.text("Email"),
    }


def users(page: Page, _: Known) -> Columns:
    """User. Salesforce never deletes one; it becomes inactive."""
    return {
        "name": page.text("Name"),
        "email": page.text("Email"),
        "manager_id": page.text("ManagerId"),
        "active": page.flag("IsActive"),
        "is_queue": page.always(value=False),
        "time_zone": page.text("TimeZoneSidKey"),
    }


def queues(page: Page, _: Known) -> Columns:
    """Group of type Queue: an owner without a person."""
    return {
        "name": page.text("Name"),
        "email": page.text("Email"),
        "active": page.always(value=True),
        "is_queue": page.always(value=True),
    }


def proposals(page: Page, _: Known) -> Columns:
    """Quote. Salesforce keeps no moment of presenting: `at` is its creation, which cannot move."""
    return {
        "deal_id": page.text("OpportunityId"),
        "status": page.text("Status"),
        "presented": page.judged("Status", lambda status: PRESENTED.get(plain(status)), pa.bool_()),
        "at": page.moment("CreatedDate"),
    }


def batch(stream: str, page: Page, columns: Mapping[str, Any], cursor: str) -> Any:
    """A page's columns in the stream's schema; a column nobody filled is null."""
    schema = EVERY_STREAM[stream]
    every: Columns = {
        "id": page.text("Id"),
        "modified_at": page.moment(cursor),
        "deleted": true_only(page.flag("IsDeleted")),
    }
    values = every | dict(columns)
    arrays = [
        values[one.name].cast(one.type) if one.name in values else page.nothing(one.type)
        for one in schema
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
