"""Starts a SparkApplication that somebody hands over, as `spark-jobs submit` does."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, HTTPException
from fastapi.responses import JSONResponse

from apps.jobs.definitions.checking import GROUP, ONCE_KIND
from apps.jobs.ledger.audit import Action, note
from apps.jobs.ledger.identity import Series
from apps.jobs.ledger.record import LABELS, Cause, Wanted
from apps.jobs.ledger.requests import RunRequest
from apps.jobs.runs.external import masked
from apps.jobs.web.visit import Visiting

ROUTER: Final = APIRouter()

ACCEPTED, UNPROCESSABLE = 202, 422


@ROUTER.post("/submit")
def submit(visit: Visiting, application: Annotated[dict[str, Any], Body()]) -> JSONResponse:
    """Ask for a run; the answer names it, so that its way can be followed."""
    metadata = application.get("metadata") or {}
    namespace, job = str(metadata.get("namespace", "")), str(metadata.get("name", ""))
    visit.check("create", namespace)
    wrong = _wrong(application)
    try:
        series = Series(namespace=namespace, job=job)
    except ValueError as error:
        wrong.append(str(error))
    if wrong:
        raise HTTPException(UNPROCESSABLE, wrong)
    name = uuid.uuid4().hex
    kept = {
        part: {
            key: value
            for key, value in (metadata.get(part) or {}).items()
            if not key.startswith(f"{LABELS}/")
        }
        for part in ("labels", "annotations")
    }
    wanted = Wanted(
        series=series,
        key=f"request:{name}",
        cause=Cause.MANUAL,
        requester=visit.viewer.name,
        manifest={
            "apiVersion": GROUP,
            "kind": ONCE_KIND,
            "metadata": kept,
            "spec": {**application["spec"], "restartPolicy": {"type": "Never"}},
        },
    )
    note(
        visit.sources.store,
        Action(
            at=visit.sources.clock(),
            viewer=visit.viewer.name,
            action="submit",
            namespace=namespace,
            about=job,
            detail=str(application["spec"].get("mainApplicationFile", "")),
        ),
    )
    visit.sources.requests.ask(RunRequest(wanted=wanted), name)
    return JSONResponse({"namespace": namespace, "job": job, "key": wanted.key}, ACCEPTED)


def _wrong(application: dict[str, Any]) -> list[str]:
    """What can not be, all of it; the rest is the API server's to say."""
    found = []
    if application.get("kind") != ONCE_KIND:
        found.append(f"kind must be {ONCE_KIND}, not {application.get('kind')}")
    if application.get("apiVersion") != GROUP:
        found.append(f"apiVersion must be {GROUP}, not {application.get('apiVersion')}")
    spec = application.get("spec")
    if not isinstance(spec, dict):
        return [*found, "spec must be a mapping with the job in it"]
    if masked(spec) != spec:
        found.append("spec has a secret in it: put it into a Secret, and name that in envSecretKeyRefs")
    return found
