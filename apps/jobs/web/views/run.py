"""One run: why it failed, its time as a picture, its attempts, what it took, and what can be done."""

from __future__ import annotations

import json
from typing import Annotated, Final

import yaml
from fastapi import APIRouter, Form, HTTPException, Response
from fastapi.responses import PlainTextResponse, RedirectResponse

from apps.jobs.backfill.overrides import applied, differences
from apps.jobs.checks import kept as kept_checks
from apps.jobs.index.answers import Failures
from apps.jobs.index.filters import Filters
from apps.jobs.ledger.audit import Action, note
from apps.jobs.ledger.identity import RunId, Series
from apps.jobs.ledger.record import Cause, Wanted, again
from apps.jobs.ledger.requests import RunRequest, StopRequest
from apps.jobs.runs.phase import Phase
from apps.jobs.runs.run import Run
from apps.jobs.web import conditions, remains
from apps.jobs.web.answering import answer
from apps.jobs.web.changes import Changes, overrides
from apps.jobs.web.estimates import estimate, wasted
from apps.jobs.web.since import since_green
from apps.jobs.web.stepped import stepped
from apps.jobs.web.timeline import picture
from apps.jobs.web.visit import Visit, Visiting, missing

ROUTER: Final = APIRouter()

SEE_OTHER, CONFLICT = 303, 409

PLACE: Final = "/runs/{namespace}/{job}/{interval}/{n}"


def found(visit: Visit, namespace: str, job: str, interval: str, n: int) -> tuple[Run, tuple[Run, ...]]:
    """A run, and all of its series.

    Args:
        visit: the request.
        namespace: the tenant's.
        job: the job's name.
        interval: the interval's key.
        n: number of the run.

    Raises:
        HTTPException: 403: they may not see it, whether it is there or not; 404: there is none.
    """
    visit.check("get", namespace)
    try:
        series = Series(namespace=namespace, job=job, interval=interval)
    except ValueError as error:
        raise missing(str(error)) from error
    every = visit.index.series(series)
    run = next((each for each in every if each.n == n), None)
    if run is None:
        raise missing(f"There is no run {n} of {job} for {interval} in {namespace}.")
    return run, every


@ROUTER.get(PLACE)
def show(visit: Visiting, namespace: str, job: str, interval: str, n: int) -> Response:
    """All that is known of a run."""
    run, every = found(visit, namespace, job, interval, n)
    sources, now = visit.sources, visit.sources.clock()
    pods = remains.pods(sources.ledger, run.run)
    can_ask = conditions.can_ask(sources, run)
    alike: tuple[Failures, ...] = ()
    if run.failure and run.failure.fingerprint:
        alike = visit.index.failures(Filters(fingerprint=run.failure.fingerprint), most=1)
    return answer(
        visit,
        "run.html",
        {
            "run": run,
            "pods": pods,
            "attempts": every,
            "alike": alike[0] if alike else None,
            "waited": run.waited(now),
            "ran": run.ran(now),
            "estimate": None if run.is_over else estimate(visit.index, namespace, job, now),
            "wasted": wasted(every),
            "stepped": stepped(sources.ledger, every, run),
            "since": since_green(visit.index, sources.ledger, run) if _went_wrong(run) else None,
            "checked": kept_checks.read(sources.store, namespace, job).intervals.get(interval),
            "asks": can_ask and conditions.is_asking(sources, run),
        },
        picture=picture(run, pods, now),
        may_stop=not run.is_over and visit.may("delete", namespace),
        is_raw=run.driver == run.application and run.cause is Cause.EXTERNAL,
        may_ask=can_ask and visit.may("create", namespace),
        may_rerun=run.is_over and run.cause is not Cause.EXTERNAL and visit.may("create", namespace),
    )


@ROUTER.get(f"{PLACE}/log")
def log(visit: Visiting, namespace: str, job: str, interval: str, n: int) -> Response:
    """The driver's log."""
    run, _ = found(visit, namespace, job, interval, n)
    kept = remains.log(visit.sources.ledger, visit.sources.cluster, visit.viewer, run)
    said = {"run": run, "text": kept.text, "source": kept.source}
    return answer(visit, "log.html", said, lines=kept.text.splitlines())


@ROUTER.get(f"{PLACE}/log.txt")
def log_text(visit: Visiting, namespace: str, job: str, interval: str, n: int) -> Response:
    """The driver's log, to be kept or searched."""
    run, _ = found(visit, namespace, job, interval, n)
    kept = remains.log(visit.sources.ledger, visit.sources.cluster, visit.viewer, run)
    if not kept.text:
        raise missing(f"There is no log: {kept.source}.")
    name = {"Content-Disposition": f'attachment; filename="{run.application}.log"'}
    return PlainTextResponse(kept.text, headers=name)


@ROUTER.get(f"{PLACE}/manifest.yaml")
def manifest(visit: Visiting, namespace: str, job: str, interval: str, n: int) -> Response:
    """The SparkApplication that it was made of."""
    run, _ = found(visit, namespace, job, interval, n)
    made = remains.manifest(visit.sources.ledger, run.run)
    if made is None:
        raise missing("Nobody kept what it was made of.")
    return PlainTextResponse(yaml.safe_dump(json.loads(json.dumps(made)), sort_keys=False))


@ROUTER.post(f"{PLACE}/stop")
def stop(visit: Visiting, namespace: str, job: str, interval: str, n: int) -> Response:
    """End a run."""
    visit.check("delete", namespace)
    run, _ = found(visit, namespace, job, interval, n)
    if run.is_over:
        raise HTTPException(CONFLICT, f"It is over already: it {run.phase}.")
    now, viewer = visit.sources.clock(), visit.viewer.name
    about = _words(run)
    note(
        visit.sources.store,
        Action(at=now, viewer=viewer, action="stop", namespace=namespace, about=about),
    )
    visit.sources.requests.ask(
        StopRequest(namespace=namespace, job=job, interval=interval, n=n, by=viewer, at=now)
    )
    return _back(visit, run.run)


@ROUTER.post(f"{PLACE}/check")
def check(visit: Visiting, namespace: str, job: str, interval: str, n: int) -> Response:
    """Have Spark asked once more whether a run's data is right."""
    # It starts an application.
    visit.check("create", namespace)
    run, _ = found(visit, namespace, job, interval, n)
    if not conditions.can_ask(visit.sources, run):
        raise HTTPException(
            CONFLICT,
            "Spark is asked of a run of an interval that went well and came by Git or the pages, if its job "
            "names a condition in SQL: this is none.",
        )
    if conditions.is_asking(visit.sources, run):
        raise HTTPException(CONFLICT, "Spark is being asked already: wait for its answer.")
    conditions.ask(visit.sources, run, visit.viewer.name)
    return _back(visit, run.run)


@ROUTER.get(f"{PLACE}/rerun")
def show_rerun(visit: Visiting, namespace: str, job: str, interval: str, n: int) -> Response:
    """What another run of the same would be, with a form for what it is to have otherwise."""
    run, _ = found(visit, namespace, job, interval, n)
    visit.check("create", namespace)
    asked = overrides(visit.request.query_params.multi_items())
    made = remains.manifest(visit.sources.ledger, run.run) or {}
    spec = made.get("spec") or {}
    return answer(
        visit,
        "rerun.html",
        {
            "run": run,
            "differences": differences(spec, applied(spec, asked)),
            "estimate": estimate(visit.index, namespace, job, visit.sources.clock()),
        },
        spec=spec,
    )


@ROUTER.post(f"{PLACE}/rerun")
def rerun(
    visit: Visiting, namespace: str, job: str, interval: str, n: int, given: Annotated[Changes, Form()]
) -> Response:
    """Run the same again: one more, and the first stays as it is."""
    visit.check("create", namespace)
    run, every = found(visit, namespace, job, interval, n)
    if not run.is_over:
        raise HTTPException(CONFLICT, f"It is {run.phase}: stop it first, or wait for its end.")
    if any(not each.is_over for each in every):
        raise HTTPException(CONFLICT, "Another run for this interval is under way.")
    asked = overrides(given.model_dump().items())
    record = visit.sources.ledger.read(run.run)
    if record is None or run.cause is Cause.EXTERNAL:
        raise HTTPException(
            CONFLICT, "It came another way, so nothing is kept that it could be made of again."
        )
    same = again(record)
    wanted = Wanted(
        series=run.run.series,
        key=f"request:{run.application}:{every[-1].n}",
        cause=Cause.MANUAL,
        start=run.start,
        end=run.end,
        revision=run.revision,
        commit=run.commit,
        path=run.path,
        owner=run.owner,
        requester=visit.viewer.name,
        parent=run.n,
        manifest={**same, "spec": applied(same["spec"], asked)},
    )
    detail = ", ".join(
        f"{each.field}: {each.after}" for each in differences(same["spec"], wanted.manifest["spec"])
    )
    note(
        visit.sources.store,
        Action(
            at=visit.sources.clock(),
            viewer=visit.viewer.name,
            action="rerun",
            namespace=namespace,
            about=_words(run),
            detail=detail,
        ),
    )
    visit.sources.requests.ask(RunRequest(wanted=wanted))
    return _back(visit, run.run)


def _went_wrong(run: Run) -> bool:
    return run.phase in (Phase.FAILED, Phase.LOST)


def _words(run: Run) -> str:
    return f"{run.job}/{run.interval}/{run.n}"


def _back(visit: Visit, run: RunId) -> Response:
    series = run.series
    where = f"/runs/{series.namespace}/{series.job}/{series.interval}/{run.n}"
    return RedirectResponse(f"{visit.sources.path}{where}", SEE_OTHER)
