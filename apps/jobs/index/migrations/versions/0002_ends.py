"""The job that each run counts for, and what counting ends reads."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_COUNTED_AS = (
    "CASE WHEN cause = 'external' AND job IN ("
    "rtrim(left(regexp_replace(application, '[^a-z0-9]+', '-', 'g'), 63), '-'), "
    "rtrim(left('job-' || regexp_replace(application, '[^a-z0-9]+', '-', 'g'), 63), '-'), "
    "rtrim(left(regexp_replace(regexp_replace(application, '-driver$', ''), '[^a-z0-9]+', '-', 'g'), 63), "
    "'-'), "
    "rtrim(left('job-' || regexp_replace(regexp_replace(application, '-driver$', ''), '[^a-z0-9]+', '-', "
    "'g'), 63), '-')"
    ") THEN '' ELSE job END"
)


def upgrade() -> None:
    """Add them."""
    op.add_column(
        "runs",
        sa.Column(
            "counted_as",
            sa.Text(collation="C"),
            sa.Computed(_COUNTED_AS, persisted=True),
            nullable=False,
        ),
    )
    op.create_index(
        "runs_counted_idx",
        "runs",
        ["namespace", "job", "interval", "n"],
        postgresql_include=["cause", "parent", "claimed", "phase", "started", "ended", "code", "counted_as"],
    )


def downgrade() -> None:
    """Remove them; they are computed."""
    op.drop_index("runs_counted_idx", "runs")
    op.drop_column("runs", "counted_as")
