"""A run that was held has to be done so long after it was let begin; it was so long after it was made."""

from __future__ import annotations

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change no table; the index is made from the ledger again, which says it of all runs."""


def downgrade() -> None:
    """Change no table."""
