"""Which nodes a pod may run on. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Which nodes a pod may run on.

    Args:
        node_selector: labels that a node must have.
        tolerations: taints that the pod tolerates, in Kubernetes' own form.
        affinity: what it wants to be near, in Kubernetes' own form.
        disk: what it reserves on the node's disk, as a Kubernetes quantity; None for the namespace's default.
    """

    node_selector: Mapping[str, str] = field(default_factory=dict)
    tolerations: Sequence[Mapping[str, Any]] = ()
    affinity: Mapping[str, Any] = field(default_factory=dict)
    disk: str | None = None


ANY_NODE: Final = Placement()
