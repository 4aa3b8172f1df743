"""The pause: a file in the state directory. While it is there nothing is written to the CRM.

It is looked at before every request that writes, so that making the file, by command or by hand,
stops a run that is under way.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

PAUSE_FILE: Final = "pause"


def pause(state: Path, why: str) -> None:
    """Stop all writing from the next request on."""
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = state / PAUSE_FILE
    path.touch(mode=0o600)
    path.write_text(why.strip() + "\n", encoding="utf-8")


def end_pause(state: Path) -> bool:
    """Allow writing again; return whether there was a pause."""
    path = state / PAUSE_FILE
    was = path.exists()
    path.unlink(missing_ok=True)
    return was


def why_paused(state: Path) -> str | None:
    """Return why nothing may be written now, or None. A file that cannot be read pauses, too."""
    path = state / PAUSE_FILE
    if not path.exists():
        return None
    try:
        said = path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        said = ""
    return said or "no reason was given"
