"""Looks into Kubernetes objects: their pods, containers and security settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tests.support.recorder import Landed

_POD_PATHS: Final = {
    "Pod": ("spec",),
    "Deployment": ("spec", "template", "spec"),
    "StatefulSet": ("spec", "template", "spec"),
    "DaemonSet": ("spec", "template", "spec"),
    "ReplicaSet": ("spec", "template", "spec"),
    "Job": ("spec", "template", "spec"),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
}

CLUSTER_SCOPED: Final = frozenset(
    {
        "Namespace",
        "PriorityClass",
        "ClusterRole",
        "ClusterRoleBinding",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "CustomResourceDefinition",
        "StorageClass",
        "NodePool",
        "EC2NodeClass",
    }
)
"""Kinds that live in no namespace, as far as the platform makes them."""


def kind_of(resource: Landed) -> str:
    """Kind of a Kubernetes object."""
    return resource.type.rsplit(":", 1)[-1]


def is_kubernetes(resource: Landed) -> bool:
    """True for what the Kubernetes provider makes, charts included."""
    return resource.type.startswith("kubernetes:")


def is_chart(resource: Landed) -> bool:
    """True for a Helm chart, which the stand-in engine does not open."""
    return resource.type.startswith("kubernetes:helm.sh/")


def is_group(resource: Landed) -> bool:
    """True for a group of manifest files, which the stand-in engine does not open either."""
    return resource.type.startswith("kubernetes:yaml/")


def pod_of(resource: Landed) -> dict[str, Any] | None:
    """Spec of the pods that an object makes, or None if it makes none."""
    return pod_spec(kind_of(resource), resource.inputs) if is_kubernetes(resource) else None


def pod_spec(kind: str, manifest: Mapping[str, Any]) -> dict[str, Any] | None:
    """Spec of the pods that a manifest makes, or None if it makes none.

    Args:
        kind: its kind.
        manifest: the object, in Kubernetes' own form.
    """
    if (path := _POD_PATHS.get(kind)) is None:
        return None
    node: Any = manifest
    for step in path:
        node = node[step]
    assert isinstance(node, dict)
    return node


def containers(pod: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All containers of a pod, the first ones included."""
    yield from pod.get("initContainers") or ()
    yield from pod["containers"]


def restricted_faults(pod: dict[str, Any]) -> Iterator[str]:
    """What the restricted Pod Security Standard holds against a pod.

    Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/
    """
    shared = pod.get("securityContext") or {}
    yield from (f"{key} is on" for key in ("hostNetwork", "hostPID", "hostIPC") if pod.get(key))
    allowed = {
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "persistentVolumeClaim",
        "projected",
    }
    for volume in pod.get("volumes") or ():
        kinds = volume.keys() - {"name"} - allowed - {"secret"}
        yield from (f"volume {volume['name']} is a {kind}" for kind in kinds)
    for container in containers(pod):
        own = container.get("securityContext") or {}
        merged = {**shared, **own}
        name = container["name"]
        if own.get("allowPrivilegeEscalation") is not False:
            yield f"{name} may escalate privileges"
        if own.get("privileged"):
            yield f"{name} is privileged"
        if merged.get("runAsNonRoot") is not True or merged.get("runAsUser") == 0:
            yield f"{name} may run as root"
        if (own.get("capabilities") or {}).get("drop") != ["ALL"] or (own.get("capabilities") or {}).get(
            "add"
        ):
            yield f"{name} keeps capabilities"
        if (merged.get("seccompProfile") or {}).get("type") not in ("RuntimeDefault", "Localhost"):
            yield f"{name} has no seccomp profile"
