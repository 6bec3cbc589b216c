"""Backfills: asked for, shown before they start, started by what was shown, stopped, and gone on with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Form, HTTPException, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from apps.jobs.backfill.carrying import next_step, state, states
from apps.jobs.backfill.kept import Backfill, Backfills, kept
from apps.jobs.backfill.overrides import applied
from apps.jobs.backfill.plan import Order, Past, Plan, Redo, Request, plan
from apps.jobs.backfill.progress import Stage
from apps.jobs.checks import kept as kept_checks
from apps.jobs.checks.findings import RED
from apps.jobs.definitions.checking import GROUP, ONCE_KIND
from apps.jobs.index.filters import Filters
from apps.jobs.index.paging import LARGEST, Asked
from apps.jobs.ledger.audit import Action, note
from apps.jobs.ledger.requests import StopRequest
from apps.jobs.runs.run import Run
from apps.jobs.sync.known import Known
from apps.jobs.web.answering import answer
from apps.jobs.web.changes import UNPROCESSABLE, Changes, overrides
from apps.jobs.web.estimates import green
from apps.jobs.web.sources import Sources
from apps.jobs.web.visit import Visit, Visiting, missing

ROUTER: Final = APIRouter()

SEE_OTHER, CONFLICT = 303, 409
PLACE: Final = "/jobs/{namespace}/{job}/backfill"
ONE: Final = "/backfills/{namespace}/{job}/{name}"


class Fields:
    """What somebody wrote into the form, in the address for a preview, in the body to start it."""

    def __init__(
        self,
        *,
        first: str = "",
        last: str = "",
        redo: str = Redo.MISSING.value,
        order: str = Order.EARLIEST.value,
        at_once: str = "3",
        stop_after: str = "3",
        **changes: str,
    ) -> None:
        self.first, self.last, self.redo, self.order = first, last, redo, order
        self.at_once, self.stop_after, self.changes = at_once, stop_after, changes

    def request(self, job: Known) -> Request:
        """What is asked for.

        Args:
            job: of which job; days are those of its time zone.

        Raises:
            HTTPException: 422: with all that is wrong.
        """
        schedule = job.when
        zone = schedule.local if schedule else UTC
        wrong: list[str] = []
        ends: dict[str, datetime] = {}
        for name, text in (("first", self.first), ("last", self.last)):
            try:
                found = datetime.fromisoformat(text.strip())
            except ValueError:
                wrong.append(f"{name}: {text!r} is no day: write one such as 2026-11-20")
                continue
            # The last day that a person writes is part of what they want.
            whole = name == "last" and len(text.strip()) == len("2026-11-20")
            moment = found if found.tzinfo else found.replace(tzinfo=zone)
            ends[name] = (moment + timedelta(days=1)) if whole else moment
        if wrong:
            raise HTTPException(UNPROCESSABLE, wrong)
        try:
            return Request(
                namespace=job.namespace,
                job=job.name,
                **ends,
                redo=self.redo,
                order=self.order,
                at_once=self.at_once,
                stop_after=self.stop_after or None,
                overrides=overrides(self.changes.items()),
            )
        except ValidationError as error:
            raise HTTPException(
                UNPROCESSABLE, [f"{each['loc'][-1]}: {each['msg']}" for each in error.errors()]
            ) from error


def _of_address(visit: Visiting) -> Fields:
    known = {"first", "last", "redo", "order", "at_once", "stop_after", *Changes.model_fields}
    return Fields(**{name: value for name, value in visit.request.query_params.items() if name in known})


@ROUTER.get("/backfills")
def show_all(visit: Visiting, job: str = "") -> Response:
    """All backfills, the latest first."""
    rows = [
        _row(visit, each)
        for each in sorted(
            _backfills(visit.sources).all(visit.namespaces), key=lambda each: each.at, reverse=True
        )
        if not job or each.request.job == job
    ]
    return answer(visit, "backfills.html", {"backfills": rows})


@ROUTER.get(PLACE)
def preview(
    visit: Visiting, namespace: str, job: str, fields: Annotated[Fields, Depends(_of_address)]
) -> Response:
    """The form, and what would be started by it."""
    visit.check("create", namespace)
    known = _known(visit, namespace, job)
    errors: list[str] = []
    shown: Plan | None = None
    if fields.first or fields.last:
        try:
            shown = _planned(visit, known, fields.request(known))
        except HTTPException as error:
            errors = [error.detail] if isinstance(error.detail, str) else list(error.detail)
    return answer(
        visit,
        "backfill_form.html",
        {"job": known.name, "namespace": namespace, "plan": shown, "errors": errors},
        status=UNPROCESSABLE if errors else 200,
        known=known,
        fields=fields,
        redos=list(Redo),
        orders=list(Order),
        address=visit.request.url.query,
    )


@ROUTER.post(PLACE)
def start(
    visit: Visiting,
    namespace: str,
    job: str,
    fields: Annotated[Fields, Depends(_of_address)],
    token: Annotated[str, Form()],
    confirmed: Annotated[bool, Form()] = False,
) -> Response:
    """Start what was shown: its address says what, its token that it is still the same."""
    visit.check("create", namespace)
    known = _known(visit, namespace, job)
    found = _planned(visit, known, fields.request(known))
    if found.refused:
        raise HTTPException(UNPROCESSABLE, list(found.refused))
    if found.token != token:
        raise HTTPException(
            CONFLICT, "What would be started has changed since it was shown: look at it again."
        )
    if found.confirm and not confirmed:
        raise HTTPException(UNPROCESSABLE, f"{found.confirm} Confirm that, or choose a shorter time.")
    spec = applied(known.spec, found.request.overrides)
    backfill = kept(
        found,
        manifest={
            "apiVersion": GROUP,
            "kind": ONCE_KIND,
            "metadata": dict(known.metadata),
            "spec": {**spec, "restartPolicy": {"type": "Never"}},
        },
        requester=visit.viewer.name,
        at=visit.sources.clock(),
        revision=known.revision,
        commit=known.commit,
        path=known.path,
        owner=known.beside.owner,
    )
    _note(visit, "backfill", backfill, f"{len(backfill.items)} runs, {fields.first} to {fields.last}")
    _backfills(visit.sources).add(backfill)
    return _to(visit, backfill)


@ROUTER.get(ONE)
def show(visit: Visiting, namespace: str, job: str, name: str) -> Response:
    """How far one is."""
    backfill = _found(visit, namespace, job, name)
    orders = _backfills(visit.sources).orders(backfill)
    runs = _runs(visit, backfill)
    known = states(runs, backfill.run_key)
    latest = {run.interval: run for run in sorted(runs, key=lambda run: run.n)}
    return answer(
        visit,
        "backfill.html",
        {
            "backfill": backfill,
            "orders": orders,
            "step": next_step(backfill, orders, known),
            "items": [
                {"key": each.key, "run": latest[each.key] if each.key in known else None}
                for each in backfill.items
            ],
        },
        may_change=visit.may("create", namespace),
    )


@ROUTER.post(f"{ONE}/{{what}}")
def change(
    visit: Visiting,
    namespace: str,
    job: str,
    name: str,
    what: Literal["stop", "resume"],
    running: Annotated[bool, Form()] = False,
) -> Response:
    """Stop it, with or without the runs under way, or go on with it."""
    visit.check("create", namespace)
    # Before anything is done: half of it would be done, and noted as all of it.
    if what == "stop" and running:
        visit.check("delete", namespace)
    backfill = _found(visit, namespace, job, name)
    now = visit.sources.clock()
    runs = _runs(visit, backfill)
    failed = next_step(
        backfill, _backfills(visit.sources).orders(backfill), states(runs, backfill.run_key)
    ).failed
    _note(visit, f"backfill {what}", backfill, "its runs too" if running else "")
    _backfills(visit.sources).order(
        backfill, stop=what == "stop", forgiven=failed, by=visit.viewer.name, at=now
    )
    if what == "stop" and running:
        for run in runs:
            if run.key == backfill.run_key and not run.is_over:
                visit.sources.requests.ask(
                    StopRequest(
                        namespace=namespace,
                        job=job,
                        interval=run.interval,
                        n=run.n,
                        by=visit.viewer.name,
                        at=now,
                    )
                )
    return _to(visit, backfill)


def _backfills(sources: Sources) -> Backfills:
    return Backfills(sources.store)


def _known(visit: Visit, namespace: str, job: str) -> Known:
    found = visit.sources.job(namespace, job)
    if found is None:
        raise missing(f"{job} is not in Git, so nobody knows what a run of it would be.")
    return found


def _found(visit: Visit, namespace: str, job: str, name: str) -> Backfill:
    visit.check("get", namespace)
    found = _backfills(visit.sources).read(namespace, job, name)
    if found is None:
        raise missing(f"There is no backfill {name} of {job}.")
    return found


def _planned(visit: Visit, known: Known, request: Request) -> Plan:
    """Plan it with all that is known now."""
    only = Filters(namespaces=frozenset({known.namespace}), jobs=frozenset({known.name}))
    cells = visit.index.grid(request.first, request.last, only)
    checked = kept_checks.read(visit.sources.store, known.namespace, known.name).intervals
    past = {
        cell.interval: Past(
            state=state(cell.phase),
            revision=cell.revision,
            checked=checked[cell.interval].state not in RED if cell.interval in checked else None,
        )
        for cell in cells
    }
    return plan(
        request,
        known.definition,
        past,
        visit.sources.clock(),
        green=green(visit.index, known.namespace, known.name, visit.sources.clock()),
        live=set(_still_to_come(visit, known)),
    )


def _still_to_come(visit: Visit, known: Known) -> list[str]:
    """Intervals that backfills under way have not started yet."""
    found: list[str] = []
    for each in _backfills(visit.sources).all({known.namespace}, known.name):
        begun = states(_runs(visit, each), each.run_key)
        stage = next_step(each, _backfills(visit.sources).orders(each), begun).stage
        if stage is Stage.RUNNING:
            found += [item.key for item in each.items if item.key not in begun]
    return found


def _runs(visit: Visit, backfill: Backfill) -> tuple[Run, ...]:
    return runs_since(visit.index, backfill, visit.sources.clock())


def runs_since(index: Any, backfill: Backfill, now: datetime) -> tuple[Run, ...]:
    """Runs of a backfill's job since it was started.

    Args:
        index: that is asked.
        backfill: which.
        now: the time.
    """
    request = backfill.request
    only = Filters(
        namespaces=frozenset({request.namespace}), jobs=frozenset({request.job}), since=backfill.at
    )
    found: list[Run] = []
    after = ""
    while True:
        page = index.page(Asked(size=LARGEST, after=after, now=now), only)
        found += page.runs
        after = page.next
        if not after:
            return tuple(found)


def _row(visit: Visit, backfill: Backfill) -> dict[str, Any]:
    orders = _backfills(visit.sources).orders(backfill)
    return {
        "backfill": backfill,
        "orders": orders,
        "step": next_step(backfill, orders, states(_runs(visit, backfill), backfill.run_key)),
    }


def _note(visit: Visit, action: str, backfill: Backfill, detail: str) -> None:
    request = backfill.request
    note(
        visit.sources.store,
        Action(
            at=visit.sources.clock(),
            viewer=visit.viewer.name,
            action=action,
            namespace=request.namespace,
            about=f"{request.job}/{backfill.id}",
            detail=detail,
        ),
    )


def _to(visit: Visit, backfill: Backfill) -> Response:
    request = backfill.request
    where = f"/backfills/{request.namespace}/{request.job}/{backfill.id}"
    return RedirectResponse(f"{visit.sources.path}{where}", SEE_OTHER)
