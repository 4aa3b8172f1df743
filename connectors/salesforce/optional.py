"""Cases, leads, attendees, files, quotas, answers -> their canonical streams. Pure columns."""

from __future__ import annotations

from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from connectors.categories import category_of
from connectors.model import EVERY_STREAM, IDS, MOMENT, MONEY
from connectors.salesforce.columns import cut, ids
from connectors.salesforce.mapping import Columns, Known
from connectors.salesforce.page import Page
from connectors.salesforce.source import Source
from connectors.salesforce.words import plain

DEAL: Final = "006"
ACCOUNT: Final = "001"
CONTACT: Final = "003"
USER: Final = "005"

#: EventRelation.Status; `New` says that nobody has answered yet.
_RESPONSES: Final = {
    "accepted": "accepted",
    "declined": "declined",
    "tentative": "tentative",
    "maybe": "tentative",
}
_TEXT: Final = pa.string()


def cases(page: Page, _: Known) -> Columns:
    """Case. Salesforce has no link from a case to a deal of its own."""
    return {
        "account_id": page.text("AccountId"),
        "contact_id": page.text("ContactId"),
        "deal_ids": ids(DEAL, page.nothing(_TEXT)),
        "owner_id": page.text("OwnerId"),
        "subject": page.text("Subject"),
        "status": page.text("Status"),
        "priority": page.text("Priority"),
        "type": page.text("Type"),
        "closed": page.flag("IsClosed"),
        "escalated": page.flag("IsEscalated"),
        "created_at": page.moment("CreatedDate"),
        "closed_at": page.moment("ClosedDate"),
        "text": cut(page.text("Description")),
    }


def leads(page: Page, _: Known) -> Columns:
    """Lead."""
    return {
        "name": page.text("Name"),
        "company": page.text("Company"),
        "email": page.text("Email"),
        "owner_id": page.text("OwnerId"),
        "status": page.text("Status"),
        "source": page.text("LeadSource"),
        "converted": page.flag("IsConverted"),
        "converted_deal_id": page.text("ConvertedOpportunityId"),
        "converted_account_id": page.text("ConvertedAccountId"),
        "converted_contact_id": page.text("ConvertedContactId"),
        "created_at": page.moment("CreatedDate"),
    }


def attendees(page: Page, _: Known) -> Columns:
    """EventRelation: people only, of the client or of us."""
    relation = page.text("RelationId")
    return {
        "activity_id": page.text("EventId"),
        "contact_id": _only(relation, CONTACT),
        "user_id": _only(relation, USER),
        "response": page.judged("Status", lambda word: _RESPONSES.get(plain(word)), _TEXT),
    }


def are_people(page: Page) -> Any:
    """Which relations of a page are contacts or users: rooms and leads are not counted."""
    relation = page.text("RelationId")
    people = pc.or_(pc.starts_with(relation, CONTACT), pc.starts_with(relation, USER))
    return pc.fill_null(people, False)


def linked_files(page: Page, _: Known) -> Columns:
    """ContentDocumentLink: a file's title as people see it, with its ending."""
    title = page.text("ContentDocument.Title")
    ending = page.text("ContentDocument.FileExtension")
    named = pc.binary_join_element_wise(title, ending, ".")
    return {
        "deal_id": _only(page.text("LinkedEntityId"), DEAL),
        "name": pc.coalesce(named, title),
        "owner_id": page.text("ContentDocument.OwnerId"),
        "created_at": page.moment("ContentDocument.CreatedDate"),
    }


def attachments(page: Page, _: Known) -> Columns:
    """Attachment, the classic one."""
    return {
        "deal_id": _only(page.text("ParentId"), DEAL),
        "name": page.text("Name"),
        "owner_id": page.text("OwnerId"),
        "created_at": page.moment("CreatedDate"),
    }


def quotas(page: Page, _: Known) -> Columns:
    """ForecastingQuota; one in pieces has no amount."""
    return {
        "owner_id": page.text("QuotaOwnerId"),
        "starts": page.day("StartDate"),
        "ends": page.day("Period.EndDate"),
        "amount": page.money("QuotaAmount"),
        "currency": page.text("CurrencyIsoCode"),
        "kind": page.text("ForecastingType.MasterLabel"),
    }


def answers(page: Page, known: Known) -> Columns:
    """SurveyQuestionResponse: one answer to one question, and what the survey was about."""
    invitation = page.text("InvitationId")
    about = {kind: _about(invitation, known, kind) for kind in (DEAL, ACCOUNT, USER)}
    return {
        "account_id": pc.coalesce(about[ACCOUNT], page.text("Invitation.Contact.AccountId")),
        "contact_id": page.text("Invitation.ContactId"),
        "deal_id": about[DEAL],
        "owner_id": about[USER],
        "survey": page.text("SurveyVersion.Name"),
        "question": page.text("Question.Name"),
        "score": page.number("NumberValue"),
        "category": page.text("ChoiceValue"),
        "comment": cut(page.text("ResponseShortText")),
        "at": page.moment("CreatedDate"),
    }


def _about(invitation: Any, known: Known, prefix: str) -> Any:
    """The first subject of each invitation that is of one object."""
    named = {
        one: next((id_ for id_ in about if id_.startswith(prefix)), None)
        for one, about in known.subjects.items()
    }
    held = pa.array(named.values(), _TEXT)
    place = pc.index_in(invitation, value_set=pa.array(named, _TEXT))
    return held.take(place)


def _only(values: Any, prefix: str) -> Any:
    return pc.if_else(pc.starts_with(values, prefix), values, None)


# -- objects of the org's own, by what the admin says of their fields ---------------------------


def mapped(page: Page, source: Source) -> Columns:
    """Each column from the field the admin named for it; an unknown category is none."""
    schema = EVERY_STREAM[source.stream]
    columns: Columns = {}
    for field, names in source.fields.items():
        for name in names:
            if (source.stream, name) == ("ratings", "category"):
                columns[name] = page.judged(field, _category, _TEXT)
            else:
                columns[name] = _read(page, field, schema.field(name).type)
    return columns


def _category(word: str) -> str | None:
    return category_of(plain(word.removesuffix(".0")))


def _read(page: Page, field: str, kind: Any) -> Any:
    readers = {
        MOMENT: page.moment_or_day,
        MONEY: page.money,
        pa.date32(): page.day,
        pa.float64(): page.number,
        pa.bool_(): page.flag,
    }
    for known, read in readers.items():
        if kind == known:
            return read(field)
    if kind == IDS:
        return ids("", page.text(field))
    return page.text(field)
