"""The ledger from the CRM's own keys: what is lost, old or damaged is filled again. Writes no task.

Every task of ours carries its key, and its last line says its rule and record. So all of them are
read, adopted, and looked up by key once more: what the ledger then says is open is open.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from connectors.errors import Refused
from worker.cycle import same_org
from worker.desk import Desk
from worker.lock import held
from worker.older import moved_name, older_ledgers
from worker.pull import look_after_tasks


@dataclass(frozen=True, kw_only=True)
class Rebuilt:
    """What a rebuild found."""

    adopted: int  # unknown before
    known: int  # tasks in the ledger now
    vanished: int  # said to be open, and nowhere in the CRM

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)

    @property
    def said(self) -> str:
        """Say it in a sentence."""
        gone = f"; {self.vanished} are gone from the CRM without a trace" if self.vanished else ""
        return (
            f"{self.known} tasks of ours are known, {self.adopted} of them were adopted now{gone}. "
            "Every key of an open one was found again."
        )


def rebuild_ledger(desk: Desk) -> Rebuilt:
    """Adopt all of our tasks, and verify each open one by its key. Raises CrmError, LedgerError."""
    identity = desk.connector.identity()
    same_org(desk, identity)
    why_not = desk.connector.why_not_writable()
    if why_not is not None:
        raise Refused(f"our tasks cannot be seen: {why_not}", code="NOT_WRITABLE")
    desk.ledger.look_at_all()
    adopted = look_after_tasks(desk.connector, desk.ledger, identity.server_now)
    living = [task.key for task in desk.ledger.tasks().values() if task.living]
    there = desk.connector.find_tasks(living)
    vanished = [key for key in living if key not in there]
    desk.ledger.vanished(vanished, identity.server_now)
    return Rebuilt(adopted=adopted, known=len(desk.ledger.tasks()), vanished=len(vanished))


def move_away(state: Path, name: str, now: dt.datetime) -> Path | None:
    """Rename the ledger's files, if there are any, and return its new name. Raises Busy."""
    with held(state):
        moved, older = None, older_ledgers(state)
        for path in sorted(state.glob(name + "*")):
            if path not in older:
                target = path.with_name(moved_name(path.name, now))
                path.rename(target)
                moved = moved or target
        return moved
