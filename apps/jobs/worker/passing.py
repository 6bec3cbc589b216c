"""One pass of the worker.

What people asked for, what Git and schedules want, what runs came another way, and where all runs are.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from apps.jobs.checks.asking import ASKED, LABEL, number_of, numbered
from apps.jobs.definitions.settings import JobSettings
from apps.jobs.ledger.identity import ONCE, RunId, Series
from apps.jobs.ledger.record import LABELS
from apps.jobs.ledger.requests import CheckRequest, Request, Requests, RunRequest, StopRequest, SyncRequest
from apps.jobs.ledger.store import ConflictError, Ledger, LedgerError
from apps.jobs.runs import external, objects
from apps.jobs.runs.objects import Json
from apps.jobs.sync.following import Following
from apps.jobs.sync.known import Known

from .cluster import Place, View
from .tracking import Tracking
from .wanting import SCHEDULE_KEY, Asked, once, scheduled, settled_until

LOG = logging.getLogger(__name__)

PUNCTUAL: Final = timedelta(minutes=15)
"""How long after its end an interval is not missed yet: three looks at Git."""


TOLD: Final = timedelta(hours=1)
"""How long it is told that intervals were missed. It is no counter: most are missed while no worker is there,
and let go in its first pass, so nobody would ever see a counter of them grow."""


class Passing:
    """What the worker does again and again.

    Args:
        ledger: records.
        requests: what people ask for.
        following: the definitions; None for a platform without a repository.
        tracking: runs under way.
        clock: gives the time.
    """

    def __init__(
        self,
        ledger: Ledger,
        requests: Requests,
        following: Following | None,
        tracking: Tracking,
        clock: Callable[[], datetime],
    ) -> None:
        self._ledger = ledger
        self._requests = requests
        self._following = following
        self._tracking = tracking
        self._clock = clock
        self._settled: dict[Place, set[str]] = {}
        self._started: set[tuple[Place, str]] = set()
        self._seen: set[str] = set()
        self.seconds = 0.0
        """How long the last pass took."""
        self.waiting = 0
        """Intervals that wait for a run under way."""
        self.behind = 0.0
        """Seconds since the end of the oldest interval that is due and not settled."""
        self._missed: list[datetime] = []

    @property
    def missed(self) -> int:
        """Intervals that were let go in the last hour because nobody started them in time."""
        since = self._clock() - TOLD
        self._missed = [each for each in self._missed if each > since]
        return len(self._missed)

    def settings(self, place: Place) -> JobSettings:
        """Settings of a job; the usual ones for one that is not in Git.

        Args:
            place: its namespace and name.
        """
        jobs = self._following.state.by_place() if self._following else {}
        return jobs[place].beside if place in jobs else JobSettings()

    def run(self, view: View) -> None:
        """Do it once.

        Args:
            view: what there is in the cluster.
        """
        begun = time.monotonic()
        now = self._clock()
        self._answer(view, now)
        if self._following is not None and self._following.is_due(now):
            self._following.look(now)
        self._adopt(view, now)
        # Before new runs are made: those that ended make place for them.
        self._tracking.follow(view, now)
        self._want(now)
        self.seconds = time.monotonic() - begun

    def _answer(self, view: View, now: datetime) -> None:
        for name, request in self._requests.all():
            if isinstance(request, CheckRequest):
                # It stays until the answer is there, and so is the mark of what is under way.
                if not self._tracking.sql.is_asked_again(request.run, request.number, view, now):
                    continue
            elif request is None:
                LOG.warning("request %s can't be read by this release; it is taken away", name)
            else:
                self._do(request, now)
            self._requests.done(name)

    def _do(self, request: Request, now: datetime) -> None:
        if isinstance(request, RunRequest):
            self._tracking.launch(request.wanted, now)
        elif isinstance(request, StopRequest):
            self._tracking.stop(request.run, request.by, now)
        elif isinstance(request, SyncRequest) and self._following is not None:
            self._following.reread()
            self._following.look(now, removals=request.removals)

    def _adopt(self, view: View, now: datetime) -> None:
        """Give a record to what came another way, once for each object."""
        # What was made and deleted between two views was there all the same.
        for application in (*view.applications.values(), *view.deleted.values()):
            uid = objects.uid(application)
            if uid not in self._seen and not self._is_ours(application):
                self._tracking.launch(external.of_application(application), now)
            self._seen.add(uid)
        gone = (pod for pods in view.gone.values() for pod in pods)
        for driver in (*view.drivers.values(), *gone):
            uid = objects.uid(driver)
            if uid not in self._seen and external.is_raw(driver):
                self._tracking.launch(external.of_driver(driver), now)
            self._seen.add(uid)

    def _is_ours(self, application: Json) -> bool:
        """Whether an application is a run that was claimed, or asks its data.

        If it is, its labels name a record that names it.
        """
        has = objects.labels(application)
        try:
            series = Series(
                namespace=str(application["metadata"]["namespace"]),
                job=str(has[f"{LABELS}/job"]),
                interval=str(has[f"{LABELS}/interval"]),
            )
            record = self._ledger.read(RunId(series=series, n=int(has[f"{LABELS}/n"])))
        except (KeyError, ValueError):
            return False
        if record is None:
            return False
        number = number_of(has.get(LABEL, ""))
        asks = number and self._ledger.beside(record.run, numbered(ASKED, number)) is not None
        own = record.run.sql_check_again(number) if asks else record.application
        return objects.name(application) == own

    def _want(self, now: datetime) -> None:
        self.waiting, self.behind = 0, 0.0
        for job in self._following.state.jobs if self._following else ():
            try:
                self._want_once(job, now) if not job.schedule else self._want_scheduled(job, now)
            except (ConflictError, LedgerError) as error:
                LOG.warning("%s/%s: %s", *job.place, error)

    def _want_once(self, job: Known, now: datetime) -> None:
        if (job.place, job.revision) in self._started:
            return
        wanted = once(job, active=self._tracking.is_active(job.place))
        if wanted is None:
            return
        # One that was claimed before has ended, or has a mark, and is followed by that.
        if not self._is_claimed(wanted.series, wanted.key):
            self._tracking.launch(wanted, now)
        self._started.add((job.place, job.revision))

    def _want_scheduled(self, job: Known, now: datetime) -> None:
        settled = self._settled_of(job)
        active = self._tracking.is_active(job.place)
        asked = scheduled(job, now, settled=settled, active=active, punctual=PUNCTUAL)
        self.waiting += asked.waiting
        if asked.replace:
            self._stop_all(job.place, now)
        self._start(asked, settled, now)
        self._missed += [now] * asked.missed
        if asked.runs and self._following is not None:
            self._following.settle(job, settled_until(job, now, settled))
        if asked.waiting or asked.more:
            self.behind = max(self.behind, (now - settled_until(job, now, settled)).total_seconds())

    def _start(self, asked: Asked, settled: set[str], now: datetime) -> None:
        for wanted in asked.runs:
            self._tracking.launch(wanted, now)
            settled.add(wanted.series.interval)

    def _stop_all(self, place: Place, now: datetime) -> None:
        for each in self._tracking.runs:
            if (each.record.namespace, each.record.job) == place:
                self._tracking.stop(each.record.run, "a later interval (Replace)", now)

    def _settled_of(self, job: Known) -> set[str]:
        """Intervals that were claimed for the schedule; read once from the ledger, and kept up to date."""
        if job.place not in self._settled:
            # Keys begin with a day, of whatever time zone.
            first = f"{job.since - timedelta(days=2):%Y-%m-%d}"
            self._settled[job.place] = {
                interval
                for interval in self._ledger.intervals(*job.place)
                if first <= interval < ONCE
                and self._is_claimed(
                    Series(namespace=job.namespace, job=job.name, interval=interval), SCHEDULE_KEY
                )
            }
        return self._settled[job.place]

    def _is_claimed(self, series: Series, key: str) -> bool:
        n = 1
        while record := self._ledger.read(RunId(series=series, n=n)):
            if record.key == key:
                return True
            n += 1
        return False
