"""A `count` with `after`: what has come since the last answer, however long ago that was."""

from __future__ import annotations

import pytest

from rules.checked import Rule
from rules.load import Source, load
from rules.reciting import recite
from rules.testing import run_cases
from tests.rules.world import (
    BENCH,
    at,
    call,
    deal,
    ended,
    fires,
    found,
    mail,
    mirror,
    rule,
    stage,
    verdict,
)

WAITING = """\
count:
  of: {activity: {type: email, direction: inbound, automated: no}}
  after: {last: {touch: {direction: outbound}}}
  at_least: 2
"""
OUT = mail("2026-11-02 10:00", "o1")
IN = [mail(f"2026-11-0{n} 10:00", f"i{n}", direction="inbound") for n in (3, 4, 5)]
TEXT = """\
rule: waiting
title: Two mails without an answer
for: {subject}
{count}then: {{alert: {{to: manager, text: "Help {{owner}}: {{count}} mails wait"}}}}
tests:
  - name: two
    deal: {{state: open}}
    activities: [{{on: 2026-11-03 10:00, email: inbound}}, {{on: 2026-11-04 10:00, email: inbound}}]
    expect:
      - {{at: 2026-11-03 10:00, fires: no}}
      - {{at: 2026-11-04 10:00, fires: yes, alert: {{text: "Help owner: 2 mails wait"}}}}
"""


def waiting(count: str = WAITING) -> Rule:
    rules, problems = load([Source(path="a.yaml", text=TEXT.format(subject="deal", count=count))])
    assert problems == [], [str(problem) for problem in problems]
    return rules.active[0]


def complaints(count: str, subject: str = "deal") -> list[str]:
    text = TEXT.format(subject=subject, count=count)
    return [str(one) for one in load([Source(path="a.yaml", text=text)])[1]]


def test_two_mails_since_our_last_one() -> None:
    """Two that came later than our last contact are enough; one is not."""
    one, two = (mirror(deals=[deal()], activities=[OUT, *IN[:n]]) for n in (1, 2))
    assert fires(two, waiting(), "2026-11-04 10:00") is True
    assert fires(one, waiting(), "2026-11-30 10:00") is False


def test_a_mail_that_was_answered_does_not_count() -> None:
    """Of two in a row, an answer between them leaves one; after both it leaves none."""
    between = mirror(deals=[deal()], activities=[IN[0], call("2026-11-03 11:00"), IN[1]])
    behind = mirror(deals=[deal()], activities=[*IN, call("2026-11-05 10:30")])
    assert fires(between, waiting(), "2026-11-04 12:00") is False
    assert fires(behind, waiting(), "2026-11-05 12:00") is False


def test_without_any_contact_of_ours_everything_counts() -> None:
    """Who has never written has answered nothing; a voicemail of ours is no answer."""
    never = mirror(deals=[deal()], activities=IN[:2])
    tried = mirror(
        deals=[deal()],
        activities=[*IN[:2], call("2026-11-04 11:00", outcome="voicemail")],
    )
    assert fires(never, waiting(), "2026-11-04 12:00") is True
    assert fires(tried, waiting(), "2026-11-04 12:00") is True


def test_one_more_mail_is_the_same_episode() -> None:
    """The oldest that waits names the episode; an answer and two new mails begin another."""
    many = mirror(deals=[deal()], activities=[OUT, *IN])
    again = mirror(
        deals=[deal()],
        activities=[
            *IN,
            call("2026-11-06 10:00"),
            mail("2026-11-09 10:00", "i9", direction="inbound"),
            mail("2026-11-10 10:00", "i10", direction="inbound"),
        ],
    )
    anchors = [
        found.anchor
        for world, now in (
            (many, "2026-11-04 12:00"),
            (many, "2026-11-05 12:00"),
            (again, "2026-11-10 12:00"),
        )
        if (found := verdict(world, waiting(), now))
    ]
    assert anchors == [at("2026-11-03 10:00"), at("2026-11-03 10:00"), at("2026-11-09 10:00")]


def test_time_alone_does_not_end_it() -> None:
    """Without `in_last` it waits as long as the client does; with it, no longer than that."""
    world = mirror(deals=[deal()], activities=[OUT, *IN[:2]])
    both = waiting(WAITING + "  in_last: 5 business days\n")
    assert fires(world, waiting(), "2027-03-01 10:00") is True
    now = verdict(world, both, "2026-11-04 12:00")
    assert now is not None
    assert (now.fires, now.next_check) == (True, at("2026-11-10 10:00"))
    assert fires(world, both, "2026-11-10 10:00") is False


def test_it_can_begin_at_a_moment_of_the_record() -> None:
    """After a field, only what came later; where that is empty, nothing did."""
    counted = "count: {of: {activity: {type: email}}, after: %s, at_least: 2}\n"
    moved = mirror(
        deals=[deal(stage="Negotiation")],
        stage_changes=[stage("s1", "Negotiation", "2026-11-03 12:00")],
        activities=[OUT, *IN],
    )
    since = waiting(counted % "stage_entered_at")
    assert fires(moved, since, "2026-11-04 12:00") is False
    assert fires(moved, since, "2026-11-05 12:00") is True
    assert fires(moved, waiting(counted % "won_at"), "2026-11-05 12:00") is False


def test_a_moment_serves_where_there_was_no_contact() -> None:
    """`otherwise` begins it where nothing of the kind is on record."""
    after = "{last: {touch: {direction: outbound}}, otherwise: stage_entered_at}"
    since = waiting(WAITING.replace("{last: {touch: {direction: outbound}}}", after))
    history = [stage("s1", "Proposal", "2026-11-03 12:00")]
    world = mirror(deals=[deal()], stage_changes=history, activities=IN)
    assert fires(world, since, "2026-11-04 12:00") is False
    assert fires(world, since, "2026-11-05 12:00") is True


def test_the_evidence_begins_with_the_last_answer() -> None:
    """The finding shows since when it counts, and the mails that wait; none is said as none."""
    (answered,) = found(
        mirror(deals=[deal()], activities=[OUT, *IN[:2]]), waiting(), "2026-11-04 12:00"
    )
    (never,) = found(mirror(deals=[deal()], activities=IN[:2]), waiting(), "2026-11-04 12:00")
    mails = ("3 Nov: mail from the client", "4 Nov: mail from the client")
    assert answered.evidence == ("Since 2 Nov 10:00, mail by Dana: 2", *mails)
    assert never.evidence == (
        "2 so far, and no outbound contact of grade C or better on record",
        *mails,
    )
    assert answered.values["count"] == "2"


def test_the_answer_ends_it_and_is_named() -> None:
    """What closes the task is the contact that answered."""
    world = mirror(deals=[deal()], activities=[OUT, *IN[:2], call("2026-11-05 09:30", "c1")])
    over = ended(world, waiting(), {"d1": "2026-11-03 10:00"}, "2026-11-05 12:00")["d1"]
    assert (over.touch, over.line) == ("c1", "call connected by Dana, 2026-11-05 09:30 (c1)")


def test_it_stands_beside_what_is_missing() -> None:
    """With `missing … each … within` it waits a day before it fires."""
    each = "{each: {activity: {direction: inbound}}}"
    day = f"{{touch: {{direction: outbound}}, after: {each}, within: 1 business day}}"
    both = rule(day, head=WAITING)
    world = mirror(deals=[deal()], activities=[OUT, *IN[:2]])
    assert fires(world, both, "2026-11-04 09:59") is False  # one mail so far
    assert fires(world, both, "2026-11-04 10:00") is True
    assert fires(mirror(deals=[deal()], activities=[OUT, IN[0]]), both, "2026-11-04 10:00") is False


def test_its_own_cases_run() -> None:
    """A rule with such a count is tested in its own words, and read aloud."""
    one = waiting()
    assert [str(d) for case in run_cases(one, BENCH) for d in case.differences] == []
    assert recite(one.presences[0]) == (
        "at least 2 times after the last outbound contact of grade C or better: "
        "inbound email not sent by a machine"
    )


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("  after: {last: {touch: {direction: outbound}}}\n", ""), '"count" needs "in_last"'),
        (("{last:", "{first:"), 'write "last", not "first"'),
        (("{last: {touch: {direction: outbound}}}", "won"), '"won" is not a moment of a deal.'),
        (("last: {touch", "last: {quote: {}, touch"), "Keep one of"),
    ],
    ids=["neither", "first", "no moment", "two things"],
)
def test_what_is_wrong_is_said(change: tuple[str, str], complaint: str) -> None:
    """A count that begins nowhere, or at something else than the last of it, is refused."""
    assert change[0] in WAITING
    (said,) = complaints(WAITING.replace(*change))
    assert complaint in said


def test_of_people_it_is_counted_in_a_length() -> None:
    """A rule for owners counts over all their clients, where there is no last answer."""
    said = complaints(WAITING, subject="owner")
    assert any('of people, write "in_last"' in one for one in said)


def test_it_judges_contact() -> None:
    """Whoever's mails are not seen may have answered, so the coverage guard looks at it."""
    assert waiting().judges_contact
    assert not waiting("count: {of: {activity: {}}, in_last: 2 weeks}\n").judges_contact


def test_when_it_counts_is_part_of_its_meaning() -> None:
    """Another start is another rule, to be looked at anew."""
    other = waiting(WAITING.replace("outbound", "two-way"))
    assert waiting().meaning != other.meaning
