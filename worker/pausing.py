"""The pause: while there is one nothing is written to the CRM.

A file in the state directory, looked at before every request that writes, so that making it, by
command or by hand, stops a run that is under way. Workers that share a ledger share the pause: it
stands there, too. The file alone holds for the worker of its directory.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from worker.ledger import Ledger

PAUSE_FILE: Final = "pause"
_NO_REASON: Final = "no reason was given"


def pause(state: Path, why: str, ledger: Ledger | None = None) -> None:
    """Stop all writing from the next request on; of every worker that shares `ledger`."""
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = state / PAUSE_FILE
    path.touch(mode=0o600)
    path.write_text(why.strip() + "\n", encoding="utf-8")
    if ledger is not None and ledger.shared:
        ledger.pause(why.strip() or _NO_REASON)


def end_pause(state: Path, ledger: Ledger | None = None) -> bool:
    """Allow writing again; return whether there was a pause."""
    path = state / PAUSE_FILE
    was = path.exists()
    path.unlink(missing_ok=True)
    if ledger is not None and ledger.shared:
        was = ledger.paused() is not None or was
        ledger.pause(None)
    return was


def why_paused(state: Path, ledger: Ledger | None = None) -> str | None:
    """Return why nothing may be written now, or None. A file that cannot be read pauses, too."""
    path = state / PAUSE_FILE
    if not path.exists():
        return ledger.paused() if ledger is not None and ledger.shared else None
    try:
        said = path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        said = ""
    return said or _NO_REASON
