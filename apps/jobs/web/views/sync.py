"""What was read from Git: the commit, each file that is wrong with all its errors, and what goes on."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Form, HTTPException, Response
from fastapi.responses import RedirectResponse

from apps.jobs.ledger.audit import Action, note
from apps.jobs.ledger.requests import SyncRequest
from apps.jobs.web.answering import answer
from apps.jobs.web.cluster import HTTP_FORBIDDEN
from apps.jobs.web.visit import Visiting

ROUTER: Final = APIRouter()

SEE_OTHER: Final = 303


@ROUTER.get("/sync")
def show(visit: Visiting) -> Response:
    """The last pass."""
    state = visit.sources.state()
    jobs = [job for job in state.jobs if job.namespace in visit.namespaces]
    return answer(
        visit,
        "sync.html",
        {
            **state.model_dump(exclude={"jobs"}),
            "jobs": len(jobs),
            "stale": [
                {"namespace": job.namespace, "name": job.name, "path": job.path, "why": job.stale}
                for job in jobs
                if job.stale
            ],
        },
        may_ask=_may_ask(visit),
    )


@ROUTER.post("/sync")
def ask(visit: Visiting, removals: Annotated[bool, Form()] = False) -> Response:
    """Look at Git now."""
    if not _may_ask(visit):
        raise HTTPException(HTTP_FORBIDDEN, "Whoever may start runs somewhere may ask for a look at Git.")
    detail = "also takes away what vanished" if removals else ""
    now = visit.sources.clock()
    note(visit.sources.store, Action(at=now, viewer=visit.viewer.name, action="sync", detail=detail))
    visit.sources.requests.ask(SyncRequest(by=visit.viewer.name, removals=removals))
    return RedirectResponse(f"{visit.sources.path}/sync", SEE_OTHER)


def _may_ask(visit: Visiting) -> bool:
    return any(visit.may("create", each) for each in visit.namespaces)
