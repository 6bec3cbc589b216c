"""Pods of a fleet that nobody runs, written into the store of an API server: thousands in seconds.

The API server reads what lies in etcd as JSON as well as what it wrote itself (its storage's codecs recognise
either), so neither its admission nor 45,000 requests are in the way. Watchers are told as of any other pod.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Final

import urllib3

AT_ONCE: Final = 100
"""Writes in one transaction: etcd takes 128 (`--max-txn-ops`)."""

IMAGE: Final = "registry.example/spark:1"
CONDITIONS: Final = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")


@dataclass(frozen=True, kw_only=True)
class Pod:
    """A Spark pod.

    Args:
        namespace: a tenant's.
        app: its application.
        role: driver or executor.
        number: of the executor; 0 for the driver.
        phase: Running, Succeeded or Failed.
    """

    namespace: str
    app: str
    role: str
    number: int
    phase: str

    @property
    def name(self) -> str:
        """Its name, as Spark makes it."""
        end = "driver" if self.role == "driver" else f"exec-{self.number}"
        return f"{self.app}-{end}"


def write(etcd: str, pods: Iterable[Pod]) -> int:
    """Put pods into a store.

    Args:
        etcd: its address.
        pods: the pods.

    Returns:
        How many they were.
    """
    pool, written, left = urllib3.PoolManager(), 0, iter(pods)
    while some := list(islice(left, AT_ONCE)):
        puts = [
            {"requestPut": {"key": _encoded(key), "value": _encoded(value)}} for key, value in _kept(some)
        ]
        answer = pool.request("POST", f"{etcd}/v3/kv/txn", json={"success": puts})
        assert answer.status == 200, answer.data[:500]
        written += len(some)
    return written


def _kept(pods: Iterable[Pod]) -> Iterator[tuple[str, str]]:
    for each in pods:
        yield f"/registry/pods/{each.namespace}/{each.name}", json.dumps(_object(each))


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _object(pod: Pod) -> dict[str, Any]:
    container = f"spark-kubernetes-{pod.role}"
    began = datetime.now(UTC) - timedelta(minutes=10)
    labels = {
        "spark-role": pod.role,
        "spark-app-selector": f"spark-{pod.app}",
        "spark-app-name": pod.app,
        "sparkoperator.k8s.io/app-name": pod.app,
        "spark-version": "4.1.2",
    }
    limits = {"cpu": "1", "memory": "1536Mi"}
    spec = {
        "nodeName": f"node-{pod.number % 100}",
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": 30,
        "dnsPolicy": "ClusterFirst",
        "schedulerName": "default-scheduler",
        "securityContext": {},
        "tolerations": [{"operator": "Exists"}],
        "containers": [
            {
                "name": container,
                "image": IMAGE,
                "imagePullPolicy": "IfNotPresent",
                "terminationMessagePath": "/dev/termination-log",
                "terminationMessagePolicy": "File",
                "resources": {"requests": limits, "limits": {"memory": limits["memory"]}},
            }
        ],
    }
    metadata = {
        "name": pod.name,
        "namespace": pod.namespace,
        "uid": str(uuid.uuid4()),
        "creationTimestamp": _text(began),
        "labels": labels | ({"spark-exec-id": str(pod.number)} if pod.number else {}),
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": spec,
        "status": _status(pod, began),
    }


def _status(pod: Pod, began: datetime) -> dict[str, Any]:
    ended = {
        "exitCode": int(pod.phase == "Failed"),
        "reason": "Completed" if pod.phase == "Succeeded" else "Error",
    }
    ended |= {"startedAt": _text(began), "finishedAt": _text(began + timedelta(minutes=5))}
    runs = pod.phase == "Running"
    return {
        "phase": pod.phase,
        "startTime": _text(began),
        "qosClass": "Burstable",
        "conditions": [
            {"type": each, "status": str(runs or each == "PodScheduled"), "lastTransitionTime": _text(began)}
            for each in CONDITIONS
        ],
        "containerStatuses": [
            {
                "name": f"spark-kubernetes-{pod.role}",
                "image": IMAGE,
                "imageID": "registry.example/spark@sha256:1",
                "containerID": f"containerd://{uuid.uuid4().hex}",
                "ready": runs,
                "started": runs,
                "restartCount": 0,
                "state": {"running": {"startedAt": _text(began)}} if runs else {"terminated": ended},
            }
        ],
    }


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
