"""Which store the ledger is kept in: a file of the state directory, or a PostgreSQL database.

The scheduler process opens the ledger through here and loads no client's library for it. The
address of a database comes from the environment or from a file it names, never from YAML.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from worker.lease import Lease
from worker.ledger import Ledger, LedgerError
from worker.lock import Busy
from worker.standby import Standby

LEDGER_FILE: Final = "ledger.sqlite"
VARIABLE: Final = "FOLLOWTHROUGH_DATABASE"


def open_ledger(state: Path, database: str | None) -> Ledger:
    """Open the ledger where it is kept. Raises LedgerError."""
    return Ledger.open_database(database) if database else Ledger.open(state / LEDGER_FILE)


@contextmanager
def leased(ledger: Ledger, standby: Standby | None = None) -> Iterator[Lease]:
    """Let this process be the one that changes the ledger.

    Raises Busy while another one is, or waits for it where `standby` does; then StoodBy.
    """
    lease = _take(ledger, standby)
    try:
        with lease.renewed():
            yield lease
    finally:
        lease.give_back()


def _take(ledger: Ledger, standby: Standby | None) -> Lease:
    while True:
        try:
            return ledger.take_lease(f"{socket.gethostname()}:{os.getpid()}")
        except Busy as busy:
            if standby is None:
                raise
            standby.wait(busy)


def database_of(environment: Mapping[str, str]) -> str | None:
    """Return the database's address from the environment or its file. Raises LedgerError."""
    if given := environment.get(VARIABLE):
        return given
    named = environment.get(f"{VARIABLE}_FILE")
    if not named:
        return None
    try:
        return Path(named).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise LedgerError(f"{VARIABLE}_FILE names {named}, which cannot be read.") from None
