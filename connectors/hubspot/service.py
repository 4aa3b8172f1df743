"""Tickets, leads, goals and answers to surveys -> the canonical columns. Pure: no I/O, no clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from connectors.hubspot.answers import Link
from connectors.hubspot.mapping import Known, Linked, label_of, main_company
from connectors.hubspot.values import Columns, Page, amount, day_in, moment
from connectors.model import DealState
from connectors.plain_text import to_text

_TRUE: Final = "true"


def tickets(page: Page, known: Known, linked: Linked) -> Columns:
    """Tickets. HubSpot has no word for one that was escalated."""
    stages = page["hs_pipeline_stage"]
    infos = [known.stages.get(stage or "") for stage in stages]
    return {
        "account_id": [main_company(linked.of("companies", one)) for one in page.ids],
        "contact_id": [_first(linked.of("contacts", one)) for one in page.ids],
        "deal_ids": linked.ids("deals", page.ids),
        "owner_id": page["hubspot_owner_id"],
        "subject": page["subject"],
        "status": [label_of(stage, known) for stage in stages],
        "priority": page["hs_ticket_priority"],
        "type": page["hs_ticket_category"],
        "closed": [None if info is None else info.state is not DealState.OPEN for info in infos],
        "created_at": page.read("createdate", moment),
        "closed_at": page.read("closed_date", moment),
        "text": page.read("content", to_text),
    }


def leads(page: Page, known: Known, linked: Linked) -> Columns:
    """Leads. One that is qualified, or has a deal, has become what leads are for."""
    deals = [_first(linked.of("deals", one)) for one in page.ids]
    qualified = [one == _TRUE for one in page["hs_lead_is_qualified"]]
    return {
        "name": page["hs_lead_name"],
        "company": page["hs_associated_company_name"],
        "email": page["hs_associated_contact_email"],
        "owner_id": page["hubspot_owner_id"],
        "status": [label_of(stage, known) for stage in page["hs_pipeline_stage"]],
        "source": page["hs_lead_source"],
        "converted": [
            said or deal is not None for said, deal in zip(qualified, deals, strict=True)
        ],
        "converted_deal_id": deals,
        "converted_account_id": [main_company(linked.of("companies", one)) for one in page.ids],
        "converted_contact_id": [_first(linked.of("contacts", one)) for one in page.ids],
        "created_at": page.read("hs_createdate", moment),
    }


def goals(page: Page, known: Known, _: Linked) -> Columns:
    """Goals of people. They name users, and records name owners: the account knows both."""
    users = page["hs_assignee_user_id"]
    kinds = zip(page["hs_goal_type"], page["hs_goal_name"], strict=True)
    day = day_in(known.zone)
    return {
        "owner_id": [None if user is None else known.owners.get(user) for user in users],
        "starts": page.read("hs_start_datetime", day),
        "ends": page.read("hs_end_datetime", day),
        "amount": page.read("hs_target_amount", amount),
        "currency": [one or known.currency for one in page["hs_goal_target_currency_code"]],
        "kind": [kind or name for kind, name in kinds],
    }


def survey_answers(page: Page, _: Known, linked: Linked) -> Columns:
    """Answers to surveys; what was asked is the survey's type: NPS, CSAT, CES, an account's own."""
    groups = zip(page["hs_response_group"], page["hs_sentiment"], strict=True)
    return {
        "contact_id": [_first(linked.of("contacts", one)) for one in page.ids],
        "deal_id": [_first(linked.of("deals", one)) for one in page.ids],
        "survey": page["hs_survey_name"],
        "question": page["hs_survey_type"],
        "score": page.read("hs_value", float),
        "category": [group or sentiment for group, sentiment in groups],
        "comment": page.read("hs_content", to_text),
        "at": page.read("hs_submission_timestamp", moment),
    }


def attendees(page: Page, linked: Linked, modified: Sequence[dt.datetime]) -> Columns:
    """Who was asked to meetings: clients by association, people of ours by name; no responses."""
    rows = [
        (meeting, contact, owner, changed)
        for meeting, owners, changed in zip(
            page.ids, page["hs_attendee_owner_ids"], modified, strict=True
        )
        for contact, owner in [
            *((link.id, None) for link in linked.of("contacts", meeting)),
            *((None, owner) for owner in ids_in(owners)),
        ]
    ]
    return {
        "id": [f"{m}-{c}" if c else f"{m}-owner-{o}" for m, c, o, _ in rows],
        "modified_at": [changed for _, _, _, changed in rows],
        "deleted": [False] * len(rows),
        "activity_id": [meeting for meeting, _, _, _ in rows],
        "contact_id": [contact for _, contact, _, _ in rows],
        "user_id": [owner for _, _, owner, _ in rows],
    }


def ids_in(text: str | None) -> list[str]:
    """The ids in a value that holds several, each once."""
    parts = (part.strip() for part in (text or "").split(";"))
    return list(dict.fromkeys(part for part in parts if part.isascii() and part.isdigit()))


def _first(links: Sequence[Link]) -> str | None:
    return links[0].id if links else None
