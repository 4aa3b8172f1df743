"""Brakes from end to end, in both CRMs: a plan that waits, its confirmation, the pause."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.worker.firm import CRMS, WON, Firm
from worker.cycle import Pass
from worker.passes import run_pass
from worker.pausing import end_pause, pause
from worker.waiting import NotConfirmable, Waiting, waiting

pytestmark = pytest.mark.proof
TIGHT = "limits: {creates_per_rule: 1, new_per_person_and_day: 9}\n"
HOUR = dt.timedelta(hours=1)


@pytest.fixture(params=CRMS)
def firm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Firm]:
    """Three findings, and a brake that allows one; the first pass has been stopped."""
    made = Firm(tmp_path, request.param, settings=TIGHT)
    for name in ("Northwind", "Contoso", "Fabrikam"):
        made.won(name)
    made.run()
    yield made
    made.close()


def waits(firm: Firm) -> list[Waiting]:
    with firm.ledger() as ledger:
        return waiting(ledger)


def confirm(firm: Firm, plan_hash: str) -> Pass:
    with firm.desk() as desk:
        return run_pass(desk, "confirm", read=True, write=True, confirm=plan_hash)


def test_a_stopped_plan_waits_whole_and_keeps_its_hash(firm: Firm) -> None:
    """Nothing is written; the next run finds the same plan, with the same term."""
    assert firm.tasks() == []
    (plan,) = waits(firm)
    assert len(plan.items) == 3
    assert all("Purpose:" in item.payload["body"] for item in plan.items)
    done = firm.run(later=HOUR)
    assert [(one.hash, one.ends_at) for one in waits(firm)] == [(plan.hash, plan.ends_at)]
    assert done.waits == plan.hash


def test_what_still_stands_is_written_once(firm: Firm) -> None:
    """A day later one client has been called: told as gone; a second confirmation is refused."""
    (plan,) = waits(firm)
    firm.clock.now += 24 * HOUR
    gone = next(item for item in plan.items if "Contoso" in item.said)
    firm.call(gone.payload["deal_id"])
    done = confirm(firm, plan.hash)
    assert done.confirmed is not None
    assert [one.key for one in done.confirmed.gone] == [gone.key]
    assert {task.key for task in firm.tasks()} == {i.key for i in plan.items} - {gone.key}
    assert all(t.due is not None and t.due >= firm.clock.now.date() for t in firm.tasks())
    with pytest.raises(NotConfirmable, match="was confirmed before"):
        confirm(firm, plan.hash)
    assert len(firm.tasks()) == 2


def test_a_plan_is_refused_when_its_ground_has_moved(firm: Firm) -> None:
    """Other limits, another rule, 72 hours, a hash nobody knows: nothing is written."""
    (plan,) = waits(firm)
    firm.say(settings=TIGHT.replace("rule: 1", "rule: 2"))
    with pytest.raises(NotConfirmable, match="rules, limits or org have changed"):
        confirm(firm, plan.hash)
    firm.say(WON.replace("escalate", "severity: high, escalate"), TIGHT)
    firm.clock.now += 72 * HOUR
    with pytest.raises(NotConfirmable, match="more than 72 hours"):
        confirm(firm, plan.hash)
    with pytest.raises(NotConfirmable, match="no plan"):
        confirm(firm, "0123456789ab")
    assert firm.tasks() == []


def test_a_pause_stops_every_write_and_ends(firm: Firm) -> None:
    """Made by command or by hand; the run says so, and writes again when it is over."""
    firm.say(settings="")
    pause(firm.state, "the quarter ends")
    done = firm.run()
    assert (done.paused, firm.tasks()) == ("the quarter ends", [])
    assert end_pause(firm.state)
    firm.run()
    assert len(firm.tasks()) == 3


def test_a_pause_stops_a_run_that_is_under_way(firm: Firm) -> None:
    """The file appears at the first request that writes; the second batch is not sent."""
    firm.say(settings="")
    firm.run()
    for task in firm.tasks():
        firm.crm.type_into(task.id, "#wrong")
    firm.won("Adatum", days=3)

    def pausing(_: int, call: object) -> None:
        if getattr(call, "method", "") == "PATCH" and "/0" not in getattr(call, "path", ""):
            pause(firm.state, "stop")

    firm.fault = pausing
    done = firm.run(later=48 * HOUR)
    assert {one.action for one in done.applied.written} <= {"close"}
    assert [task.subject for task in firm.tasks() if "Adatum" in task.subject] == []


@pytest.mark.parametrize("crm", CRMS)
def test_deals_that_vanish_stop_new_tasks_until_somebody_says_yes(crm: str, tmp_path: Path) -> None:
    """Ten of twenty-four open deals are lost at once; what is confirmed is then believed."""
    firm = Firm(tmp_path, crm)
    deals = [firm.open_deal(f"Client {n}") for n in range(24)]
    firm.won("Contoso", days=6)  # due tomorrow
    firm.run()
    for deal in deals[:10]:
        firm.crm.win(deal)
    stopped = firm.run(later=24 * HOUR)
    assert "open deals fell from 24 to 14" in stopped.plan.look_at[0]
    assert firm.tasks() == []
    confirm(firm, stopped.waits)
    assert len(firm.tasks()) == 1
    assert firm.run().plan.look_at == ()
    firm.close()
