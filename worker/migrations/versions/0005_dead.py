"""What the second look for a task without a unique key needs: when the first was, and how often."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add two columns to the intents; of those that are known nobody has looked yet."""
    moment = sa.String(32) if op.get_bind().dialect.name != "postgresql" else sa.Text(collation="C")
    op.add_column("intents", sa.Column("probed_at", moment))
    op.add_column("intents", sa.Column("absences", sa.Integer, nullable=False, server_default="0"))
