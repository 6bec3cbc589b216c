"""Pod templates of Spark drivers and executors: what the restricted Pod Security Standard asks, and scratch.

Pure. Spark starts from the template and fills in image, resources, ports, environment and its own volumes;
its properties have no way to say what stands here. What an operator's job brings is laid over these
(apps/job_pods); in a raw spark-submit, a template of its own replaces them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from components.kube.placement import ANY_NODE, Placement
from components.kube.pod_security import restricted_container, restricted_pod
from components.spark.conf_values import SCRATCH_DIR
from components.spark.log_links import executor_environment

SPARK_USER: Final = 185
"""Uid and gid of the Spark image (apache/spark-docker's choice, kept so that images can be exchanged)."""

DRIVER_CONTAINER: Final = "spark-kubernetes-driver"
EXECUTOR_CONTAINER: Final = "spark-kubernetes-executor"
"""Names that Spark gives its containers (k8s Constants); the operator looks for them in the pods' status."""

GRACE_SECONDS: Final = 120
"""Notice that a spot node gives (EC2): time to move blocks and to close the event log."""

WORK_DIR: Final = "/opt/spark/work-dir"
"""Working folder of the image: Spark puts a job's --files and --archives there."""


MALLOC_ARENAS: Final = {"name": "MALLOC_ARENA_MAX", "value": "2"}
"""By default glibc has up to eight arenas of 64 MiB for each core of the node, however few the pod has, and
each keeps what the JVM, zstd and Python freed to it (mallopt(3), M_ARENA_MAX)."""


@dataclass(frozen=True, kw_only=True)
class ScratchSizes:
    """Most that a pod may write to its node's disk, as Kubernetes quantities; beyond it the pod is evicted.

    Args:
        scratch: shuffle files, spills and upload buffers.
        work: files and archives that the job brings.
        tmp: what Java, Python and native libraries unpack.
    """

    scratch: str
    work: str = "2Gi"
    tmp: str = "2Gi"


DRIVER_SCRATCH: Final = ScratchSizes(scratch="10Gi")
EXECUTOR_SCRATCH: Final = ScratchSizes(scratch="100Gi")


def driver_template(
    *, priority_class: str, placement: Placement = ANY_NODE, sizes: ScratchSizes = DRIVER_SCRATCH
) -> dict[str, Any]:
    """Make the template of drivers. It has no token setting: the driver's service account says so itself.

    Args:
        priority_class: PriorityClass of the pod.
        placement: which nodes it may run on.
        sizes: limits of its scratch volumes.
    """
    return _template(DRIVER_CONTAINER, priority_class, placement, sizes, {})


def executor_template(
    *, priority_class: str, placement: Placement = ANY_NODE, sizes: ScratchSizes = EXECUTOR_SCRATCH
) -> dict[str, Any]:
    """Make the template of executors; they get no token, because they never talk to the API server.

    Args:
        priority_class: PriorityClass of the pod.
        placement: which nodes it may run on.
        sizes: limits of its scratch volumes.
    """
    no_token = {"automountServiceAccountToken": False}
    template = _template(EXECUTOR_CONTAINER, priority_class, placement, sizes, no_token)
    template["spec"]["containers"][0]["env"] += executor_environment()
    return template


def render_template(template: Mapping[str, Any]) -> str:
    """Write a template as JSON, which is YAML too: Spark reads either, the operator's programs know JSON.

    Args:
        template: a pod, as Kubernetes reads it.
    """
    return json.dumps(dict(template), indent=2)


def _template(
    container: str,
    priority_class: str,
    placement: Placement,
    sizes: ScratchSizes,
    extra: Mapping[str, Any],
) -> dict[str, Any]:
    # The name makes the scratch volume a local directory of Spark (LocalDirsFeatureStep). It is not the usual
    # spark-local-dir-1: a job that adds a volume of that name would then have two of them, and be refused.
    volumes = {
        "spark-local-dir-scratch": (SCRATCH_DIR, sizes.scratch),
        "work-dir": (WORK_DIR, sizes.work),
        "tmp": ("/tmp", sizes.tmp),  # noqa: S108 - a volume of the pod's own
    }
    spec: dict[str, Any] = {
        # They are variables for each Service in the namespace: some thousand jobs make the environment too
        # long for exec ("argument list too long"), and Spark reads none of them.
        "enableServiceLinks": False,
        **extra,
        "priorityClassName": priority_class,
        "terminationGracePeriodSeconds": GRACE_SECONDS,
        "securityContext": restricted_pod(SPARK_USER),
        "containers": [
            {
                "name": container,
                # The end of the log, with the exception that ended the job, stays in the pod's status.
                "terminationMessagePolicy": "FallbackToLogsOnError",
                "securityContext": restricted_container(),
                "volumeMounts": [{"name": name, "mountPath": path} for name, (path, _) in volumes.items()],
                "env": [dict(MALLOC_ARENAS)],
            }
        ],
        "volumes": [{"name": name, "emptyDir": {"sizeLimit": limit}} for name, (_, limit) in volumes.items()],
    }
    if placement.node_selector:
        spec["nodeSelector"] = dict(placement.node_selector)
    if placement.tolerations:
        spec["tolerations"] = [dict(toleration) for toleration in placement.tolerations]
    if placement.affinity:
        spec["affinity"] = dict(placement.affinity)
    if placement.disk:
        # Spark adds CPU and memory to what stands here (BasicDriverFeatureStep, BasicExecutorFeatureStep).
        spec["containers"][0]["resources"] = {"requests": {"ephemeral-storage": placement.disk}}
    return {"apiVersion": "v1", "kind": "Pod", "spec": spec}
