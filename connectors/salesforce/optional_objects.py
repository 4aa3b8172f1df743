"""Which Salesforce objects fill the streams an org may have or not. A table and nothing else.

Source of the fields: Object Reference, pages of these names; a name with a point is read through
the relationship before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from connectors.field_columns import extra, one
from connectors.salesforce.source import Source

#: By object name, in the order in which to read them.
OPTIONAL_SOURCES: Final[Mapping[str, Source]] = {
    "Case": Source(
        stream="cases",
        fields=one(
            AccountId="account_id",
            ContactId="contact_id",
            OwnerId="owner_id",
            Subject="subject",
            Status="status",
            Priority="priority",
            Type="type",
            IsClosed="closed",
            IsEscalated="escalated",
            CreatedDate="created_at",
            ClosedDate="closed_at",
            Description="text",
        ),
    ),
    "Lead": Source(
        stream="leads",
        fields=one(
            Name="name",
            Company="company",
            Email="email",
            OwnerId="owner_id",
            Status="status",
            LeadSource="source",
            IsConverted="converted",
            ConvertedOpportunityId="converted_deal_id",
            ConvertedAccountId="converted_account_id",
            ConvertedContactId="converted_contact_id",
            CreatedDate="created_at",
        ),
    ),
    "EventRelation": Source(
        stream="attendees",
        fields={"RelationId": ("contact_id", "user_id")}
        | one(EventId="activity_id", Status="response")
        | extra("IsWhat"),  # there only where a meeting may have several contacts
        where={"IsWhat": "IsWhat = false"},
    ),
    "ContentDocumentLink": Source(
        stream="files",
        fields=one(LinkedEntityId="deal_id")
        | {
            "ContentDocument.Title": ("name",),
            "ContentDocument.OwnerId": ("owner_id",),
            "ContentDocument.CreatedDate": ("created_at",),
        }
        | extra("ContentDocument.FileExtension"),
        # Salesforce lists links only of records or documents that are named.
        where={"LinkedEntityId": "LinkedEntityId IN (SELECT Id FROM Opportunity)"},
    ),
    "Attachment": Source(
        stream="files",
        fields=one(ParentId="deal_id", Name="name", OwnerId="owner_id", CreatedDate="created_at"),
        where={"ParentId": "Parent.Type = 'Opportunity'"},
    ),
    "ForecastingQuota": Source(
        stream="quotas",
        fields=one(QuotaOwnerId="owner_id", StartDate="starts", QuotaAmount="amount")
        | {"Period.EndDate": ("ends",), "ForecastingType.MasterLabel": ("kind",)}
        | extra("CurrencyIsoCode"),
    ),
    "SurveyQuestionResponse": Source(
        stream="survey_answers",
        fields={
            "Question.Name": ("question",),
            "SurveyVersion.Name": ("survey",),
            "Invitation.ContactId": ("contact_id",),
            "InvitationId": ("account_id", "deal_id", "owner_id"),  # by what it is about
        }
        | one(
            NumberValue="score",
            ChoiceValue="category",
            ResponseShortText="comment",
            CreatedDate="at",
        )
        | extra("Invitation.Contact.AccountId"),
    ),
}
