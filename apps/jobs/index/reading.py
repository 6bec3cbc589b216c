"""Questions to the index. Whoever asks says first which namespaces they may see: there is no way without."""

from __future__ import annotations

from collections.abc import Iterator, Set
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Engine, Numeric, Select, and_, distinct, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from apps.jobs.ledger.identity import RunId, Series
from apps.jobs.runs.phase import Phase
from apps.jobs.runs.run import Run

from .answers import By, Cell, Count, Failures, JobSummary, Page
from .filters import Filters, is_one_of
from .paging import Asked
from .rows import COLUMNS, run_of
from .schema import IDENTITY, RUNS

ALL: Final = Filters()
"""Every run that the viewer may see."""

SLOWEST_SECONDS: Final = 10
"""A question that takes longer is ended by the database: somebody waits for it, and others wait behind it."""

_RUN: Final = tuple(RUNS.c[name] for name in COLUMNS)
_LENGTH: Final = RUNS.c.ended - RUNS.c.started
_JOB: Final = (RUNS.c.namespace, RUNS.c.job)
_EMR_DOLLARS: Final = RUNS.c.cost["emr_dollars"].astext.cast(Numeric)
_FOR_NOTHING: Final = RUNS.c.phase.in_((Phase.FAILED, Phase.LOST))
"""Runs whose work nobody has: attempts that others follow, and those that none does."""


class Reader:
    """The index as somebody sees it.

    Args:
        engine: of the index.
        namespaces: those whose runs the viewer may see, as the API server said. No answer has anything of
            any other.
    """

    def __init__(self, engine: Engine, namespaces: Set[str]) -> None:
        self._engine = engine
        self._namespaces = frozenset(namespaces)

    def page(self, asked: Asked, filters: Filters = ALL) -> Page:
        """Some runs of a list.

        Args:
            asked: order, size, and where it begins.
            filters: which runs.
        """
        condition = asked.condition()
        value = asked.value.label("sorted_by")
        question = self._select(*_RUN, value, filters=filters).order_by(*asked.sorting())
        if condition is not None:
            question = question.where(condition)
        with self._asking() as connection:
            rows = connection.execute(question.limit(asked.size + 1)).mappings().all()
        here = rows[: asked.size]
        mark = ""
        if len(rows) > asked.size:
            mark = asked.next({each.key: here[-1][each] for each in IDENTITY}, here[-1]["sorted_by"])
        return Page(runs=tuple(_run(row) for row in here), next=mark)

    def run(self, run: RunId) -> Run | None:
        """One run; None if there is none that the viewer may see.

        Args:
            run: which.
        """
        return next((each for each in self.series(run.series) if each.n == run.n), None)

    def series(self, series: Series) -> tuple[Run, ...]:
        """All runs of a job for one interval, the first one first.

        Args:
            series: job and interval.
        """
        question = self._select(*_RUN).where(
            RUNS.c.namespace == series.namespace,
            RUNS.c.job == series.job,
            RUNS.c.interval == series.interval,
        )
        return self._runs(question.order_by(RUNS.c.n))

    def of_application(self, namespace: str, application: str) -> tuple[Run, ...]:
        """Runs of a SparkApplication, the newest first: one that came another way may have had several.

        Args:
            namespace: the tenant's.
            application: its name.
        """
        question = self._select(*_RUN).where(RUNS.c.namespace == namespace, RUNS.c.application == application)
        return self._runs(question.order_by(RUNS.c.claimed.desc(), *IDENTITY))

    def counts(self, by: By, filters: Filters = ALL) -> tuple[Count, ...]:
        """How many runs there are of each kind and what they cost, the most first.

        Args:
            by: what they are counted by.
            filters: which runs.
        """
        named = RUNS.c.namespace + "/" + RUNS.c.job if by is By.JOB else RUNS.c[by.value]
        value = func.coalesce(named, "")
        runs = func.count()
        question = self._select(
            value.label("value"),
            runs.label("runs"),
            func.count(RUNS.c.dollars).label("priced"),
            func.sum(RUNS.c.dollars).label("dollars"),
            func.sum(RUNS.c.core_hours).label("core_hours"),
            func.sum(_EMR_DOLLARS).label("emr_dollars"),
            func.sum(RUNS.c.dollars).filter(_FOR_NOTHING).label("wasted"),
            filters=filters,
        )
        with self._asking() as connection:
            rows = connection.execute(question.group_by(value).order_by(runs.desc(), value)).mappings()
            return tuple(Count(**row) for row in rows)

    def failures(self, filters: Filters = ALL, *, most: int = 50) -> tuple[Failures, ...]:
        """Equal failures as one, the most frequent first.

        Args:
            filters: which runs.
            most: so many kinds at most.
        """
        mark, times, jobs = RUNS.c.fingerprint, func.count(), func.count(distinct(func.row(*_JOB)))
        groups = (
            self._select(mark, times.label("times"), jobs.label("jobs"), filters=filters)
            .where(mark != "")
            .group_by(mark)
            .order_by(times.desc(), func.max(RUNS.c.claimed).desc(), mark)
            .limit(most)
        )
        with self._asking() as connection:
            found = connection.execute(groups).all()
            marks = {each.fingerprint for each in found}
            first, last = (
                {
                    row[mark]: _run(row)
                    for row in connection.execute(
                        self._select(*_RUN, mark, filters=filters)
                        .where(is_one_of(mark, marks))
                        .ext(distinct_on(mark))
                        .order_by(mark, *order)
                    ).mappings()
                }
                for order in (
                    (RUNS.c.claimed, *IDENTITY),
                    (RUNS.c.claimed.desc(), *(each.desc() for each in IDENTITY)),
                )
            )
        return tuple(
            Failures(
                fingerprint=each.fingerprint,
                times=each.times,
                jobs=each.jobs,
                first=first[each.fingerprint],
                last=last[each.fingerprint],
            )
            for each in found
        )

    def grid(self, start: datetime, end: datetime, filters: Filters = ALL) -> tuple[Cell, ...]:
        """What became of jobs' intervals, by job and time; an interval without a run has no cell.

        Args:
            start: intervals begin then or later.
            end: and before this.
            filters: which runs; of an interval the last of these counts.
        """
        series = (RUNS.c.namespace, RUNS.c.job, RUNS.c.interval)
        question = (
            self._select(
                *(*series, RUNS.c.start, RUNS.c.end, RUNS.c.n, RUNS.c.phase, RUNS.c.revision),
                func.coalesce(RUNS.c.code, "").label("code"),
                func.count().over(partition_by=series).label("runs"),
                RUNS.c.checks,
                filters=filters,
            )
            .where(RUNS.c.start >= start, RUNS.c.start < end)
            .ext(distinct_on(*series))
            .order_by(*series, RUNS.c.n.desc())
        )
        with self._asking() as connection:
            rows = connection.execute(question).mappings().all()
        cells = [_cell({**row, "start": row[RUNS.c.start], "end": row[RUNS.c.end]}) for row in rows]
        return tuple(sorted(cells, key=lambda cell: (cell.namespace, cell.job, cell.start)))

    def jobs(self, since: datetime, filters: Filters = ALL) -> tuple[JobSummary, ...]:
        """Jobs by their runs, by namespace and name.

        Args:
            since: runs are counted that were claimed then or later.
            filters: which runs.
        """
        lately = RUNS.c.claimed >= since
        well = and_(lately, RUNS.c.phase == Phase.SUCCEEDED)
        sums = (
            self._select(
                *_JOB,
                func.count().filter(lately).label("runs"),
                func.count().filter(well).label("succeeded"),
                func.count().filter(lately, RUNS.c.phase == Phase.FAILED).label("failed"),
                _longest(0.5).filter(well).label("median"),
                _longest(0.95).filter(well).label("slow"),
                func.count(RUNS.c.dollars).filter(lately).label("priced"),
                func.sum(RUNS.c.dollars).filter(lately).label("dollars"),
                func.sum(_EMR_DOLLARS).filter(lately).label("emr_dollars"),
                func.sum(RUNS.c.dollars).filter(lately, _FOR_NOTHING).label("wasted"),
                filters=filters,
            )
            .group_by(*_JOB)
            .order_by(*_JOB)
        )
        newest = (
            self._select(*_RUN, filters=filters)
            .ext(distinct_on(*_JOB))
            .order_by(*_JOB, RUNS.c.claimed.desc(), RUNS.c.interval.desc(), RUNS.c.n.desc())
        )
        with self._asking() as connection:
            rows = connection.execute(sums).mappings().all()
            last = [_run(row) for row in connection.execute(newest).mappings()]
        return tuple(JobSummary(**row, last=run) for row, run in zip(rows, last, strict=True))

    def _select(self, *columns: ColumnElement[Any], filters: Filters = ALL) -> Select[Any]:
        """The begin of every question: of what the viewer may see."""
        return select(*columns).where(is_one_of(RUNS.c.namespace, self._namespaces), *filters.conditions())

    def _runs(self, question: Select[Any]) -> tuple[Run, ...]:
        with self._asking() as connection:
            return tuple(_run(row) for row in connection.execute(question).mappings())

    @contextmanager
    def _asking(self) -> Iterator[Connection]:
        """One state of the index for all statements of a question, which write nothing and end in time."""
        with self._engine.connect() as plain:
            connection = plain.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                limit = func.set_config("statement_timeout", f"{SLOWEST_SECONDS}s", True)
                connection.execute(select(limit))
                yield connection


def _longest(share: float) -> Any:
    return func.percentile_cont(share).within_group(_LENGTH)


def _run(row: Any) -> Run:
    return run_of({column.key: row[column] for column in _RUN})


def _cell(row: dict[str, Any]) -> Cell:
    checks = row["checks"] or {}
    return Cell(
        **{name: row[name] for name in ("namespace", "job", "interval", "start", "end", "n", "runs")},
        phase=Phase(row["phase"]),
        code=row["code"],
        revision=row["revision"],
        checks_passed=checks.get("passed"),
        checks_warned=checks.get("warned"),
        checks_failed=checks.get("failed"),
    )
