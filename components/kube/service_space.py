"""The place of a service in the cluster: its namespace with walls around it, its account, and its Secrets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.kube.credentials import Credentials
from components.kube.network_rules import Spec, wall
from components.kube.objects import declare, typed
from components.kube.pod_security import NAMESPACE_LABELS
from components.naming import ACCESS_KEY, SECRET_KEY, labels


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
    namespace: pulumi.Resource | Sequence[pulumi.Resource],
    policies: Mapping[str, Spec],
    metadata: Mapping[str, Mapping[str, Any]],
    *,
    parent: pulumi.Resource,
) -> list[pulumi.CustomResource]:
    """Make the NetworkPolicies of a namespace.

    Args:
        prefix: what comes before the policy's name in the resource's.
        namespace: the namespace, or all that must be in place first.
        policies: specs by the policy's name.
        metadata: metadata by the policy's name.
        parent: the component.
    """
    after = [namespace] if isinstance(namespace, pulumi.Resource) else list(namespace)
    opts = pulumi.ResourceOptions(parent=parent, depends_on=after)
    return [declare(f"{prefix}-{name}", wall(metadata[name], spec), opts) for name, spec in policies.items()]


def service_account(
    name: str, metadata: Mapping[str, Any], opts: pulumi.ResourceOptions, *, token: bool = False
) -> k8s.core.v1.ServiceAccount:
    """Make a service account.

    Args:
        name: the resource's name.
        metadata: the account's metadata.
        opts: the resource's options.
        token: True for a token in pods that do not say themselves whether they want one.
    """
    return k8s.core.v1.ServiceAccount(
        name, metadata=typed(metadata), automount_service_account_token=token, opts=opts
    )


def hidden_secret(
    name: str,
    metadata: Mapping[str, Any],
    data: Mapping[str, pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> k8s.core.v1.Secret:
    """Make a Secret whose values state and logs hide.

    Args:
        name: the resource's name.
        metadata: the Secret's metadata.
        data: key -> value.
        opts: the resource's options.
    """
    return k8s.core.v1.Secret(
        name,
        metadata=typed(metadata),
        string_data={key: pulumi.Output.secret(value) for key, value in data.items()},
        opts=opts,
    )


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
