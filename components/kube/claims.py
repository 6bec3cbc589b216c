"""Claims of volumes that the platform's own pods write to. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

NOT_AWAITED: Final[Mapping[str, str]] = {"pulumi.com/skipAwait": "true"}
"""Annotation of every claim. A class that waits for the first pod leaves the claim pending at first and bound
later; pulumi-kubernetes 4.25 would wait for "pending" at every later update, in vain."""


def claim_spec(size: str, storage_class: str | None) -> dict[str, Any]:
    """Make the spec of a claim that one pod writes.

    Args:
        size: its size, as a Kubernetes quantity of bytes.
        storage_class: its StorageClass; None takes the cluster's default.
    """
    spec: dict[str, Any] = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": size}},
    }
    return spec if storage_class is None else {**spec, "storageClassName": storage_class}
