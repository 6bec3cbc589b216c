"""When runs have to be done that agreed on a time, and what counting those reads."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them; the index is made from the ledger again, which says it of all runs."""
    op.add_column("runs", sa.Column("due", sa.DateTime(timezone=True)))
    op.create_index(
        "runs_due_idx",
        "runs",
        ["namespace", "due"],
        postgresql_include=["phase", "ended"],
        postgresql_where=sa.text("due IS NOT NULL"),
    )


def downgrade() -> None:
    """Remove them."""
    op.drop_index("runs_due_idx", "runs")
    op.drop_column("runs", "due")
