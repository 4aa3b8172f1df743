"""The life of a task: what people typed, what they changed, plans that wait for a yes.

Columns and tables are added and nothing is rebuilt: of an old task nobody knows what was written,
so nothing of it counts as changed by a person, and no run can take it back.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=False)


def upgrade() -> None:
    """Add columns to tasks, and three tables."""
    for name, kind in (
        ("run_id", sa.Integer()),
        ("until", sa.String(32)),
        ("modified_at", sa.String(32)),
    ):
        op.add_column("tasks", sa.Column(name, kind))
    for name, length in (("said", 16), ("reason", 255), ("touched", 64)):
        op.add_column(
            "tasks", sa.Column(name, sa.String(length), nullable=False, server_default="")
        )
    op.add_column("tasks", sa.Column("wrote", sa.Text, nullable=False, server_default="{}"))
    op.create_table(
        "mentions",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("mark", sa.String(64), primary_key=True),
        sa.Column("at", sa.String(32), nullable=False),
    )
    op.create_table(
        "words",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("mark", sa.String(64), primary_key=True),
        _text("rule", 128),
        _text("word", 16),
        _text("argument", 255),
        _text("heard_at", 32),
        sa.Column("done_at", sa.String(32)),
    )
    op.create_table(
        "plans",
        sa.Column("hash", sa.String(64), primary_key=True),
        _text("state", 16),
        _text("under", 64),
        _text("made_at", 32),
        _text("ends_at", 32),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("items", sa.Text, nullable=False),
    )
