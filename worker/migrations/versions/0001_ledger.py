"""The first ledger: tasks, intents, rules, runs, schedule."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table of version 1."""
    op.create_table(
        "meta",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("value", sa.String(255), nullable=False),
    )
    op.create_table(
        "tasks",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("rule", sa.String(128), nullable=False),
        sa.Column("deal_id", sa.String(64), nullable=False, index=True),
        sa.Column("anchor", sa.String(32)),
        sa.Column("owner_id", sa.String(64)),
        sa.Column("task_id", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("written_at", sa.String(32), nullable=False),
        sa.Column("ended_at", sa.String(32)),
    )
    op.create_table(
        "intents",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("action", sa.String(16), primary_key=True),
        sa.Column("rule", sa.String(128), nullable=False),
        sa.Column("deal_id", sa.String(64), nullable=False),
        sa.Column("anchor", sa.String(32)),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("payload_hash", sa.String(64), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("armed_at", sa.String(32)),
        sa.Column("ended_at", sa.String(32)),
        sa.Column("reason", sa.String(255), nullable=False),
        sa.Column("run_id", sa.Integer, nullable=False),
    )
    op.create_table(
        "rules",
        sa.Column("rule", sa.String(128), primary_key=True),
        sa.Column("meaning", sa.String(64), nullable=False),
        sa.Column("live_since", sa.String(32)),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("command", sa.String(32), nullable=False),
        sa.Column("started_at", sa.String(32), nullable=False),
        sa.Column("ended_at", sa.String(32)),
        sa.Column("outcome", sa.String(32)),
        sa.Column("summary", sa.Text),
    )
    op.create_table(
        "schedule",
        sa.Column("job", sa.String(64), primary_key=True),
        sa.Column("next_due", sa.String(32), nullable=False),
        sa.Column("last_start", sa.String(32)),
        sa.Column("last_end", sa.String(32)),
    )
