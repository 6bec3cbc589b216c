"""The worker as a process of its own, killed at random moments between a real store and a real API server."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from components.object_store.policies import ADMIN_ACCOUNT
from tests.apps.jobs.repositories import Pushed
from tests.apps.jobs.worker.test_killed_worker import live_on
from tests.apps.jobs.worlds import EVENTS, NAMESPACE, World, once
from tests.store.gateway import ADMIN_KEY
from workspace.paths import ROOT

pytestmark = [pytest.mark.apiserver, pytest.mark.store, pytest.mark.soak, pytest.mark.timeout(3600)]

DEATHS = 50
JOBS = 10


def environment(world: World, folder: Path, origin: Pushed) -> dict[str, str]:
    (folder / "kubeconfig").write_text(json.dumps(world.server.kubeconfig))
    (folder / "password").write_text("none")
    store = world.store.meta.endpoint_url
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "KUBECONFIG": str(folder / "kubeconfig"),
        "AWS_ACCESS_KEY_ID": ADMIN_ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": ADMIN_KEY,
        "JOBS_NAMESPACES": NAMESPACE,
        "JOBS_BUCKET": world.bucket,
        "JOBS_KEEP_SECONDS": "7200",
        "JOBS_ENDPOINT": store,
        "JOBS_EVENTS_BUCKET": EVENTS,
        "JOBS_REPOSITORY": origin.url,
        "JOBS_SYNC_SECONDS": "5",
        "JOBS_HOME": str(folder / "home"),
        "JOBS_METRICS_PORT": "0",
        # There is no database here: what the worker does for runs rests on the bucket alone.
        "DATABASE_HOST": "127.0.0.1",
        "DATABASE_PORT": "1",
        "DATABASE_NAME": "jobs",
        "DATABASE_PASSWORD_FILE": str(folder / "password"),
    }


@pytest.fixture
def played(world: World) -> Iterator[None]:
    """First attempts lose their node and second ones go well, as long as the test goes on."""
    end = threading.Event()

    def play() -> None:
        while not end.wait(0.2):
            with suppress(AssertionError):  # it has gone between the look and the word about it
                live_on(world)

    player = threading.Thread(target=play)
    player.start()
    yield
    end.set()
    player.join()


def test_02_a_worker_killed_at_fifty_random_moments_loses_and_doubles_nothing(
    world: World, played: None, tmp_path: Path
) -> None:
    origin = Pushed(tmp_path / "origin")
    its = environment(world, tmp_path, origin)
    chance = random.Random(2)
    origin.commit({f"job-{number}.yaml": once(f"job-{number}") for number in range(JOBS)})
    for death in range(DEATHS):
        if death % 5 == 0:
            origin.commit(
                {f"job-{number}.yaml": once(f"job-{number}", arguments=f"a{death}") for number in range(JOBS)}
            )
        worker = _start(its)
        time.sleep(chance.uniform(1, 8))
        worker.kill()
        worker.wait()
    worker = _start(its)
    try:
        _until_all_is_over(world)
    finally:
        worker.kill()
        worker.wait()
    made = Counter(entry.record.application for entry in world.entries())
    assert set(made.values()) == {1}
    attempts = Counter((e.record.job, e.record.revision, e.record.attempt) for e in world.entries())
    assert set(attempts.values()) == {1}, "a revision was run twice"
    ends = {entry.status["phase"] for entry in world.entries() if entry.record.attempt == 2}
    assert ends == {"succeeded"}
    first = {(job, revision) for job, revision, attempt in attempts if attempt == 1}
    second = {(job, revision) for job, revision, attempt in attempts if attempt == 2}
    assert first == second, "an attempt was lost"
    # Revisions between two looks of a worker are passed over; the last one of each job is not.
    assert {job for job, _ in first} == {f"job-{number}" for number in range(JOBS)}


def _start(environment: dict[str, str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "apps.jobs.worker"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _until_all_is_over(world: World) -> None:
    deadline, quiet = time.monotonic() + 300, 0
    while quiet < 5:
        assert time.monotonic() < deadline, f"still under way: {world.marks}"
        time.sleep(2)
        entries: list[Any] = world.entries()
        over = not world.marks and {entry.record.job for entry in entries} >= {
            f"job-{number}" for number in range(JOBS)
        }
        quiet = quiet + 1 if over else 0
