"""Pods and SparkApplications of thousands of runs, written into the API server's store as it would have.

One by one through the API server, with a second request for each status, they would take minutes.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Final

import urllib3

from components.naming import JOB_LABEL, SLA_ANNOTATION
from components.records.rights import SPARK_GROUP
from components.spark.pod_templates import DRIVER_CONTAINER, EXECUTOR_CONTAINER
from tests.observability.fleet.drivers import name_of

AT_ONCE: Final = 100
"""Objects of one transaction; etcd takes 128 (--max-txn-ops)."""

FOLDERS: Final = {"Pod": "pods", "SparkApplication": f"{SPARK_GROUP}/sparkapplications"}
"""Kind -> where the API server keeps its objects."""

JOBS: Final = 1000
"""Jobs that the applications are runs of."""

ENDED: Final = {"Succeeded": 0, "Failed": 1}
"""Phases of pods that have ended, and their exit codes."""

Object = dict[str, Any]


def running(namespaces: Sequence[str], drivers: int, executors: int) -> Iterator[Object]:
    """Drivers at work, in turns in the namespaces, each with its executors."""
    for number in range(drivers):
        namespace, app = namespaces[number % len(namespaces)], f"etl-{number}"
        yield _pod(namespace, name_of(number), app, "Running")
        for executor in range(1, executors + 1):
            yield _pod(namespace, f"{app}-exec-{executor}", app, "Running", executor=executor)


def finished(namespaces: Sequence[str], count: int, executors: int) -> Iterator[Object]:
    """Pods of runs that have ended, one of each ten with an error.

    Args:
        namespaces: where they are, in turns.
        count: how many pods.
        executors: of one run.
    """
    for number in range(count):
        run, executor = divmod(number, executors + 1)
        namespace, app = namespaces[run % len(namespaces)], f"done-{run}"
        name = f"{app}-exec-{executor}" if executor else f"{app}-driver"
        yield _pod(namespace, name, app, "Failed" if run % 10 == 0 else "Succeeded", executor=executor)


def applications(namespaces: Sequence[str], running: int, ended: int) -> Iterator[Object]:
    """SparkApplications, in turns in the namespaces: at work as the drivers are, and ended.

    Args:
        namespaces: where they are.
        running: how many are at work.
        ended: how many have ended.
    """
    now = datetime.now(UTC)
    began = f"{now - timedelta(minutes=30):%Y-%m-%dT%H:%M:%SZ}"
    done = f"{now - timedelta(minutes=10):%Y-%m-%dT%H:%M:%SZ}"
    for number in range(running + ended):
        at_work = number < running
        state = "RUNNING" if at_work else "FAILED" if number % 10 == 0 else "COMPLETED"
        name = f"etl-{number}" if at_work else f"done-{number - running}"
        yield {
            "apiVersion": f"{SPARK_GROUP}/v1beta2",
            "kind": "SparkApplication",
            "metadata": {
                "name": name,
                "namespace": namespaces[number % len(namespaces)],
                "uid": str(uuid.uuid4()),
                "creationTimestamp": began,
                "annotations": {SLA_ANNOTATION: "7200"},
                "labels": {JOB_LABEL: f"job-{number % JOBS}"},
            },
            "spec": {"executor": {"instances": 9}},
            "status": {
                "applicationState": {"state": state},
                "executionAttempts": 1,
                **({} if at_work else {"terminationTime": done}),
            },
        }


def store(etcd: str, objects: Iterator[Object]) -> int:
    """Put objects into etcd, and give how many there were.

    Args:
        etcd: its address.
        objects: pods or SparkApplications, as the API server stores them.
    """
    count = 0
    while some := list(islice(objects, AT_ONCE)):
        puts = [
            {
                "requestPut": {
                    "key": _base64(
                        f"/registry/{FOLDERS[each['kind']]}/{each['metadata']['namespace']}"
                        f"/{each['metadata']['name']}".encode()
                    ),
                    "value": _base64(json.dumps(each).encode()),
                }
            }
            for each in some
        ]
        answer = urllib3.request("POST", f"{etcd}/v3/kv/txn", json={"success": puts}, timeout=60)
        assert answer.json()["succeeded"] is True
        count += len(some)
    return count


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _pod(namespace: str, name: str, app: str, phase: str, *, executor: int = 0) -> Object:
    now = datetime.now(UTC)
    began = f"{now - timedelta(minutes=30):%Y-%m-%dT%H:%M:%SZ}"
    role, container = ("executor", EXECUTOR_CONTAINER) if executor else ("driver", DRIVER_CONTAINER)
    state: Object = {"running": {"startedAt": began}}
    if phase in ENDED:
        done = f"{now - timedelta(minutes=10):%Y-%m-%dT%H:%M:%SZ}"
        code = ENDED[phase]
        reason = "Error" if code else "Completed"
        state = {"terminated": {"exitCode": code, "reason": reason, "startedAt": began, "finishedAt": done}}
    resources = {"requests": {"cpu": "1", "memory": "1536Mi"}, "limits": {"memory": "1536Mi"}}
    labels = {
        "spark-role": role,
        "spark-app-selector": f"spark-{uuid.uuid5(uuid.NAMESPACE_DNS, app).hex}",
        "spark-app-name": app,
        "sparkoperator.k8s.io/app-name": app,
        **({"spark-exec-id": str(executor)} if executor else {}),
    }
    conditions = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
    ready = "True" if phase == "Running" else "False"
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "uid": str(uuid.uuid4()),
            "creationTimestamp": began,
            "labels": labels,
        },
        "spec": {
            "nodeName": f"node-{hash(app) % 500}",
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": 30,
            "dnsPolicy": "ClusterFirst",
            "serviceAccountName": f"spark-{role}",
            "securityContext": {},
            "schedulerName": "default-scheduler",
            "containers": [
                {
                    "name": container,
                    "image": "registry.example/spark:1",
                    "resources": resources,
                    "terminationMessagePath": "/dev/termination-log",
                    "terminationMessagePolicy": "File",
                    "imagePullPolicy": "IfNotPresent",
                }
            ],
        },
        "status": {
            "phase": phase,
            "startTime": began,
            "qosClass": "Burstable",
            "conditions": [
                {"type": each, "status": ready, "lastTransitionTime": began} for each in conditions
            ],
            "containerStatuses": [
                {
                    "name": container,
                    "image": "registry.example/spark:1",
                    "imageID": "registry.example/spark@sha256:1",
                    "containerID": f"containerd://{uuid.uuid4().hex}",
                    "ready": phase == "Running",
                    "started": phase == "Running",
                    "restartCount": 0,
                    "state": state,
                }
            ],
        },
    }
