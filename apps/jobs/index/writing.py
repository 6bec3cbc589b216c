"""Writes runs into the index: as often as one likes, with the same result."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, Engine, func, or_
from sqlalchemy.dialects.postgresql import insert

from apps.jobs.runs.run import Run

from .rows import COLUMNS, row_of
from .schema import IDENTITY, RUNS

AT_ONCE = 500
"""Rows of one statement: a few hundred kB, and locks that nobody waits for long."""


def write(engine: Engine, runs: Iterable[Run]) -> None:
    """Write runs as they are now; what the index had of them is replaced.

    To be called after the ledger was written, never before: the index says nothing that the ledger does not.

    Args:
        engine: of the index.
        runs: in any order; of two with the same identity the last counts.
    """
    rows = sorted({run.run: run for run in runs}.items())
    # The last ones first: whoever counts never sees a failed attempt without the one that follows it.
    for first in reversed(range(0, len(rows), AT_ONCE)):
        with engine.begin() as connection:
            upsert(connection, [run for _, run in rows[first : first + AT_ONCE]])


def upsert(
    connection: Connection, runs: Iterable[Run], *, unless_written_since: datetime | None = None
) -> None:
    """Insert runs, or replace what is there of them.

    Args:
        connection: in a transaction.
        runs: each once, sorted by identity: two that write the same rows at once take them in one order.
        unless_written_since: leave rows alone that were written after this moment, and those that are equal.
    """
    rows = [row_of(run) for run in runs]
    if not rows:
        return
    statement = insert(RUNS)
    new = statement.excluded
    rest = [RUNS.c[name] for name in COLUMNS if RUNS.c[name] not in set(IDENTITY)]
    condition = None
    if unless_written_since is not None:
        differs = or_(*(column.is_distinct_from(new[column.key]) for column in rest))
        condition = (RUNS.c.written < unless_written_since) & differs
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=IDENTITY,
            set_={**{column: new[column.key] for column in rest}, RUNS.c.written: func.clock_timestamp()},
            where=condition,
        ),
        rows,
    )
