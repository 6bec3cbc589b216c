"""What runs of a job are likely to take, by its last green ones, and what failed attempts took."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from apps.jobs.cost.run import LAST_RUNS, Range, RunCost, usual
from apps.jobs.runs.phase import Phase
from apps.jobs.runs.run import Run

from .green import last_green
from .sources import Index


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a run is likely to take.

    Args:
        usd: what it costs; None if no green run has a price.
        core_hours: cores by hours that it reserves; None if no green run was counted.
    """

    usd: Range | None
    core_hours: Range | None


def estimate(index: Index, namespace: str, job: str, now: datetime) -> Estimate:
    """What the next run of a job is likely to take.

    Args:
        index: that is asked.
        namespace: of the job.
        job: its name.
        now: the time.
    """
    past = green(index, namespace, job, now)
    return Estimate(
        usd=usual([each.usd for each in past]), core_hours=usual([each.core_hours for each in past])
    )


def green(index: Index, namespace: str, job: str, now: datetime) -> list[RunCost]:
    """What the last green runs of a job took, the latest first; without those that nobody has counted.

    Args:
        index: that is asked.
        namespace: of the job.
        job: its name.
        now: the time.
    """
    runs = last_green(index, namespace, job, now, size=LAST_RUNS)
    return [
        RunCost(
            usd=run.cost.dollars,
            spot=run.cost.spot_dollars,
            on_demand=None,
            emr=run.cost.emr_dollars,
            core_hours=Decimal(str(run.cost.core_hours)),
            gib_hours=Decimal(str(run.cost.gib_hours or 0)),
        )
        for run in runs
        if run.cost is not None and run.cost.core_hours is not None
    ]


def wasted(runs: Iterable[Run]) -> Decimal | None:
    """What the attempts of these cost that failed or were lost; None if none did, or that of one is unknown.

    Args:
        runs: for one interval.
    """
    failed = [run for run in runs if run.phase in (Phase.FAILED, Phase.LOST)]
    known = [run.cost.dollars for run in failed if run.cost and run.cost.dollars is not None]
    return sum(known, Decimal(0)) if failed and len(known) == len(failed) else None
