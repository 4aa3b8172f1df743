"""The object types of a portal, read from compact tables. Knows no portal's settings, no records.

A line of a table: name, type/fieldType, then what else is so, each a word: `shown` without being
asked for, `required` on create, `read` only, `calculated`, `unique`, `owner`, and after `=` the
options of an enumeration. Sources: facts 4.5; HubSpot: CRM object guides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from connectors.simulator.hubspot import activity_objects, service_objects
from connectors.simulator.hubspot.schema import Kind, Option, Property

_OWNED: Final = """
    hubspot_owner_id enumeration/select owner
    hubspot_owner_assigneddate datetime/date read
    hs_all_owner_ids enumeration/checkbox read
    hs_user_ids_of_all_owners enumeration/checkbox read
"""
_SOURCED: Final = """
    hs_object_id number/number read shown
    hs_object_source string/text read
    hs_object_source_id string/text read
    hs_object_source_label enumeration/select read
    hs_object_source_user_id string/text read
    hs_created_by_user_id number/number read
    hs_merged_object_ids enumeration/checkbox read
"""
_STAMPED: Final = """
    hs_createdate datetime/date read shown
    hs_lastmodifieddate datetime/date read shown
"""
_TOUCHED: Final = """
    notes_last_contacted datetime/date calculated
    notes_last_updated datetime/date calculated
    notes_next_activity_date datetime/date calculated
"""
_DEALS: Final = """
    dealname string/text required shown
    dealstage enumeration/radio required shown
    pipeline enumeration/select required shown
    amount number/number shown
    amount_in_home_currency number/number calculated
    closedate datetime/date shown
    createdate datetime/date read shown
    hs_lastmodifieddate datetime/date read shown
    dealtype enumeration/radio =newbusiness:New Business|existingbusiness:Existing Business
    description string/textarea
    deal_currency_code enumeration/select
    hs_next_step string/text
    hs_priority enumeration/select =low|medium|high
    hs_forecast_probability number/number
    hs_deal_stage_probability number/number calculated
    hs_is_closed bool/booleancheckbox calculated
    hs_is_closed_won bool/booleancheckbox calculated
    hs_is_closed_lost bool/booleancheckbox calculated
    hs_v2_date_entered_current_stage datetime/date calculated
    num_associated_contacts number/number calculated
    hs_primary_associated_company number/number calculated
"""
_CONTACTS: Final = """
    email string/text unique shown
    firstname string/text shown
    lastname string/text shown
    createdate datetime/date read shown
    lastmodifieddate datetime/date read shown
    jobtitle string/text
    phone string/phonenumber
    company string/text
    country string/text
    city string/text
    hs_language enumeration/select
    lifecyclestage enumeration/radio =subscriber|lead|opportunity|customer|evangelist|other
    associatedcompanyid number/number calculated
"""
_COMPANIES: Final = """
    name string/text shown
    domain string/text shown
    createdate datetime/date read shown
    hs_lastmodifieddate datetime/date read shown
    industry enumeration/select
    city string/text
    country string/text
    phone string/phonenumber
    website string/text
"""
_QUOTES: Final = """
    hs_title string/text required shown
    hs_expiration_date datetime/date required shown
    hs_status enumeration/select shown =DRAFT|APPROVAL_NOT_NEEDED|PENDING_APPROVAL|APPROVED|REJECTED
    hs_createdate datetime/date read shown
    hs_lastmodifieddate datetime/date read shown
    hs_quote_amount number/number
    hs_currency enumeration/select
    hs_quote_number string/text
"""
_FEEDBACK: Final = """
    hs_survey_name string/text read shown
    hs_survey_type enumeration/select read shown
    hs_value number/number read
    hs_content string/textarea read
    hs_response_group enumeration/select read
    hs_sentiment enumeration/select read
    hs_submission_timestamp datetime/date read
    hs_createdate datetime/date read shown
    hs_lastmodifieddate datetime/date read shown
"""

#: name, type id, singular, group, table.
_KINDS: Final = (
    ("deals", "0-3", "deal", "dealinformation", _DEALS + _TOUCHED + _OWNED),
    ("contacts", "0-1", "contact", "contactinformation", _CONTACTS + _TOUCHED + _OWNED),
    ("companies", "0-2", "company", "companyinformation", _COMPANIES + _TOUCHED + _OWNED),
    ("calls", "0-48", "call", "call", activity_objects.CALLS + _OWNED),
    ("emails", "0-49", "email", "email", activity_objects.EMAILS + _OWNED),
    ("meetings", "0-47", "meeting", "meeting", activity_objects.MEETINGS + _OWNED),
    ("notes", "0-46", "note", "note", activity_objects.NOTES + _OWNED),
    ("tasks", "0-27", "task", "task", activity_objects.TASKS + _OWNED),
    (
        "communications",
        "0-18",
        "communication",
        "communication",
        activity_objects.COMMUNICATIONS + _OWNED,
    ),
    ("quotes", "0-14", "quote", "quote", _QUOTES + _OWNED),
    ("tickets", "0-5", "ticket", "ticketinformation", service_objects.TICKETS + _OWNED),
    ("leads", "0-136", "lead", "lead", service_objects.LEADS + _OWNED),
    ("goal_targets", "0-74", "goal_target", "goal_target", service_objects.GOALS + _OWNED),
    ("feedback_submissions", "0-19", "feedback_submission", "feedback_submission", _FEEDBACK),
)

#: Types whose moments stand under names of their own.
_OLDER: Final = frozenset({"deals", "contacts", "companies", "tickets"})

#: Types whose records come from HubSpot alone.
READ_ONLY: Final = frozenset({"feedback_submissions", "goal_targets"})

#: Types a real portal has and this one does not: asking for one is a gap, not a mistake.
UNKNOWN_HERE: Final = frozenset(
    {"products", "line_items", "orders", "carts", "invoices", "subscriptions", "users"}
    | {"discounts", "fees", "taxes", "postal_mail", "services"}
)


def standard() -> dict[str, Kind]:
    """Build the object types of a plain portal, by name."""
    return {row[0]: _kind(*row) for row in _KINDS}


def names(kinds: Mapping[str, Kind]) -> dict[str, Kind]:
    """List every spelling of every type in lower case: `deals`, `deal`, `0-3`."""
    return {
        spelling: kind
        for kind in kinds.values()
        for spelling in (kind.name, kind.singular, kind.type_id)
    }


def label_of(name: str) -> str:
    """Make a label of a property's name: `hs_next_step` reads `Next Step`."""
    return name.removeprefix("hs_").replace("_", " ").title()


def options(words: str) -> tuple[Option, ...]:
    """Read options from `A|B:Its label`; without one the value is made into a label."""
    told = [word.partition(":") for word in words.split("|") if word]
    return tuple(Option(value=w, label=label or label_of(w.lower())) for w, _, label in told)


def properties_of(group: str) -> list[Property]:
    """List the properties that every object of an account's own has."""
    return list(_properties(_STAMPED + _OWNED + _SOURCED, group))


def _kind(name: str, type_id: str, singular: str, group: str, table: str) -> Kind:
    return Kind(
        name=name,
        type_id=type_id,
        singular=singular,
        created="createdate" if name in _OLDER else "hs_createdate",
        updated="lastmodifieddate" if name == "contacts" else "hs_lastmodifieddate",
        group=group,
        writable=name not in READ_ONLY,
        properties={p.name: p for p in _properties(table + _SOURCED, group)},
    )


def _properties(table: str, group: str) -> Iterator[Property]:
    for line in filter(None, map(str.strip, table.splitlines())):
        head, _, words = line.partition(" =")
        name, types, *marks = head.split()
        kind, field_type = types.split("/")
        yield Property(
            name=name,
            label=label_of(name),
            type=kind,
            field_type=field_type,
            group=group,
            options=options(words),
            unique="unique" in marks,
            read_only="read" in marks or "calculated" in marks,
            calculated="calculated" in marks,
            owner="owner" in marks,
            required="required" in marks,
            shown="shown" in marks,
        )
