"""What is kept from pass to pass is what a look at everything would say, whatever changes between.

Random small companies live through random days: deals move, people write, records are merged, moved
and deleted. After each step the kept verdicts of every shipped rule, and of some that use the rest
of the language, equal those of a mirror that was filled anew.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pytest

from connectors.base import Batch
from connectors.model import EVERY_STREAM, STREAMS
from rules import select
from rules.checked import Rule
from rules.evaluate import Evaluation, Org, evaluate, prepare
from rules.keeping import Kept, evaluate_kept
from rules.load import Source, load
from rules.org import Said
from rules.select import transaction
from worker import rule_files
from worker.mirror import Mirror

NOON = dt.datetime(2026, 11, 16, 12, tzinfo=dt.UTC)  # a Monday
TESTS = """tests:
    - name: fires
      {subject}: {{}}
      expect: {{at: 2026-11-16 12:00, fires: yes}}
    - name: stays quiet
      {subject}: {{}}
      expect: {{at: 2026-11-16 12:00, fires: no}}"""
THEN = (
    "then: {task: {to: owner, subject: s, purpose: p, opening: o, done_when: d, due: end of week}}"
)
DEAL, ACCOUNT, CONTACT = (
    f"{THEN}\n  {TESTS.format(subject=one)}" for one in ("deal", "account", "contact")
)
TALK = """tests:
    - name: fires
      deal: {amount: 70}
      activities: [{on: 2026-11-02 12:00, meeting: Talk}]
      expect: {at: 2026-11-16 12:00, fires: yes}
    - name: stays quiet
      deal: {amount: 70}
      activities: [{on: 2026-11-16 11:00, meeting: Talk}]
      expect: {at: 2026-11-16 12:00, fires: no}"""
STAGED = TALK.replace("amount: 70", "stage: Prospecting")
MORE = f"""
- rule: answers
  title: t
  for: account
  where: {{any: [{{open_deals: {{at_least: 1}}}}, {{won_amount: {{more_than: 100}}}}]}}
  missing:
    touch: {{by: manager}}
    after: {{each: {{activity: {{direction: inbound}}}}}}
    within: 1 business day
  {ACCOUNT}
- rule: beside
  title: t
  for: deal
  where:
    state: open
    none: {{deal: {{same: account, state: won, won_at: {{newer_than: 30 days}}}}}}
  missing:
    planned: {{in_next: 14 days}}
    after: {{last: {{touch: {{at_least: attempt}}}}, otherwise: created_at}}
    within: 3 business days
  {DEAL}
- rule: beside-a-big-one
  title: t
  for: deal
  where: {{state: open, any: [{{deal: {{same: account, amount: {{more_than: 60}}}}}}]}}
  missing: {{touch: {{}}, in_last: 5 days, counting_from: created_at}}
  {DEAL}
- rule: beside-a-stage
  title: t
  for: deal
  where: {{state: open, any: [{{deal: {{same: account, stage: Negotiation}}}}]}}
  missing: {{touch: {{}}, in_last: 5 days, counting_from: created_at}}
  {DEAL}
- rule: talk-before-a-stage
  title: t
  for: activity
  where: {{type: [call, meeting], at: {{newer_than: 40 days}}, none: [{{deal.stage: Proposal}}]}}
  missing:
    any_of:
      - activity: {{says: delivery}}
      - stage_entry: {{stage: [Negotiation, Won]}}
    after: ended_at
    within: 3 days
  {THEN}
  {STAGED}
- rule: big-talk
  title: t
  for: activity
  where: {{type: meeting, at: {{newer_than: 20 days}}, deal.amount: {{more_than: 60}}}}
  missing: {{touch: {{direction: outbound}}, after: ended_at, within: 2 business days}}
  {THEN}
  {TALK}
- rule: in-time
  title: t
  for: deal
  late_counts: no
  where: {{state: won}}
  missing: {{touch: {{}}, after: won_at, within: 2 business days}}
  {DEAL}
- rule: two-clocks
  title: t
  for: deal
  where: {{state: [open, won], created_at: {{newer_than: 60 days}}}}
  missing:
    - {{touch: {{direction: two-way}}, in_last: 7 days, counting_from: created_at}}
    - {{touch: {{direction: outbound, at_least: attempt}}, in_last: 3 business days,
        counting_from: created_at}}
  {DEAL}
- rule: often
  title: t
  for: contact
  count: {{of: {{activity: {{direction: outbound}}}}, in_last: 10 days, at_least: 2}}
  {CONTACT}
- rule: noted
  title: t
  for: deal
  where: {{state: open}}
  missing:
    activity: {{says: note.next_purpose}}
    after: {{first: {{activity: {{type: [call, meeting]}}}}}}
    within: 1 day
  {DEAL}
"""
TEXTS = (
    "Hello",
    "Just checking in.",
    "You'll have the contract by Friday.",
    "We no longer need a quote.",
    "Could you send us two references?",
    "I will send you the proposal on Friday.",
    "We are very unhappy, this is a complaint.",
    "Discussed: prices. Proposed: a pilot. Next purpose: decide on the pilot.",
    "Next call on 8 December: decide on the pilot with Ann.",
    "",
)
STAGES = ("Prospecting", "Qualification", "Proposal", "Negotiation")
TOLD = (*STREAMS, "files")
PEOPLE = ("dana", "tom", "mia", "bo", "kim")


class Company:
    """Records of a random company, by stream and id, and the batches that brought them."""

    def __init__(self, seed: int) -> None:
        self.any = random.Random(seed)
        self.now = NOON
        self.rows: dict[str, dict[str, dict[str, Any]]] = {stream: {} for stream in TOLD}
        self.fresh: dict[str, set[str]] = {stream: set() for stream in TOLD}
        for name in PEOPLE:
            boss = {"dana": "mia", "tom": "mia", "bo": "kim"}.get(name)
            self.put("owners", name, name=name, manager_id=boss, active=True, time_zone="UTC")
        for number in range(3):
            self.account(f"a{number}")
        for number in range(4):
            self.contact(f"c{number}")
        for number in range(6):
            self.deal(f"d{number}")
        for number in range(4):
            self.part(f"l{number}")
        for number in range(25):
            self.activity(f"t{number}")

    def put(self, stream: str, key: str, **said: Any) -> None:
        """Store a record, or a newer version of it."""
        before = self.rows[stream].get(key, {"id": key, "deleted": False})
        self.rows[stream][key] = {**before, **said, "modified_at": self.now}
        self.fresh[stream].add(key)

    def pick(self, stream: str) -> str | None:
        """Any record of a stream, sometimes one that nobody has."""
        return self.any.choice([*self.rows[stream], f"gone-{stream}"])

    def ago(self, days: float) -> dt.datetime:
        """A moment up to so many days ago, or a little ahead."""
        hours = self.any.randint(-40, int(days * 24))
        return self.now - dt.timedelta(hours=hours, minutes=self.any.choice((0, 30)))

    def account(self, key: str) -> None:
        self.put("accounts", key, name=key, owner_id=self.any.choice(PEOPLE))

    def contact(self, key: str) -> None:
        self.put("contacts", key, name=key, account_id=self.any.choice((None, "a0", "a1", "a2")))

    def part(self, key: str) -> None:
        self.put("links", key, deal_id=self.pick("deals"), contact_id=self.pick("contacts"))

    def deal(self, key: str) -> None:
        state = self.any.choice(("open", "open", "won", "lost"))
        stage = {"won": "Closed Won", "lost": "Closed Lost"}.get(state, self.any.choice(STAGES))
        self.put(
            "deals",
            key,
            name=key,
            account_id=self.any.choice((None, "a0", "a1", "a2")),
            owner_id=self.any.choice((*PEOPLE, None)),
            stage=stage,
            state=state,
            amount=self.any.choice((None, 50, 500)),
            created_at=self.ago(50),
            close_date=self.ago(20).date(),
            stage_changed_at=self.any.choice((None, self.ago(20))),
            next_step=self.any.choice((None, "", "call", "on hold")),
        )

    def moved(self, key: str) -> None:
        """A row of a deal's history."""
        deal = self.any.choice(list(self.rows["deals"]))
        stage = self.any.choice((*STAGES, self.rows["deals"][deal]["stage"]))
        self.put("stage_changes", key, deal_id=deal, stage=stage, at=self.ago(20))

    def quote(self, key: str) -> None:
        presented = self.any.choice((None, True))
        self.put("proposals", key, deal_id=self.pick("deals"), at=self.ago(10), presented=presented)

    def file(self, key: str) -> None:
        name = self.any.choice(("Quote.pdf", "Vertrag.docx", "plan.png"))
        self.put("files", key, deal_id=self.pick("deals"), name=name, created_at=self.ago(10))

    def activity(self, key: str) -> None:
        kind = self.any.choice(("email", "email", "call", "meeting", "note", "message", "task"))
        inbound = self.any.random() < 0.4 and kind in ("email", "call", "message")
        twin = self.any.choice(list(self.rows["activities"])) if self.rows["activities"] else None
        self.put(
            "activities",
            key,
            kind=kind,
            direction=("inbound" if inbound else "outbound") if kind in _DIRECTED else None,
            outcome=self.any.choice(_OUTCOMES.get(kind, (None,))),
            at=self.ago(30),
            done=kind not in ("task", "meeting") or self.any.random() < 0.5,
            owner_id=self.any.choice((*PEOPLE, None)),
            automated=self.any.choice((False, False, None, True)),
            outsiders=1 if kind == "meeting" else None,
            duration_seconds=self.any.choice((None, 30, 1200)) if kind in _LASTING else None,
            text=self.any.choice(TEXTS),
            same_as=twin if twin != key and self.any.random() < 0.1 else None,
            deal_ids=self.some("deals"),
            account_ids=self.some("accounts"),
            contact_ids=self.some("contacts"),
        )

    def some(self, stream: str) -> list[str]:
        """None, one or two records of a stream."""
        return [str(self.pick(stream)) for _ in range(self.any.choice((0, 0, 1, 1, 2)))]

    def step(self) -> None:
        """Something happens, and time goes by."""
        self.now += dt.timedelta(hours=self.any.choice((0, 0.25, 1, 5, 20, 75)))
        for _ in range(self.any.randint(0, 6)):
            self.any.choice(_CHANGES)(self)

    def batches(self) -> dict[str, pa.RecordBatch]:
        """What is new since the last time."""
        fresh, self.fresh = self.fresh, {stream: set() for stream in TOLD}
        return {s: self.batch(s, [self.rows[s][k] for k in sorted(fresh[s])]) for s in TOLD}

    def batch(self, stream: str, rows: Sequence[Mapping[str, Any]]) -> pa.RecordBatch:
        """Rows of a canonical stream."""
        return pa.RecordBatch.from_pylist(list(rows), schema=EVERY_STREAM[stream])


def _again(stream: str, make: str) -> Callable[[Company], None]:
    """A record is made, or a known one made over."""

    def change(told: Company) -> None:
        known = list(told.rows[stream])
        new = f"{make}{len(known)}"
        getattr(told, make)(told.any.choice([*known, new]))

    return change


def _delete(told: Company) -> None:
    stream = told.any.choice(("deals", "activities", "links", "contacts", "accounts"))
    key = told.any.choice(list(told.rows[stream]))
    told.put(stream, key, deleted=not told.rows[stream][key]["deleted"])


def _small(told: Company) -> None:
    key = told.any.choice(list(told.rows["deals"]))
    field = told.any.choice(("next_step", "amount", "name", "close_date"))
    said = {
        "next_step": told.any.choice((None, "call", "on hold")),
        "amount": told.any.choice((50, 70)),
        "name": f"{key} renamed",
        "close_date": told.ago(10).date(),
    }
    told.put("deals", key, **{field: said[field]})


def _move(told: Company) -> None:
    """A deal goes to another stage, with a row of its history or without."""
    key, stage = told.any.choice(list(told.rows["deals"])), told.any.choice(STAGES)
    told.put("deals", key, stage=stage, stage_changed_at=told.now)
    if told.any.random() < 0.5:
        row = f"moved{len(told.rows['stage_changes'])}"
        told.put("stage_changes", row, deal_id=key, stage=stage, at=told.now)


def _close(told: Company) -> None:
    key = told.any.choice(list(told.rows["deals"]))
    told.put("deals", key, state="won", stage="Closed Won", stage_changed_at=told.now)


def _promote(told: Company) -> None:
    if told.any.random() < 0.2:
        told.put("owners", told.any.choice(PEOPLE), manager_id=told.any.choice((None, "mia")))


_DIRECTED = ("email", "call", "message")
_LASTING = ("call", "meeting")
_OUTCOMES: Mapping[str, tuple[str | None, ...]] = {
    "call": ("connected", "no_answer", None),
    "meeting": ("held", None, "canceled"),
}
_CHANGES: Sequence[Callable[[Company], None]] = (
    _again("activities", "activity"),
    _again("activities", "activity"),
    _again("activities", "activity"),
    _again("deals", "deal"),
    _again("contacts", "contact"),
    _again("accounts", "account"),
    _again("accounts", "account"),
    _again("links", "part"),
    _again("stage_changes", "moved"),
    _again("proposals", "quote"),
    _again("files", "file"),
    _delete,
    _small,
    _move,
    _close,
    _promote,
)


@pytest.fixture(scope="module")
def every_rule() -> Sequence[Rule]:
    """The shipped rules and those above."""
    pack = rule_files.shipped()
    rules, problems = load([Source(path="more.yaml", text=MORE)], shipped=pack)
    assert problems == [], [str(problem) for problem in problems]
    return [*rules.shipped, *rules.active]


def stored(mirror: Mirror, batches: Mapping[str, pa.RecordBatch]) -> Mirror:
    """Put batches into a mirror."""
    with transaction(mirror.connection):
        for stream, rows in batches.items():
            if rows.num_rows:
                mirror.store(Batch(stream, rows))
    return mirror


def anew(told: Company, rules: Sequence[Rule], org: Org) -> Evaluation:
    """Judge everything in a mirror that was filled just now."""
    every = {s: told.batch(s, list(rows.values())) for s, rows in told.rows.items()}
    connection = stored(Mirror.open(None), every).connection
    prepare(connection, org, told.now, rules)
    return evaluate(connection, rules, org, **_known(told))


def kept(mirror: Mirror, told: Company, rules: Sequence[Rule], org: Org) -> Kept:
    """Judge what has changed."""
    prepare(mirror.connection, org, told.now, rules)
    return evaluate_kept(mirror.connection, rules, org, **_known(told))


def _known(told: Company) -> dict[str, Any]:
    complete = dict.fromkeys(STREAMS, told.now)
    return {"complete_until": complete, "blind_spots": (), "now": told.now}


def said(evaluation: Evaluation, rule: str) -> set[tuple[Any, ...]]:
    """What matters of a rule's verdicts; who neither fires, stands nor waits is left out."""
    rows = select.rows(
        evaluation.connection,
        f"SELECT record, fires, stands, next_check, anchor, deadline "
        f"FROM {evaluation.tables[rule]} "
        "WHERE fires IS NOT FALSE OR stands IS NOT FALSE OR next_check IS NOT NULL",
    )
    return {tuple(row.values()) for row in rows}


#: Of an account that nobody has, links may be kept; nobody looks.
TOUCHES = (
    "SELECT t.* EXCLUDE (class), c.* EXCLUDE (class) FROM {table} t "
    "JOIN classes c ON c.class = t.class WHERE t.group_key IN ({known})"
)

#: Kept table -> what of it must be the same in both mirrors; a class has another number in each.
KEPT = {
    "deal_entries": "SELECT * FROM deal_entries",
    "stage_entries": "SELECT * FROM stage_entries",
    "account_sums": "SELECT * FROM account_sums",
    "said": "SELECT * FROM said",
    "twins": "SELECT DISTINCT * FROM twins",
    "deal_touches": TOUCHES.format(table="deal_touches", known="SELECT key FROM deals"),
    "client_touches": TOUCHES.format(
        table="client_touches",
        known="SELECT key FROM accounts UNION SELECT coalesce(account_key, key) FROM contacts "
        "UNION SELECT coalesce(account_key, key) FROM deals",
    ),
}


def tables(mirror: Mirror, told: Company) -> dict[str, list[str]]:
    """The rows of every kept table, brought up to date, in an order of their own."""
    prepare(mirror.connection, Org(), told.now, [])
    return {
        name: sorted(str(row) for row in select.rows(mirror.connection, sql))
        for name, sql in KEPT.items()
    }


@pytest.mark.parametrize("seed", range(8))
def test_kept_tables_are_those_of_a_new_mirror(seed: int) -> None:
    """Whatever is stored in whatever order, what is kept of it is what follows from it."""
    told, mirror = Company(seed), Mirror.open(None)
    for number in range(8):
        stored(mirror, told.batches())
        every = {s: told.batch(s, list(rows.values())) for s, rows in told.rows.items()}
        found = tables(mirror, told)
        for name, rows in tables(stored(Mirror.open(None), every), told).items():
            assert found[name] == rows, f"seed {seed}, step {number}, {name}"
        told.step()
        told.step()


@pytest.mark.parametrize("seed", range(3))
def test_what_is_kept_is_what_is_so(seed: int, every_rule: Sequence[Rule]) -> None:
    """After every step, each rule says the same of the same records, and counts the same scope."""
    told, mirror, org = Company(seed), Mirror.open(None), Org()
    for number in range(6):
        stored(mirror, told.batches())
        one, whole = kept(mirror, told, every_rule, org), anew(told, every_rule, org)
        assert not one.differences
        for rule in (rule.id for rule in every_rule):
            place = f"seed {seed}, step {number}, {rule}"
            assert said(one.evaluation, rule) == said(whole, rule), place
            assert one.evaluation.population(rule) == whole.population(rule), place
        told.step()


LONG = f"""
- rule: long-ago
  title: t
  for: activity
  where: {{type: meeting, at: {{newer_than: 300 days}}}}
  missing: {{touch: {{direction: inbound, type: message}}, after: ended_at, within: 2 days}}
  {THEN}
  tests:
    - name: fires
      deal: {{}}
      activities: [{{on: 2026-11-02 12:00, meeting: Talk}}]
      expect: {{at: 2026-11-16 12:00, fires: yes}}
    - name: stays quiet
      deal: {{}}
      activities: [{{on: 2026-11-16 11:00, meeting: Talk}}]
      expect: {{at: 2026-11-16 12:00, fires: no}}
"""


@pytest.mark.parametrize("far", [False, True])
def test_what_happened_lately_moves_on(every_rule: Sequence[Rule], far: bool) -> None:
    """What is kept apart of the last weeks follows after months; who looks back further may."""
    pack = rule_files.shipped()
    looks_far, problems = load([Source(path="long.yaml", text=LONG)], shipped=pack)
    assert problems == [], [str(problem) for problem in problems]
    chosen = [one for one in every_rule if one.subject in ("activity", "owner")]
    rules = looks_far.active if far else chosen
    told, mirror, org = Company(5), Mirror.open(None), Org()
    for number in range(25, 90):
        told.activity(f"t{number}")
    for days in (0, 1, 90, 1, 1):
        told.now += dt.timedelta(days=days)
        for _ in range(4):
            told.step()
        stored(mirror, told.batches())
        one, whole = kept(mirror, told, rules, org), anew(told, rules, org)
        assert not one.differences
        for rule in (rule.id for rule in rules):
            assert said(one.evaluation, rule) == said(whole, rule), f"{days} days, {rule}"


def test_rules_may_come_and_go(every_rule: Sequence[Rule]) -> None:
    """What is kept for rules that rested for a pass, or are new, is not believed."""
    told, mirror, org = Company(21), Mirror.open(None), Org()
    for number in range(6):
        stored(mirror, told.batches())
        rules = [one for one in every_rule if number % 2 == 0 or told.any.random() < 0.6]
        one, whole = kept(mirror, told, rules, org), anew(told, rules, org)
        for rule in (rule.id for rule in rules):
            assert said(one.evaluation, rule) == said(whole, rule), f"step {number}, {rule}"
        told.step()


@pytest.mark.parametrize(("field", "woken"), [("next_step", True), ("currency", False)])
def test_a_field_wakes_only_rules_that_name_it(
    every_rule: Sequence[Rule], field: str, woken: bool
) -> None:
    """Another next step is judged by the rules that name it; what no rule names, by none."""
    told, mirror, org = Company(3), Mirror.open(None), Org()
    ids = ("no-next-step", "overdue-close-date", "stale-proposal", "won-no-follow-up")
    rules = [one for one in every_rule if one.id in ids]
    stored(mirror, told.batches())
    kept(mirror, told, rules, org)
    for key in list(told.rows["deals"]):
        told.put("deals", key, **{field: "EUR" if field == "currency" else None})
    stored(mirror, told.batches())
    assert bool(kept(mirror, told, rules, org).records) is woken


LOOK_AT_STAGES = (
    *("document-asked-again", "open-promises", "promised-proposal", "stale-proposal"),
    *("won-no-follow-up", "beside-a-stage", "talk-before-a-stage"),
)


@pytest.mark.parametrize("seed", range(5))
def test_open_deals_that_only_move_are_judged_by_all_who_look(
    seed: int, every_rule: Sequence[Rule]
) -> None:
    """A stage is noted by itself: where nothing else happens, nothing else helps."""
    told, mirror, org = Company(seed), Mirror.open(None), Org()
    rules = [one for one in every_rule if one.id in LOOK_AT_STAGES]
    assert len(rules) == len(LOOK_AT_STAGES)
    for key in list(told.rows["deals"]):
        told.put("deals", key, state="open", stage="Prospecting", deleted=False)
    for number in range(40):
        told.activity(f"more{number}")
    stored(mirror, told.batches())
    kept(mirror, told, rules, org)
    for number in range(8):
        told.now += dt.timedelta(minutes=20)
        _move(told)
        stored(mirror, told.batches())
        one, whole = kept(mirror, told, rules, org), anew(told, rules, org)
        for rule in LOOK_AT_STAGES:
            assert said(one.evaluation, rule) == said(whole, rule), f"step {number}, {rule}"


@pytest.mark.parametrize(
    ("rule", "woken"),
    [("no-next-step", False), ("client-waiting", False), ("stale-proposal", True)],
)
def test_another_stage_of_an_open_deal_wakes_only_rules_that_look_at_stages(
    every_rule: Sequence[Rule], rule: str, woken: bool
) -> None:
    """Nothing else hangs on it: not its touches, nor what its client or its activities are."""
    told, mirror, org = Company(3), Mirror.open(None), Org()
    rules = [one for one in every_rule if one.id == rule]
    for key in list(told.rows["deals"]):
        told.put("deals", key, state="open", stage="Proposal")
    stored(mirror, told.batches())
    kept(mirror, told, rules, org)
    for key in list(told.rows["deals"]):
        told.put("deals", key, stage="Negotiation", stage_changed_at=told.now)
        told.put("stage_changes", f"moved-{key}", deal_id=key, stage="Negotiation", at=told.now)
    stored(mirror, told.batches())
    assert bool(kept(mirror, told, rules, org).records) is woken


def test_a_pass_without_news_judges_next_to_nothing(every_rule: Sequence[Rule]) -> None:
    """Only rules that are always judged whole look at a record again; others wait for news."""
    told, mirror, org = Company(99), Mirror.open(None), Org()
    stored(mirror, told.batches())
    waiting = [one for one in every_rule if one.id in ("won-no-follow-up", "in-time", "answers")]
    first = kept(mirror, told, waiting, org)
    second = kept(mirror, told, waiting, org)
    assert first.records > 0
    assert second.records == 0


def test_words_about_people_make_it_look_at_everything(every_rule: Sequence[Rule]) -> None:
    """Who leads whom decides whose touch counts: another leader in people.yaml judges all anew."""
    told, mirror = Company(7), Mirror.open(None)
    for name in PEOPLE:
        told.put("owners", name, email=f"{name}@acme.example")
    stored(mirror, told.batches())
    kept(mirror, told, every_rule, Org())
    org = Org(said_of={"dana@acme.example": Said(manager="kim@acme.example")})
    one, whole = kept(mirror, told, every_rule, org), anew(told, every_rule, org)
    for rule in (rule.id for rule in every_rule):
        assert said(one.evaluation, rule) == said(whole, rule), rule
