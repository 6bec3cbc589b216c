"""Values of the upstream spark-operator chart, typed. Pure.

Helm ignores a misspelt value without a word: a test compares every key below with the chart's own
values.yaml, and the charts tier renders the chart with them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from components.domain import MIB, size_bytes
from components.kube.placement import ANY_NODE, Placement
from components.kube.pod_security import restricted_container, restricted_pod
from components.naming import CONF_DIR, DEFAULTS_CONFIG_MAP, PROJECT
from components.records.spark_operator import METRICS_PORT as OPERATOR_METRICS_PORT
from components.spark.pod_templates import SPARK_USER

SUBMIT_CONFIG_MAP: Final = "spark-submit"
SUBMIT_DIR: Final = "/opt/spark-submit"
SUBMIT_SCRIPT: Final = "spark-submit"
"""ConfigMap, folder and file name of the operator's own spark-submit; see spark_submit.sh."""

JOB_PODS_CONFIG_MAP: Final = "job-pods"
JOB_PODS_DIR: Final = "/opt/spark-submit-modules/job_pods"
"""ConfigMap and folder of the program that makes a job's pod templates; see apps/job_pods."""

MEMORY_BASE_MIB: Final = 256
"""Memory of the operator itself, in MiB: its caches hold the jobs and pods of all tenants."""

RESIDENT_MIB: Final = 320
"""Memory of the JVM that submissions are handed to, in MiB: what submit_resident.sh allows its heap, classes,
code and buffers. 190 were seen after its start; a submission that it has no time for is a JVM of its own."""

MEMORY_PER_WORKER_MIB: Final = 400
"""Memory of one spark-submit, in MiB: 200 to 400 were seen; with less the kernel kills it, and the job fails
with "signal: killed" (upstream's values.yaml says so as well)."""

_IMAGE: Final = re.compile(r"(?P<registry>[^/@\s]+)/(?P<repository>[^@\s]+):(?P<tag>[\w][\w.-]{0,127})")


@dataclass(frozen=True, kw_only=True)
class OperatorValues:
    """What the platform decides about the operator.

    Args:
        image: reference of the operator's image, `registry/repository:tag`; the chart takes no digest.
        namespaces: the tenants' namespaces: the only ones that it watches, and has rights in.
        workers: jobs that are submitted at once; each is a Java process of half a gigabyte for seconds.
        cpu: CPU reserved, in cores; submissions use what is idle beyond it.
        memory: memory requested and at most, as a Kubernetes quantity; None takes what the workers need.
        labels: labels of all objects of the chart.
        annotations: annotations of the pod; a changed one restarts it.
        placement: nodes that it may run on.
    """

    image: str
    namespaces: Sequence[str]
    workers: int
    cpu: str
    memory: str | None = None
    labels: Mapping[str, str] = field(default_factory=lambda: {"app.kubernetes.io/part-of": PROJECT})
    annotations: Mapping[str, str] = field(default_factory=dict)
    placement: Placement = ANY_NODE


def operator_memory_mib(workers: int) -> int:
    """Memory that the operator's pod needs, in MiB.

    Args:
        workers: jobs that are submitted at once.
    """
    return MEMORY_BASE_MIB + RESIDENT_MIB + workers * MEMORY_PER_WORKER_MIB


def chart_values(values: OperatorValues) -> dict[str, Any]:
    """Make the chart's values.

    Args:
        values: what the platform decides.

    Raises:
        ValueError: no namespaces (the chart would then watch, and get rights in, all of them), no workers,
            too little memory for them, or an image reference that the chart can't be given.
    """
    if not values.namespaces or "" in values.namespaces:
        raise ValueError(
            "spark-operator: namespaces must name at least one tenant; with none the chart would give the "
            "operator rights in the whole cluster"
        )
    if values.workers < 1:
        raise ValueError(f"spark-operator: {values.workers} workers; at least 1 is needed to submit jobs")
    return {
        "image": _image(values.image),
        "commonLabels": dict(values.labels),
        # Its job would update the CRDs before an upgrade; hooks are dropped by helm.v4.Chart, which updates
        # the CRDs like all else.
        "hook": {"upgradeCrd": False},
        "controller": _controller(values),
        # Every job would wait for it, up to a minute under load, and none would start when it is down.
        "webhook": {"enable": False},
        "spark": {
            "jobNamespaces": sorted(values.namespaces),
            # The platform makes the drivers' account and its narrower rights itself.
            "serviceAccount": {"create": False},
            "rbac": {"create": False},
        },
        "prometheus": {
            "metrics": {
                "enable": True,
                "port": OPERATOR_METRICS_PORT,
                # By default metrics can't be told apart by tenant. Keys with dots or slashes are invalid.
                "labels": "namespace",
            },
            "podMonitor": {"create": False},
        },
    }


def _controller(values: OperatorValues) -> dict[str, Any]:
    memory = _memory(values)
    return {
        "replicas": 1,
        "workers": values.workers,
        "logEncoder": "json",
        # One replica, but two pods during a rollout: without the lease both would submit the same job.
        "leaderElection": {"enable": True},
        # After a submission the driver's pod may take that long to show up in the operator's cache.
        "driverPodCreationGracePeriod": "30s",
        # The chart's 20 a second make the status of jobs lag: each pod event costs a request.
        "kubeAPIQPS": 50,
        "kubeAPIBurst": 100,
        "maxTrackedExecutorPerApp": 1000,
        "annotations": dict(values.annotations),
        "nodeSelector": dict(values.placement.node_selector),
        "tolerations": [dict(toleration) for toleration in values.placement.tolerations],
        "resources": {
            "requests": {"cpu": values.cpu, "memory": memory},
            # No CPU limit: it would only make submissions slower.
            "limits": {"memory": memory},
        },
        "podSecurityContext": restricted_pod(SPARK_USER),
        "securityContext": restricted_container(),
        "volumes": [
            {"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}},
            {"name": "spark-defaults", "configMap": {"name": DEFAULTS_CONFIG_MAP}},
            {"name": "spark-submit", "configMap": {"name": SUBMIT_CONFIG_MAP, "defaultMode": 0o555}},
            {"name": "job-pods", "configMap": {"name": JOB_PODS_CONFIG_MAP}},
        ],
        "volumeMounts": [
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - a volume of the pod's own
            {"name": "spark-defaults", "mountPath": CONF_DIR, "readOnly": True},
            {"name": "spark-submit", "mountPath": SUBMIT_DIR, "readOnly": True},
            {"name": "job-pods", "mountPath": JOB_PODS_DIR, "readOnly": True},
            {
                "name": "spark-submit",
                "mountPath": f"/opt/spark/bin/{SUBMIT_SCRIPT}",
                "subPath": SUBMIT_SCRIPT,
                "readOnly": True,
            },
        ],
    }


def _memory(values: OperatorValues) -> str:
    needed = f"{operator_memory_mib(values.workers)}Mi"
    least = RESIDENT_MIB + values.workers * MEMORY_PER_WORKER_MIB
    if values.memory is not None and size_bytes(values.memory) < least * MIB:
        raise ValueError(
            f"spark-operator: memory {values.memory} is too little for {values.workers} workers; write "
            f"{needed}, or lower the number of workers"
        )
    return values.memory or needed


def _image(reference: str) -> dict[str, str]:
    match = _IMAGE.fullmatch(reference)
    if not match:
        raise ValueError(
            f"spark-operator: image {reference!r} can't be given to the chart; write registry/repository:tag"
        )
    return {**match.groupdict(), "pullPolicy": "IfNotPresent"}
