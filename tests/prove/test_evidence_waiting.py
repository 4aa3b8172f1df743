"""Rules whose clock an activity begins: what they see, of whom they speak, what ends them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from rules.finding import Finding
from rules.load import Source, load
from rules.org import Org, Said
from rules.testing import run_cases
from tests.rules.world import (
    BENCH,
    CONTACTS,
    PEOPLE,
    Row,
    Story,
    activity,
    call,
    deal,
    ended,
    found,
    mail,
    mirror,
    shipped,
    stories,
)

WAITING, PROMISED = shipped("client-waiting"), shipped("promised-proposal")
MEETING, COMPLAINT = shipped("first-meeting"), shipped("follow-up-complaint")

ACCOUNT = {"accounts": [{"id": "northwind", "name": "Northwind", "owner_id": "dana"}]}
BOB = {"id": "bob", "name": "Bob", "account_id": "northwind"}
ASKED = mail("2026-11-05 10:00", direction="inbound", contact_ids=["ann"])
PROMISE = mail("2026-11-17 15:10", text="I'll send you the quote by Friday.")
MET = activity("2026-11-03 10:00", "meeting", outcome="held", duration_seconds=3600)


def told(*activities: Row, **streams: Sequence[Row]) -> Story:
    """A client of Dana's with one open deal, and what happened."""
    return {**ACCOUNT, "deals": [deal()], "activities": activities, **streams}


def seen(rule_findings: list[Finding]) -> dict[str, Finding]:
    """The findings by the name of their story."""
    return {one.record_id.partition("/")[0]: one for one in rule_findings}


# -- client-waiting --------------------------------------------------------------------------


def test_whoever_wrote_is_named() -> None:
    """Not the deal's main contact; of two on one mail, nobody knows who wrote it."""
    bob, both = {"contact_ids": ["bob"]}, {"contact_ids": ["ann", "bob"]}
    contacts = [*CONTACTS, BOB]
    world = stories(
        {
            "bob": told({**ASKED, **bob}, contacts=contacts),
            "both": told({**ASKED, **both}, contacts=contacts),
            "rang": told(
                {**call("2026-11-05 10:00", direction="inbound", outcome="no_answer"), **bob},
                contacts=contacts,
            ),
        }
    )
    ones = seen(found(world, WAITING, "2026-11-06 12:00"))
    assert {name: one.values["contact"] for name, one in ones.items()} == {
        "bob": "Bob",
        "both": "the client",
        "rang": "Bob",
    }
    assert ones["rang"].evidence[0] == "5 Nov 10:00: missed call from Bob"


def test_what_came_since_is_said() -> None:
    """Their other mails, and of ours what does not count."""
    again = [mail(f"2026-11-05 1{n}:00", f"b{n}", direction="inbound") for n in (1, 2)]
    ours = call("2026-11-05 14:00", "a4", outcome="voicemail")
    world = stories({"one": told(ASKED, again[0]), "more": told(ASKED, *again, ours)})
    ones = seen(found(world, WAITING, "2026-11-06 12:00"))
    assert ones["one"].evidence == (
        "5 Nov 10:00: mail from Ann",
        "5 Nov 11:00: mail from the client",
        "From us since then: no call, meeting or personal mail",
    )
    assert ones["more"].evidence == (
        "5 Nov 10:00: mail from Ann",
        "2 more like it since; the newest, 5 Nov 12:00: mail from the client",
        "From us since then: 1 attempt without an answer (not counted)",
    )


def test_a_mail_on_three_deals_is_one_finding() -> None:
    """An answer on any of them will do; the task hangs on a deal only where it is the one."""
    three = [deal(f"d{n}") for n in (1, 2, 3)]
    on_all = {**ASKED, "deal_ids": ["d1", "d2", "d3"]}
    answer = mail("2026-11-05 12:00", "a2", deal_ids=["d3"])
    world = stories(
        {
            "open": told(on_all, deals=three),
            "single": told(ASKED, deals=three),
            "answered": told(ASKED, answer, deals=three),
        }
    )
    findings = found(world, WAITING, "2026-11-06 12:00")
    assert {name: one.deal_id for name, one in seen(findings).items()} == {
        "open": None,
        "single": "single/d1",
    }
    assert len(findings) == 2


def test_a_mail_without_a_direction_makes_nobody_wait() -> None:
    """And as an answer it gets the benefit of the doubt."""
    unknown = {**mail("2026-11-05 12:00", "a2"), "direction": None}
    world = stories({"alone": told(unknown), "answer": told(ASKED, unknown)})
    assert found(world, WAITING, "2026-11-09 12:00") == []


# -- promised-proposal -----------------------------------------------------------------------


def test_a_promise_says_what_is_missing() -> None:
    """Quoted, with the day it is counted as due."""
    (one,) = found(stories({"late": told(PROMISE)}), PROMISED, "2026-11-24 12:00")
    assert one.evidence == (
        '17 Nov 15:10: mail by Dana: "I\'ll send you the quote by Friday."',
        "Counted as due on 20 Nov 17:00",
        "Since then: no mail or note that says it went out, no file of it with a mail, "
        "no quote presented, no deal that moved on",
    )
    assert (one.by_id, one.deal_id) == ("dana", "late/d1")


def test_a_quote_of_any_deal_keeps_it() -> None:
    """Also one drafted before the promise and presented after it, or one that has no date."""
    old = {"at": PROMISE["at"].replace(day=2), "modified_at": PROMISE["at"].replace(day=2)}
    new = {"modified_at": PROMISE["at"].replace(day=19)}
    usual = {"id": "q", "deal_id": "d2", "presented": True}
    deals = [deal(), deal("d2")]
    quotes = {
        "before": usual | old,
        "presented since": usual | old | new,
        "no date": usual | new,
        "draft": usual | new | {"presented": False},
    }
    world = stories({n: told(PROMISE, deals=deals, proposals=[q]) for n, q in quotes.items()})
    assert set(seen(found(world, PROMISED, "2026-11-24 12:00"))) == {"before", "draft"}


# -- first-meeting ---------------------------------------------------------------------------


def test_who_was_in_the_meeting_is_named() -> None:
    """Where they are on record; otherwise it is the client, never the deal's main contact."""
    both = {**MET, "contact_ids": ["ann", "bob"]}
    world = stories(
        {"both": told(both, contacts=[*CONTACTS, BOB]), "nobody": told(MET, contacts=CONTACTS)}
    )
    ones = seen(found(world, MEETING, "2026-11-06 12:00"))
    assert ones["both"].values["contact"] == "Ann and Bob"
    assert ones["both"].evidence == (
        "3 Nov: meeting of Dana with Ann and Bob",
        "Since then: no call, meeting or personal mail",
    )
    assert ones["nobody"].values["contact"] == "the client"
    assert ones["nobody"].evidence[0] == "3 Nov: meeting of Dana with Northwind"


def test_a_client_without_an_account_has_an_answer_too() -> None:
    """It is seen on the person; where there is no record at all, nobody is asked."""
    alone = {"accounts": [], "contacts": [{"id": "ann", "name": "Ann"}], "deals": []}
    with_ann = {**MET, "deal_ids": [], "contact_ids": ["ann"]}
    recap = mail("2026-11-03 18:00", "a2", deal_ids=[], contact_ids=["ann"])
    nowhere = {**MET, "deal_ids": [], "contact_ids": []}
    world = stories({"recap": told(with_ann, recap, **alone), "nowhere": told(nowhere, **alone)})
    assert found(world, MEETING, "2026-11-06 12:00") == []


# -- follow-up-complaint ---------------------------------------------------------------------


def test_who_stands_in_for_the_manager_answers_for_them() -> None:
    """Kim does, for Mia; Bo, who stands in for nobody, does not."""
    complaint = {**ASKED, "text": "Nobody has called me back."}
    by = {n: told(complaint, call("2026-11-05 12:00", "a2", owner_id=n)) for n in ("kim", "bo")}
    people = [{**one, "email": f"{one['id']}@example.com"} for one in PEOPLE]
    org = Org(said_of={"mia@example.com": Said(delegate="kim@example.com")})
    for name, kim_counts in (("known", True), ("unknown", False)):
        world = stories(by)
        if kim_counts:
            world = mirror(**_whole(by, people))
        ones = found(world, COMPLAINT, "2026-11-09 12:00", org if name == "known" else None)
        assert set(seen(ones)) == ({"bo"} if kim_counts else {"kim", "bo"})


def _whole(by: Mapping[str, Story], people: Sequence[Row]) -> dict[str, list[Row]]:
    """Stories of two accounts with people who have e-mails."""
    rows: dict[str, list[Row]] = {
        "owners": [*people],
        "accounts": [],
        "deals": [],
        "activities": [],
    }
    for name, story in by.items():
        rows["accounts"] += [{**one, "id": f"{name}/a"} for one in story["accounts"]]
        rows["deals"] += [
            {**one, "id": f"{name}/d", "account_id": f"{name}/a"} for one in story["deals"]
        ]
        rows["activities"] += [
            {**one, "id": f"{name}/{one['id']}", "deal_ids": [f"{name}/d"], "contact_ids": []}
            for one in story["activities"]
        ]
    return rows


def test_the_end_of_a_complaint_is_the_managers_call() -> None:
    """Named with its moment, for whoever reads the closed task."""
    complaint = {**ASKED, "text": "Nobody has called me back."}
    world = stories({"x": told(complaint, call("2026-11-05 12:00", "a2", owner_id="mia"))})
    ends = ended(world, COMPLAINT, {"x/northwind": "2026-11-05 10:00"}, "2026-11-06 12:00")
    assert ends["x/northwind"].line == "call connected by Mia, 2026-11-05 12:00 (x/a2)"


# -- the words -------------------------------------------------------------------------------

ANY = """\
rule: any
title: t
for: {subject}
missing:
  {wanted}
  after: {{each: {{activity: {{direction: inbound, {which}}}}}{newer}}}
  within: 1 business day
then: {{digest: {{to: director, text: "{{account}}"}}}}
tests:
  - name: a
    {record}
    activities: [{{on: 2026-11-02 10:00, call: inbound, outcome: {outcome}}}]
    expect: [{{at: 2026-11-30 12:00, fires: {fires}}}]
  - name: b
    {record}
    expect: [{{at: 2026-11-30 12:00, fires: {quiet}}}]
"""


def problems_of(**said: str) -> list[str]:
    """What is wrong with such a rule, and with its cases."""
    usual = {
        "subject": "account",
        "wanted": "touch: {direction: outbound}",
        "which": "type: call",
        "newer": "",
        "record": "account: {owner: dana}",
        "outcome": "no_answer",
        "fires": "yes",
        "quiet": "no",
    }
    source = Source(path="r.yaml", text=ANY.format(**{**usual, **said}))
    rules, problems = load([source])
    if problems:
        return [str(problem) for problem in problems]
    return [str(d) for one in run_cases(rules.active[0], BENCH) for d in one.differences]


@pytest.mark.parametrize(
    "said",
    [
        {"which": "picked_up: no"},
        {"which": "picked_up: no", "outcome": "connected", "fires": "no", "quiet": "no"},
        {"which": "picked_up: yes", "outcome": "connected"},
        {"newer": ", newer_than: 60 days"},
        {"wanted": "quote: {presented: yes}"},
        {"wanted": "stage_entry: {stage: Won}"},
    ],
)
def test_the_words_mean_what_they_say(said: dict[str, str]) -> None:
    """The case that stands beside them holds."""
    wrong = [one for one in problems_of(**said) if "no test expects" not in one]
    assert wrong == []


def test_what_is_too_old_begins_nothing() -> None:
    """After the time that is named, the rule is quiet: the case that says it fires is wrong."""
    (wrong,) = problems_of(newer=", newer_than: 20 days")
    assert "stays quiet" in wrong


def test_a_contact_has_no_quotes() -> None:
    """A deal has, and so has an account by its deals."""
    (wrong,) = problems_of(
        subject="contact", wanted="quote: {presented: yes}", record="contact: {name: Ann}"
    )
    assert 'this rule is for "contact"' in wrong
