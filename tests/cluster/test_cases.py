"""A SparkApplication of the kind that other platforms take runs here as it is written."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from components.domain import Tenant
from flights import Platform, open_store
from tests.cluster.waiting import eventually
from toolchain.kubectl import Kubectl
from workspace.errors import ReportedError

pytestmark = pytest.mark.cluster

PROGRAM = Path(__file__).parent / "programs" / "cases.py"
END_SECONDS = 420.0
"""From the object's creation to the end, on a busy machine; two minutes on an idle one."""

SIZE = {"coreRequest": "100m", "memory": "512m"}
DAY = [{"name": "JOB_DAY", "value": "2026-07-26"}]
MOUNT = [{"name": "rates", "mountPath": "/mnt/rates"}]


def definition(platform: Platform, name: str, **changes: Any) -> dict[str, Any]:
    """A job that uses what the operator leaves to its webhook elsewhere, and names no place for its table."""
    where = f"s3://{platform.artifacts_bucket}/{platform.namespace}/cases"
    return {
        "apiVersion": "sparkoperator.k8s.io/v1beta2",
        "kind": "SparkApplication",
        "metadata": {"name": name, "namespace": platform.namespace},
        "spec": {
            "type": "Python",
            "mode": "cluster",
            "sparkVersion": "4.1.2",
            "image": platform.image,
            "imagePullPolicy": "IfNotPresent",
            "mainApplicationFile": f"{where}/cases.py",
            "arguments": [platform.data_bucket, f"{platform.namespace}/cases/{name}"],
            "restartPolicy": {"type": "Never"},
            "timeToLiveSeconds": 1800,
            "volumes": [{"name": "rates", "configMap": {"name": name}}],
            "driver": {
                **SIZE,
                "serviceAccount": "spark-driver",
                "env": DAY,
                "volumeMounts": MOUNT,
                "nodeSelector": {"kubernetes.io/os": "linux"},
                "initContainers": [
                    {"name": "gate", "image": platform.image, "command": ["test", "-d", "/opt/spark"]}
                ],
            },
            "executor": {
                **SIZE,
                "instances": 1,
                "memoryOverhead": "500m",
                "serviceAccount": "spark-executor",
                "env": DAY,
                "volumeMounts": MOUNT,
                "template": {
                    "metadata": {"labels": {"case": "own"}},
                    "spec": {"containers": [{"name": "spark-kubernetes-executor", "env": []}]},
                },
            },
            **changes,
        },
    }


@dataclass(frozen=True)
class Ended:
    """The finished job.

    Args:
        name: its name.
        found: what the program has found.
        pods: its driver and executors, as the API server has them.
    """

    name: str
    found: dict[str, Any]
    pods: list[dict[str, Any]]

    def pod(self, role: str) -> dict[str, Any]:
        """The pod of a role; the first, if there are several."""
        return next(pod for pod in self.pods if pod["metadata"]["labels"]["spark-role"] == role)


@pytest.fixture(scope="module")
def ended(theirs: Platform, kubectl: Kubectl) -> Iterator[Ended]:
    """One run of the job, for all tests of this file."""
    name = f"cases-{secrets.token_hex(3)}"
    with open_store(theirs) as store:
        store.upload(PROGRAM, theirs.artifacts_bucket, f"{theirs.namespace}/cases/cases.py")
    rates = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": theirs.namespace},
        "data": {"rates.csv": "EUR,1.1"},
    }
    kubectl.create(rates)
    kubectl.create(definition(theirs, name))
    try:
        found = _found(kubectl, theirs.namespace, name)
        pods = kubectl.list("pods", theirs.namespace, f"sparkoperator.k8s.io/app-name={name}")
        yield Ended(name, found, pods)
    finally:
        for kind in ("sparkapplication", "configmap"):
            kubectl.delete(kind, name, theirs.namespace)


def _found(kubectl: Kubectl, namespace: str, name: str) -> dict[str, Any]:
    """What the program says in its output, at its end."""
    state = eventually("the end of the job", lambda: _end(kubectl, namespace, name), timeout=END_SECONDS)
    assert state["state"] == "COMPLETED", state
    output = kubectl.logs(f"{name}-driver", namespace, "-c", "spark-kubernetes-driver")
    (line,) = (line for line in output.splitlines() if line.startswith("CASES "))
    found: dict[str, Any] = json.loads(line.removeprefix("CASES "))
    return found


def _end(kubectl: Kubectl, namespace: str, name: str) -> dict[str, Any] | None:
    """The state of a job that has ended."""
    job = kubectl.get("sparkapplication", name, namespace) or {}
    state: dict[str, Any] = job.get("status", {}).get("applicationState", {})
    return state if state.get("state") in ("COMPLETED", "FAILED") else None


@pytest.mark.parametrize("role", ["driver", "executor"])
def test_variables_and_volumes_of_the_definition_are_there(ended: Ended, role: str) -> None:
    assert ended.found[role] == {"day": "2026-07-26", "mounted": True}


def test_the_drivers_place_and_its_first_container_are_its_own(ended: Ended) -> None:
    spec = ended.pod("driver")["spec"]
    assert spec["nodeSelector"] == {"kubernetes.io/os": "linux"}
    assert [each["name"] for each in spec["initContainers"]] == ["gate"]
    assert "nodeSelector" not in ended.pod("executor")["spec"]


def test_a_template_of_the_jobs_own_keeps_what_the_platform_gives(ended: Ended) -> None:
    pod = ended.pod("executor")
    assert pod["metadata"]["labels"]["case"] == "own"
    (container,) = pod["spec"]["containers"]
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert container["terminationMessagePolicy"] == "FallbackToLogsOnError"


def test_memory_is_the_heap_and_what_the_job_says_comes_on_top(ended: Ended) -> None:
    (container,) = ended.pod("executor")["spec"]["containers"]
    assert container["resources"]["limits"]["memory"] == "1012Mi", "512m and 500m"


def test_one_executor_is_one_for_the_whole_run(ended: Ended) -> None:
    assert len([pod for pod in ended.pods if pod["metadata"]["labels"]["spark-role"] == "executor"]) == 1


def test_a_table_without_a_place_is_in_the_tenants_bucket_with_all_its_rows(
    ended: Ended, theirs: Platform
) -> None:
    below = f"s3a://{theirs.data_bucket}/{theirs.namespace}/warehouse/{ended.name}/"
    assert ended.found["warehouse"].startswith(below)
    assert ended.found["table"] == 1000


def test_single_partitions_are_overwritten_where_the_code_says_so_and_the_others_stay(ended: Ended) -> None:
    assert ended.found["overwritten"] == {"a": 50, "b": 10}


@pytest.mark.parametrize("scheme", ["s3a", "s3", "s3n"])
def test_the_store_is_the_same_by_each_of_its_names(ended: Ended, scheme: str) -> None:
    assert ended.found[scheme] == {"rows": 100, "committer": "magic"}


def test_more_than_the_namespace_may_have_is_refused_with_the_arithmetic(
    theirs: Platform, kubectl: Kubectl, science: Tenant
) -> None:
    executor = {**SIZE, "instances": 20, "serviceAccount": "spark-executor"}
    with pytest.raises(ReportedError) as caught:
        kubectl.create(definition(theirs, "cases-large", executor=executor))
    # The driver's init container names no size, and gets the namespace's: more than the driver itself.
    assert science.limits.default_cpu == "250m"
    said = "spec asks for 2250m CPU, and the namespace may have "
    assert f"{said}{science.quota.cpu}: 250m for the driver, and 20 x 100m" in str(caught.value)


def test_a_name_that_no_service_takes_is_refused(theirs: Platform, kubectl: Kubectl) -> None:
    with pytest.raises(ReportedError, match="Write job-2026-orders"):
        kubectl.create(definition(theirs, "2026-orders"))
