"""Tell a story to a HubSpot portal: every record at its moment, by the person who made it.

The portal sees what a real one saw: a deal created in its first stage and moved on, with its main
company, its contacts and their roles as association labels. HubSpot keeps nobody's manager. What a
portal does by itself (history, closing, stamps) is left to it. Does not know what a rule will make
of a story.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from connectors.simulator.hubspot.portal import Portal
from connectors.simulator.hubspot.tell_activities import plan
from connectors.simulator.hubspot.telling import Telling
from connectors.simulator.story_nouns import (
    CLOSED,
    CONTACT_ROLES,
    Account,
    Change,
    Contact,
    Deal,
    Entry,
    Person,
    Story,
)

#: A story's stage -> the label of the stage in HubSpot's standard pipeline.
STAGES: Final[Mapping[str, str]] = {
    "Prospecting": "Appointment Scheduled",
    "Qualification": "Qualified To Buy",
    "Proposal": "Presentation Scheduled",
    "Negotiation": "Contract Sent",
    "Won": "Closed Won",
    "Lost": "Closed Lost",
}
_BEFORE: Final = dt.timedelta(days=1)
_PRIMARY: Final = "Primary"


@dataclass(frozen=True, kw_only=True)
class Told:
    """The ids of what a telling created, by the names in the story; people are owners."""

    people: Mapping[str, str]
    accounts: Mapping[str, str]
    contacts: Mapping[str, str]
    deals: Mapping[str, str]


def tell(story: Story, portal: Portal, now: dt.datetime) -> Told:
    """Put a story into a portal that has none of it yet, as it stands at `now` (aware).

    Same `now`, same records but for ids. Nothing bears a stamp later than ten minutes before `now`.
    The portal must not be asked anything meanwhile. Raises HubSpotError where the portal refuses,
    ValueError where its first pipeline has other stages than HubSpot's standard one.
    """
    if now.tzinfo is None:
        raise ValueError("the moment of the telling needs a time zone; give an aware datetime")
    telling = Telling(portal=portal, story=story, now=now, stages=_stages(portal))
    for account in story.accounts:
        telling.step(telling.moment(account.since), partial(_account, telling, account))
    for deal in story.deals:
        _deal(telling, deal)
        for activity in deal.activities:
            plan(telling, deal, activity)
    _people(telling)
    for role in CONTACT_ROLES:
        portal.add_label("deals", "contacts", role.capitalize())
    with portal.store.transaction():
        telling.run()
    return Told(
        people=telling.people,
        accounts=telling.accounts,
        contacts=telling.contacts,
        deals=telling.deals,
    )


# -- people ---------------------------------------------------------------------------------------


def _people(telling: Telling) -> None:
    """Everybody is there before the first thing happens; some have left since."""
    telling.step(telling.first() - _BEFORE, partial(_arrive, telling))
    for one in telling.story.people:
        if one.left is not None:
            telling.step(telling.moment(one.left), partial(_leave, telling, one))


def _arrive(telling: Telling) -> None:
    for one in telling.story.people:
        first, _, last = one.name.rpartition(" ")
        names = (one.name, "") if one.is_queue else (first, last)
        telling.people[one.name] = telling.portal.add_owner(one.email, *names, queue=one.is_queue)


def _leave(telling: Telling, one: Person) -> None:
    telling.portal.deactivate_owner(telling.people[one.name])


# -- clients --------------------------------------------------------------------------------------


def _account(telling: Telling, account: Account) -> None:
    telling.accounts[account.name] = telling.insert(
        account.owner,
        "companies",
        {
            "name": account.name,
            "domain": account.contacts[0].email.partition("@")[2],
            "hubspot_owner_id": telling.people[account.owner],
            "industry": account.industry,
            "city": account.city,
            "country": account.country,
        },
    )
    for contact in account.contacts:
        telling.contacts[contact.name] = _contact(telling, account, contact)


def _contact(telling: Telling, account: Account, contact: Contact) -> str:
    first, _, last = contact.name.rpartition(" ")
    made = telling.insert(
        account.owner,
        "contacts",
        {
            "firstname": first,
            "lastname": last,
            "jobtitle": contact.title,
            "email": contact.email,
            "phone": contact.phone,
            "hubspot_owner_id": telling.people[account.owner],
        },
    )
    company = telling.accounts[account.name]
    telling.portal.associate("contacts", made, "companies", company, _PRIMARY)
    return made


# -- deals ----------------------------------------------------------------------------------------


def _deal(telling: Telling, deal: Deal) -> None:
    """A deal begins in its first stage; then it moves, and changes, at its moments."""
    begun, *moved = deal.stages
    telling.step(telling.moment(begun.at), partial(_begin, telling, deal))
    for entry in moved:
        telling.step(telling.moment(entry.at), partial(_move, telling, deal, entry))
    for change in deal.changes:
        telling.step(telling.moment(change.at), partial(_change, telling, deal, change))


def _begin(telling: Telling, deal: Deal) -> None:
    made = telling.insert(
        deal.owner,
        "deals",
        {
            "dealname": deal.name,
            "pipeline": telling.portal.pipelines[0].id,
            "dealstage": telling.stages[deal.stages[0].stage],
            "hubspot_owner_id": telling.people[deal.owner],
            "amount": deal.amount,
            "deal_currency_code": deal.currency or telling.story.currency,
            "closedate": telling.date(deal.closes or deal.stages[-1].at.day),
            "hs_next_step": deal.next_step,
        },
    )
    telling.deals[deal.name] = made
    portal = telling.portal
    portal.associate("deals", made, "companies", telling.accounts[deal.account], _PRIMARY)
    for name, role in {deal.contact: None, **deal.roles}.items():
        labels = (role.capitalize(),) if role else ()
        portal.associate("deals", made, "contacts", telling.contacts[name], *labels)


def _stages(portal: Portal) -> dict[str, str]:
    """Find the ids of the story's stages; nothing is told to a portal that lacks one."""
    pipeline = portal.pipelines[0]
    ids = {one.label: one.id for one in pipeline.stages}
    lacking = [label for label in STAGES.values() if label not in ids]
    if lacking:
        raise ValueError(
            f"the pipeline {pipeline.label} has no stages {', '.join(lacking)}; tell a portal with "
            "HubSpot's standard ones"
        )
    return {stage: ids[label] for stage, label in STAGES.items()}


def _move(telling: Telling, deal: Deal, entry: Entry) -> None:
    values: dict[str, object] = {"dealstage": telling.stages[entry.stage]}
    if entry.stage in CLOSED:
        values["closedate"] = telling.moment(entry.at)
    telling.update(deal.owner, "deals", telling.deals[deal.name], values)


def _change(telling: Telling, deal: Deal, change: Change) -> None:
    closes = telling.date(change.closes) if change.closes else None
    values = {"amount": change.amount, "closedate": closes}
    telling.update(deal.owner, "deals", telling.deals[deal.name], values)
