"""Alerts: a manager is told of a task that stays open, once at most, whatever happens meanwhile.

The story: Northwind has had a proposal since Monday the 9th and says nothing. Sam gets a task on
Thursday the 19th at noon. Three business days later, on Tuesday the 24th at noon, Mia is told.
Passes are the dear part, so each story runs its passes once and several tests look at them.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.simulator.exchange import Arrival
from connectors.simulator.faults import ActThenDrop, DropBefore, Fault
from rules.checked import Mode, Rule, Severity
from rules.finding import Finding
from rules.org import Org
from rules.people import Person
from tests.conftest import Clock
from tests.worker.killer import Killers
from tests.worker.world import NOON, STALE, Company, rules_of
from worker.about import About, Kind
from worker.cycle import Pass
from worker.keys import Keyring
from worker.ledger import IntentState, KnownTask, TaskState
from worker.plan import Judged, Limits, Memory, Plan, Reason, Setting, make_plan
from worker.report import degraded
from worker.status import read_status
from worker.store import LEDGER_FILE

ACTION = "customNotificationAction"
PROPOSAL = "Proposal/Price Quote"


def stale(company: Company, client: str = "Northwind", owner: str = "Sam Ortiz") -> str:
    """Put a proposal before a client ten days ago, and hear nothing since."""
    deal = company.open_deal(client, owner=owner)
    with company.org.at(company.days_ago(10)):
        company.org.update("Opportunity", deal, {"StageName": PROPOSAL})
    return deal


@dataclass
class Story:
    """A company whose rule is stale-proposal, and the passes that were run over it."""

    company: Company
    clock: Clock
    passes: list[Pass] = field(default_factory=list)
    writes: list[list[Any]] = field(default_factory=list)

    def run(self, **later: float) -> Pass:
        """Run a writing pass, after some time."""
        self.clock.later(**later)
        before = len(self.company.sim.requests)
        self.passes.append(self.company.run())
        self.writes.append(self.company.writes(before))
        return self.passes[-1]

    @property
    def told(self) -> list[Any]:
        return self.company.org.notifications

    def steps(self) -> dict[str, tuple[IntentState, str]]:
        """What the ledger knows of alerts, by deal."""
        with self.company.ledger() as ledger:
            alerts = [i for i in ledger.unsettled(*IntentState) if i.action == "alert"]
        return {i.about.deal_id: (i.state, i.reason) for i in alerts}


@pytest.fixture(scope="module")
def new_story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Story]]:
    opened: list[Company] = []

    def make(**org: Any) -> Story:
        clock = Clock()
        opened.append(Company(tmp_path_factory.mktemp("alerts"), clock, **org))
        opened[-1].say(STALE)
        return Story(opened[-1], clock)

    yield make
    for one in opened:
        one.close()


def alerts(done: Pass) -> list[str]:
    """The deals whose managers a plan tells."""
    return sorted(d.about.deal_id for d in done.plan.alerts)


# -- told once -------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Life:
    """The story in full: five passes over three deals."""

    story: Story
    open: str
    ticked: str
    boss: str  # a deal of Mia's own, who has no manager


@pytest.fixture(scope="module")
def life(new_story: Callable[..., Story]) -> Life:
    """The task; an hour before the step is due; when it is due; an hour and a week later."""
    story = new_story()
    company = story.company
    deals = {
        "open": stale(company),
        "ticked": stale(company, "Contoso", owner="Ana Reyes"),
        "boss": stale(company, "Fabrikam", owner="Mia Stone"),
    }
    story.run()
    (task,) = [t for t in company.tasks() if t["WhatId"] == deals["ticked"]]
    story.clock.later(hours=3)
    company.org.update("Task", task["Id"], {"Status": "Completed"})
    story.run(days=4, hours=20)  # Tuesday, 11:00
    story.run(hours=1, minutes=30)
    story.run(hours=1)
    story.run(days=7)
    return Life(story=story, **deals)


def test_three_business_days_later_the_manager_is_told(life: Life) -> None:
    """One notification to Mia about the deal, with what was seen and the line for the worker."""
    (told,) = life.story.told
    assert (told.recipient, told.target) == (life.story.company.people["Mia Stone"], life.open)
    assert told.title.startswith("Northwind has been quiet on the proposal for ")
    assert told.title.endswith("; Sam Ortiz may welcome your help")
    assert "- " in told.body.splitlines()[1]
    (decision,) = life.story.passes[2].plan.alerts
    assert told.body.splitlines()[-1].endswith(f"· {decision.key}")
    assert (decision.reason, decision.to) == (Reason.STEP_DUE, "Mia Stone")
    assert dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC) <= told.moment


def test_not_before(life: Life) -> None:
    """Five days by the clock are not three business days: the weekend does not count.

    What is written is Mia's list, which says that a task was ticked off without evidence.
    """
    assert [alerts(done) for done in life.story.passes[:2]] == [[], []]
    assert [d.kind for d in life.story.passes[1].plan.creates] == [Kind.DIGEST]
    assert len(life.story.writes[1]) == 1


def test_once_is_enough(life: Life) -> None:
    """The next pass writes nothing, and the one a week later only ends Mia's list."""
    assert [alerts(done) for done in life.story.passes] == [[], [], [life.open], [], []]
    assert len(life.story.writes[2]) == 1
    assert [len(writes) for writes in life.story.writes[3:]] == [0, 1]
    assert [d.kind for d in life.story.passes[4].plan.closes] == [Kind.DIGEST]


def test_a_task_that_a_person_ticked_off_is_nobody_elses_affair(life: Life) -> None:
    """It is believed: no word to the manager."""
    reasons = {d.about.deal_id: d.reason for d in life.story.passes[2].plan.decisions}
    assert reasons[life.ticked] is Reason.CLAIMED
    assert life.ticked not in {one.target for one in life.story.told}


def test_without_a_manager_nobody_is_told(life: Life) -> None:
    """Mia leads herself: her task stays, and the pass is well."""
    assert life.boss not in {one.target for one in life.story.told}
    assert degraded(life.story.passes[2]) == []


def test_the_ledger_knows_that_it_was_sent(life: Life) -> None:
    """An alert is no task of ours; its key and its way are kept."""
    assert life.story.steps() == {life.open: (IntentState.ACKED, "notification")}
    with life.story.company.ledger() as ledger:
        written = [t for t in ledger.tasks().values() if t.kind is Kind.TASK]
        assert {t.about.deal_id for t in written} == {
            life.open,
            life.ticked,
            life.boss,
        }
        assert len(ledger.alerted()) == 1


def test_in_shadow_nobody_is_told(new_story: Callable[..., Story]) -> None:
    """A rule that goes back to shadow reports only, also about the tasks it wrote before."""
    story = new_story()
    deal = stale(story.company)
    story.run()
    story.company.say(STALE.replace("live", "shadow"))
    quiet = story.run(days=7)
    assert alerts(quiet) == []
    assert story.writes[1] == []
    story.company.say(STALE)
    assert alerts(story.run(minutes=30)) == [deal]


# -- an org that cannot notify ---------------------------------------------------------------


def test_without_the_type_the_alert_is_a_task_that_ends_with_the_finding(
    new_story: Callable[..., Story],
) -> None:
    """High priority, Mia's, not repeated after a lost ledger; a call closes hers and Sam's."""
    story = new_story(notification_types=())
    company = story.company
    deal = stale(company)
    story.run()
    story.run(days=7)
    sams, mias = (company.org.get("Task", t["Id"]) for t in company.tasks())
    assert (mias["OwnerId"], mias["WhatId"]) == (company.people["Mia Stone"], deal)
    assert (mias["Priority"], sams["Priority"]) == ("High", "Normal")
    assert mias["Subject"].startswith("Northwind has been quiet")
    assert story.told == []
    company.lose("ledger")
    assert alerts(story.run(minutes=30)) == []
    assert story.writes[-1] == []
    story.clock.later(minutes=30)
    company.call(deal)
    done = story.run(minutes=30)
    assert done.plan.reasons == {"duty_met": 2}
    assert [t["IsClosed"] for t in company.tasks()] == [True, True]


def test_a_task_alert_whose_answer_was_lost_is_found_by_its_key(
    new_story: Callable[..., Story],
) -> None:
    """This way the CRM can be asked: the task is adopted, and there is one of it."""
    story = new_story(notification_types=())
    deal = stale(story.company)
    story.run()
    story.company.fault = lambda _n, call: ActThenDrop() if "composite" in call.path else None
    lost = story.run(days=7)
    assert any("ended without an answer" in said for said in degraded(lost))
    story.company.fault = None
    again = story.run(minutes=30)
    assert (again.applied.recovered, alerts(again)) == (1, [])
    assert story.writes[-1] == []
    assert len(story.company.tasks()) == 2
    assert story.steps() == {deal: (IntentState.ACKED, "found_by_key")}


# -- never twice -----------------------------------------------------------------------------


@pytest.mark.parametrize(("fault", "rung"), [(ActThenDrop(), 1), (DropBefore(), 0)], ids=repr)
def test_an_alert_whose_fate_is_unknown_is_never_repeated(
    new_story: Callable[..., Story], fault: Fault, rung: int
) -> None:
    """The CRM cannot be asked whether it rang: rather none than two, and it is told."""
    story = new_story()
    deal = stale(story.company)
    story.run()
    story.company.fault = lambda _n, call: fault if call.path.endswith(ACTION) else None
    lost = story.run(days=7)
    assert alerts(lost) == [deal]
    assert any("1 of our writes ended without an answer" in said for said in degraded(lost))
    assert status(story) == ["1 write without an answer"]
    story.company.fault = None
    later = [story.run(minutes=30), story.run(days=7)]
    assert [alerts(done) for done in later] == [[], []]
    assert len(story.told) == rung
    assert story.steps() == {deal: (IntentState.REJECTED, "never_repeated")}
    assert status(story) == ["1 write refused in the last week"]


def status(story: Story) -> list[str]:
    """The lines of `status` about writes."""
    seen = read_status(story.company.settings(), story.clock())
    return [line for line in seen.look_at if line.startswith("1 write ")]


def test_a_refusal_that_an_admin_can_mend_is_tried_again(
    new_story: Callable[..., Story],
) -> None:
    """Nothing was sent, and the CRM said so: the next pass sends it, once."""
    story = new_story()
    stale(story.company)
    story.run()
    story.company.org.may_notify = False
    refused = story.run(days=7)
    assert any("the next run tries again" in said for said in degraded(refused))
    assert story.told == []
    story.company.org.may_notify = True
    story.run(minutes=30)
    story.run(minutes=30)
    assert len(story.told) == 1


def test_each_alert_goes_alone(new_story: Callable[..., Story]) -> None:
    """One that is lost takes no other with it: while it is sent the others are only planned."""
    story = new_story()
    deals = [stale(story.company, client) for client in ("A", "B", "C")]
    story.run()
    armed: list[int] = []

    def lose_the_second(_number: int, call: Arrival) -> Fault | None:
        if not call.path.endswith(ACTION):
            return None
        armed.append(sending(story.company))
        return ActThenDrop() if len(armed) == 2 else None

    story.company.fault = lose_the_second
    story.run(days=7)
    states = sorted(str(state) for state, _ in story.steps().values())
    assert (armed, states) == ([1, 1, 1], ["acked", "acked", "unknown"])
    assert sorted(one.target for one in story.told) == sorted(deals)


def sending(company: Company) -> int:
    """How many writes the ledger on disk calls SENDING at this moment."""
    path = company.state / LEDGER_FILE
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as look:
        found = look.execute("SELECT count(*) FROM intents WHERE state = 'sending'").fetchone()
    return int(found[0])


@pytest.mark.parametrize("rung", [0, 1], ids=["before it was sent", "after it was sent"])
def test_after_a_lost_ledger_nobody_is_told_of_a_task_of_before(
    new_story: Callable[..., Story], rung: int
) -> None:
    """A notification leaves no trace to find: the adopted task stays open, and is not escalated;
    a new episode is."""
    story = new_story()
    deal = stale(story.company)
    story.run()
    story.clock.later(days=7)
    if rung:
        story.run()
    story.company.lose("ledger", "mirror")
    fresh = stale(story.company, "Contoso")
    adopted = story.run(minutes=30)
    assert {d.about.deal_id: d.reason for d in adopted.plan.decisions} == {
        deal: Reason.ALREADY_OPEN,
        fresh: Reason.NEW,
    }
    assert alerts(story.run(days=7)) == [fresh]
    assert [one.target for one in story.told] == [deal] * rung + [fresh]


# -- killed ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def nursery() -> Iterator[Killers]:
    made = Killers()
    yield made
    made.close()


@pytest.mark.parametrize("moment", ["before the act", "after the answer"])
def test_a_run_that_is_killed_while_it_tells_is_not_finished_by_the_next(
    tmp_path: Path, nursery: Killers, moment: str
) -> None:
    """A real process, a real SIGKILL: the next pass cannot know whether it rang, and lets it be."""
    end = NOON  # the CRM's clock rules, whatever this machine's says
    clock = Clock(end - dt.timedelta(days=7))
    company = Company(tmp_path, clock)
    company.say(STALE)
    deal = stale(company)
    story = Story(company, clock)
    story.run()
    clock.now = end
    before = {"kind": "ack"} if moment == "after the answer" else {}

    def kill(_number: int, call: Arrival) -> Fault | None:
        if before or not call.path.endswith(ACTION):
            return None
        os.kill(nursery.pid, signal.SIGKILL)
        return DropBefore()

    company.fault = kill
    nursery.start(company, "once", "--write", log=tmp_path / "log", **before)
    code, _ = nursery.end()
    company.fault = None
    assert code == -signal.SIGKILL
    assert story.steps() == {deal: (IntentState.SENDING, "")}
    rung = len(story.told)
    assert rung == (1 if before else 0)
    done = story.run(minutes=30)
    assert (done.applied.recovered, alerts(done)) == (1, [])
    assert len(story.told) == rung
    assert story.steps() == {deal: (IntentState.REJECTED, "never_repeated")}
    company.close()


# -- the step in the plan --------------------------------------------------------------------

RULE = rules_of(STALE)["stale-proposal"]
TWO_STEPS = replace(
    RULE,
    escalate=(RULE.escalate[0], replace(RULE.escalate[0], to=("owner",), alert="{account} waits")),
)
RING = Keyring(b"a key of the test", "00D")
WRITTEN = NOON - dt.timedelta(days=5)  # Saturday: three business days end on Wednesday at 17:00
PEOPLE = {
    name: Person(id=name, name=name.title(), active=True, manager_id=boss, time_zone="UTC")
    for name, boss in (("sam", "mia"), ("ana", "mia"), ("mia", None))
}
FOUND = Finding(
    rule=RULE.id,
    severity=Severity.MEDIUM,
    subject="deal",
    record_id="d1",
    deal_id="d1",
    anchor=NOON - dt.timedelta(days=20),
    deadline=NOON - dt.timedelta(days=9),
    as_of=NOON,
    owner_id="sam",
    contact_id=None,
    account="Northwind",
    amount=Decimal(48000),
    evidence=("9 Nov: no answer",),
    values={"account": "Northwind", "owner": "Sam", "days_since_anchor": "9 business days"},
)
ANCHORED = (RULE.id, "deal", "d1", FOUND.anchor)
TASK = KnownTask(
    key=RING.task_key(*ANCHORED),
    rule=RULE.id,
    about=About(subject="deal", record_id="d1", deal_id="d1"),
    anchor=FOUND.anchor,
    owner_id="sam",
    task_id="00T",
    state=TaskState.OPEN,
    written_at=WRITTEN,
    ended_at=None,
)
FIRST, SECOND = (RING.alert_key(*ANCHORED, step) for step in (1, 2))


@dataclass(frozen=True, kw_only=True)
class Scene:
    """An episode whose task has been open for three business days; a live rule."""

    rule: Rule = RULE
    task: KnownTask | None = TASK
    finding: Finding = FOUND
    alerted: frozenset[str] = frozenset()
    others: tuple[KnownTask, ...] = ()
    people: dict[str, Person] = field(default_factory=lambda: PEOPLE)
    pilot: frozenset[str] = frozenset()
    now: dt.datetime = NOON

    def plan(self) -> Plan:
        tasks = [t for t in (self.task, *self.others) if t is not None]
        return make_plan(
            {self.rule.id: self.rule},
            Judged(findings=[self.finding], endings={}, population={}),
            Memory(
                tasks={t.key: t for t in tasks},
                rules={},
                refused=frozenset(),
                alerted=self.alerted,
            ),
            Setting(
                org=Org(),
                keyring=RING,
                people=self.people,
                limits=Limits(),
                pilot=self.pilot,
                quiet_hours=False,  # their moments are the edges of days
                record_url=lambda kind, record: f"https://crm.example/{kind}/{record}",
            ),
            self.now,
        )

    def told(self) -> list[str]:
        return [d.alert.to_id for d in self.plan().alerts if d.alert]


PILOT = replace(RULE, mode=Mode.PILOT)
WEDNESDAY = NOON.replace(day=18, hour=17)
ROWS = [
    ("The step is due: the manager.", Scene(), ["mia"]),
    ("On the very second it is due.", Scene(now=WEDNESDAY), ["mia"]),
    ("One second before.", Scene(now=WEDNESDAY - dt.timedelta(seconds=1)), []),
    ("The episode has no task.", Scene(task=None), []),
    ("A person ticked it off.", Scene(task=replace(TASK, state=TaskState.CLAIMED)), []),
    ("A person deleted it.", Scene(task=replace(TASK, state=TaskState.DISMISSED)), []),
    ("We closed it.", Scene(task=replace(TASK, state=TaskState.RESOLVED)), []),
    ("It was adopted: nobody knows what was said.", Scene(task=replace(TASK, anchor=None)), []),
    ("It is another episode's task.", Scene(task=replace(TASK, key="another")), []),
    ("The step was sent, or may have been.", Scene(alerted=frozenset({FIRST})), []),
    ("Another episode's step was sent.", Scene(alerted=frozenset({SECOND})), ["mia"]),
    ("It stands in the CRM as a task.", Scene(others=(replace(TASK, key=FIRST),)), []),
    ("The rule is in shadow.", Scene(rule=replace(RULE, mode=Mode.SHADOW)), []),
    ("The manager is not in the pilot.", Scene(rule=PILOT, pilot=frozenset({"sam"})), []),
    ("The manager is, by name.", Scene(rule=PILOT, pilot=frozenset({"Mia"})), ["mia"]),
    ("The manager is, by id.", Scene(rule=PILOT, pilot=frozenset({"mia"})), ["mia"]),
    ("The manager has the task.", Scene(task=replace(TASK, owner_id="mia")), []),
    (
        "The manager has left.",
        Scene(people=PEOPLE | {"mia": replace(PEOPLE["mia"], active=False)}),
        [],
    ),
    ("The deal is the manager's own.", Scene(finding=replace(FOUND, owner_id="mia")), []),
    ("The deal has no owner.", Scene(finding=replace(FOUND, owner_id=None)), []),
    ("The rule has no steps.", Scene(rule=replace(RULE, escalate=())), []),
    (
        "The task was handed on: the owner of the deal may be told, too.",
        Scene(rule=TWO_STEPS, task=replace(TASK, owner_id="ana")),
        ["mia", "sam"],
    ),
    (
        "The first step is over, the second is not.",
        Scene(rule=TWO_STEPS, task=replace(TASK, owner_id="ana"), alerted=frozenset({FIRST})),
        ["sam"],
    ),
    (
        "The rule has another name now: its episodes keep their keys.",
        Scene(
            rule=replace(RULE, id="new-name", was=RULE.id),
            finding=replace(FOUND, rule="new-name"),
            alerted=frozenset({FIRST}),
        ),
        [],
    ),
    (
        "The owner's day decides: in Auckland it is due half a day earlier.",
        Scene(
            people=PEOPLE | {"sam": replace(PEOPLE["sam"], time_zone="Pacific/Auckland")},
            now=WEDNESDAY - dt.timedelta(hours=12),
        ),
        ["mia"],
    ),
]


@pytest.mark.parametrize(("sentence", "scene", "told"), ROWS, ids=[row[0] for row in ROWS])
def test_who_is_told(sentence: str, scene: Scene, told: list[str]) -> None:
    """One circumstance a row; the episode itself is decided as if there were no steps."""
    assert sorted(scene.told()) == told, sentence
    episode = [d for d in scene.plan().decisions if d.reason is not Reason.STEP_DUE]
    assert len(episode) == 1


def test_the_alert_is_whole() -> None:
    """Key, deal, receiver, words, and the next working day."""
    (decision,) = Scene().plan().alerts
    alert = decision.alert
    assert alert is not None
    assert (decision.key, alert.key, alert.deal_id, alert.to_id) == (
        FIRST,
        FIRST,
        "d1",
        "mia",
    )
    assert alert.title == (
        "Northwind has been quiet on the proposal for 9 business days; Sam may welcome your help"
    )
    assert alert.body.splitlines() == [
        "What we saw:",
        "- 9 Nov: no answer",
        "Links: deal https://crm.example/deal/d1",
        f"ref: {RULE.id}@{RULE.meaning[:8]} · alert · {FIRST}",
    ]
    assert alert.due == NOON.date()


def test_every_step_has_a_key_of_its_own() -> None:
    """Neither another step's nor the task's; an episode's alone, and always the same."""
    later = (RULE.id, "deal", "d1", FOUND.anchor + dt.timedelta(seconds=1))
    keys = [RING.task_key(*ANCHORED), FIRST, SECOND, RING.alert_key(*later, 1)]
    keys += [RING.alert_key("other", "deal", "d1", FOUND.anchor, 1)]
    keys += [Keyring(b"another key", "00D").alert_key(*ANCHORED, 1)]
    assert len(set(keys)) == len(keys)
    auckland = FOUND.anchor.astimezone(dt.timezone(dt.timedelta(hours=13)))
    assert RING.alert_key(RULE.id, "deal", "d1", auckland, 1) == FIRST


def test_the_hash_of_a_plan_names_its_alerts() -> None:
    """What the manager would read belongs to what was looked at."""
    said = replace(RULE.escalate[0], alert="{account} waits")
    plans = [
        Scene(),
        Scene(alerted=frozenset({FIRST})),
        Scene(rule=replace(RULE, escalate=(said,))),
    ]
    assert len({scene.plan().hash for scene in plans}) == 3
    assert Scene().plan().hash == Scene().plan().hash
