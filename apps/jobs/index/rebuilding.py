"""Makes the index from the ledger again, equal row by row to what was written as the runs went on.

It may run while others write: what they wrote since it began is newer than what it read, and stays.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final

from sqlalchemy import Column, Connection, Engine, MetaData, Table, delete, exists, func, insert, select, text

from apps.jobs.ledger.identity import RunId, Series
from apps.jobs.ledger.store import Entry, Ledger
from apps.jobs.runs.outcome import CHECKS, COST
from apps.jobs.runs.run import Run

from .migrating import LOCK, revision
from .schema import IDENTITY, REBUILDS, RUNS
from .writing import AT_ONCE, upsert

_SEEN: Final = Table(
    "seen", MetaData(), *(Column(each.key, each.type) for each in IDENTITY), prefixes=["TEMPORARY"]
)
"""What the ledger has, for the time of a rebuild."""


@dataclass(frozen=True, kw_only=True)
class Rebuild:
    """What a rebuild did.

    Args:
        began: when, by the database's clock.
        runs: how many the ledger has.
        removed: rows of runs that the ledger has no record of.
    """

    began: datetime
    runs: int
    removed: int


def is_built(engine: Engine) -> bool:
    """Say whether the index was made from the ledger since its tables last changed.

    Args:
        engine: of the index, migrated.
    """
    with engine.connect() as connection:
        done = select(exists().where(REBUILDS.c.revision == revision(connection)))
        return bool(connection.scalar(done))


def rebuild(engine: Engine, ledger: Ledger) -> Rebuild:
    """Make the index equal to the ledger; of several that try at once, one goes after the other.

    Args:
        engine: of the index, migrated.
        ledger: the truth.

    Raises:
        LedgerError: a record can't be read; what came before it is in the index, and nothing was removed.
    """
    with engine.connect() as connection:
        # A lock of the session: the rows are written in many transactions, so that nobody waits for them.
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK})
        try:
            return _rebuild(connection, ledger)
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LOCK})
            connection.commit()


def _rebuild(connection: Connection, ledger: Ledger) -> Rebuild:
    _SEEN.drop(connection, checkfirst=True)
    _SEEN.create(connection)
    began = connection.execute(select(func.clock_timestamp())).scalar_one()
    connection.commit()
    total = 0
    runs = runs_of(ledger)
    while batch := list(islice(runs, AT_ONCE)):
        with connection.begin():
            upsert(connection, sorted(batch, key=lambda each: each.run), unless_written_since=began)
            connection.execute(insert(_SEEN), [_identity(run) for run in batch])
        total += len(batch)
    with connection.begin():
        unknown = ~exists().where(*(RUNS.c[each.key] == _SEEN.c[each.key] for each in IDENTITY))
        removed = connection.execute(delete(RUNS).where(RUNS.c.written < began, unknown)).rowcount
        said = {"revision": revision(connection), "began": began, "runs": total}
        connection.execute(insert(REBUILDS), said)
        _SEEN.drop(connection)
    return Rebuild(began=began, runs=total, removed=removed)


def runs_of(ledger: Ledger, series: Series | None = None) -> Iterator[Run]:
    """Runs as the ledger has them.

    Args:
        ledger: the truth.
        series: only those of this job and interval.
    """
    for entry in ledger.runs(series):
        yield _run(ledger, entry)


def run_of(ledger: Ledger, run: RunId) -> Run | None:
    """A run as the ledger has it; None if nobody claimed it.

    Args:
        ledger: the truth.
        run: which.
    """
    entry = ledger.entry(run)
    return None if entry is None else _run(ledger, entry)


def _run(ledger: Ledger, entry: Entry) -> Run:
    return Run.of(
        entry.record,
        entry.status,
        verdict=entry.verdict,
        cost=_beside(ledger, entry, COST),
        checks=_beside(ledger, entry, CHECKS),
        kept=entry.beside,
    )


def _beside(ledger: Ledger, entry: Entry, name: str) -> Any:
    if name not in entry.beside:
        return None
    content = ledger.beside(entry.record.run, name)
    return None if content is None else json.loads(content)


def _identity(run: Run) -> dict[str, Any]:
    return {each.key: getattr(run, each.key) for each in IDENTITY}
