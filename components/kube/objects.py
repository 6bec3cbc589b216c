"""Turns manifests of pure modules into Pulumi resources, each of the type of its kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import pulumi
import pulumi_kubernetes as k8s

from components.domain import Manifest
from components.naming import MONITORING_NAMESPACE

_TYPES: Final[Mapping[tuple[str, str], Any]] = {
    ("v1", "ConfigMap"): k8s.core.v1.ConfigMap,
    ("v1", "Namespace"): k8s.core.v1.Namespace,
    ("v1", "PersistentVolumeClaim"): k8s.core.v1.PersistentVolumeClaim,
    ("v1", "Service"): k8s.core.v1.Service,
    ("v1", "ServiceAccount"): k8s.core.v1.ServiceAccount,
    ("apps/v1", "DaemonSet"): k8s.apps.v1.DaemonSet,
    ("apps/v1", "Deployment"): k8s.apps.v1.Deployment,
    ("networking.k8s.io/v1", "NetworkPolicy"): k8s.networking.v1.NetworkPolicy,
    ("rbac.authorization.k8s.io/v1", "ClusterRole"): k8s.rbac.v1.ClusterRole,
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"): k8s.rbac.v1.ClusterRoleBinding,
    ("rbac.authorization.k8s.io/v1", "Role"): k8s.rbac.v1.Role,
    ("rbac.authorization.k8s.io/v1", "RoleBinding"): k8s.rbac.v1.RoleBinding,
}
"""Type of each kind that Kubernetes itself has; any other kind is a custom resource."""


def typed(manifest: Any) -> Any:
    """Hand a pure module's manifest to a typed resource; the API server checks what mypy can't.

    Args:
        manifest: the manifest, or a part of one.
    """
    return manifest


def declare(name: str, manifest: Manifest, opts: pulumi.ResourceOptions) -> pulumi.CustomResource:
    """Declare an object.

    Args:
        name: the resource's name.
        manifest: the object.
        opts: the resource's options.

    Returns:
        The resource.
    """
    kind = (manifest["apiVersion"], manifest["kind"])
    fields = {key: value for key, value in manifest.items() if key not in ("apiVersion", "kind")}
    if kind not in _TYPES:
        return k8s.apiextensions.CustomResource(name, api_version=kind[0], kind=kind[1], opts=opts, **fields)
    make: Callable[..., pulumi.CustomResource] = _TYPES[kind]
    return make(name, **{_snake(key): value for key, value in fields.items()}, opts=opts)


def logical_name(prefix: str, manifest: Manifest) -> str:
    """Name of the resource for an object: the component's, its namespace if another, its own, its kind.

    Args:
        prefix: name of the component.
        manifest: the object.
    """
    metadata = manifest["metadata"]
    place = metadata.get("namespace", MONITORING_NAMESPACE)
    parts = (*([] if place == MONITORING_NAMESPACE else [place]), metadata["name"], manifest["kind"].lower())
    return "-".join([prefix, *parts])


def _snake(key: str) -> str:
    """The name that Pulumi's types give a field of Kubernetes: `roleRef` is `role_ref`."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in key)
