"""Fields of the objects of selling: accounts, people, leads, opportunities, quotes.

One line a field: name, type(length or targets), relationship behind `>`, letters of what may be
done with it: N nillable, C createable, U updateable, F filterable, S sortable, G groupable,
R restricted picklist. Types and letters as describe gives them in an org of version 52 to 62;
only the fields that matter to a reader of deals. Data only.
"""

from __future__ import annotations

from typing import Final

FIELDS: Final[dict[str, str]] = {
    "Account": """
        MasterRecordId reference(Account)>MasterRecord NFSG
        Name string(255) CUFSG
        Type picklist(40) NCUFSG
        ParentId reference(Account)>Parent NCUFSG
        BillingStreet textarea(255) NCUFSG
        BillingCity string(40) NCUFSG
        BillingState string(80) NCUFSG
        BillingPostalCode string(20) NCUFSG
        BillingCountry string(80) NCUFSG
        ShippingCity string(40) NCUFSG
        ShippingCountry string(80) NCUFSG
        Phone phone(40) NCUFSG
        AccountNumber string(40) NCUFSG
        Website url(255) NCUFSG
        Industry picklist(40) NCUFSG
        AnnualRevenue currency NCUFS
        NumberOfEmployees int NCUFSG
        Ownership picklist(40) NCUFSG
        Description textarea(32000) NCU
        Rating picklist(40) NCUFSG
        Site string(80) NCUFSG
        AccountSource picklist(40) NCUFSG
        OwnerId reference(User)>Owner CUFSG
        LastActivityDate date NFSG
        LastViewedDate datetime NFS
        LastReferencedDate datetime NFS
    """,
    "Contact": """
        MasterRecordId reference(Contact)>MasterRecord NFSG
        AccountId reference(Account)>Account NCUFSG
        LastName string(80) CUFSG
        FirstName string(40) NCUFSG
        Salutation picklist(40) NCUFSG
        Name string(121) FSG
        MailingStreet textarea(255) NCUFSG
        MailingCity string(40) NCUFSG
        MailingState string(80) NCUFSG
        MailingPostalCode string(20) NCUFSG
        MailingCountry string(80) NCUFSG
        Phone phone(40) NCUFSG
        MobilePhone phone(40) NCUFSG
        HomePhone phone(40) NCUFSG
        ReportsToId reference(Contact)>ReportsTo NCUFSG
        Email email(80) NCUFSG
        Title string(128) NCUFSG
        Department string(80) NCUFSG
        LeadSource picklist(255) NCUFSG
        Birthdate date NCUFSG
        Description textarea(32000) NCU
        OwnerId reference(User)>Owner CUFSG
        LastActivityDate date NFSG
        LastViewedDate datetime NFS
        LastReferencedDate datetime NFS
        EmailBouncedReason string(255) NCUFSG
        EmailBouncedDate datetime NCUFS
        IsEmailBounced boolean FSG
    """,
    "Lead": """
        MasterRecordId reference(Lead)>MasterRecord NFSG
        LastName string(80) CUFSG
        FirstName string(40) NCUFSG
        Salutation picklist(40) NCUFSG
        Name string(121) FSG
        Title string(128) NCUFSG
        Company string(255) CUFSG
        Street textarea(255) NCUFSG
        City string(40) NCUFSG
        PostalCode string(20) NCUFSG
        Country string(80) NCUFSG
        Phone phone(40) NCUFSG
        MobilePhone phone(40) NCUFSG
        Email email(80) NCUFSG
        Website url(255) NCUFSG
        Description textarea(32000) NCU
        LeadSource picklist(255) NCUFSG
        Status picklist(255) CUFSG
        Industry picklist(255) NCUFSG
        Rating picklist(255) NCUFSG
        AnnualRevenue currency NCUFS
        NumberOfEmployees int NCUFSG
        OwnerId reference(Group,User)>Owner CUFSG
        IsConverted boolean CFSG
        ConvertedDate date NFSG
        ConvertedAccountId reference(Account)>ConvertedAccount NFSG
        ConvertedContactId reference(Contact)>ConvertedContact NFSG
        ConvertedOpportunityId reference(Opportunity)>ConvertedOpportunity NFSG
        IsUnreadByOwner boolean CUFSG
        LastActivityDate date NFSG
    """,
    "Opportunity": """
        AccountId reference(Account)>Account NCUFSG
        IsPrivate boolean CUFSG
        Name string(120) CUFSG
        Description textarea(32000) NCU
        StageName picklist(255) CUFSG
        Amount currency NCUFS
        Probability percent NCUFS
        ExpectedRevenue currency NFS
        TotalOpportunityQuantity double NCUFS
        CloseDate date CUFSG
        Type picklist(255) NCUFSG
        NextStep string(255) NCUFSG
        LeadSource picklist(255) NCUFSG
        IsClosed boolean FSG
        IsWon boolean FSG
        ForecastCategory picklist(40) FSGR
        ForecastCategoryName picklist(255) NCUFSGR
        CampaignId reference(Campaign)>Campaign NCUFSG
        HasOpportunityLineItem boolean FSG
        Pricebook2Id reference(Pricebook2)>Pricebook2 NCUFSG
        OwnerId reference(User)>Owner CUFSG
        LastActivityDate date NFSG
        PushCount int NFSG
        LastStageChangeDate datetime NFS
        FiscalQuarter int NFSG
        FiscalYear int NFSG
        Fiscal string(6) NFSG
        ContactId reference(Contact) NCFSG
        LastViewedDate datetime NFS
        LastReferencedDate datetime NFS
        SyncedQuoteId reference(Quote)>SyncedQuote NCUFSG
        HasOpenActivity boolean G
        HasOverdueTask boolean G
        LastAmountChangedHistoryId reference(OpportunityHistory)>LastAmountChangedHistory NFSG
        LastCloseDateChangedHistoryId reference(OpportunityHistory)>LastCloseDateChangedHistory NFSG
    """,
    "RecordType": """
        Name string(80) FSG
        DeveloperName string(80) FSG
        NamespacePrefix string(15) NFSG
        Description string(255) NFSG
        BusinessProcessId reference(BusinessProcess) NFSG
        SobjectType picklist(40) FSGR
        IsActive boolean FSG
    """,
    "OpportunityStage": """
        MasterLabel string(255) FSG
        ApiName string(255) FSG
        IsActive boolean FSG
        SortOrder int NFSG
        IsClosed boolean FSG
        IsWon boolean FSG
        ForecastCategory picklist(40) FSGR
        ForecastCategoryName picklist(255) FSG
        DefaultProbability percent NFS
        Description string(255) NFSG
    """,
    "OpportunityHistory": """
        OpportunityId reference(Opportunity)>Opportunity FSG
        StageName picklist(255) NFSG
        Amount currency NFS
        ExpectedRevenue currency NFS
        CloseDate date NFSG
        Probability percent NFS
        ForecastCategory picklist(40) NFSGR
        PrevAmount currency NFS
        PrevCloseDate date NFSG
    """,
    "OpportunityFieldHistory": """
        OpportunityId reference(Opportunity)>Opportunity FSG
        Field picklist(255) FSGR
        DataType picklist(40) NFSGR
        OldValue string(255) N
        NewValue string(255) N
    """,
    "OpportunityContactRole": """
        OpportunityId reference(Opportunity)>Opportunity CFSG
        ContactId reference(Contact)>Contact CUFSG
        Role picklist(40) NCUFSG
        IsPrimary boolean CUFSG
    """,
    "Quote": """
        OwnerId reference(Group,User)>Owner CUFSG
        QuoteNumber string(255) FS
        Name string(255) CUFSG
        OpportunityId reference(Opportunity)>Opportunity CFSG
        AccountId reference(Account)>Account NFSG
        ContactId reference(Contact)>Contact NCUFSG
        ExpirationDate date NCUFSG
        IsSyncing boolean FSG
        Status picklist(40) NCUFSG
        Description textarea(32000) NCU
        Email email(80) NCUFSG
        Subtotal currency NFS
        TotalPrice currency NFS
        GrandTotal currency NFS
        Discount percent NFS
        Tax currency NCUFS
    """,
}

PICKLISTS: Final[dict[str, tuple[str, ...]]] = {
    "Lead.Status": (
        "Open - Not Contacted",
        "Working - Contacted",
        "Closed - Converted",
        "Closed - Not Converted",
    ),
    "Opportunity.Type": (
        "Existing Customer - Upgrade",
        "Existing Customer - Replacement",
        "Existing Customer - Downgrade",
        "New Customer",
    ),
    "Opportunity.LeadSource": ("Web", "Phone Inquiry", "Partner Referral", "Purchased List"),
    "Opportunity.ForecastCategory": (
        "Omitted",
        "Pipeline",
        "BestCase",
        "MostLikely",
        "Forecast",
        "Closed",
    ),
    "Opportunity.ForecastCategoryName": ("Omitted", "Pipeline", "Best Case", "Commit", "Closed"),
    "OpportunityContactRole.Role": (
        "Business User",
        "Decision Maker",
        "Economic Buyer",
        "Economic Decision Maker",
        "Evaluator",
        "Executive Sponsor",
        "Influencer",
        "Technical Buyer",
        "Other",
    ),
    "Quote.Status": (
        "Draft",
        "Needs Review",
        "In Review",
        "Approved",
        "Rejected",
        "Presented",
        "Accepted",
        "Denied",
    ),
}

DEFAULTS: Final[dict[str, str]] = {
    "Lead.Status": "Open - Not Contacted",
    "Quote.Status": "Draft",
}
