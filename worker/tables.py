"""The ledger's tables, and the engine whose every commit is on disk. `migrations` must agree."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import event


class Moment(sa.types.TypeDecorator[dt.datetime]):
    """An aware UTC moment, stored as text that sorts."""

    impl = sa.String(32)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else value.astimezone(dt.UTC).isoformat(timespec="seconds")

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> dt.datetime | None:
        return None if value is None else dt.datetime.fromisoformat(value)


METADATA: Final = sa.MetaData()

META: Final = sa.Table(
    "meta",
    METADATA,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("value", sa.String(255), nullable=False),
)
TASKS: Final = sa.Table(
    "tasks",
    METADATA,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("rule", sa.String(128), nullable=False),
    sa.Column("deal_id", sa.String(64), nullable=False, index=True),  # empty: of no deal
    sa.Column("anchor", Moment),  # null for a task adopted without its episode
    sa.Column("owner_id", sa.String(64)),
    sa.Column("task_id", sa.String(64), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("written_at", Moment, nullable=False),
    sa.Column("ended_at", Moment),
    sa.Column("kind", sa.String(16), nullable=False),  # Kind
    sa.Column("subject", sa.String(16), nullable=False),
    sa.Column("record_id", sa.String(64), nullable=False),
    sa.Column("account_id", sa.String(64)),
    sa.Column("run_id", sa.Integer),  # null: adopted, or written by an older version
    sa.Column("until", Moment),
    sa.Column("said", sa.String(16), nullable=False),
    sa.Column("reason", sa.String(255), nullable=False),
    sa.Column("wrote", sa.Text, nullable=False),  # JSON: hashes of what we wrote, by field
    sa.Column("touched", sa.String(64), nullable=False),  # fields a person changed, by commas
    sa.Column("modified_at", Moment),
)
INTENTS: Final = sa.Table(
    "intents",
    METADATA,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("action", sa.String(16), primary_key=True),  # create, close, alert, note, remove
    sa.Column("rule", sa.String(128), nullable=False),
    sa.Column("deal_id", sa.String(64), nullable=False),  # empty: of no deal
    sa.Column("anchor", Moment),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("payload_hash", sa.String(64), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("armed_at", Moment),
    sa.Column("ended_at", Moment),
    sa.Column("reason", sa.String(255), nullable=False),
    sa.Column("run_id", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),  # Kind
    sa.Column("subject", sa.String(16), nullable=False),
    sa.Column("record_id", sa.String(64), nullable=False),
    sa.Column("account_id", sa.String(64)),
    sa.Column("probed_at", Moment),
    sa.Column("absences", sa.Integer, nullable=False, server_default="0"),
)
RULES: Final = sa.Table(
    "rules",
    METADATA,
    sa.Column("rule", sa.String(128), primary_key=True),
    sa.Column("meaning", sa.String(64), nullable=False),
    sa.Column("live_since", Moment),  # the first run in which it could write
)
#: What a task says beside its own matter: lines we added, findings it names.
MENTIONS: Final = sa.Table(
    "mentions",
    METADATA,
    sa.Column("key", sa.String(64), primary_key=True),  # of the task
    sa.Column("mark", sa.String(64), primary_key=True),  # hash of a line, or key of a finding
    sa.Column("at", Moment, nullable=False),
)
#: Words that people typed into tasks.
WORDS: Final = sa.Table(
    "words",
    METADATA,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("mark", sa.String(64), primary_key=True),
    sa.Column("rule", sa.String(128), nullable=False),
    sa.Column("word", sa.String(16), nullable=False),
    sa.Column("argument", sa.String(255), nullable=False),
    sa.Column("heard_at", Moment, nullable=False),
    sa.Column("done_at", Moment),  # null: nothing has come of it yet
)
#: Plans that wait for a person's yes.
PLANS: Final = sa.Table(
    "plans",
    METADATA,
    sa.Column("hash", sa.String(64), primary_key=True),
    sa.Column("state", sa.String(16), nullable=False),  # awaiting, confirmed, replaced
    sa.Column("under", sa.String(64), nullable=False),  # hash of rules, brakes and org
    sa.Column("made_at", Moment, nullable=False),
    sa.Column("ends_at", Moment, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("items", sa.Text, nullable=False),  # JSON
)
RUNS: Final = sa.Table(
    "runs",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("command", sa.String(32), nullable=False),
    sa.Column("started_at", Moment, nullable=False),
    sa.Column("ended_at", Moment),
    sa.Column("outcome", sa.String(32)),  # null: it is running, or was killed
    sa.Column("summary", sa.Text),
)
SCHEDULE: Final = sa.Table(
    "schedule",
    METADATA,
    sa.Column("job", sa.String(64), primary_key=True),
    sa.Column("next_due", Moment, nullable=False),
    sa.Column("last_start", Moment),
    sa.Column("last_end", Moment),
)
#: Who may change the ledger (`worker.lease`). One row.
LEASE: Final = sa.Table(
    "lease",
    METADATA,
    sa.Column("name", sa.String(16), primary_key=True),
    sa.Column("holder", sa.String(128), nullable=False),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("ends", sa.Float(53), nullable=False),  # seconds of the database's clock; 0: over
)


def sqlite_engine(path: Path) -> sa.Engine:
    """Return an engine whose every transaction is BEGIN IMMEDIATE and on disk when it commits."""
    engine = sa.create_engine(f"sqlite:///{path}", hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # the driver's own BEGIN would come too late
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("PRAGMA busy_timeout=10000")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
