"""Explaining a deal: each condition as it was judged, and never another answer than a verdict's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from rules.checked import Absence, ByWord, Clock, Limit, Op, Presence, Rule, Test, TouchPattern
from rules.evaluate import Org
from rules.explain import Condition, Explanation, explain
from rules.lengths import Length, Unit
from rules.load import Source, load
from rules.problems import Place
from rules.reciting import OPS
from rules.vocabulary import ACTIVITY_KINDS, DEAL_FIELDS
from tests.rules.world import (
    PEOPLE,
    ROOT,
    Row,
    Story,
    at,
    by_story,
    call,
    deal,
    judge,
    mail,
    mirror,
    rule,
    shipped,
    stories,
    won,
)
from worker.mirror import Mirror

NOW = "2026-11-19 12:00"


def check_in() -> Rule:
    """Return a rule that counts, for deals."""
    path = ROOT / "tests" / "rules" / "check-in.yaml"
    rules, problems = load([Source(path=path.name, text=path.read_text(encoding="utf-8"))])
    assert problems == []
    return rules.active[0]


SHIPPED = {name: shipped(name) for name in ("won-no-follow-up", "stale-proposal")} | {
    "check-in": check_in()
}


# -- the same answer as the verdict ----------------------------------------------------------

DEALS: Mapping[str, Row] = {
    "won": won(when="2026-11-09 10:00"),
    "won just now": won(when="2026-11-18 10:00"),
    "won long ago": won(when="2026-08-03 10:00"),
    "proposal": deal(stage_changed_at=at("2026-11-02 10:00")),
    "new proposal": deal(stage_changed_at=at("2026-11-17 10:00")),
    "negotiation": deal(stage="Negotiation", stage_changed_at=at("2026-11-11 10:00")),
    "qualification": deal(stage="Qualification"),
    "lost": deal(stage="Lost", state="lost", stage_changed_at=at("2026-11-09 10:00")),
    "nobody's": deal(owner_id=None, stage_changed_at=at("2026-11-02 10:00")),
    "Bo's": won(when="2026-11-09 10:00", owner_id="bo"),
    "no stage": deal(stage=None),
    "deleted": deal(deleted=True),
}
ACTIVITIES: Mapping[str, tuple[Row, ...]] = {
    "silence": (),
    "a call": (call("2026-11-16 10:00"),),
    "an old call": (call("2026-10-30 10:00"),),
    "an attempt": (call("2026-11-18 10:00", outcome="no_answer"),),
    "a check-in": (mail("2026-11-17 10:00", text="Just checking in."),),
    "a purpose": (mail("2026-11-17 10:00", text="Just checking in. Please sign the contract."),),
    "their mail": (mail("2026-11-10 10:00", direction="inbound"),),
    "both": (
        mail("2026-11-16 10:00", text="Any update?"),
        call("2026-11-06 10:00", "a2", owner_id="tom"),
    ),
}


def varied() -> dict[str, Story]:
    """Every deal with every third history, so that each history meets four deals."""
    return {
        f"{which}, {what}": {"deals": [one], "activities": some}
        for i, (which, one) in enumerate(DEALS.items())
        for j, (what, some) in enumerate(ACTIVITIES.items())
        if (i + j) % 3 == 0
    }


@pytest.fixture(scope="module")
def crowd() -> Iterator[Mirror]:
    """All of them in one mirror."""
    made = stories(varied())
    yield made
    made.close()


def explained(mirror: Mirror, rule: Rule, story: str = "", now: str = NOW) -> Explanation | None:
    deal_id = f"{story}/d1" if story else "d1"
    return explain(mirror.connection, rule, Org(), deal_id, at(now))


@pytest.mark.parametrize("name", SHIPPED)
def test_an_explanation_never_contradicts_the_verdict(crowd: Mirror, name: str) -> None:
    """It fires exactly where the rule does; in scope or not, somebody fires and somebody
    does not; a deleted deal has nothing to explain."""
    verdicts = by_story(judge(crowd, SHIPPED[name], NOW).verdicts(name))
    fired = {story for story, verdict in verdicts.items() if verdict.fires}
    told = {story: explained(crowd, SHIPPED[name], story) for story in varied()}
    assert {story for story, said in told.items() if said and said.fires} == fired
    assert 0 < len(fired) < len(verdicts)
    assert {s for s, said in told.items() if said is None} == {
        s for s in told if s.startswith("deleted")
    }
    for said in told.values():
        assert said is None or said.fires == (said.first_failed is None)


def test_at_every_turn_the_verdict_turns() -> None:
    """A second before the moment that a condition names it says one thing, at it the other."""
    world = mirror(deals=[deal(stage_changed_at=at("2026-11-02 10:00"))])
    rule = SHIPPED["stale-proposal"]
    judge(world, rule, NOW)
    said = explained(world, rule)
    assert said is not None
    turns = [c for c in said.conditions if c.turns is not None]
    assert [c.turns for c in turns] == [at("2026-11-11 10:00"), at("2026-11-05 10:00")]
    for number, one in ((said.conditions.index(c), c) for c in turns):
        assert one.turns is not None
        held = [
            explain(world.connection, rule, Org(), "d1", moment)
            for moment in (one.turns - dt.timedelta(seconds=1), one.turns)
        ]
        assert [h and h.conditions[number].held for h in held] == [False, True]


# -- which condition, and what was seen ------------------------------------------------------


def first_failed(world: Mirror, rule: Rule, now: str = NOW) -> str:
    judge(world, rule, now)
    said = explained(world, rule, now=now)
    assert said is not None
    assert not said.fires
    assert said.first_failed is not None
    return said.first_failed.said


STALE = SHIPPED["stale-proposal"]
ENTERED = at("2026-11-02 10:00")
STAGES = "Prospecting or Qualification or Proposal or Negotiation"
LIMITS = (
    "14 business days in Prospecting, 10 business days in Qualification, "
    "7 business days in Proposal, 5 business days in Negotiation"
)
FAILURES = [
    ("not in this stage", deal(stage="Won"), (), f"stage is {STAGES}"),
    ("without a stage", deal(stage=None), (), f"stage is {STAGES}"),
    ("lost in this stage", deal(state="lost"), (), "state is open"),
    (
        "they answered",
        deal(stage_changed_at=ENTERED),
        (mail("2026-11-18 10:00", direction="inbound"),),
        f"in the last {LIMITS}, counting from stage_entered_at: no two-way contact of grade C or "
        "better or meeting planned in the next 14 days",
    ),
    (
        "we have just tried",
        deal(stage_changed_at=ENTERED),
        (call("2026-11-18 10:00", outcome="no_answer"),),
        "in the last 3 business days, counting from stage_entered_at: "
        "no outbound contact or attempt at one",
    ),
]


@pytest.mark.parametrize(
    ("one", "some", "said"), [row[1:] for row in FAILURES], ids=[row[0] for row in FAILURES]
)
def test_the_first_condition_that_fails_is_named(
    one: Row, some: tuple[Row, ...], said: str
) -> None:
    """In the rule's own order, with what it asks for."""
    assert first_failed(mirror(deals=[one], activities=some), STALE) == said


def test_nothing_fails_where_it_fires() -> None:
    """Every condition holds, each with what was seen and where it comes from."""
    world = mirror(deals=[deal(stage_changed_at=ENTERED)], activities=[mail("2026-11-10 10:00")])
    judge(world, STALE, NOW)
    said = explained(world, STALE)
    assert said is not None
    assert (said.fires, said.first_failed, said.as_of) == (True, None, at(NOW))
    assert sorted((c.seen, c.source) for c in said.conditions) == [
        ("2026-11-10 10:00 UTC", "activities"),
        ("Proposal", "deals.stage"),
        ("none", "activities"),
        ("open", "deals.state"),
        ("yes", "deals.next_step"),
    ]


def test_a_count_is_explained() -> None:
    """What is counted, the moment of the contact that decided, and until when."""
    world = mirror(deals=[deal()], activities=[mail("2026-11-17 10:00", text="Just checking in.")])
    rule = SHIPPED["check-in"]
    judge(world, rule, NOW)
    said = explained(world, rule)
    assert said is not None
    assert said.conditions[-1] == Condition(
        said="at least once in the last 5 business days: outbound call or email by owner of grade "
        "B or better that says check_in and not purpose",
        held=True,
        seen="2026-11-17 10:00 UTC",
        source="activities",
        turns=at("2026-11-24 10:00"),
    )


@pytest.mark.parametrize(
    ("where", "said", "held"),
    [
        ("{next_step: {is_empty: yes}}", "next_step is empty", True),
        ("{next_step: {is_empty: no}}", "next_step is not empty", False),
        ("{next_step: {contains: call}}", "next_step contains call", False),
        ("{amount: {at_least: 5}}", "amount is at least 5", False),
        ("{close_date: {older_than: 3 days}}", "close_date is older than 3 days", False),
        ("{close_date: {newer_than: 3 days}}", "close_date is newer than 3 days", False),
    ],
)
def test_an_empty_field_is_seen_as_nothing(where: str, said: str, held: bool) -> None:
    """It fails every test but those of emptiness, in the explanation as in the verdict."""
    asked = rule(where=where)
    for empty in (None, "") if "next_step" in where else (None,):
        name = where[1:].partition(":")[0]
        world = mirror(deals=[won(**{name: empty})])
        (verdict,) = judge(world, asked, NOW).verdicts("r1") or [None]
        found = explained(world, asked)
        assert found is not None
        (one,) = [c for c in found.conditions if c.said == said]
        assert (one.held, one.seen, one.turns) == (held, "nothing", None)
        assert found.fires == bool(verdict and verdict.fires) == held


def test_a_deal_nobody_knows() -> None:
    """No conditions are made up."""
    world = mirror(deals=[deal()])
    judge(world, STALE, NOW)
    assert explain(world.connection, STALE, Org(), "d2", at(NOW)) is None
    assert explain(world.connection, STALE, Org(), "d1' OR TRUE --", at(NOW)) is None


def test_unknown_is_not_held() -> None:
    """Where a condition cannot be judged, nothing fires and it is named."""
    one = Condition(said="s", held=None, seen="nothing", source="activities", turns=None)
    held = replace(one, held=True)
    said = Explanation(rule="r", as_of=at(NOW), conditions=(held, one))
    assert (said.fires, said.first_failed) == (False, one)


# -- in words --------------------------------------------------------------------------------

HERE = Place(path="r.yaml", line=1, column=1)
TOUCH = TouchPattern(
    by=frozenset({"anyone"}), at_least="C", direction=None, kinds=frozenset(ACTIVITY_KINDS)
)
THREE_DAYS = Length(3, Unit.BUSINESS_DAYS)


def said_of(asked: Rule) -> list[str]:
    world = mirror(deals=[deal()], owners=PEOPLE)
    judge(world, asked, NOW)
    found = explained(world, asked)
    assert found is not None
    return [one.said for one in found.conditions]


def with_where(*tests: Test) -> Rule:
    return replace(rule(), where=tests)


def with_absence(
    clock: Clock = Clock.IN_LAST, limit: Limit = THREE_DAYS, **changed: object
) -> Rule:
    pattern = replace(TOUCH, **changed)  # type: ignore[arg-type]
    start = DEAL_FIELDS["created_at"]
    absence = Absence(events=(pattern,), clock=clock, start=start, limit=limit, place=HERE)
    return replace(rule(), where=(), absences=(absence,))


VALUES = {
    Op.IS_ONE_OF: ("name", ("a", "b"), "name is a or b"),
    Op.IS_NONE_OF: ("name", ("a", "b"), "name is not a or b"),
    Op.AT_LEAST: ("amount", Decimal("10.50"), "amount is at least 10.50"),
    Op.AT_MOST: ("amount", Decimal(10), "amount is at most 10"),
    Op.MORE_THAN: ("probability", Decimal(10), "probability is more than 10"),
    Op.BELOW: ("probability", Decimal(10), "probability is below 10"),
    Op.BEFORE: ("close_date", dt.date(2026, 11, 1), "close_date is before 2026-11-01"),
    Op.AFTER: ("created_at", dt.date(2026, 11, 1), "created_at is after 2026-11-01"),
    Op.OLDER_THAN: ("created_at", THREE_DAYS, "created_at is older than 3 business days"),
    Op.NEWER_THAN: ("created_at", THREE_DAYS, "created_at is newer than 3 business days"),
    Op.CONTAINS: ("name", "a'b", "name contains a'b"),
    Op.STARTS_WITH: ("name", "a", "name starts with a"),
    Op.IS_EMPTY: ("next_step", None, "next_step is empty"),
    Op.IS_NOT_EMPTY: ("next_step", None, "next_step is not empty"),
}


def test_every_test_has_words() -> None:
    """One sentence for each way a field is tested, in one rule."""
    assert set(VALUES) == set(Op) == set(OPS)
    tests = [
        Test(word=DEAL_FIELDS[field], op=op, value=value, place=HERE)
        for op, (field, value, _) in VALUES.items()
    ]
    assert said_of(with_where(*tests))[: len(tests)] == [said for _, _, said in VALUES.values()]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (
            with_absence(Clock.AFTER, direction="outbound", at_least="attempt"),
            "within 3 business days after created_at, no outbound contact or attempt at one",
        ),
        (
            with_absence(by=frozenset({"owner"}), at_least="A", kinds=frozenset({"call"})),
            "in the last 3 business days, counting from created_at: no call by owner of grade A",
        ),
        (
            with_absence(
                limit=ByWord(
                    word=DEAL_FIELDS["stage"],
                    rows={"Proposal": THREE_DAYS, "Won": Length(1, Unit.WEEKS)},
                )
            ),
            "in the last 3 business days in Proposal, 1 week in Won, counting from created_at: "
            "no contact of grade C or better",
        ),
        (
            replace(
                rule(),
                where=(),
                absences=(),
                presences=(
                    Presence(
                        pattern=replace(TOUCH, does_not_say=frozenset({"purpose"})),
                        in_last=THREE_DAYS,
                        at_least=2,
                        place=HERE,
                    ),
                ),
            ),
            "at least 2 times in the last 3 business days: contact of grade C or better that does "
            "not say purpose",
        ),
    ],
)
def test_what_is_missing_or_counted_has_words(asked: Rule, said: str) -> None:
    """Direction, kinds, who, grade, signals, limits and clocks."""
    assert said_of(asked) == [said]
