"""Tell a story to a Salesforce org: every record at its moment, by the person who made it.

The org sees what a real one saw: a deal created in its first stage and moved on, a meeting booked
before it is held, a mail with the task Enhanced Email keeps beside it. What an org does by itself
(history, completion, stamps) is left to it. Does not know what a rule will make of a story.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from connectors.simulator.salesforce.org import Org
from connectors.simulator.salesforce.tell_activities import plan
from connectors.simulator.salesforce.telling import Telling
from connectors.simulator.story_nouns import (
    CLOSED,
    Account,
    Change,
    Contact,
    Deal,
    Entry,
    Person,
    Story,
)
from connectors.simulator.story_text import StoryError

#: A story's stage -> the stage's API name in a standard org.
STAGES: Final[Mapping[str, str]] = {
    "Prospecting": "Prospecting",
    "Qualification": "Qualification",
    "Proposal": "Proposal/Price Quote",
    "Negotiation": "Negotiation/Review",
    "Won": "Closed Won",
    "Lost": "Closed Lost",
}
_CONTACT_ROLES: Final[Mapping[str, str]] = {
    "decision maker": "Decision Maker",
    "buyer": "Economic Buyer",
    "technical buyer": "Technical Buyer",
    "user": "Business User",
    "evaluator": "Evaluator",
}
_CURRENCY: Final = "CurrencyIsoCode"  # only orgs with several currencies have it
_BEFORE: Final = dt.timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Told:
    """The ids of what a telling created, by the names in the story."""

    people: Mapping[str, str]
    accounts: Mapping[str, str]
    contacts: Mapping[str, str]
    deals: Mapping[str, str]


def tell(story: Story, org: Org, now: dt.datetime) -> Told:
    """Put a story into an org that has none of it yet, as it stands at `now` (aware).

    Same `now`, same records. No record of the story bears a stamp later than ten minutes before
    `now`. Meanwhile the org stands at moments of the story: do not ask it anything from another
    thread, and hide fields only afterwards. Raises StoryError if the org lacks a stage that the
    story needs, SalesforceError where it refuses a record; then it holds nothing of the story.
    """
    if now.tzinfo is None:
        raise ValueError("the moment of the telling needs a time zone; give an aware datetime")
    _check_stages(story, org)
    telling = Telling(org=org, story=story, now=now)
    for account in story.accounts:
        telling.step(telling.moment(account.since), partial(_account, telling, account))
    for deal in story.deals:
        _deal(telling, deal)
        for activity in deal.activities:
            plan(telling, deal, activity)
    _people(telling)
    with org.store.transaction():
        telling.run()
    return Told(
        people=telling.people,
        accounts=telling.accounts,
        contacts=telling.contacts,
        deals=telling.deals,
    )


def _check_stages(story: Story, org: Org) -> None:
    there = {str(row["ApiName"]) for row in org.store.all("OpportunityStage")}
    needed = {STAGES[entry.stage] for deal in story.deals for entry in deal.stages}
    if needed - there:
        raise StoryError(
            [
                f"The org has no stage “{one}”; tell the story to one that has the standard stages."
                for one in sorted(needed - there)
            ]
        )


# -- people ---------------------------------------------------------------------------------------


def _people(telling: Telling) -> None:
    """Everybody is there before the first thing happens; some have left since."""
    telling.step(telling.first() - _BEFORE, partial(_arrive, telling))
    for one in telling.story.people:
        if one.left is not None:
            telling.step(telling.moment(one.left), partial(_leave, telling, one))


def _arrive(telling: Telling) -> None:
    org, story = telling.org, telling.story
    for one in story.people:
        telling.people[one.name] = (
            org.insert("Group", {"Name": one.name, "Type": "Queue", "Email": one.email})
            if one.is_queue
            else org.insert("User", _user(telling, one))
        )
    for one in story.people:
        if one.manager is not None:
            manager = {"ManagerId": telling.people[one.manager]}
            org.update("User", telling.people[one.name], manager)


def _user(telling: Telling, one: Person) -> dict[str, object]:
    first, _, last = one.name.rpartition(" ")
    return {
        "FirstName": first or None,
        "LastName": last,
        "Title": one.title,
        "Email": one.email,
        "Username": one.email,
        "CompanyName": telling.story.company,
        "TimeZoneSidKey": one.time_zone or telling.story.time_zone,
    }


def _leave(telling: Telling, one: Person) -> None:
    telling.org.update("User", telling.people[one.name], {"IsActive": False})


# -- clients --------------------------------------------------------------------------------------


def _account(telling: Telling, account: Account) -> None:
    telling.accounts[account.name] = telling.insert(
        account.owner,
        "Account",
        {
            "Name": account.name,
            "OwnerId": telling.people[account.owner],
            "Industry": account.industry,
            "BillingCity": account.city,
            "BillingCountry": account.country,
        },
    )
    for contact in account.contacts:
        telling.contacts[contact.name] = _contact(telling, account, contact)


def _contact(telling: Telling, account: Account, contact: Contact) -> str:
    first, _, last = contact.name.rpartition(" ")
    return telling.insert(
        account.owner,
        "Contact",
        {
            "FirstName": first,
            "LastName": last,
            "Title": contact.title,
            "Email": contact.email,
            "Phone": contact.phone,
            "AccountId": telling.accounts[account.name],
            "OwnerId": telling.people[account.owner],
        },
    )


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
    values = {
        "Name": deal.name,
        "AccountId": telling.accounts[deal.account],
        "OwnerId": telling.people[deal.owner],
        "StageName": STAGES[deal.stages[0].stage],
        "Amount": deal.amount,
        "CloseDate": telling.date(deal.closes) if deal.closes else _closed(telling, deal),
        "LeadSource": deal.source,
        "NextStep": deal.next_step,
    }
    if telling.org.visible.objects["opportunity"].field(_CURRENCY):
        values[_CURRENCY] = deal.currency or telling.story.currency
    telling.deals[deal.name] = telling.insert(deal.owner, "Opportunity", values)
    for name, role in {deal.contact: None, **deal.roles}.items():
        telling.insert(
            deal.owner,
            "OpportunityContactRole",
            {
                "OpportunityId": telling.deals[deal.name],
                "ContactId": telling.contacts[name],
                "Role": _CONTACT_ROLES[role] if role else None,
                "IsPrimary": name == deal.contact,
            },
        )


def _closed(telling: Telling, deal: Deal) -> dt.date:
    """The day of the last stage, as people see it on the wall calendar of the company."""
    return telling.date(deal.stages[-1].at.day)


def _move(telling: Telling, deal: Deal, entry: Entry) -> None:
    values: dict[str, object] = {"StageName": STAGES[entry.stage]}
    if entry.stage in CLOSED:
        values["CloseDate"] = _closed(telling, deal)
    telling.update(deal.owner, "Opportunity", telling.deals[deal.name], values)


def _change(telling: Telling, deal: Deal, change: Change) -> None:
    closes = telling.date(change.closes) if change.closes else None
    values = {"Amount": change.amount, "CloseDate": closes}
    telling.update(deal.owner, "Opportunity", telling.deals[deal.name], values)
