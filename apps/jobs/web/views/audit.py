"""Who did what."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Response

from apps.jobs.ledger.audit import latest
from apps.jobs.web.answering import answer
from apps.jobs.web.visit import Visiting

ROUTER: Final = APIRouter()

SHOWN: Final = 100


@ROUTER.get("/audit")
def show(visit: Visiting) -> Response:
    """The latest actions in what the viewer may see."""
    return answer(visit, "audit.html", {"actions": latest(visit.sources.store, visit.namespaces, SHOWN)})
