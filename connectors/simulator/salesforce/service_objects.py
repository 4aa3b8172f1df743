"""Fields of what an org may use beside selling: cases, invitations, files, quotas, surveys.

The notation is the one of `sales_objects.py`. Case as a recorded describe has it, the others as the
Object Reference's pages of those names. Data only.
"""

from __future__ import annotations

from typing import Final

FIELDS: Final[dict[str, str]] = {
    "Case": """
        MasterRecordId reference(Case)>MasterRecord NFSG
        CaseNumber string(30) FS
        ContactId reference(Contact)>Contact NCUFSG
        AccountId reference(Account)>Account NCUFSG
        ParentId reference(Case)>Parent NCUFSG
        SuppliedName string(80) NCUFSG
        SuppliedEmail email(80) NCUFSG
        Type picklist(40) NCUFSG
        Status picklist(40) NCUFSG
        Reason picklist(40) NCUFSG
        Origin picklist(40) NCUFSG
        Subject string(255) NCUFSG
        Priority picklist(40) NCUFSG
        Description textarea(32000) NCU
        IsClosed boolean FSG
        ClosedDate datetime NFS
        IsEscalated boolean CUFSG
        OwnerId reference(Group,User)>Owner CUFSG
    """,
    "EventRelation": """
        RelationId reference(Contact,Lead,User)>Relation NCUFSG
        EventId reference(Event)>Event CFSG
        Status picklist(50) NCUFSGR
        RespondedDate datetime NCUFS
        Response string(255) NCUFSG
        IsParent boolean FSG
        IsInvitee boolean CFSG
        IsWhat boolean FSG
        AccountId reference(Account)>Account NFSG
    """,
    "ContentVersion": """
        ContentDocumentId reference(ContentDocument)>ContentDocument NCFSG
        IsLatest boolean FSG
        Title string(255) CUFSG
        PathOnClient string(500) NCFS
        Description textarea(1000) NCU
        FileExtension string(40) NFSG
        FileType string(20) FSG
        ContentSize int NFSG
        VersionNumber string(20) NFSG
        VersionData base64 NCU
        FirstPublishLocationId reference(Account,Case,Contact,Opportunity,Task,User) NCFSG
        OwnerId reference(User)>Owner CUFSG
    """,
    "ContentDocument": """
        Title string(255) UFSG
        FileExtension string(40) NFSG
        FileType string(20) NFSG
        ContentSize int NFSG
        LatestPublishedVersionId reference(ContentVersion)>LatestPublishedVersion NFSG
        OwnerId reference(User)>Owner UFSG
    """,
    "ContentDocumentLink": """
        LinkedEntityId reference(Account,Case,Contact,Opportunity,Task,User)>LinkedEntity CFSG
        ContentDocumentId reference(ContentDocument)>ContentDocument CFSG
        ShareType picklist(40) NCUFSGR
        Visibility picklist(40) NCUFSGR
    """,
    "Attachment": """
        ParentId reference(Account,Case,Contact,EmailMessage,Opportunity,Task)>Parent CFSG
        Name string(255) CUFSG
        IsPrivate boolean CUFSG
        ContentType string(120) NCUFSG
        BodyLength int NFSG
        Body base64 CU
        OwnerId reference(User)>Owner CUFSG
        Description textarea(500) NCU
    """,
    "FeedItem": """
        ParentId reference(Account,Case,Contact,Group,Opportunity,User)>Parent CFSG
        Type picklist(40) NFSGR
        Body textarea(10000) NC
        Title string(255) NCFSG
        IsRichText boolean CFSG
    """,
    "Period": """
        Type picklist(40) NFSG
        StartDate date FSG
        EndDate date FSG
        FullyQualifiedLabel string(80) NFSG
        IsForecastPeriod boolean FSG
        Number int NFSG
    """,
    "ForecastingType": """
        DeveloperName string(80) FSG
        MasterLabel string(80) FSG
        IsActive boolean FSG
        IsAmount boolean FSG
        IsQuantity boolean FSG
    """,
    "ForecastingQuota": """
        QuotaOwnerId reference(User)>QuotaOwner CFSG
        ForecastingTypeId reference(ForecastingType)>ForecastingType NCFSG
        PeriodId reference(Period)>Period NCFSG
        StartDate date CFSG
        IsAmount boolean FSG
        IsQuantity boolean FSG
        QuotaAmount currency NCUFS
        QuotaQuantity double NCUFS
        ProductFamily picklist(40) NCFSG
    """,
    "Survey": """
        Name string(255) UFSG
        DeveloperName string(80) NFSG
        OwnerId reference(User)>Owner FSG
    """,
    "SurveyVersion": """
        Name string(255) UFSG
        SurveyId reference(Survey)>Survey FSG
        SurveyStatus picklist(40) FSG
    """,
    "SurveyQuestion": """
        Name string(255) FSG
        DeveloperName string(80) NFSG
        QuestionType picklist(40) FSG
        SurveyVersionId reference(SurveyVersion)>SurveyVersion FSG
    """,
    "SurveyInvitation": """
        Name string(255) CUFSG
        SurveyId reference(Survey)>Survey CFSG
        ParticipantId reference(Contact,Lead,User)>Participant NCFSG
        ContactId reference(Contact)>Contact NFSG
        LeadId reference(Lead)>Lead NFSG
        ResponseStatus picklist(40) NFSG
        OwnerId reference(User)>Owner FSG
    """,
    "SurveySubject": """
        Name string(255) CUFSG
        ParentId reference(SurveyInvitation,SurveyResponse)>Parent CFSG
        SubjectId reference(Account,Case,Contact,Opportunity,User)>Subject CFSG
        SurveyId reference(Survey)>Survey NFSG
        SurveyInvitationId reference(SurveyInvitation)>SurveyInvitation NFSG
        SurveyResponseId reference(SurveyResponse)>SurveyResponse NFSG
    """,
    "SurveyResponse": """
        InvitationId reference(SurveyInvitation)>Invitation FSG
        SurveyId reference(Survey)>Survey FSG
        SurveyVersionId reference(SurveyVersion)>SurveyVersion FSG
        SubmitterId reference(Contact,Lead,User)>Submitter NFSG
        CompletionDateTime datetime NFS
        Status picklist(40) FSG
    """,
    "SurveyQuestionResponse": """
        InvitationId reference(SurveyInvitation)>Invitation NFSG
        QuestionId reference(SurveyQuestion)>Question FSG
        ResponseId reference(SurveyResponse)>Response FSG
        SurveyVersionId reference(SurveyVersion)>SurveyVersion FSG
        Datatype picklist(40) NFSG
        ChoiceValue textarea(32000) NFS
        NumberValue int NFSG
        IsTrueOrFalse boolean FSG
        DateValue date NFSG
        DateTimeValue datetime NFS
        ResponseShortText string(255) NFSG
    """,
}

#: What an org without forecasts, or without surveys, does not have.
FORECASTS: Final = frozenset({"Period", "ForecastingType", "ForecastingQuota"})
SURVEYS: Final = frozenset(name for name in FIELDS if name.startswith("Survey"))

PICKLISTS: Final[dict[str, tuple[str, ...]]] = {
    "Case.Status": ("New", "Working", "Escalated", "Closed"),
    "Case.Priority": ("High", "Medium", "Low"),
    "Case.Origin": ("Phone", "Email", "Web"),
    "Case.Type": ("Mechanical", "Electrical", "Electronic", "Structural", "Other"),
    "EventRelation.Status": ("New", "Declined", "Accepted"),
    "ContentDocumentLink.ShareType": ("V", "C", "I"),
    "ContentDocumentLink.Visibility": ("AllUsers", "InternalUsers", "SharedUsers"),
}

DEFAULTS: Final[dict[str, str]] = {
    "Case.Status": "New",
    "Case.Priority": "Medium",
    "EventRelation.Status": "New",
    "ContentDocumentLink.ShareType": "V",
}
