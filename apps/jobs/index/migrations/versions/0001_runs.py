"""Runs, and when they were last made from the ledger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    # Trusted since PostgreSQL 13: the owner of a database may install it (15, F.35).
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    _runs()
    op.create_table(
        "rebuilds",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("revision", sa.Text, nullable=False),
        sa.Column("began", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "ended", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("clock_timestamp()")
        ),
        sa.Column("runs", sa.BigInteger, nullable=False),
    )


def _runs() -> None:
    bytewise = sa.Text(collation="C")
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "runs",
        sa.Column("namespace", bytewise, primary_key=True),
        sa.Column("job", bytewise, primary_key=True),
        sa.Column("interval", bytewise, primary_key=True),
        sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("application", bytewise, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("interval_start", moment),
        sa.Column("interval_end", moment),
        sa.Column("revision", sa.Text, nullable=False),
        sa.Column("commit", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("requester", sa.Text, nullable=False),
        sa.Column("parent", sa.Integer),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("claimed", moment, nullable=False),
        sa.Column("phase", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("created", moment),
        sa.Column("submitted", moment),
        sa.Column("started", moment),
        sa.Column("ended", moment),
        sa.Column("uid", sa.Text, nullable=False),
        sa.Column("driver", sa.Text, nullable=False),
        sa.Column("node", sa.Text, nullable=False),
        sa.Column("spark", sa.Text, nullable=False),
        sa.Column("executors", sa.Integer),
        sa.Column("stopped_by", sa.Text, nullable=False),
        sa.Column("failure", postgresql.JSONB),
        sa.Column("cost", postgresql.JSONB),
        sa.Column("checks", postgresql.JSONB),
        sa.Column("kept", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("code", sa.Text, sa.Computed("failure ->> 'code'", persisted=True)),
        sa.Column("fingerprint", sa.Text, sa.Computed("failure ->> 'fingerprint'", persisted=True)),
        sa.Column("dollars", sa.Numeric, sa.Computed("(cost ->> 'dollars')::numeric", persisted=True)),
        sa.Column("core_hours", sa.Numeric, sa.Computed("(cost ->> 'core_hours')::numeric", persisted=True)),
        sa.Column("checks_failed", sa.Integer, sa.Computed("(checks ->> 'failed')::integer", persisted=True)),
        sa.Column(
            "words",
            sa.Text,
            sa.Computed(
                "lower(namespace || ' ' || job || ' ' || \"interval\" || ' ' || application || ' ' || owner"
                " || ' ' || requester || ' ' || \"commit\" || ' ' || path || ' ' || reason || ' ' || driver"
                " || ' ' || node || ' ' || spark || ' ' || stopped_by"
                " || ' ' || coalesce(failure ->> 'code', '') || ' ' || coalesce(failure ->> 'sentence', '')"
                " || ' ' || coalesce(failure ->> 'subject', ''))",
                persisted=True,
            ),
        ),
        sa.Column("written", moment, nullable=False, server_default=sa.text("clock_timestamp()")),
    )
    op.create_index(
        "runs_claimed_namespace_job_interval_n_idx",
        "runs",
        ["claimed", "namespace", "job", "interval", "n"],
    )
    op.create_index("runs_namespace_application_idx", "runs", ["namespace", "application"])
    op.create_index("runs_phase_idx", "runs", ["phase"], postgresql_where=sa.text("ended IS NULL"))
    op.create_index("runs_key_idx", "runs", ["key"], postgresql_using="hash")
    op.create_index("runs_fingerprint_idx", "runs", ["fingerprint"], postgresql_using="hash")
    op.create_index(
        "runs_words_idx",
        "runs",
        ["words"],
        postgresql_using="gin",
        postgresql_ops={"words": "gin_trgm_ops"},
    )


def downgrade() -> None:
    """Remove them; the ledger has it all."""
    op.drop_table("rebuilds")
    op.drop_table("runs")
    op.execute("DROP EXTENSION pg_trgm")
