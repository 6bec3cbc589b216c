"""Which intervals a backfill would run, which it would not and why, and what that would take. Pure.

A plan is data, fixed when it is shown: its token names all that it rests on, and a backfill is started by
that token. So nobody starts something else than was shown, and what changes later changes no backfill under
way.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from apps.jobs.cost.run import Range, RunCost, usual
from apps.jobs.definitions.checking import Definition
from apps.jobs.definitions.marks import uses_interval
from apps.jobs.schedule.intervals import Interval, between

from .overrides import Difference, Overrides, applied, differences

MOST: Final = 1000
"""Runs that are started without asking once more: a wrong year is easily written."""

MOST_AT_ALL: Final = 20_000
"""Runs of one backfill: 54 years of days, two years of hours."""

MOST_AT_ONCE: Final = 50
"""Most runs of a backfill at once; the namespace's quota usually is what bounds them."""


class Redo(StrEnum):
    """Which intervals to run of those that have runs already."""

    MISSING = "missing"
    """Those that no run succeeded or failed for."""
    FAILED = "failed"
    """Those, and those whose last run failed."""
    CHECKS = "checks"
    """Those, and those whose data is not what it has to be."""
    OLDER = "older"
    """Those, and those whose last run was of another revision of the definition."""
    ALL = "all"
    """All; runs there were stay as they are, and each new one is one more."""


class Order(StrEnum):
    """Which interval comes first."""

    EARLIEST = "earliest"
    LATEST = "latest"


class State(StrEnum):
    """How it stands with an interval."""

    ACTIVE = "active"
    GREEN = "green"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Past:
    """What is there of an interval.

    Args:
        state: of its last run.
        revision: of the definition that run was of.
        checked: whether its data is what it has to be; None if nobody looked.
    """

    state: State
    revision: str = ""
    checked: bool | None = None


class Request(BaseModel):
    """What somebody wants to run.

    Args:
        namespace: the tenant's.
        job: the job's name.
        first: intervals that begin at this moment or later.
        last: and before this one.
        redo: which of those that have runs.
        order: which comes first.
        at_once: runs at the same time.
        stop_after: failed runs after which no further one is started; None to go on whatever fails.
        overrides: what the runs have otherwise than the definition.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    namespace: str
    job: str
    first: AwareDatetime
    last: AwareDatetime
    redo: Redo = Redo.MISSING
    order: Order = Order.EARLIEST
    at_once: Annotated[int, Field(ge=1, le=MOST_AT_ONCE)] = 3
    stop_after: Annotated[int, Field(ge=1)] | None = 3
    overrides: Overrides = Overrides()


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """An interval that is not run.

    Args:
        key: its key.
        reason: why, as the rest of a sentence.
    """

    key: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a backfill does.

    Args:
        request: what was asked for.
        run: intervals, in the order in which they are started.
        skipped: intervals that are not run.
        refused: why it can not be started, all reasons; empty if it can.
        confirm: what has to be confirmed once more; empty if nothing.
        differences: what the runs have otherwise than the definition.
        core_hours: what the runs take together, from past runs; None if there are none.
        usd: what they cost together, likewise.
        token: names this plan.
    """

    request: Request
    run: tuple[Interval, ...]
    skipped: tuple[Skipped, ...]
    refused: tuple[str, ...]
    confirm: str
    differences: tuple[Difference, ...]
    core_hours: Range | None
    usd: Range | None
    token: str


def plan(
    request: Request,
    definition: Definition,
    past: Mapping[str, Past],
    now: datetime,
    *,
    green: Sequence[RunCost] = (),
    live: Collection[str] = (),
) -> Plan:
    """Plan a backfill.

    Args:
        request: what is wanted.
        definition: the job's, as it is now.
        past: what is there, by the interval's key.
        now: the time.
        green: what its last green runs cost, the latest first.
        live: keys of intervals that another backfill of the job still has before it.
    """
    intervals = list(islice(_intervals(request, definition), MOST_AT_ALL + 1))
    run: list[Interval] = []
    skipped: list[Skipped] = []
    for each in intervals:
        reason = _reason(each, request.redo, past.get(each.key), definition, now)
        if reason:
            skipped.append(Skipped(key=each.key, reason=reason))
        else:
            run.append(each)
    if request.order is Order.LATEST:
        run.reverse()
    changed = applied(definition.spec, request.overrides)
    core_hours, usd = usual([each.core_hours for each in green]), usual([each.usd for each in green])
    return Plan(
        request=request,
        run=tuple(run),
        skipped=tuple(skipped),
        refused=tuple(_refusals(request, definition, intervals, run, live)),
        confirm=f"It starts {len(run):,} runs." if len(run) > MOST else "",
        differences=differences(definition.spec, changed),
        core_hours=core_hours.times(len(run)) if core_hours else None,
        usd=usd.times(len(run)) if usd else None,
        token=_token(request, definition.revision, run),
    )


def _intervals(request: Request, definition: Definition) -> Iterator[Interval]:
    if definition.schedule is None or request.first >= request.last:
        return iter(())
    return between(definition.schedule, request.first, request.last)


def _reason(each: Interval, redo: Redo, past: Past | None, definition: Definition, now: datetime) -> str:
    """Why an interval is not run; empty if it is."""
    if each.end > now:
        return f"has not ended: it does at {each.end:%Y-%m-%d %H:%M} UTC"
    if past is None:
        return ""
    if past.state is State.ACTIVE:
        return "has a run under way"
    if redo is Redo.ALL or (past.state is State.FAILED and redo is not Redo.MISSING):
        return ""
    if past.state is State.FAILED:
        return "has a run, which failed"
    if redo is Redo.CHECKS and past.checked is False:
        return ""
    if redo is Redo.OLDER and past.revision != definition.revision:
        return ""
    return "has a run that succeeded"


def _refusals(
    request: Request,
    definition: Definition,
    intervals: Sequence[Interval],
    run: Sequence[Interval],
    live: Collection[str],
) -> Iterator[str]:
    if definition.schedule is None:
        yield f"{request.job} has no schedule, so it has no intervals: run it again instead"
        return
    if request.first >= request.last:
        yield f"the first day, {request.first:%Y-%m-%d}, has to be before the end, {request.last:%Y-%m-%d}"
        return
    if not uses_interval(definition.spec):
        yield (
            f"{request.job} does the same for every interval: write {{{{ interval.start }}}} or such into "
            "its arguments first"
        )
    if len(intervals) > MOST_AT_ALL:
        yield f"that is more than {MOST_AT_ALL:,} intervals: choose a shorter time"
    if not run:
        yield "there is nothing to run: every interval has what it needs, see the reasons"
    both = sorted(each.key for each in run if each.key in live)
    if both:
        more = f" and {len(both) - 1} more" if len(both) > 1 else ""
        yield f"another backfill of {request.job} has {both[0]}{more} before it: stop that one, or wait"


def _token(request: Request, revision: str, run: Sequence[Interval]) -> str:
    whole: list[Any] = [request.model_dump(mode="json"), revision, [each.key for each in run]]
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()[:16]
