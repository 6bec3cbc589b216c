"""Every interval once, or let go with a reason, whatever becomes of the worker and of the clocks."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from apps.jobs.runs.run import Run
from tests.apps.jobs.worlds import Fate, KilledError, World, daily, ran

pytestmark = [pytest.mark.apiserver, pytest.mark.store]

MINUTES = 10


def _end_all(world: World) -> None:
    """All that was made goes well."""
    for each in world.live().applications.values():
        if not (each.get("status") or {}).get("applicationState"):
            name = each["metadata"]["name"]
            world.driver(name, ran(0))
            world.operator_says(name, "COMPLETED")


def _runs(world: World) -> list[Run]:
    return [Run.of(entry.record, entry.status) for entry in world.entries()]


def test_06_each_minute_runs_once_or_is_skipped_with_a_reason(world: World) -> None:
    every = daily("ticks", arguments="'{{ interval.key }}'").replace("@daily", "* * * * *")
    world.folder.put(ticks=every)
    begun = world.clock
    worker = world.worker()
    worker.go()
    chance, deaths = random.Random(4), 0
    for minute in range(1, MINUTES + 1):
        world.clock = begun + timedelta(minutes=minute, seconds=5)
        dying = minute in (3, 7)
        try:
            worker = world.worker(Fate(at=chance.randint(3, 12))) if dying else worker
            worker.go(2)
        except KilledError:
            deaths += 1
            # Nobody is there for two minutes.
            world.clock += timedelta(minutes=2)
        if dying:
            worker = world.worker()
        worker.go(2)
        _end_all(world)
        worker.go()
    runs = [run for run in _runs(world) if run.start and run.start < begun + timedelta(minutes=MINUTES)]
    assert deaths == 2
    assert Counter(run.interval for run in runs) == {
        f"{begun + timedelta(minutes=minute):%Y-%m-%dT%H-%MZ}": 1 for minute in range(MINUTES)
    }
    assert {run.phase.value for run in runs} <= {"succeeded", "skipped"}
    assert all(run.reason for run in runs if run.phase == "skipped")
    assert set(world.made.values()) == {1}


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", datetime(2026, 10, 24, 12, tzinfo=UTC), 36),
        ("Europe/Berlin", datetime(2027, 3, 27, 12, tzinfo=UTC), 36),
        ("America/New_York", datetime(2026, 10, 31, 12, tzinfo=UTC), 36),
        ("America/New_York", datetime(2027, 3, 13, 12, tzinfo=UTC), 36),
    ],
)
def test_06_a_day_on_which_clocks_change_runs_once(
    world: World, zone: str, day: datetime, hours: int
) -> None:
    """At half past two, which such a day has twice or not at all."""
    text = daily("nightly").replace("'@daily'", f"'30 2 * * *', timeZone: {zone}")
    world.folder.put(nightly=text)
    world.clock = day
    world.worker().go()
    for _ in range(hours):
        world.clock += timedelta(hours=1)
        worker = world.worker()
        worker.go()
        _end_all(world)
        worker.go()
    (run,) = _runs(world)
    assert (run.phase.value, sum(world.made.values())) == ("succeeded", 1)
    assert run.end is not None
    assert timedelta() < run.end - day < timedelta(hours=24)
