"""Apply: each write once, whatever the network does, through the real client to a simulated CRM.

One simulator for the module; each test has a deal, a key and a ledger of its own.
"""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Connector
from connectors.model import TaskClose, TaskDraft
from connectors.open import open_connector
from connectors.simulator.exchange import Arrival
from connectors.simulator.faults import (
    ActThenAnswer,
    ActThenDrop,
    DropBefore,
    Fault,
    Instead,
    Truncate,
)
from rules.checked import Severity
from rules.finding import Finding
from tests.conftest import Clock
from tests.worker.world import NOON, Company
from worker.about import About
from worker.apply import BATCHES, Applied, apply, recover, tally
from worker.keys import Keyring
from worker.ledger import LET_GO, IntentState, Ledger, TaskState
from worker.plan import Decision, Plan, Reason

LINE = "Closed by Followthrough: call connected by Sam Ortiz, 2026-11-19 11:50."


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    made = Company(tmp_path_factory.mktemp("apply"), Clock())
    yield made
    made.close()


@pytest.fixture(scope="module")
def connector(company: Company) -> Iterator[Connector]:
    made = open_connector(company.settings().crm_settings(), pause=lambda _: None)
    yield made
    made.close()


@dataclass
class Bench:
    """A ledger, the way to the CRM, and what the simulator was asked since the test began."""

    company: Company
    connector: Connector
    ledger: Ledger
    path: Path
    before: int
    number: int = 0

    def decision(self, deal: str | None = None, **changed: Any) -> Decision:
        """A new task for a deal of its own."""
        self.number += 1
        deal = deal or self.company.open_deal(f"Client {self.before}.{self.number}")
        key = Keyring(b"k", self.company.org.id).task_key("won-no-follow-up", "deal", deal, NOON)
        draft = TaskDraft(
            key=key,
            deal_id=deal,
            contact_id=None,
            owner_id=self.company.people["Sam Ortiz"],
            subject="Follow up",
            body=f"Purpose\nref: won-no-follow-up@abc · {key}",
            due=dt.date(2026, 11, 20),
        )
        return Decision(
            rule="won-no-follow-up",
            about=About(subject="deal", record_id=deal, deal_id=deal),
            key=key,
            reason=Reason.NEW,
            finding=_finding(deal),
            anchor=NOON,
            draft=draft,
        )

    def closing(self, decision: Decision) -> Decision:
        """Close what this decision created."""
        task = self.ledger.tasks()[decision.key]
        return Decision(
            rule=decision.rule,
            about=decision.about,
            key=decision.key,
            reason=Reason.DUTY_MET,
            finding=None,
            close=TaskClose(key=decision.key, task_id=task.task_id, line=LINE),
        )

    def apply(self, *decisions: Decision, stop: threading.Event | None = None) -> Applied:
        return apply(
            self.connector,
            self.ledger,
            Plan(decisions=decisions),
            1,
            self.company.clock,
            (stop or threading.Event()).is_set,
        )

    def recover(self) -> int:
        return recover(self.connector, self.ledger, self.company.clock)

    def tasks(self, *decisions: Decision, deleted: bool = False) -> list[Any]:
        deals = {d.about.deal_id for d in decisions}
        return [t for t in self.company.tasks(deleted=deleted) if t["WhatId"] in deals]

    def asked(self) -> list[str]:
        """Requests since the test began: `key?` for a search by key, else the method."""
        since = self.company.sim.requests[self.before :]
        return [
            "key?" if "Followthrough_Key__c+IN" in r.query or "Key__c%20IN" in r.query else r.method
            for r in since
        ]

    def states(self) -> dict[str, IntentState]:
        return {i.key: i.state for i in self.ledger.unsettled(*IntentState)}


def _finding(deal: str) -> Finding:
    return Finding(
        rule="won-no-follow-up",
        severity=Severity.MEDIUM,
        subject="deal",
        record_id=deal,
        deal_id=deal,
        anchor=NOON,
        deadline=NOON,
        as_of=NOON,
        owner_id=None,
        contact_id=None,
        account="Northwind",
        amount=Decimal(1),
        evidence=(),
        values={},
    )


@pytest.fixture
def bench(company: Company, connector: Connector, tmp_path: Path) -> Iterator[Bench]:
    path = tmp_path / "ledger.sqlite"
    ledger = Ledger.open(path)
    company.fault = None
    connector.why_not_writable()  # described once, so that a test sees its own requests only
    connector.close_tasks([])
    yield Bench(company, connector, ledger, path, len(company.sim.requests))
    company.fault = None
    ledger.close()


def on(method: str, fault: Fault, *, times: int = 1) -> Any:
    """Play this fault for the first requests of a method."""
    left = [times]

    def play(_number: int, call: Arrival) -> Fault | None:
        if call.method == method and not call.path.endswith("/token") and left[0]:
            left[0] -= 1
            return fault
        return None

    return play


ACTED = {
    "dropped": ActThenDrop(),
    "500": ActThenAnswer(status=500, body="[]", headers={"content-type": "application/json"}),
    "502 page": ActThenAnswer(status=502, body="<html>", headers={"content-type": "text/html"}),
    "200 page": ActThenAnswer(status=200, body="<html>", headers={"content-type": "text/html"}),
    "200 nonsense": ActThenAnswer(
        status=200, body="[{}]", headers={"content-type": "application/json"}
    ),
    "redirect": ActThenAnswer(status=302, headers={"location": "https://login.example/"}),
    "cut short": Truncate(keep=9),
}
NOT_ACTED = {
    "dropped": DropBefore(),
    "500": Instead(status=500, body="[]", headers={"content-type": "application/json"}),
    "503 page": Instead(status=503, body="<html>", headers={"content-type": "text/html"}),
}


# -- creating --------------------------------------------------------------------------------


def test_a_plan_is_written(bench: Bench) -> None:
    """One request for all of it; the CRM holds each task, the ledger its id."""
    some = [bench.decision() for _ in range(3)]
    applied = bench.apply(*some)
    assert tally(applied) == {"create_acked": 3}
    assert bench.asked() == ["POST"]
    written = {t["Followthrough_Key__c"]: t["Id"] for t in bench.tasks(*some)}
    assert {k: t.task_id for k, t in bench.ledger.tasks().items()} == written
    assert set(written) == {d.key for d in some}


def test_the_same_plan_again_asks_nothing(bench: Bench) -> None:
    """What is acknowledged is not sent again."""
    one = bench.decision()
    bench.apply(one)
    asked = len(bench.asked())
    assert bench.apply(one) == Applied()
    assert len(bench.asked()) == asked


def test_the_ledger_says_sending_before_the_request_leaves(bench: Bench) -> None:
    """Seen from outside, while the CRM holds the request."""
    on_disk: list[str] = []

    def look(_number: int, call: Arrival) -> None:
        with sqlite3.connect(bench.path) as other:
            on_disk.extend(row[0] for row in other.execute("SELECT state FROM intents"))
        other.close()

    bench.company.fault = look
    bench.apply(bench.decision())
    assert on_disk == ["sending"]


@pytest.mark.parametrize("fault", ACTED.values(), ids=ACTED)
def test_an_answer_lost_after_the_act_is_adopted(bench: Bench, fault: Fault) -> None:
    """Unknown first; then found by key, and never sent a second time."""
    one = bench.decision()
    bench.company.fault = on("POST", fault)
    assert tally(bench.apply(one)) == {"create_unknown": 1}
    assert bench.recover() == 1
    assert tally(bench.apply(one)) == {}
    assert bench.asked() == ["POST", "key?"]
    (task,) = bench.tasks(one)
    assert bench.ledger.tasks()[one.key].task_id == task["Id"]


@pytest.mark.parametrize("fault", NOT_ACTED.values(), ids=NOT_ACTED)
def test_a_request_that_did_nothing_is_sent_again(bench: Bench, fault: Fault) -> None:
    """Unknown first; asked by key; then sent, so that nothing is lost."""
    one = bench.decision()
    bench.company.fault = on("POST", fault)
    assert tally(bench.apply(one)) == {"create_unknown": 1}
    bench.recover()
    assert tally(bench.apply(one)) == {"create_acked": 1}
    assert bench.asked() == ["POST", "key?", "POST"]
    assert len(bench.tasks(one)) == 1


def test_unknown_is_never_sent_before_it_was_asked_for(bench: Bench) -> None:
    """Without recovery the plan may be applied as often as anybody likes."""
    one = bench.decision()
    bench.company.fault = on("POST", DropBefore())
    bench.apply(one)
    for _ in range(2):
        assert bench.apply(one) == Applied()
    assert bench.asked() == ["POST"]
    assert bench.states() == {one.key: IntentState.UNKNOWN}


def test_silence_of_a_crm_that_hides_the_key_proves_nothing(bench: Bench) -> None:
    """What cannot be seen is not absent: it stays unknown until it can be seen."""
    one = bench.decision()
    bench.company.fault = on("POST", ActThenDrop())
    bench.apply(one)
    org = bench.company.org
    org.hidden = frozenset({"Task.Followthrough_Key__c"})
    blind = open_connector(bench.company.settings().crm_settings(), pause=lambda _: None)
    try:
        assert recover(blind, bench.ledger, bench.company.clock) == 0
    finally:
        org.hidden = frozenset()
        blind.close()
    assert bench.states() == {one.key: IntentState.UNKNOWN}
    assert bench.recover() == 1
    assert bench.states() == {one.key: IntentState.ACKED}


def test_a_task_that_is_there_already_is_adopted(bench: Bench) -> None:
    """DUPLICATE_VALUE: somebody's lost ledger wrote it; it is ours, and left as it is."""
    one = bench.decision()
    there = bench.company.org.insert(
        "Task",
        {"Subject": "As it was", "WhatId": one.about.deal_id, "Followthrough_Key__c": one.key},
    )
    applied = bench.apply(one)
    assert [(w.state, w.reason) for w in applied.written] == [(IntentState.ACKED, "adopted")]
    (task,) = bench.tasks(one)
    assert (task["Id"], task["Subject"]) == (there, "As it was")


def test_a_task_that_a_person_deleted_does_not_come_back(bench: Bench) -> None:
    """Its key is taken by a task in the bin: that is a dismissal."""
    one = bench.decision()
    there = bench.company.org.insert(
        "Task",
        {"Subject": "As it was", "WhatId": one.about.deal_id, "Followthrough_Key__c": one.key},
    )
    bench.company.org.delete("Task", there)
    bench.apply(one)
    assert bench.tasks(one) == []
    assert bench.ledger.tasks()[one.key].state is TaskState.DISMISSED


def test_one_refused_record_does_not_keep_the_others_back(bench: Bench) -> None:
    """A deal that is gone is refused with the CRM's code; its neighbours are written."""
    good, gone = bench.decision(), bench.decision()
    bench.company.org.delete("Opportunity", gone.about.deal_id)
    applied = bench.apply(good, gone)
    assert {w.key: w.state for w in applied.written} == {
        good.key: IntentState.ACKED,
        gone.key: IntentState.REJECTED,
    }
    reason = next(w.reason for w in applied.written if w.key == gone.key)
    assert reason.isupper()
    assert len(bench.tasks(good)) == 1
    assert bench.tasks(gone) == []
    assert bench.ledger.refused(NOON) == {gone.key}


def test_a_busy_record_is_tried_again_by_the_next_run(bench: Bench) -> None:
    """A lock is no refusal: the intent stays planned with its bytes."""
    one = bench.decision()
    busy = [{"success": False, "errors": [{"statusCode": "UNABLE_TO_LOCK_ROW", "message": "x"}]}]
    bench.company.fault = on(
        "POST",
        Instead(status=200, body=json.dumps(busy), headers={"content-type": "application/json"}),
    )
    assert tally(bench.apply(one)) == {"create_planned": 1}
    assert tally(bench.apply(one)) == {"create_acked": 1}
    assert len(bench.tasks(one)) == 1


def test_an_answer_for_fewer_than_were_sent_tells_nothing(bench: Bench) -> None:
    """Results have no key, only a place: all of the request is unknown, and all is resolved."""
    some = [bench.decision() for _ in range(2)]
    half = [{"success": True, "id": "00TFt0000000009MAA", "errors": []}]
    bench.company.fault = on(
        "POST",
        ActThenAnswer(
            status=200, body=json.dumps(half), headers={"content-type": "application/json"}
        ),
    )
    assert tally(bench.apply(*some)) == {"create_unknown": 2}
    assert bench.recover() == 2
    assert set(bench.states().values()) == {IntentState.ACKED}
    assert len(bench.tasks(*some)) == 2


def test_more_than_a_request_holds_goes_in_several(bench: Bench) -> None:
    """A lost answer costs one request's worth of certainty, not the whole plan's."""
    deal = bench.company.open_deal("Crowd")
    ring = Keyring(b"crowd", "00D")
    some = []
    for n in range(BATCHES["create"] + 1):
        one = bench.decision(deal)
        key = ring.task_key("r", "deal", deal, NOON + dt.timedelta(seconds=n))
        draft = one.draft
        assert draft is not None
        some.append(
            Decision(
                rule=one.rule,
                about=one.about,
                key=key,
                reason=Reason.NEW,
                finding=one.finding,
                draft=TaskDraft(
                    key=key,
                    deal_id=deal,
                    contact_id=None,
                    owner_id=draft.owner_id,
                    subject="s",
                    body="b",
                    due=draft.due,
                ),
            )
        )
    bench.company.fault = on("POST", ActThenDrop())
    assert tally(bench.apply(*some)) == {"create_unknown": BATCHES["create"], "create_acked": 1}
    assert bench.recover() == BATCHES["create"]
    assert len(bench.tasks(*some)) == BATCHES["create"] + 1


def test_a_stopped_worker_sends_nothing_more(bench: Bench) -> None:
    """What was planned stays planned for the next run."""
    one, stop = bench.decision(), threading.Event()
    stop.set()
    assert bench.apply(one, stop=stop) == Applied()
    assert bench.asked() == []
    assert bench.states() == {one.key: IntentState.PLANNED}


def test_what_is_no_longer_wanted_is_not_sent(bench: Bench) -> None:
    """A plan of a run that never came to send it is forgotten when the finding is gone."""
    one, other, stop = bench.decision(), bench.decision(), threading.Event()
    stop.set()
    bench.apply(one, stop=stop)
    bench.apply(other)
    assert bench.tasks(one) == []
    assert bench.states() == {other.key: IntentState.ACKED}


# -- closing ---------------------------------------------------------------------------------


def test_closing_leaves_a_persons_words_alone(bench: Bench) -> None:
    """Status and one more line: subject, due day and text stay as the person wrote them."""
    one = bench.decision()
    bench.apply(one)
    task_id = bench.ledger.tasks()[one.key].task_id
    mine = {
        "Subject": "My own words",
        "Description": "I called twice.",
        "ActivityDate": "2026-12-01",
    }
    bench.company.org.update("Task", task_id, mine)
    assert tally(bench.apply(bench.closing(one))) == {"close_acked": 1}
    (task,) = bench.tasks(one)
    assert task["Description"] == f"I called twice.\n{LINE}"
    assert (task["Subject"], task["ActivityDate"]) == ("My own words", "2026-12-01")
    assert task["IsClosed"]
    assert bench.ledger.tasks()[one.key].state is TaskState.RESOLVED


@pytest.mark.parametrize("how", ["ticked off", "deleted"])
def test_a_task_that_a_person_ended_is_left_alone(bench: Bench, how: str) -> None:
    """It counts as done, and nothing is sent."""
    one = bench.decision()
    bench.apply(one)
    task_id = bench.ledger.tasks()[one.key].task_id
    if how == "deleted":
        bench.company.org.delete("Task", task_id)
    else:
        bench.company.org.update("Task", task_id, {"Status": "Completed"})
    assert tally(bench.apply(bench.closing(one))) == {"close_acked": 1}
    assert "PATCH" not in bench.asked()
    (task,) = bench.tasks(one, deleted=True)
    assert "Closed by" not in task["Description"]


def test_a_task_that_changed_meanwhile_is_left_for_the_next_run(bench: Bench) -> None:
    """A person saves it between our look and our write: theirs stands, ours waits."""
    one = bench.decision()
    bench.apply(one)
    task_id = bench.ledger.tasks()[one.key].task_id
    clock = bench.company.clock

    def person(_number: int, call: Arrival) -> None:
        if call.method == "PATCH":
            bench.company.fault = None
            with bench.company.org.at(clock() + dt.timedelta(seconds=30)):
                bench.company.org.update("Task", task_id, {"Description": "I am on it."})

    bench.company.fault = person
    assert tally(bench.apply(bench.closing(one))) == {"close_planned": 1}
    assert bench.tasks(one)[0]["Description"] == "I am on it."
    assert tally(bench.apply(bench.closing(one))) == {"close_acked": 1}
    assert bench.tasks(one)[0]["Description"] == f"I am on it.\n{LINE}"


def test_a_close_without_an_answer_is_looked_up(bench: Bench) -> None:
    """Closed in the CRM: done. The line stands there once."""
    one = bench.decision()
    bench.apply(one)
    bench.company.fault = on("PATCH", ActThenDrop())
    assert tally(bench.apply(bench.closing(one))) == {"close_unknown": 1}
    assert bench.recover() == 1
    assert bench.ledger.tasks()[one.key].state is TaskState.RESOLVED
    assert bench.tasks(one)[0]["Description"].count(LINE) == 1


def test_a_close_that_did_not_take_place_is_sent_again(bench: Bench) -> None:
    """Still open in the CRM: planned, and closed by the next apply."""
    one = bench.decision()
    bench.apply(one)
    bench.company.fault = on("PATCH", DropBefore())
    bench.apply(bench.closing(one))
    bench.recover()
    assert bench.ledger.tasks()[one.key].state is TaskState.OPEN
    assert tally(bench.apply(bench.closing(one))) == {"close_acked": 1}
    assert bench.tasks(one)[0]["IsClosed"]


class Marking:
    """A CRM that keeps no key unique: a late create may appear for ten minutes after it."""

    quarantine = dt.timedelta(minutes=10)

    def __init__(self, connector: Connector) -> None:
        self._connector = connector

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connector, name)


def lost(bench: Bench, *some: Decision) -> None:
    """Apply them to a CRM whose answer nobody can read, and which did nothing."""
    bench.company.fault = lambda _, call: (
        Instead(status=502, body="<html>") if "/composite/" in call.path else None
    )
    bench.apply(*some)
    bench.company.fault = None


def recovered(bench: Bench, *minutes: int) -> list[int]:
    """Recover after these minutes, one after the other, with marks alone."""
    marking: Any = Marking(bench.connector)
    counts = []
    for some in minutes:
        bench.company.clock.later(minutes=some)
        counts.append(recover(marking, bench.ledger, bench.company.clock))
    return counts


def test_where_no_key_is_unique_silence_counts_when_two_looks_found_nothing(bench: Bench) -> None:
    """After the wait, which begins at the end of the attempt; the second half of it later."""
    one = bench.decision()
    lost(bench, one)
    assert recovered(bench, 9, 1, 4) == [0, 0, 0]
    assert bench.states() == {one.key: IntentState.UNKNOWN}
    assert recovered(bench, 1) == [1]
    assert bench.states() == {one.key: IntentState.PLANNED}
    assert tally(bench.apply(one)) == {"create_acked": 1}


def test_where_no_key_is_unique_a_second_silence_waits_for_a_person(bench: Bench) -> None:
    """It is never sent a third time; a task that turns up later is adopted all the same."""
    one = bench.decision()
    for _ in range(2):
        lost(bench, one)
        recovered(bench, 10, 5)
    assert bench.states() == {one.key: IntentState.DEAD}
    assert [i.key for i in bench.ledger.dead()] == [one.key]
    assert bench.ledger.unanswered() == {one.key}
    assert bench.apply(one) == Applied()
    assert recovered(bench, 10) == [0]
    late = {"Subject": "Late", "WhatId": one.about.deal_id, "Followthrough_Key__c": one.key}
    bench.company.org.insert("Task", late)
    assert recovered(bench, 10) == [1]
    assert bench.states() == {one.key: IntentState.ACKED}


def test_a_person_may_have_a_dead_task_written_again_or_let_it_go(bench: Bench) -> None:
    """After a look in the CRM; one that is let go is neither told of nor written."""
    again, gone = bench.decision(), bench.decision()
    for _ in range(2):
        lost(bench, again, gone)
        recovered(bench, 10, 5)
    by_key = {one.key: one for one in bench.ledger.dead()}
    bench.ledger.write_again([by_key[again.key]])
    bench.ledger.bury([by_key[gone.key]], LET_GO)
    assert bench.ledger.dead() == []
    assert tally(bench.apply(again, gone)) == {"create_acked": 1}
    assert bench.states()[gone.key] is IntentState.DEAD
