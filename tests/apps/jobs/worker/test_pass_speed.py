"""Five hundred definitions: how long a pass takes, and so how long everybody waits for the worker."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from tests.apps.jobs.worlds import World, daily, once, ran

# How long they take is only worth something on a machine that does nothing else.
pytestmark = [pytest.mark.apiserver, pytest.mark.store, pytest.mark.soak]

DEFINITIONS = 500
PASS_SECONDS = 5.0


def test_a_pass_over_five_hundred_definitions_takes_five_seconds_at_most(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    half = DEFINITIONS // 2
    jobs = {f"once-{n}": once(f"once-{n}") for n in range(half)}
    jobs |= {f"daily-{n}": daily(f"daily-{n}") for n in range(half)}
    world.folder.put(**jobs)
    taken: dict[str, tuple[float, float]] = {}

    def timed(name: str) -> None:
        view = world.live()
        began, spent = time.monotonic(), time.process_time()
        worker.passing.run(view)
        taken[name] = time.monotonic() - began, time.process_time() - spent

    worker = world.worker()
    timed("the first, which reads all files and makes 250 runs")
    timed("with 250 runs under way")
    for name in world.names():
        world.driver(name, ran(0))
        world.operator_says(name, "COMPLETED")
    timed("at which 250 runs end, and are put away")
    timed("with nothing to do")
    world.folder.put(**{"once-0": once("once-0", arguments="b")})
    timed("after a commit to one file")
    world.clock += timedelta(days=1)
    timed("at midnight, when 250 intervals are due")
    timed("after it")
    worker = world.worker()
    timed("of a worker that comes anew")
    with capsys.disabled():
        lines = (f"  {wall:6.2f} s  {cpu:6.2f} s  {name}" for name, (wall, cpu) in taken.items())
        print(f"\npasses over {DEFINITIONS} definitions, and the worker's own CPU:", *lines, sep="\n")
    assert len(world.entries()) == DEFINITIONS + 1
    bounded = ("with 250 runs under way", "with nothing to do", "after a commit to one file", "after it")
    assert not {name: taken[name] for name in bounded if taken[name][0] > PASS_SECONDS}
