"""The place of a service in the cluster: its namespace with the walls around it, its S3 keys, its volumes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi
import pulumi_kubernetes as k8s

from components.kube.credentials import Credentials
from components.kube.network_rules import Spec
from components.kube.objects import typed
from components.kube.pod_security import NAMESPACE_LABELS
from components.naming import ACCESS_KEY, SECRET_KEY, labels

NOT_AWAITED: Final[Mapping[str, str]] = {"pulumi.com/skipAwait": "true"}
"""Annotation of every claim. A class that waits for the first pod leaves the claim pending at first and bound
later; pulumi-kubernetes 4.25 would wait for "pending" at every later update, in vain."""


def service_namespace(
    name: str,
    namespace: str,
    *,
    service: str,
    parent: pulumi.Resource,
    standard: Mapping[str, str] = NAMESPACE_LABELS,
    after: Sequence[pulumi.Resource] = (),
) -> k8s.core.v1.Namespace:
    """Make a namespace that admits no pod beyond its Pod Security standard.

    Args:
        name: the resource's name.
        namespace: the namespace's name.
        service: what it belongs to, for its labels.
        parent: the component.
        standard: labels of the Pod Security standard; the default admits restricted pods alone.
        after: what must be in place first.
    """
    return k8s.core.v1.Namespace(
        name,
        metadata={"name": namespace, "labels": {**labels(service, "namespace"), **standard}},
        opts=pulumi.ResourceOptions(parent=parent, depends_on=list(after)),
    )


def network_walls(
    prefix: str,
    namespace: k8s.core.v1.Namespace,
    policies: Mapping[str, Spec],
    metadata: Mapping[str, Mapping[str, Any]],
    *,
    parent: pulumi.Resource,
) -> list[k8s.networking.v1.NetworkPolicy]:
    """Make the NetworkPolicies of a namespace.

    Args:
        prefix: what comes before the policy's name in the resource's.
        namespace: the namespace.
        policies: specs by the policy's name.
        metadata: metadata by the policy's name.
        parent: the component.
    """
    return [
        k8s.networking.v1.NetworkPolicy(
            f"{prefix}-{name}",
            metadata=typed(metadata[name]),
            spec=typed(spec),
            opts=pulumi.ResourceOptions(parent=parent, depends_on=[namespace]),
        )
        for name, spec in policies.items()
    ]


def key_secret(
    name: str, metadata: Mapping[str, Any], key: Credentials, opts: pulumi.ResourceOptions
) -> k8s.core.v1.Secret:
    """Make the Secret with an S3 key; state and logs hide its secret half.

    Args:
        name: the resource's name.
        metadata: the Secret's metadata.
        key: the key.
        opts: the resource's options.
    """
    return k8s.core.v1.Secret(
        name,
        metadata=typed(metadata),
        string_data={ACCESS_KEY: key.access_key, SECRET_KEY: pulumi.Output.secret(key.secret_key)},
        opts=opts,
    )


def claim_spec(size: str, storage_class: str | None) -> dict[str, Any]:
    """Make the spec of a claim that one pod writes; pure.

    Args:
        size: its size, as a Kubernetes quantity of bytes.
        storage_class: its StorageClass; None takes the cluster's default.
    """
    spec: dict[str, Any] = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": size}},
    }
    return spec if storage_class is None else {**spec, "storageClassName": storage_class}
