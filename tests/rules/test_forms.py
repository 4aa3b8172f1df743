"""Every form of the language, told in rules whose own cases hold; and what no case can tell."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path

import pytest

from connectors.model import STREAMS
from rules.calendars import Hours
from rules.checked import Rule
from rules.evaluate import Evaluation, Org, why_not
from rules.evidence import endings
from rules.explain import explain
from rules.load import Source, load
from rules.org import CustomField
from rules.testing import bench, run_cases
from tests.rules.world import (
    ACCOUNTS,
    PEOPLE,
    TASK,
    activity,
    at,
    call,
    deal,
    judge,
    mail,
    mirror,
    new_mirror,
    won,
)
from worker.mirror import Mirror

FORMS = sorted((Path(__file__).parent / "forms").glob("*.yaml"))
#: Near relatives of these few; `tests/prove` tries them, and the sharpness of all.
RELATIVES = frozenset(path.stem for path in FORMS) - {
    "account",
    "all-of",
    "another-activity",
    "by-segment",
    "compared-fields",
    "contact",
    "each-wants-both",
    "groups",
    "late-answers-of-a-promise",
    "old-ones",
    "own-accord",
    "own-fields",
    "planned",
    "promise-due",
    "rating",
    "resolve",
    "share",
}
NOW = "2026-11-19 12:00"


def own(word: str, kind: str, *choices: str) -> tuple[str, CustomField]:
    """A field that the org has added in its CRM."""
    return word, CustomField(
        word=word, source=f"{word}__c", kind=kind, doc="A field of the org's.", choices=choices
    )


OWN = {
    "deal": dict(
        [
            own("target", "money"),
            own("renewal_on", "date"),
            own("signed_at", "moment"),
            own("health", "choice", "red", "yellow", "green"),
            own("licences", "number"),
            own("remark", "text"),
        ]
    ),
    "account": dict([own("segment", "text"), own("seats", "number")]),
    "activity": dict([own("room", "text"), own("cost", "money")]),
}
NIGHT = Hours(name="night-shift", opens=dt.time(20), closes=dt.time(23))
ON = bench(new_mirror, hours={"night-shift": NIGHT}, own=OWN)


def loaded(text: str) -> Rule:
    """Return the one rule of a text; it has no problem."""
    rules, problems = load([Source(path="r.yaml", text=text)], fields=OWN)
    assert problems == [], [str(problem) for problem in problems]
    return rules.active[0]


def some(clauses: str, subject: str = "deal", *, id: str = "r1") -> Rule:
    """Return a rule with these clauses; its cases are of no matter here."""
    record = {"activity": "activities: [{on: 2026-11-12 10:00, call: outbound}]"}
    said = record.get(subject, f"{subject}: {{}}")
    cases = "".join(
        f"  - {{name: {fires}, {said}, expect: {{at: 2026-11-30 12:00, fires: {fires}}}}}\n"
        for fires in ("yes", "no")
    )
    head = f"rule: {id}\ntitle: A rule of a test\nfor: {subject}\n"
    return loaded(f"{head}{clauses}\n{TASK}tests:\n{cases}")


def differences(path: Path) -> list[str]:
    """Return what the cases of a form say that its rule does not."""
    results = run_cases(loaded(path.read_text(encoding="utf-8")), ON)
    assert len(results) > 1
    return [str(problem) for one in results for problem in one.differences]


@pytest.mark.parametrize(
    "path", [one for one in FORMS if one.stem not in RELATIVES], ids=lambda path: path.stem
)
def test_its_cases_hold(path: Path) -> None:
    """What the form is for fires, and what stands just beside it stays quiet."""
    assert differences(path) == []


# -- what an org says ------------------------------------------------------------------------


def firing(world: Mirror, rule: Rule, now: str = NOW, org: Org | None = None) -> list[str]:
    """Return the ids of the records for which a rule holds."""
    evaluation = judge(world, rule, now, org)
    assert not evaluation.not_evaluable, evaluation.not_evaluable
    return [verdict.record_id for verdict in evaluation.firing("r1")]


def test_a_pipeline_is_known_by_the_rules_word() -> None:
    """The org's label is translated before a rule sees it; another pipeline is none of it."""
    rule = some("where: {pipeline: Renewals}")
    world = mirror(
        deals=[deal("d1", pipeline="RT-Renew"), deal("d2", pipeline="RT-New"), deal("d3")]
    )
    assert firing(world, rule, org=Org(pipeline_words={"RT-Renew": "Renewals"})) == ["d1"]
    assert firing(world, rule) == []


def test_a_length_for_a_pipeline_is_found_by_the_rules_word() -> None:
    """The table of a limit speaks the same words."""
    rule = some("missing: {touch: {}, after: created_at, within: {by_pipeline: {Renewals: 1 day}}}")
    world = mirror(deals=[deal("d1", pipeline="RT-Renew"), deal("d2", pipeline="RT-New")])
    assert firing(world, rule, org=Org(pipeline_words={"RT-Renew": "Renewals"})) == ["d1"]


def test_fields_of_activities() -> None:
    """What the org keeps on its calls, beside what it keeps of the deal and the client."""
    rule = some(
        "where: {room: {starts_with: b}, cost: {at_least: 10}, account.segment: Large, "
        "deal.health: red}",
        "activity",
    )
    right = [("room__c", "Berlin"), ("cost__c", "10.00")]
    rooms = {"a1": right, "a2": [("room__c", "Paris"), ("cost__c", "10")], "a3": right[:1]}
    world = mirror(
        accounts=[{**ACCOUNTS[0], "fields": [("segment__c", "large")]}],
        deals=[deal(fields=[("health__c", "red")])],
        activities=[call("2026-11-12 10:00", id, fields=said) for id, said in rooms.items()],
    )
    assert firing(world, rule) == ["a1"]


def test_a_value_that_is_none_of_its_kind_is_empty() -> None:
    """What somebody typed into a field of the org's breaks no rule."""
    rule = some("where: {any: [{licences: {at_least: 0}}, {renewal_on: {before: 2030-01-01}}]}")
    odd = ["twelve", "", "2026-02-30", "1,000", "'; --"]
    deals = [
        deal(f"d{n}", fields=[("licences__c", said), ("renewal_on__c", said)])
        for n, said in enumerate(odd)
    ]
    known = [
        deal("a", fields=[("licences__c", "1")]),
        deal("b", fields=[("renewal_on__c", "2026-02-28")]),
    ]
    assert firing(mirror(deals=[*deals, *known]), rule) == ["a", "b"]


# -- when a rule is in force -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "why"),
    [
        ("from: 2026-11-20\n", "it is in force from 2026-11-20."),
        ("from: 2026-11-19\n", None),
        ("until: 2026-11-19\n", None),
        ("until: 2026-11-18\n", "it was in force until 2026-11-18."),
        ("from: 2026-11-01\nuntil: 2026-11-30\n", None),
    ],
)
def test_a_rule_is_in_force_on_its_days(head: str, why: str | None) -> None:
    """Both days are included, as the org counts days; on others it opens and closes nothing."""
    assert why_silent(some(f"{head}where: {{state: open}}"), Org()) == why


def why_silent(rule: Rule, org: Org) -> str | None:
    """Return why a rule is not judged at NOW, although everything was read."""
    read = dict.fromkeys(STREAMS, at(NOW))
    return why_not(rule, org, complete_until=read, blind_spots=[], now=at(NOW))


def test_a_day_begins_where_the_org_is() -> None:
    """At noon in London it is tomorrow in Auckland."""
    rule = some("from: 2026-11-20\nwhere: {state: open}")
    assert why_silent(rule, Org()) == "it is in force from 2026-11-20."
    assert why_silent(rule, Org(zone="Pacific/Auckland")) is None


# -- episodes and endings --------------------------------------------------------------------


def told(world: Mirror, rule: Rule, now: str = NOW) -> Evaluation:
    evaluation = judge(world, rule, now)
    assert evaluation.judged == ("r1",)
    return evaluation


def test_the_duty_of_a_person_is_that_of_their_week() -> None:
    """Whatever day it is, the episode began on Monday, as they count days."""
    people = [{**PEOPLE[0], "time_zone": "America/New_York"}, {**PEOPLE[1]}]
    rule = some("count: {of: {activity: {type: call}}, in_last: 10 business days}", "owner")
    world = mirror(
        owners=people,
        deals=[deal()],
        activities=[call("2026-11-17 10:00", "a1"), call(NOW, "a2", owner_id="tom")],
    )
    anchors = {v.record_id: v.anchor for v in told(world, rule).firing("r1")}
    assert anchors == {"dana": at("2026-11-16 05:00"), "tom": at("2026-11-16 00:00")}


def test_each_unanswered_message_is_an_episode_of_its_own() -> None:
    """The anchor is the message; an answer ends it, and the next message begins another."""
    rule = some(
        "missing: {touch: {direction: outbound}, "
        "after: {each: {activity: {direction: inbound}}}, within: 1 hours}"
    )
    first, second = "2026-11-17 10:00", "2026-11-18 10:00"
    asked = [mail(first, "a1", direction="inbound"), mail(second, "a2", direction="inbound")]
    (one,) = told(mirror(deals=[deal()], activities=asked), rule).firing("r1")
    assert (one.anchor, one.deadline) == (at(first), at("2026-11-17 11:00"))
    answered = [*asked, call("2026-11-17 12:00", "a3")]
    world = mirror(deals=[deal()], activities=answered)
    (next_one,) = told(world, rule).firing("r1")
    assert next_one.anchor == at(second)
    line = endings(world.connection, rule, Org(), {"d1": at(first)}, at(NOW))["d1"].line
    assert line.startswith("call connected by Dana, 2026-11-17 12:00")


def test_resolved_stands_no_longer() -> None:
    """An open task ends where the deal says that it is over, although nothing came."""
    rule = some(
        "missing: {touch: {}, after: created_at, within: 1 day}\n"
        "resolve: {when: {next_step: {contains: withdrawn}}}"
    )
    deals = [deal("d1", next_step="Withdrawn"), deal("d2", next_step="Call")]
    evaluation = told(mirror(deals=deals), rule)
    assert evaluation.stands("r1", ["d1", "d2"]) == {"d1": False, "d2": True}
    assert [one.record_id for one in evaluation.firing("r1")] == ["d2"]


def test_who_left_is_not_judged() -> None:
    """Nor is a queue: a rule for people is about those who are there."""
    people = [
        PEOPLE[0],
        {**PEOPLE[1], "active": False},
        {"id": "q", "name": "Support", "active": True, "is_queue": True},
    ]
    rule = some("count: {of: {activity: {}}, in_last: 5 business days, at_most: 3}", "owner")
    assert firing(mirror(owners=people), rule) == ["dana"]


def test_an_activity_of_ours_with_two_deals_is_one() -> None:
    """It is judged once, with the deal that is still open."""
    rule = some("where: {type: call, deal.state: open}", "activity")
    world = mirror(
        deals=[won("d1"), deal("d2"), won("d3")],
        activities=[
            call("2026-11-17 10:00", "a1", deal_ids=["d1", "d2"]),
            call("2026-11-17 10:00", "a2", deal_ids=["d1", "d3"]),
        ],
    )
    assert firing(world, rule) == ["a1"]


def test_a_window_of_working_days_outlasts_any_leave() -> None:
    """What is five business days new stays so while its owner is away for weeks."""
    rule = some("where: {created_at: {newer_than: 5 business days}}")
    away = frozenset(dt.date(2026, 10, 20) + dt.timedelta(days=n) for n in range(28))
    org = Org(hours={"default": Hours(holidays=away)})
    world = mirror(deals=[deal(created_at=at("2026-10-19 10:00"))])
    assert firing(world, rule, NOW, org) == ["d1"]
    assert firing(world, rule, "2026-11-23 09:59", org) == ["d1"]
    assert firing(world, rule, "2026-11-23 10:00", org) == []


# -- explained -------------------------------------------------------------------------------


@cache
def one_call() -> Mirror:
    """A world that tests only look at."""
    return mirror(deals=[deal()], activities=[call("2026-11-16 10:00")])


@pytest.mark.parametrize(
    ("clauses", "subject", "said"),
    [
        (
            "where: {state: open, any: [{amount: {at_least: 5}}, {name: Rollout}]}",
            "deal",
            [("state is open", True), ("(amount is at least 5 or name is Rollout)", True)],
        ),
        (
            "where: {formula: amount > 5, none: {deal: {same: account, state: open}}}",
            "deal",
            [
                ("not (there is another deal with the same account whose state is open)", True),
                ("amount > 5", False),
            ],
        ),
        (
            "missing: {planned: {type: call, in_next: 5 days}, "
            "after: {last: {touch: {}}, otherwise: created_at}, within: 2 days}",
            "deal",
            [
                (
                    "within 2 days after the last contact of grade C or better (else created_at), "
                    "no call planned in the next 5 days",
                    True,
                )
            ],
        ),
        (
            "ratio: {of: {activity: {says: purpose}}, to: {activity: {type: call}}, "
            "in_last: 5 days, below: 50 %, from: 1}",
            "owner",
            [
                (
                    "of 1 or more in the last 5 days, call, the part below 0.5: "
                    "activity that says purpose",
                    True,
                )
            ],
        ),
    ],
    ids=["groups", "formula and another deal", "planned", "ratio"],
)
def test_each_condition_is_explained(
    clauses: str, subject: str, said: list[tuple[str, bool]]
) -> None:
    """The new conditions read aloud, each with whether it holds for this record."""
    rule = some(clauses, subject)
    world = one_call()
    told(world, rule)
    record = "d1" if subject == "deal" else "dana"
    explained = explain(world.connection, rule, Org(), record, at(NOW))
    assert explained is not None
    assert [(one.said, one.held) for one in explained.conditions] == said


def test_what_happened_in_another_week_is_no_duty_of_this_one() -> None:
    """A rule for people looks back from now; what comes later is not seen."""
    rule = some("count: {of: {activity: {type: meeting}}, in_last: 5 days}", "owner")
    world = mirror(deals=[deal()], activities=[activity("2026-11-16 10:00", "meeting")])
    assert firing(world, rule, "2026-11-16 09:59") == []
    assert firing(world, rule, "2026-11-21 09:59") == ["dana"]
    assert firing(world, rule, "2026-11-21 10:00") == []
