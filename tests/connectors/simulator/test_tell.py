"""Telling a story to a Salesforce org: what the org then holds, at any moment of telling."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

import pytest

from connectors.simulator.salesforce.org import Org
from connectors.simulator.salesforce.schema import Field
from connectors.simulator.salesforce.seed import Stage
from connectors.simulator.salesforce.tell import STAGES, Told, tell
from connectors.simulator.story import Story, StoryError, read_story

MONDAY = dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.UTC)
WEDNESDAY = dt.datetime(2026, 11, 25, 12, 0, tzinfo=dt.UTC)
SUNDAY_NIGHT = dt.datetime(2026, 11, 22, 23, 58, tzinfo=dt.UTC)
SPRING = dt.datetime(2026, 3, 30, 0, 3, tzinfo=dt.UTC)  # clocks went forward the day before
NOWS = (MONDAY, WEDNESDAY, SUNDAY_NIGHT, SPRING)

TOLD = (
    "User",
    "Group",
    "Account",
    "Contact",
    "Opportunity",
    "OpportunityHistory",
    "OpportunityContactRole",
    "Task",
    "Event",
    "EmailMessage",
    "Note",
)
STAMPS = ("CreatedDate", "LastModifiedDate", "SystemModstamp", "CompletedDateTime", "MessageDate")


@pytest.fixture(scope="module")
def story() -> Story:
    """The story of the demo."""
    return read_story()


def told_at(story: Story, now: dt.datetime, **settings: Any) -> tuple[Org, Told]:
    """An org that stands at `now` and has been told the story."""
    org = Org(clock=lambda: now, **settings)
    return org, tell(story, org, now)


@pytest.fixture(scope="module")
def monday(story: Story) -> tuple[Org, Told]:
    """The story told on a Monday morning."""
    return told_at(story, MONDAY)


def rows(org: Org, entity: str) -> list[dict[str, Any]]:
    """Every record the story put into an object, without the org's own user."""
    return [dict(one) for one in org.store.all(entity) if one["Id"] != org.user_id]


def about(org: Org, told: Told, entity: str, field: str, deal: str) -> list[dict[str, Any]]:
    """The records of an object that hang on a deal."""
    return [one for one in rows(org, entity) if one[field] == told.deals[deal]]


@pytest.mark.parametrize("now", NOWS)
def test_nothing_is_stamped_later_than_ten_minutes_ago(story: Story, now: dt.datetime) -> None:
    """On any weekday and at any hour every stamp of the story lies back."""
    org, _ = told_at(story, now)
    latest = (now - dt.timedelta(minutes=10)).strftime("%Y-%m-%dT%H:%M:%SZ")
    late = [
        (entity, one["Id"], stamp)
        for entity in TOLD
        for one in rows(org, entity)
        for stamp in STAMPS
        if str(one.get(stamp) or "") > latest
    ]
    assert late == []


@pytest.mark.parametrize("now", NOWS)
def test_only_what_is_planned_lies_ahead(story: Story, now: dt.datetime) -> None:
    """One meeting is still to come and only open tasks are due later; no other date is ahead."""
    org, _ = told_at(story, now)
    today = now.astimezone(story.zone).date().isoformat()
    ahead = [one["Subject"] for one in rows(org, "Event") if one["ActivityDate"] > today]
    assert ahead == ["Begehung dritter Stock"]
    due = [one for one in rows(org, "Task") if one["ActivityDate"] > today]
    assert [one["IsClosed"] for one in due] == [0] * len(due)
    assert due
    closed = [one["CloseDate"] for one in rows(org, "Opportunity") if one["IsClosed"]]
    assert max(closed) <= today


def test_every_part_of_the_story_arrives(monday: tuple[Org, Told]) -> None:
    """So many records of each object, twins and copies included."""
    org, _ = monday
    assert {entity: len(rows(org, entity)) for entity in TOLD} == {
        "User": 8,
        "Group": 1,
        "Account": 14,
        "Contact": 26,
        "Opportunity": 28,
        "OpportunityHistory": 88,
        "OpportunityContactRole": 38,
        "Task": 117,
        "Event": 26,
        "EmailMessage": 66,
        "Note": 4,
    }


def test_the_same_moment_gives_the_same_records(story: Story, monday: tuple[Org, Told]) -> None:
    """Told twice at one moment, every record is the same but for what hangs on ids."""
    again, _ = told_at(story, MONDAY)
    for entity in TOLD:
        assert without_ids(rows(again, entity)) == without_ids(rows(monday[0], entity))


def test_another_moment_gives_other_records(story: Story, monday: tuple[Org, Told]) -> None:
    """Told on a Wednesday, the same deals have later stamps."""
    later, _ = told_at(story, WEDNESDAY)
    assert without_ids(rows(later, "Task")) != without_ids(rows(monday[0], "Task"))


def without_ids(records: list[dict[str, Any]]) -> list[Mapping[str, Any]]:
    """Records with every id taken out."""
    an_id = re.compile(r"[0-9A-Za-z]{15}[0-9A-Z]{3}|[0-9a-zA-Z]{18}")
    return [
        {name: value for name, value in one.items() if not an_id.fullmatch(str(value))}
        for one in records
    ]


def test_a_deal_has_the_history_of_its_stages(monday: tuple[Org, Told]) -> None:
    """Each entry into a stage is a row at its moment; the last is what the deal says of itself."""
    org, told = monday
    name = "HPLC line, building 2"
    history = about(org, told, "OpportunityHistory", "OpportunityId", name)
    assert [(one["StageName"], one["CreatedDate"][:10]) for one in history] == [
        ("Prospecting", "2026-08-27"),
        ("Qualification", "2026-09-16"),
        ("Proposal/Price Quote", "2026-10-12"),
        ("Negotiation/Review", "2026-10-29"),
        ("Closed Won", "2026-11-11"),
    ]
    deal = org.get("Opportunity", told.deals[name])
    assert (deal["IsWon"], deal["LastStageChangeDate"]) == (True, "2026-11-11T11:20:00.000+0000")
    assert deal["CloseDate"] == "2026-11-11"


def test_a_change_of_amount_is_history_without_a_new_stage(monday: tuple[Org, Told]) -> None:
    """The trap for whoever reads the last history row as the entry into the stage."""
    org, told = monday
    name = "Prüfmaschine für Faserverbund"
    history = about(org, told, "OpportunityHistory", "OpportunityId", name)
    assert [(one["StageName"], one["Amount"]) for one in history[-2:]] == [
        ("Proposal/Price Quote", 141000.0),
        ("Proposal/Price Quote", 134000.0),
    ]


def test_each_mail_has_its_one_task(monday: tuple[Org, Told]) -> None:
    """A mail stands twice in the org, as itself and as the task it names."""
    org, _ = monday
    paired = [one["ActivityId"] for one in rows(org, "EmailMessage")]
    tasks = {one["Id"]: one for one in rows(org, "Task") if one["TaskSubtype"] == "Email"}
    assert sorted(paired) == sorted(tasks)
    assert all(one["CompletedDateTime"] for one in tasks.values())


def test_a_mail_to_the_contact_hangs_on_no_deal(monday: tuple[Org, Told]) -> None:
    """The mail about the commissioning leads to the contact only, through its task."""
    org, told = monday
    mail = next(m for m in rows(org, "EmailMessage") if "Inbetriebnahme" in m["Subject"])
    task = org.get("Task", mail["ActivityId"])
    assert mail["RelatedToId"] is None
    assert (task["WhatId"], task["WhoId"]) == (None, told.contacts["Friederike Halbach"])


def test_mail_no_person_wrote_is_list_mail(monday: tuple[Org, Told]) -> None:
    """The two automatic mails are tasks of their own kind, and no mails."""
    org, _ = monday
    listed = [one["Subject"] for one in rows(org, "Task") if one["TaskSubtype"] == "ListEmail"]
    assert len(listed) == 2
    assert not {one["Subject"] for one in rows(org, "EmailMessage")} & set(listed)


def test_colleagues_have_copies_of_a_meeting(monday: tuple[Org, Told]) -> None:
    """A meeting with two colleagues is three events, of which two are children, all described."""
    org, _ = monday
    kick_off = [one for one in rows(org, "Event") if one["Subject"] == "Lancement et formation"]
    assert sorted(one["IsChild"] for one in kick_off) == [0, 1, 1]
    assert len({one["OwnerId"] for one in kick_off}) == 3
    assert len({one["Description"] for one in kick_off}) == 1
    assert all(one["CreatedDate"] < one["StartDateTime"] for one in kick_off)


def test_a_meeting_that_failed_says_so_in_its_subject(monday: tuple[Org, Told]) -> None:
    """Salesforce has no outcome of a meeting; calendars write it before the subject."""
    subjects = {one["Subject"] for one in rows(monday[0], "Event")}
    assert "No show: Follow-up with the wards" in subjects
    assert "Canceled: Décision titrateurs" in subjects
    assert "Lancement et formation" in subjects


def test_who_wrote_a_record_is_a_person_of_the_story(monday: tuple[Org, Told]) -> None:
    """Activities are created by whoever did them; afterwards the org's user calls again."""
    org, told = monday
    call = next(t for t in rows(org, "Task") if "Introduced myself" in str(t["Description"]))
    assert call["CreatedById"] == told.people["Moira Kettlewell"] == call["OwnerId"]
    assert org.get("User", org.user_id)["Name"] == "Integration User"


def test_people_have_managers_zones_and_one_has_left(monday: tuple[Org, Told]) -> None:
    """A rep's manager and time zone arrive, and the one who left is not active but keeps deals."""
    org, told = monday
    harlan = org.get("User", told.people["Harlan Pruitt"])
    assert harlan["ManagerId"] == told.people["Moira Kettlewell"]
    assert harlan["TimeZoneSidKey"] == "America/Chicago"
    away = [one["Name"] for one in rows(org, "User") if not one["IsActive"]]
    assert away == ["Rufus Oakhanger"]
    deal = org.get("Opportunity", told.deals["Autoclaves, sterile services"])
    assert deal["OwnerId"] == told.people["Rufus Oakhanger"]


def test_the_queue_keeps_tasks(monday: tuple[Org, Told]) -> None:
    """The order desk has one task open and one done."""
    org, told = monday
    desk = [one for one in rows(org, "Task") if one["OwnerId"] == told.people["Order Desk"]]
    assert sorted(one["Status"] for one in desk) == ["Completed", "Not Started"]


def test_an_org_with_several_currencies_has_them(story: Story) -> None:
    """Where deals have a currency field it is filled; other orgs refuse nothing for lack of it."""
    field = Field(name="CurrencyIsoCode", type="picklist", length=3, createable=True, nillable=True)
    org, told = told_at(story, MONDAY, extra_fields={"Opportunity": (field,)})
    assert org.get("Opportunity", told.deals["Gloss meters"])["CurrencyIsoCode"] == "GBP"


def test_an_org_without_the_stages_gets_nothing(story: Story) -> None:
    """An org with stages of its own is told so in sentences, and stays empty."""
    org = Org(clock=lambda: MONDAY, stages=(Stage(name="Prospecting", probability=10),))
    with pytest.raises(StoryError, match="no stage “Closed Won”") as caught:
        tell(story, org, MONDAY)
    assert len(caught.value.problems) == len(STAGES) - 1
    assert rows(org, "Account") == []


def test_a_moment_without_a_zone_is_refused(story: Story) -> None:
    """Nobody knows when a naive moment is."""
    with pytest.raises(ValueError, match="aware"):
        tell(story, Org(clock=lambda: MONDAY), MONDAY.replace(tzinfo=None))
