"""Judging at a moment: complete data is judged, other data says why not; nothing looks ahead."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.model import STREAMS, BlindSpot
from rules.calendars import Hours
from rules.evaluate import Org, Verdict, stages_of
from tests.rules.world import (
    ACCOUNTS,
    CONTACTS,
    LINKS,
    PEOPLE,
    activity,
    at,
    call,
    deal,
    fires,
    judge,
    mail,
    mirror,
    rule,
    shipped,
    stage,
    won,
)
from worker.mirror import Mirror

NOW = "2026-11-19 12:00"
READ = dict.fromkeys(STREAMS, NOW)


@cache
def one_won_deal() -> Mirror:
    """A world that tests only look at."""
    return mirror(deals=[won()])


def why(rule: Any = None, org: Org | None = None, **said: Any) -> str | None:
    """Return why a rule cannot be judged at NOW, or None if it was."""
    some = rule or shipped("won-no-follow-up")
    evaluation = judge(one_won_deal(), some, NOW, org, **said)
    reasons = [one.why for one in evaluation.not_evaluable]
    assert len(reasons) + len(evaluation.judged) == 1
    return reasons[0] if reasons else None


# -- now is what has been read ---------------------------------------------------------------


def test_a_rule_is_judged_at_the_oldest_stream_it_reads() -> None:
    """What has not been read yet cannot be called absent."""
    world, some = one_won_deal(), rule()
    known = READ | {"activities": "2026-11-19 10:00", "deals": "2026-11-19 11:00"}
    evaluation = judge(world, some, NOW, complete_until=known)
    assert evaluation.as_of == {"r1": at("2026-11-19 10:00")}
    assert [v.fires for v in evaluation.verdicts("r1")] == [True]
    known["activities"] = "2026-11-19 09:59"
    evaluation = judge(world, some, "2026-11-19 11:30", complete_until=known)
    assert [v.fires for v in evaluation.verdicts("r1")] == [False]
    assert evaluation.next_check() == at("2026-11-19 10:00")


def test_a_stream_that_a_rule_does_not_read_holds_nothing_back() -> None:
    """Proposals are no business of this rule; that of the other is its own."""
    known = READ | {"proposals": "2026-01-01 00:00"}
    assert why(complete_until=known) is None
    del known["proposals"]
    assert why(complete_until=known) is None


def test_files_are_heeded_where_an_org_has_them() -> None:
    """Read lately, they say what *now* is; not read, or not for hours, they hold nothing back."""
    file = "{file: {mailed: yes}, after: won_at, within: 5 business days}"
    known = READ | {"files": "2026-11-19 10:00"}
    world, some = one_won_deal(), rule(file, id="r1")
    assert judge(world, some, NOW, complete_until=known).as_of == {"r1": at("2026-11-19 10:00")}
    for without in (READ, READ | {"files": "2026-11-19 07:00"}):
        assert judge(world, some, NOW, complete_until=without).as_of["r1"] > at("2026-11-19 10:00")
        assert why(some, complete_until=without) is None


def test_rules_that_read_other_streams_have_another_now() -> None:
    """Each rule of one evaluation is judged at its own moment."""
    by_history = rule(id="history")
    by_creation = rule("{touch: {}, after: created_at, within: 5 business days}", id="creation")
    known = READ | {"stage_changes": "2026-11-19 09:59"}
    born = at("2026-11-12 10:00")
    world = mirror(deals=[won(created_at=born)])
    found = judge(
        world, [by_history, by_creation], "2026-11-19 11:00", complete_until={**known, **NOW_LATER}
    )
    assert found.as_of == {
        "history": at("2026-11-19 09:59"),
        "creation": at("2026-11-19 11:00"),
    }
    assert [len(found.firing(name)) for name in ("history", "creation")] == [0, 1]


NOW_LATER = {stream: "2026-11-19 11:00" for stream in STREAMS if stream != "stage_changes"}


def test_an_activity_after_that_moment_is_not_seen() -> None:
    """A judgement of the past knows nothing of the future."""
    world = mirror(deals=[won()], activities=[call("2026-11-20 15:00")])
    assert fires(world, rule(), "2026-11-20 14:59") is True
    assert fires(world, rule(), "2026-11-20 15:00") is False


# -- what cannot be judged -------------------------------------------------------------------

HIDDEN = "Let the account read Opportunity.Amount."


@pytest.mark.parametrize(
    ("where", "spot", "told"),
    [
        (
            "{amount: {at_least: 1}}",
            BlindSpot(stream="deals", field="amount", why=HIDDEN),
            HIDDEN,
        ),
        ("{state: won}", BlindSpot(stream="deals", field="amount", why=HIDDEN), None),
        ("{state: won}", BlindSpot(stream="activities", field=None, why="Grant it."), "Grant it."),
        ("{state: won}", BlindSpot(stream="proposals", field=None, why="Grant it."), None),
        (
            "{state: won}",
            BlindSpot(stream="activities", field="outcome", why="Grant it."),
            "Grant it.",
        ),
        ("{state: won}", BlindSpot(stream="activities", field="subject", why="Grant it."), None),
        ("{state: won}", BlindSpot(stream="files", field=None, why="Grant it."), None),
    ],
)
def test_what_the_account_may_not_see(where: str, spot: BlindSpot, told: str | None) -> None:
    """A rule that needs it says what to grant; another one is judged."""
    assert why(rule(where=where), blind_spots=[spot]) == told


def test_a_stream_that_was_never_read_completely() -> None:
    """The first pull may end before it is through."""
    known = {stream: NOW for stream in STREAMS if stream not in ("activities", "links")}
    told = "activities, links have not been read completely yet; the next pull goes on."
    assert why(complete_until=known) == told


@pytest.mark.parametrize(
    ("read", "told"),
    [
        ("2026-11-19 10:00", None),
        (
            "2026-11-19 09:00",
            "the activities in the mirror are 3 hours old, more than 2 hours. Pull first.",
        ),
        (
            "2026-11-16 12:00",
            "the activities in the mirror are 3 days old, more than 2 hours. Pull first.",
        ),
    ],
)
def test_a_stream_that_is_stale(read: str, told: str | None) -> None:
    """Two hours are the most; beyond that nothing is opened and nothing closed."""
    assert why(complete_until=READ | {"activities": read}) == told


def test_a_stage_that_this_org_does_not_have() -> None:
    """A rule about it would be silent for ever; the sentence names the org's own stages."""
    stale = shipped("stale-proposal")
    usual = {"Prospecting", "Qualification", "Negotiation"}
    org = Org(stages=frozenset(usual | {"Angebot", "Gewonnen"}))
    assert why(stale, org) == (
        'this org has no stage for "Proposal". Its stages: "Angebot", "Gewonnen", "Negotiation", '
        '"Prospecting", "Qualification". '
        "Say which of them is meant under stages: in followthrough.yaml, "
        'or write "Proposal: []" there if you have none.'
    )
    mapped = Org(stages=org.stages, stage_words={"Angebot": "Proposal"})
    assert why(stale, mapped) is None
    assert why(shipped("won-no-follow-up"), org) is None
    assert why(stale, Org(stages=None)) is None


def test_a_stage_is_known_by_the_orgs_own_word() -> None:
    """The org's label is translated before a rule sees it."""
    world = mirror(
        deals=[deal(stage="Angebot")], stage_changes=[stage("1", "Angebot", "2026-11-02 10:00")]
    )
    words = {"Angebot": "Proposal"}
    assert fires(world, shipped("stale-proposal"), NOW, Org(stage_words=words)) is True
    assert fires(world, shipped("stale-proposal"), NOW) is False


def test_stages_of_a_rule() -> None:
    """Those of its conditions and those of its limits."""
    stages = {"Prospecting", "Qualification", "Proposal", "Negotiation"}
    assert stages_of(shipped("stale-proposal")) == stages
    assert stages_of(rule()) == frozenset()


def test_a_calendar_nobody_has_written() -> None:
    """A rule of an unknown calendar is not silent, it says so."""
    some = rule(head="calendar: night-shift\n")
    assert why(some) == 'there is no calendar "night-shift". Known: "default".'
    night = Hours(name="night-shift", opens=dt.time(20), closes=dt.time(23))
    org = Org(hours={"default": Hours(), "night-shift": night})
    assert why(some, org) is None
    world = one_won_deal()
    # 20:00 to 23:00 on five evenings: won on Thursday morning, due on Wednesday at closing
    assert fires(world, some, "2026-11-18 22:59", org) is False
    assert fires(world, some, "2026-11-18 23:00", org) is True


# -- whose time, whose deal ------------------------------------------------------------------


def test_business_time_is_that_of_the_owner() -> None:
    """The same deal is due at another moment for an owner elsewhere."""
    due = {
        "UTC": "2026-11-19 10:00",
        "America/New_York": "2026-11-18 22:00",  # 05:00 there: counts from 09:00
        "Asia/Kolkata": "2026-11-19 10:00",
        "nowhere": "2026-11-19 10:00",
    }
    people = [{"id": zone, "name": zone, "active": True, "time_zone": zone} for zone in due]
    world = mirror(deals=[won(zone, owner_id=zone) for zone in due], owners=people)

    def firing(now: str, zone: str) -> bool | None:
        verdicts = judge(world, rule(), now).verdicts("r1")
        return next(v.fires for v in verdicts if v.record_id == zone)

    for zone, moment in due.items():
        before = str(at(moment) - dt.timedelta(minutes=1))
        assert (firing(before, zone), firing(moment, zone)) == (False, True), zone


#: Owners who are not there as they should be; the id says how.
IMPROPER: list[dict[str, Any]] = [
    {"id": "inactive", "name": "Dana", "active": False},
    {"id": "deleted", "name": "Dana", "active": True, "deleted": True},
    {"id": "odd zone", "name": None, "time_zone": "Middle/Earth"},
]


@cache
def of_improper_owners() -> Mirror:
    """A deal of each of them, one of somebody who was never read, and one of nobody."""
    deals = [won("no owner", owner_id=None), won("unknown owner", owner_id="ghost")]
    deals += [won(one["id"], owner_id=one["id"]) for one in IMPROPER]
    return mirror(deals=deals, owners=[*PEOPLE, *IMPROPER])


@cache
def where_nobody_was_read() -> Mirror:
    """A deal of Dana's, of whom nothing is known."""
    return mirror(deals=[won("nobody read")], owners=[])


@pytest.mark.parametrize(
    ("world", "deal"),
    [
        (of_improper_owners, "no owner"),
        (of_improper_owners, "unknown owner"),
        (where_nobody_was_read, "nobody read"),
        (of_improper_owners, "inactive"),
        (of_improper_owners, "deleted"),
        (of_improper_owners, "odd zone"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_deal_without_a_proper_owner_is_judged(world: Callable[[], Mirror], deal: str) -> None:
    """It is judged in the org's zone; it is not lost."""
    some = rule(where="{state: won}")
    org = Org(zone="America/New_York")  # 10:00 UTC is 05:00 there: five days are over at 17:00
    said = [
        {v.record_id: v.fires for v in judge(world(), some, now, org).verdicts("r1")}[deal]
        for now in ("2026-11-18 21:59", "2026-11-18 22:00")
    ]
    assert said == [False, True]


def test_a_deleted_deal_is_not_judged() -> None:
    """Nor does it hold another one back."""
    world = mirror(deals=[won(deleted=True), won("d2")])
    assert [v.record_id for v in judge(world, rule(), NOW).verdicts("r1")] == ["d2"]


# -- the order of rows -----------------------------------------------------------------------

ROWS: dict[str, list[Any]] = {
    "owners": list(PEOPLE),
    "accounts": list(ACCOUNTS),
    "contacts": [*CONTACTS, {"id": "ben", "name": "Ben", "account_id": "northwind"}],
    "links": [*LINKS, {"id": "l2", "deal_id": "d2", "contact_id": "ben"}],
    "deals": [
        won(),
        won("d2", "2026-11-10 09:00"),
        deal("d3"),
        deal("d4", stage="Negotiation", owner_id="bo"),
    ],
    "stage_changes": [
        stage("1", "Qualification", "2026-10-01 10:00", "d3"),
        stage("2", "Proposal", "2026-11-02 10:00", "d3"),
        stage("3", "Proposal", "2026-11-06 10:00", "d3"),
        stage("4", "Negotiation", "2026-11-06 10:00", "d4"),
        stage("5", "Proposal", "2026-11-06 10:00", "d4"),
        stage("6", "Negotiation", "2026-11-06 10:00", "d4"),
    ],
    "activities": [
        call("2026-11-13 10:00", "a1", owner_id="bo"),
        call("2026-11-13 10:00", "a2", deal_ids=["d2"], outcome="voicemail"),
        mail("2026-11-13 10:00", "a3", deal_ids=[], contact_ids=["ben"]),
        mail("2026-11-09 10:00", "a4", deal_ids=["d3"], same_as="a5"),
        mail("2026-11-09 10:00", "a5", deal_ids=["d4"], direction="inbound"),
        activity("2026-11-06 10:00", "meeting", "a6", deal_ids=["d4"], outcome="held"),
    ],
}


@cache
def in_order() -> dict[str, list[Verdict]]:
    """The verdicts of the same rows as they stand above."""
    return verdicts_of(ROWS)


def verdicts_of(rows: dict[str, list[Any]]) -> dict[str, list[Verdict]]:
    """What two shipped rules say about these rows."""
    rules = [shipped("won-no-follow-up"), shipped("stale-proposal")]
    evaluation = judge(mirror(**rows), rules, NOW)
    return {name: evaluation.verdicts(name) for name in evaluation.judged}


@settings(max_examples=3, deadline=None, derandomize=True, database=None)
@given(seed=st.integers(0, 10_000))
def test_the_order_of_rows_changes_nothing(seed: int) -> None:
    """Whatever order the CRM sends, the verdicts are the same."""
    order = random.Random(seed)
    shuffled = {name: order.sample(rows, len(rows)) for name, rows in ROWS.items()}
    assert verdicts_of(shuffled) == in_order()


def test_that_world_has_both_kinds_of_verdicts() -> None:
    """So that the test above could fail."""
    assert {v.fires for some in in_order().values() for v in some} == {True, False}
