"""A pass with its record: opened in the ledger, closed with its outcome, told in one log line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import structlog

from connectors.errors import CrmError
from worker.breaker import closed, failed, hold_back
from worker.cycle import Pass, run_cycle
from worker.desk import Desk
from worker.ledger import LedgerError
from worker.log import logger
from worker.memory import enough
from worker.mirror import MirrorError
from worker.report import degraded, summary
from worker.waiting import NotConfirmable

#: The command of a pass that nobody but the scheduler started.
SCHEDULED: Final = "run"


class PlanMoved(Exception):
    """The plan is no longer the one that was looked at."""


def run_pass(
    desk: Desk,
    command: str,
    *,
    read: bool,
    write: bool,
    wanted: str | None = None,
    confirm: str | None = None,
) -> Pass:
    """Run one pass and record it. `wanted` is the hash the plan must have to be written; `confirm`
    that of a plan which waited, and of which what is left is written.

    Raises PlanMoved, NotConfirmable, CrmError, MirrorError, LedgerError; those too are recorded.
    """
    started = desk.clock()
    run_id = desk.ledger.begin_run(command, started)
    with structlog.contextvars.bound_contextvars(run=run_id, command=command):
        try:
            if command == SCHEDULED:
                hold_back(desk.ledger, started)
            with enough():
                done = run_cycle(
                    desk, run_id, read=read, write=write, confirm=confirm, allow=_only(wanted)
                )
        except (CrmError, MirrorError, LedgerError, PlanMoved, NotConfirmable) as error:
            why = str(error)
            if isinstance(error, CrmError):
                failed(desk.ledger, error, desk.clock())
            desk.ledger.end_run(run_id, "failed", {"why": why}, desk.clock())
            logger().error("pass", outcome="failed", why=why)
            raise
        closed(desk.ledger)
        counts = summary(done, desk.connector.usage())
        trouble = degraded(done)
        outcome = "degraded" if trouble else "ok"
        ended = desk.clock()
        desk.ledger.end_run(run_id, outcome, counts | {"look_at": trouble}, ended)
        seconds = round((ended - started).total_seconds(), 3)
        logger().info("pass", outcome=outcome, seconds=seconds, write=write, **counts)
    return done


def _only(wanted: str | None) -> Callable[[str], None]:
    def check(found: str) -> None:
        if wanted is not None and wanted != found:
            raise PlanMoved(
                f"the plan is {found} now, not {wanted}. Look at it with `followthrough plan`; "
                "nothing was written."
            )

    return check
