"""What a finding rests on reads like the sentences of a person who looked into the CRM."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from rules.evaluate import Org
from tests.rules.world import (
    LINKS,
    Row,
    Story,
    activity,
    at,
    by_story,
    call,
    deal,
    ended,
    found,
    judge,
    mail,
    mirror,
    rule,
    shipped,
    stage,
    stories,
    won,
)

NOW = "2026-11-19 12:00"
ROLLOUT = won(amount=Decimal("48000"), currency="EUR")
PROPOSAL: dict[str, Any] = {
    "deals": [deal(amount=Decimal("12500.5"), currency="USD")],
    "stage_changes": [stage("1", "Proposal", "2026-11-02 10:00")],
}
WON = "12 Nov: Rollout won (48,000 EUR)"
MOVED = "2 Nov: Rollout moved to Proposal (12,500.50 USD)"

#: Situation -> activities, and every line a person reads, after a sale.
AFTER_SALE: dict[str, tuple[list[Row], list[str]]] = {
    "nothing at all": ([], [WON, "No contact with the client is on record"]),
    "a mail before, automatic mails since": (
        [
            mail("2026-11-11 15:00", "a"),
            mail("2026-11-13 09:00", "b", automated=True),
            mail("2026-11-16 09:00", "c", automated=True),
        ],
        [
            WON,
            "11 Nov: last contact, mail by Dana",
            "Since then: 2 automatic mails (not counted)",
        ],
    ),
    "a meeting before, and nothing since": (
        [activity("2026-11-10 11:00", "meeting", outcome="held")],
        [
            WON,
            "10 Nov: last contact, meeting with Dana",
            "Since then: no call, meeting or personal mail",
        ],
    ),
    "a voicemail and a mail that came back": (
        [
            call("2026-11-13 09:00", "a", outcome="voicemail"),
            mail("2026-11-16 09:00", "b", outcome="bounced"),
        ],
        [
            WON,
            "No contact with the client is on record",
            "Since then: 1 attempt without an answer, 1 mail that came back (not counted)",
        ],
    ),
    "the client wrote, nobody answered": (
        [
            mail("2026-11-16 09:00", "a", direction="inbound"),
            mail("2026-11-17 09:00", "b", direction="inbound"),
        ],
        [
            WON,
            "No contact with the client is on record",
            "Since then: 2 mails from the client (not counted)",
        ],
    ),
    "another team called, we met among ourselves": (
        [
            call("2026-11-13 09:00", "a", owner_id="bo"),
            activity("2026-11-16 09:00", "meeting", "b", direction="internal", outsiders=0),
            activity("2026-11-16 10:00", "note", "c", text="Ask legal"),
        ],
        [
            WON,
            "No contact with the client is on record",
            "Since then: 1 contact by a colleague, 1 internal meeting, 1 internal note "
            "(not counted)",
        ],
    ),
    "nobody came, a wrong number, a canceled call": (
        [
            activity("2026-11-13 09:00", "meeting", "a", outcome="no_show"),
            activity("2026-11-16 09:00", "meeting", "b", outcome="canceled"),
            call("2026-11-16 10:00", "c", outcome="wrong_number"),
            call("2026-11-16 11:00", "d", outcome="canceled"),
        ],
        [
            WON,
            "No contact with the client is on record",
            "Since then: 2 meetings that did not take place, 1 call to a wrong number, "
            "1 canceled call (not counted)",
        ],
    ),
}

#: The same for a proposal: only the client's own word is two-way.
IN_PROPOSAL: dict[str, tuple[list[Row], list[str]]] = {
    "the client wrote, then we mailed": (
        [
            mail("2026-11-05 14:00", "a", direction="inbound"),
            mail("2026-11-10 09:00", "b"),
            mail("2026-11-11 09:00", "c", owner_id="bo"),
        ],
        [
            MOVED,
            "5 Nov: last two-way contact, mail from the client",
            "Since then: 2 mails from us without an answer (not counted)",
        ],
    ),
    "a call connected, then an out-of-office reply": (
        [
            call("2026-11-05 14:00", "a"),
            mail("2026-11-06 14:00", "b", direction="inbound", automated=True),
        ],
        [
            MOVED,
            "5 Nov: last two-way contact, call connected by Dana",
            "Since then: 1 automatic mail (not counted)",
        ],
    ),
    "the client called": (
        [call("2026-11-05 14:00", direction="inbound")],
        [
            MOVED,
            "5 Nov: last two-way contact, call from the client",
            "Since then: no call, meeting or personal mail",
        ],
    ),
    "only messages of ours": (
        [activity("2026-11-05 14:00", "message", direction="outbound")],
        [
            MOVED,
            "No two-way contact with the client is on record",
            "Since then: 1 message from us without an answer (not counted)",
        ],
    ),
}


@pytest.fixture(scope="module")
def read() -> dict[str, list[str]]:
    """The lines of every situation, by its name."""
    sales: dict[str, Story] = {
        name: {"deals": [ROLLOUT], "activities": told} for name, (told, _) in AFTER_SALE.items()
    }
    proposals: dict[str, Story] = {
        name: {**PROPOSAL, "activities": told} for name, (told, _) in IN_PROPOSAL.items()
    }
    some = [
        *found(stories(sales), shipped("won-no-follow-up"), NOW),
        *found(stories(proposals), shipped("stale-proposal"), "2026-11-20 12:00"),
    ]
    return {one.record_id.removesuffix("/d1"): list(one.evidence) for one in some}


@pytest.mark.parametrize("name", AFTER_SALE)
def test_after_a_sale(read: dict[str, list[str]], name: str) -> None:
    """Three lines at most: what began it, the last contact, what did not count since."""
    assert read[name] == AFTER_SALE[name][1]


@pytest.mark.parametrize("name", IN_PROPOSAL)
def test_in_a_proposal(read: dict[str, list[str]], name: str) -> None:
    """The same lines in the words of two-way contact."""
    assert read[name] == IN_PROPOSAL[name][1]


def test_what_happens_after_the_judgement_is_no_evidence() -> None:
    """A task never speaks of what was not known."""
    world = mirror(deals=[ROLLOUT], activities=[mail("2026-11-19 12:01", automated=True)])
    (finding,) = found(world, shipped("won-no-follow-up"), NOW)
    assert finding.evidence == (WON, "No contact with the client is on record")


@pytest.mark.parametrize(
    ("zone", "day", "time"), [("Asia/Tokyo", "13 Nov", "03:30"), ("UTC", "12 Nov", "18:30")]
)
def test_days_and_times_are_the_owners(zone: str, day: str, time: str) -> None:
    """The evening in London is the next morning in Tokyo."""
    people = [{"id": "dana", "name": "Dana", "active": True, "time_zone": zone}]
    world = mirror(deals=[won(when="2026-11-12 18:30")], owners=people)
    (finding,) = found(world, rule(), "2026-11-25 12:00")
    assert finding.evidence[0] == f"{day}: Rollout won"
    assert (finding.values["won_at:day"], finding.values["won_at:time"]) == (day, time)
    assert finding.values["anchor"] == f"{day} {time}"


def test_a_day_of_long_ago_has_its_year() -> None:
    """Where a day without its year could be misread, it has one; a recent one has none."""
    world = mirror(deals=[won(when="2025-11-12 10:00"), won("d2")])
    old, new = found(world, rule(), NOW)
    assert old.evidence[0] == "12 Nov 2025: Rollout won"
    assert new.evidence[0] == "12 Nov: Rollout won"
    (before,) = found(mirror(deals=[won(when="2026-12-28 10:00")]), rule(), "2027-01-08 12:00")
    assert before.evidence[0] == "28 Dec: Rollout won"


def test_identity_and_what_fills_the_texts() -> None:
    """Everything a text may name, as a person would write it."""
    world = mirror(
        deals=[{**ROLLOUT, "close_date": dt.date(2026, 11, 30), "next_step": "Kick-off"}],
        links=[*LINKS, {"id": "l0", "deal_id": "d1", "contact_id": "zoe", "is_primary": None}],
        contacts=[{"id": "ann", "name": "Ann"}, {"id": "zoe", "name": "Zoe"}],
    )
    (finding,) = found(world, rule(), NOW)
    assert (finding.rule, finding.deal_id, finding.anchor) == ("r1", "d1", at("2026-11-12 10:00"))
    assert (finding.deadline, finding.as_of) == (at("2026-11-19 10:00"), at(NOW))
    assert (finding.owner_id, finding.contact_id, finding.account) == ("dana", "ann", "Northwind")
    assert finding.amount == Decimal("48000")
    said = {
        "account": "Northwind",
        "deal": "Rollout",
        "contact": "Ann",
        "owner": "Dana",
        "manager": "Mia",
        "amount": "48,000 EUR",
        "stage": "Won",
        "next_step": "Kick-off",
        "days_since_anchor": "5 business days",
        "close_date": "30 Nov",
    }
    assert {name: finding.values[name] for name in said} == said


def test_a_deal_of_which_little_is_known_still_reads() -> None:
    """No word `None` reaches a person."""
    bare = won(name=None, account_id=None, owner_id=None)
    (finding,) = found(mirror(deals=[bare], links=[]), rule(), NOW)
    assert finding.evidence[0] == "12 Nov: the deal won"
    assert (finding.account, finding.contact_id) == ("the client", None)
    assert finding.values["contact"] == "the client"
    assert "None" not in str(sorted(finding.values.values()))


def test_a_contact_who_was_deleted_is_not_named() -> None:
    """Nor linked to the task."""
    gone = [{"id": "ann", "name": "Ann", "deleted": True}]
    (finding,) = found(mirror(deals=[won()], contacts=gone), rule(), NOW)
    assert (finding.contact_id, finding.values["contact"]) == (None, "the client")


def test_no_finding_no_evidence() -> None:
    """A deal that is in order is not spoken of."""
    assert found(mirror(deals=[won()], activities=[call("2026-11-13 10:00")]), rule(), NOW) == []


# -- what ended it ---------------------------------------------------------------------------

ANCHOR = {"d1": "2026-11-12 10:00"}


def test_a_touch_ended_it() -> None:
    """The line names what, who, when and the record."""
    on = "2026-11-20 14:02"
    lines = {
        "call": (call(on), "call connected by Dana"),
        "mail": (mail(on, owner_id="mia"), "mail by Mia"),
        "meeting": (
            activity(on, "meeting", outcome="held", owner_id="tom"),
            "meeting with Tom",
        ),
        "note": (activity(on, "note", text="met with Ann"), "note by Dana"),
    }
    told: dict[str, Story] = {
        name: {"deals": [ROLLOUT], "activities": [said]} for name, (said, _) in lines.items()
    }
    anchors = dict.fromkeys((f"{name}/d1" for name in lines), ANCHOR["d1"])
    endings = ended(stories(told), shipped("won-no-follow-up"), anchors, "2026-11-20 15:00")
    for name, (_, line) in lines.items():
        ending = endings[f"{name}/d1"]
        assert (ending.line, ending.touch) == (f"{line}, {on} ({name}/a1)", f"{name}/a1")


def test_an_attempt_pauses_a_proposal_and_ends_nothing() -> None:
    """A voicemail holds a new task back; an open one stands until the client answers."""
    told: dict[str, Story] = {
        outcome: {**PROPOSAL, "activities": [call("2026-11-20 14:02", outcome=outcome)]}
        for outcome in ("no_answer", "connected")
    }
    evaluation = judge(stories(told), shipped("stale-proposal"), "2026-11-20 15:00")
    said = by_story(evaluation.verdicts("stale-proposal"))
    assert (said["no_answer"].fires, said["no_answer"].stands) == (False, True)
    assert (said["connected"].fires, said["connected"].stands) == (False, False)


def test_the_time_of_an_ending_is_the_owners() -> None:
    """14:02 in London is 23:02 in Tokyo."""
    people = [{"id": "dana", "name": "Dana", "active": True, "time_zone": "Asia/Tokyo"}]
    world = mirror(deals=[ROLLOUT], owners=people, activities=[call("2026-11-20 14:02")])
    assert "2026-11-20 23:02" in ended(world, rule(), ANCHOR, "2026-11-20 15:00")["d1"].line


def test_something_else_ended_it() -> None:
    """Without a touch the line says how the deal stands; a lost one is not spoken of."""
    world = mirror(
        deals=[
            deal("d1", stage="Lost", state="lost"),
            won("d2", deleted=True),
        ],
        activities=[call("2026-11-11 10:00")],
    )
    anchors = dict.fromkeys(("d1", "d2", "d3"), "2026-11-12 10:00")
    endings = ended(world, rule(), anchors, NOW)
    assert {name: (one.line, one.touch) for name, one in endings.items()} == {
        "d1": ("the deal is lost, in stage Lost; the reason is gone", None),
        "d2": ("the deal has been deleted", None),
    }


def test_nothing_asked_nothing_said() -> None:
    """No open task, no ending."""
    assert ended(mirror(deals=[won()]), rule(), {}, NOW, Org()) == {}


def test_who_asks_for_what_was_promised_is_quoted() -> None:
    """With their own sentence, and with what would have answered it; a new promise would, too."""
    promised = mail("2026-11-16 10:00", "a", text="I'll send you the quote by Friday.")
    asks = mail("2026-11-18 10:00", "b", direction="inbound", text="Where is the quote?")
    accounts = [{"id": "northwind", "name": "Northwind", "owner_id": "dana"}]
    story: Story = {"accounts": accounts, "deals": [deal()], "activities": [promised, asks]}
    (one,) = found(stories({"late": story}), shipped("document-asked-again"), "2026-11-18 16:00")
    assert one.evidence[0].endswith('"Where is the quote?"')
    assert one.evidence[1:] == (
        "Since then: no mail or note that says it went out, no file of it with a mail, "
        "no new promise, no quote presented, no deal that moved on",
    )
