"""What a job of one task took, from the pods that were seen and the words of its program."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from bench.first_task import Seen, follow, measured
from workspace.errors import ReportedError

LOG = (
    "26/11/26 INFO Registered\nfirst task " + json.dumps({"cpu": "7500000000\n", "registered": 1012.5}) + "\n"
)


def pod(role: str, phase: str, *, running: bool = False) -> Any:
    """A pod as the API's client gives it; before its containers have a status there is none."""
    state = SimpleNamespace(running=object() if running else None)
    return SimpleNamespace(
        metadata=SimpleNamespace(labels={"spark-role": role}),
        status=SimpleNamespace(
            phase=phase, container_statuses=[SimpleNamespace(state=state)] if running else None
        ),
    )


def test_an_executor_counts_from_its_pod_to_its_container_and_to_its_driver() -> None:
    found = measured(LOG, Seen(requested=1000.0, running=1002.0))
    assert (found.cpu, found.running, found.registered) == (7.5, 2.0, 12.5)


def test_the_first_sight_of_an_executor_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter((10.0, 12.0, 15.0))
    monkeypatch.setattr("bench.first_task.time.time", lambda: next(clock))
    changes = [
        pod("driver", "Running"),
        pod("executor", "Pending"),
        pod("executor", "Running", running=True),
        pod("executor", "Running", running=True),
        pod("driver", "Succeeded"),
    ]
    assert follow(changes, "job") == Seen(requested=10.0, running=12.0)


def test_a_driver_that_fails_is_told() -> None:
    with pytest.raises(ReportedError, match="the driver of job failed"):
        follow([pod("driver", "Running"), pod("driver", "Failed")], "job")


def test_a_job_that_does_not_end_is_told() -> None:
    with pytest.raises(ReportedError, match="job had not ended after 300 s"):
        follow([pod("driver", "Running")], "job")


@pytest.mark.parametrize(
    ("log", "seen", "missing"),
    [
        ("nothing", Seen(1.0, 2.0), "the time of its first task"),
        (LOG, Seen(1.0), "a running executor"),
    ],
    ids=["no word", "no executor"],
)
def test_a_run_that_shows_too_little_is_told(log: str, seen: Seen, missing: str) -> None:
    with pytest.raises(ReportedError, match=f"ended without {missing}"):
        measured(log, seen)
