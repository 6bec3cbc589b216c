"""What the API server is asked about is the pod that Spark makes: operator, script and Spark are real."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.submission.conftest import Chain
from tests.submission.jobs import job
from tests.support.distributions import Distribution
from tests.support.spark_pods import SparkPods

pytestmark = [pytest.mark.spark, pytest.mark.timeout(300)]

ROLES = ("driver", "executor")

CLAIM = "volumes.persistentVolumeClaim.spark-local-dir-1"
EVERYTHING: dict[str, Any] = {
    "cores": 2,
    "coreRequest": "500m",
    "coreLimit": "1200m",
    "memory": "2g",
    "memoryOverhead": "700m",
    "labels": {"owner": "a"},
    "annotations": {"note": "b"},
    "secrets": [{"name": "key", "path": "/mnt/key", "secretType": "Generic"}],
    "envSecretKeyRefs": {"PASSWORD": {"name": "key", "key": "word"}},
    "envVars": {"DAY": "1"},
    "serviceAccount": "spark-own",
    "nodeSelector": {"disk": "ssd"},
    "volumeMounts": [{"name": "spark-local-dir-2", "mountPath": "/mnt/d"}],
    "ports": [{"name": "debug", "containerPort": 5005, "protocol": "TCP"}],
    "sidecars": [{"name": "side", "image": "a:1"}],
    "template": {"metadata": {"labels": {"t": "u"}}, "spec": {"containers": [{"name": "x"}]}},
}
JOBS: dict[str, dict[str, Any]] = {
    "a plain job": {},
    "every field": {
        "driver": EVERYTHING,
        "executor": EVERYTHING,
        "imagePullSecrets": ["pull"],
        "nodeSelector": {"zone": "a"},
        "memoryOverheadFactor": "0.3",
        "volumes": [{"name": "spark-local-dir-2", "hostPath": {"path": "/disk"}}],
    },
    "ids in labels and annotations": {
        "driver": {
            "labels": {"run": "{{APP_ID}}", "which": "a{{EXECUTOR_ID}}"},
            "annotations": {"run": "of {{APP_ID}}", "which": "{{EXECUTOR_ID}}"},
        },
        "executor": {"labels": {"run": "{{APP_ID}}-{{EXECUTOR_ID}}"}},
    },
    "properties": {
        "sparkConf": {
            "spark.memory.offHeap.enabled": "TRUE",
            "spark.memory.offHeap.size": "1g",
            "spark.executor.pyspark.memory": "300m",
            "spark.executor.minMemoryOverhead": "600m",
            "spark.executor.resource.gpu.amount": "2",
            "spark.executor.resource.gpu.vendor": "nvidia.com",
            "spark.executor.resource.gpu.discoveryScript": "/a",
            "spark.kubernetes.executor.label.a": "b",
            "spark.kubernetes.executor.annotation.c": "d",
            "spark.executorEnv.E": "f",
            f"spark.kubernetes.executor.{CLAIM}.options.claimName": "ready",
            f"spark.kubernetes.executor.{CLAIM}.mount.path": "/mnt/claim",
            f"spark.kubernetes.executor.{CLAIM}.mount.readOnly": "false",
            "spark.kubernetes.driver.volumes.emptyDir.more.mount.path": "/mnt/more",
            "spark.kubernetes.driver.volumes.emptyDir.more.options.sizeLimit": "1Gi",
            "spark.kubernetes.driver.volumes.emptyDir.more.mount.subPath": "a",
            "spark.kubernetes.executor.volumes.nfs.share.mount.path": "/mnt/share",
            "spark.kubernetes.executor.volumes.nfs.share.options.server": "192.0.2.9",
            "spark.kubernetes.executor.volumes.nfs.share.options.path": "/share",
            "spark.kubernetes.executor.volumes.nfs.share.mount.readOnly": "true",
        }
    },
}


@pytest.fixture(scope="module")
def spark_pods(distribution: Distribution, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkPods]:
    running = SparkPods(distribution, tmp_path_factory.mktemp("spark-pods"))
    yield running
    running.close()


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("what", JOBS)
def test_the_pod_that_is_tried_is_the_one_that_spark_makes(
    chain: Chain, spark_pods: SparkPods, what: str, role: str
) -> None:
    tried, properties = chain.tried(job(**JOBS[what]))
    made = spark_pods.make(role, properties)
    asked, wanted = judged(tried[role], role), judged(made, role)
    assert {part: (asked[part], wanted[part]) for part in wanted if asked[part] != wanted[part]} == {}


CLIENTS = "spark-conf-volume-driver"
"""What spark-submit's client adds, when Spark has made the driver's pod."""


def judged(pod: dict[str, Any], role: str) -> dict[str, Any]:
    """What an API server judges of a pod, in one form: what Spark makes up itself is left out."""
    spec, own = pod["spec"], f"spark-kubernetes-{role}"
    (container,) = (each for each in spec["containers"] if each["name"] == own)
    made_up = {"spark-app-selector", "spark-app-name", "spark-version", "spark-exec-id"}
    labels = pod["metadata"]["labels"].items()
    variables = container.get("env", [])
    return {
        "labels": {key: value for key, value in labels if key not in {*made_up, PROFILE}},
        "annotations": pod["metadata"].get("annotations") or {},
        "account": (spec.get("serviceAccount"), spec.get("serviceAccountName")),
        "nodes": spec.get("nodeSelector") or {},
        "secrets": spec.get("imagePullSecrets") or [],
        "restart": spec["restartPolicy"],
        "volumes": sorted((_volume(each) for each in spec["volumes"] if each["name"] != CLIENTS), key=_text),
        "containers": sorted(each["name"] for each in spec["containers"]),
        "mounts": sorted(
            (_without_empty(each) for each in container["volumeMounts"] if each["name"] != CLIENTS), key=_text
        ),
        "resources": container["resources"],
        "ports": sorted((each["name"], each["containerPort"]) for each in container["ports"]),
        "image": (container["image"], container["imagePullPolicy"]),
        "env": sorted(
            (_without_empty(each) for each in variables if not each["name"].startswith("SPARK_")), key=_text
        ),
    }


PROFILE = "spark-exec-resourceprofile-id"


def _text(item: dict[str, Any]) -> str:
    return json.dumps(item, sort_keys=True)


def _without_empty(item: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in item.items() if value not in ("", False, None)}


def _volume(volume: dict[str, Any]) -> dict[str, Any]:
    """A volume; of those that Spark fills by a ConfigMap of its own, their names."""
    if volume["name"].startswith(("spark-conf-volume-", "pod-template-")):
        return {"name": volume["name"]}
    return {key: _without_empty(value) if isinstance(value, dict) else value for key, value in volume.items()}
