"""Ledgers that were moved away (`ledger rebuild --anew`): which there are, and how long they stay.

They hold what tasks said, so they do not stay for ever. Reads none of them.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Final

from worker.store import LEDGER_FILE

#: Between the ledger's name and the moment at which it was moved away.
_BEFORE: Final = ".before-"
STAMP: Final = "%Y%m%dT%H%M%S"
#: A backup ages out after this (reliability, F134).
STAYS: Final = dt.timedelta(days=30)


def moved_name(name: str, now: dt.datetime) -> str:
    """Return what a file of the ledger is called once it was moved away."""
    return name.replace(LEDGER_FILE, f"{LEDGER_FILE}{_BEFORE}{now.strftime(STAMP)}", 1)


def older_ledgers(state: Path) -> list[Path]:
    """Return the files of ledgers that were moved away."""
    return sorted(state.glob(f"{LEDGER_FILE}{_BEFORE}*"))


def let_go(state: Path, now: dt.datetime) -> list[Path]:
    """Delete those that were moved away more than 30 days before `now`, and return them."""
    old = [path for path in older_ledgers(state) if now - _moved_at(path) > STAYS]
    for path in old:
        path.unlink(missing_ok=True)
    return old


def _moved_at(path: Path) -> dt.datetime:
    """By its name; one that a person renamed counts from when it was written last."""
    said = path.name.partition(_BEFORE)[2].partition("-")[0]
    try:
        return dt.datetime.strptime(said, STAMP).replace(tzinfo=dt.UTC)
    except ValueError:
        return dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
