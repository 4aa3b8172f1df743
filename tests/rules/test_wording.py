"""What a task says: the house style, its limits, and a last line that nobody can forge."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.plain_text import to_html, to_text
from rules.calendars import Calendar, Hours
from rules.checked import Rule, TaskText
from rules.finding import Ending, Finding
from rules.lengths import parse_due
from rules.marks import Mark
from rules.wording import (
    NOT_RIGHT,
    alert_body,
    alert_title,
    also_line,
    body,
    closing_line,
    digest_body,
    digest_line,
    due_day,
    line_of,
    open_again,
    roll_up_body,
    rule_of,
    subject,
)
from tests.rules.world import Story, at, deal, found, mail, mirror, rule, shipped, stories, won
from worker.words_typed import words_in

NOW = "2026-11-20 12:00"
KEY = "ft_" + "a2b3c4d5e6f7" * 2 + "zz"
LINK = "Links: deal https://crm.example/d1"


def words(some: Rule) -> TaskText:
    """The texts of a rule's task."""
    assert some.task is not None
    return some.task


SALE = won(amount=48000, currency="EUR")
MAILS = [mail(f"2026-11-{day} 09:00", f"a{day}", automated=True) for day in (13, 16)]


@cache
def sold() -> Finding:
    """The finding of a deal that was won on 12 November, with two automatic mails since."""
    world = mirror(deals=[SALE], activities=MAILS)
    return found(world, shipped("won-no-follow-up"), NOW)[0]


def test_the_whole_task() -> None:
    """Seven parts in the same order, as a person reads them."""
    some, one = shipped("won-no-follow-up"), sold()
    assert subject(words(some), one) == "Follow up with Northwind after their 12 Nov purchase"
    assert body(some, words(some), one, KEY, LINK).splitlines() == [
        "Purpose: They chose us 6 business days ago and have not heard from us since.",
        "What we saw:",
        "- 12 Nov: Rollout won (48,000 EUR)",
        "- No contact with the client is on record",
        "- Since then: 2 automatic mails (not counted)",
        'Suggested opening: "The purpose of my call is to make sure the start went as promised '
        'and to agree who helps you in the first month."',
        "Done when: a call connects, a meeting is held, or a personal mail goes out. This task "
        "then closes by itself.",
        LINK,
        NOT_RIGHT,
        f"ref: won-no-follow-up@{some.meaning[:8]} · {KEY}",
    ]


def test_the_rule_is_found_again() -> None:
    """The last line names it, also when the worker's own closing line follows."""
    some = shipped("won-no-follow-up")
    text = body(some, words(some), sold(), KEY, LINK)
    assert rule_of(text) == "won-no-follow-up"
    assert rule_of(f"{text}\nClosed by the worker: call connected") == "won-no-follow-up"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Call Ann",
        "ref: won-no-follow-up",
        "see ref: r1@0123abcd · " + KEY,
        "ref: R1@0123abcd · " + KEY,
        "ref: r1@0123abcd · ft_short",
    ],
)
def test_a_text_of_somebody_else_names_no_rule(text: str) -> None:
    """Nor does a last line that a person has cut."""
    assert rule_of(text) == ""


# -- limits and hostile names ----------------------------------------------------------------

FORGED = f"ref: evil@0123abcd · {KEY}"
NAMES = [
    "Northwind\nref: evil@0123abcd · " + KEY,
    FORGED,
    f"x\r\n{FORGED}\r\n",
    f"x\u2028{FORGED}\u2029",
    f"x\x0b{FORGED}\x0c{FORGED}\x85{FORGED}",
    f"x\u202e\n{FORGED}\u2066",
    "{owner} {contact} {} {{ }} {0.__class__}",
    "%s {account!r}",
    "{!User.Name} {{ contact.firstname }} {% for %} ${jndi:x} <%= x %>",
    "=HYPERLINK(1)",
    "+1-2",
    "@SUM(A1)",
    "<script>alert(1)</script><img src=x onerror=y>",
    "#wrong",
    "x\n#wrong\n#snooze 14d",
    "Closed by Followthrough: nobody",
    "\x00\x1b[31mred",
    "Äußerst " * 60,
    "🦊" * 900,
    "👩‍👩‍👧‍👧" * 300,
]


#: Names of clients that are unusual, and what the subject makes of them.
SUBJECTS = {
    "N" * 75: "Call " + "N" * 75,
    "N" * 76: "Call " + "N" * 74 + "…",
    "{owner} {{x}}": "Call {owner} { {x}}",
}


@cache
def named() -> dict[str, Finding]:
    """A finding of each deal whose client, and which itself, has one of these names."""
    told: dict[str, Story] = {
        str(n): {
            "deals": [won(name=name, next_step=name)],
            "accounts": [{"id": "northwind", "name": name}],
        }
        for n, name in enumerate([*NAMES, *SUBJECTS])
    }
    one_by_one = {f.record_id.removesuffix("/d1"): f for f in found(stories(told), rule(), NOW)}
    return {name: one_by_one[str(n)] for n, name in enumerate([*NAMES, *SUBJECTS])}


def test_a_hostile_name_stays_a_name() -> None:
    """Whatever a client or a deal is called, subject, lines and the last line keep their form."""
    for name in NAMES:
        check(rule(), named()[name])


def check(some: Rule, one: Finding) -> None:
    """Every promise about the form of a task."""
    said = subject(words(some), one)
    assert len(said.encode("utf-16-le")) // 2 <= 80
    assert len(said.splitlines()) <= 1
    text = body(some, words(some), one, KEY, LINK)
    lines = text.split("\n")
    assert len(text) <= 1200
    assert lines[-1] == f"ref: r1@{some.meaning[:8]} · {KEY}"
    assert [line for line in text.splitlines() if line.startswith("ref:")] == [lines[-1]]
    assert rule_of(text) == "r1"
    assert len(one.evidence) < 5 or text.count("\n- ") == 4
    others = {
        subject(words(some), one): (),
        text: text.splitlines(),
        alert_title("{account} waits", one): (),
        alert_body(some, one, KEY, LINK): alert_body(some, one, KEY, LINK).splitlines(),
        digest_body([digest_line("{account} waits", one, "")], Mark(), "2026w47", KEY): (),
        roll_up_body([line_of(words(some), one)], Mark(), "20261119", KEY): (),
        also_line(words(some), one): (),
        open_again(one): (),
        CLOSED
        + " "
        + closing_line(
            "Thanks, {account}", Ending(record_id="d", line="", touch=None), one.values
        ): (),
    }
    for written, inside in others.items():
        assert_harmless(written)
        assert not any(line.startswith(CLOSED) for line in inside)
    assert not any(hidden in said + text for hidden in "\x00\x1b\r\u202e\u2066\u2028\u2029\u200b")


CLOSED = "Closed by Followthrough:"
PLACEHOLDERS = ("{{", "{!", "{%", "${", "<%", "#{")


def assert_harmless(written: str) -> None:
    """No formula, no placeholder, no word of ours, no markup where it is HTML."""
    assert written[:1] not in tuple("=+-@\t\r ")
    assert not any(one in written for one in PLACEHOLDERS)
    assert list(words_in(written)) == []
    shown = to_html(written)
    assert set(re.findall(r"<[^>]*>?", shown)) <= {"<br>"}
    assert [" ".join(line.split()) for line in to_text(shown).splitlines() if line.strip()] == [
        " ".join(line.split()) for line in written.split("\n") if line.strip()
    ]


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(text=st.text("ab:@·_ \n\r\t\x85\u2028\u202e{}é🦊=+-#<>%!$&;" + FORGED, max_size=1500))
def test_no_text_of_the_crm_forges_a_reference(text: str) -> None:
    """The same for names nobody thought of, everywhere a name can stand."""
    one = named()[NAMES[0]]
    values = dict.fromkeys(one.values, text)
    lines = (text, f"12 Nov: {text}", text)
    check(rule(), replace(one, values=values, evidence=lines))


@pytest.mark.parametrize("name", SUBJECTS, ids=["fits", "a letter too long", "braces"])
def test_an_unusual_name_is_cut_only_where_it_is_too_long(name: str) -> None:
    """A client who is called `{owner}` stays just that, and `{{x}}` is nobody's placeholder."""
    assert subject(words(rule()), named()[name]) == SUBJECTS[name]


def test_texts_of_a_deal_without_names() -> None:
    """An empty name leaves a sentence that still reads."""
    some = rule()
    one = found(mirror(deals=[{**deal(), **won(name=None, account_id=None)}]), some, NOW)[0]
    assert subject(words(some), one) == "Call the client"


# -- due days --------------------------------------------------------------------------------

EASTER = frozenset({dt.date(2026, 4, 3), dt.date(2026, 4, 6)})  # Friday and Monday
OFFICE = Calendar(Hours(holidays=EASTER), "Europe/Berlin")
GULF = Calendar(Hours(weekdays=frozenset({6, 0, 1, 2, 3})), "Asia/Riyadh")
EVERY_DAY = Calendar(Hours(weekdays=frozenset(range(7))), "UTC")


@pytest.mark.parametrize(
    ("calendar", "now", "due", "day"),
    [
        (OFFICE, "2026-11-19 10:00", "1 business day", "2026-11-20"),
        (OFFICE, "2026-11-20 10:00", "1 business day", "2026-11-23"),
        (OFFICE, "2026-11-21 10:00", "1 business day", "2026-11-23"),
        (OFFICE, "2026-11-19 10:00", "4 business hours", "2026-11-19"),
        (OFFICE, "2026-11-19 15:00", "4 business hours", "2026-11-20"),
        (OFFICE, "2026-11-19 10:00", "3 days", "2026-11-22"),
        (OFFICE, "2026-11-19 23:30", "1 day", "2026-11-21"),  # it is the 20th there
        (OFFICE, "2026-11-19 10:00", "end of today", "2026-11-19"),
        (OFFICE, "2026-11-21 10:00", "end of today", "2026-11-23"),
        (OFFICE, "2026-04-03 10:00", "end of today", "2026-04-07"),
        (OFFICE, "2026-11-16 10:00", "end of week", "2026-11-20"),
        (OFFICE, "2026-11-20 20:00", "end of week", "2026-11-20"),
        (OFFICE, "2026-11-21 10:00", "end of week", "2026-11-27"),
        (OFFICE, "2026-03-31 10:00", "end of week", "2026-04-02"),  # Good Friday is free
        (OFFICE, "2026-04-03 10:00", "end of week", "2026-04-10"),
        (GULF, "2026-11-15 10:00", "end of week", "2026-11-19"),  # Sunday to Thursday
        (GULF, "2026-11-18 10:00", "end of week", "2026-11-19"),
        (GULF, "2026-11-20 10:00", "end of week", "2026-11-26"),
        (EVERY_DAY, "2026-11-16 10:00", "end of week", "2026-11-22"),
        (EVERY_DAY, "2026-11-22 10:00", "end of week", "2026-11-22"),
    ],
)
def test_the_day_a_task_falls_due(calendar: Calendar, now: str, due: str, day: str) -> None:
    """On the receiver's calendar, over weekends and free days."""
    assert due_day(parse_due(due), at(now), calendar) == dt.date.fromisoformat(day)
