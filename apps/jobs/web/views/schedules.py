"""Schedules in the cluster that did not come by Git: the operator runs them, and some of them never again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Response

from apps.jobs.schedule.outside import Outside, outside
from apps.jobs.web.answering import answer
from apps.jobs.web.cluster import ClusterError
from apps.jobs.web.visit import Visit, Visiting

ROUTER: Final = APIRouter()


@ROUTER.get("/schedules")
def show(visit: Visiting) -> Response:
    """All that the viewer may see; what is wrong comes first."""
    found: list[Outside] = []
    unread: list[dict[str, str]] = []
    places = _in_git(visit)
    for namespace in sorted(visit.namespaces):
        try:
            there = visit.sources.cluster.schedules(visit.viewer, namespace)
        except ClusterError as error:
            unread.append({"namespace": namespace, "why": str(error)})
            continue
        found += [_outside(each, places) for each in there]
    found.sort(key=lambda each: (not each.warnings, each.namespace, each.name))
    return answer(visit, "schedules.html", {"schedules": found, "unread": unread})


def of_job(visit: Visit, namespace: str, name: str) -> Outside | None:
    """The schedule in the cluster that makes a job's runs; None if there is none, or it can't be read.

    Args:
        visit: the request.
        namespace: the job's.
        name: the job's.
    """
    try:
        found = visit.sources.cluster.schedule(visit.viewer, namespace, name)
    except ClusterError:
        # The page is about the job's runs, which are there all the same; the list of schedules says why.
        return None
    return _outside(found, _in_git(visit)) if found else None


def _outside(found: Mapping[str, Any], places: frozenset[tuple[str, str]]) -> Outside:
    place = found["metadata"]["namespace"], found["metadata"]["name"]
    return outside(found, is_in_git=place in places)


def _in_git(visit: Visit) -> frozenset[tuple[str, str]]:
    """Jobs that the worker makes runs of by a schedule."""
    return frozenset(job.place for job in visit.sources.state().jobs if job.schedule and not job.suspended)
