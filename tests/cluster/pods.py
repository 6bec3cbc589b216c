"""A pod that every tenant's namespace admits, and ways to spoil it."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

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
