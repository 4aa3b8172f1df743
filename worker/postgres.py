"""The ledger's engine on PostgreSQL: the same promises as the file's, for several workers.

Every transaction waits for the one before it, as BEGIN IMMEDIATE makes them wait in a file: the
lock is the transaction's own, so it ends with it, also where the connection is lost. Never in here:
a statement of the ledger, or the address in a message (it may hold a password).
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import event

#: Said on every connection, whatever the server's own settings are. A worker that is frozen within
#: a transaction holds the others up for a minute at most.
_SAID: Final = (
    "SET synchronous_commit = on",
    "SET lock_timeout = '10s'",
    "SET statement_timeout = '60s'",
    "SET idle_in_transaction_session_timeout = '60s'",
)
#: One ledger is one schema; two of them in one database do not wait for each other.
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended(current_schema(), 7106))"


class WrongAddress(Exception):
    """The address is not one of a PostgreSQL database, or its driver is not installed."""


def postgres_engine(url: str) -> sa.Engine:
    """Return an engine whose transactions run one at a time and are on disk when they commit.

    Raises WrongAddress.
    """
    engine = sa.create_engine(_address(url), hide_parameters=True, pool_pre_ping=True)

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _: Any) -> None:
        with connection.cursor() as cursor:
            for statement in _SAID:
                cursor.execute(statement)
        connection.commit()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(_LOCK)

    return engine


def keeps_its_word(engine: sa.Engine) -> bool:
    """Tell whether the server writes to disk what it says it has."""
    with engine.begin() as connection:
        return bool(connection.exec_driver_sql("SHOW fsync").scalar_one() == "on")


def _address(url: str) -> sa.URL:
    try:
        address = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise WrongAddress("FOLLOWTHROUGH_DATABASE is not an address.") from None
    if address.drivername.partition("+")[0] not in ("postgresql", "postgres"):
        raise WrongAddress("FOLLOWTHROUGH_DATABASE is not the address of a PostgreSQL database.")
    if find_spec("psycopg") is None:
        raise WrongAddress(
            "PostgreSQL needs its driver. Install Followthrough with the extra [postgres]."
        )
    return address.set(drivername="postgresql+psycopg")
