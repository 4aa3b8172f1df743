"""Taking back what a run wrote, in both CRMs; the list for who leaves; the ledger made anew."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.model import Task, TaskDraft
from connectors.open import open_connector
from connectors.simulator.faults import ActThenDrop
from tests.worker.firm import CRMS, Firm
from worker.known import TaskState
from worker.ledger import LedgerError
from worker.rebuilding import move_away, rebuild_ledger
from worker.store import LEDGER_FILE
from worker.undo_pass import Undone, run_undo
from worker.undoing import Wanted
from worker.uninstalling import inventory

pytestmark = pytest.mark.proof
HOUR = dt.timedelta(hours=1)


@pytest.fixture(params=CRMS)
def firm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Firm]:
    """Three tasks, written by the first run."""
    made = Firm(tmp_path, request.param)
    for name in ("Northwind", "Contoso", "Fabrikam"):
        made.won(name)
    made.run()
    yield made
    made.close()


def undo(firm: Firm, *, write: bool = True, **wanted: object) -> Undone:
    firm.clock.now += HOUR / 4
    with firm.desk() as desk:
        return run_undo(desk, Wanted(**(wanted or {"run_id": 1})), write=write)  # type: ignore[arg-type]


def living(firm: Firm) -> list[Task]:
    return [task for task in firm.tasks() if not task.deleted]


def test_it_is_shown_first(firm: Firm) -> None:
    """Nothing is sent; the three are named."""
    before = len(firm.sim.requests)
    shown = undo(firm, write=False)
    assert (len(shown.undoing.removed), shown.applied) == (3, None)
    assert firm.writes(before) == []


def test_what_nobody_touched_goes_and_the_rest_stays(firm: Firm) -> None:
    """One was edited, one has a word in it; a second undo does nothing, and nothing comes back."""
    edited, answered, untouched = firm.tasks()
    firm.clock.now += HOUR
    firm.crm.edit(edited.id, {"subject": "Mine"})
    firm.crm.type_into(answered.id, "I am at it")
    done = undo(firm)
    assert [task.task_id for task in done.undoing.removed] == [untouched.id]
    assert {one.task.task_id: one.why for one in done.undoing.left} == {
        edited.id: "somebody has changed its subject",
        answered.id: "somebody has changed its body",
    }
    assert [task.id for task in living(firm)] == [edited.id, answered.id]
    before = len(firm.sim.requests)
    assert undo(firm).undoing.removed == ()
    firm.run(later=HOUR)
    assert firm.writes(before) == []
    assert sorted(one.state for one in firm.known()) == [
        TaskState.OPEN,
        TaskState.OPEN,
        TaskState.UNDONE,
    ]


def test_what_a_run_closed_is_opened_again(firm: Firm) -> None:
    """What a person asked for stays; the rest is theirs to close, also for a second undo."""
    met, asked, _ = firm.tasks()
    firm.call(met.deal_id or "")
    firm.crm.type_into(asked.id, "#notneeded they are fine")
    firm.run(later=HOUR)
    assert len([task for task in firm.tasks() if task.closed]) == 2
    with firm.ledger() as ledger:
        last = ledger.last_run("ok", "degraded")
    assert last is not None
    shown = undo(firm, write=False, run_id=last.id)
    assert [task.task_id for task in shown.undoing.opened] == [met.id]
    done = undo(firm, run_id=last.id)
    assert not done.trouble
    again = next(task for task in firm.tasks() if task.id == met.id)
    assert not again.closed
    assert "the admin has taken its end back" in again.body
    firm.run(later=HOUR)
    assert [task.closed for task in firm.tasks() if task.id == met.id] == [False]
    before = len(firm.sim.requests)
    assert undo(firm, run_id=last.id).undoing.opened == ()
    assert firm.writes(before) == []


def test_a_rule_since_a_moment(firm: Firm) -> None:
    """Nothing of another rule, nothing from before, nothing of another run."""
    now = firm.clock.now
    assert undo(firm, write=False, rule="stale-proposal").undoing.removed == ()
    assert undo(firm, write=False, run_id=99).undoing.removed == ()
    later = undo(firm, write=False, rule="won-no-follow-up", since=now + HOUR)
    assert later.undoing.removed == ()
    done = undo(firm, rule="won-no-follow-up", since=now - HOUR)
    assert done.applied is not None
    assert (len(done.applied.written), done.trouble) == (3, False)
    assert living(firm) == []


def test_a_lost_answer_is_found_out_by_the_next_run(firm: Firm) -> None:
    """The request was carried out; asked by key, the task is gone: taken back."""
    firm.fault = lambda _, call: ActThenDrop() if call.method == "DELETE" else None
    assert undo(firm).trouble
    firm.fault = None
    again = undo(firm)
    assert (living(firm), again.trouble) == ([], False)
    assert {one.state for one in firm.known()} == {TaskState.UNDONE}


def test_the_list_for_who_leaves_names_everything(firm: Firm) -> None:
    """Also what was taken back, and the files here."""
    undo(firm)
    with firm.ledger() as ledger:
        found = inventory(ledger, firm.state)
    assert {one.task_id for one in found.tasks} == {task.id for task in firm.tasks()}
    assert LEDGER_FILE in {path.name for path in found.files}


def test_a_damaged_ledger_is_made_anew_from_the_crm(firm: Firm) -> None:
    """Every task is adopted under its key; the next run writes nothing."""
    path = firm.state / LEDGER_FILE
    path.write_bytes(b"not a ledger at all " * 500)
    with pytest.raises(LedgerError), firm.desk():
        pass
    moved = move_away(firm.state, LEDGER_FILE, firm.clock())
    assert moved is not None
    assert moved.exists()
    with firm.desk() as desk:
        done = rebuild_ledger(desk)
    assert (done.adopted, done.known, done.vanished) == (3, 3, 0)
    before = len(firm.sim.requests)
    firm.run()
    assert firm.writes(before) == []


def test_a_task_that_came_late_is_adopted_by_the_sweep_of_the_day(firm: Firm) -> None:
    """A create of a process long gone was carried out late, unseen: its stamp is old."""
    connector = open_connector(firm.settings().crm_settings(), pause=lambda _: None)
    known = firm.tasks()[0]
    draft = TaskDraft(
        key="ft_" + "z" * 26,
        deal_id=known.deal_id,
        contact_id=None,
        owner_id=known.owner_id or "",
        subject="Late",
        body=known.body.replace(known.key, "ft_" + "z" * 26),
        due=dt.date(2026, 11, 30),
    )
    with firm.days_ago(1):
        connector.create_tasks([draft])
    connector.close()
    firm.run(later=HOUR)
    assert len(firm.known()) == 3
    firm.run(later=24 * HOUR)
    assert "ft_" + "z" * 26 in {one.key for one in firm.known()}
