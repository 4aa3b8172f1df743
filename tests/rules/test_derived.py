"""What follows from a rule without being written in it: what it needs, and its meaning."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules.checked import Rule
from rules.load import Source, load
from rules.org import CustomField

RULE = (Path(__file__).parent / "call-back.yaml").read_text(encoding="utf-8").split("\n", 1)[1]


def rule(text: str) -> Rule:
    rules, problems = load([Source(path="a.yaml", text=text)])
    assert problems == []
    return rules.active[0]


COUNT = """\
count:
  of: {activity: {by: owner, says: check_in}}
  in_last: 5 business days
  at_least: 2
"""
ESCALATE = """\
escalate:
  - {after: 3 business days, to: manager, alert: "{account} waits"}
"""


def changed(*changes: tuple[str, str]) -> str:
    text = RULE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def test_a_rule_needs_what_it_reads() -> None:
    """Streams and fields follow from the clauses; the manager only where one is asked for."""
    found = rule(RULE)
    assert {"activities", "links", "contacts", "owners", "stage_changes"} <= found.needs_streams
    assert {"deals.state", "stage_changes.at", "activities.outcome"} <= found.needs_fields
    assert "owners.manager_id" not in found.needs_fields
    assert "deals.amount" not in found.needs_fields
    assert "owners.manager_id" in rule(changed(("by: owner", "by: team"))).needs_fields
    assert "owners.manager_id" in rule(changed(("to: owner", "to: [owner, manager]"))).needs_fields


def test_a_rule_that_counts_needs_what_it_reads() -> None:
    """The text is needed only where it is read; a rule may count and miss nothing."""
    texts = {"activities.subject", "activities.text"}
    reason = RULE.partition("missing:")[2].partition("then:")[0]
    only = RULE.replace(f"missing:{reason}", COUNT)
    found = rule(only)
    assert texts <= found.needs_fields
    assert {"activities", "links", "contacts", "owners"} <= found.needs_streams
    assert "stage_changes" not in found.needs_streams
    silent = rule(only.replace(", says: check_in", ""))
    assert "activities.outcome" in silent.needs_fields
    assert not texts & silent.needs_fields
    assert not texts & rule(RULE).needs_fields
    assert "owners.manager_id" not in found.needs_fields
    assert "owners.manager_id" in rule(only.replace("by: owner", "by: team")).needs_fields
    assert "owners.manager_id" in rule(only + ESCALATE).needs_fields


def test_the_hash_of_a_meaning_stays() -> None:
    """A release in which it differed would put every rule of its kind in doubt for one run."""
    assert rule(RULE).meaning == "5673face686d2a60"


@pytest.mark.parametrize(
    "change",
    [
        ("title: Call back", "title: Call them"),
        ("Call {account}", "Ring {account}"),
        ("due: 1 business day", "due: end of week"),
        ("for: deal", "for: deal\nmode: live\nseverity: high\nstart_from: enabled"),
        ("name: fires", "name: it fires"),
        ("rule: call-back", "rule: call-again"),
        ("5 business days", "5  Business Days"),
        ("  state: won", "  state: [won]"),
    ],
    ids=lambda change: change[1],
)
def test_what_is_not_the_meaning(change: tuple[str, str]) -> None:
    """Texts, titles, tests, mode and another way to write the same change no meaning."""
    assert rule(changed(change)).meaning == rule(RULE).meaning


@pytest.mark.parametrize(
    "change",
    [
        ("5 business days", "6 business days"),
        ("5 business days", "5 days"),
        ("  state: won", "  state: won\n  amount: {at_least: 1}"),
        ("by: owner", "by: [owner, team]"),
        ("by: owner", "by: owner, at_least: B"),
        ("by: owner", "by: owner, direction: outbound"),
        ("after: won_at", "after: closed_at"),
        ("to: owner", "to: manager"),
    ],
    ids=lambda change: change[1],
)
def test_what_is_the_meaning(change: tuple[str, str]) -> None:
    """Whoever is in, what is missing and who is told make the meaning."""
    assert rule(changed(change)).meaning != rule(RULE).meaning


def test_the_order_of_conditions_is_not_the_meaning() -> None:
    """Conditions all hold together, so their order says nothing."""
    one = changed(("  state: won", "  state: won\n  name: {contains: a}\n  account: [x, y]"))
    other = changed(("  state: won", "  account: [y, x]\n  name: {contains: a}\n  state: won"))
    assert rule(one).meaning == rule(other).meaning


def test_who_is_told_later_is_not_the_meaning() -> None:
    """Escalation changes nothing about which deals are meant."""
    assert rule(RULE + ESCALATE).meaning == rule(RULE).meaning


@pytest.mark.parametrize(
    "change",
    [
        ("5 business days\n  at_least", "6 business days\n  at_least"),
        ("at_least: 2", "at_least: 3"),
        ("by: owner, says", "by: [owner, team], says"),
        ("by: owner, says", "by: owner, type: call, says"),
        ("says: check_in", "says: purpose"),
        ("says: check_in", "says: check_in, does_not_say: purpose"),
    ],
    ids=lambda change: change[1],
)
def test_what_is_counted_is_the_meaning(change: tuple[str, str]) -> None:
    """Which activities, what they say, how many and in how long; and that they are counted."""
    assert COUNT.count(change[0]) == 1
    counted = rule(RULE + COUNT).meaning
    assert rule(RULE + COUNT.replace(*change)).meaning != counted
    assert counted != rule(RULE).meaning


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("says: check_in", "says: [check_in, check_in]"),
        ("by: owner, says: check_in", "says: [check_in], by: [owner]"),
        ("count:\n  of", "count:\n- of"),
    ],
)
def test_another_way_to_write_a_count_is_not_another_meaning(old: str, new: str) -> None:
    """A word alone and a list of it are the same, and so is a list of one count."""
    assert old in COUNT
    assert rule(RULE + COUNT.replace(old, new)).meaning == rule(RULE + COUNT).meaning


# -- the forms of the language ---------------------------------------------------------------

#: Rules as they were when their hashes were first relied on, by hash.
FORMER = {
    "860c21a7f0a8594c": """
for: deal
where: {state: won, won_at: {newer_than: 60 days}}
missing:
  touch: {by: [owner, team, manager], at_least: C}
  after: won_at
  within: 5 business days
then: {task: {to: [owner, manager]}}
""",
    "95da9b7fc6f3e114": """
for: deal
where: {state: open, stage: [Proposal, Negotiation]}
missing:
  - touch: {direction: two-way, at_least: C}
    in_last: {by_stage: {Proposal: 7 business days, Negotiation: 5 business days}}
    counting_from: stage_entered_at
  - touch: {direction: outbound, at_least: attempt}
    in_last: 3 business days
    counting_from: stage_entered_at
then: {task: {to: [owner, manager]}}
""",
    "daf565f3547395ab": """
for: deal
where: {state: [open, won]}
count:
  of:
    activity: {type: [email, call], direction: outbound, by: [owner], at_least: B,
      says: check_in, does_not_say: purpose}
  in_last: 5 business days
  at_least: 1
then: {task: {to: [owner]}}
""",
}
RECORDS = {"owner": "owner: {}", "account": "account: {}", "rating": "rating: {}"}
OWN = {
    "account": {
        "segment": CustomField(word="segment", source="Segment__c", kind="text", doc="A word.")
    }
}


def of(clauses: str, subject: str = "deal") -> Rule:
    """Return a rule with these clauses; texts and cases are of no matter."""
    record = RECORDS.get(subject, "deal: {}, activities: [{on: 2026-11-12 10:00, call: outbound}]")
    texts = "{subject: S, purpose: P, opening: O, done_when: D, due: 1 day, to: "
    said = clauses.replace("{task: {to: ", "{task: " + texts, 1)
    if "for:" not in said:
        said = f"for: {subject}\n{said}\nthen: {{task: {texts}owner}}}}\n"
    cases = "".join(
        f"  - {{name: {fires}, {record}, expect: {{at: 2026-11-30 12:00, fires: {fires}}}}}\n"
        for fires in ("yes", "no")
    )
    text = f"rule: a\ntitle: T\n{said}\ntests:\n{cases}"
    rules, problems = load([Source(path="a.yaml", text=text)], fields=OWN)
    assert problems == [], [str(one) for one in problems]
    return rules.active[0]


@pytest.mark.parametrize("hash", FORMER)
def test_what_was_meant_before_is_meant_still(hash: str) -> None:
    """The language grew; the rules that did not need it keep their hashes."""
    assert of(FORMER[hash]).meaning == hash


EACH = "missing: {touch: {}, after: {each: {activity: {says: promise}}}, within: 5 days}"
ANY = "missing: {any_of: [{touch: {}}, {quote: {}}], after: created_at, within: 5 days}"
NONE = "where: {none: {deal: {same: account, state: open}}}"
MEANT = [
    ("deal", "where: {any: [{amount: 5}, {name: a}]}", ("any", "all")),
    ("deal", "where: {any: [{amount: 5}, {name: a}]}", ("name: a", "name: b")),
    ("deal", NONE, ("same: account", "same: owner")),
    ("deal", NONE, ("state: open", "state: won")),
    ("deal", "where: {none: {activity: {type: call}}}", ("type: call", "type: email")),
    ("deal", "where: {formula: amount > 5}", ("> 5", "> 6")),
    ("deal", "where: {amount: {below: {field: probability}}}", ("{field: probability}", "5")),
    ("deal", "where: {amount: {below: {by_stage: {Won: 5}}}}", ("Won: 5", "Won: 6")),
    ("deal", EACH, ("each", "last")),
    ("deal", EACH, ("promise}}}", "promise}}, otherwise: created_at}")),
    ("deal", EACH, ("within", "counting_from: promise.due, within")),
    ("deal", ANY, ("any_of", "all_of")),
    ("deal", ANY, ("quote: {}", "quote: {presented: no}")),
    ("deal", ANY, ("quote: {}", "planned: {in_next: 5 days}")),
    ("deal", ANY, ("within: 5 days", "within: {by_pipeline: {A: 5 days}}")),
    ("deal", ANY, ("within: 5 days", "within: {by_segment: {A: 5 days}}")),
    (
        "deal",
        "missing: {touch: {}, after: won_at, within: 1 day}",
        ("missing", "late_counts: no\nmissing"),
    ),
    ("deal", "where: {state: open}", ("where", "resolve: {when: {name: a}}\nwhere")),
    ("owner", "count: {of: {activity: {}}, in_last: 9 days, at_most: 2}", ("at_most", "at_least")),
    (
        "owner",
        "count: {of: {activity: {}}, in_last: 9 days}",
        ("9 days", "9 days, older_than: 1 day"),
    ),
    ("owner", "count: {of: {activity: {lasting: 5 minutes}}, in_last: 9 days}", ("5 min", "6 min")),
    ("owner", "count: {of: {activity: {automated: no}}, in_last: 9 days}", (": no", ": yes")),
]


@pytest.mark.parametrize(("subject", "clauses", "change"), MEANT, ids=lambda one: str(one))
def test_every_form_is_part_of_the_meaning(
    subject: str, clauses: str, change: tuple[str, str]
) -> None:
    """Whoever changes a word of it has another rule, which has to prove itself again."""
    assert change[0] in clauses
    assert of(clauses.replace(*change), subject).meaning != of(clauses, subject).meaning


@pytest.mark.parametrize(
    ("subject", "clauses", "needed"),
    [
        ("deal", NONE, {"deals.account_id", "deals.state"}),
        ("deal", "where: {contact: {same: account, name: Ann}}", {"contacts.account_id"}),
        ("rating", NONE, {"ratings.account_id", "deals.account_id"}),
        ("deal", "where: {formula: amount > 5}", {"deals.amount"}),
        ("deal", "where: {amount: {below: {field: probability}}}", {"deals.probability"}),
        ("deal", ANY, {"proposals.presented", "activities.outcome"}),
        (
            "deal",
            ANY.replace("quote", "planned").replace("{}}]", "{in_next: 1 day}}]"),
            {"activities.done"},
        ),
        ("deal", ANY.replace("5 days", "{by_segment: {A: 1 day}}"), {"accounts.fields.Segment__c"}),
        ("deal", EACH, {"activities.text"}),
        ("deal", EACH.replace("}}}, w", "}}, otherwise: won_at}, w"), {"stage_changes.at"}),
        ("deal", "where: {state: open}\nresolve: {when: {next_step: done}}", {"deals.next_step"}),
        ("account", "where: {won_amount: {at_least: 5}}", {"deals.amount", "deals.state"}),
        ("owner", "where: {manager: Mia}", {"owners.manager_id"}),
    ],
    ids=lambda one: " and ".join(sorted(one)) if isinstance(one, set) else one,
)
def test_every_form_needs_what_it_reads(subject: str, clauses: str, needed: set[str]) -> None:
    """A rule that cannot see it says so, and accuses nobody."""
    found = of(clauses, subject)
    assert needed <= found.needs_fields
    assert {one.partition(".")[0] for one in needed} <= found.needs_streams
