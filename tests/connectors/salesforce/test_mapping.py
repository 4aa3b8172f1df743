"""Salesforce's records -> canonical rows, as tables: what came, and what it is taken for."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from connectors.errors import Refused
from connectors.model import STREAMS
from connectors.salesforce import activities, mapping
from connectors.salesforce.mapping import Known, Page
from connectors.salesforce.pull import MAPPERS

STAMP = "2026-11-12T09:30:00.000+0000"
DEAL, ACCOUNT, CONTACT, LEAD, USER = (
    prefix + "000000000001AAA" for prefix in ("006", "001", "003", "00Q", "005")
)


def row(name: str, known: Known | None = None, **record: Any) -> dict[str, Any]:
    """One record through its object's mapping and the schema's casts."""
    streams = {
        "Opportunity": "deals",
        "OpportunityHistory": "stage_changes",
        "User": "owners",
        "OpportunityContactRole": "links",
        "Group": "owners",
        "Quote": "proposals",
        "Account": "accounts",
        "Contact": "contacts",
    }
    page = Page([{"Id": "x", "IsDeleted": False, "SystemModstamp": STAMP} | record], of=name)
    stream = streams.get(name, "activities")
    columns = MAPPERS[name](page, known or Known())
    made = mapping.batch(stream, page, columns, "SystemModstamp")
    assert made.schema == STREAMS[stream]
    return dict(made.to_pylist()[0])


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def test_every_object_maps_an_empty_record() -> None:
    """Fields that nobody filled, or that are hidden, are null and break nothing."""
    for name in MAPPERS:
        made = row(name)
        assert made["id"] == "x"
        assert made["deleted"] is False
        assert made["modified_at"] == utc("2026-11-12T09:30:00")


def test_a_deal_keeps_its_cents_its_dates_and_its_label() -> None:
    """Money is exact, a date stays a date, and the stage is what people see on the screen."""
    made = row(
        "Opportunity",
        Known(stage_labels={"neg": "Negotiation"}),
        Name="Rollout",
        StageName="neg",
        IsClosed=False,
        IsWon=False,
        Probability=Decimal("75.5"),
        Amount=Decimal("1234567890123456.78"),
        CloseDate="2026-12-31",
        CurrencyIsoCode="EUR",
        NextStep="Call",
        OwnerId=USER,
        AccountId=ACCOUNT,
        CreatedDate=STAMP,
        LastStageChangeDate="2026-11-01T23:59:59.000+0000",
    )
    assert made["amount"] == Decimal("1234567890123456.7800")
    assert made["close_date"] == dt.date(2026, 12, 31)
    assert (made["stage"], made["state"], made["probability"]) == ("Negotiation", "open", 75.5)
    assert made["stage_changed_at"] == utc("2026-11-01T23:59:59")


@pytest.mark.parametrize(
    ("closed", "won", "state"),
    [
        (False, False, "open"),
        (True, True, "won"),
        (True, False, "lost"),
        (None, None, None),
        (True, None, None),
        (False, None, "open"),
    ],
)
def test_the_state_of_a_deal(closed: bool | None, won: bool | None, state: str | None) -> None:
    """Won or lost only where Salesforce says so; hidden stays unknown."""
    assert row("Opportunity", IsClosed=closed, IsWon=won)["state"] == state


@pytest.mark.parametrize(
    ("amount", "kept"),
    [(5, Decimal("5")), (Decimal("0.00001"), Decimal("0")), (None, None), (Decimal("1E+20"), None)],
)
def test_amounts_at_the_edges(amount: Any, kept: Decimal | None) -> None:
    """Whole numbers, tiny fractions, nothing, and a number no currency field can hold."""
    assert row("Opportunity", Amount=amount)["amount"] == kept


@pytest.mark.parametrize(
    "record",
    [
        {"Amount": "much"},
        {"CloseDate": "31.12.2026"},
        {"CreatedDate": "2026-11-12T09:30:00"},
        {"Name": 5},
        {"Probability": "half"},
        {"Amount": Decimal("NaN")},
    ],
)
def test_a_value_that_cannot_be_is_refused_with_its_place(record: dict[str, Any]) -> None:
    """A wrong value is never stored as another one, and the message quotes nothing of it."""
    with pytest.raises(Refused, match=r"value for Opportunity\.") as caught:
        row("Opportunity", **record)
    assert "much" not in str(caught.value)


def test_texts_lose_what_no_text_should_hold() -> None:
    """NUL goes, half a surrogate pair is marked, everything else stays."""
    assert row("Account", Name="A\x00b\ud800 ü 🙂")["name"] == "Ab� ü 🙂"


@pytest.mark.parametrize(
    ("task", "kind", "direction", "automated"),
    [
        ({"TaskSubtype": "Call", "CallType": "Inbound"}, "call", "inbound", False),
        ({"TaskSubtype": "Call", "CallType": "Outbound"}, "call", "outbound", False),
        ({"TaskSubtype": "Call", "CallType": "Internal"}, "call", "internal", False),
        ({"TaskSubtype": "Call"}, "call", None, False),
        ({"TaskSubtype": "Email"}, "email", "outbound", None),
        ({"TaskSubtype": "ListEmail"}, "email", "outbound", True),
        ({"TaskSubtype": "Cadence"}, "email", "outbound", True),
        ({"TaskSubtype": "LinkedIn"}, "message", None, False),
        ({"TaskSubtype": "Task", "Type": "Call"}, "call", None, False),
        ({"TaskSubtype": "Task", "Type": "Email"}, "email", "outbound", None),
        ({"TaskSubtype": "Task", "Type": "Meeting"}, "meeting", None, False),
        ({"TaskSubtype": "Task", "Type": "Prep"}, "task", None, False),
        ({"TaskSubtype": "Task", "CallType": "Outbound"}, "call", "outbound", False),
        ({}, "task", None, False),
    ],
)
def test_what_a_task_is(
    task: dict[str, Any], kind: str, direction: str | None, automated: bool | None
) -> None:
    """Subtype first, then type, then the traces of a call; else it is a task."""
    made = row("Task", **task)
    assert (made["kind"], made["direction"], made["automated"]) == (kind, direction, automated)


@pytest.mark.parametrize(
    ("disposition", "outcome"),
    [
        ("Connected", "connected"),
        ("  NO ANSWER ", "no_answer"),
        ("No-Answer", "no_answer"),
        ("Busy", "busy"),
        ("Voicemail", "voicemail"),
        ("Left Voicemail", "voicemail"),
        ("left message", "left_message"),
        ("Wrong number!", "wrong_number"),
        ("not connected", "no_answer"),
        ("Cancelled", "canceled"),
        ("No show", "no_show"),
        ("Interested in the blue one", None),
        ("", None),
        (None, None),
    ],
)
def test_the_outcome_of_a_call(disposition: str | None, outcome: str | None) -> None:
    """Known words in any spelling; a word nobody knows is no outcome."""
    assert row("Task", TaskSubtype="Call", CallDisposition=disposition)["outcome"] == outcome


@pytest.mark.parametrize(
    ("done", "day", "completed", "at"),
    [
        (True, "2026-11-10", "2026-11-12T09:30:00.000+0000", "2026-11-10T23:59:59"),
        (True, "2026-11-12", "2026-11-12T09:30:00.000+0000", "2026-11-12T09:30:00"),
        (True, "2026-11-20", "2026-11-12T09:30:00.000+0000", "2026-11-12T09:30:00"),
        (True, None, "2026-11-12T09:30:00.000+0000", "2026-11-12T09:30:00"),
        (True, None, None, "2026-11-01T08:00:00"),
        (True, "2026-11-10", None, "2026-11-10T23:59:59"),
        (True, "2026-12-24", None, "2026-11-12T09:30:00"),
        (False, "2026-11-20", None, "2026-11-20T00:00:00"),
        (False, None, None, "2026-11-01T08:00:00"),
    ],
)
def test_when_a_task_took_place(
    done: bool, day: str | None, completed: str | None, at: str
) -> None:
    """A call logged later took place on its date; one ticked off early, when it was ticked off."""
    made = row(
        "Task",
        IsClosed=done,
        ActivityDate=day,
        CompletedDateTime=completed,
        CreatedDate="2026-11-01T08:00:00.000+0000",
    )
    assert made["at"] == utc(at)
    assert made["done"] is done


@pytest.mark.parametrize(
    ("links", "deals", "accounts", "contacts", "outsiders"),
    [
        ({"WhatId": DEAL, "WhoId": CONTACT, "AccountId": ACCOUNT}, [DEAL], [ACCOUNT], [CONTACT], 1),
        ({"WhatId": ACCOUNT, "AccountId": ACCOUNT}, [], [ACCOUNT], [], None),
        ({"WhoId": LEAD}, [], [], [], 1),
        ({}, [], [], [], None),
    ],
)
def test_what_a_task_belongs_to(
    links: dict[str, str],
    deals: list[str],
    accounts: list[str],
    contacts: list[str],
    outsiders: int | None,
) -> None:
    """The prefix of an id says what it is; an account is named once."""
    made = row("Task", **links)
    assert (made["deal_ids"], made["account_ids"], made["contact_ids"]) == (
        deals,
        accounts,
        contacts,
    )
    assert made["outsiders"] == outsiders


def test_each_row_keeps_its_own_links() -> None:
    """Rows of a page are not mixed up: several, one, the same twice, none."""
    other = ACCOUNT[:-4] + "2AAA"
    links = [(ACCOUNT, other), (DEAL, other), (ACCOUNT, ACCOUNT), (None, None)]
    records = [
        {"Id": "x", "SystemModstamp": STAMP, "WhatId": what, "AccountId": account}
        for what, account in links
    ]
    made = activities.tasks(Page(records), Known())
    assert made["account_ids"].to_pylist() == [[ACCOUNT, other], [other], [ACCOUNT], []]
    assert made["deal_ids"].to_pylist() == [[], [DEAL], [], []]


def test_mails_of_one_page_are_counted_each_for_itself() -> None:
    """The same client in two mails, twice in one, and a mail to nobody."""
    to = ["a@c.example; A@c.example.; b@c.example", "a@c.example", "dana@ours.example", None]
    records = [{"Id": "x", "Incoming": False, "ToAddress": one} for one in to]
    made = activities.emails(Page(records), PEOPLE)
    assert made["outsiders"].to_pylist() == [2, 1, 0, None]


def test_a_task_of_which_only_the_day_is_known() -> None:
    """Done, and nothing says when it was ticked off: its day stands for it."""
    hidden = {"SystemModstamp": None, "CreatedDate": None, "CompletedDateTime": None}
    made = row("Task", IsClosed=True, ActivityDate="2026-11-10", **hidden)
    assert made["at"] == utc("2026-11-10T23:59:59")


def test_the_length_of_a_call() -> None:
    """Seconds, as Salesforce keeps them."""
    assert row("Task", CallDurationInSeconds=95)["duration_seconds"] == 95


@pytest.mark.parametrize(
    ("record", "ours"),
    [
        ({"Followthrough_Key__c": "ft_" + "a" * 26}, True),
        ({"Description": "Purpose: x\nref: won-no-follow-up@1 · ft_" + "b2" * 13 + " · r1"}, True),
        ({"Description": "x\n[ft:ft_abcdefgh]"}, True),
        ({"Description": "I saw ref: somewhere, ft_short"}, False),
        ({"Description": "we follow up ft_" + "b2" * 13}, False),
        ({"Followthrough_Key__c": None, "Description": None}, False),
        ({}, False),
    ],
)
def test_our_own_tasks_are_known(record: dict[str, Any], ours: bool) -> None:
    """By the key, or by the mark in the text where an org has no key; not by a rep's words."""
    assert activities.ours(Page([{"Id": "x"} | record])).to_pylist() == [ours]


@pytest.mark.parametrize(
    ("event", "at", "outsiders", "outcome", "seconds"),
    [
        (
            {
                "StartDateTime": STAMP,
                "WhoId": CONTACT,
                "DurationInMinutes": 30,
                "Subject": "Kick-off",
            },
            "2026-11-12T09:30:00",
            1,
            None,
            1800,
        ),
        (
            {"StartDateTime": STAMP, "WhoId": None, "Subject": "Canceled: Kick-off"},
            "2026-11-12T09:30:00",
            0,
            "canceled",
            None,
        ),
        (
            {
                "StartDateTime": STAMP,
                "WhoCount": 3,
                "WhoId": CONTACT,
                "Subject": "Cancelled - Demo",
            },
            "2026-11-12T09:30:00",
            3,
            "canceled",
            None,
        ),
        (
            {"ActivityDate": "2026-11-13", "IsAllDayEvent": True, "Type": "No Show"},
            "2026-11-13T00:00:00",
            None,
            "no_show",
            None,
        ),
        (
            {"StartDateTime": STAMP, "Subject": "We cancelled: what now", "Type": "Meeting"},
            "2026-11-12T09:30:00",
            None,
            None,
            None,
        ),
    ],
)
def test_what_an_event_is(
    event: dict[str, Any], at: str, outsiders: int | None, outcome: str | None, seconds: int | None
) -> None:
    """A meeting; called off only where the calendar's own prefix or its type says so."""
    made = row("Event", **event)
    assert (made["kind"], made["done"], made["direction"]) == ("meeting", True, None)
    assert made["at"] == utc(at)
    assert (made["outsiders"], made["outcome"]) == (outsiders, outcome)
    assert made["duration_seconds"] == seconds


PEOPLE = Known(user_by_email={"dana@ours.example": USER}, domains=frozenset({"ours.example"}))


def test_a_mail_we_sent() -> None:
    """Outbound, by the sender, counted by its outside recipients; its task yields to it."""
    made = row(
        "EmailMessage",
        PEOPLE,
        Incoming=False,
        Status="3",
        MessageDate=STAMP,
        Subject="Offer",
        FromAddress="Dana@Ours.example",
        ToAddress="a@client.example; bo@ours.example",
        CcAddress="c@client.example",
        TextBody="Hello",
        ActivityId="00T1",
        RelatedToId=DEAL,
        CreatedById="005other",
        IsBounced=False,
    )
    assert (made["kind"], made["direction"], made["done"]) == ("email", "outbound", True)
    assert (made["owner_id"], made["outsiders"], made["same_as"]) == (USER, 2, "00T1")
    assert (made["deal_ids"], made["text"], made["outcome"]) == ([DEAL], "Hello", None)
    assert made["automated"] is None
    assert made["contact_ids"] is None


def test_a_mail_we_got() -> None:
    """Inbound, owned by the first of us it went to, from one outsider."""
    made = row(
        "EmailMessage",
        PEOPLE,
        Incoming=True,
        Status="0",
        MessageDate=STAMP,
        FromAddress="a@client.example",
        ToAddress='"Dana" <dana@ours.example>',
        RelatedToId=ACCOUNT,
        HtmlBody="<p>Hi&nbsp;Dana,</p><style>p{}</style>thanks<br>Al",
        CreatedById="005other",
    )
    assert (made["direction"], made["owner_id"], made["outsiders"]) == ("inbound", USER, 1)
    assert made["account_ids"] == [ACCOUNT]
    assert made["text"] == "Hi Dana,\nthanks\nAl"


@pytest.mark.parametrize(
    ("mail", "column", "value"),
    [
        ({"Status": "5"}, "done", False),
        ({"Status": None}, "done", None),
        ({"IsBounced": True}, "outcome", "bounced"),
        ({"Incoming": None}, "direction", None),
        ({"FromAddress": "x@y.example", "CreatedById": USER}, "owner_id", USER),
        ({"TextBody": "  ", "HtmlBody": "<b>x</b>"}, "text", "x"),
        ({"TextBody": "y" * 70_000}, "text", "y" * 65_536),
        ({"ToAddress": "a@b.example"}, "outsiders", None),
    ],
)
def test_odd_mails(mail: dict[str, Any], column: str, value: Any) -> None:
    """Drafts, bounces, unknown senders, empty bodies, endless bodies, unknown colleagues."""
    assert row("EmailMessage", **mail)[column] == value


def test_a_note_belongs_to_what_it_hangs_on() -> None:
    """A note on a contact, an account or a deal."""
    for parent, column in ((DEAL, "deal_ids"), (ACCOUNT, "account_ids"), (CONTACT, "contact_ids")):
        made = row("Note", ParentId=parent, Title="Lunch", Body="spoke with Al", CreatedDate=STAMP)
        assert made[column] == [parent]
        assert (made["kind"], made["subject"], made["at"]) == (
            "note",
            "Lunch",
            utc("2026-11-12T09:30:00"),
        )


def test_owners_are_people_and_queues() -> None:
    """A queue owns without being a person."""
    person = row(
        "User",
        Name="Dana",
        Email="d@x.example",
        IsActive=False,
        ManagerId=USER,
        TimeZoneSidKey="Europe/Berlin",
    )
    assert (person["is_queue"], person["active"], person["time_zone"]) == (
        False,
        False,
        "Europe/Berlin",
    )
    queue = row("Group", Name="Desk")
    assert (queue["is_queue"], queue["active"], queue["time_zone"]) == (True, True, None)


@pytest.mark.parametrize(
    ("status", "presented"),
    [
        ("Presented", True),
        ("Accepted", True),
        ("Draft", False),
        ("Sent by post", None),
        (None, None),
    ],
)
def test_a_quote_was_presented_or_not(status: str | None, presented: bool | None) -> None:
    """By Salesforce's own words; an org's own word is not guessed at."""
    made = row("Quote", Status=status, OpportunityId=DEAL, CreatedDate=STAMP)
    assert (made["presented"], made["deal_id"]) == (presented, DEAL)
