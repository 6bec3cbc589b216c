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
    """

    node_selector: Mapping[str, str] = field(default_factory=dict)
    tolerations: Sequence[Mapping[str, Any]] = ()


ANY_NODE: Final = Placement()
