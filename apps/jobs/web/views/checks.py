"""Which days of which jobs have the data that they should have."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from fastapi import APIRouter, Response

from apps.jobs.checks import kept as kept_checks
from apps.jobs.checks.findings import RED
from apps.jobs.checks.judging import Checked
from apps.jobs.web.answering import answer
from apps.jobs.web.grid import intervals
from apps.jobs.web.visit import Visiting, missing

ROUTER: Final = APIRouter()

SHOWN: Final = 21
"""Intervals of each job: three weeks of days, so that a weekday has two before it."""

LATE: Final = timedelta(hours=2)
"""How long after its end nobody wonders yet that an interval was not looked at."""


@ROUTER.get("/checks")
def show(visit: Visiting, red: bool = False) -> Response:
    """Jobs that have checks, by their latest intervals."""
    now = visit.sources.clock()
    rows: list[dict[str, Any]] = []
    for job in visit.sources.state().jobs:
        schedule = job.when
        if job.namespace not in visit.namespaces or not schedule or not job.beside.checks:
            continue
        known = kept_checks.read(visit.sources.store, job.namespace, job.name).intervals
        cells: list[dict[str, Any]] = [
            {"key": each.key, "checked": known.get(each.key), "due": each.end + LATE <= now}
            for each in intervals(schedule, now, SHOWN)
        ]
        if red and not any(_is_red(cell["checked"]) for cell in cells):
            continue
        rows.append(
            {
                "namespace": job.namespace,
                "job": job.name,
                "checks": [check.name for check in job.beside.checks],
                "cells": cells,
            }
        )
    return answer(visit, "checks.html", {"jobs": rows}, red=red)


@ROUTER.get("/checks/{namespace}/{job}/{interval}")
def show_one(visit: Visiting, namespace: str, job: str, interval: str) -> Response:
    """What the checks of one interval say."""
    visit.check("get", namespace)
    found = kept_checks.read(visit.sources.store, namespace, job).intervals.get(interval)
    if found is None:
        raise missing(f"Nobody has looked at the data of {job} for {interval} yet.")
    said = {"namespace": namespace, "job": job, "interval": interval, "checked": found}
    return answer(visit, "check.html", said)


def _is_red(checked: Checked | None) -> bool:
    return checked is not None and checked.state in RED
