"""Executors that nobody runs: pods on a node without a kubelet, with the status that a kubelet would write.

kube-state-metrics and Prometheus can't tell them from others. kwok would play the node as well, but its
release that goes with the pinned kwokctl doesn't compile with the embedded cluster's Kubernetes.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kubernetes import client, config

from components.spark.pod_templates import EXECUTOR_CONTAINER

CONNECTIONS = 8
PER_DRIVER = 100
"""Executors of one made-up application."""


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """Executors that exist on paper.

    Args:
        namespace: where they are; nothing else is there.
        size: how many.
    """

    namespace: str
    size: int


@contextmanager
def crowd(kubeconfig: Path, size: int) -> Iterator[Crowd]:
    """Make executors, and take them away again with their node and their namespace.

    Args:
        kubeconfig: of the cluster's administrator.
        size: how many.
    """
    connect: Any = config.new_client_from_config  # has no annotations, like all of the package
    api: Any = client.CoreV1Api(connect(str(kubeconfig)))
    name = f"crowd-{uuid.uuid4().hex[:6]}"
    api.create_node(_node(name))
    api.create_namespace({"metadata": {"name": name}})
    try:
        # A namespace's pods wait for its service account.
        api.create_namespaced_service_account(name, {"metadata": {"name": "executor"}})

        def make(number: int) -> None:
            pod = _pod(name, number)
            api.create_namespaced_pod(name, pod)
            api.patch_namespaced_pod_status(pod["metadata"]["name"], name, {"status": _status()})

        with ThreadPoolExecutor(CONNECTIONS) as pool:
            list(pool.map(make, range(size)))
        yield Crowd(namespace=name, size=size)
    finally:
        api.delete_collection_namespaced_pod(name, grace_period_seconds=0)
        api.delete_namespace(name)
        api.delete_node(name)


def _node(name: str) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}},
        # Nobody else may be placed there.
        "spec": {"taints": [{"key": "crowd", "value": "true", "effect": "NoSchedule"}]},
    }


def _pod(namespace: str, number: int) -> dict[str, Any]:
    application, executor = number // PER_DRIVER, number % PER_DRIVER + 1
    resources = {"cpu": "1", "memory": "1536Mi"}
    return {
        "metadata": {
            "name": f"{namespace}-{application}-{uuid.uuid4().hex[:16]}-exec-{executor}",
            "labels": {
                "spark-role": "executor",
                "spark-app-selector": f"spark-{application}",
                "spark-app-name": f"crowd-{application}",
                "spark-exec-id": str(executor),
                "spark-exec-resourceprofile-id": "0",
                "spark-version": "4.1.2",
                "sparkoperator.k8s.io/app-name": f"crowd-{application}",
            },
        },
        "spec": {
            "nodeName": namespace,
            "serviceAccountName": "executor",
            "automountServiceAccountToken": False,
            "restartPolicy": "Never",
            "tolerations": [{"operator": "Exists"}],
            "containers": [
                {
                    "name": EXECUTOR_CONTAINER,
                    "image": "registry.example/spark:1",
                    "resources": {"requests": resources, "limits": {"memory": resources["memory"]}},
                }
            ],
        },
    }


def _status() -> dict[str, Any]:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    conditions = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
    return {
        "phase": "Running",
        "startTime": now,
        "conditions": [{"type": each, "status": "True", "lastTransitionTime": now} for each in conditions],
        "containerStatuses": [
            {
                "name": EXECUTOR_CONTAINER,
                "image": "registry.example/spark:1",
                "imageID": "registry.example/spark@sha256:1",
                "containerID": f"containerd://{uuid.uuid4().hex}",
                "ready": True,
                "started": True,
                "restartCount": 0,
                "state": {"running": {"startedAt": now}},
            }
        ],
    }
