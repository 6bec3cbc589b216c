"""All jobs that are in Git or that have runs, and one job with its grid."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

import yaml
from fastapi import APIRouter, Response

from apps.jobs.checks import kept as kept_checks
from apps.jobs.index.filters import Filters
from apps.jobs.index.paging import Asked
from apps.jobs.schedule.intervals import ended
from apps.jobs.schedule.words import in_words
from apps.jobs.sync.known import Known
from apps.jobs.web.answering import answer
from apps.jobs.web.estimates import estimate
from apps.jobs.web.grid import intervals, lines
from apps.jobs.web.since import sizing
from apps.jobs.web.views.schedules import of_job
from apps.jobs.web.visit import Visiting, missing

ROUTER: Final = APIRouter()

DAYS: Final = 30
"""Days that success and cost are counted over."""

COMING: Final = 5
"""Intervals to come that are shown."""

LATEST: Final = 20
"""Runs of a job on its page; all are in the list."""

PLACE: Final = "/jobs/{namespace}/{job}"


@ROUTER.get("/jobs")
def show(visit: Visiting, text: str = "", namespace: str = "") -> Response:
    """All of them."""
    now = visit.sources.clock()
    state = visit.sources.state()
    ran = {(each.namespace, each.job): each for each in visit.index.jobs(now - timedelta(days=DAYS))}
    known = {job.place: job for job in state.jobs if job.namespace in visit.namespaces}
    faults = {fault.path for fault in state.faults}
    rows = [
        {
            "namespace": place[0],
            "job": place[1],
            "known": known.get(place),
            "words": _words(known.get(place)),
            "ran": ran.get(place),
            "next": _coming(known[place], now, 1) if place in known else [],
            "faulty": place in known and known[place].path in faults,
        }
        for place in sorted(known.keys() | ran.keys())
        if (not namespace or place[0] == namespace) and all(word in "/".join(place) for word in text.split())
    ]
    return answer(
        visit,
        "jobs.html",
        {"jobs": rows, "faults": state.faults},
        namespaces=sorted(visit.namespaces),
        days=DAYS,
    )


@ROUTER.get(PLACE)
def show_one(visit: Visiting, namespace: str, job: str) -> Response:
    """One of them."""
    visit.check("get", namespace)
    now = visit.sources.clock()
    only = Filters(namespaces=frozenset({namespace}), jobs=frozenset({job}))
    state = visit.sources.state()
    known = state.by_place().get((namespace, job))
    summaries = visit.index.jobs(now - timedelta(days=DAYS), only)
    if known is None and not summaries:
        raise missing(f"There is no job {job} in {namespace}: neither in Git nor among the runs.")
    page = visit.index.page(Asked(size=LATEST, now=now), only)
    grid: Any = ()
    if known and (schedule := known.when):
        every = intervals(schedule, now)
        if every:
            cells = visit.index.grid(every[0].start, now, only)
            checked = kept_checks.read(visit.sources.store, namespace, job).intervals
            grid = lines(known, schedule, every, cells, checked)
    return answer(
        visit,
        "job.html",
        {
            "namespace": namespace,
            "job": job,
            "known": known,
            "words": _words(known),
            "outside": of_job(visit, namespace, job),
            "summary": summaries[0] if summaries else None,
            "grid": grid,
            "runs": page.runs,
            "coming": _coming(known, now, COMING) if known else [],
            "estimate": estimate(visit.index, namespace, job, now),
            "sizing": sizing(visit.index, visit.sources.ledger, known, now, folder=state.folder)
            if known
            else None,
        },
        text=yaml.safe_dump(known.spec, sort_keys=False) if known else "",
        settings=yaml.safe_dump(known.settings, sort_keys=False) if known and known.settings else "",
        may_start=visit.may("create", namespace),
        days=DAYS,
    )


def _words(job: Known | None) -> str:
    """Its schedule in words; empty for a job that has none."""
    schedule = job.when if job else None
    return in_words(schedule) if schedule else ""


def _coming(job: Known, now: datetime, number: int) -> list[datetime]:
    """When the next intervals end, and so are due; nothing of what is paused or runs once."""
    schedule = job.when
    if schedule is None or job.suspended:
        return []
    far = now + timedelta(days=366)
    return [each.end for each in islice(ended(schedule, now, far), number)]
