"""Which activity reached the client of which deal, how surely, and who of us it was.

Every situation is a deal of a mirror they all share, judged once; each test reads its own verdict.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest

from rules.checked import Rule
from rules.evaluate import Org, prepare
from tests.rules.world import (
    Row,
    Story,
    activity,
    at,
    by_story,
    call,
    deal,
    judge,
    mail,
    rule,
    stage,
    stories,
    won,
)

NOW = "2026-11-30 12:00"
ON = "2026-11-16 10:00"
GRADES = ("attempt", "D", "C", "B", "A")


def absent(touch: str, id: str = "r1") -> Rule:
    """Fires for a deal that has no such touch since it was created."""
    return rule(f"{{touch: {touch}, after: created_at, within: 1 hours}}", id=id)


def quiet(told: Mapping[str, Story], touch: str) -> dict[str, bool]:
    """Tell for each story whether its deal has such a touch."""
    verdicts = by_story(judge(stories(told), absent(touch), NOW).verdicts("r1"))
    assert set(verdicts) == set(told)
    return {name: not one.fires for name, one in verdicts.items()}


# -- grades ----------------------------------------------------------------------------------

call_ = {"kind": "call", "direction": "outbound", "outcome": None}
meeting = {"kind": "meeting", "outsiders": 1}
email = {"kind": "email", "direction": "outbound", "text": "Hello"}
note = {"kind": "note", "outsiders": None}

#: What was done, and the best grade it has; `-` is no touch at all.
GRADED: dict[str, tuple[dict[str, Any], str]] = {
    "a call that connected": ({**call_, "outcome": "connected"}, "A"),
    "a call of a minute": ({**call_, "duration_seconds": 60}, "A"),
    "a call of 59 seconds": ({**call_, "duration_seconds": 59}, "attempt"),
    "a call of a second": ({**call_, "duration_seconds": 1}, "attempt"),
    "a call of no seconds, with text": ({**call_, "duration_seconds": 0, "text": "Ann"}, "B"),
    "a call with text": ({**call_, "text": "Spoke about the start"}, "B"),
    "a call with nothing": (call_, "C"),
    "an inbound call that connected": (
        {**call_, "direction": "inbound", "outcome": "connected"},
        "A",
    ),
    "a call of unknown direction": ({**call_, "direction": None, "outcome": "connected"}, "A"),
    "a call nobody answered": ({**call_, "outcome": "no_answer"}, "attempt"),
    "a busy line": ({**call_, "outcome": "busy"}, "attempt"),
    "a voicemail": ({**call_, "outcome": "voicemail", "duration_seconds": 90}, "attempt"),
    "a message left": ({**call_, "outcome": "left_message", "text": "She calls back"}, "attempt"),
    "a wrong number": ({**call_, "outcome": "wrong_number", "duration_seconds": 90}, "-"),
    "a canceled call": ({**call_, "outcome": "canceled"}, "-"),
    "a call of a dialer": ({**call_, "outcome": "connected", "automated": True}, "-"),
    "a call among ourselves": ({**call_, "direction": "internal", "outcome": "connected"}, "-"),
    "a meeting that was held": ({**meeting, "outcome": "held"}, "A"),
    "a meeting with notes": ({**meeting, "text": "They liked it"}, "A"),
    "a past meeting, nothing said": (meeting, "B"),
    "a meeting with nobody known": ({**meeting, "outsiders": None, "outcome": "held"}, "C"),
    "a meeting with nobody of theirs": ({**meeting, "outsiders": 0, "outcome": "held"}, "C"),
    "an internal meeting": ({**meeting, "direction": "internal", "outcome": "held"}, "-"),
    "a meeting to which nobody came": ({**meeting, "outcome": "no_show", "text": "Sad"}, "-"),
    "a canceled meeting": ({**meeting, "outcome": "canceled"}, "-"),
    "a personal mail": (email, "A"),
    "a personal mail without text": ({**email, "text": None}, "A"),
    "a mail of unknown origin": ({**email, "automated": None}, "B"),
    "an empty mail of unknown origin": ({**email, "automated": None, "text": None}, "C"),
    "an automatic mail": ({**email, "automated": True}, "-"),
    "a mail that came back": ({**email, "outcome": "bounced"}, "-"),
    "a mail of the client": ({**email, "direction": "inbound", "owner_id": None}, "A"),
    "an auto-reply": ({**email, "direction": "inbound", "automated": True}, "-"),
    "a mail among ourselves": ({**email, "direction": "internal"}, "-"),
    "a message": ({"kind": "message", "direction": "outbound"}, "A"),
    "an automatic message": (
        {"kind": "message", "direction": "outbound", "automated": True},
        "-",
    ),
    "a note that we met": ({**note, "text": "Met with Ann at the fair"}, "C"),
    "a note that we had lunch": ({**note, "text": "LUNCH WITH Ann"}, "C"),
    "a note whose subject says so": ({**note, "subject": "Visited them"}, "C"),
    "a note that he called her": ({**note, "text": "I called her."}, "C"),
    "a note about ourselves": ({**note, "text": "Remember the discount"}, "-"),
    "a note with half of the word": ({**note, "text": "He revisited the offer"}, "-"),
    "a task ticked done": ({"kind": "task", "subject": "Call Ann"}, "-"),
    "a planned meeting": ({**meeting, "done": False}, "-"),
    "a draft": ({**email, "done": False}, "-"),
    "a deleted call": ({**call_, "outcome": "connected", "deleted": True}, "-"),
    "a call in the future": ({**call_, "outcome": "connected", "at": at("2026-12-02 10:00")}, "-"),
}


@pytest.fixture(scope="module")
def graded() -> dict[str, str]:
    """The best grade for which the deal of each situation counts as touched."""
    told: dict[str, Story] = {
        name: {"deals": [deal()], "activities": [activity(ON, **{**{"id": "a"}, **said})]}
        for name, (said, _) in GRADED.items()
    }
    rules = [absent(f"{{at_least: {grade}}}", id=f"at-least-{grade.lower()}") for grade in GRADES]
    evaluation = judge(stories(told), rules, NOW)
    best = dict.fromkeys(told, "-")
    for grade, one in zip(GRADES, rules, strict=True):
        for name, verdict in by_story(evaluation.verdicts(one.id)).items():
            if not verdict.fires:
                best[name] = grade
    return best


@pytest.mark.parametrize("name", GRADED)
def test_grade(graded: dict[str, str], name: str) -> None:
    """Each row of the table of grades, and what stands just beside it."""
    assert graded[name] == GRADED[name][1]


# -- who, which way, what --------------------------------------------------------------------

#: What was done -> the words of `by`, `direction` and `type` for which it counts.
SAID: dict[str, tuple[Row, str]] = {
    "the owner calls": (call(ON), "owner outbound two-way call"),
    "the manager calls": (call(ON, owner_id="mia"), "manager outbound two-way call"),
    "a colleague calls": (call(ON, owner_id="tom"), "team outbound two-way call"),
    "another team calls": (call(ON, owner_id="bo"), "outbound two-way call"),
    "the boss of another team calls": (call(ON, owner_id="kim"), "outbound two-way call"),
    "somebody unknown calls": (call(ON, owner_id="nobody"), "outbound two-way call"),
    "nobody is named": (call(ON, owner_id=None), "outbound two-way call"),
    "the client calls the owner": (call(ON, direction="inbound"), "owner inbound two-way call"),
    "a call of no direction": (call(ON, direction=None), "owner outbound two-way call"),
    "the owner mails": (mail(ON), "owner outbound email"),
    "the client mails": (mail(ON, direction="inbound"), "inbound two-way email"),
    "the client mails, filed by the owner": (
        mail(ON, direction="inbound", owner_id="dana"),
        "inbound two-way email",
    ),
    "the owner writes a message": (
        activity(ON, "message", direction="outbound"),
        "owner outbound message",
    ),
    "the client writes a message": (
        activity(ON, "message", direction="inbound", owner_id=None),
        "inbound two-way message",
    ),
    "the owner meets": (
        activity(ON, "meeting", outcome="held"),
        "owner outbound two-way meeting",
    ),
    "the owner notes a visit": (
        activity(ON, "note", text="Visited them"),
        "owner outbound two-way note",
    ),
}
WORDS = {
    **{word: f"{{by: {word}}}" for word in ("owner", "manager", "team")},
    **{word: f"{{direction: {word}}}" for word in ("inbound", "outbound", "two-way")},
    **{word: f"{{type: {word}}}" for word in ("call", "email", "message", "meeting", "note")},
}


@pytest.fixture(scope="module")
def counted() -> dict[str, set[str]]:
    """The words for which the deal of each situation counts as touched."""
    told: dict[str, Story] = {
        name: {"deals": [deal()], "activities": [said]} for name, (said, _) in SAID.items()
    }
    rules = [absent(touch, id=f"only-{word}") for word, touch in WORDS.items()]
    rules.append(absent("{by: anyone}", id="only-anyone"))
    evaluation = judge(stories(told), rules, NOW)
    words: dict[str, set[str]] = {name: set() for name in told}
    for one in rules:
        for name, verdict in by_story(evaluation.verdicts(one.id)).items():
            if not verdict.fires:
                words[name].add(one.id.removeprefix("only-"))
    return words


@pytest.mark.parametrize("name", SAID)
def test_who_and_which_way(counted: dict[str, set[str]], name: str) -> None:
    """A touch counts for each word that is true of it, and for no other."""
    assert counted[name] == {*SAID[name][1].split(), "anyone"}


def test_a_colleague_of_somebody_without_a_manager_is_no_team() -> None:
    """Two people without a manager have nothing in common."""
    told: dict[str, Story] = {
        "mia and kim": {
            "deals": [deal(owner_id="mia")],
            "activities": [call(ON, owner_id="kim")],
        }
    }
    assert quiet(told, "{by: team}") == {"mia and kim": False}
    assert quiet(told, "{by: anyone}") == {"mia and kim": True}


# -- which deal ------------------------------------------------------------------------------

TO_ACCOUNT = {"deal_ids": [], "account_ids": ["northwind"]}
TO_CONTACT = {"deal_ids": [], "contact_ids": ["ann"]}
ELSEWHERE = {"deal_ids": ["d2"], "account_ids": ["northwind"], "contact_ids": ["ann"]}
OTHER = deal("d2", name="Another deal of the account")
LOST = deal(stage="Lost", state="lost", stage_changed_at=at("2026-11-02 10:00"))
NEW = deal(created_at=at("2026-11-20 10:00"))

#: Situation -> whether its activity belongs to deal d1.
LINKED: dict[str, tuple[Story, bool]] = {
    "linked to the deal": ({"deals": [deal()], "activities": [call(ON)]}, True),
    "linked to no record": ({"deals": [deal()], "activities": [call(ON, deal_ids=[])]}, False),
    "linked to the account of an open deal": (
        {"deals": [deal()], "activities": [call(ON, **TO_ACCOUNT)]},
        True,
    ),
    "linked to another account": (
        {"deals": [deal()], "activities": [call(ON, deal_ids=[], account_ids=["acme"])]},
        False,
    ),
    "linked to a contact of the deal": (
        {"deals": [deal(account_id=None)], "activities": [call(ON, **TO_CONTACT)]},
        True,
    ),
    "linked to a contact who is not of the deal": (
        {"deals": [deal()], "links": [], "activities": [call(ON, **TO_CONTACT)]},
        False,
    ),
    "linked to a contact who has left the deal": (
        {
            "deals": [deal()],
            "links": [{"id": "l1", "deal_id": "d1", "contact_id": "ann", "deleted": True}],
            "activities": [call(ON, **TO_CONTACT)],
        },
        False,
    ),
    "an open deal, linked to another deal of the account": (
        {"deals": [deal(), OTHER], "activities": [call(ON, **ELSEWHERE)]},
        False,
    ),
    "an open deal, linked to both deals": (
        {"deals": [deal(), OTHER], "activities": [call(ON, deal_ids=["d1", "d2"])]},
        True,
    ),
    "a won deal, linked to another deal of the account": (
        {"deals": [won(), OTHER], "activities": [call(ON, **ELSEWHERE)]},
        True,
    ),
    "a won deal, linked to a deal of another account": (
        {
            "deals": [won(), deal("d2", account_id="acme")],
            "activities": [call(ON, deal_ids=["d2"])],
        },
        False,
    ),
    "a won deal, linked to the account": (
        {"deals": [won()], "activities": [call(ON, **TO_ACCOUNT)]},
        True,
    ),
    "a won deal, linked to the contact": (
        {"deals": [won()], "activities": [call(ON, **TO_CONTACT)]},
        True,
    ),
    "the account, 14 days before the deal": (
        {"deals": [NEW], "activities": [call("2026-11-06 10:00", **TO_ACCOUNT)]},
        True,
    ),
    "the account, longer before the deal": (
        {"deals": [NEW], "activities": [call("2026-11-06 09:59", **TO_ACCOUNT)]},
        False,
    ),
    "the contact, longer before the deal": (
        {"deals": [NEW], "activities": [call("2026-11-06 09:59", **TO_CONTACT)]},
        False,
    ),
    "the deal itself, long before it was created": (
        {"deals": [NEW], "activities": [call("2026-10-01 10:00")]},
        True,
    ),
    "a lost deal, 14 days after its end": (
        {"deals": [LOST], "activities": [call("2026-11-16 10:00", **TO_ACCOUNT)]},
        True,
    ),
    "a lost deal, later than that": (
        {"deals": [LOST], "activities": [call("2026-11-16 10:01", **TO_ACCOUNT)]},
        False,
    ),
    "a lost deal, later, linked to it": (
        {"deals": [LOST], "activities": [call("2026-11-28 10:00")]},
        True,
    ),
    "a lost deal, linked to another deal": (
        {"deals": [LOST, OTHER], "activities": [call("2026-11-03 10:00", **ELSEWHERE)]},
        False,
    ),
    "a deal without an account, a call without one": (
        {"deals": [deal(account_id=None)], "activities": [call(ON, deal_ids=[])]},
        False,
    ),
    "a twin whose links lie on the other record": (
        {
            "deals": [deal()],
            "activities": [
                mail(ON, "message", deal_ids=[], same_as="task"),
                mail(ON, "task"),
            ],
        },
        True,
    ),
    "a twin that was bounced: the other record yields": (
        {
            "deals": [deal()],
            "activities": [
                mail(ON, "message", outcome="bounced", same_as="task"),
                mail(ON, "task"),
            ],
        },
        False,
    ),
    "a twin that was deleted yields to the other record": (
        {
            "deals": [deal()],
            "activities": [
                mail(ON, "message", deleted=True, same_as="task"),
                mail(ON, "task"),
            ],
        },
        True,
    ),
}


@pytest.fixture(scope="module")
def linked() -> dict[str, int]:
    """How many touches the deal of each situation has."""
    mirror = stories({name: story for name, (story, _) in LINKED.items()})
    prepare(mirror.connection, Org(), at(NOW), [absent("{}")])
    rows = mirror.connection.execute(
        "SELECT d.id, count(t.activity_key) FROM deals d "
        "LEFT JOIN touches_of_deal t ON t.group_key = d.key AND t.grade > 0 GROUP BY d.id"
    ).fetchall()
    return {str(deal_id).removesuffix("/d1"): number for deal_id, number in rows}


@pytest.mark.parametrize("name", LINKED)
def test_to_which_deal_an_activity_belongs(linked: dict[str, int], name: str) -> None:
    """Each rule of association, with its opposite; a pair of twins is one touch."""
    assert linked[name] == (1 if LINKED[name][1] else 0)


def test_who_looks_at_a_deal_sees_what_belongs_to_it() -> None:
    """An activity that belongs to a deal by its account also clears the duty for it."""
    near, far = "linked to a contact of the deal", "linked to a contact who is not of the deal"
    told = {name: LINKED[name][0] for name in (near, far)}
    assert quiet(told, "{by: owner}") == {near: True, far: False}


# -- moments of a deal -----------------------------------------------------------------------

LOST_AT = {"stage": "Lost", "state": "lost"}

#: Situation -> the moment its deal came into its stage.
ENTERED: dict[str, tuple[Story, str]] = {
    "one row": (
        {"deals": [deal()], "stage_changes": [stage("1", "Proposal", "2026-05-01 10:00")]},
        "2026-05-01 10:00",
    ),
    "then only the amount changed": (
        {
            "deals": [deal()],
            "stage_changes": [
                stage("1", "Qualification", "2026-04-01 10:00"),
                stage("2", "Proposal", "2026-05-01 10:00"),
                stage("3", "Proposal", "2026-06-01 10:00"),
                stage("4", "Proposal", "2026-07-01 10:00"),
            ],
        },
        "2026-05-01 10:00",
    ),
    "entered again": (
        {
            "deals": [deal()],
            "stage_changes": [
                stage("1", "Proposal", "2026-04-01 10:00"),
                stage("2", "Negotiation", "2026-05-01 10:00"),
                stage("3", "Proposal", "2026-06-01 10:00"),
                stage("4", "Proposal", "2026-07-01 10:00"),
            ],
        },
        "2026-06-01 10:00",
    ),
    "a row that was deleted": (
        {
            "deals": [deal()],
            "stage_changes": [
                stage("1", "Proposal", "2026-04-01 10:00"),
                {**stage("2", "Negotiation", "2026-05-01 10:00"), "deleted": True},
                stage("3", "Proposal", "2026-06-01 10:00"),
            ],
        },
        "2026-04-01 10:00",
    ),
    "history comes before the CRM's own stamp": (
        {
            "deals": [deal(stage_changed_at=at("2026-08-01 10:00"))],
            "stage_changes": [stage("1", "Proposal", "2026-05-01 10:00")],
        },
        "2026-05-01 10:00",
    ),
    "the deal was read later than its history": (
        {
            "deals": [deal(stage_changed_at=at("2026-08-01 10:00"))],
            "stage_changes": [
                stage("1", "Proposal", "2026-05-01 10:00"),
                stage("2", "Negotiation", "2026-06-01 10:00"),
            ],
        },
        "2026-08-01 10:00",
    ),
    "an old history and no stamp": (
        {
            "deals": [deal()],
            "stage_changes": [
                stage("1", "Proposal", "2026-05-01 10:00"),
                stage("2", "Negotiation", "2026-06-01 10:00"),
            ],
        },
        "2026-05-01 10:00",
    ),
    "no history": ({"deals": [deal(stage_changed_at=at("2026-08-01 10:00"))]}, "2026-08-01 10:00"),
    "no history, no stamp": ({"deals": [deal()]}, "2026-01-01 00:00"),
    "history of another deal": (
        {
            "deals": [deal(), deal("d2")],
            "stage_changes": [stage("1", "Proposal", "2026-05-01 10:00", "d2")],
        },
        "2026-01-01 00:00",
    ),
    "open: the close date is no clock": (
        {"deals": [deal(close_date=dt.date(2026, 9, 1))]},
        "2026-01-01 00:00",
    ),
    "won by history": (
        {
            "deals": [deal(stage="Won", state="won", close_date=dt.date(2026, 9, 1))],
            "stage_changes": [stage("1", "Won", "2026-08-15 10:00")],
        },
        "2026-08-15 10:00",
    ),
    "won, by the CRM's own stamp": (
        {"deals": [won(when="2026-08-15 10:00", close_date=dt.date(2026, 9, 1))]},
        "2026-08-15 10:00",
    ),
    "won, only a close date": (
        {"deals": [won(stage_changed_at=None, close_date=dt.date(2026, 9, 1))]},
        "2026-09-01 17:00",
    ),
    "won, nothing kept": ({"deals": [won(stage_changed_at=None)]}, "2026-01-01 00:00"),
    "lost, only a close date": (
        {"deals": [deal(**LOST_AT, close_date=dt.date(2026, 9, 1))]},
        "2026-09-01 17:00",
    ),
}


@pytest.fixture(scope="module")
def moments() -> dict[str, dict[str, Any]]:
    """What rules see of the deal of each situation: anchors of a rule for each moment."""
    rules = {
        name: rule(f"{{touch: {{by: owner}}, after: {name}, within: 1 day}}", id=f"r-{name[0]}")
        for name in ("stage_entered_at", "won_at", "closed_at")
    }
    told = {name: story for name, (story, _) in ENTERED.items()}
    evaluation = judge(stories(told), list(rules.values()), NOW)
    return {
        start: {name: v.anchor for name, v in by_story(evaluation.verdicts(one.id)).items()}
        for start, one in rules.items()
    }


@pytest.mark.parametrize("name", ENTERED)
def test_when_a_deal_came_into_its_stage(moments: dict[str, dict[str, Any]], name: str) -> None:
    """By its history, else by what the CRM kept; only a closed deal has a closing moment."""
    story, entered = ENTERED[name]
    state = story["deals"][0]["state"]
    assert moments["stage_entered_at"][name] == at(entered)
    assert moments["won_at"][name] == (at(entered) if state == "won" else None)
    assert moments["closed_at"][name] == (None if state == "open" else at(entered))
