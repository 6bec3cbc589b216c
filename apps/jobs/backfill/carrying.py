"""Carries backfills on: asks the worker for the runs that may start now.

Whoever does it, and however often, asks for the same: a run's request is named after backfill and interval,
and its claim has the backfill's key. So two that carry the same backfill start no run twice.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Set
from datetime import datetime
from typing import Final, Protocol

from apps.jobs.ledger.identity import Series
from apps.jobs.ledger.record import Cause, Wanted
from apps.jobs.ledger.requests import RunRequest
from apps.jobs.runs.phase import ACTIVE, Phase
from apps.jobs.runs.run import Run

from .kept import Backfill, Backfills, Item, Orders
from .plan import State
from .progress import Stage, Step, step

LOG: Final = logging.getLogger(__name__)

SECONDS: Final = 3.0
"""Between two looks: a stop is obeyed well within five."""

OVER: Final = frozenset({Stage.STOPPED, Stage.FAILED, Stage.DONE})


class Inbox(Protocol):
    """The worker's: `ledger.requests.Requests`."""

    def ask(self, request: RunRequest, name: str = "") -> str:
        """Ask for a run."""


def states(runs: Iterable[Run], key: str) -> dict[str, State]:
    """How it stands with the intervals of a backfill that were started.

    Args:
        runs: of the job since it was started, in any order.
        key: what its own runs are claimed with. A retry has another; of an interval the last run counts.
    """
    latest: dict[str, Run] = {}
    for run in sorted(runs, key=lambda run: run.n):
        if run.key == key or run.interval in latest:
            latest[run.interval] = run
    return {interval: state(run.phase) for interval, run in latest.items()}


def state(phase: Phase) -> State:
    """How it stands with an interval whose last run is in a phase.

    Args:
        phase: of the run.
    """
    if phase in ACTIVE:
        return State.ACTIVE
    return State.GREEN if phase is Phase.SUCCEEDED else State.FAILED


def next_step(backfill: Backfill, orders: Orders, known: Mapping[str, State]) -> Step:
    """The next step of a backfill.

    Args:
        backfill: which.
        orders: what people said of it.
        known: how it stands with its intervals.
    """
    return step(
        [item.key for item in backfill.items],
        known,
        at_once=backfill.request.at_once,
        stop_after=backfill.request.stop_after,
        stop=orders.stop,
        forgiven=orders.forgiven,
    )


def wanted(backfill: Backfill, item: Item) -> Wanted:
    """The run of an interval.

    Args:
        backfill: whose.
        item: which.
    """
    request = backfill.request
    return Wanted(
        series=Series(namespace=request.namespace, job=request.job, interval=item.key),
        key=backfill.run_key,
        cause=Cause.BACKFILL,
        start=item.start,
        end=item.end,
        revision=backfill.revision,
        commit=backfill.commit,
        path=backfill.path,
        owner=backfill.owner,
        requester=backfill.requester,
        manifest=backfill.manifest,
    )


class Carrier:
    """What carries all backfills on.

    Args:
        backfills: all of them.
        inbox: the worker's.
        runs: gives the runs of a backfill's job since it was started.
        namespaces: the tenants'.
        clock: gives the time.
    """

    def __init__(
        self,
        backfills: Backfills,
        inbox: Inbox,
        runs: Callable[[Backfill], Iterable[Run]],
        namespaces: Set[str],
        clock: Callable[[], datetime],
    ) -> None:
        self._backfills = backfills
        self._inbox = inbox
        self._runs = runs
        self._namespaces = namespaces
        self._clock = clock
        self._over: dict[str, Orders] = {}
        self._asked: dict[str, set[str]] = {}

    def carry(self) -> None:
        """Do it once."""
        for backfill in self._backfills.all(self._namespaces):
            orders = self._backfills.orders(backfill)
            # What is over stays so until somebody says something.
            if self._over.get(backfill.id) == orders:
                continue
            if self._carry(backfill, orders).stage in OVER:
                self._over[backfill.id] = orders
                self._asked.pop(backfill.id, None)

    def _carry(self, backfill: Backfill, orders: Orders) -> Step:
        known = states(self._runs(backfill), backfill.run_key)
        asked = self._asked.setdefault(backfill.id, set())
        # What was asked for and has no run yet is under way all the same: the worker is about to claim it.
        found = next_step(backfill, orders, dict.fromkeys(asked, State.ACTIVE) | known)
        for item in backfill.items:
            if item.key in found.start:
                self._inbox.ask(
                    RunRequest(wanted=wanted(backfill, item)), f"backfill-{backfill.id}-{item.key.lower()}"
                )
                asked.add(item.key)
        return found

    def go_on(self, stopped: threading.Event) -> None:
        """Do it until the process ends.

        Args:
            stopped: set when it is to end.
        """
        while not stopped.wait(SECONDS):
            try:
                self.carry()
            except Exception:  # bucket or index are away: the next round is in three seconds
                LOG.warning("backfills could not be carried on", exc_info=True)
