"""How many runs have ended, by what they count for: the totals of all time, from whatever the index has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import Engine, case, exists, func, select

from apps.jobs.ledger.record import Cause
from apps.jobs.runs.phase import Phase

from .rebuilding import is_built
from .schema import RUNS

SLOWEST_SECONDS: Final = 30
"""A count that takes longer is ended by the database; the next one is tried all the same."""


class Outcome(StrEnum):
    """How a run ended. A run that was let go (skipped) never was, and has none."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """For good: nothing tries it again by itself."""
    RETRIED = "retried"
    """It failed, and another attempt followed, which is a run of its own."""
    CANCELLED = "cancelled"
    LOST = "lost"


@dataclass(frozen=True, kw_only=True)
class Ends:
    """Runs that have the same in common.

    Args:
        namespace: the tenant's.
        job: what they count for; empty for runs that have no name but their own.
        outcome: how they ended; None for those that have not.
        code: of their verdict; empty if they did not fail.
        runs: how many.
        timed: of how many of them begin and end are known.
        seconds: how long these ran, together.
        first: when the first of them was claimed.
        newest: when the last of them was claimed.
        last: when the last of them ended; None if none has.
    """

    namespace: str
    job: str
    outcome: Outcome | None
    code: str
    runs: int
    timed: int
    seconds: float
    first: datetime
    newest: datetime
    last: datetime | None


def ends(engine: Engine) -> Sequence[Ends] | None:
    """Count all runs that there ever were.

    Each of these totals only grows, as no record is ever taken away: a process that starts anew goes on where
    another one was.

    Args:
        engine: of the index.

    Returns:
        None while the index is being made from the ledger for the first time, and has less than that.
    """
    if not is_built(engine):
        return None
    later = RUNS.alias("later")
    is_tried_again = exists().where(
        *(later.c[name] == RUNS.c[name] for name in ("namespace", "job", "interval")),
        later.c.parent == RUNS.c.n,
        later.c.cause == Cause.RETRY,
    )
    ended = (Phase.SUCCEEDED, Phase.CANCELLED, Phase.LOST)
    outcome = case(
        *((RUNS.c.phase == phase, phase.value) for phase in ended),
        ((RUNS.c.phase == Phase.FAILED) & is_tried_again, Outcome.RETRIED.value),
        (RUNS.c.phase == Phase.FAILED, Outcome.FAILED.value),
    ).label("outcome")
    code = case((RUNS.c.phase == Phase.FAILED, func.coalesce(RUNS.c.code, "")), else_="").label("code")
    ran = RUNS.c.ended - RUNS.c.started
    seconds = func.greatest(func.extract("epoch", ran), 0)
    question = (
        select(
            RUNS.c.namespace,
            RUNS.c.counted_as.label("job"),
            outcome,
            code,
            func.count().label("runs"),
            func.count(ran).label("timed"),
            func.coalesce(func.sum(seconds).filter(ran.is_not(None)), 0).label("seconds"),
            func.min(RUNS.c.claimed).label("first"),
            func.max(RUNS.c.claimed).label("newest"),
            func.max(RUNS.c.ended).label("last"),
        )
        .where(RUNS.c.phase != Phase.SKIPPED)
        .group_by(RUNS.c.namespace, RUNS.c.counted_as, outcome, code)
    )
    with engine.connect() as plain:
        connection = plain.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin():
            connection.execute(select(func.set_config("statement_timeout", f"{SLOWEST_SECONDS}s", True)))
            return [_ends(dict(row)) for row in connection.execute(question).mappings()]


def _ends(row: dict[str, object]) -> Ends:
    outcome = row.pop("outcome")
    seconds = float(str(row.pop("seconds")))
    return Ends(**row, outcome=None if outcome is None else Outcome(str(outcome)), seconds=seconds)  # type: ignore[arg-type]
