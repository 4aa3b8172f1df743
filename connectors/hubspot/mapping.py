"""Companies, contacts, deals, quotes and owners -> the canonical columns. Pure: no I/O, no clock.

One function an object says what each column is made of. Activities stand in `activities.py`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from connectors.hubspot.answers import Link
from connectors.hubspot.dialect import is_id
from connectors.hubspot.values import (
    Columns,
    Page,
    amount,
    day_in,
    millis,
    moment,
    moment_of,
    share,
    value_of,
)
from connectors.hubspot.words import PRESENTED
from connectors.model import DealState, Outcome

#: From a deal, from a ticket: which of its companies is the main one (facts 4.6).
PRIMARY_COMPANY: Final = frozenset({5, 26})
_PRIMARY: Final = "Primary"
MERGED_IDS: Final = "hs_merged_object_ids"


@dataclass(frozen=True, kw_only=True)
class StageInfo:
    """What an account means by a stage id. `probability` is from 0 to 100."""

    label: str
    state: DealState
    probability: float | None


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the rest of the account says about values in a page. Empty: nothing is known."""

    stages: Mapping[str, StageInfo] = field(default_factory=dict)  # by stage id
    pipelines: Mapping[str, str] = field(default_factory=dict)  # label by pipeline id
    deal_types: Mapping[str, str] = field(default_factory=dict)  # label by value
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)  # by disposition id
    staff: frozenset[str] = frozenset()  # mail addresses of owners, in small letters
    domains: frozenset[str] = frozenset()  # of those addresses, free mail left out
    owners: Mapping[str, str] = field(default_factory=dict)  # owner id by the user's
    currency: str | None = None  # the account's own
    zone: dt.tzinfo = dt.UTC


@dataclass(frozen=True, kw_only=True)
class Linked:
    """Associations of a page's records: object -> record id -> links. Unread objects are absent."""

    links: Mapping[str, Mapping[str, Sequence[Link]]] = field(default_factory=dict)

    def of(self, kind: str, record_id: str) -> Sequence[Link]:
        """What a record is associated with."""
        return self.links.get(kind, {}).get(record_id, ())

    def ids(self, kind: str, record_ids: Sequence[str]) -> list[list[str] | None]:
        """Ids per record; null throughout where these associations are hidden."""
        if kind not in self.links:
            return [None] * len(record_ids)
        return [[link.id for link in self.of(kind, one)] for one in record_ids]


def companies(page: Page, _: Known, __: Linked) -> Columns:
    """Companies; one without a name is called by its domain, as HubSpot shows it."""
    names = zip(page["name"], page["domain"], strict=True)
    return {
        "name": [name or domain for name, domain in names],
        "owner_id": page["hubspot_owner_id"],
    }


def contacts(page: Page, _: Known, __: Linked) -> Columns:
    """Contacts."""
    return {
        "name": [
            full_name(first, last) or email
            for first, last, email in zip(
                page["firstname"], page["lastname"], page["email"], strict=True
            )
        ],
        "account_id": page["associatedcompanyid"],
        "email": page["email"],
    }


def full_name(first: Any, last: Any) -> str | None:
    """A person's name from its parts, of which either may be missing."""
    parts = [part.strip() for part in (first, last) if isinstance(part, str) and part.strip()]
    return " ".join(parts) or None


def deals(page: Page, known: Known, linked: Linked) -> Columns:
    """Deals. Stage, pipeline and type are ids here; their labels are the account's own words."""
    stages = page["dealstage"]
    return {
        "name": page["dealname"],
        "account_id": [main_company(linked.of("companies", one)) for one in page.ids],
        "owner_id": page["hubspot_owner_id"],
        "stage": [label_of(stage, known) for stage in stages],
        "state": [_state(record, known) for record in page.records],
        "amount": page.read("amount", amount),
        "currency": page["deal_currency_code"],
        "probability": [
            _probability(own, stage, known)
            for own, stage in zip(
                page.read("hs_deal_stage_probability", share), stages, strict=True
            )
        ],
        "close_date": page.read("closedate", day_in(known.zone)),
        "next_step": page["hs_next_step"],
        "created_at": page.read("createdate", moment),
        "stage_changed_at": [
            at or _last_change(record)
            for at, record in zip(
                page.read("hs_v2_date_entered_current_stage", moment), page.records, strict=True
            )
        ],
        "pipeline": [_word(one, known.pipelines) for one in page["pipeline"]],
        "type": [_word(one, known.deal_types) for one in page["dealtype"]],
    }


def _word(value: str | None, labels: Mapping[str, str]) -> str | None:
    """The label of a value; the value itself where nothing has it any more."""
    return None if value is None else labels.get(value, value)


def label_of(stage: str | None, known: Known) -> str | None:
    """The label of a stage; its id where no pipeline has it any more."""
    if stage is None:
        return None
    return known.stages[stage].label if stage in known.stages else stage


def _state(record: Mapping[str, Any], known: Known) -> DealState | None:
    info = known.stages.get(value_of(record, "dealstage") or "")
    if info is not None:
        return info.state
    closed, won = value_of(record, "hs_is_closed"), value_of(record, "hs_is_closed_won")
    if closed == "false":
        return DealState.OPEN
    if closed is None or won is None:
        return None
    return DealState.WON if won == "true" else DealState.LOST


def _probability(own: float | None, stage: str | None, known: Known) -> float | None:
    if own is not None:
        return own
    info = known.stages.get(stage or "")
    return info.probability if info else None


def main_company(links: Sequence[Link]) -> str | None:
    """The company a record belongs to, where several are associated with it."""
    primary = [link.id for link in links if PRIMARY_COMPANY.intersection(link.types)]
    return next(iter(primary or [link.id for link in links]), None)


@dataclass(frozen=True, kw_only=True)
class Change:
    """A deal entered a stage."""

    deal_id: str
    stage: str
    at: dt.datetime
    modified_at: dt.datetime


def _last_change(record: Mapping[str, Any]) -> dt.datetime | None:
    return max((at for _, at in _history(record)), default=None)


def _history(record: Mapping[str, Any]) -> Iterator[tuple[str, dt.datetime]]:
    """Yield the stages a deal was given, with the moments of that."""
    kept = record.get("propertiesWithHistory")
    for entry in kept.get("dealstage") or () if isinstance(kept, dict) else ():
        stage = entry.get("value")
        if isinstance(stage, str) and stage:
            yield stage, moment_of(entry.get("timestamp"), "dealstage")


def stage_changes(page: Page, known: Known, modified: Sequence[dt.datetime]) -> Columns:
    """The history of `dealstage`: a row each time it was written, which the mirror folds.

    A row is known by deal, moment and stage, so that reading it again is the same row.
    """
    rows = [
        Change(deal_id=str(record["id"]), stage=stage, at=at, modified_at=changed)
        for record, changed in zip(page.records, modified, strict=True)
        for stage, at in sorted(_history(record), key=lambda one: one[1])
    ]
    rows = list({(row.deal_id, row.at, row.stage): row for row in rows}.values())
    return {
        "id": [f"{row.deal_id}-{millis(row.at)}-{row.stage}" for row in rows],
        "modified_at": [row.modified_at for row in rows],
        "deleted": [False] * len(rows),
        "deal_id": [row.deal_id for row in rows],
        "stage": [label_of(row.stage, known) for row in rows],
        "at": [row.at for row in rows],
    }


def links(page: Page, linked: Linked, modified: Sequence[dt.datetime]) -> Columns:
    """Who of the client takes part in a deal; a label that people gave serves as the role."""
    rows = [
        (one, link, changed)
        for one, changed in zip(page.ids, modified, strict=True)
        for link in linked.of("contacts", one)
    ]
    return {
        "id": [link_id(deal, link.id) for deal, link, _ in rows],
        "modified_at": [changed for _, _, changed in rows],
        "deleted": [False] * len(rows),
        "deal_id": [deal for deal, _, _ in rows],
        "contact_id": [link.id for _, link, _ in rows],
        "role": [None if link.label == _PRIMARY else link.label for _, link, _ in rows],
    }


def link_id(deal_id: str, contact_id: str) -> str:
    """How a link between a deal and a contact is known."""
    return f"{deal_id}-{contact_id}"


def quotes(page: Page, _: Known, linked: Linked) -> Columns:
    """Quotes. `at` is the creation, which cannot move."""
    return {
        "deal_id": [next((link.id for link in linked.of("deals", one)), None) for one in page.ids],
        "status": page["hs_status"],
        "presented": [PRESENTED.get(status or "") for status in page["hs_status"]],
        "at": page.read("hs_createdate", moment),
    }


def owners(records: Sequence[Mapping[str, Any]]) -> Columns:
    """Owners: people and queues. HubSpot keeps nobody's manager: `people.yaml` does."""
    return {
        "id": [str(one["id"]) for one in records],
        "modified_at": [moment_of(one.get("updatedAt"), "updatedAt") for one in records],
        "deleted": [False] * len(records),
        "name": [
            full_name(one.get("firstName"), one.get("lastName")) or one.get("email")
            for one in records
        ],
        "email": [one.get("email") for one in records],
        "active": [one.get("archived") is not True for one in records],
        "is_queue": [one.get("type") == "QUEUE" for one in records],
        "teams": [_teams(one.get("teams")) for one in records],
    }


def _teams(told: Any) -> list[str]:
    """The names of an owner's teams, the main one first."""
    every = [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
    ordered = sorted(every, key=lambda one: one.get("primary") is not True)
    return [str(one["name"]) for one in ordered if one.get("name")]


def merged_ids(record: Mapping[str, Any]) -> list[str]:
    """The ids of records that were merged into this one and are no more."""
    told = (value_of(record, MERGED_IDS) or "").split(";")
    return [one for one in dict.fromkeys(told) if is_id(one) and one != record.get("id")]


def losers(records: Sequence[Mapping[str, Any]], modified: Sequence[dt.datetime]) -> Columns:
    """Records that were merged into others and are no more, as deleted ones."""
    found = [
        (gone, changed)
        for record, changed in zip(records, modified, strict=True)
        for gone in merged_ids(record)
    ]
    return {
        "id": [gone for gone, _ in found],
        "modified_at": [changed for _, changed in found],
        "deleted": [True] * len(found),
    }
