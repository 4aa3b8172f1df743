"""What an org does by itself and what it refuses, through the door Python uses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.simulator.salesforce.errors import NotSimulated, SalesforceError
from connectors.simulator.salesforce.org import Org
from connectors.simulator.salesforce.schema import Field
from connectors.simulator.salesforce.seed import Stage

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
DEAL = {"Name": "Lobby refit", "StageName": "Prospecting", "CloseDate": "2026-04-30"}


@pytest.fixture
def org() -> Iterator[Org]:
    """An org whose clock stands at noon of 2 March 2026."""
    one = Org(clock=lambda: NOON)
    yield one
    one.close()


def refusal(org: Org, entity: str, values: dict[str, object]) -> SalesforceError:
    """The refusal of a create."""
    with pytest.raises(SalesforceError) as caught:
        org.insert(entity, values)
    return caught.value


# ------------------------------------------------------------------ opportunities


def test_a_deal_takes_its_facts_from_its_stage(org: Org) -> None:
    """Probability, forecast and closed marks come with the stage."""
    deal = org.get("Opportunity", org.insert("Opportunity", {**DEAL, "Amount": Decimal("250.50")}))
    facts = ("Probability", "IsClosed", "IsWon", "ForecastCategoryName", "ExpectedRevenue")
    assert [deal[name] for name in facts] == [10.0, False, False, "Pipeline", 25.05]
    assert (deal["FiscalYear"], deal["FiscalQuarter"], deal["Fiscal"]) == (2026, 2, "2026 2")
    assert deal["LastStageChangeDate"] is None


def test_a_won_deal_is_closed_and_says_since_when(org: Org) -> None:
    """Moving to a won stage sets the marks and the moment of the change."""
    deal_id = org.insert("Opportunity", DEAL)
    org.update("Opportunity", deal_id, {"StageName": "Closed Won"})
    deal = org.get("Opportunity", deal_id)
    assert (deal["IsClosed"], deal["IsWon"], deal["Probability"]) == (True, True, 100.0)
    assert deal["LastStageChangeDate"] == "2026-03-02T12:00:00.000+0000"


def test_a_probability_given_with_the_stage_stays(org: Org) -> None:
    """A person's own probability beats the stage's, but a new stage brings its own again."""
    deal_id = org.insert("Opportunity", {**DEAL, "Probability": 35})
    assert org.get("Opportunity", deal_id)["Probability"] == 35.0
    org.update("Opportunity", deal_id, {"StageName": "Needs Analysis"})
    assert org.get("Opportunity", deal_id)["Probability"] == 20.0


def test_history_has_a_row_for_each_change_that_counts(org: Org) -> None:
    """Create, stage, amount and date write history; a next step does not."""
    deal_id = org.insert("Opportunity", DEAL)
    for change in ({"NextStep": "call"}, {"Amount": 900}, {"StageName": "Qualification"}):
        org.update("Opportunity", deal_id, change)
    rows = org.query(
        "SELECT StageName, Amount, PrevAmount FROM OpportunityHistory ORDER BY Id"
    ).records
    told = [(row["StageName"], row["Amount"], row["PrevAmount"]) for row in rows]
    assert told == [
        ("Prospecting", None, None),
        ("Prospecting", 900.0, None),
        ("Qualification", 900.0, 900.0),
    ]
    deal = org.get("Opportunity", deal_id)
    assert deal["LastAmountChangedHistoryId"] is not None
    assert deal["LastCloseDateChangedHistoryId"] is None


def test_pushing_a_deal_to_a_later_month_is_counted(org: Org) -> None:
    """A later month counts as a push; a later day of the same month does not."""
    deal_id = org.insert("Opportunity", DEAL)
    org.update("Opportunity", deal_id, {"CloseDate": dt.date(2026, 4, 30)})
    assert org.get("Opportunity", deal_id)["PushCount"] == 0
    org.update("Opportunity", deal_id, {"CloseDate": dt.date(2026, 5, 1)})
    assert org.get("Opportunity", deal_id)["PushCount"] == 1


def test_an_org_may_have_its_own_stages() -> None:
    """Stages are the org's words; a deal in one takes that stage's facts."""
    org = Org(
        stages=(Stage(name="Gewonnen", probability=100, category="Closed", closed=True, won=True),)
    )
    deal = org.get("Opportunity", org.insert("Opportunity", {**DEAL, "StageName": "Gewonnen"}))
    assert (deal["IsWon"], deal["ForecastCategory"]) == (True, "Closed")


def test_only_one_contact_is_primary(org: Org) -> None:
    """A new primary role takes the mark from the old one, and only of the same deal."""
    deals = [org.insert("Opportunity", DEAL) for _ in range(2)]
    contact = org.insert("Contact", {"LastName": "Hartmann"})
    role = {"ContactId": contact, "IsPrimary": True}
    roles = [
        org.insert("OpportunityContactRole", {**role, "OpportunityId": deal})
        for deal in (deals[0], deals[1], deals[0])
    ]
    marks = [org.get("OpportunityContactRole", one)["IsPrimary"] for one in roles]
    assert marks == [False, True, True]


# ------------------------------------------------------------------ tasks


def test_a_new_task_is_open_with_the_orgs_default_words(org: Org) -> None:
    """Status and priority default to the org's own, the owner to the caller."""
    task = org.get("Task", org.insert("Task", {"Subject": "Call"}))
    facts = ("Status", "Priority", "IsClosed", "IsHighPriority", "CompletedDateTime", "OwnerId")
    assert [task[n] for n in facts] == ["Not Started", "Normal", False, False, None, org.user_id]


def test_a_task_closes_with_its_status_and_opens_again(org: Org) -> None:
    """Completion has its moment while the task is closed and none when it is open again."""
    task_id = org.insert("Task", {"Subject": "Call", "Priority": "High"})
    org.update("Task", task_id, {"Status": "Completed"})
    task = org.get("Task", task_id)
    assert (task["IsClosed"], task["IsHighPriority"]) == (True, True)
    assert task["CompletedDateTime"] == "2026-03-02T12:00:00.000+0000"
    org.update("Task", task_id, {"Status": "In Progress"})
    assert org.get("Task", task_id)["CompletedDateTime"] is None


def test_a_task_finds_its_account(org: Org) -> None:
    """The account comes from the deal, from the account itself, or from the contact."""
    account = org.insert("Account", {"Name": "Harbour"})
    deal = org.insert("Opportunity", {**DEAL, "AccountId": account})
    contact = org.insert("Contact", {"LastName": "Hart", "AccountId": account})
    links: tuple[dict[str, object], ...] = (
        {"WhatId": deal},
        {"WhatId": account},
        {"WhoId": contact},
        {},
    )
    found = [org.get("Task", org.insert("Task", link))["AccountId"] for link in links]
    assert found == [account, account, account, None]


def test_last_activity_counts_closed_tasks_and_events_only(org: Org) -> None:
    """Open tasks do not move LastActivityDate, an event ahead does; no modstamp moves."""
    with org.at(NOON - dt.timedelta(days=9)):
        deal_id = org.insert("Opportunity", DEAL)
    before = org.get("Opportunity", deal_id)
    org.insert("Task", {"WhatId": deal_id, "ActivityDate": "2026-03-30"})
    deal = org.get("Opportunity", deal_id)
    assert (deal["LastActivityDate"], deal["HasOpenActivity"]) == (None, True)
    org.insert("Task", {"WhatId": deal_id, "ActivityDate": "2026-02-27", "Status": "Completed"})
    assert org.get("Opportunity", deal_id)["LastActivityDate"] == "2026-02-27"
    org.insert(
        "Event",
        {"WhatId": deal_id, "StartDateTime": "2026-03-09T10:00:00Z", "DurationInMinutes": 30},
    )
    deal = org.get("Opportunity", deal_id)
    assert deal["LastActivityDate"] == "2026-03-09"
    assert deal["SystemModstamp"] == before["SystemModstamp"]


def test_an_overdue_task_shows_when_time_has_passed(org: Org) -> None:
    """HasOverdueTask follows the clock, not a write."""
    deal_id = org.insert("Opportunity", DEAL)
    org.insert("Task", {"WhatId": deal_id, "ActivityDate": "2026-03-03"})
    soql = "SELECT HasOverdueTask FROM Opportunity"
    assert org.query(soql).records[0]["HasOverdueTask"] is False
    with org.at(NOON + dt.timedelta(days=2)):
        assert org.query(soql).records[0]["HasOverdueTask"] is True


def test_old_activities_are_archived_and_hidden_from_query(org: Org) -> None:
    """A year-old closed task goes, an open one stays, queryAll still has both."""
    org.insert("Task", {"Subject": "old", "ActivityDate": "2025-01-02", "Status": "Completed"})
    org.insert("Task", {"Subject": "open", "ActivityDate": "2025-01-02"})
    assert org.archive() == 1
    assert [r["Subject"] for r in org.query("SELECT Subject FROM Task").records] == ["open"]
    assert org.query("SELECT Id FROM Task", all_rows=True).total_size == 2


# ------------------------------------------------------------------ events and mails


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            {"StartDateTime": "2026-03-02T23:30:00Z", "DurationInMinutes": 60},
            ("2026-03-02T23:30:00.000+0000", "2026-03-03T00:30:00.000+0000", 60, "2026-03-03"),
        ),
        (
            {"ActivityDateTime": "2026-03-02T10:00:00Z", "EndDateTime": "2026-03-02T10:45:00Z"},
            ("2026-03-02T10:00:00.000+0000", "2026-03-02T10:45:00.000+0000", 45, "2026-03-02"),
        ),
        (
            {"IsAllDayEvent": True, "ActivityDate": "2026-03-02"},
            ("2026-03-02T00:00:00.000+0000", "2026-03-02T00:00:00.000+0000", 1440, "2026-03-02"),
        ),
        (
            {"IsAllDayEvent": True, "ActivityDate": "2026-03-02", "DurationInMinutes": 2880},
            ("2026-03-02T00:00:00.000+0000", "2026-03-03T00:00:00.000+0000", 2880, "2026-03-02"),
        ),
    ],
)
def test_an_event_derives_its_other_times(
    given: dict[str, object], told: tuple[object, ...]
) -> None:
    """Start, end, duration and date follow from any two; the date is the org's, not UTC's."""
    org = Org(zone="Europe/Berlin")
    event = org.get("Event", org.insert("Event", given))
    names = ("StartDateTime", "EndDateTime", "DurationInMinutes", "ActivityDate")
    assert tuple(event[name] for name in names) == told


def test_a_moved_event_keeps_its_duration(org: Org) -> None:
    """A new start moves the end along."""
    event = {"StartDateTime": "2026-03-02T10:00:00Z", "DurationInMinutes": 45}
    event_id = org.insert("Event", event)
    org.update("Event", event_id, {"StartDateTime": "2026-03-04T10:00:00Z"})
    assert org.get("Event", event_id)["EndDateTime"] == "2026-03-04T10:45:00.000+0000"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"Subject": "x"}, "REQUIRED_FIELD_MISSING"),
        ({"StartDateTime": "2026-03-02T10:00:00Z"}, "REQUIRED_FIELD_MISSING"),
        (
            {"StartDateTime": "2026-03-02T10:00:00Z", "EndDateTime": "2026-03-02T09:00:00Z"},
            "FIELD_INTEGRITY_EXCEPTION",
        ),
        (
            {"StartDateTime": "2026-03-02T10:00:00Z", "DurationInMinutes": 2_000_000_000},
            "FIELD_INTEGRITY_EXCEPTION",
        ),
        ({"IsChild": True}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
    ],
)
def test_an_event_without_sense_is_refused(org: Org, given: dict[str, object], code: str) -> None:
    """Missing times, an end before the start, and fields nobody may write are refused."""
    assert refusal(org, "Event", given).code == code


def test_an_invitation_is_a_child_event_with_another_owner(org: Org) -> None:
    """The colleague's copy says IsChild, and the first event becomes a group event."""
    user = org.insert("User", {"LastName": "Okafor", "Email": "ben@x.example"})
    start = {"StartDateTime": "2026-03-02T10:00:00Z", "DurationInMinutes": 45}
    parent = org.insert("Event", start)
    child = org.get("Event", org.invite(parent, user))
    assert (child["IsChild"], child["OwnerId"]) == (True, user)
    assert org.get("Event", parent)["IsGroupEvent"] is True
    assert org.get("Event", parent)["IsChild"] is False


def test_a_mail_brings_its_closed_task(org: Org) -> None:
    """Enhanced Email: the mail knows its task, the task its contact, deal and date."""
    contact = org.insert("Contact", {"LastName": "Hart", "Email": "jo@harbour.example"})
    deal = org.insert("Opportunity", DEAL)
    mail_id = org.insert(
        "EmailMessage",
        {
            "Subject": "Quote",
            "TextBody": "Where is it?",
            "Incoming": True,
            "FromAddress": "jo@harbour.example",
            "ToAddress": "us@x.example",
            "RelatedToId": deal,
            "Status": "1",
            "MessageDate": "2026-02-20T08:00:00Z",
        },
    )
    task = org.get("Task", str(org.get("EmailMessage", mail_id)["ActivityId"]))
    facts = ("TaskSubtype", "IsClosed", "WhatId", "WhoId", "ActivityDate", "Subject")
    told = ["Email", True, deal, contact, "2026-02-20", "Email: Quote"]
    assert [task[name] for name in facts] == told


def test_a_draft_brings_no_task(org: Org) -> None:
    """A mail that was never sent did not happen."""
    org.insert("EmailMessage", {"Subject": "Draft", "Status": "5"})
    assert org.query("SELECT Id FROM Task", all_rows=True).total_size == 0


# ------------------------------------------------------------------ refusals

LONG = "x" * 256


@pytest.mark.parametrize(
    ("entity", "given", "code", "message"),
    [
        ("Opportunity", {"Name": "x"}, "REQUIRED_FIELD_MISSING", "[StageName, CloseDate]"),
        ("Contact", {}, "REQUIRED_FIELD_MISSING", "[LastName]"),
        ("Task", {"Subject": LONG}, "STRING_TOO_LONG", "(max length=255)"),
        ("Task", {"Nope__c": 1}, "INVALID_FIELD", "No such column 'Nope__c' on sobject of type"),
        ("Task", {"IsClosed": True}, "INVALID_FIELD_FOR_INSERT_UPDATE", "fields: IsClosed."),
        ("Task", {"CallType": "Sideways"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "Sideways"),
        ("Task", {"OwnerId": "nobody"}, "MALFORMED_ID", "Assigned To ID: id value of incorrect"),
        ("Task", {"WhatId": "005Ft0000000001IAA"}, "MALFORMED_ID", "Related To ID: id value of"),
        ("Task", {"WhatId": "006Ft0000000009IAA"}, "INVALID_CROSS_REFERENCE_KEY", "invalid cross"),
        ("Task", {"ActivityDate": "soon"}, "JSON_PARSER_ERROR", "instance of date"),
        ("Task", {"ActivityDate": "20260302"}, "JSON_PARSER_ERROR", "instance of date"),
        ("Task", {"ReminderDateTime": "2026-03-02T10:00:00"}, "JSON_PARSER_ERROR", "datetime"),
        ("Task", {"ReminderDateTime": "0001-01-01T00:00:00Z"}, "JSON_PARSER_ERROR", "datetime"),
        ("Task", {"CallDurationInSeconds": 1.5}, "JSON_PARSER_ERROR", "instance of int"),
        ("Task", {"CallDurationInSeconds": 2**40}, "NUMBER_OUTSIDE_VALID_RANGE", "numeric field"),
        ("Task", {"Subject": 7}, "JSON_PARSER_ERROR", "string from VALUE_NUMBER_INT"),
        ("Task", {"Subject": "\ud800"}, "JSON_PARSER_ERROR", "string"),
        ("Task", {"IsReminderSet": "perhaps"}, "JSON_PARSER_ERROR", "boolean"),
        ("Opportunity", {**DEAL, "Amount": float("inf")}, "NUMBER_OUTSIDE_VALID_RANGE", "numeric"),
        ("Nonsense", {}, "INVALID_TYPE", "sObject type 'Nonsense' is not supported."),
        ("OpportunityHistory", {}, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "cannot be inserted"),
    ],
)
def test_a_bad_record_is_refused_in_the_vendors_words(
    org: Org, entity: str, given: dict[str, object], code: str, message: str
) -> None:
    """Each kind of mistake has the code and sentence a real org answers."""
    problem = refusal(org, entity, given)
    assert problem.code == code
    assert message in problem.message
    assert problem.status == 400


def test_a_refused_record_leaves_nothing_behind(org: Org) -> None:
    """No row and no history stay of a create that was refused half-way."""
    refusal(org, "Opportunity", {**DEAL, "AccountId": "001Ft0000000009IAA"})
    assert org.query("SELECT Id FROM Opportunity", all_rows=True).total_size == 0
    assert org.query("SELECT Id FROM OpportunityHistory", all_rows=True).total_size == 0


def test_an_inactive_user_owns_nothing_new(org: Org) -> None:
    """The refusal names the user by the short id and the kind of record."""
    user = org.insert("User", {"LastName": "Gone", "Email": "gone@x.example"})
    task_id = org.insert("Task", {"OwnerId": user})
    org.update("User", user, {"IsActive": False})
    problem = refusal(org, "Task", {"OwnerId": user})
    assert problem.code == "INACTIVE_OWNER_OR_USER"
    sentence = f"operation performed with inactive user [{user[:15]}] as owner of task"
    assert problem.message == sentence
    org.update("Task", task_id, {"Subject": "still theirs"})


def test_a_queue_may_own_a_task_and_another_group_may_not(org: Org) -> None:
    """Only groups of type Queue take tasks."""
    queue = org.insert("Group", {"Name": "Inside Sales"})
    crowd = org.insert("Group", {"Name": "Everybody", "Type": "Regular"})
    assert org.get("Task", org.insert("Task", {"OwnerId": queue}))["OwnerId"] == queue
    assert refusal(org, "Task", {"OwnerId": crowd}).code == "INVALID_OPERATION"


def test_a_lead_excludes_a_related_deal(org: Org) -> None:
    """A task about a lead has no other related record."""
    lead = org.insert("Lead", {"LastName": "New", "Company": "Fern"})
    deal = org.insert("Opportunity", DEAL)
    problem = refusal(org, "Task", {"WhoId": lead, "WhatId": deal})
    assert problem.code == "FIELD_INTEGRITY_EXCEPTION"


def test_a_required_field_cannot_be_emptied(org: Org) -> None:
    """An update to nothing is a missing field; other fields may be emptied."""
    deal_id = org.insert("Opportunity", {**DEAL, "NextStep": "call"})
    org.update("Opportunity", deal_id, {"NextStep": ""})
    assert org.get("Opportunity", deal_id)["NextStep"] is None
    with pytest.raises(SalesforceError, match="REQUIRED_FIELD_MISSING"):
        org.update("Opportunity", deal_id, {"StageName": None})


def test_what_nobody_simulates_says_so(org: Org) -> None:
    """A reference by external id and a recurring event are gaps, not refusals."""
    with pytest.raises(NotSimulated, match=r"Task\.Account"):
        org.insert("Task", {"Account": {"Key__c": "x"}})
    start = {"StartDateTime": "2026-03-02T10:00:00Z", "DurationInMinutes": 45}
    with pytest.raises(NotSimulated, match="recurring"):
        org.insert("Event", {**start, "IsRecurrence": True})


def test_a_restricted_status_refuses_other_words(org: Org) -> None:
    """With the switch a foreign word is refused; without it the org takes any word."""
    org.insert("Task", {"Status": "Erledigt"})
    org.restricted = frozenset({"Task.Status"})
    problem = refusal(org, "Task", {"Status": "Erledigt"})
    assert problem.code == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"


# ------------------------------------------------------------------ keys, deletes, permissions


def test_a_key_is_given_once(org: Org) -> None:
    """The second record with a key is refused with the id of the first; case matters."""
    first = org.insert("Task", {"Followthrough_Key__c": "ft_a"})
    problem = refusal(org, "Task", {"Followthrough_Key__c": "ft_a"})
    assert problem.code == "DUPLICATE_VALUE"
    assert problem.message == (
        "duplicate value found: Followthrough_Key__c duplicates value on record with id: "
        + first[:15]
    )
    org.insert("Task", {"Followthrough_Key__c": "FT_A"})
    org.insert("Task", {})
    org.insert("Task", {})


def test_a_unique_field_may_ignore_case() -> None:
    """A unique field that is not case-sensitive refuses the same word in capitals."""
    field = Field(name="Code__c", type="string", length=20, unique=True, external_id=True)
    org = Org(extra_fields={"Account": (field,)})
    org.insert("Account", {"Name": "a", "Code__c": "abc"})
    assert refusal(org, "Account", {"Name": "b", "Code__c": "ABC"}).code == "DUPLICATE_VALUE"


@pytest.mark.parametrize("keeps", [True, False])
def test_a_deleted_record_keeps_its_key_as_the_switch_says(keeps: bool) -> None:
    """Nobody knows what a live org does, so both can be tried."""
    org = Org(deleted_keeps_key=keeps)
    org.delete("Task", org.insert("Task", {"Followthrough_Key__c": "ft_a"}))
    if keeps:
        assert refusal(org, "Task", {"Followthrough_Key__c": "ft_a"}).code == "DUPLICATE_VALUE"
    else:
        assert org.insert("Task", {"Followthrough_Key__c": "ft_a"})


def test_deleting_an_account_takes_its_deals_with_it(org: Org) -> None:
    """The whole family goes to the bin with a new modstamp; strangers stay."""
    with org.at(NOON - dt.timedelta(days=1)):
        account = org.insert("Account", {"Name": "Harbour"})
        deal = org.insert("Opportunity", {**DEAL, "AccountId": account})
        org.insert("Task", {"WhatId": deal})
        stranger = org.insert("Opportunity", DEAL)
    org.delete("Account", account)
    for entity in ("Opportunity", "Task", "OpportunityHistory"):
        soql = f"SELECT IsDeleted, SystemModstamp FROM {entity} ORDER BY Id"
        row = org.query(soql, all_rows=True).records[0]
        assert row["IsDeleted"] is True, entity
        assert row["SystemModstamp"] == "2026-03-02T12:00:00.000+0000", entity
    alive = [row["Id"] for row in org.query("SELECT Id FROM Opportunity").records]
    assert alive == [stranger]


def test_a_deleted_record_is_gone_for_every_verb(org: Org) -> None:
    """Reading, changing, deleting and pointing at it say that it is deleted."""
    deal = org.insert("Opportunity", DEAL)
    org.delete("Opportunity", deal)
    for act in (
        lambda: org.get("Opportunity", deal),
        lambda: org.update("Opportunity", deal, {"Name": "x"}),
        lambda: org.delete("Opportunity", deal),
        lambda: org.insert("Task", {"WhatId": deal}),
    ):
        with pytest.raises(SalesforceError, match="ENTITY_IS_DELETED"):
            act()


def test_users_cannot_be_deleted(org: Org) -> None:
    """A user is made inactive, never deleted."""
    with pytest.raises(SalesforceError, match="METHOD_NOT_ALLOWED"):
        org.delete("User", org.user_id)


def test_a_hidden_field_is_unknown_to_query_and_write(org: Org) -> None:
    """Field-level security looks like absence."""
    org.hidden = frozenset({"Task.Type", "Quote"})
    assert refusal(org, "Task", {"Type": "Call"}).code == "INVALID_FIELD"
    assert refusal(org, "Quote", {"Name": "x"}).code == "INVALID_TYPE"
    with pytest.raises(Exception, match="No such column 'Type'"):
        org.query("SELECT Type FROM Task")


def test_a_read_only_object_and_field_may_be_seen(org: Org) -> None:
    """Without edit permission reading works and writing does not."""
    org.read_only = frozenset({"Note", "Task.Type"})
    assert refusal(org, "Note", {"Title": "x"}).code == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
    assert refusal(org, "Task", {"Type": "Call"}).code == "INVALID_FIELD_FOR_INSERT_UPDATE"
    assert org.query("SELECT Type FROM Task").records == []


@pytest.mark.parametrize("may", [True, False])
def test_audit_fields_need_their_permission(may: bool) -> None:
    """A past creation date may be written with the permission and is refused without."""
    org = Org(audit_fields=may, clock=lambda: NOON)
    values = {**DEAL, "CreatedDate": dt.datetime(2025, 12, 1, 9, tzinfo=dt.UTC)}
    if may:
        deal = org.get("Opportunity", org.insert("Opportunity", values))
        assert deal["CreatedDate"] == "2025-12-01T09:00:00.000+0000"
        assert deal["SystemModstamp"] == "2026-03-02T12:00:00.000+0000"
    else:
        assert refusal(org, "Opportunity", values).code == "INVALID_FIELD_FOR_INSERT_UPDATE"


def test_a_file_keeps_the_org(tmp_path: Path) -> None:
    """A reopened file is the same org: its id, its records, its next ids."""
    first = Org(path=tmp_path / "org.sqlite")
    task = first.insert("Task", {"Subject": "kept"})
    first.close()
    extra = {"Task": (Field(name="Later__c", type="boolean"),)}
    again = Org(path=tmp_path / "org.sqlite", extra_fields=extra)
    assert (again.id, again.user_id) == (first.id, first.user_id)
    assert again.get("Task", task)["Subject"] == "kept"
    assert again.insert("Task", {}) > task
    again.close()


# ------------------------------------------------------------------ anything at all

_ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    st.sampled_from(["2026-03-02", "2026-03-02T10:00:00Z", "9999-12-31T23:59:59-14:00", "00T"]),
    st.sampled_from(["006Ft0000000001IAA", "005Ft0000000001IAA", "Closed Won", "Completed"]),
)


_WHOLE: dict[str, dict[str, object]] = {
    "Task": {},
    "Event": {"StartDateTime": "2026-03-02T10:00:00Z", "DurationInMinutes": 30},
    "Opportunity": {**DEAL},
    "EmailMessage": {"Subject": "x"},
    "User": {"LastName": "x", "Email": "x@x.example"},
}


@pytest.mark.parametrize("entity", sorted(_WHOLE))
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_whatever_is_sent_is_taken_or_refused(entity: str, data: st.DataObject) -> None:
    """No value of any field makes the org fail instead of answering."""
    org = _SHARED
    one = org.visible.object(entity)
    assert one is not None
    writable = sorted(f.name for f in one.fields.values() if f.createable)
    values = data.draw(st.dictionaries(st.sampled_from(writable), _ANYTHING, max_size=4))
    try:
        record_id = org.insert(entity, {**_WHOLE[entity], **values})
    except (SalesforceError, NotSimulated):
        return
    assert org.get(entity, record_id)["Id"] == record_id


_SHARED = Org(clock=lambda: NOON)
