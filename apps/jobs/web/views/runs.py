"""All runs: what is queued, what runs, what ended and why."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Response

from apps.jobs.index.answers import By
from apps.jobs.ledger.record import Cause
from apps.jobs.runs.phase import Phase
from apps.jobs.web.answering import answer
from apps.jobs.web.asking import SINCE, Asking
from apps.jobs.web.visit import Visiting

ROUTER: Final = APIRouter()

KINDS: Final = 5
"""Kinds of failures above the list: the rest is in the statistics."""


@ROUTER.get("/runs")
def show(visit: Visiting, asked: Asking) -> Response:
    """The list."""
    now = visit.sources.clock()
    filters = asked.filters(now)
    page = visit.index.page(asked.page(now), filters)
    counts = {each.value: each.runs for each in visit.index.counts(By.PHASE, filters)}
    # Equal failures are one line; those that happened once are in the list anyhow.
    failures = [each for each in visit.index.failures(filters, most=KINDS) if each.times > 1]
    times = {each.fingerprint: each for each in failures}
    return answer(
        visit,
        "runs.html",
        {"runs": page.runs, "next": page.next, "counts": counts, "failures": failures},
        asked=asked,
        times=times,
        namespaces=sorted(visit.namespaces),
        phases=list(Phase),
        causes=list(Cause),
        sinces=list(SINCE),
        total=sum(counts.values()),
    )
