"""What to do next for a backfill: which interval to start now, and when it is over. Pure.

It stops in one way: what is asked to stop, or failed too often, starts nothing any more, and is over as soon
as the runs under way are. No run is ever left waiting for a place that nobody gives it: a run is claimed only
when it may start.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from .plan import State


class Stage(StrEnum):
    """How far a backfill is."""

    RUNNING = "running"
    STOPPING = "stopping"
    """Nothing starts any more; some runs are still under way."""
    STOPPED = "stopped"
    """By a person; it can be resumed."""
    FAILED = "failed"
    """By too many failed runs; it can be resumed."""
    DONE = "done"


@dataclass(frozen=True, kw_only=True)
class Step:
    """What to do.

    Args:
        stage: how far it is.
        start: keys of intervals to start now, in this order.
        green: runs that succeeded.
        failed: runs that failed.
        active: runs under way.
        left: intervals that have not been started, those of `start` among them.
    """

    stage: Stage
    start: tuple[str, ...]
    green: int
    failed: int
    active: int
    left: int


def step(
    keys: Sequence[str],
    states: Mapping[str, State],
    *,
    at_once: int,
    stop_after: int | None,
    stop: bool,
    forgiven: int = 0,
) -> Step:
    """The next step.

    Args:
        keys: of the plan's intervals, in its order.
        states: of those that were started, by key.
        at_once: runs at the same time.
        stop_after: failed runs after which nothing starts any more; None for never.
        stop: whether a person asked to stop.
        forgiven: failed runs that there were when it was resumed: they do not count again.
    """
    had = [states[key] for key in keys if key in states]
    active, failed = had.count(State.ACTIVE), had.count(State.FAILED)
    left = [key for key in keys if key not in states]
    broken = stop_after is not None and failed - forgiven >= stop_after
    halted = bool(left) and (stop or broken)
    start = () if halted else tuple(left[: max(at_once - active, 0)])
    return Step(
        stage=_stage(active=active, left=len(left), halted=halted, stop=stop),
        start=start,
        green=had.count(State.GREEN),
        failed=failed,
        active=active,
        left=len(left),
    )


def _stage(*, active: int, left: int, halted: bool, stop: bool) -> Stage:
    if halted and active:
        return Stage.STOPPING
    if halted:
        return Stage.STOPPED if stop else Stage.FAILED
    return Stage.RUNNING if active or left else Stage.DONE
