"""Bring a ledger's tables to this program's version: whole or not at all (`reliability: F126`)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import sqlalchemy as sa

HEAD: Final = "0005"
_SCRIPTS: Final = Path(__file__).parent / "migrations"


class NewerLedger(Exception):
    """The ledger was written by a newer version of the program."""


def migrate(engine: sa.Engine) -> None:
    """Run the migrations that this ledger lacks. Raises NewerLedger."""
    with engine.begin() as connection:
        at = _version(connection)
        if at == HEAD:
            return
        from alembic import command  # slow to import, and needed once in a ledger's life
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(_SCRIPTS))
        config.attributes["connection"] = connection
        if at is not None and at > HEAD:
            raise NewerLedger(
                f"this ledger has version {at}, this program knows {HEAD}. Install the newer "
                "Followthrough, or restore the backup taken before the upgrade."
            )
        command.upgrade(config, "head")


def _version(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
