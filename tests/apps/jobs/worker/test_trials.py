"""What the API server would refuse is asked with the rights that the worker has: as a run nobody makes."""

from __future__ import annotations

from typing import Any, cast

import pytest
from lightkube import Client

from apps.jobs.worker.cluster import LiveCluster
from components.records.jobs import TENANT_RULES

SPEC = {"type": "Python", "driver": {"cores": 1}}
SCHEMA = {"schema": {"openAPIV3Schema": {"type": "object", "properties": {}}}}


class Listening:
    """Stands for the API server: it takes note of what it is asked to make."""

    def __init__(self) -> None:
        self.tried: list[tuple[dict[str, Any], bool]] = []

    def get(self, _: Any, name: str) -> dict[str, Any]:
        return {"spec": {"names": {"kind": name}, "versions": [SCHEMA]}}

    def create(self, thing: Any, *, dry_run: bool = False) -> None:
        self.tried.append((dict(thing), dry_run))


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        ("SparkApplication", SPEC),
        (
            "ScheduledSparkApplication",
            {"schedule": "@daily", "concurrencyPolicy": "Forbid", "template": SPEC},
        ),
    ],
)
def test_a_definition_is_tried_as_the_run_that_it_becomes(kind: str, spec: dict[str, Any]) -> None:
    server = Listening()
    cluster = LiveCluster(cast("Client", server), ["data-dev"], keep_seconds=0)
    manifest = {"kind": kind, "metadata": {"name": "orders", "namespace": "data-dev"}, "spec": spec}
    assert cluster.platform().refusals(manifest) == ()
    ((tried, dry_run),) = server.tried
    assert dry_run, "nothing may be made of a file that is only read"
    assert (tried["kind"], tried["spec"]) == ("SparkApplication", SPEC)


def test_the_worker_may_make_runs_and_no_schedules() -> None:
    makes = [resource for rule in TENANT_RULES if "create" in rule.verbs for resource in rule.resources]
    assert makes == ["sparkapplications"]
