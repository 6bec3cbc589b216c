"""Goes round all jobs that name checks, whether they run or not: a day that somebody deleted shows."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from apps.jobs.definitions.settings import Check
from apps.jobs.schedule.cron import Schedule
from apps.jobs.schedule.intervals import Interval
from apps.jobs.sync.known import Known

from .asking import Answer
from .findings import Finding, State
from .judging import Checked, together
from .kept import Store, add, read
from .looking import look
from .parquet import place

LOG: Final = logging.getLogger(__name__)

AGAIN_AFTER: Final = timedelta(days=1)
"""From one question to Spark until it is asked another one of the same interval by itself: data that changes
all the time would else have a driver all the time. Whoever can't wait asks on the run's page."""

LOOKED_AT: Final = 30
"""Intervals of each job, the latest: a month of days. What is older rarely changes, and is in its record."""


class Rounds:
    """Rounds in which the data of all jobs is looked at.

    Args:
        store: the ledger's bucket, for what is found.
        data: the data, as a file system of pyarrow.
        buckets: where tenants' data lies, each in a folder of its namespace's name.
        jobs: gives all jobs.
        intervals: gives the latest intervals of a schedule that have ended, the earliest first.
        written_after: gives the begin of the last green run of each of a job's intervals, by key.
        clock: gives the time.
        answers: gives what Spark said after those runs, by key; asked of jobs with a condition in SQL alone.
        ask_again: has Spark asked of a job's interval, by key; False if that may not be. One a round and job,
            so that a changed condition starts no thirty drivers at once.
    """

    def __init__(
        self,
        store: Store,
        data: Any,
        buckets: Iterable[str],
        jobs: Callable[[], Iterable[Known]],
        intervals: Callable[[Schedule, datetime, int], list[Interval]],
        written_after: Callable[[Known, list[Interval]], Mapping[str, datetime]],
        clock: Callable[[], datetime],
        answers: Callable[[Known, list[Interval]], Mapping[str, Answer]] = lambda *_: {},
        ask_again: Callable[[Known, str], bool] = lambda *_: False,
    ) -> None:
        self._store = store
        self._data = data
        self._buckets = tuple(buckets)
        self._jobs = jobs
        self._intervals = intervals
        self._written_after = written_after
        self._clock = clock
        self._answers = answers
        self._ask_again = ask_again

    def go(self) -> None:
        """Look at all of them once."""
        for job in self._jobs():
            checks = job.beside.checks
            schedule = job.when
            if not checks or schedule is None:
                continue
            now = self._clock()
            latest = self._intervals(schedule, now, LOOKED_AT)
            after = self._written_after(job, latest)
            # Of those before the job was there, only what a backfill has made is anybody's to miss.
            every = [each for each in latest if each.end > job.since or each.key in after]
            if every:
                add(self._store, job.namespace, job.name, self._look(job, schedule, every, after, now))

    def _look(
        self,
        job: Known,
        schedule: Schedule,
        every: list[Interval],
        after: Mapping[str, datetime],
        now: datetime,
    ) -> dict[str, Checked]:
        own = [check for check in job.beside.checks if self._is_own(job.namespace, check)]
        strange = [check for check in job.beside.checks if check not in own]
        known = read(self._store, job.namespace, job.name)
        answers = self._answers(job, every) if any(check.sql for check in own) else {}
        found: dict[str, Checked] = {}
        if own:
            found = look(self._data, schedule, own, every, known, now, written_after=after, answers=answers)
        for key, each in reversed(found.items()):
            asked = answers[key].asked if key in answers else None
            due = key in after and (asked is None or now - asked >= AGAIN_AFTER)
            if due and any(one.to_ask for one in each.findings) and self._ask_again(job, key):
                break
        if not strange:
            return found
        refused = tuple(self._refusal(job.namespace, check) for check in strange)
        return {
            each.key: together(
                [*(found[each.key].findings if each.key in found else ()), *refused],
                found[each.key].rows if each.key in found else {},
                now,
            )
            for each in every
        }

    def _is_own(self, namespace: str, check: Check) -> bool:
        """Whether an output is the tenant's own.

        This account reads all tenants' data, and a definition none but its own.
        """
        parts = place(check.output).split("/")
        return ".." not in parts and len(parts) > 2 and parts[0] in self._buckets and parts[1] == namespace

    def _refusal(self, namespace: str, check: Check) -> Finding:
        allowed = ", ".join(f"s3a://{bucket}/{namespace}/" for bucket in self._buckets)
        return Finding(
            check=check.name,
            state=State.FAIL,
            sentence=f"{check.output} is not looked at: an output has to be below {allowed}",
        )

    def go_on(self, stopped: threading.Event, seconds: float) -> None:
        """Do it until the process ends.

        Args:
            stopped: set when it is to end.
            seconds: between two rounds.
        """
        while not stopped.wait(seconds):
            try:
                self.go()
            except Exception:  # bucket or index are away: the next round comes
                LOG.warning("the checks could not go on", exc_info=True)
