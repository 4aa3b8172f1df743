"""Builders for the tests of the engine: an org from plain dicts, a rule from a few words of YAML.

Moments are `2026-11-12 10:00`, UTC unless they name an offset. The world is the smallest one in
which everything may happen: one account, one contact, an owner with a manager, a colleague of the
team, and somebody of another team.
"""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final
from weakref import WeakKeyDictionary

import duckdb
import pyarrow as pa

from connectors.model import STREAMS, BlindSpot
from rules.checked import Rule
from rules.evaluate import Evaluation, Org, Verdict, evaluate, prepare
from rules.evidence import endings, findings
from rules.finding import Ending, Finding
from rules.load import Source, load
from rules.testing import bench
from worker.mirror import Mirror

ROOT: Final = Path(__file__).resolve().parents[2]
LONG_AGO: Final = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)

Row = Mapping[str, Any]

PEOPLE: Final[Sequence[Row]] = (
    {"id": "dana", "name": "Dana", "manager_id": "mia", "active": True, "time_zone": "UTC"},
    {"id": "tom", "name": "Tom", "manager_id": "mia", "active": True, "time_zone": "UTC"},
    {"id": "mia", "name": "Mia", "manager_id": None, "active": True, "time_zone": "UTC"},
    {"id": "bo", "name": "Bo", "manager_id": "kim", "active": True, "time_zone": "UTC"},
    {"id": "kim", "name": "Kim", "manager_id": None, "active": True, "time_zone": "UTC"},
)
ACCOUNTS: Final[Sequence[Row]] = ({"id": "northwind", "name": "Northwind"},)
CONTACTS: Final[Sequence[Row]] = ({"id": "ann", "name": "Ann", "account_id": "northwind"},)
LINKS: Final[Sequence[Row]] = (
    {"id": "l1", "deal_id": "d1", "contact_id": "ann", "is_primary": True},
)


def at(text: str) -> dt.datetime:
    """Read a moment; UTC unless it names an offset."""
    moment = dt.datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def deal(id: str = "d1", **said: Any) -> Row:
    """A deal of Dana's at Northwind, open in Proposal, created long ago."""
    usual = {
        "name": "Rollout",
        "account_id": "northwind",
        "owner_id": "dana",
        "stage": "Proposal",
        "state": "open",
        "created_at": LONG_AGO,
    }
    return {**usual, "id": id, **said}


def won(id: str = "d1", when: str = "2026-11-12 10:00", **said: Any) -> Row:
    """A deal whose CRM says that it was won at this moment."""
    return deal(id, **{"stage": "Won", "state": "won", "stage_changed_at": at(when), **said})


def stage(id: str, name: str, when: str, deal_id: str = "d1") -> Row:
    """A row of a deal's history."""
    return {"id": id, "deal_id": deal_id, "stage": name, "at": at(when)}


def activity(when: str, kind: str, id: str = "a1", **said: Any) -> Row:
    """Something Dana did on deal d1 with the client; done, not automated."""
    usual = {
        "kind": kind,
        "at": at(when),
        "done": True,
        "owner_id": "dana",
        "automated": False,
        "outsiders": 1 if kind == "meeting" else None,
        "deal_ids": ["d1"],
    }
    return {**usual, "id": id, **said}


def call(when: str, id: str = "a1", **said: Any) -> Row:
    """A connected call to the client."""
    return activity(when, "call", id, **{"direction": "outbound", "outcome": "connected", **said})


def mail(when: str, id: str = "a1", **said: Any) -> Row:
    """A personal mail; without an owner where the client wrote it."""
    owner = {"owner_id": None} if said.get("direction") == "inbound" else {}
    usual = {"direction": "outbound", "text": "Hello", **owner}
    return activity(when, "email", id, **{**usual, **said})


def table(stream: str, rows: Iterable[Row]) -> pa.Table:
    """Return rows of a canonical stream; what they leave out is empty."""
    stamp = {"modified_at": LONG_AGO, "deleted": False}
    return pa.Table.from_pylist([{**stamp, **row} for row in rows], schema=STREAMS[stream])


def new_mirror(streams: Mapping[str, pa.Table]) -> duckdb.DuckDBPyConnection:
    """Return the connection of a mirror that holds these streams, as `rules test` does."""
    return Mirror.of(streams).connection


#: What cases run on in these tests.
BENCH: Final = bench(new_mirror)


def mirror(**streams: Iterable[Row]) -> Mirror:
    """Return a mirror of these rows, with the usual people unless others are given."""
    usual = {"owners": PEOPLE, "accounts": ACCOUNTS, "contacts": CONTACTS, "links": LINKS}
    rows = {**usual, **streams}
    return Mirror.of({stream: table(stream, rows.get(stream, ())) for stream in STREAMS})


Story = Mapping[str, Sequence[Row]]
_OWN_IDS: Final = ("id", "deal_id", "account_id", "contact_id", "same_as")
_OWN_LISTS: Final = ("deal_ids", "account_ids", "contact_ids")


def stories(told: Mapping[str, Story]) -> Mirror:
    """Return one mirror of many stories that share nothing but the people.

    Every id of a story is its name, a stroke and the id it has in there: `late/d1`.
    """
    rows: dict[str, list[Row]] = {stream: [] for stream in STREAMS if stream != "owners"}
    for name, story in told.items():
        usual = {"accounts": ACCOUNTS, "contacts": CONTACTS, "links": LINKS}
        for stream, records in {**usual, **story}.items():
            rows[stream] += [_named(name, record) for record in records]
    return mirror(**rows)


def _named(story: str, row: Row) -> Row:
    own = {name: f"{story}/{row[name]}" for name in _OWN_IDS if row.get(name) is not None}
    lists = {name: [f"{story}/{one}" for one in row[name]] for name in _OWN_LISTS if name in row}
    return {**row, **own, **lists}


def by_story(verdicts: Iterable[Verdict]) -> dict[str, Verdict]:
    """Return what was said about deal d1 of each story; out of scope, it is not there."""
    return {v.record_id.removesuffix("/d1"): v for v in verdicts if v.record_id.endswith("/d1")}


TASK: Final = """\
then:
  task:
    to: [owner, manager]
    subject: "Call {account}"
    purpose: "{deal} of {account} since {days_since_anchor}."
    opening: The purpose of my call is to say thank you.
    done_when: a call connects
    due: 1 business day
"""
_HEAD: Final = """\
rule: {id}
title: A rule of a test
for: deal
{head}where: {where}
missing: {missing}
"""
_CASES: Final = """\
tests:
  - name: fires
    deal: {{state: won}}
    expect: {{at: 2026-11-30 12:00, fires: yes}}
  - name: stays quiet
    deal: {{state: open}}
    expect: {{at: 2026-11-30 12:00, fires: no}}
"""
#: A rule of a test: its id, what stands in its head, and what it looks for.
RULE: Final = _HEAD + TASK.replace("{", "{{").replace("}", "}}") + _CASES
FIVE_DAYS: Final = "{touch: {at_least: C}, after: won_at, within: 5 business days}"
STAGES: Final = frozenset(
    {"Prospecting", "Qualification", "Proposal", "Negotiation", "Won", "Lost"}
)


@cache
def rule(
    missing: str = FIVE_DAYS,
    where: str = "{created_at: {is_empty: no}}",
    *,
    id: str = "r1",
    head: str = "",
) -> Rule:
    """Return a rule with this `missing` and `where`, as the loader reads them."""
    text = RULE.format(id=id, head=head, where=where, missing=missing)
    rules, problems = load([Source(path="r.yaml", text=text)], stages=STAGES)
    assert problems == [], [str(problem) for problem in problems]
    return rules.active[0]


def judge(
    mirror: Mirror,
    rules: Rule | Sequence[Rule],
    now: str,
    org: Org | None = None,
    *,
    complete_until: Mapping[str, str] | None = None,
    blind_spots: Sequence[BlindSpot] = (),
    laid_out: bool = False,
) -> Evaluation:
    """Judge a mirror whose every stream was read just now, unless it is said otherwise.

    `laid_out`: the tables of an earlier judgement of the same mirror serve again.
    """
    org = org or Org()
    some = [rules] if isinstance(rules, Rule) else rules
    if not laid_out:
        _lay_out(mirror, org, now, tuple(some))
    known = complete_until if complete_until is not None else dict.fromkeys(STREAMS, now)
    return evaluate(
        mirror.connection,
        some,
        org,
        complete_until={stream: at(moment) for stream, moment in known.items()},
        blind_spots=blind_spots,
        now=at(now),
    )


#: What was laid out last in each mirror; the same again would give the same tables.
_LAID: Final[WeakKeyDictionary[Mirror, tuple[Org, tuple[Rule, ...], dt.datetime]]] = (
    WeakKeyDictionary()
)
_SOON: Final = dt.timedelta(days=300)  # the calendar tables reach further than that


def _lay_out(mirror: Mirror, org: Org, now: str, rules: tuple[Rule, ...]) -> None:
    known_org, known, moment = _LAID.get(mirror, (None, (), LONG_AGO))
    same = len(known) == len(rules) and all(map(operator.is_, known, rules))
    if known_org == org and same and abs(at(now) - moment) < _SOON:
        return
    prepare(mirror.connection, org, at(now), rules)
    _LAID[mirror] = (org, rules, at(now))


def verdict(mirror: Mirror, rule: Rule, now: str, org: Org | None = None) -> Verdict | None:
    """Return what a rule says about deal d1, or None if the deal is out of its scope."""
    evaluation = judge(mirror, rule, now, org)
    assert not evaluation.not_evaluable, evaluation.not_evaluable
    return next((v for v in evaluation.verdicts(rule.id) if v.record_id == "d1"), None)


def fires(mirror: Mirror, rule: Rule, now: str, org: Org | None = None) -> bool | None:
    """Tell whether a rule holds for deal d1; a deal out of scope is `False`."""
    found = verdict(mirror, rule, now, org)
    return False if found is None else found.fires


def found(mirror: Mirror, rule: Rule, now: str, org: Org | None = None) -> list[Finding]:
    """Return the findings of a rule."""
    evaluation = judge(mirror, rule, now, org)
    return findings(
        mirror.connection, rule, org or Org(), evaluation.firing(rule.id), evaluation.as_of[rule.id]
    )


def ended(
    mirror: Mirror, rule: Rule, anchors: Mapping[str, str], now: str, org: Org | None = None
) -> dict[str, Ending]:
    """Return what ended the findings of these records, by record."""
    judge(mirror, rule, now, org)
    begun = {record: at(moment) for record, moment in anchors.items()}
    return endings(mirror.connection, rule, org or Org(), begun, at(now))


@cache
def shipped(name: str) -> Rule:
    """Return a shipped rule as an admin's file of one line activates it."""
    path = ROOT / "rules" / "shipped" / f"{name}.yaml"
    pack = Source(path=path.name, text=path.read_text(encoding="utf-8"))
    rules, problems = load(
        [Source(path="own.yaml", text=f"extends: shipped/{name}\n")], shipped=[pack]
    )
    assert problems == []
    return rules.active[0]
