"""Runs to fill an index with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from apps.jobs.ledger.identity import Series
from apps.jobs.ledger.record import Cause, Wanted
from apps.jobs.runs.outcome import Checks, Cost, Failure
from apps.jobs.runs.phase import Phase
from apps.jobs.runs.run import Run

NOW = datetime(2026, 11, 21, 5, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def a_run(job: str = "orders", day: int | None = 20, n: int = 1, **different: Any) -> Run:
    """A run that succeeded, for a day of November or for none.

    Args:
        job: the job's name.
        day: of the month; None for `once`.
        n: number of the run.
        different: fields that are not those of this run.
    """
    start = None if day is None else datetime(2026, 11, day, tzinfo=UTC)
    namespace = different.get("namespace", "data-dev")
    wanted = Wanted(
        series=Series(namespace=namespace, job=job, interval=f"{start:%Y-%m-%d}" if start else "once"),
        key="schedule" if n == 1 else f"request:{n}",
        cause=Cause.SCHEDULE if n == 1 else Cause.MANUAL,
        start=start,
        end=start + DAY if start else None,
        revision="0123456789",
        commit="c0ffee",
        path=f"jobs/{job}.yaml",
        owner="team-orders",
        manifest={},
    )
    claimed = (start + DAY if start else NOW - DAY) + timedelta(minutes=n)
    run = Run.of(wanted.as_run(n, "token", claimed), {"phase": Phase.SUCCEEDED})
    ran = {"started": claimed + timedelta(minutes=1), "ended": claimed + timedelta(minutes=11)}
    # Not `model_copy`, which believes all that it is told.
    return Run.model_validate({**run.model_dump(), **ran, **different})


def failed(
    code: str = "DATA_ERROR", *, fingerprint: str = "f1", sentence: str = "Bad value"
) -> dict[str, Any]:
    """Fields of a run that failed.

    Args:
        code: of its verdict.
        fingerprint: the same for equal failures.
        sentence: what happened.
    """
    failure = Failure(code=code, sentence=sentence, confidence="certain", fingerprint=fingerprint)
    return {"phase": Phase.FAILED, "failure": failure}


def many(number: int, *, namespaces: tuple[str, ...] = ("data-dev", "science-dev")) -> Iterator[Run]:
    """So many runs of a hundred jobs, of every phase, the same ones in each call.

    Args:
        number: how many.
        namespaces: whose they are.
    """
    chance = Random(14)
    phases = [Phase.SUCCEEDED] * 80 + [Phase.FAILED] * 15 + [*Phase]
    codes = ("DATA_ERROR", "EXEC_OOM_KILLED", "SPOT_RECLAIM", "INPUT_MISSING", "USER_EXCEPTION")
    for each in range(number):
        job, hour = each % 100, each // 100
        start = NOW - hour * HOUR
        series = Series(
            namespace=namespaces[job % len(namespaces)],
            job=f"job-{job:03}",
            interval=f"{start:%Y-%m-%dT%H-%M}Z",
        )
        wanted = Wanted(
            series=series,
            key="schedule",
            cause=Cause.SCHEDULE,
            start=start,
            end=start + HOUR,
            revision=f"{job:010}",
            commit=f"{chance.getrandbits(160):040x}",
            path=f"jobs/team-{job % 7}/job-{job:03}.yaml",
            owner=f"team-{job % 7}",
            manifest={},
        )
        record = wanted.as_run(1, "token", start + HOUR)
        phase = chance.choice(phases)
        run = Run.of(record, {"phase": phase, "driver": f"{record.application}-driver", "node": "node-7"})
        code = chance.choice(codes)
        yield Run.model_validate(
            {
                **run.model_dump(),
                "started": record.claimed + timedelta(seconds=chance.randrange(5, 300)),
                "ended": record.claimed + timedelta(seconds=chance.randrange(300, 7200)),
                "cost": Cost(
                    core_hours=chance.random() * 40, dollars=Decimal(chance.randrange(1, 900)) / 100
                ),
                "checks": Checks(passed=5, failed=chance.randrange(2)),
                "kept": ("driver.log.gz", "evidence/driver.json"),
                "failure": Failure(
                    code=code,
                    sentence=f"{code}: value {chance.randrange(10**6)} in column amount is no number",
                    confidence="certain",
                    advice="Look at the row that the evidence names.",
                    fingerprint=f"{job:04}{codes.index(code):012}",
                )
                if phase is Phase.FAILED
                else None,
            }
        )
