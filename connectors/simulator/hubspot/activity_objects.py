"""The tables of activities: calls, emails, meetings, notes, tasks, communications.

Read by `objects.py`, which says how a line reads. Source: facts 4.5; HubSpot: Engagements guides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_COMMON: Final = """
    hs_timestamp datetime/date required
    hs_createdate datetime/date read shown
    hs_lastmodifieddate datetime/date read shown
    hs_body_preview string/text read
    hs_body_preview_html string/html read
    hs_body_preview_is_truncated bool/booleancheckbox read
    hs_attachment_ids enumeration/checkbox
"""
CALLS: Final = f"""
    {_COMMON}
    hs_call_title string/text
    hs_call_body string/html
    hs_call_direction enumeration/select =INBOUND|OUTBOUND
    hs_call_disposition enumeration/select
    hs_call_duration number/number
    hs_call_from_number string/text
    hs_call_to_number string/text
    hs_call_status enumeration/select =BUSY|CANCELED|COMPLETED|FAILED|IN_PROGRESS|NO_ANSWER|RINGING
    hs_call_source string/text
    hs_call_has_transcript bool/booleancheckbox
    hs_call_summary string/textarea
    hs_activity_type enumeration/select
"""
EMAILS: Final = f"""
    {_COMMON}
    hs_email_direction enumeration/select =EMAIL|INCOMING_EMAIL|FORWARDED_EMAIL|DRAFT_EMAIL
    hs_email_status enumeration/select =BOUNCED|FAILED|SCHEDULED|SENDING|SENT
    hs_email_subject string/text
    hs_email_text string/textarea
    hs_email_html string/html
    hs_email_headers string/textarea
    hs_email_from_email string/text read
    hs_email_from_firstname string/text read
    hs_email_from_lastname string/text read
    hs_email_to_email string/text read
    hs_email_cc_email string/text read
    hs_email_open_count number/number
    hs_email_sent_via string/text
    hs_email_thread_id string/text
    hs_sequence_id number/number
    hs_email_tracker_key string/text
"""
MEETINGS: Final = f"""
    {_COMMON}
    hs_meeting_title string/text
    hs_meeting_body string/html
    hs_internal_meeting_notes string/html
    hs_meeting_start_time datetime/date
    hs_meeting_end_time datetime/date
    hs_meeting_outcome enumeration/select =SCHEDULED|COMPLETED|RESCHEDULED|NO_SHOW|CANCELED
    hs_meeting_location string/text
    hs_meeting_external_url string/text
    hs_meeting_source enumeration/select
    hs_attendee_owner_ids enumeration/checkbox
    hs_activity_type enumeration/select
"""
NOTES: Final = f"""
    {_COMMON}
    hs_note_body string/html
"""
TASKS: Final = f"""
    {_COMMON}
    hs_task_subject string/text
    hs_task_body string/html
    hs_task_status enumeration/select =NOT_STARTED|IN_PROGRESS|WAITING|DEFERRED|COMPLETED
    hs_task_priority enumeration/select =NONE|LOW|MEDIUM|HIGH
    hs_task_type enumeration/select =TODO|CALL|EMAIL|LINKED_IN|MEETING
    hs_task_reminders string/text
    hs_queue_membership_ids enumeration/checkbox
    hs_task_completion_date datetime/date read
    hs_task_is_completed number/number calculated
    hs_unique_creation_key string/text read
"""
COMMUNICATIONS: Final = f"""
    {_COMMON}
    hs_communication_body string/html
    hs_communication_channel_type enumeration/select =LINKEDIN_MESSAGE|PHYSICAL_MAIL|SMS|WHATS_APP
    hs_communication_logged_from enumeration/select =CRM
"""

#: The property whose text `hs_body_preview` begins with.
BODIES: Final[Mapping[str, str]] = {
    "calls": "hs_call_body",
    "emails": "hs_email_text",
    "meetings": "hs_meeting_body",
    "notes": "hs_note_body",
    "tasks": "hs_task_body",
    "communications": "hs_communication_body",
}

#: What a new activity has where the caller says nothing.
DEFAULTS: Final[Mapping[str, Mapping[str, str]]] = {
    "tasks": {"hs_task_status": "NOT_STARTED", "hs_task_priority": "NONE", "hs_task_type": "TODO"},
    "meetings": {"hs_meeting_source": "CRM_UI"},
}
