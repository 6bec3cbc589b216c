"""What is kept of a run whose driver printed more than a node keeps, and whose executor lived for seconds."""

from __future__ import annotations

import gzip
import secrets
from collections.abc import Iterator
from typing import Any

import pytest

import flights
from apps.jobs.cli.api import Api
from tests.cluster import git_jobs
from tests.cluster.git_jobs import END_SECONDS, Clone, Run
from tests.cluster.paced import PROGRAM, Pace, Paced
from tests.cluster.programs import wordy
from tests.cluster.waiting import eventually

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1800)]

LINES = 60_000
"""60 MB: a kubelet turns a log at 10 MiB, and keeps five files."""

SECONDS = 120
"""A kubelet looks at sizes every ten seconds: at this pace a file is turned each time it has doubled."""

STORED_SECONDS = 180.0

SHORT_SECONDS = 60.0
"""What the executor that dies may live, from its node to its end, on a busy machine."""


@pytest.fixture(scope="module")
def wordy_run(clone: Clone, admin: Api, theirs: flights.Platform) -> Iterator[tuple[Paced, Run]]:
    """The job, through Git, once it has ended."""
    name = f"wordy-{secrets.token_hex(3)}"
    job = git_jobs.named(theirs, name, Pace(executors=1))
    key = f"{theirs.namespace}/paced/wordy.py"
    with flights.open_store(theirs) as store:
        store.upload(PROGRAM.with_name("wordy.py"), theirs.artifacts_bucket, key)
    program: dict[str, Any] = {
        "mainApplicationFile": f"s3a://{theirs.artifacts_bucket}/{key}",
        "arguments": [f"--lines={LINES}", f"--seconds={SECONDS}"],
    }
    try:
        clone.push({f"{name}.yaml": git_jobs.once(job, **program)}, "A job of many words")
        ended = ("succeeded", "failed", "lost", "cancelled")
        (run,) = git_jobs.until(admin, name, ended, timeout=END_SECONDS + SECONDS)
        assert run["phase"] == "succeeded", run["failure"]
        yield job, run
    finally:
        clone.push({f"{name}.yaml": None}, "Take it away again")
        admin.post("/sync", removals="true")


def stored(job: Paced, run: Run) -> bytes:
    """All that the bucket has of the driver's log."""
    place = f"logs/{run['namespace']}/{run['application']}/{run['spark']}/{run['driver']}"
    with flights.open_store(job.platform) as store:
        keys = sorted(store.keys("events", place))
        return b"".join(gzip.decompress(store.read("events", key) or b"") for key in keys)


def test_17_a_log_of_60_mb_is_whole_in_the_bucket_though_its_node_has_turned_it(
    wordy_run: tuple[Paced, Run],
) -> None:
    job, run = wordy_run
    there = job.kubectl.logs(run["driver"], run["namespace"])
    assert len(there) < LINES * wordy.LINE_BYTES / 4, "the node has all of it still: nothing was turned"
    expected = "".join(f"{line}\n" for line in wordy.lines(LINES)).encode()
    last = expected.splitlines()[-1]
    log = eventually(
        "the last line is stored",
        lambda: found if last in (found := stored(job, run)) else None,
        timeout=STORED_SECONDS,
        every=5,
    )
    # Where a file was turned just as lines were sent, its last ones may be behind the first of the next.
    said = sorted(line for line in log.splitlines(keepends=True) if line.startswith(b"said "))
    assert b"".join(said) == expected, "lines are lost, changed or twice there"


def test_17_an_executor_of_seconds_has_its_exit_reason_in_the_runs_record(
    wordy_run: tuple[Paced, Run], admin: Api
) -> None:
    _, run = wordy_run

    def counted() -> list[dict[str, Any]] | None:
        pods: list[dict[str, Any]] = admin.get(git_jobs.place(run))["pods"]
        return pods if all(pod["ended"] for pod in pods) and len(pods) == 3 else None

    pods = eventually("its pods are counted", counted, timeout=git_jobs.SEEN_SECONDS)
    ends = {pod["number"] or 0: pod["end"] for pod in pods}
    assert ends[0] == "exit 0 (Completed)"
    assert ends[1] == "exit 137 (Error)"
    assert ends[2]
