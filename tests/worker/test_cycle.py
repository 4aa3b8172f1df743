"""A whole pass over a simulated CRM through the real client: what it writes, and what it leaves.

Passes are the dear part, so each story runs its passes once and several tests look at them.
"""

from __future__ import annotations

import datetime as dt
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.errors import CrmError, Refused, Unusable
from connectors.simulator.exchange import Arrival
from connectors.simulator.faults import ActThenDrop, Fault
from rules.evaluate import NotEvaluable
from tests.conftest import Clock
from tests.worker.world import STALE, WON, Company, at, reasons
from worker.cycle import Pass
from worker.ledger import LedgerError, TaskState
from worker.mirror import MirrorError
from worker.plan import Decision, Reason
from worker.report import degraded

BIG = """\
- rule: big-won
  extends: shipped/won-no-follow-up
  mode: live
  where: {state: won, won_at: {newer_than: 60 days}, amount: {at_least: 1000}}
"""


@pytest.fixture
def company(tmp_path: Path, clock: Clock) -> Iterator[Company]:
    made = Company(tmp_path, clock)
    yield made
    made.close()


@dataclass
class Story:
    """A company, the passes that were run over it, and the writes of each."""

    company: Company
    clock: Clock
    deals: dict[str, str] = field(default_factory=dict)
    passes: list[Pass] = field(default_factory=list)
    writes: list[list[Any]] = field(default_factory=list)

    def run(self, **more: Any) -> Pass:
        before = len(self.company.sim.requests)
        done = self.company.run(**more)
        self.passes.append(done)
        self.writes.append(self.company.writes(before))
        return done

    def decision(self, number: int, deal: str) -> Decision:
        return next(
            d for d in self.passes[number].plan.decisions if d.about.deal_id == self.deals[deal]
        )

    def task(self, deal: str) -> Any:
        return next(t for t in self.company.tasks(deleted=True) if t["WhatId"] == self.deals[deal])


@contextmanager
def _telling(directories: pytest.TempPathFactory) -> Iterator[Callable[[], Story]]:
    """Begin stories; at the end of the block all are over, for each keeps a simulator busy."""
    opened: list[Company] = []

    def make() -> Story:
        clock = Clock()
        opened.append(Company(directories.mktemp("story"), clock))
        return Story(opened[-1], clock)

    yield make
    for one in opened:
        one.close()


@pytest.fixture
def new_story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Story]]:
    """Begin a story of one test."""
    with _telling(tmp_path_factory) as make:
        yield make


@pytest.fixture(scope="module")
def shared_story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Story]]:
    """Begin a story that several tests look at."""
    with _telling(tmp_path_factory) as make:
        yield make


# -- the life of a task ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def life(shared_story: Callable[[], Story]) -> Story:
    """A silent client, one who was called; a second pass; then the call, and what follows."""
    story = shared_story()
    story.deals = {"silent": story.company.won("Northwind"), "called": story.company.won("Contoso")}
    story.company.call(story.deals["called"], when=at(13))
    story.run()
    story.clock.later(minutes=30)
    story.run()
    story.company.org.update("Task", story.task("silent")["Id"], {"Subject": "My own words"})
    story.company.call(story.deals["silent"])
    story.clock.later(minutes=30)
    story.run()
    story.clock.later(minutes=30)
    story.run()
    return story


def test_a_silent_deal_gets_a_task(life: Story) -> None:
    """Five business days without contact: a task for the owner, due the next business day."""
    decision = life.decision(0, "silent")
    assert decision.reason is Reason.NEW
    task = life.task("silent")
    assert task["OwnerId"] == life.company.people["Sam Ortiz"]
    assert task["ActivityDate"] == "2026-11-20"
    assert task["Followthrough_Key__c"] == decision.key
    assert task["Description"].splitlines()[-2:-1] != []
    assert f"· {decision.key}" in task["Description"]


def test_a_deal_with_contact_stays_quiet(life: Story) -> None:
    """A connected call the day after the sale: no finding, no task, no word."""
    for done in life.passes:
        assert life.deals["called"] not in {d.about.deal_id for d in done.plan.decisions}
    assert life.deals["called"] not in {t["WhatId"] for t in life.company.tasks(deleted=True)}


def test_a_second_pass_writes_nothing(life: Story) -> None:
    """Every request is a read; the plan says why there is nothing to do."""
    assert [w.method for w in life.writes[0]] == ["POST"]
    assert life.writes[1] == []
    assert reasons(life.passes[1]) == ["ALREADY_OPEN"]


def test_our_own_task_is_no_contact(life: Story) -> None:
    """It stands on the deal, younger than the sale, and the duty is still there."""
    assert life.decision(1, "silent").finding is not None


def test_contact_closes_the_task_with_its_evidence(life: Story) -> None:
    """The line says who, when, and which record."""
    assert life.decision(2, "silent").reason is Reason.DUTY_MET
    assert [w.method for w in life.writes[2]] == ["PATCH"]
    task = life.task("silent")
    assert task["IsClosed"]
    last = task["Description"].splitlines()[-1]
    assert last.startswith("Closed by Followthrough: call connected by Sam Ortiz, 2026-11-19 12:20")


def test_a_persons_subject_stays_when_we_close(life: Story) -> None:
    """They changed it while the task was open."""
    assert life.task("silent")["Subject"] == "My own words"


def test_a_closed_episode_is_over(life: Story) -> None:
    """The pass after it writes nothing and finds nothing."""
    assert life.writes[3] == []
    assert life.passes[3].plan.decisions == ()


# -- what people do with our tasks -----------------------------------------------------------


@pytest.fixture(scope="module")
def people(shared_story: Callable[[], Story]) -> Story:
    """Five tasks; a person does something with four of them or their deals; two more passes."""
    story = shared_story()
    company = story.company
    story.deals = {
        "deleted": company.won("A"),
        "ticked": company.won("B"),
        "deal deleted": company.won("C"),
        "reassigned": company.won("D", owner="Ana Reyes"),
        "reopened": company.won("E", owner="Ana Reyes"),
    }
    story.run()
    story.clock.later(minutes=20)
    org = company.org
    org.delete("Task", story.task("deleted")["Id"])
    org.update("Task", story.task("ticked")["Id"], {"Status": "Completed"})
    org.delete("Opportunity", story.deals["deal deleted"])
    org.update("Opportunity", story.deals["reassigned"], {"OwnerId": company.people["Sam Ortiz"]})
    company.call(story.deals["reopened"])
    story.clock.later(minutes=20)
    story.run()
    story.clock.later(minutes=20)
    org.update("Task", story.task("reopened")["Id"], {"Status": "Not Started"})
    story.clock.later(minutes=20)
    story.run()
    story.clock.later(days=1)
    story.run()
    return story


def test_a_deleted_task_never_comes_back(people: Story) -> None:
    """Not in the next pass, and not the next day, when there is room again."""
    assert [people.decision(n, "deleted").reason for n in (1, 2, 3)] == [Reason.DISMISSED] * 3
    assert people.task("deleted")["IsDeleted"]


def test_a_ticked_task_is_believed(people: Story) -> None:
    """Without evidence it is claimed, not repeated; our own task is no evidence either."""
    assert [people.decision(n, "ticked").reason for n in (1, 2, 3)] == [Reason.CLAIMED] * 3
    assert "Closed by Followthrough" not in people.task("ticked")["Description"]


def test_the_task_of_a_deleted_deal_is_over(people: Story) -> None:
    """No open task of ours is left on a deal that is gone."""
    task = people.task("deal deleted")
    assert task["IsClosed"] or task["IsDeleted"]
    with people.company.ledger() as ledger:
        states = {t.about.deal_id: t.state for t in ledger.tasks().values()}
    assert states[people.deals["deal deleted"]] is not TaskState.OPEN


def test_a_reassigned_deal_keeps_its_one_task(people: Story) -> None:
    """The duty is the same; no second task for the new owner, and the first is left alone."""
    assert people.decision(1, "reassigned").reason is Reason.ALREADY_OPEN
    assert people.task("reassigned")["OwnerId"] == people.company.people["Ana Reyes"]


def test_a_task_that_a_person_opens_again_stays_open(people: Story) -> None:
    """We closed it with evidence; they disagree, and theirs stands."""
    assert people.decision(1, "reopened").reason is Reason.DUTY_MET
    assert not people.task("reopened")["IsClosed"]
    assert all(people.deals["reopened"] not in str(w) for w in people.writes[2])


def test_nothing_more_is_written(people: Story) -> None:
    """Five tasks at first; then the closes; then nothing, whatever stands there."""
    assert people.passes[0].plan.reasons == {"new": 5}
    assert people.writes[2] == []
    assert people.writes[3] == []
    assert len(people.company.tasks(deleted=True)) == 5


# -- never twice -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lost(shared_story: Callable[[], Story]) -> Story:
    """Three tasks: one open, one ticked off, one deleted."""
    story = shared_story()
    names = ("open", "ticked", "deleted")
    story.deals = {name: story.company.won(name.title()) for name in names}
    story.run()
    story.clock.later(minutes=20)
    story.company.org.update("Task", story.task("ticked")["Id"], {"Status": "Completed"})
    story.company.org.delete("Task", story.task("deleted")["Id"])
    story.clock.later(days=1)
    return story


@pytest.mark.proof
@pytest.mark.parametrize("what", [["ledger"], ["mirror"], ["ledger", "mirror"]], ids="+".join)
def test_a_lost_file_never_means_a_second_task(lost: Story, what: list[str]) -> None:
    """The CRM itself remembers: each finding meets its task again, in its state."""
    lost.company.lose(*what)
    done = lost.run()
    assert lost.writes[-1] == []
    assert reasons(done) == ["ALREADY_OPEN", "CLAIMED", "DISMISSED"]
    assert len(lost.company.tasks(deleted=True)) == 3


@pytest.mark.proof
def test_another_key_would_write_everything_again(lost: Story) -> None:
    """A run without the operator's secret, or with a wrong one, is refused before it writes."""
    lost.run()
    with pytest.raises(LedgerError, match="FOLLOWTHROUGH_KEY is not the one"):
        lost.run(followthrough_key=None)
    assert len(lost.company.tasks(deleted=True)) == 3
    assert reasons(lost.run()) == ["ALREADY_OPEN", "CLAIMED", "DISMISSED"]


@pytest.mark.proof
def test_an_answer_that_was_lost_is_adopted_by_the_next_pass(company: Company) -> None:
    """Asked by key before anything else; and a duty met meanwhile is closed, not forgotten."""
    silent, called = company.won("Northwind"), company.won("Contoso")
    company.fault = lambda _n, call: ActThenDrop() if _is_write(call) else None
    first = company.run()
    assert any("the next run asks the CRM" in said for said in degraded(first))
    company.fault, before = None, len(company.sim.requests)
    company.clock.later(minutes=30)
    company.call(called)
    company.clock.later(minutes=30)
    second = company.run()
    assert second.applied.recovered == 2
    assert [w.method for w in company.writes(before)] == ["PATCH"]
    assert {t["WhatId"]: t["IsClosed"] for t in company.tasks()} == {silent: False, called: True}
    with company.ledger() as ledger:
        states = {t.about.deal_id: t.state for t in ledger.tasks().values()}
    assert states == {silent: TaskState.OPEN, called: TaskState.RESOLVED}


def _is_write(call: Arrival) -> bool:
    return call.method != "GET" and not call.path.endswith("/token")


@pytest.mark.proof
def test_a_token_that_ends_in_the_middle_is_renewed(company: Company) -> None:
    """Once among the reads, once right before the write: one task, nothing raised."""
    company.won()

    def expire(number: int, call: Arrival) -> Fault | None:
        if number == 10 or _is_write(call):
            company.fault = None if _is_write(call) else company.fault
            company.org.expire_tokens()
        return None

    company.fault = expire
    assert reasons(company.run()) == ["NEW"]
    assert len(company.tasks()) == 1
    logins = [r for r in company.sim.requests if r.path.endswith("/token")]
    assert len(logins) == 3


# -- not written on purpose ------------------------------------------------------------------


@pytest.mark.proof
def test_more_findings_than_limits(new_story: Callable[[], Story]) -> None:
    """Three today, the largest first; one names the others, which are written tomorrow."""
    story = new_story()
    deals = [story.company.won(f"C{n}", amount=1000 * n) for n in range(5)]
    first = story.run()
    assert first.plan.reasons == {"new": 3, "person_day_full": 2, "roll_up": 1}
    assert {t["WhatId"] for t in story.company.tasks()} == {*deals[2:], None}
    story.clock.later(days=1)
    second = story.run()
    assert second.plan.reasons == {"new": 2, "already_open": 3, "roll_up_over": 1}
    assert {t["WhatId"] for t in story.company.tasks() if not t["IsClosed"]} == set(deals)


def test_switched_off_writes_nothing(new_story: Callable[[], Story]) -> None:
    """Without leave to write the plan is made and told, and so is it in shadow."""
    story = new_story()
    story.company.won()
    off = story.run(write=False)
    assert reasons(off) == ["NEW"]
    story.company.say(WON.replace("live", "shadow"))
    shadow = story.run(write=True)
    assert reasons(shadow) == ["SHADOW"]
    assert story.writes == [[], []]
    assert story.company.tasks() == []


@pytest.mark.proof
def test_without_the_key_field_nothing_is_written(tmp_path: Path, clock: Clock) -> None:
    """The sentence names the directory to deploy, and the run is recorded as failed."""
    company = Company(tmp_path, clock, key_field=False)
    company.won()
    with pytest.raises(Refused, match="deploy/salesforce"):
        company.run()
    assert company.writes() == []
    with company.ledger() as ledger:
        assert ledger.unsettled() == []
    company.close()


# -- what cannot be judged -------------------------------------------------------------------


@pytest.mark.proof
def test_a_hidden_field_stops_one_rule_and_says_so(new_story: Callable[[], Story]) -> None:
    """Its open task stays as it is, although the duty is met; other rules go on."""
    story = new_story()
    company = story.company
    story.deals = {"big": company.won("Big"), "small": company.won("Small", amount=10)}
    company.say(BIG)
    story.run()
    assert story.decision(0, "big").reason is Reason.NEW
    company.say(BIG + WON)
    company.call(story.deals["big"])
    company.org.hidden = frozenset({"Opportunity.Amount"})
    story.clock.later(minutes=30)
    blind = story.run()
    (unfit,) = blind.evaluation.not_evaluable
    assert unfit.rule == "big-won"
    assert "Opportunity.Amount" in unfit.why
    assert any("big-won is not evaluable" in said for said in degraded(blind))
    assert not story.task("big")["IsClosed"]
    assert "Closed by" not in story.task("big")["Description"]
    assert story.decision(1, "small").reason is Reason.NEW
    company.org.hidden = frozenset()
    story.clock.later(minutes=30)
    story.run()
    assert story.task("big")["IsClosed"]


@pytest.mark.proof
def test_a_stage_the_org_does_not_have_is_named(company: Company) -> None:
    """The rule that needs it is not evaluable; the other one writes."""
    company.say(WON + STALE, "coverage: off\nstages:\n  Proposal: Quotation\n")
    company.won()
    done = company.run()
    assert [n.rule for n in done.evaluation.not_evaluable] == ["stale-proposal"]
    assert isinstance(done.evaluation.not_evaluable[0], NotEvaluable)
    assert "under stages: in followthrough.yaml" in done.evaluation.not_evaluable[0].why
    assert reasons(done) == ["NEW"]


# -- a CRM that cannot be used ---------------------------------------------------------------


def _closed_port() -> str:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{unused.getsockname()[1]}"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            lambda: {"salesforce_client_secret": SecretStr("a wrong secret")},
            "Check SALESFORCE_CLIENT_ID and SALESFORCE_CLIENT_SECRET",
        ),
        (lambda: {"salesforce_url": _closed_port()}, "could not be reached at 127.0.0.1"),
    ],
    ids=["wrong secret", "unreachable"],
)
def test_a_crm_that_cannot_be_used_is_told(
    company: Company, changed: Callable[[], dict[str, Any]], said: str
) -> None:
    """A sentence, a failed run in the record, and nothing half-written."""
    with pytest.raises(CrmError, match=said):
        company.run(**changed())
    with company.desk() as desk:
        last = desk.ledger.last_run()
        assert last is not None
        assert (last.outcome, last.ended_at) == ("failed", company.clock())
        assert said in last.summary["why"]
        assert desk.mirror.org_id() is None
        assert desk.mirror.complete_until() == {}
        assert desk.ledger.tasks_seen_until() is None


def test_a_user_who_left_is_named(company: Company) -> None:
    """The app's run-as user is inactive: nothing works until a person acts."""
    company.org.update("User", company.org.user_id, {"IsActive": False})
    with pytest.raises(Unusable, match="run-as user is inactive"):
        company.run()


@pytest.mark.parametrize("kept", ["both", "ledger", "mirror"])
def test_another_org_is_refused_and_nothing_is_mixed(
    tmp_path: Path, new_story: Callable[[], Story], kept: str
) -> None:
    """Either file alone is enough to notice; the first org still works afterwards."""
    first, second = new_story().company, Company(tmp_path, Clock())
    second.org.store.connection.execute("UPDATE Organization SET Id = '00DFt000000ZZZZMAA'")
    with first.desk() as desk:
        desk.ledger.belongs_to(desk.connector.identity())
        desk.mirror.belongs_to(desk.connector.identity(), "salesforce")
    if kept != "both":
        first.lose({"ledger": "mirror", "mirror": "ledger"}[kept])
    second.state = first.state
    second.won()
    with pytest.raises((LedgerError, MirrorError), match="Point the settings back"):
        second.run()
    assert second.writes() == []
    second.close()
    with first.desk() as desk:
        identity = desk.connector.identity()
        assert desk.mirror.org_id() in (None, identity.org_id)
        desk.ledger.belongs_to(identity)


@pytest.mark.proof
def test_time_stands_still_between_two_passes(new_story: Callable[[], Story]) -> None:
    """Not evaluated on old data: a mirror of yesterday opens nothing and says so."""
    story = new_story()
    story.company.won(on=at(13))
    story.run()
    story.clock.later(days=1)
    old = story.run(read=False)
    assert reasons(old) == []
    (unfit,) = old.evaluation.not_evaluable
    assert "Pull first" in unfit.why
    assert story.writes[1] == []
    assert dt.timedelta(0) < story.clock() - story.passes[0].identity.server_now
