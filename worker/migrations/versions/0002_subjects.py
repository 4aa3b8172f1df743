"""Tasks about any record: subject, record, account and kind beside the deal.

Columns are added and nothing is rebuilt: every row of version 1 is about a deal.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns, and say of the old rows what they were about."""
    for table in ("tasks", "intents"):
        rows = sa.table(table, sa.column("record_id"), sa.column("deal_id"))
        op.add_column(
            table, sa.Column("kind", sa.String(16), nullable=False, server_default="task")
        )
        op.add_column(
            table, sa.Column("subject", sa.String(16), nullable=False, server_default="deal")
        )
        op.add_column(
            table, sa.Column("record_id", sa.String(64), nullable=False, server_default="")
        )
        op.add_column(table, sa.Column("account_id", sa.String(64)))
        op.execute(rows.update().values(record_id=rows.c.deal_id))
    op.execute("UPDATE intents SET kind = 'alert' WHERE action = 'alert'")
    op.execute(
        "UPDATE tasks SET kind = 'alert' WHERE key IN "
        "(SELECT key FROM intents WHERE action = 'alert')"
    )
