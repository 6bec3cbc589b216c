"""What has ended is counted once, as what it was, from whatever the index has."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine

from apps.jobs.index.ends import Ends, Outcome, ends
from apps.jobs.index.rebuilding import rebuild
from apps.jobs.index.writing import write
from apps.jobs.ledger.record import Cause
from apps.jobs.ledger.store import Ledger
from apps.jobs.runs.phase import Phase
from tests.apps.jobs.index.samples import a_run, failed
from tests.apps.jobs.index.test_keeping import ledger

pytestmark = pytest.mark.store

__all__ = ["ledger"]


@pytest.fixture
def complete(index: Engine, ledger: Ledger) -> Engine:
    """An index of which it is known that it has all runs: there are none yet."""
    rebuild(index, ledger)
    return index


def _counted(index: Engine) -> dict[tuple[str, str, str], int]:
    found = ends(index)
    assert found is not None
    return {(each.job, each.outcome or "", each.code): each.runs for each in found}


def test_nothing_is_counted_before_all_runs_are_known(index: Engine, ledger: Ledger) -> None:
    write(index, [a_run()])
    assert ends(index) is None
    rebuild(index, ledger)
    assert ends(index) is not None


def test_runs_count_by_job_outcome_and_verdict(complete: Engine) -> None:
    write(
        complete,
        [
            a_run(day=1),
            a_run(day=2),
            a_run(day=3, phase=Phase.CANCELLED),
            a_run(day=4, phase=Phase.LOST),
            a_run(day=5, **failed("DATA_ERROR")),
            a_run(day=6, **failed("EXEC_OOM_KILLED")),
            a_run(day=7, phase=Phase.RUNNING, ended=None),
            a_run(day=8, phase=Phase.SKIPPED, started=None, ended=None),
            a_run("clicks", day=1),
        ],
    )
    assert _counted(complete) == {
        ("orders", "succeeded", ""): 2,
        ("orders", "cancelled", ""): 1,
        ("orders", "lost", ""): 1,
        ("orders", "failed", "DATA_ERROR"): 1,
        ("orders", "failed", "EXEC_OOM_KILLED"): 1,
        ("orders", "", ""): 1,
        ("clicks", "succeeded", ""): 1,
    }


def test_a_failed_attempt_that_another_follows_is_no_end_for_good(complete: Engine) -> None:
    again: dict[str, Any] = {"cause": Cause.RETRY, "parent": 1, "attempt": 2, "key": "retry:1"}
    by_hand: dict[str, Any] = {"cause": Cause.MANUAL, "parent": 1}
    write(
        complete,
        [
            a_run(day=1, **failed("NODE_LOST")),
            a_run(day=1, n=2, **again),
            # A person who runs it again says nothing of whether it had failed.
            a_run(day=2, **failed("NODE_LOST")),
            a_run(day=2, n=2, **by_hand),
            a_run(day=3, **failed("NODE_LOST")),
        ],
    )
    assert _counted(complete) == {
        ("orders", "retried", "NODE_LOST"): 1,
        ("orders", "failed", "NODE_LOST"): 2,
        ("orders", "succeeded", ""): 2,
    }


@pytest.mark.parametrize(
    ("job", "application", "counts_for"),
    [
        ("flights-1732659349", "flights-1732659349", ""),
        ("job-2026-flights", "2026.flights", ""),
        ("x" * 63, "x" * 80, ""),
        ("etl-7", "etl-7-driver", ""),
        ("spark-pi", "spark-pi-5f1c2a-driver", "spark-pi"),
        ("nightly", "nightly-1732659349000000", "nightly"),
    ],
    ids=["own-name", "not-a-label", "cut", "driver-alone", "name-of-spark", "schedule"],
)
def test_a_run_that_has_no_name_but_its_own_counts_for_no_job(
    complete: Engine, job: str, application: str, counts_for: str
) -> None:
    write(complete, [a_run(job, cause=Cause.EXTERNAL, application=application)])
    assert _counted(complete) == {(counts_for, "succeeded", ""): 1}


def test_the_time_that_runs_took_is_theirs_alone_that_ran(complete: Engine) -> None:
    write(complete, [a_run(day=1), a_run(day=2), a_run(day=3, started=None)])
    (found,) = ends(complete) or ()
    assert isinstance(found, Ends)
    assert (found.outcome, found.runs, found.timed, found.seconds) == (Outcome.SUCCEEDED, 3, 2, 1200.0)
    assert found.last == a_run(day=3).ended


def test_what_is_written_again_counts_no_second_time(complete: Engine) -> None:
    for _ in range(3):
        write(complete, [a_run(**failed()), a_run(n=2)])
    assert sum(_counted(complete).values()) == 2
