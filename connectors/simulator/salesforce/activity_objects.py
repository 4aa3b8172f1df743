"""Fields of the objects of contact: tasks, events, mails, notes, and the words tasks may use.

The notation is the one of `sales_objects.py`. Task and EmailMessage follow the Object Reference's
pages of those names, Event the describe of an org of version 52. Data only.
"""

from __future__ import annotations

from typing import Final

FIELDS: Final[dict[str, str]] = {
    "Task": """
        WhoId reference(Contact,Lead)>Who NCUFSG
        WhatId reference(Account,Opportunity,Quote)>What NCUFSG
        Subject combobox(255) NCUFS
        ActivityDate date NCUFSG
        Status picklist(255) CUFSG
        Priority picklist(255) CUFSG
        IsHighPriority boolean FSG
        OwnerId reference(Group,User)>Owner CUFSG
        Description textarea(32000) NCU
        Type picklist(40) NCUFSG
        AccountId reference(Account)>Account NFSG
        IsClosed boolean FSG
        IsArchived boolean FSG
        CallDurationInSeconds int NCUFSG
        CallType picklist(40) NCUFSGR
        CallDisposition string(255) NCUFSG
        CallObject string(255) NCUFSG
        ReminderDateTime datetime NCUFS
        IsReminderSet boolean CUFSG
        RecurrenceActivityId reference(Task) NFSG
        IsRecurrence boolean CUFSG
        RecurrenceStartDateOnly date NCUFSG
        RecurrenceEndDateOnly date NCUFSG
        RecurrenceTimeZoneSidKey picklist(40) NCUFSG
        RecurrenceType picklist(40) NCUFSGR
        RecurrenceInterval int NCUFSG
        RecurrenceDayOfWeekMask int NCUFSG
        RecurrenceDayOfMonth int NCUFSG
        RecurrenceInstance picklist(40) NCUFSGR
        RecurrenceMonthOfYear picklist(40) NCUFSGR
        RecurrenceRegeneratedType picklist(40) NCUFSGR
        TaskSubtype picklist(40) NCFSGR
        CompletedDateTime datetime NFS
    """,
    "Event": """
        WhoId reference(Contact,Lead)>Who NCUFSG
        WhatId reference(Account,Opportunity,Quote)>What NCUFSG
        Subject combobox(255) NCUFS
        Location string(255) NCUFSG
        IsAllDayEvent boolean CUFSG
        ActivityDateTime datetime NCUFS
        ActivityDate date NCUFSG
        DurationInMinutes int NCUFSG
        StartDateTime datetime NCUFS
        EndDateTime datetime NCUFS
        EndDate date NFSG
        Description textarea(32000) NCU
        Type picklist(40) NCUFSG
        AccountId reference(Account)>Account NFSG
        OwnerId reference(Calendar,User)>Owner CUFSG
        IsPrivate boolean CUFSG
        ShowAs picklist(40) NCUFSGR
        IsChild boolean FSG
        IsGroupEvent boolean FSG
        GroupEventType picklist(40) NFSGR
        IsArchived boolean FSG
        RecurrenceActivityId reference(Event) NFSG
        IsRecurrence boolean CFSG
        ReminderDateTime datetime NCUFS
        IsReminderSet boolean CUFSG
        EventSubtype picklist(40) NCFSGR
    """,
    "EmailMessage": """
        ParentId reference(Case)>Parent NCUFSG
        ActivityId reference(Task)>Activity NCFSG
        TextBody textarea(32000) NCU
        HtmlBody textarea(32000) NCU
        Headers textarea(32000) NCU
        Subject string(3000) NCUFS
        FromName string(1000) NCUFS
        FromAddress email(1000) NCUFS
        ValidatedFromAddress picklist(1000) NCUFS
        ToAddress string(4000) NCUFS
        CcAddress string(4000) NCUFS
        BccAddress string(4000) NCUFS
        Incoming boolean CUFSG
        HasAttachment boolean FSG
        Status picklist(40) CUFSGR
        MessageDate datetime NCUFS
        ReplyToEmailMessageId reference(EmailMessage)>ReplyToEmailMessage NCUFSG
        IsPrivateDraft boolean FSG
        IsExternallyVisible boolean CUFSG
        MessageIdentifier string(765) NCUFS
        ThreadIdentifier string(765) NCUFS
        IsClientManaged boolean CUFSG
        RelatedToId reference(Account,Opportunity,Quote)>RelatedTo NCUFSG
        IsTracked boolean CUFSG
        IsOpened boolean FSG
        FirstOpenedDate datetime NCUFS
        LastOpenedDate datetime NCUFS
        IsBounced boolean FSG
    """,
    "Note": """
        ParentId reference(Account,Contact,Lead,Opportunity)>Parent CFSG
        Title string(80) CUFS
        IsPrivate boolean CUFSG
        Body textarea(32000) NCU
        OwnerId reference(User)>Owner CUFSG
    """,
    "TaskStatus": """
        MasterLabel string(255) FSG
        ApiName string(255) FSG
        SortOrder int NFSG
        IsDefault boolean FSG
        IsClosed boolean FSG
    """,
    "TaskPriority": """
        MasterLabel string(255) FSG
        ApiName string(255) FSG
        SortOrder int NFSG
        IsDefault boolean FSG
        IsHighPriority boolean FSG
    """,
}

_RECURRENCE: Final = (
    "RecursDaily",
    "RecursEveryWeekday",
    "RecursMonthly",
    "RecursMonthlyNth",
    "RecursWeekly",
    "RecursYearly",
    "RecursYearlyNth",
)

PICKLISTS: Final[dict[str, tuple[str, ...]]] = {
    "Task.Subject": ("Call", "Email", "Send Letter", "Send Quote", "Other"),
    "Task.Type": ("Call", "Email", "Meeting", "Other"),
    "Task.CallType": ("Internal", "Inbound", "Outbound"),
    "Task.TaskSubtype": ("Task", "Email", "ListEmail", "Cadence", "Call", "LinkedIn"),
    "Task.RecurrenceType": _RECURRENCE,
    "Task.RecurrenceRegeneratedType": (
        "None",
        "RecurrenceRegenerateAfterDueDate",
        "RecurrenceRegenerateAfterToday",
        "Task",
    ),
    "Task.RecurrenceInstance": ("First", "Second", "Third", "Fourth", "Last"),
    "Task.RecurrenceMonthOfYear": (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    "Event.Subject": ("Call", "Email", "Meeting", "Send Letter/Quote", "Other"),
    "Event.Type": ("Email", "Meeting", "Other", "Call"),
    "Event.ShowAs": ("Busy", "OutOfOffice", "Free"),
    "Event.GroupEventType": ("0", "1", "2", "3"),
    "Event.EventSubtype": ("Event",),
    "EmailMessage.Status": ("0", "1", "2", "3", "4", "5"),
}

#: Defaults of `Task.Status` and `Task.Priority` come from the org's own lists.
DEFAULTS: Final[dict[str, str]] = {
    "Task.TaskSubtype": "Task",
    "Event.ShowAs": "Busy",
    "Event.EventSubtype": "Event",
    "Event.GroupEventType": "0",
    "EmailMessage.Status": "0",
}
