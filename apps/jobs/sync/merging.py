"""From what a commit has to what goes on: a file that is wrong takes nothing away. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from apps.jobs.definitions.checking import Definition
from apps.jobs.definitions.reading import Reading

from .known import Fault, Known, State, known

FEW: Final = 3
"""So many definitions may vanish at once, whatever their part is: a small folder is tidied up."""

MOST_GONE: Final = 0.5
"""Part of the definitions that may vanish with one commit. A wrong branch or folder takes all of them."""


def merged(
    before: State, reading: Reading, commits: Mapping[str, str], now: datetime, *, removals: bool = False
) -> State:
    """What is known after a commit was read.

    Args:
        before: what was known.
        reading: what the commit's folder has.
        commits: the last commit that touched each file.
        now: the time: a new job's intervals are those that end later.
        removals: whether any number of definitions may vanish.
    """
    had = before.by_place()
    jobs = {
        (each.namespace, each.name): _renewed(each, had.get((each.namespace, each.name)), commits, now)
        for each in reading.definitions
    }
    wrong = {problem.path: str(problem) for problem in reading.problems}
    for place, job in had.items():
        if place not in jobs and job.path in wrong:
            jobs[place] = job.model_copy(update={"stale": wrong[job.path]})
    gone = [job for place, job in had.items() if place not in jobs]
    held = 0
    if not removals and len(gone) > max(FEW, MOST_GONE * len(had)):
        held = len(gone)
        sentence = f"it vanished with {held - 1} others at once: ask for a sync that lets them go"
        jobs |= {job.place: job.model_copy(update={"stale": sentence}) for job in gone}
    return before.model_copy(
        update={
            "jobs": tuple(jobs[place] for place in sorted(jobs)),
            "faults": tuple(Fault.of(problem) for problem in reading.problems),
            "files": len(reading.files),
            "held": held,
        }
    )


def _renewed(each: Definition, had: Known | None, commits: Mapping[str, str], now: datetime) -> Known:
    """A job keeps the intervals that it has; a new schedule, or one that is resumed, begins now."""
    new = known(each, commits.get(each.path, ""), now)
    if had is None:
        return new
    same = had.schedule == new.schedule and had.zone == new.zone
    resumed = had.suspended and not new.suspended
    return new.model_copy(update={"since": had.since}) if same and not resumed else new
