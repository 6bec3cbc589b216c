"""Has Spark asked whether a run's data is right, once the run has gone well, and when it is wanted again.

What is asked is written down before the application is made, and the application's name follows from the
run's: whoever goes on after a crash asks the same, and the API server refuses a second application. The run
is not put away before the answer is, so that no mark of its own is needed, and what it takes is the run's. Of
a later question the mark is the request, which stays until the answer is there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from apps.jobs.checks.asking import ANSWER, ASKED, Answer, Asked, answer, ask, numbered
from apps.jobs.checks.conditions import summary
from apps.jobs.definitions.settings import JobSettings
from apps.jobs.ledger.identity import RunId
from apps.jobs.ledger.record import Cause, Record
from apps.jobs.ledger.store import Ledger
from apps.jobs.runs.deriving import Live, derive
from apps.jobs.runs.outcome import CHECKS
from apps.jobs.runs.phase import ENDED, Phase
from apps.jobs.runs.status import Status, Times
from apps.jobs.verdict.masking import mask

from .cluster import Cluster, Place, RefusedError, View
from .evidence import EventLogs, collect, verdict_of
from .matching import is_of, parts_of

LOG = logging.getLogger(__name__)

LONGEST: Final = timedelta(hours=1)
"""From when it is asked until nobody waits any more, the wait for a node within: what takes longer wants a
job of its own, with executors."""

UNSURE: Final = timedelta(minutes=10)
"""As for a run: a missing application is made again for so long, and later it may have been and be gone."""


LATE: Final = timedelta(minutes=1)
"""How long the end of its driver's pod may be heard after the operator's word of it."""


@dataclass(kw_only=True)
class _Open:
    """What Spark is being asked.

    Args:
        asked: what.
        record: the run's, as that of the application that asks.
        status: where that was seen last.
        over: whether it is answered.
    """

    asked: Asked
    record: Record
    status: Status
    over: bool = False


class SqlChecks:
    """Questions under way.

    Args:
        ledger: records.
        cluster: where they are asked.
        logs: Spark's event logs.
        settings: of a job.
    """

    def __init__(
        self, ledger: Ledger, cluster: Cluster, logs: EventLogs, settings: Callable[[Place], JobSettings]
    ) -> None:
        self._ledger = ledger
        self._cluster = cluster
        self._logs = logs
        self._settings = settings
        self._open: dict[tuple[RunId, int], _Open] = {}

    def spark(self, run: RunId) -> str:
        """Spark's id of what asks a run's data; empty while there is none.

        Args:
            run: which.
        """
        there = self._open.get((run, 1))
        return there.status.spark if there else ""

    def is_done(self, record: Record, view: View, now: datetime) -> bool:
        """Say whether nothing of a run's data is to be asked, or not any more; if it is, go on with it.

        Args:
            record: of a run that went well.
            view: what there is in the cluster.
            now: the time.
        """
        return self._is_answered(record, 1, view, now)

    def is_asked_again(self, run: RunId, number: int, view: View, now: datetime) -> bool:
        """Say whether a question somebody wanted is answered, or is none to ask; if it is, go on with it.

        Args:
            run: whose data.
            number: of the question, from 1 on.
            view: what there is in the cluster.
            now: the time.
        """
        record = self._ledger.read(run)
        well = record is not None and self._ledger.status(run)[0].get("phase") == Phase.SUCCEEDED
        if record is None or not well:
            return True
        done = self._is_answered(record, number, view, now)
        if done:
            self._open.pop((run, number), None)
        return done

    def _is_answered(self, record: Record, number: int, view: View, now: datetime) -> bool:
        there = self._open.get((record.run, number)) or self._begin(record, number, now)
        if there is None:
            return True
        if there.over:
            # For what it took, where an earlier worker has kept the answer.
            there.status = derive(there.status, parts_of(there.record, there.status.uid, view), now)
            return True
        said = self._go_on(there, view, now)
        if said is not None:
            # The sum first: with the answer it is done with, and nobody looks at it again.
            self._ledger.add(record.run, CHECKS, summary(said).model_dump_json().encode())
            self._ledger.add(record.run, numbered(ANSWER, number), said.model_dump_json().encode())
            there.over = True
            name = there.record.application
            LOG.info("%s/%s has asked: %s", record.namespace, name, said.code or "answered")
        return said is not None

    def forget(self, run: RunId) -> None:
        """Count no more on a run that is put away.

        Args:
            run: which.
        """
        self._open.pop((run, 1), None)

    def _begin(self, record: Record, number: int, now: datetime) -> _Open | None:
        """What is to be asked, as whoever was first has written it; None for nothing."""
        checks = self._settings((record.namespace, record.job)).checks
        if record.cause is Cause.EXTERNAL or not any(check.sql for check in checks):
            return None
        name = numbered(ASKED, number)
        kept = self._ledger.beside(record.run, name)
        if kept is None:
            found = ask(record, checks, now, number)
            if found is None:
                return None
            kept = found.model_dump_json().encode()
            if not self._ledger.add(record.run, name, kept):
                kept = self._ledger.beside(record.run, name) or kept
        asked = Asked.model_validate_json(kept)
        own = {"application": record.run.sql_check_again(number), "manifest": asked.manifest}
        there = _Open(
            asked=asked,
            record=record.model_copy(update=own),
            status=Status(times=Times(asked=asked.at)),
            over=self._ledger.beside(record.run, numbered(ANSWER, number)) is not None,
        )
        self._open[record.run, number] = there
        return there

    def _go_on(self, there: _Open, view: View, now: datetime) -> Answer | None:
        """The answer; None while there is none."""
        place = (there.record.namespace, there.record.application)
        live = parts_of(there.record, there.status.uid, view)
        if live.application is None:
            # What was made a moment ago may be missing in a view.
            live = replace(live, application=self._cluster.application(place))
        if live.application is None and live.driver is None and there.status.times.created is None:
            return self._make(there, now)
        if live.application is not None and not is_of(live.application, there.record):
            return _unsaid(there, f"there is another SparkApplication {place[1]}, which is not this check's")
        there.status = derive(there.status, live, now)
        if there.status.phase is Phase.SUCCEEDED:
            said = answer(there.asked, live.driver)
            late = now - (there.status.times.ended or now) > LATE
            return said if late or not said.sentence else None
        if there.status.phase in ENDED:
            return self._failed(there, live)
        if now - there.asked.at > LONGEST:
            self._cluster.delete(place)
            waited = f": {there.status.reason}" if there.status.reason else ""
            return _unsaid(there, f"it had not ended after an hour{waited}")
        return None

    def _make(self, there: _Open, now: datetime) -> Answer | None:
        if now - there.asked.at > UNSURE:
            return _unsaid(there, "its SparkApplication is gone, and nobody saw how it ended")
        try:
            made = self._cluster.create(there.record.manifest)
        except RefusedError as error:
            return _unsaid(there, f"its SparkApplication is refused: {mask(str(error))}")
        if made is not None:
            there.status = derive(there.status, Live(application=made), now)
        return None

    def _failed(self, there: _Open, live: Live) -> Answer:
        if there.status.phase is not Phase.FAILED:
            return _unsaid(there, there.status.reason or f"its SparkApplication is {there.status.phase}")
        verdict = verdict_of(collect(self._cluster, self._logs, there.record.namespace, there.status, live))
        return _unsaid(there, mask(verdict.sentence), code=verdict.code)


def _unsaid(there: _Open, sentence: str, *, code: str = "") -> Answer:
    return Answer(asked=there.asked.at, code=code, sentence=sentence)
