"""The tables of the index. Pure."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    Computed,
    DateTime,
    Identity,
    Index,
    Integer,
    MetaData,
    Numeric,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

METADATA: Final = MetaData(
    naming_convention={"pk": "%(table_name)s_pkey", "ix": "%(table_name)s_%(column_0_N_name)s_idx"}
)

BYTEWISE: Final = Text(collation="C")
"""Text that is compared by its bytes: in every database in the same order, also after an update of the system
has changed how a language sorts (PostgreSQL 15, 24.2.2.3: such an update can break indexes)."""

_MOMENT: Final = DateTime(timezone=True)

_SEARCHED: Final = (
    *("namespace", "job", '"interval"', "application", "owner", "requester", '"commit"', "path", "reason"),
    *("driver", "node", "spark", "stopped_by", "coalesce(failure ->> 'code', '')"),
    *("coalesce(failure ->> 'sentence', '')", "coalesce(failure ->> 'subject', '')"),
)
_WORDS: Final = "lower({})".format(" || ' ' || ".join(_SEARCHED))

_OWN: Final = "regexp_replace({}, '[^a-z0-9]+', '-', 'g')"
_OWN_NAMES: Final = ", ".join(
    f"rtrim(left({prefix}{_OWN.format(name)}, 63), '-')"
    for name in ("application", "regexp_replace(application, '-driver$', '')")
    for prefix in ("", "'job-' || ")
)
_COUNTED_AS: Final = f"CASE WHEN cause = 'external' AND job IN ({_OWN_NAMES}) THEN '' ELSE job END"
"""The job that a run counts for; empty for one that came another way and has no name but its own (see
`runs.external.job_name`): as many of those as there are runs would be as many series."""

RUNS: Final = Table(
    "runs",
    METADATA,
    Column("namespace", BYTEWISE, primary_key=True),
    Column("job", BYTEWISE, primary_key=True),
    Column("interval", BYTEWISE, primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("application", BYTEWISE, nullable=False),
    Column("key", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("interval_start", _MOMENT, key="start"),
    Column("interval_end", _MOMENT, key="end"),
    Column("revision", Text, nullable=False),
    Column("commit", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("requester", Text, nullable=False),
    Column("parent", Integer),
    Column("attempt", Integer, nullable=False),
    Column("claimed", _MOMENT, nullable=False),
    Column("phase", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created", _MOMENT),
    Column("submitted", _MOMENT),
    Column("started", _MOMENT),
    Column("ended", _MOMENT),
    Column("uid", Text, nullable=False),
    Column("driver", Text, nullable=False),
    Column("node", Text, nullable=False),
    Column("spark", Text, nullable=False),
    Column("executors", Integer),
    Column("stopped_by", Text, nullable=False),
    Column("failure", JSONB(none_as_null=True)),
    Column("cost", JSONB(none_as_null=True)),
    Column("checks", JSONB(none_as_null=True)),
    Column("kept", ARRAY(Text), nullable=False),
    # What follows is computed here, so that it can't differ from what it is computed of.
    Column("code", Text, Computed("failure ->> 'code'", persisted=True)),
    Column("fingerprint", Text, Computed("failure ->> 'fingerprint'", persisted=True)),
    Column("dollars", Numeric, Computed("(cost ->> 'dollars')::numeric", persisted=True)),
    Column("core_hours", Numeric, Computed("(cost ->> 'core_hours')::numeric", persisted=True)),
    Column("checks_failed", Integer, Computed("(checks ->> 'failed')::integer", persisted=True)),
    Column("words", Text, Computed(_WORDS, persisted=True)),
    # No part of the run: when this row was last written, by the database's clock.
    Column("written", _MOMENT, nullable=False, server_default=func.clock_timestamp()),
    Column("counted_as", BYTEWISE, Computed(_COUNTED_AS, persisted=True), nullable=False),
    Column("due", _MOMENT),
    Index(None, "claimed", "namespace", "job", "interval", "n"),
    Index(None, "namespace", "application"),
    Index(None, "phase", postgresql_where=text("ended IS NULL")),
    # Their texts may be longer than a B-tree takes (2704 bytes).
    Index(None, "key", postgresql_using="hash"),
    Index(None, "fingerprint", postgresql_using="hash"),
    # All that counting ends takes, so that it reads this alone and not runs with their documents.
    Index(
        "runs_counted_idx",
        *("namespace", "job", "interval", "n"),
        postgresql_include=[
            *("cause", "parent", "claimed", "phase", "started", "ended", "code", "counted_as"),
        ],
    ),
    # Few runs have agreed on a time.
    Index(
        "runs_due_idx",
        *("namespace", "due"),
        postgresql_include=["phase", "ended"],
        postgresql_where=text("due IS NOT NULL"),
    ),
    Index(None, "words", postgresql_using="gin", postgresql_ops={"words": "gin_trgm_ops"}),
)
"""One row a run: the fields of `runs.run.Run` under their names, and what is computed of them."""

REBUILDS: Final = Table(
    "rebuilds",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("revision", Text, nullable=False),
    Column("began", _MOMENT, nullable=False),
    Column("ended", _MOMENT, nullable=False, server_default=func.clock_timestamp()),
    Column("runs", BigInteger, nullable=False),
)
"""Each time that the index was made from the ledger, and the schema's revision at that time."""

IDENTITY: Final = (RUNS.c.namespace, RUNS.c.job, RUNS.c.interval, RUNS.c.n)
"""What is unique of a run, in the order in which the ledger lists them."""

COMPUTED: Final = frozenset({*(column.key for column in RUNS.columns if column.computed), "written"})
"""Columns that nobody writes."""
