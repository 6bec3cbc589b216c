"""A run that failed says what changed since the last good one; a job says which size is enough."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from apps.jobs.cli.showing import why_lines
from apps.jobs.definitions.written import Written
from apps.jobs.runs.phase import Phase
from apps.jobs.verdict.changes import Snapshot
from apps.jobs.verdict.snapshots import SNAPSHOT, written
from tests.apps.jobs.web.world import DATA, World, known, run

MIB = 1024**2
RAN = Snapshot(commit="a1", image="spark@sha256:aa", spark="4.1.2", stages=(64, 8))


def page(world: World, address: str) -> Any:
    client = world.client()
    return client.get(address, headers={"Accept": "application/json"}).json(), client.get(address).text


def kept(world: World, of: Any, ran: Snapshot, heap: int = 0) -> None:
    world.keep(of, SNAPSHOT, written(ran, {"1": heap} if heap else {}))


def test_what_changed_since_the_last_good_run_stands_with_the_likeliest_cause_first() -> None:
    older, green, failed = run(17), run(18), run(19, Phase.FAILED)
    later = run(20)
    world = World(runs=[older, green, failed, later], jobs=[known()])
    kept(world, older, replace(RAN, image="spark@sha256:old"))
    kept(world, green, RAN)
    kept(world, failed, replace(RAN, image="spark@sha256:bb", stages=(640, 8)))
    kept(world, later, replace(RAN, image="spark@sha256:new"))
    said, text = page(world, f"/runs/{DATA}/orders/2026-11-19/1")
    assert said["since"]["green"]["interval"] == "2026-11-18"
    assert [(each["kind"], each["after"]) for each in said["since"]["changes"]] == [
        ("image", "spark@sha256:bb"),
        ("stages", "640 8"),
    ]
    assert "What changed since it last went well" in text


def test_a_run_that_failed_with_nothing_changed_says_so() -> None:
    green, failed = run(18), run(19, Phase.FAILED)
    world = World(runs=[green, failed], jobs=[known()])
    for each in (green, failed):
        kept(world, each, RAN)
    said, text = page(world, f"/runs/{DATA}/orders/2026-11-19/1")
    assert said["since"]["changes"] == []
    assert "Nothing that was looked at" in text


def test_without_a_good_run_or_what_it_ran_with_nothing_is_said() -> None:
    first = World(runs=[run(19, Phase.FAILED)], jobs=[known()])
    assert page(first, f"/runs/{DATA}/orders/2026-11-19/1")[0]["since"] is None
    old = World(runs=[run(18), run(19, Phase.FAILED)], jobs=[known()])
    assert page(old, f"/runs/{DATA}/orders/2026-11-19/1")[0]["since"] is None


def test_a_job_whose_heap_is_never_full_shows_a_difference_to_commit() -> None:
    runs = [run(day) for day in (17, 18, 19)]
    spec = {"type": "Python", "executor": {"memory": "8g", "memoryOverhead": "1g"}}
    lines = ("spec:", "  executor:", "    memory: 8g", "    memoryOverhead: 1g")
    world = World(
        runs=runs, jobs=[known(spec=spec, written=Written(line=7, lines=lines, memory={"executor": 9}))]
    )
    assert page(world, f"/jobs/{DATA}/orders")[0]["sizing"] is None
    for each in runs:
        kept(world, each, RAN, heap=1000 * MIB)
    said, text = page(world, f"/jobs/{DATA}/orders")
    assert [each["after"] for each in said["sizing"]["advice"]] == ["1536m"]
    assert said["sizing"]["difference"].splitlines()[:3] == [
        "--- a/jobs/orders.yaml",
        "+++ b/jobs/orders.yaml",
        "@@ -8,3 +8,3 @@",
    ]
    assert "+    memory: 1536m" in said["sizing"]["difference"]
    assert "A smaller size is enough" in text


def test_a_run_under_way_says_how_far_it_is_by_what_the_last_good_ones_took() -> None:
    now = run(20).claimed + timedelta(minutes=2, seconds=9)
    under_way = run(20, Phase.RUNNING)
    world = World(runs=[run(17), run(18), run(19, Phase.FAILED), under_way], jobs=[known()], now=now)
    said, text = page(world, f"/runs/{DATA}/orders/2026-11-20/1")
    assert (said["ran"], said["estimate"]["ran"]["median"], said["estimate"]["ran"]["runs"]) == (120, 231, 2)
    assert "It has run for 2 min; the last 2 that went well took 3 min 51 s" in text
    assert "  has run for 0:02:00, usually takes 0:03:51" in why_lines(said)
    first, text = page(World(runs=[under_way], jobs=[known()], now=now), f"/runs/{DATA}/orders/2026-11-20/1")
    assert first["estimate"]["ran"] is None
    assert "It has run for" not in text
