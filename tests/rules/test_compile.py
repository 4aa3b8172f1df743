"""Rules as statements: clocks, limits and conditions at their borders, whatever text is in them."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from rules.checked import Rule
from rules.evaluate import Org
from tests.rules.world import (
    Row,
    Story,
    at,
    by_story,
    call,
    deal,
    fires,
    judge,
    mail,
    mirror,
    rule,
    stage,
    stories,
    won,
)
from worker.mirror import Mirror

NOW = "2026-11-19 10:00"
IN_LAST = "{touch: {direction: two-way}, in_last: 5 business days, counting_from: stage_entered_at}"
ENTERED = [stage("1", "Proposal", "2026-11-02 10:00")]


#: Deals that differ in when they began and who spoke then; all stand in one mirror.
TOLD: dict[str, Story] = {
    "sold": {"deals": [won()]},
    "sold in March": {"deals": [won(when="2026-03-01 10:00")]},
    "sold in August": {"deals": [won(when="2026-08-03 10:00")]},
    "sold young": {"deals": [won(created_at=at("2026-11-10 08:00"))]},
    "called twice": {
        "deals": [deal()],
        "stage_changes": ENTERED,
        "activities": [call("2026-11-05 14:00", "a"), call("2026-10-05 14:00", "b")],
    },
    "called before": {
        "deals": [deal()],
        "stage_changes": ENTERED,
        "activities": [call("2026-11-01 14:00")],
    },
    "tried": {
        "deals": [deal()],
        "stage_changes": ENTERED,
        "activities": [call("2026-11-10 09:00", outcome="voicemail")],
    },
    "negotiating": {
        "deals": [deal(stage="Negotiation")],
        "stage_changes": [stage("1", "Negotiation", "2026-11-02 10:00")],
    },
    "open": {"deals": [deal()], "activities": [call("2026-02-02 10:00")]},
    "of 1999": {"deals": [deal(created_at=at("1999-01-01 10:00"))]},
    "of 2200": {"deals": [deal(created_at=at("2200-01-01 10:00"))]},
}


@pytest.fixture(scope="module")
def told() -> Mirror:
    """One mirror of all these deals."""
    return stories(TOLD)


def line(told: Mirror, name: str, rule: Rule, now: str) -> list[str | bool | None]:
    """What is said of a deal: fires, next check, anchor, deadline, as short texts."""
    found = by_story(judge(told, rule, now).verdicts(rule.id))[name]
    moments = (found.next_check, found.anchor, found.deadline)
    return [found.fires, *(f"{m:%m-%d %H:%M}" if m else None for m in moments)]


# -- the two clocks --------------------------------------------------------------------------


def test_after_and_within(told: Mirror) -> None:
    """The clock runs from its start; the deadline itself fires, a minute before does not."""
    due = "11-19 10:00"
    assert line(told, "sold", rule(), "2026-11-12 10:00") == [False, due, "11-12 10:00", due]
    assert line(told, "sold", rule(), "2026-11-19 09:59") == [False, due, "11-12 10:00", due]
    assert line(told, "sold", rule(), "2026-11-19 10:00") == [True, None, "11-12 10:00", due]
    assert line(told, "sold", rule(), "2027-11-19 10:00") == [True, None, "11-12 10:00", due]


def test_a_touch_after_the_start_clears_it() -> None:
    """Any touch since the start ends the duty for good, also a late one; none from the future."""
    clears = {
        "2026-11-11 10:00": False,  # before it
        "2026-11-12 10:00": False,  # at the very moment
        "2026-11-12 10:01": True,
        "2026-11-19 10:00": True,  # at the deadline
        "2026-11-23 10:00": True,  # late
        "2026-11-24 10:01": False,  # not yet
    }
    world = stories({when: {"deals": [won()], "activities": [call(when)]} for when in clears})
    said = by_story(judge(world, rule(), "2026-11-24 10:00").verdicts("r1"))
    assert {when: not v.fires for when, v in said.items()} == clears
    assert {v.deadline for v in said.values()} == {at("2026-11-19 10:00")}


def test_in_last_and_counting_from(told: Mirror) -> None:
    """The clock begins again with every touch, and with the start if that is later."""
    some, due = rule(IN_LAST), "11-12 14:00"
    begins = line(told, "called twice", some, "2026-11-05 13:59")
    assert begins[2:] == ["11-02 10:00", "11-09 10:00"]
    once, again = [False, due, "11-05 14:00", due], [True, None, "11-05 14:00", due]
    assert line(told, "called twice", some, "2026-11-05 14:00") == once
    assert line(told, "called twice", some, "2026-11-12 13:59") == once
    assert line(told, "called twice", some, "2026-11-12 14:00") == again


def test_a_touch_before_the_start_does_not_count(told: Mirror) -> None:
    """A new stage begins a new count, whatever was said before."""
    said = line(told, "called before", rule(IN_LAST), NOW)
    assert said == [True, None, "11-02 10:00", "11-09 10:00"]


def test_a_limit_for_each_stage() -> None:
    """Each stage has its own length, in its own unit; a stage that is not named has no duty."""
    limits = "{by_stage: {Proposal: 2 business days, Negotiation: 3 days, Prospecting: 5 hours}}"
    some = rule(f"{{touch: {{by: owner}}, after: stage_entered_at, within: {limits}}}")
    by_stage: dict[str, Story] = {
        name: {"deals": [deal(stage=name)], "stage_changes": [stage("1", name, "2026-11-13 16:00")]}
        for name in ("Proposal", "Negotiation", "Prospecting", "Qualification")
    }
    said = by_story(judge(stories(by_stage), some, "2026-11-16 16:00").verdicts("r1"))
    assert {name: (v.fires, v.deadline) for name, v in said.items()} == {
        "Proposal": (False, at("2026-11-17 16:00")),
        "Negotiation": (True, at("2026-11-16 16:00")),
        "Prospecting": (True, at("2026-11-13 21:00")),
        "Qualification": (False, None),
    }
    assert said["Qualification"].next_check is None


SILENCE = """
  - touch: {direction: two-way}
    in_last: {by_stage: {Proposal: 7 business days}}
    counting_from: stage_entered_at
  - {touch: {direction: outbound, at_least: attempt}, in_last: 3 days, counting_from: created_at}"""


def test_several_absences_must_all_hold(told: Mirror) -> None:
    """It fires at the latest deadline; either touch alone keeps it quiet."""
    some, due = rule(SILENCE), ["11-02 10:00", "11-11 10:00"]
    assert line(told, "tried", some, "2026-11-11 10:00") == [False, "11-13 09:00", *due]
    assert line(told, "tried", some, "2026-11-13 08:59") == [False, "11-13 09:00", *due]
    assert line(told, "tried", some, "2026-11-13 09:00") == [True, None, *due]


def test_an_absence_without_a_limit_here_promises_no_check(told: Mirror) -> None:
    """Where one of two absences can never hold, time alone changes nothing."""
    said = line(told, "negotiating", rule(SILENCE), "2026-01-02 10:00")
    assert said == [False, None, "11-02 10:00", None]


@pytest.mark.parametrize("clock", ["after: won_at, within: ", "counting_from: won_at, in_last: "])
def test_a_clock_that_has_not_begun_is_no_duty(told: Mirror, clock: str) -> None:
    """An open deal was never won: nothing is due, and that is known."""
    some = rule(f"{{touch: {{by: owner}}, {clock} 5 days}}")
    assert line(told, "open", some, NOW) == [False, None, None, None]
    assert line(told, "sold in March", some, NOW)[0] is True


def test_what_began_before_all_calendars_is_long_overdue(told: Mirror) -> None:
    """A deal of another century fires; it is not lost."""
    some = rule("{touch: {by: owner}, after: created_at, within: 5 business days}")
    assert line(told, "of 1999", some, NOW)[0] is True


def test_the_year_2200_is_not_known_yet(told: Mirror) -> None:
    """A start beyond the calendar is neither due nor not due."""
    some = rule("{touch: {by: owner}, after: created_at, within: 5 business days}")
    fires, next_check, _, deadline = line(told, "of 2200", some, NOW)
    assert (fires, next_check, deadline) == (None, None, None)


# -- windows ---------------------------------------------------------------------------------


def test_newer_than_ends_at_its_border(told: Mirror) -> None:
    """A window ends exactly when its length has passed, and the verdict knows it before."""
    some, ends = rule(where="{state: won, won_at: {newer_than: 60 days}}"), "10-02 10:00"
    assert line(told, "sold in August", some, "2026-08-10 09:59")[:2] == [False, "08-10 10:00"]
    assert line(told, "sold in August", some, "2026-08-10 10:00")[:2] == [True, ends]
    assert line(told, "sold in August", some, "2026-10-02 09:59")[:2] == [True, ends]
    assert line(told, "sold in August", some, "2026-10-02 10:00")[:2] == [False, None]


def test_a_window_that_ends_before_the_deadline_never_fires(told: Mirror) -> None:
    """There is nothing to wait for."""
    some = rule(where="{state: won, won_at: {newer_than: 2 days}}")
    assert line(told, "sold", some, "2026-11-13 10:00")[:2] == [False, None]


def test_older_than_begins_at_its_border(told: Mirror) -> None:
    """The later of deadline and age decides."""
    some = rule(where="{state: won, created_at: {older_than: 2 weeks}}")
    assert line(told, "sold young", some, "2026-11-24 07:59")[:2] == [False, "11-24 08:00"]
    assert line(told, "sold young", some, "2026-11-24 08:00")[:2] == [True, None]


def test_the_age_of_a_close_date_counts_from_its_midnight_there() -> None:
    """A day begins where the owner is."""
    some = rule(where="{state: won, close_date: {older_than: 1 day}}")
    people = [{"id": "dana", "name": "Dana", "active": True, "time_zone": "America/New_York"}]
    when = dt.date(2026, 11, 25)
    world = mirror(deals=[won(close_date=when)], owners=people)
    assert fires(world, some, "2026-11-26 04:59") is False
    assert fires(world, some, "2026-11-26 05:00") is True


@pytest.mark.parametrize("op", ["older_than", "newer_than"])
def test_an_empty_moment_is_neither_old_nor_new(op: str) -> None:
    """A condition on an empty field does not hold, and that is known."""
    some = rule(where=f"{{state: won, close_date: {{{op}: 30 days}}}}")
    told: dict[str, Story] = {
        "none": {"deals": [won()]},
        "old": {"deals": [won(close_date=dt.date(2026, 1, 1))]},
        "new": {"deals": [won(close_date=dt.date(2026, 11, 12))]},
    }
    said = by_story(judge(stories(told), some, NOW).verdicts("r1"))
    assert {name for name, v in said.items() if v.fires is not False} == {op[:3]}


# -- conditions on fields --------------------------------------------------------------------

DEALS: dict[str, Row] = {
    "empty": won(name=None, account_id=None, owner_id=None),
    "small": won(
        name="Rollout",
        currency="EUR",
        amount=Decimal("999.99"),
        probability=10.0,
        close_date=dt.date(2026, 11, 11),
        next_step="",
        created_at=at("2026-11-11 22:59"),
    ),
    "exact": won(
        name="ROLLOUT 2",
        currency="eur",
        amount=Decimal("1000"),
        probability=50.0,
        close_date=dt.date(2026, 11, 12),
        next_step="Call Ann",
        created_at=at("2026-11-11 23:00"),
    ),
    "large": won(
        name="The rollout",
        currency="USD",
        amount=Decimal("1000.01"),
        probability=90.0,
        close_date=dt.date(2026, 11, 13),
        next_step=" ",
        created_at=at("2026-11-12 23:00"),
    ),
}

#: A condition -> the deals that pass. The org is in Berlin: 23:00 UTC is midnight there.
WHERE = {
    "currency: EUR": "small exact",
    "currency: [usd, gbp]": "large",
    "currency: {is_not: EUR}": "empty large",
    "currency: {is_empty: yes}": "empty",
    "currency: {is_empty: no}": "small exact large",
    "next_step: {is_empty: yes}": "empty small",
    "next_step: {is_empty: no}": "exact large",
    "amount: 1000": "exact",
    "amount: {at_least: 1000}": "exact large",
    "amount: {at_most: 1000}": "small exact",
    "amount: {more_than: 1000}": "large",
    "amount: {below: 1000}": "small",
    "amount: {at_least: 0}": "small exact large",
    "amount: {is_empty: yes}": "empty",
    "probability: {more_than: 10, at_most: 90}": "exact large",
    "name: {contains: ROLL}": "small exact large",
    "name: {starts_with: roll}": "small exact",
    "name: {contains: '%'}": "",
    "name: {contains: _}": "",
    "account: northwind": "small exact large",
    "account: {is_not: Northwind}": "empty",
    "owner: Dana": "small exact large",
    "owner: {is_not: [Dana, Tom]}": "empty",
    "close_date: {before: 2026-11-12}": "small",
    "close_date: {after: 2026-11-12}": "large",
    "close_date: {is_empty: yes}": "empty",
    "created_at: {before: 2026-11-12}": "empty small",  # it was created long ago
    "created_at: {after: 2026-11-12}": "large",
    "created_at: {after: 2026-11-11}": "exact large",
    "created_at: {before: 2026-11-12 00:01}": "empty small exact",
    "created_at: {after: 2026-11-12 00:00}": "large",
    "stage: Won": "empty small exact large",
    "stage: {is_not: Won}": "",
    "state: [open, won]": "empty small exact large",
    "state: {is_not: won}": "",
}


@pytest.fixture(scope="module")
def passed() -> dict[str, str]:
    """The deals that pass each condition, in the order of the table."""
    rules = [
        rule("{touch: {}, after: created_at, within: 1 day}", f"{{{where}}}", id=f"r{n}")
        for n, where in enumerate(WHERE)
    ]
    world = stories({name: {"deals": [one]} for name, one in DEALS.items()})
    evaluation = judge(world, rules, NOW, Org(zone="Europe/Berlin"))
    by_rule = {one.id: by_story(evaluation.verdicts(one.id)) for one in rules}
    return {
        where: " ".join(name for name in DEALS if name in by_rule[f"r{n}"])
        for n, where in enumerate(WHERE)
    }


@pytest.mark.parametrize("where", WHERE)
def test_a_condition_holds_for(passed: dict[str, str], where: str) -> None:
    """Each test at its border, and for a deal whose field is empty."""
    assert passed[where] == WHERE[where]


HOSTILE = [
    "O'Neill & Sons",
    "'); DROP TABLE deals; --",
    '"quoted"',
    "$as_of",
    "$org_zone and $horizon",
    "{} {name} {{0}}",
    "%s %(x)s ? :x @y",
    "back\\slash \\' \\n",
    "Ünïcödé ΟΔΟΣ ẞ İ 株式会社 🦊",
    "/* comment */ -- end",
    "a\u00a0b\u2007c",
    "x" * 300,
]


def test_a_text_is_never_part_of_the_statement() -> None:
    """Whatever a client is called, it is found by its name, and by no other."""
    rules = []
    for n, text in enumerate(HOSTILE):
        said = json.dumps(text, ensure_ascii=False)
        where = f"{{name: {{is: [{said}], contains: {said}, starts_with: {said}}}}}"
        rules.append(rule("{touch: {}, after: created_at, within: 1 day}", where, id=f"r{n}"))
    world = mirror(deals=[deal(f"d{n}", name=text) for n, text in enumerate(HOSTILE)])
    evaluation = judge(world, rules, NOW)
    found = {one.id: [v.record_id for v in evaluation.verdicts(one.id)] for one in rules}
    assert found == {f"r{n}": [f"d{n}"] for n in range(len(HOSTILE))}


@settings(max_examples=3, deadline=None, derandomize=True, database=None)
@given(texts=st.lists(st.text("ab'\"\\$;-{}%é\n/*", min_size=1, max_size=8), min_size=1))
def test_any_text_finds_itself(texts: list[str]) -> None:
    """The same for texts nobody thought of."""
    texts = [text for text in texts if text.strip()] or ["a"]
    named = [text.strip() for text in texts]
    some = rule(
        "{touch: {}, after: created_at, within: 1 day}",
        f"{{name: {{is: {json.dumps(named, ensure_ascii=False)}}}}}",
    )
    deals = [deal(f"d{n}", name=text) for n, text in enumerate(named)]
    verdicts = judge(mirror(deals=deals), some, NOW).verdicts("r1")
    assert len(verdicts) == len(deals)


# -- the promise of next_check ---------------------------------------------------------------

ABSENCES = [
    "{touch: {by: owner}, after: stage_entered_at, within: 2 business days}",
    IN_LAST,
    SILENCE,
    """
  - {touch: {by: owner}, after: stage_entered_at, within: 1 day}
  - {touch: {direction: inbound}, in_last: 30 hours, counting_from: created_at}""",
]
WINDOWS = [
    "{created_at: {is_empty: no}}",
    "{created_at: {newer_than: 9 days}}",
    "{created_at: {older_than: 9 days}}",
    "{created_at: {older_than: 4 days, newer_than: 8 days}}",
]
MINUTE = dt.timedelta(minutes=1)
BEGIN, STILL = at("2026-11-02 00:00"), at("2026-11-09 12:00")  # nothing happens after STILL
quarters = st.integers(0, 30 * 24).map(lambda n: BEGIN + n * 15 * MINUTE)
deals_told = st.tuples(quarters, quarters.filter(lambda moment: moment <= STILL), st.booleans())


@pytest.mark.proof
@settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
)
@given(
    missing=st.sampled_from(ABSENCES),
    where=st.sampled_from(WINDOWS),
    told=st.lists(deals_told, min_size=3, max_size=5),
    stage_word=st.sampled_from(["Proposal", "Negotiation"]),
)
def test_next_check_is_the_next_moment_at_which_anything_changes(
    missing: str,
    where: str,
    told: list[tuple[dt.datetime, dt.datetime, bool]],
    stage_word: str,
) -> None:
    """While nothing happens, a verdict holds until its next check, and is another one then."""
    world = stories(
        {
            f"s{n}": {
                "deals": [deal(created_at=born, stage=stage_word, stage_changed_at=born)],
                "activities": [mail(str(touch))] if touched else [],
            }
            for n, (born, touch, touched) in enumerate(told)
        }
    )
    some = rule(missing, where)

    def fires_at(moment: dt.datetime) -> dict[str, bool | None]:
        verdicts = judge(world, some, str(moment), laid_out=True).verdicts("r1")
        return {name: v.fires for name, v in by_story(verdicts).items()}

    before = by_story(judge(world, some, str(STILL)).verdicts("r1"))
    end = fires_at(STILL + dt.timedelta(days=60))
    for name, one in before.items():
        if one.next_check is None:
            assert end.get(name, False) is one.fires  # out of scope: too old by any calendar
        else:
            assert fires_at(one.next_check - MINUTE).get(name, False) is one.fires
            assert fires_at(one.next_check).get(name, False) is not one.fires
