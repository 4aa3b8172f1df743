"""The worker, and a witness beside it who says what the worker believes. `python -m` runs it.

After every transaction of the ledger a note says what the ledger holds now; before every request
leaves, a note says its words. `PRAGMA` changes a setting of SQLite for every transaction.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import sqlite3
import sys
from typing import Any

import sqlalchemy as sa


def held(connection: sqlite3.Connection) -> dict[str, Any]:
    """What a ledger holds: the hash of all of it, and its intents by key, action, state, payload"""
    whole = hashlib.sha256("\n".join(connection.iterdump()).encode()).hexdigest()
    tables = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'intents'").fetchall()
    query = "SELECT key, action, state, payload FROM intents ORDER BY key, action"
    intents = [list(row) for row in connection.execute(query)] if tables else []
    return {"whole": whole, "intents": intents}


class Witness:
    """Writes its notes into a file, each in one call."""

    def __init__(self, path: str, pragma: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._pragma = pragma

    def note(self, **said: Any) -> None:
        """Say something."""
        os.write(self._file, json.dumps(said).encode() + b"\n")

    def watch(self) -> None:
        """Stand at the doors."""
        sa.event.listen(sa.pool.Pool, "checkout", self._begins)
        sa.event.listen(sa.pool.Pool, "checkin", self._ended)
        sendall = socket.socket.sendall

        def send(sock: socket.socket, data: Any, *args: Any) -> None:
            self.note(sent=bytes(data).decode("latin-1"))
            sendall(sock, data, *args)

        socket.socket.sendall = send

    def _begins(self, connection: Any, *_: Any) -> None:
        if self._pragma:
            connection.execute(f"PRAGMA {self._pragma}")

    def _ended(self, connection: Any, *_: Any) -> None:
        if connection is not None:
            self.note(**held(connection))


if __name__ == "__main__":
    Witness(os.environ.pop("NOTES"), os.environ.pop("PRAGMA", "")).watch()
    from worker.cli import main

    main(sys.argv[1:])
