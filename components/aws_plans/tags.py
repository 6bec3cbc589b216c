"""Tags of everything in AWS, for bills, searches and policies. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from components.naming import PROJECT


def tags(*, environment: str, cluster: str, further: Mapping[str, str]) -> dict[str, str]:
    """Make the tags that everything carries.

    Args:
        environment: environment of the stack.
        cluster: name of the cluster.
        further: tags of the company; they can't replace the platform's own.
    """
    return {
        **further,
        "Project": PROJECT,
        "Environment": environment,
        "Cluster": cluster,
        "ManagedBy": "pulumi",
    }
