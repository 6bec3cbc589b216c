"""Secrets by which Alertmanager shows its receivers who it is."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_kubernetes as k8s

from components.kube.monitors import metadata
from components.kube.objects import typed


def alert_secrets(
    prefix: str, secrets: Mapping[str, Mapping[str, pulumi.Input[str]]], opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """Make the Secrets of the receivers whose keys the stack file has, encrypted.

    Args:
        prefix: name of the component.
        secrets: name of the Secret -> key -> value.
        opts: the resources' options.
    """
    return [
        k8s.core.v1.Secret(
            f"{prefix}-{name}",
            metadata=typed(metadata(name)),
            string_data={key: pulumi.Output.secret(value) for key, value in data.items()},
            opts=opts,
        )
        for name, data in secrets.items()
    ]
