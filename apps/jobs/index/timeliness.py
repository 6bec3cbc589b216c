"""How many runs kept the time that they agreed on, of all time, from whatever the index has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Engine, case, func, select

from apps.jobs.runs.phase import Phase

from .ends import SLOWEST_SECONDS
from .rebuilding import is_built
from .schema import RUNS


class Kept(StrEnum):
    """Whether a run kept its agreed time."""

    GOOD = "good"
    """It ended well within it."""
    BAD = "bad"
    """It should have been done, and was not: from that moment on, whether or not it ends later."""


@dataclass(frozen=True, kw_only=True)
class Timeliness:
    """Runs of a namespace.

    Args:
        namespace: the tenant's.
        kept: whether they kept their time.
        runs: how many.
        last: when the last of them counted: at its end, or when it should have been done.
    """

    namespace: str
    kept: Kept
    runs: int
    last: datetime


def timeliness(engine: Engine, until: datetime | None) -> Sequence[Timeliness] | None:
    """Count all runs that ever agreed on a time.

    One that ended otherwise within it counts for nothing, nor does one that is held: it has to be done at no
    time yet (`runs.run`). One that was late before it was held stays late.

    Args:
        engine: of the index.
        until: the moment up to which the index is known to have how runs ended: a run under way counts as
            late if it should have been done before. None if nobody knows: then none does.

    Returns:
        None while the index is being made from the ledger for the first time, and has less than that.
    """
    if not is_built(engine):
        return None
    in_time = RUNS.c.ended <= RUNS.c.due
    is_late = (RUNS.c.ended > RUNS.c.due) & (RUNS.c.phase != Phase.SKIPPED)
    if until is not None:
        is_late |= RUNS.c.ended.is_(None) & (RUNS.c.due < until)
    kept = case(
        (in_time & (RUNS.c.phase == Phase.SUCCEEDED), Kept.GOOD.value), (is_late, Kept.BAD.value)
    ).label("kept")
    moment = case((in_time, RUNS.c.ended), else_=RUNS.c.due)
    counted = select(RUNS.c.namespace, kept, moment.label("moment")).where(RUNS.c.due.is_not(None)).subquery()
    question = (
        select(
            counted.c.namespace,
            counted.c.kept,
            func.count().label("runs"),
            func.max(counted.c.moment).label("last"),
        )
        .where(counted.c.kept.is_not(None))
        .group_by(counted.c.namespace, counted.c.kept)
    )
    with engine.begin() as connection:
        connection.execute(select(func.set_config("statement_timeout", f"{SLOWEST_SECONDS}s", True)))
        return [
            Timeliness(**{**row, "kept": Kept(row["kept"])})
            for row in connection.execute(question).mappings()
        ]
