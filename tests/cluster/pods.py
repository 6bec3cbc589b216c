"""A pod that every tenant's namespace admits, and ways to spoil it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

from toolchain.kubectl import Kubectl

Pod = dict[str, Any]


def admitted(name: str, namespace: str, image: str, priority_class: str = "spark-normal") -> Pod:
    """The smallest pod that satisfies Pod Security's restricted standard and the tenant's rules."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "restartPolicy": "Never",
            "priorityClassName": priority_class,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 185,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [
                {
                    "name": "main",
                    "image": image,
                    "command": ["true"],
                    "resources": {
                        "requests": {"cpu": "100m", "memory": "64Mi"},
                        "limits": {"memory": "64Mi"},
                    },
                    "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
                }
            ],
        },
    }


def changed(pod: Pod, path: str, value: Any) -> Pod:
    """A copy with one field set.

    Args:
        pod: the original.
        path: the field below `spec`, with dots; a number is a list's position.
        value: what it gets; None removes it.
    """
    copy = deepcopy(pod)
    *steps, last = path.split(".")
    node: Any = copy["spec"]
    for step in steps:
        node = node[int(step)] if step.isdigit() else node[step]
    if value is None:
        del node[last]
    else:
        node[last] = value
    return copy


@contextmanager
def holding(kubectl: Kubectl, namespace: str, image: str, cpu: str) -> Iterator[None]:
    """Hold a part of a namespace's quota by a pod that fits no node, and so takes nothing of one.

    What a job asks for by itself is held against the quota when it is created; this is what else is there.

    Args:
        kubectl: the cluster's administrator.
        namespace: a tenant's.
        image: any that it may run.
        cpu: CPU to hold, as a Kubernetes quantity.
    """
    name = f"holding-{secrets.token_hex(3)}"
    pod = changed(admitted(name, namespace, image), "containers.0.resources.requests.cpu", cpu)
    pod["spec"]["nodeSelector"] = {"kubernetes.io/hostname": "a-node-that-is-not"}
    kubectl.create(pod)
    try:
        yield
    finally:
        kubectl.delete("pod", name, namespace)
