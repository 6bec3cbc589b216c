"""What runs of a job are likely to take, by its last green ones, and what failed attempts took."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from apps.jobs.cost.run import LAST_RUNS, Range, RunCost, usual
from apps.jobs.runs.phase import Phase
from apps.jobs.runs.run import Run

from .green import last_green
from .sources import Index


@dataclass(frozen=True, kw_only=True)
class Usual:
    """How long green runs of a job ran, from their driver's start on.

    Args:
        least: the shortest.
        median: half are not longer.
        most: the longest.
        runs: how many there were.
    """

    least: timedelta
    median: timedelta
    most: timedelta
    runs: int


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a run is likely to take.

    Args:
        usd: what it costs; None if no green run has a price.
        core_hours: cores by hours that it reserves; None if no green run was counted.
        ran: how long it runs; None if no green run's driver was seen to start.
    """

    usd: Range | None
    core_hours: Range | None
    ran: Usual | None = None


def estimate(index: Index, namespace: str, job: str, now: datetime) -> Estimate:
    """What the next run of a job is likely to take.

    Args:
        index: that is asked.
        namespace: of the job.
        job: its name.
        now: the time.
    """
    runs = last_green(index, namespace, job, now, size=LAST_RUNS)
    past = _counted(runs)
    return Estimate(
        usd=usual([each.usd for each in past]),
        core_hours=usual([each.core_hours for each in past]),
        ran=_usual([ran for run in runs if (ran := run.ran(now)) is not None]),
    )


def _usual(spans: Sequence[timedelta]) -> Usual | None:
    found = usual([Decimal(str(each.total_seconds())) for each in spans])
    if found is None:
        return None
    ends = {name: timedelta(seconds=float(getattr(found, name))) for name in ("least", "median", "most")}
    return Usual(**ends, runs=found.runs)


def green(index: Index, namespace: str, job: str, now: datetime) -> list[RunCost]:
    """What the last green runs of a job took, the latest first; without those that nobody has counted.

    Args:
        index: that is asked.
        namespace: of the job.
        job: its name.
        now: the time.
    """
    return _counted(last_green(index, namespace, job, now, size=LAST_RUNS))


def _counted(runs: Iterable[Run]) -> list[RunCost]:
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
