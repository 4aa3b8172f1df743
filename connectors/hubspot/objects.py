"""Which HubSpot objects fill which canonical streams, and what goes blind without a property.

A table and nothing else. Source of the properties: facts, hubspot 4.5; of the scopes 4.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from connectors.field_columns import extra, one

KEY_PROPERTY: Final = "followthrough_key"
DEAL_TYPE: Final = "dealtype"
ATTACHMENTS: Final = "hs_attachment_ids"
CALL_OUTCOME: Final = "hs_call_disposition"
OWNERS: Final = "owners"
FILES: Final = "files"

#: The objects that are activities, the commonest first.
ACTIVITIES: Final = ("emails", "calls", "notes", "meetings", "tasks", "communications")

#: Of which of them an activity of a kind (`model.ActivityKind`) is.
OBJECT_OF: Final[Mapping[str, str]] = {
    "email": "emails",
    "call": "calls",
    "note": "notes",
    "meeting": "meetings",
    "task": "tasks",
    "message": "communications",
}

#: Properties that hold what people wrote: not asked for where texts are off.
BODIES: Final = frozenset(
    {
        "hs_call_body",
        "hs_email_text",
        "hs_email_html",
        "hs_meeting_body",
        "hs_internal_meeting_notes",
        "hs_note_body",
        "hs_communication_body",
        "hs_task_body",
        "content",  # of a ticket
        "hs_content",  # of an answer to a survey
    }
)

#: What an activity belongs to.
CLIENTS: Final = ("deals", "companies", "contacts")

_CHANGED: Final = "hs_lastmodifieddate"

Columns = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class Source:
    """One object: the streams it fills, and each wanted property with the columns it decides.

    A property with no column is a help or an extra: when it is hidden, nothing is reported.
    """

    streams: tuple[str, ...]
    properties: Columns
    scope: str  # without which it is hidden, for when HubSpot does not name it
    changed: str = _CHANGED  # the property that holds the moment of the last change
    history: tuple[str, ...] = ()
    links: tuple[str, ...] = ()  # objects whose associations are read
    labelled: bool = False  # and of these also which is the main one, and people's labels
    optional: bool = False  # without it nothing is blind: many accounts do not use it
    own: bool = False  # of the account's own, where nothing but what the admin says is known of it

    @property
    def stream(self) -> str:
        """The stream of the object itself; the others hold what hangs on it."""
        return self.streams[0]

    @property
    def filled(self) -> tuple[str, ...]:
        """The streams that have a row of each record."""
        return self.streams if self.own else self.streams[:1]


def _activity(properties: Columns, *beside: str, optional: bool = False) -> Source:
    common = one(
        hs_timestamp="at", hs_createdate="created_at", hubspot_owner_id="owner_id"
    ) | extra(ATTACHMENTS)
    return Source(
        streams=("activities", *beside),
        properties={**common, **properties},
        scope="crm.objects.contacts.read",
        links=CLIENTS,
        optional=optional,
    )


#: By object name, in the order in which to read them: clients, then deals, then what was done.
SOURCES: Final[Mapping[str, Source]] = {
    "companies": Source(
        streams=("accounts",),
        properties=one(name="name", hubspot_owner_id="owner_id")
        | extra("domain", "hs_merged_object_ids"),
        scope="crm.objects.companies.read",
    ),
    "contacts": Source(
        streams=("contacts",),
        properties=one(
            firstname="name", lastname="name", email="email", associatedcompanyid="account_id"
        )
        | extra("hs_merged_object_ids"),
        scope="crm.objects.contacts.read",
        changed="lastmodifieddate",
    ),
    "deals": Source(
        streams=("deals", "stage_changes", "links"),
        properties={"dealstage": ("stage", "state")}
        | one(
            dealname="name",
            amount="amount",
            closedate="close_date",
            createdate="created_at",
            hubspot_owner_id="owner_id",
            hs_next_step="next_step",
            hs_deal_stage_probability="probability",
            pipeline="pipeline",
            dealtype="type",
        )
        | extra(
            "deal_currency_code",
            "hs_is_closed",
            "hs_is_closed_won",
            "hs_v2_date_entered_current_stage",
            "hs_merged_object_ids",
        ),
        scope="crm.objects.deals.read",
        history=("dealstage",),
        links=("companies", "contacts"),
        labelled=True,
    ),
    "calls": _activity(
        one(
            hs_call_title="subject",
            hs_call_body="text",
            hs_call_direction="direction",
            hs_call_disposition="outcome",
            hs_call_duration="duration_seconds",
            hs_call_status="done",
        )
    ),
    "emails": _activity(
        one(
            hs_email_subject="subject",
            hs_email_text="text",
            hs_email_direction="direction",
            hs_email_status="done",
        )
        | extra(
            "hs_email_html",
            "hs_email_from_email",
            "hs_email_to_email",
            "hs_email_cc_email",
            "hs_sequence_id",
        )
    ),
    "meetings": _activity(
        one(
            hs_meeting_title="subject",
            hs_meeting_body="text",
            hs_meeting_start_time="at",
            hs_meeting_outcome="outcome",
        )
        | extra("hs_meeting_end_time", "hs_internal_meeting_notes", "hs_attendee_owner_ids"),
        "attendees",
    ),
    "notes": _activity(one(hs_note_body="text")),
    "communications": _activity(
        one(hs_communication_body="text")
        | extra("hs_communication_channel_type", "hs_communication_logged_from"),
        optional=True,
    ),
    "tasks": _activity(
        one(hs_task_subject="subject", hs_task_body="text", hs_task_status="done")
        | extra("hs_task_completion_date", KEY_PROPERTY)
    ),
    "tickets": Source(
        streams=("cases",),
        properties={"hs_pipeline_stage": ("status", "closed")}
        | one(
            subject="subject",
            content="text",
            hs_ticket_priority="priority",
            hs_ticket_category="type",
            hubspot_owner_id="owner_id",
            createdate="created_at",
            closed_date="closed_at",
        )
        | extra("hs_merged_object_ids"),
        scope="crm.objects.tickets.read",
        links=CLIENTS,
        labelled=True,
    ),
    "leads": Source(
        streams=("leads",),
        properties={"hs_pipeline_stage": ("status",)}
        | one(
            hs_lead_name="name",
            hs_associated_company_name="company",
            hs_associated_contact_email="email",
            hubspot_owner_id="owner_id",
            hs_lead_source="source",
            hs_createdate="created_at",
        )
        | extra("hs_lead_is_qualified"),
        scope="crm.objects.leads.read",
        links=CLIENTS,
    ),
    "goal_targets": Source(
        streams=("quotas",),
        properties=one(
            hs_target_amount="amount",
            hs_start_datetime="starts",
            hs_end_datetime="ends",
            hs_assignee_user_id="owner_id",
            hs_goal_name="kind",
        )
        | extra("hs_goal_type", "hs_goal_target_currency_code"),
        scope="crm.objects.goals.read",
    ),
    "feedback_submissions": Source(
        streams=("survey_answers",),
        properties=one(
            hs_survey_name="survey",
            hs_survey_type="question",
            hs_value="score",
            hs_content="comment",
            hs_submission_timestamp="at",
        )
        | extra("hs_response_group", "hs_sentiment"),
        scope="crm.objects.feedback_submissions.read",
        links=("deals", "contacts"),
    ),
    "quotes": Source(
        streams=("proposals",),
        properties=one(hs_status="status", hs_createdate="at") | extra("hs_title"),
        scope="crm.objects.quotes.read",
        links=("deals",),
        optional=True,
    ),
}
