"""Which Salesforce objects fill which canonical streams, and what goes blind without a field.

A table and nothing else. Source of the fields: facts, salesforce 3.5.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from connectors.field_columns import extra, one
from connectors.salesforce.optional_objects import OPTIONAL_SOURCES
from connectors.salesforce.source import Source

KEY_FIELD: Final = "Followthrough_Key__c"
RECORD_TYPE: Final = "RecordTypeId"  # there only on objects that have record types

#: Of which object an activity is, by how its id begins.
ACTIVITIES: Final[Mapping[str, str]] = {
    "00T": "Task",
    "00U": "Event",
    "02s": "EmailMessage",
    "002": "Note",
}

#: Fields that hold what people wrote: not asked for where texts are off.
BODIES: Final = frozenset({"Description", "TextBody", "HtmlBody", "Body"})

#: Fields by which changes can be read, the best first. Which are there differs by object.
CURSORS: Final = ("SystemModstamp", "LastModifiedDate", "CreatedDate")

#: Without the object there is no feed; the org may simply not use it, so nothing is blind.
OPTIONAL: Final = frozenset({"Quote", "Note", "Group"})


#: By object name, in the order in which to read them: people first, then deals, then what was done.
SOURCES: Final[Mapping[str, Source]] = {
    "User": Source(
        stream="owners",
        fields=one(
            Name="name",
            Email="email",
            ManagerId="manager_id",
            IsActive="active",
            TimeZoneSidKey="time_zone",
        ),
    ),
    "Group": Source(
        stream="owners",
        fields=one(Name="name") | extra("Email", "Type"),
        where={"Type": "Type = 'Queue'"},
    ),
    "Account": Source(
        stream="accounts",
        fields=one(Name="name", OwnerId="owner_id") | extra("MasterRecordId"),
    ),
    "Contact": Source(
        stream="contacts",
        fields=one(Name="name", AccountId="account_id", Email="email") | extra("MasterRecordId"),
    ),
    "Opportunity": Source(
        stream="deals",
        fields=one(
            Name="name",
            AccountId="account_id",
            OwnerId="owner_id",
            StageName="stage",
            IsClosed="state",
            IsWon="state",
            Amount="amount",
            Probability="probability",
            CloseDate="close_date",
            NextStep="next_step",
            CreatedDate="created_at",
            LastStageChangeDate="stage_changed_at",
            RecordTypeId="pipeline",
            Type="type",
        )
        | extra("CurrencyIsoCode"),  # there only in orgs with several currencies
    ),
    "OpportunityHistory": Source(
        stream="stage_changes",
        fields=one(OpportunityId="deal_id", StageName="stage", CreatedDate="at"),
    ),
    "OpportunityContactRole": Source(
        stream="links",
        fields=one(
            OpportunityId="deal_id", ContactId="contact_id", Role="role", IsPrimary="is_primary"
        ),
    ),
    "Task": Source(
        stream="activities",
        fields={
            "TaskSubtype": ("kind", "automated"),
            "WhatId": ("deal_ids", "account_ids"),
            "WhoId": ("contact_ids",),
        }
        | one(
            CallType="direction",
            CallDisposition="outcome",
            CallDurationInSeconds="duration_seconds",
            ActivityDate="at",
            CompletedDateTime="at",
            IsClosed="done",
            OwnerId="owner_id",
            Subject="subject",
            Description="text",
            CreatedDate="created_at",
        )
        | extra("Type", "AccountId", "IsRecurrence", KEY_FIELD),
        where={"IsRecurrence": "IsRecurrence = false"},
    ),
    "Event": Source(
        stream="activities",
        fields={
            "WhatId": ("deal_ids", "account_ids"),
            "WhoId": ("contact_ids", "outsiders"),
        }
        | one(
            StartDateTime="at",
            OwnerId="owner_id",
            Subject="subject",
            Description="text",
            CreatedDate="created_at",
        )
        | extra(
            "EndDateTime",
            "ActivityDate",
            "IsAllDayEvent",
            "DurationInMinutes",
            "Type",
            "AccountId",
            "WhoCount",
            "IsChild",
            "IsRecurrence",
        ),
        where={"IsChild": "IsChild = false", "IsRecurrence": "IsRecurrence = false"},
    ),
    "EmailMessage": Source(
        stream="activities",
        fields={"RelatedToId": ("deal_ids", "account_ids")}
        | one(
            Incoming="direction",
            Status="done",
            MessageDate="at",
            FromAddress="owner_id",
            ToAddress="outsiders",
            Subject="subject",
            TextBody="text",
            ActivityId="same_as",
            CreatedDate="created_at",
        )
        | extra("HtmlBody", "CcAddress", "BccAddress", "CreatedById", "IsBounced"),
    ),
    "Note": Source(
        stream="activities",
        fields={"ParentId": ("deal_ids", "account_ids", "contact_ids")}
        | one(OwnerId="owner_id", Title="subject", Body="text", CreatedDate="created_at"),
    ),
    "Quote": Source(
        stream="proposals",
        fields=one(OpportunityId="deal_id", Status="status", CreatedDate="at"),
    ),
    **OPTIONAL_SOURCES,
}
