"""What people apply first, with our image, namespace and account: done, or refused with a reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from flights import Platform
from tests.cluster.waiting import eventually
from toolchain.kubectl import Kubectl
from workspace.errors import ReportedError

pytestmark = [pytest.mark.cluster, pytest.mark.soak, pytest.mark.timeout(900)]

FOLDER = Path(__file__).parents[1] / "data" / "spark-operator-examples-2.5.2"

END_SECONDS = 600.0
"""From the object's creation to the end, on a busy machine: some count in thousands of tasks."""

CPU = "100m"
"""What each pod reserves. The examples reserve two or three cores, and two are all that this machine has."""

TASKS = ["20"]
"""Of those that count in 5,000 tasks and more, which would take these two cores an hour."""

ENDED = ("COMPLETED", "FAILED")

NO_SCHEDULER = "there is no batch scheduler here. Remove them"
REFUSED = {
    "spark-pi-kube-scheduler": NO_SCHEDULER,
    "spark-pi-volcano": NO_SCHEDULER,
    "spark-pi-yunikorn": NO_SCHEDULER,
    # It gives a pod what only a container can have, and kubectl asks the API server to be strict.
    "spark-pi-pod-template": 'unknown field "allowPrivilegeEscalation"',
}
"""Example -> what its author is told."""

OTHER_IMAGE = ("spark-pi-prometheus",)
"""Its Java agent lies in its own image, which has no name but a placeholder."""

COMPLETED = tuple(
    path.stem
    for path in sorted(FOLDER.glob("*.yaml"))
    if path.stem not in REFUSED and path.stem not in OTHER_IMAGE
)


def changed(name: str, platform: Platform) -> list[dict[str, Any]]:
    """The objects of an example as somebody would adapt them who has read nothing.

    Args:
        name: of the file.
        platform: gives image and namespace.
    """
    text = (FOLDER / f"{name}.yaml").read_text()
    for pattern, value in (
        (r"(?<=image: ).*", platform.image),
        (r"(?<=namespace: )default", platform.namespace),
        (r"(?<=serviceAccount: )spark-operator-spark", "spark-driver"),
        (r"(?<=serviceAccountName: )spark-operator-spark", "spark-driver"),
    ):
        text = re.sub(pattern, value, text)
    objects: list[dict[str, Any]] = list(filter(None, yaml.safe_load_all(text)))
    for each in objects:
        spec = each.get("spec", {})
        for role in ("driver", "executor"):
            section = spec.get("template", spec).get(role)
            if section is not None:
                section["coreRequest"] = CPU
        if "arguments" in spec:
            spec["arguments"] = TASKS
        each["metadata"]["namespace"] = platform.namespace
    return objects


def end(kubectl: Kubectl, namespace: str, name: str) -> dict[str, Any] | None:
    """What the operator says at the end of a job, or of the first run of a schedule."""
    jobs = kubectl.list("sparkapplications", namespace)
    states = [
        job.get("status", {}).get("applicationState", {})
        for job in jobs
        if job["metadata"]["name"] == name
        or job["metadata"].get("labels", {}).get("sparkoperator.k8s.io/scheduled-app-name") == name
    ]
    return next((state for state in states if state.get("state") in ENDED), None)


@pytest.fixture
def clean(kubectl: Kubectl, theirs: Platform) -> Iterator[list[dict[str, Any]]]:
    """Objects to remove in the end."""
    made: list[dict[str, Any]] = []
    yield made
    for each in reversed(made):
        kubectl.delete(each["kind"].lower(), each["metadata"]["name"], theirs.namespace)


@pytest.mark.parametrize("name", COMPLETED)
def test_an_example_ends_well(
    name: str, kubectl: Kubectl, theirs: Platform, clean: list[dict[str, Any]]
) -> None:
    *others, job = changed(name, theirs)
    for each in [*others, *needed(name, theirs), job]:
        kubectl.create(each)
        clean.append(each)
    state = eventually(
        "the job ends", lambda: end(kubectl, theirs.namespace, job["metadata"]["name"]), timeout=END_SECONDS
    )
    assert state["state"] == "COMPLETED", state


def test_an_example_whose_agent_is_in_its_own_image_alone_fails_at_once_and_says_so(
    kubectl: Kubectl, theirs: Platform, clean: list[dict[str, Any]]
) -> None:
    (job,) = changed(OTHER_IMAGE[0], theirs)
    # It says `Always`, and the embedded node has no registry to ask.
    job["spec"]["imagePullPolicy"] = "IfNotPresent"
    kubectl.create(job)
    clean.append(job)
    name = job["metadata"]["name"]
    state = eventually("the job ends", lambda: end(kubectl, theirs.namespace, name), timeout=END_SECONDS)
    assert state["state"] == "FAILED", state
    said = kubectl.logs(f"{name}-driver", theirs.namespace, "-c", "spark-kubernetes-driver")
    assert "JAR manifest missing : /prometheus/jmx_prometheus_javaagent-0.11.0.jar" in said


def needed(name: str, platform: Platform) -> list[dict[str, Any]]:
    """What an example names and does not bring."""
    if name != "spark-pi-configmap":
        return []
    metadata = {"name": "test-configmap", "namespace": platform.namespace}
    return [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"a": "b"}}]


@pytest.mark.parametrize("name", REFUSED)
def test_an_example_is_refused_with_what_to_write_instead(
    name: str, kubectl: Kubectl, theirs: Platform, clean: list[dict[str, Any]]
) -> None:
    *others, job = changed(name, theirs)
    for each in others:
        kubectl.create(each)
        clean.append(each)
    with pytest.raises(ReportedError) as refusal:
        kubectl.create(job)
    assert REFUSED[name] in str(refusal.value)


def of_data_on_eks(platform: Platform) -> dict[str, Any]:
    """The job `pyspark-pi-job.yaml` of AWS' blueprints for data on EKS (`data-stacks/spark-on-eks/examples`).

    With what counts here: it is written for nodes, a log bucket and identities of its own cluster.

    Args:
        platform: gives image and namespace.
    """

    def pod(account: str) -> dict[str, Any]:
        return {
            "cores": 1,
            # As much as the tenant's quota has for three pods.
            "coreRequest": "300m",
            "memory": "512m",
            "serviceAccount": account,
            "nodeSelector": {"NodeGroupType": "SparkComputeOptimized"},
            "tolerations": [{"key": "spark-compute-optimized", "operator": "Exists", "effect": "NoSchedule"}],
        }

    return {
        "apiVersion": "sparkoperator.k8s.io/v1beta2",
        "kind": "SparkApplication",
        "metadata": {"name": "pyspark-pi-karpenter", "namespace": platform.namespace},
        "spec": {
            "type": "Python",
            "pythonVersion": "3",
            "mode": "cluster",
            "image": platform.image,
            # It says `Always`, and the embedded node has no registry to ask.
            "imagePullPolicy": "IfNotPresent",
            "mainApplicationFile": "local:///opt/spark/examples/src/main/python/pi.py",
            "sparkVersion": "3.5.3",
            "sparkConf": {
                "spark.ui.prometheus.enabled": "true",
                "spark.eventLog.enabled": "true",
                "spark.eventLog.dir": "s3a://logs/spark-event-logs",
                "spark.eventLog.rolling.enabled": "true",
                "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
            },
            "restartPolicy": {
                "type": "OnFailure",
                "onFailureRetries": 1,
                "onFailureRetryInterval": 10,
                "onSubmissionFailureRetries": 5,
                "onSubmissionFailureRetryInterval": 20,
            },
            "driver": pod("spark-driver"),
            "executor": {**pod("spark-executor"), "instances": 2},
        },
    }


def test_the_job_of_data_on_eks_is_refused_line_by_line_until_it_runs(
    kubectl: Kubectl, theirs: Platform, clean: list[dict[str, Any]]
) -> None:
    job = of_data_on_eks(theirs)
    spec = job["spec"]
    cures: dict[str, Callable[[], object]] = {
        "sparkConf must not set spark.eventLog.dir": lambda: spec["sparkConf"].pop("spark.eventLog.dir"),
        "tolerations may name spark-on-eks/pool and no other taint": lambda: leave_node_groups(spec),
    }
    # Either may be said first: each is of a policy of its own.
    for _ in range(2):
        with pytest.raises(ReportedError) as refusal:
            kubectl.create(job)
        (said,) = (text for text in cures if text in str(refusal.value))
        cures.pop(said)()
    kubectl.create(job)
    clean.append(job)
    name = job["metadata"]["name"]
    state = eventually("the job ends", lambda: end(kubectl, theirs.namespace, name), timeout=END_SECONDS)
    assert state["state"] == "COMPLETED", state


def leave_node_groups(spec: dict[str, Any]) -> None:
    """Take away the taints of node groups that are not here, and the label that chooses them."""
    for role in ("driver", "executor"):
        del spec[role]["tolerations"], spec[role]["nodeSelector"]
