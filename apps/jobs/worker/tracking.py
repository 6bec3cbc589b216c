"""Runs under way: made once, followed to their end, judged, tried again, and put away.

After a crash at any point the same steps are taken again, and each finds what was done: a mark is made before
the claim, the claim gives the same run for the same key, the API server refuses a second application of the
name, what lies beside a record is written once, and the mark goes last.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from apps.jobs.definitions.settings import JobSettings
from apps.jobs.ledger.identity import RunId
from apps.jobs.ledger.record import Cause, Record, Wanted
from apps.jobs.ledger.store import VERDICT, ConflictError, Ledger
from apps.jobs.ledger.under_way import UnderWay
from apps.jobs.runs.deriving import Live, derive
from apps.jobs.runs.outcome import COST
from apps.jobs.runs.phase import ENDED, Phase
from apps.jobs.runs.status import Status, Times
from apps.jobs.verdict.judging import Verdict
from apps.jobs.verdict.memory import STEP

from .cluster import Cluster, Place, RefusedError, View
from .costing import Costs
from .evidence import EventLogs, collect, keep, keep_verdict, verdict_of
from .matching import first, is_of, is_same, parts_of
from .retrying import NoMore, next_attempt
from .snapshots import keep_snapshot
from .sql_checks import SqlChecks

LOG = logging.getLogger(__name__)

STOP: Final = "stop.json"
"""Beside a record: who wants the run's end, and when."""

UNSURE: Final = timedelta(minutes=10)
"""How long after the API server was asked to make an application a missing one is made again. Later it may
have been made, have run, and be gone: then nobody knows, and nothing is run twice."""

COUNTED: Final = timedelta(minutes=1)
"""How old what a run has taken so far may be: it is an object that is written anew each time."""

LINGERING: Final = timedelta(minutes=2)
"""How long pods of a run that has ended may take to end: executors have a minute of grace to hand their data
on, and a node that is gone has its pods for five, which nobody waits for."""

Settings = Callable[[Place], JobSettings]
"""Settings of a job, by its namespace and name; the usual ones for a job that is none of Git's."""


@dataclass(kw_only=True)
class Tracked:
    """A run under way.

    Args:
        record: its record.
        status: where it was seen last.
        mark: of that state of its status in the bucket.
        counted: when that status was told what the run has taken so far; None if it was not yet.
    """

    record: Record
    status: Status
    mark: str
    counted: datetime | None = None


class Tracking:
    """Runs under way.

    Args:
        ledger: records.
        under_way: marks of runs that have not ended.
        cluster: where they run.
        logs: Spark's event logs.
        costs: what they take.
        settings: of a job.
    """

    def __init__(
        self,
        ledger: Ledger,
        under_way: UnderWay,
        cluster: Cluster,
        logs: EventLogs,
        costs: Costs,
        settings: Settings,
    ) -> None:
        self.sql = SqlChecks(ledger, cluster, logs, settings)
        self._view = View()
        self._ledger = ledger
        self._under_way = under_way
        self._cluster = cluster
        self._logs = logs
        self._costs = costs
        self._settings = settings
        self._runs: dict[RunId, Tracked] = {}

    @property
    def runs(self) -> list[Tracked]:
        """Runs under way."""
        # Copied in one step: a scrape reads it in a thread of its own.
        return [each for each in list(self._runs.values()) if each.status.phase not in ENDED]

    def is_active(self, place: Place) -> bool:
        """Say whether a run of a job is under way.

        Args:
            place: the job's namespace and name.
        """
        return any((each.record.namespace, each.record.job) == place for each in self.runs)

    def recover(self, now: datetime) -> None:
        """Find the runs that an earlier worker left, and go on with each.

        Args:
            now: the time.
        """
        for series, key in self._under_way.all():
            record = next((each.record for each in self._ledger.runs(series) if each.record.key == key), None)
            # A mark without a record stays: its worker died before the claim, or is about to claim.
            if record is not None:
                self._costs.restore(record.run)
                self._take(record, now)

    def launch(self, wanted: Wanted, now: datetime, *, beside: Mapping[str, bytes] | None = None) -> Record:
        """Have a run, unless there is or was one for the same key.

        Args:
            wanted: the run.
            now: the time.
            beside: what is put beside its record before it is made.
        """
        if wanted.skipped:
            return self._ledger.claim(wanted).record
        self._under_way.mark(wanted.series, wanted.key)
        record = self._ledger.claim(wanted).record
        for name, content in (beside or {}).items():
            self._ledger.add(record.run, name, content)
        if record.run not in self._runs:
            self._take(record, now)
        return record

    def _take(self, record: Record, now: datetime) -> None:
        """Follow a run from here on; make it, if nobody has."""
        said, mark = self._ledger.status(record.run)
        status = Status.model_validate(said) if said else first(record)
        over = status.phase in ENDED
        if record.skipped or (over and self._ledger.beside(record.run, COST) is not None):
            self._under_way.clear(record.series, record.key)
            self._costs.forget(record.run)
            return
        tracked = Tracked(record=record, status=status, mark=mark)
        self._runs[record.run] = tracked
        if not over and record.cause is not Cause.EXTERNAL and status.times.created is None:
            self._make(tracked, now)

    def _make(self, tracked: Tracked, now: datetime) -> None:
        record = tracked.record
        place = (record.namespace, record.application)
        if self._stopped_by(record.run):
            self._write(tracked, Status(phase=Phase.CANCELLED, times=Times(ended=now)))
            self._settle(tracked, now)
            return
        asked = tracked.status.times.asked
        if asked is not None and now - asked > UNSURE and self._cluster.application(place) is None:
            # It is told from one that was never made by nothing that is left: `follow` says that it is lost.
            times = tracked.status.times.model_copy(update={"created": asked})
            self._write(tracked, tracked.status.model_copy(update={"times": times}))
            return
        if asked is None:
            self._write(tracked, tracked.status.model_copy(update={"times": Times(asked=now)}))
        try:
            made = self._cluster.create(record.manifest) or self._cluster.application(place)
        except RefusedError as error:
            self._fail_unmade(tracked, str(error), now)
            return
        if made is not None and not is_of(made, record):
            sentence = f"there is another SparkApplication {record.application}, which is not this run's"
            self._fail_unmade(tracked, sentence, now)
        elif made is not None:
            self._write(tracked, derive(tracked.status, Live(application=made), now))
            LOG.info("made %s/%s (%s)", record.namespace, record.application, record.cause)

    def _fail_unmade(self, tracked: Tracked, message: str, now: datetime) -> None:
        """The API server took the definition when it was read, and does not take the run."""
        said = {"status": {"applicationState": {"state": "SUBMISSION_FAILED", "errorMessage": message}}}
        live = Live(application={**tracked.record.manifest, **said})
        times = tracked.status.times.model_copy(update={"ended": now})
        status = Status(phase=Phase.FAILED, reason=message, times=times)
        self._end(tracked, status, live, now)

    def stop(self, run: RunId, by: str, now: datetime) -> None:
        """End a run because somebody wants it.

        Args:
            run: which.
            by: who.
            now: when.
        """
        record = self._ledger.read(run)
        if record is None:
            return
        said = json.dumps({"by": by, "at": now.isoformat()}).encode()
        self._ledger.add(run, STOP, said)
        if record.manifest.get("kind") != "Pod":
            self._cluster.delete((record.namespace, record.application))

    def follow(self, view: View, now: datetime) -> None:
        """See where all runs are; what ended is judged and put away.

        Args:
            view: what there is in the cluster.
            now: the time.
        """
        self._view = view
        for tracked in list(self._runs.values()):
            try:
                if tracked.status.phase in ENDED:
                    self._see(tracked, tracked.status, view, now)
                    self._settle(tracked, now)
                else:
                    self._follow(tracked, view, now)
            except ConflictError:
                self._reread(tracked.record.run)

    def _follow(self, tracked: Tracked, view: View, now: datetime) -> None:
        record = tracked.record
        if record.cause is not Cause.EXTERNAL and tracked.status.times.created is None:
            self._make(tracked, now)
            return
        live = self._checked(tracked, parts_of(record, tracked.status.uid, view), now)
        status = derive(tracked.status, live, now)
        self._see(tracked, status, view, now)
        limit = self._settings((record.namespace, record.job)).timeout
        if limit and status.phase not in ENDED and _is_over(status, limit, now):
            self._time_out(tracked, status, live, limit, now)
        elif status.phase in ENDED:
            self._end(tracked, status, live, now)
        elif status != tracked.status or self._is_cost_due(tracked, now):
            tracked.counted = now
            self._write(tracked, status.model_copy(update={"cost": self._costs.so_far(record.run, now)}))

    def _see(self, tracked: Tracked, status: Status, view: View, now: datetime) -> None:
        run, spark = tracked.record.run, (tracked.record.namespace, status.spark)
        self._costs.see(run, spark, view, now, check=self.sql.spark(run))

    def _is_cost_due(self, tracked: Tracked, now: datetime) -> bool:
        """Whether what it has taken so far is old, and has become more since."""
        last = tracked.counted
        return self._costs.is_holding(tracked.record.run) and (last is None or now - last >= COUNTED)

    def _checked(self, tracked: Tracked, live: Live, now: datetime) -> Live:
        """What there is of a run: what was made a moment ago may be missing in a view."""
        record = tracked.record
        missing = live.application is None and record.manifest.get("kind") != "Pod"
        if not missing or derive(tracked.status, live, now).phase not in (Phase.LOST, Phase.ORPHANED):
            return live
        found = self._cluster.application((record.namespace, record.application))
        mine = found is not None and is_same(found, record, tracked.status.uid)
        return replace(live, application=found) if mine else live

    def _time_out(
        self, tracked: Tracked, status: Status, live: Live, limit: timedelta, now: datetime
    ) -> None:
        times = status.times.model_copy(update={"ended": now})
        over = status.model_copy(update={"phase": Phase.FAILED, "times": times})
        said = f"deadline seconds={int(limit.total_seconds())}"
        self._end(tracked, over, live, now, said=[said], delete=True)

    def _end(
        self,
        tracked: Tracked,
        status: Status,
        live: Live,
        now: datetime,
        *,
        said: Sequence[str] = (),
        delete: bool = False,
    ) -> None:
        record = tracked.record
        if status.phase is not Phase.SUCCEEDED and (by := self._stopped_by(record.run)):
            status = status.model_copy(update={"phase": Phase.CANCELLED, "reason": "", "stopped_by": by})
        judged = self._ledger.beside(record.run, VERDICT)
        if status.phase is Phase.LOST and judged is not None:
            # It had failed, and was judged, before its worker died.
            status = status.model_copy(update={"phase": Phase.FAILED, "reason": ""})
        if status.phase is Phase.FAILED:
            self._fail(tracked, status, live, now, said)
        else:
            well = status.phase is Phase.SUCCEEDED
            remains = collect(self._cluster, self._logs, record.namespace, status, live, words=not well)
            keep(self._ledger, record.run, remains)
        if delete:
            self._cluster.delete((record.namespace, record.application))
        self._write(tracked, status)
        self._settle(tracked, now)

    def _settle(self, tracked: Tracked, now: datetime) -> None:
        """Count what an ended run took, and be done with it: its executors end a moment after its driver."""
        run, ended = tracked.record.run, tracked.status.times.ended or now
        well = tracked.status.phase is Phase.SUCCEEDED
        if well and not self.sql.is_done(tracked.record, self._view, now):
            return
        if self.sql.spark(run):
            self._see(tracked, tracked.status, self._view, now)
        if self._costs.is_holding(run) and now - ended < LINGERING:
            return
        spark, types = tracked.status.spark, self._costs.types(run)
        keep_snapshot(self._ledger, self._logs, tracked.record, spark, types)
        self._costs.keep(run, now)
        self._close(tracked)

    def _fail(self, tracked: Tracked, status: Status, live: Live, now: datetime, said: Sequence[str]) -> None:
        """Keep what is left, say why, and try again where that is good for anything."""
        record = tracked.record
        if self._ledger.beside(record.run, VERDICT) is not None:
            # Judged before a crash: what is left may be less by now.
            return
        remains = collect(self._cluster, self._logs, record.namespace, status, live, record=said)
        keep(self._ledger, record.run, remains)
        verdict = verdict_of(remains)
        no_more = self._retry(record, verdict, now)
        keep_verdict(self._ledger, record.run, verdict, no_more=no_more)
        LOG.info("%s/%s failed: %s", record.namespace, record.application, verdict.code)

    def _retry(self, record: Record, verdict: Verdict, now: datetime) -> str:
        """Before the verdict is kept: with it the run is done with, and nobody looks at it again.

        Gives why there is no further attempt; nothing if there is one.
        """
        if record.cause is Cause.EXTERNAL:
            return "it came another way, and whoever started it tries it again"
        if verdict.code == "ORPHANED":
            return "its driver may still run, and nothing runs twice"
        settings = self._settings((record.namespace, record.job))
        found = next_attempt(
            record,
            verdict,
            settings.retries,
            stepped=self._is_stepped(record),
            most_mib=self._cluster.most_mib(record.namespace),
        )
        if isinstance(found, NoMore):
            return found.reason
        step = {} if found.step is None else {STEP: json.dumps(asdict(found.step)).encode()}
        self.launch(found.wanted, now, beside=step)
        return ""

    def _is_stepped(self, record: Record) -> bool:
        """Whether it, or an attempt before it, had more memory than its job says."""
        run, parent = record.run, record.parent
        while self._ledger.beside(run, STEP) is None:
            if parent is None:
                return False
            run = RunId(series=record.series, n=parent)
            before = self._ledger.read(run)
            parent = before.parent if before else None
        return True

    def _stopped_by(self, run: RunId) -> str:
        found = self._ledger.beside(run, STOP)
        return "" if found is None else str(json.loads(found)["by"])

    def _write(self, tracked: Tracked, status: Status) -> None:
        said: Mapping[str, Any] = status.model_dump(mode="json", exclude_none=True)
        tracked.mark = self._ledger.set_status(tracked.record.run, said, tracked.mark)
        tracked.status = status

    def _close(self, tracked: Tracked) -> None:
        record = tracked.record
        self._under_way.clear(record.series, record.key)
        self.sql.forget(record.run)
        self._runs.pop(record.run, None)

    def _reread(self, run: RunId) -> None:
        """Read a status again that another worker has written."""
        tracked = self._runs.pop(run, None)
        self.sql.forget(run)
        if tracked is not None:
            said, mark = self._ledger.status(run)
            status = Status.model_validate(said)
            if status.phase in ENDED:
                self._costs.forget(run)
            else:
                self._runs[run] = Tracked(record=tracked.record, status=status, mark=mark)


def _is_over(status: Status, limit: timedelta, now: datetime) -> bool:
    return status.times.started is not None and now - status.times.started > limit
