"""Secrets by which Alertmanager shows its receivers who it is."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from components.kube.monitors import metadata
from components.kube.service_space import hidden_secret


def alert_secrets(
    prefix: str, secrets: Mapping[str, Mapping[str, pulumi.Input[str]]], opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """Make the Secrets of the receivers whose keys the stack file has, encrypted.

    Args:
        prefix: name of the component.
        secrets: name of the Secret -> key -> value.
        opts: the resources' options.
    """
    return [hidden_secret(f"{prefix}-{name}", metadata(name), data, opts) for name, data in secrets.items()]
