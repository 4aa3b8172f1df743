"""Fields of the objects of the org itself: the organization, its users, queues, notifications.

The notation is the one of `sales_objects.py`. Data only.
"""

from __future__ import annotations

from typing import Final

FIELDS: Final[dict[str, str]] = {
    "Organization": """
        Name string(80) UFSG
        Country string(80) NUFSG
        PrimaryContact string(80) NUFSG
        DefaultLocaleSidKey picklist(40) UFSGR
        TimeZoneSidKey picklist(40) UFSGR
        LanguageLocaleKey picklist(40) UFSGR
        FiscalYearStartMonth int NFSG
        OrganizationType picklist(40) NFSG
        NamespacePrefix string(15) NFSG
        InstanceName string(5) NFSG
        IsSandbox boolean FSG
        IsReadOnly boolean FSG
        TrialExpirationDate datetime NFS
    """,
    "User": """
        Username string(80) CUFSG
        LastName string(80) CUFSG
        FirstName string(40) NCUFSG
        Name string(121) FSG
        CompanyName string(80) NCUFSG
        Division string(80) NCUFSG
        Department string(80) NCUFSG
        Title string(80) NCUFSG
        Email email(128) CUFSG
        Phone phone(40) NCUFSG
        MobilePhone phone(40) NCUFSG
        Alias string(8) CUFSG
        IsActive boolean CUFSG
        TimeZoneSidKey picklist(40) CUFSG
        LocaleSidKey picklist(40) CUFSG
        LanguageLocaleKey picklist(40) CUFSG
        UserRoleId reference(UserRole)>UserRole NCUFSG
        UserType picklist(40) NFSGR
        ManagerId reference(User)>Manager NCUFSG
        LastLoginDate datetime NFS
    """,
    "Group": """
        Name string(40) CUFSG
        DeveloperName string(80) NCUFSG
        RelatedId reference(User)>Related NFSG
        Type picklist(40) CFSGR
        Email email(255) NCUFSG
        OwnerId reference(Organization,User)>Owner NFSG
        DoesSendEmailToMembers boolean CUFSG
    """,
    "PermissionSet": """
        Name string(80) CUFSG
        Label string(80) CUFSG
        Description string(255) NCUFSG
    """,
    "FieldPermissions": """
        ParentId reference(PermissionSet)>Parent CFSG
        SobjectType picklist(40) CFSG
        Field picklist(255) CFSG
        PermissionsRead boolean CUFSG
        PermissionsEdit boolean CUFSG
    """,
    "PermissionSetAssignment": """
        AssigneeId reference(User)>Assignee CFSG
        PermissionSetId reference(PermissionSet)>PermissionSet CFSG
    """,
    "QueueSobject": """
        QueueId reference(Group)>Queue CFSG
        SobjectType picklist(40) CFSGR
    """,
    "CustomNotificationType": """
        CustomNotifTypeName string(80) CUFSG
        DeveloperName string(80) CUFSG
        MasterLabel string(80) CUFSG
        Description textarea(255) NCUFSG
        Desktop boolean CUFSG
        Mobile boolean CUFSG
        Language picklist(40) NCUFSG
    """,
}

PICKLISTS: Final[dict[str, tuple[str, ...]]] = {
    "User.UserType": ("Standard", "PowerPartner", "Guest"),
    "Group.Type": ("Regular", "Role", "RoleAndSubordinates", "Organization", "Queue"),
}

DEFAULTS: Final[dict[str, str]] = {
    "User.TimeZoneSidKey": "UTC",
    "User.LocaleSidKey": "en_US",
    "User.LanguageLocaleKey": "en_US",
    "User.UserType": "Standard",
    "Group.Type": "Queue",
}
