"""Telling a story to a HubSpot portal: what the portal then holds, at any moment of telling."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from connectors.simulator.hubspot.pipelines import Pipeline, Stage
from connectors.simulator.hubspot.portal import Portal
from connectors.simulator.hubspot.tell import STAGES, Told, tell
from connectors.simulator.hubspot.times import millis
from connectors.simulator.story import Story, read_story
from connectors.simulator.story_nouns import Call, Mail, Meeting, Note, ToDo

MONDAY = dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.UTC)
WEDNESDAY = dt.datetime(2026, 11, 25, 12, 0, tzinfo=dt.UTC)
SUNDAY_NIGHT = dt.datetime(2026, 11, 22, 23, 58, tzinfo=dt.UTC)
KINDS = {Call: "calls", Mail: "emails", Meeting: "meetings", Note: "notes", ToDo: "tasks"}


@pytest.fixture(scope="module")
def story() -> Story:
    """The story of the demo."""
    return read_story()


def told_at(story: Story, now: dt.datetime) -> tuple[Portal, Told]:
    """A portal that stands at `now` and has been told the story."""
    portal = Portal(clock=lambda: now)
    return portal, tell(story, portal, now)


@pytest.fixture(scope="module")
def monday(story: Story) -> tuple[Portal, Told]:
    """The story told on a Monday morning."""
    return told_at(story, MONDAY)


def everything(portal: Portal, kind: str) -> list[dict[str, Any]]:
    """Every record of a type as the API shows it."""
    return [portal.get(kind, str(one.id)) for one in portal.store.all(kind)]


def of_deal(portal: Portal, told: Told, deal: str, kind: str) -> list[dict[str, Any]]:
    """The activities of one type that hang on a deal, in order of time."""
    rows = portal.store.rows(
        "SELECT DISTINCT to_id FROM link WHERE from_id = ? AND to_kind = ?",
        int(told.deals[deal]),
        kind,
    )
    found = [portal.get(kind, str(row["to_id"])) for row in rows]
    return sorted(found, key=lambda one: one["hs_timestamp"])


@pytest.mark.parametrize("now", [MONDAY, WEDNESDAY, SUNDAY_NIGHT])
def test_nothing_is_stamped_later_than_ten_minutes_ago(story: Story, now: dt.datetime) -> None:
    """On any day every stamp lies back; only open tasks and one meeting are dated ahead."""
    portal, _ = told_at(story, now)
    latest = millis(now - dt.timedelta(minutes=10))
    stamps = portal.store.rows("SELECT max(updated) AS u, max(created) AS c FROM record")[0]
    assert max(int(stamps["u"] or 0), int(stamps["c"] or 0)) <= latest
    assert int(portal.store.rows("SELECT max(at) AS at FROM history")[0]["at"] or 0) <= latest
    ahead = [
        (kind, one.get("hs_task_status", one.get("hs_meeting_title")))
        for kind in KINDS.values()
        for one in everything(portal, kind)
        if one["hs_timestamp"] > f"{now:%Y-%m-%dT%H:%M:%S}Z"
    ]
    assert {word for kind, word in ahead if kind == "tasks"} <= {"NOT_STARTED"}
    others = [(kind, word) for kind, word in ahead if kind != "tasks"]
    assert others == [("meetings", "Begehung dritter Stock")]


def test_every_part_of_the_story_arrives(story: Story, monday: tuple[Portal, Told]) -> None:
    """As many records as the story has parts: one a meeting, whoever was invited."""
    portal, told = monday
    parts = [one for deal in story.deals for one in deal.activities]
    for noun, kind in KINDS.items():
        count = sum(isinstance(one, noun) for one in parts)
        assert count
        assert len(everything(portal, kind)) == count
    assert len(everything(portal, "deals")) == len(story.deals) == len(told.deals)
    assert len(everything(portal, "companies")) == len(story.accounts)
    assert len(everything(portal, "contacts")) == len(story.contacts)


def test_people_are_owners(story: Story, monday: tuple[Portal, Told]) -> None:
    """Queues are queues, and those who left are archived but own their deals still."""
    portal, told = monday
    owners = {name: portal.owners[int(one)] for name, one in told.people.items()}
    for person in story.people:
        owner = owners[person.name]
        assert owner.name == person.name
        assert (owner.type == "QUEUE") == person.is_queue
        assert owner.archived == (person.left is not None)
    gone = {str(one.id) for one in owners.values() if one.archived}
    assert gone & {one["hubspot_owner_id"] for one in everything(portal, "deals")}


def test_deals_went_through_their_stages(story: Story, monday: tuple[Portal, Told]) -> None:
    """The history of each deal has the story's stages at their moments, and nothing else."""
    portal, told = monday
    labels = {one.id: one.label for one in portal.pipelines[0].stages}
    for deal in story.deals:
        kept = portal.store.history(int(told.deals[deal.name]), "dealstage", 99)
        shown = [(labels[str(row["value"])], row["at"]) for row in reversed(kept)]
        wanted = [
            (STAGES[entry.stage], millis(entry.at.of(MONDAY, story.zone))) for entry in deal.stages
        ]
        assert shown == wanted
        state = portal.get("deals", told.deals[deal.name])
        assert state["hs_is_closed_won"] == str(deal.stage == "Won").lower()
        assert state["hs_is_closed"] == str(deal.stage in ("Won", "Lost")).lower()


def test_a_deal_has_its_company_its_contacts_and_their_roles(
    story: Story, monday: tuple[Portal, Told]
) -> None:
    """The company is the main one; a role is a label."""
    portal, told = monday
    labels = {one.key: one.label for one in portal.link_types}
    for deal in story.deals:
        shown = portal.get("deals", told.deals[deal.name])
        assert shown["hs_primary_associated_company"] == told.accounts[deal.account]
        rows = portal.store.rows(
            "SELECT to_id, category, type_id FROM link WHERE from_id = ? AND to_kind = 'contacts'",
            int(told.deals[deal.name]),
        )
        found = {
            (str(row["to_id"]), labels[str(row["category"]), int(row["type_id"] or 0)])
            for row in rows
        }
        plain = {(told.contacts[name], None) for name in {deal.contact, *deal.roles}}
        roles = {(told.contacts[name], role.capitalize()) for name, role in deal.roles.items()}
        assert found == plain | roles


def test_a_call_says_how_it_went(story: Story, monday: tuple[Portal, Told]) -> None:
    """Every outcome of the story is one of HubSpot's; minutes are milliseconds."""
    portal, _ = monday
    calls = [one for deal in story.deals for one in deal.activities if isinstance(one, Call)]
    shown = everything(portal, "calls")
    with_outcome = [one for one in shown if "hs_call_disposition" in one]
    assert len(with_outcome) == sum(one.outcome is not None for one in calls)
    minutes = sorted(int(one.minutes * 60_000) for one in calls if one.minutes is not None)
    assert sorted(int(one.get("hs_call_duration", -1)) for one in shown)[-len(minutes) :] == minutes


def test_a_mail_nobody_wrote_belongs_to_a_sequence(
    story: Story, monday: tuple[Portal, Told]
) -> None:
    """Automated mails of ours, and no others; sender and receiver are who they were."""
    portal, _ = monday
    mails = [one for deal in story.deals for one in deal.activities if isinstance(one, Mail)]
    automated = sum(one.automated and one.direction == "out" for one in mails)
    shown = everything(portal, "emails")
    assert automated
    assert sum("hs_sequence_id" in one for one in shown) == automated
    ours = {person.email for person in story.people}
    for one in shown:
        incoming = one["hs_email_direction"] == "INCOMING_EMAIL"
        assert (one["hs_email_from_email"] in ours) != incoming
        assert (one["hs_email_to_email"] in ours) == incoming


def test_meetings_end_as_they_did(story: Story, monday: tuple[Portal, Told]) -> None:
    """Held, missed or canceled once over, scheduled until then; with no contact if internal."""
    portal, _ = monday
    meetings = [one for deal in story.deals for one in deal.activities if isinstance(one, Meeting)]
    words = {"held": "COMPLETED", "no_show": "NO_SHOW", "canceled": "CANCELED", None: "SCHEDULED"}
    shown = everything(portal, "meetings")
    wanted = sorted(words[one.outcome] for one in meetings)
    assert sorted(one["hs_meeting_outcome"] for one in shown) == wanted
    alone = [
        one
        for one in shown
        if not portal.store.rows(
            "SELECT 1 FROM link WHERE from_id = ? AND to_kind = 'contacts'",
            int(one["hs_object_id"]),
        )
    ]
    assert len(alone) == sum(one.internal for one in meetings)


def test_an_activity_hangs_where_the_story_says(story: Story, monday: tuple[Portal, Told]) -> None:
    """What is linked to the contact only is not on the deal; what is linked to the deal is."""
    portal, told = monday
    for deal in story.deals:
        for noun, kind in KINDS.items():
            wanted = [
                one for one in deal.activities if isinstance(one, noun) and one.linked == "deal"
            ]
            assert len(of_deal(portal, told, deal.name, kind)) == len(wanted)
    assert any(one.linked != "deal" for deal in story.deals for one in deal.activities)


def test_done_tasks_are_completed_and_open_ones_are_not(
    story: Story, monday: tuple[Portal, Told]
) -> None:
    """By the moment the story tells."""
    portal, _ = monday
    tasks = [one for deal in story.deals for one in deal.activities if isinstance(one, ToDo)]
    done = sorted(millis(one.done.of(MONDAY, story.zone)) for one in tasks if one.done)
    kept = [one.properties.get("hs_task_completion_date") for one in portal.store.all("tasks")]
    assert sorted(int(one) for one in kept if one) == done
    assert None in kept


def test_the_same_moment_gives_the_same_records(story: Story, monday: tuple[Portal, Told]) -> None:
    """Told twice at one moment, every record is the same, ids included."""
    again, _ = told_at(story, MONDAY)
    for kind in ("deals", "contacts", "companies", *KINDS.values()):
        assert everything(again, kind) == everything(monday[0], kind)


def test_a_story_needs_a_moment_and_its_stages(story: Story) -> None:
    """A naive moment and a pipeline with other stages are refused with a sentence."""
    with pytest.raises(ValueError, match="needs a time zone"):
        tell(story, Portal(), MONDAY.replace(tzinfo=None))
    other = Pipeline(id="1", label="Own", stages=(Stage(id="2", label="Start", probability=0.1),))
    portal = Portal(clock=lambda: MONDAY, pipelines=(other,))
    with pytest.raises(ValueError, match="the pipeline Own has no stages Appointment"):
        tell(story, portal, MONDAY)
    assert (portal.owners, portal.store.kept("label")) == ({}, {})
