"""How many runs, how they end, what they take and what it costs; and what each team may use."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from fastapi import APIRouter, Response
from kubernetes.utils.quantity import parse_quantity

from apps.jobs.index.answers import By
from apps.jobs.web.answering import answer
from apps.jobs.web.asking import Asking
from apps.jobs.web.visit import Visiting

ROUTER: Final = APIRouter()

ASKED: Final = {
    "requests.cpu": ("cores", Decimal(1)),
    "requests.memory": ("GiB", Decimal(1024**3)),
    "pods": ("pods", Decimal(1)),
}
"""Resources of a quota that are shown, their unit for people, and how much of Kubernetes' unit that is."""


@ROUTER.get("/statistics")
def show(visit: Visiting, asked: Asking) -> Response:
    """Counts, failures, costs, and quotas."""
    now = visit.sources.clock()
    filters = asked.filters(now)
    counts = {by.value: visit.index.counts(by, filters) for by in By}
    return answer(
        visit,
        "statistics.html",
        {
            **counts,
            "failures": visit.index.failures(filters, most=20),
            "quotas": {each: _quotas(visit, each) for each in sorted(visit.namespaces)},
        },
        asked=asked,
        namespaces=sorted(visit.namespaces),
        total=sum(each.runs for each in counts["phase"]),
    )


def _quotas(visit: Visiting, namespace: str) -> list[dict[str, Any]]:
    """What a namespace has asked for of what it may."""
    found = []
    for quota in visit.sources.cluster.quotas(visit.viewer, namespace):
        spec = quota.get("spec") or {}
        if spec.get("scopes") or spec.get("scopeSelector"):
            # It is about some of the pods: the platform's own says which priorities none may have.
            continue
        status = quota.get("status") or {}
        for resource, (unit, size) in ASKED.items():
            hard = (status.get("hard") or {}).get(resource)
            if hard is None:
                continue
            used = parse_quantity((status.get("used") or {}).get(resource, 0)) / size
            most = parse_quantity(hard) / size
            found.append({"resource": resource, "unit": unit, "used": float(used), "most": float(most)})
    return found
