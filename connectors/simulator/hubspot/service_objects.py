"""The tables of what not every account has: tickets, leads, goals.

Read by `objects.py`, which says how a line reads. Sources: HubSpot: Tickets guide, Leads guide,
Goals guide.
"""

from __future__ import annotations

from typing import Final

TICKETS: Final = """
    subject string/text shown
    content string/textarea shown
    hs_ticket_priority enumeration/select shown =LOW|MEDIUM|HIGH|URGENT
    hs_ticket_category enumeration/select =PRODUCT_ISSUE|BILLING_ISSUE|GENERAL_INQUIRY
    source_type enumeration/select =CHAT|EMAIL|FORM|PHONE
    createdate datetime/date read shown
    hs_lastmodifieddate datetime/date read shown
    closed_date datetime/date calculated
"""
LEADS: Final = """
    hs_lead_name string/text required shown
    hs_lead_type enumeration/select =NEW_BUSINESS|RE_ATTEMPTING|UPSELL
    hs_lead_label enumeration/select =WARM|HOT|COLD
    hs_lead_source enumeration/select
    hs_lead_is_qualified bool/booleancheckbox calculated
    hs_primary_contact_id number/number calculated
    hs_associated_contact_email string/text calculated
    hs_associated_company_name string/text calculated
    hs_createdate datetime/date read shown
    hs_lastmodifieddate datetime/date read shown
"""
GOALS: Final = """
    hs_goal_name string/text shown
    hs_goal_type string/text
    hs_target_amount number/number shown
    hs_goal_target_currency_code string/text
    hs_start_datetime datetime/date
    hs_end_datetime datetime/date
    hs_assignee_user_id number/number
    hs_createdate datetime/date read shown
    hs_lastmodifieddate datetime/date read shown
"""
