"""Write a store of the ledger anew, so that nothing that was erased lies in a file of it any more.

SQLite: the file and its log. PostgreSQL: the tables; its own log and backups are the server's.
"""

from __future__ import annotations

import sqlite3
from typing import Any, Final

import sqlalchemy as sa

from worker.tables import INTENTS, META, PLANS, RUNS, TASKS, WORDS

#: The tables in which somebody's words may stand.
_WITH_WORDS: Final = (INTENTS, META, PLANS, RUNS, TASKS, WORDS)
#: Sorted in memory: a file for temporary rows would hold them, too.
_OF_A_FILE: Final = ("PRAGMA temp_store = MEMORY", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)")
_OF_A_SERVER: Final = (
    "SET statement_timeout = 0",
    f"VACUUM FULL {', '.join(table.name for table in _WITH_WORDS)}",
)


def write_anew(engine: sa.Engine) -> None:
    """Write every table anew, outside any transaction. Raises sqlalchemy's errors."""
    raw = engine.raw_connection()
    try:
        connection: Any = raw.driver_connection
        if not isinstance(connection, sqlite3.Connection):
            connection.autocommit = True
            _say(connection, _OF_A_SERVER)
            return
        busy = _say(connection, _OF_A_FILE)
        if busy:
            raise sqlite3.OperationalError("another process reads its log")
    finally:
        raw.invalidate()


def _say(connection: Any, statements: tuple[str, ...]) -> bool:
    """Say the statements; tell whether the last one's answer begins with something."""
    cursor = connection.cursor()
    for statement in statements:
        cursor.execute(statement)
    row = cursor.fetchone() if cursor.description else None
    cursor.close()
    return bool(row and row[0])
