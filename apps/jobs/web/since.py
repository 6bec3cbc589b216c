"""What a job's last good runs say: what is different in one that failed, and which size is enough."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Final

from apps.jobs.cost.sizing import Advice, advice, difference
from apps.jobs.ledger.store import Ledger
from apps.jobs.runs.run import Run
from apps.jobs.sync.known import Known
from apps.jobs.verdict.changes import Change, Snapshot, changes
from apps.jobs.verdict.snapshots import SNAPSHOT, read

from .green import last_green
from .sources import Index

GREEN_RUNS: Final = 10
"""Good runs that a size rests on: each is an object that is read while somebody waits."""


@dataclass(frozen=True, kw_only=True)
class Since:
    """What changed.

    Args:
        green: the last run that went well before.
        changes: the likeliest cause first.
    """

    green: Run
    changes: tuple[Change, ...]


def since_green(index: Index, ledger: Ledger, run: Run) -> Since | None:
    """What changed since the last green run; None if there is none, or one of the two was not looked at.

    Args:
        index: that is asked.
        ledger: where it is kept what runs ran with.
        run: one that did not go well.
    """
    found = last_green(index, run.namespace, run.job, run.claimed, size=1, until=run.claimed)
    if not found:
        return None
    was, now = _snapshot(ledger, found[0]), _snapshot(ledger, run)
    if was is None or now is None:
        return None
    code = run.failure.code if run.failure else ""
    return Since(green=found[0], changes=tuple(changes(was, now, code)))


@dataclass(frozen=True, kw_only=True)
class Sizing:
    """Which size is enough.

    Args:
        advice: each field that could be smaller, with its reason.
        difference: the same as a patch of the definition's file; empty if it can't be told as one.
    """

    advice: tuple[Advice, ...]
    difference: str


def sizing(index: Index, ledger: Ledger, job: Known, now: datetime, *, folder: str = "") -> Sizing | None:
    """Which size of a job is enough; None if nothing says that it could be smaller.

    Args:
        index: that is asked.
        ledger: where it is kept what runs took.
        job: as it is in Git.
        now: the time.
        folder: of the definitions in their repository.
    """
    runs = last_green(index, job.namespace, job.name, now, size=GREEN_RUNS)
    kept = [ledger.beside(run.run, SNAPSHOT) for run in runs]
    found = advice(job.spec, [json.loads(each).get("heaps", {}) for each in kept if each is not None])
    if not found:
        return None
    path = str(PurePosixPath(folder, job.path))
    return Sizing(advice=tuple(found), difference=difference(found, job.written, path))


def _snapshot(ledger: Ledger, run: Run) -> Snapshot | None:
    content = ledger.beside(run.run, SNAPSHOT)
    return None if content is None else read(json.loads(content))
