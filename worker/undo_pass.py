"""An undo with its record: opened in the ledger, closed with what was removed and what was left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.base import for_writing
from connectors.errors import CrmError, Refused
from worker.apply import Applied, Written, recover, tally
from worker.cycle import same_org
from worker.desk import Desk
from worker.known import IntentState, KnownTask
from worker.ledger import LedgerError
from worker.pausing import why_paused
from worker.pull import look_after_tasks
from worker.undoing import Undoing, Wanted, undo, what_to_undo


@dataclass(frozen=True, kw_only=True)
class Undone:
    """What an undo found, and what became of it."""

    undoing: Undoing
    applied: Applied | None  # None: it was only shown

    @property
    def trouble(self) -> bool:
        """Whether something could not be removed."""
        written = self.applied.written if self.applied else ()
        return any(one.state is not IntentState.ACKED for one in written)

    def as_json(self) -> dict[str, Any]:
        """Return all of it as plain data."""
        became = {one.key: one for one in self.applied.written} if self.applied else {}
        return {
            "shown_only": self.applied is None,
            "remove": [_as_json(one, became) for one in self.undoing.removed],
            "open_again": [_as_json(one, became) for one in self.undoing.opened],
            "left": [
                {
                    "key": one.task.key,
                    "rule": one.task.rule,
                    "task": one.task.task_id,
                    "why": one.why,
                }
                for one in self.undoing.left
            ],
            "alerts_told": self.undoing.alerts,
        }


def _as_json(task: KnownTask, became: Mapping[str, Written]) -> dict[str, Any]:
    done = became.get(task.key)
    return {
        "key": task.key,
        "rule": task.rule,
        "task": task.task_id,
        "became": str(done.state) if done else None,
        "reason": done.reason if done else None,
    }


def run_undo(desk: Desk, wanted: Wanted, *, write: bool) -> Undone:
    """Look at our tasks as they stand, sort them, and take back what may be. Raises CrmError."""
    run_id = desk.ledger.begin_run("undo", desk.clock())
    try:
        with for_writing(desk.connector):
            done = _undo(desk, wanted, run_id, write=write)
    except (CrmError, LedgerError) as error:
        desk.ledger.end_run(run_id, "failed", {"why": str(error)}, desk.clock())
        raise
    counts: dict[str, Any] = {"undo": tally(done.applied) if done.applied else {}}
    desk.ledger.end_run(run_id, "undo", counts, desk.clock())
    return done


def _undo(desk: Desk, wanted: Wanted, run_id: int, *, write: bool) -> Undone:
    identity = desk.connector.identity()
    same_org(desk, identity)
    desk.check_writable()
    recover(desk.connector, desk.ledger, desk.clock)
    look_after_tasks(desk.connector, desk.ledger, identity.server_now)
    alerts = desk.ledger.told(run_id=wanted.run_id, rule=wanted.rule, since=wanted.since)
    closed = desk.ledger.closed(run_id=wanted.run_id, rule=wanted.rule, since=wanted.since)
    tasks = desk.ledger.tasks().values()
    undoing = what_to_undo(wanted, tasks, desk.ledger.words(), closed, alerts)
    if not write:
        return Undone(undoing=undoing, applied=None)
    paused = why_paused(desk.settings.state, desk.ledger)
    if paused is not None:
        raise Refused(
            f"writing is paused: {paused}. `followthrough pause --end` ends it.", code="PAUSED"
        )
    applied = undo(desk.connector, desk.ledger, undoing, run_id, desk.clock, desk.must_stop)
    return Undone(undoing=undoing, applied=applied)
