"""Whether the pods of a job share a disk, on which what one writes the others see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]

_VOLUMES = "spark.kubernetes.executor.volumes."


def shares_a_disk(application: Json, given: Mapping[str, str]) -> bool:
    """Say whether executors have a volume that others have too: a claim, or NFS.

    Args:
        application: the SparkApplication.
        given: properties that the operator's options have.
    """
    spec = application["spec"]
    template = ((spec.get("executor") or {}).get("template") or {}).get("spec") or {}
    volumes = [*(spec.get("volumes") or []), *(template.get("volumes") or [])]
    return any("persistentVolumeClaim" in each or "nfs" in each for each in volumes) or any(
        key.startswith(f"{_VOLUMES}nfs.")
        or (
            key.startswith(f"{_VOLUMES}persistentVolumeClaim.")
            and key.endswith(".claimName")
            and value != "OnDemand"
        )
        for key, value in given.items()
    )
