"""Has the worker ask a run's data once more: for somebody who wants it, or because the data has changed."""

from __future__ import annotations

from typing import Final

from apps.jobs.checks.asking import numbers
from apps.jobs.ledger.audit import Action, note
from apps.jobs.ledger.record import Cause
from apps.jobs.ledger.requests import CheckRequest
from apps.jobs.runs.phase import Phase
from apps.jobs.runs.run import Run

from .sources import Sources

CHECKER: Final = "jobs-pages"
"""Who asks where nobody did, in the audit list."""

MOST_BY_ITSELF: Final = 5
"""Questions of one run's data that nobody has to want: data that changes every day would else be asked for as
long as it is looked at, a month."""


def can_ask(sources: Sources, run: Run) -> bool:
    """Say whether a run's data has conditions that Spark can be asked.

    Args:
        sources: where the job's definition is.
        run: which run.
    """
    if run.phase is not Phase.SUCCEEDED or run.cause is Cause.EXTERNAL or run.start is None:
        return False
    job = sources.job(run.namespace, run.job)
    return job is not None and any(check.sql for check in job.beside.checks)


def is_asking(sources: Sources, run: Run) -> bool:
    """Say whether Spark is being asked, or is about to.

    Args:
        sources: where requests are.
        run: which run.
    """
    asked, answered = numbers(run.kept)
    return asked > answered or sources.requests.is_open(_request(run, answered + 1, "", sources).name)


def ask(sources: Sources, run: Run, by: str) -> None:
    """Ask the worker for it.

    Args:
        sources: where requests are put.
        run: whose data.
        by: who wants it.
    """
    request = _request(run, numbers(run.kept)[1] + 1, by, sources)
    about = f"{run.job}/{run.interval}/{run.n}"
    note(
        sources.store,
        Action(at=request.at, viewer=by, action="check", namespace=run.namespace, about=about),
    )
    sources.requests.ask(request, request.name)


def ask_by_itself(sources: Sources, runs: tuple[Run, ...]) -> bool:
    """Ask for it because the data or the condition has changed, unless that was done often enough.

    Args:
        sources: where requests are put.
        runs: of an interval.

    Returns:
        Whether it was asked for.
    """
    well = [run for run in runs if run.started and can_ask(sources, run)]
    if not well:
        return False
    run = max(well, key=lambda each: (each.started, each.n))
    if numbers(run.kept)[1] >= MOST_BY_ITSELF or is_asking(sources, run):
        return False
    ask(sources, run, CHECKER)
    return True


def _request(run: Run, number: int, by: str, sources: Sources) -> CheckRequest:
    return CheckRequest(
        namespace=run.namespace,
        job=run.job,
        interval=run.interval,
        n=run.n,
        number=number,
        by=by,
        at=sources.clock(),
    )
