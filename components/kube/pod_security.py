"""What the restricted Pod Security Standard asks of the platform's own namespaces and pods.

Pure. Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/ ("Restricted").
"""

from __future__ import annotations

from typing import Any, Final

_LEVEL: Final = "restricted"

NAMESPACE_LABELS: Final[dict[str, str]] = {
    "pod-security.kubernetes.io/enforce": _LEVEL,
    "pod-security.kubernetes.io/enforce-version": "latest",
    "pod-security.kubernetes.io/warn": _LEVEL,
    "pod-security.kubernetes.io/audit": _LEVEL,
}
"""Labels of a namespace in which only restricted pods are admitted."""


def namespace_labels() -> dict[str, str]:
    """Make the labels of a namespace that admits only pods of the restricted standard."""
    return {
        **NAMESPACE_LABELS,
        "pod-security.kubernetes.io/warn-version": "latest",
        "pod-security.kubernetes.io/audit-version": "latest",
    }


def restricted_pod(user: int) -> dict[str, Any]:
    """Make the securityContext of a pod.

    Args:
        user: uid and gid of its processes, and the group that owns its volumes; not 0.
    """
    return {
        "runAsNonRoot": True,
        "runAsUser": user,
        "runAsGroup": user,
        "fsGroup": user,
        # Without this, Kubernetes walks the whole volume at every start, which takes minutes on a full one.
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def restricted_container() -> dict[str, Any]:
    """Make the securityContext of a container; its root file system is read-only, beyond what is asked."""
    return {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
