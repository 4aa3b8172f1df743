"""Everything we ever wrote, for whoever leaves: tasks, notifications, files. Removes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worker.known import KnownTask
from worker.ledger import Ledger


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """What is in the CRM, and what is here."""

    tasks: tuple[KnownTask, ...]
    alerts: int
    files: tuple[Path, ...]

    def as_json(self) -> dict[str, Any]:
        """Return all of it as plain data."""
        return {
            "tasks": [
                {
                    "id": one.task_id,
                    "key": one.key,
                    "rule": one.rule,
                    "kind": str(one.kind),
                    "state": str(one.state),
                    "written_at": one.written_at.isoformat(),
                    "subject": one.about.subject,
                    "record": one.about.record_id,
                }
                for one in self.tasks
            ],
            "alerts_told": self.alerts,
            "files": [str(path) for path in self.files],
        }


def inventory(ledger: Ledger, state: Path) -> Inventory:
    """Return all that was written: by the ledger, which knows every key, and by the directory."""
    tasks = sorted(ledger.tasks().values(), key=lambda one: (one.written_at, one.key))
    files = tuple(sorted(path for path in state.iterdir() if path.is_file()))
    return Inventory(tasks=tuple(tasks), alerts=ledger.told(), files=files)
