"""Asks the history server again and again, and keeps the ledger."""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from .cores import core_seconds
from .history import HistoryError, HistoryServer
from .ledger import Ledger
from .listing import Ended, UnusableError, fairly, listed
from .metrics import Health, LedgerCollector, Shown
from .runs import Run, summed
from .tails import QUANTILES, Heaviest, Stage, tail

LOG = logging.getLogger("history_exporter")

TRIES: Final = 10
"""Polls after which a run that can't be read is given up: its log is damaged or already deleted."""


class Poller:
    """What carries what the history server newly lists into the ledger.

    Args:
        server: the history server.
        ledger: where it is counted.
        collector: shows it.
        health: how it goes.
        teams: team of each namespace.
        runs_per_poll: most runs that are read in one poll: for each the server replays an event log.
        now: the clock, in seconds since 1970.
    """

    def __init__(
        self,
        server: HistoryServer,
        ledger: Ledger,
        collector: LedgerCollector,
        health: Health,
        *,
        teams: Mapping[str, str],
        runs_per_poll: int,
        now: Callable[[], float],
    ) -> None:
        self._server, self._ledger, self._collector, self._health = server, ledger, collector, health
        self._teams, self._limit, self._now = teams, runs_per_poll, now
        self._dropped: set[str] = set()
        self._show()

    def poll(self) -> None:
        """Ask once.

        Raises:
            OSError: the ledger can't be written.
        """
        try:
            found = listed(
                self._server.completed_since(self._ledger.since), now=self._now(), tenants=self._teams
            )
        except HistoryError as error:
            self._failed(error)
            return
        self._note(found.dropped)
        new = fairly(self._ledger.unseen(found.ends))
        tries = self._ledger.tries
        self._ledger.tries = {end.run: tries[end.run] for end in new if end.run in tries}
        failures = self._health.errors
        for end in new[: self._limit]:
            self._count(end)
        self._ledger.save()
        self._ledger.end()
        self._show()
        self._health.backlog = len(self._ledger.unseen(new))
        if self._health.errors == failures:
            self._health.last_poll = self._now()

    def _count(self, end: Ended) -> None:
        tries = self._ledger.tries
        if tries.get(end.run, 0) >= TRIES:
            self._drop(end.run, "unreadable")
            self._ledger.add(end, None)
            return
        self._ledger.begin(end.run)
        try:
            run: Run | None = self._read(end)
        except UnusableError as error:
            self._drop(end.run, error.reason)
            run = None
        except (HistoryError, KeyError, TypeError, ValueError) as error:
            self._failed(error)
            tries[end.run] = tries.get(end.run, 0) + 1
            if tries[end.run] < TRIES:
                return
            self._drop(end.run, "unreadable")
            run = None
        self._ledger.add(end, run)

    def _note(self, dropped: Mapping[str, str]) -> None:
        """Count what was not listed like this before: it is listed again until its log is deleted."""
        for which, reason in dropped.items():
            if which not in self._dropped:
                self._drop(which, reason)
        self._dropped = set(dropped)

    def _drop(self, which: str, reason: str) -> None:
        self._health.dropped[reason] += 1
        LOG.error("%s is not counted: %s", which, reason)

    def _read(self, end: Ended) -> Run:
        properties = self._server.properties(end.run)
        heaviest = Heaviest()
        run = summed(
            end,
            properties,
            heaviest.watched(self._server.stages(end.run)),
            failed_jobs=sum(1 for _ in self._server.failed_jobs(end.run)),
            teams=self._teams,
            core_seconds=core_seconds(self._server.executors(end.run), end, properties),
        )
        return replace(run, tail=tail(self._summaries(end.run, heaviest.stages)))

    def _summaries(self, run: str, stages: Sequence[Stage]) -> Iterator[Mapping[str, Any]]:
        """How tasks spread. That the server can't say it, as of a stage that failed, holds up no run."""
        for each in stages:
            try:
                yield self._server.task_times(run, each.stage, each.attempt, QUANTILES)
            except HistoryError as error:
                LOG.info("nothing of the tasks of stage %d: %s", each.stage, error)

    def _failed(self, error: Exception) -> None:
        self._health.errors += 1
        LOG.warning("%s", error)

    def _show(self) -> None:
        # A copy: the totals must not change between two metrics of one answer.
        self._collector.shown = Shown(copy.deepcopy(self._ledger.accounts), self._ledger.newest_end)
