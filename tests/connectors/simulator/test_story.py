"""Reading a story: what is written comes out, what is wrong is said with its line and a remedy."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.simulator.story import STORY, parse_story, read_story
from connectors.simulator.story_nouns import STAGES, Call, Mail, Meeting, Note, Story, ToDo
from connectors.simulator.story_text import StoryError

SMALL = """\
company: Testing Ltd
time_zone: Europe/London
currency: GBP
people:
  - {name: Mia Boss, role: manager, email: mia@testing.example}
  - name: Dana Rep
    role: rep
    email: dana@testing.example
    manager: Mia Boss
    time_zone: Europe/Berlin
  - {name: Desk, role: queue, email: desk@testing.example}
accounts:
  - name: Client
    owner: Dana Rep
    since: -300d 09:00
    contacts:
      - {name: Ann Client, email: ann@client.example}
deals:
  - name: Balance
    account: Client
    owner: Dana Rep
    contact: Ann Client
    amount: 4800.50
    roles: {Ann Client: decision maker}
    stages:
      - -20bd 10:00 Qualification
      - -9bd 10:30 Proposal
    closes: +10bd
    activities:
      - {at: -8bd 11:00, call: out, outcome: voicemail, minutes: 0.5, text: Called.}
      - {at: -7bd 09:30, mail: out, subject: Our offer, text: Here it is., automated: no}
      - {at: -6bd 14:00, meeting: Demonstration, minutes: 60, invited: [Mia Boss], outcome: held}
      - {at: -6bd 16:00, note: Impression, text: Keen.}
      - {at: -5bd 10:00, task: Print it, due: +2bd, by: Desk, done: -4bd 10:00}
"""


def problems(text: str) -> list[str]:
    """What is wrong with a story."""
    with pytest.raises(StoryError) as caught:
        parse_story(text, "small.yaml")
    return list(caught.value.problems)


def changed(old: str, new: str) -> str:
    """The small story with one part replaced."""
    assert old in SMALL
    return SMALL.replace(old, new, 1)


@pytest.fixture(scope="module")
def shipped() -> Story:
    """The story of the demo."""
    return read_story()


def test_what_is_written_comes_out() -> None:
    """Every noun holds what its lines say, and words that are not said have their defaults."""
    story = parse_story(SMALL, "small.yaml")
    assert [one.name for one in story.people] == ["Mia Boss", "Dana Rep", "Desk"]
    assert [one.is_queue for one in story.people] == [False, False, True]
    (deal,) = story.deals
    assert (deal.amount, deal.stage, deal.line) == (Decimal("4800.50"), "Proposal", 19)
    assert [type(one) for one in deal.activities] == [Call, Mail, Meeting, Note, ToDo]
    call, mail, meeting, _, task = deal.activities
    assert isinstance(call, Call)
    assert (call.direction, call.outcome, call.minutes) == ("out", "voicemail", Decimal("0.5"))
    assert isinstance(mail, Mail)
    assert (mail.automated, mail.linked, mail.by) == (False, "deal", None)
    assert isinstance(meeting, Meeting)
    assert meeting.invited == ("Mia Boss",)
    assert isinstance(task, ToDo)
    assert task.by == "Desk"


MISTAKES = [
    ("company: Testing Ltd\n", "", "small.yaml:1: the story lacks “company”; add it."),
    ("role: rep", "role: rap", "small.yaml:7: “rap” is not known here; did you mean “rep”?"),
    ("Europe/Berlin", "Berlin", "small.yaml:10: “Berlin” is no time zone; write one like"),
    (
        "dana@testing.example",
        "dana@testing.invalid",
        "small.yaml:8: “dana@testing.invalid” may reach somebody",
    ),
    ("    amount: 4800.50", "    ammount: 1", "a deal has no field “ammount”; did you mean “amoun"),
    ("amount: 4800.50", "amount: much", "small.yaml:23: “much” is no number; write one like 48000"),
    ("amount: 4800.50", "amount: NaN", "small.yaml:23: “NaN” is no number"),
    ("amount: 4800.50", "amount:", "small.yaml:23: a value is missing here"),
    (
        "10:30 Proposal",
        "10:30 Propsal",
        "small.yaml:27: “Propsal” is no stage; write one of: Prosp",
    ),
    ("-9bd 10:30 Proposal", "last week", "small.yaml:27: “last week” is no moment of a story"),
    ("closes: +10bd", "closes: soon", "small.yaml:28: “soon” is no day of a story; write one like"),
    ("    closes: +10bd\n", "", "small.yaml:19: an open deal needs “closes”"),
    ("call: out", "call: out, mail: in", "an activity has exactly one of the fields call, mail"),
    ("call: out, ", "", "small.yaml:30: an activity has exactly one of the fields call"),
    ("automated: no", "automated: perhaps", "“perhaps” is not known here; write one of: yes, no"),
    (
        "    owner: Dana Rep\n    contact",
        "    owner: Dan\n    contact",
        "“Dan” is nobody of the people",
    ),
    ("by: Desk", "by: Nobody", "small.yaml:34: “Nobody” is nobody of the people"),
    ("note: Impression", "by: Desk, note: Impression", "“Desk” is a queue, which can do no more"),
    ("invited: [Mia Boss]", "invited: [Ann Client]", "“Ann Client” is nobody of the people"),
    ("invited: [Mia Boss]", "invited: Mia Boss", "a list belongs here"),
    ("manager: Mia Boss", "manager: Ann Client", "“Ann Client” is no manager who is still here"),
    ("account: Client", "account: Cleint", "“Cleint” is none of the accounts"),
    ("contact: Ann Client", "contact: Ann", "small.yaml:19: “Ann” is no contact of Client"),
    ("since: -300d 09:00", "since: -2bd 09:00", "the deal is older than its account"),
    ("-9bd 10:30", "-21bd 10:30", "stages and changes are not in the order of time"),
    ("-20bd 10:00 Qualification", "-20bd 10:00 Lost", "a deal that is won or lost stays so"),
    ("-7bd 09:30", "-21bd 09:30", "this lies before the deal's first stage"),
    ("-7bd 09:30", "+7bd 09:30", "small.yaml:31: what has happened lies in the past"),
    ("-7bd 09:30", "-7bd 23:50", "what has happened lies between 06:00 and 21:30"),
    ("-6bd 14:00", "+6bd 14:00", "a meeting that lies ahead needs “booked”"),
    ("minutes: 60", "minutes: 300", "no call or meeting of a story lasts longer than 120 minutes"),
    ("name: Desk", "name: Dana Rep", "a second person is called “Dana Rep”"),
    (
        "    closes: +10bd",
        "    closes: +10bd\n    changes: [{at: -8bd 09:00}]",
        "small.yaml:29: the change changes nothing",
    ),
    (
        "    closes: +10bd",
        "    closes: +10bd\n    changes: [{at: -30bd 09:00, amount: 1}]",
        "stages and changes are not in the order of time",
    ),
    ("text: Called.", "with: Bob", "small.yaml:30: “Bob” is no contact of Client"),
    ("company: Testing Ltd", "company: [", "small.yaml:3: this is no YAML"),
    ("currency: GBP", "currency: GBP\ncurrency: EUR", "small.yaml:4: “currency” is written twice"),
]


@pytest.mark.parametrize(("old", "new", "said"), MISTAKES)
def test_a_mistake_is_said_with_its_place(old: str, new: str, said: str) -> None:
    """Each mistake gives a sentence with file, line and what to do."""
    found = problems(changed(old, new))
    assert any(said in one for one in found), found


@pytest.mark.parametrize(
    "text", ["", "company", "- 1", "[" * 5000, "a: &x [*x]", "\x00", "? [a]\n: b", "deals: {a: 1}"]
)
def test_no_text_is_met_with_a_traceback(text: str) -> None:
    """Whatever the file holds, the answer is sentences."""
    assert all(one.startswith("small.yaml:") for one in problems(text))


def test_all_mistakes_are_said_at_once() -> None:
    """Who made three mistakes learns of three, in the order of their lines."""
    text = changed("role: rep", "role: rap").replace("GBP", "").replace("call: out", "call: up")
    lines = [int(one.split(":")[1]) for one in problems(text)]
    assert lines == [3, 7, 30]


def test_a_person_does_nothing_after_leaving() -> None:
    """An activity by somebody who had left on some day of telling is refused."""
    away = changed("    time_zone: Europe/Berlin", "    left: -8bd 17:00")
    found = problems(away)
    assert sum("“Dana Rep” had left" in one for one in found) == 3  # mail, meeting, note
    assert parse_story(away.replace("-8bd 17:00", "-3bd 17:00"), "x").people[1].active is False


def test_a_file_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    """A missing file, and one that is no text, say so without a traceback."""
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\xff")
    for name in ("none.yaml", "bytes.yaml"):
        with pytest.raises(StoryError, match="the story cannot be read"):
            read_story(tmp_path / name)


def test_the_shipped_story_is_as_large_as_a_small_company(shipped: Story) -> None:
    """Two managers, six reps of whom one has left, a queue, and deals in every stage."""
    roles = [one.role for one in shipped.people]
    assert (roles.count("manager"), roles.count("rep"), roles.count("queue")) == (2, 6, 1)
    assert [one.name for one in shipped.people if not one.active] == ["Rufus Oakhanger"]
    assert len({one.time_zone for one in shipped.people}) == 4
    assert len(shipped.accounts) == 14
    assert len(shipped.deals) == 28
    assert {deal.stage for deal in shipped.deals} == set(STAGES)
    assert sum(len(deal.activities) for deal in shipped.deals) == 141


def test_every_deal_of_the_shipped_story_says_what_should_happen() -> None:
    """What stands above each deal begins with the verdict: fires, quiet, or counted only."""
    _, _, deals = STORY.read_text(encoding="utf-8").partition("\ndeals:\n")
    blocks = [block.strip().splitlines() for block in deals.split("\n\n")]
    above = [
        next(line for line in block if not line.startswith("  # --")).strip()
        for block in blocks
        if any(line.startswith("  - name:") for line in block)
    ]
    verdicts = [one.split(",")[0].split(":")[0] for one in above]
    assert {one: verdicts.count(one) for one in set(verdicts)} == {
        "# FIRES": 9,
        "# Quiet": 18,
        "# Counted only": 1,
    }


def test_addresses_of_the_shipped_story_reach_nobody(shipped: Story) -> None:
    """Every mail address lies under .example; ours share one domain with no client."""
    ours = {one.email.rpartition("@")[2] for one in shipped.people}
    theirs = {one.email.rpartition("@")[2] for one, _ in shipped.contacts.values()}
    assert ours == {"brackenfell.example"}
    assert all(domain.endswith(".example") for domain in theirs)
    assert not ours & theirs
    assert len(theirs) == len(shipped.accounts)


def test_the_shipped_story_keeps_its_order_on_every_day(shipped: Story) -> None:
    """On any day of a year and at any hour, what has happened lies ten minutes back or more."""
    first = dt.datetime(2026, 1, 1, 0, 2, tzinfo=dt.UTC)
    nows = [first + dt.timedelta(days=n, hours=7 * n % 24) for n in range(0, 366, 5)]
    told = [
        activity.at
        for deal in shipped.deals
        for activity in deal.activities
        if activity.at.day.is_past
    ]
    told += [entry.at for deal in shipped.deals for entry in deal.stages]
    for now in nows:
        latest = max(moment.of(now, shipped.zone) for moment in told)
        assert latest <= now - dt.timedelta(minutes=10)
