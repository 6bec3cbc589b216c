"""Whether runs kept the time that they agreed on is counted once, from whatever the index has."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from apps.jobs.index.rebuilding import rebuild
from apps.jobs.index.timeliness import Kept, Timeliness, timeliness
from apps.jobs.index.writing import write
from apps.jobs.ledger.store import Ledger
from apps.jobs.runs.phase import Phase
from apps.jobs.runs.run import Run
from tests.apps.jobs.index.samples import a_run, failed
from tests.apps.jobs.index.test_keeping import ledger

pytestmark = pytest.mark.store

__all__ = ["ledger"]

MINUTE = timedelta(minutes=1)


@pytest.fixture
def complete(index: Engine, ledger: Ledger) -> Engine:
    """An index of which it is known that it has all runs: there are none yet."""
    rebuild(index, ledger)
    return index


def due(minutes: int, day: int = 20, **different: Any) -> Run:
    """A run that takes eleven minutes and has so many."""
    return a_run(day=day, due=a_run(day=day).claimed + minutes * MINUTE, **different)


def under_way(minutes: int, phase: Phase = Phase.RUNNING) -> Run:
    return due(minutes, phase=phase, ended=None)


def counted(index: Engine, until: datetime | None = None) -> dict[Kept, int]:
    found = timeliness(index, until)
    assert found is not None
    return {each.kept: each.runs for each in found}


def test_nothing_is_counted_before_all_runs_are_known(index: Engine, ledger: Ledger) -> None:
    write(index, [due(20)])
    assert timeliness(index, None) is None
    rebuild(index, ledger)
    assert timeliness(index, None) == []


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        (due(11), {Kept.GOOD: 1}),
        (due(10), {Kept.BAD: 1}),
        (due(20, **failed()), {}),
        (due(10, **failed()), {Kept.BAD: 1}),
        (due(20, phase=Phase.CANCELLED), {}),
        (due(10, phase=Phase.LOST), {Kept.BAD: 1}),
        (due(10, phase=Phase.SKIPPED), {}),
        (a_run(), {}),
    ],
    ids=["in-time", "late", "failed-before", "failed-late", "stopped", "lost-late", "let-go", "no-time"],
)
def test_a_run_that_has_ended_counts_by_its_end(
    complete: Engine, run: Run, expected: dict[Kept, int]
) -> None:
    write(complete, [run])
    assert counted(complete) == expected


def test_a_run_under_way_counts_from_the_moment_on_at_which_it_should_have_been_done(
    complete: Engine,
) -> None:
    run = under_way(10)
    assert run.due is not None
    write(complete, [run])
    assert counted(complete, run.due) == {}
    assert counted(complete, run.due + MINUTE) == {Kept.BAD: 1}
    assert counted(complete, None) == {}, "nobody knows yet whether it has ended"
    write(complete, [due(10)])
    assert counted(complete, run.due + MINUTE) == {Kept.BAD: 1}, "it ends later, and counts no second time"


def test_a_run_that_nobody_has_let_begin_yet_is_not_late(complete: Engine) -> None:
    write(complete, [a_run(day=20, phase=Phase.HELD, ended=None)])
    assert counted(complete, due(10).claimed + 100 * MINUTE) == {}


def test_a_run_that_is_held_when_it_is_late_counts_on(complete: Engine) -> None:
    run = under_way(10)
    assert run.due is not None
    write(complete, [run])
    assert counted(complete, run.due + MINUTE) == {Kept.BAD: 1}
    write(complete, [under_way(10, Phase.HELD)])
    assert counted(complete, run.due + MINUTE) == {Kept.BAD: 1}, (
        "a counter that falls is taken for begun anew"
    )


def test_namespaces_are_counted_apart_with_the_moments_of_their_last(complete: Engine) -> None:
    runs = [due(11, 1), due(11, 2), due(10, 3), due(10, 4, namespace="science-dev")]
    write(complete, runs)
    found = sorted(timeliness(complete, None) or (), key=lambda each: (each.namespace, each.kept))
    moments = [runs[2].due, runs[1].ended, runs[3].due]
    assert all(moments)
    assert found == [
        Timeliness(namespace="data-dev", kept=Kept.BAD, runs=1, last=moments[0]),  # type: ignore[arg-type]
        Timeliness(namespace="data-dev", kept=Kept.GOOD, runs=2, last=moments[1]),  # type: ignore[arg-type]
        Timeliness(namespace="science-dev", kept=Kept.BAD, runs=1, last=moments[2]),  # type: ignore[arg-type]
    ]
