"""What the `aws` foundation puts into its own cluster before the platform comes: volumes and nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import pulumi
import pulumi_kubernetes as k8s

from components.aws.karpenter import Karpenter, KarpenterArgs
from components.naming import labels, type_token
from components.rules.model import enforce
from components.rules.storage import STORAGE_CLASS_ENCRYPTION

STORAGE_CLASS: Final = "gp3"
"""StorageClass of volumes, and the cluster's default: EKS brings none that its driver serves."""


VOLUMES: Final[Mapping[str, Any]] = MappingProxyType(
    {"provisioner": "ebs.csi.aws.com", "parameters": {"type": "gp3", "encrypted": "true"}}
)
"""How that class makes them."""


@dataclass(frozen=True, kw_only=True)
class ClusterServicesArgs:
    """Arguments of `ClusterServices`.

    Args:
        karpenter: arguments of Karpenter.
        disk_key: ARN of the key that volumes are under; None for the account's default.
    """

    karpenter: KarpenterArgs
    disk_key: str | None = None


class ClusterServices(pulumi.ComponentResource):
    """StorageClass and Karpenter: with them, pods of all kinds find a place.

    Everything above must depend on this component, and the tenants' namespaces most of all: they are then
    deleted first, so that no job keeps a node while its pool is drained.

    Outputs:
        pools: names of the node pools, known once they exist.
    """

    pools: pulumi.Output[list[str]]

    def __init__(
        self, name: str, args: ClusterServicesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(type_token("ClusterServices"), name, {}, opts)
        enforce(STORAGE_CLASS_ENCRYPTION, part=VOLUMES, what=f"storage class {STORAGE_CLASS}")
        k8s.storage.v1.StorageClass(
            f"{name}-{STORAGE_CLASS}",
            metadata={
                "name": STORAGE_CLASS,
                "labels": labels(STORAGE_CLASS, "storage"),
                "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
            },
            provisioner=VOLUMES["provisioner"],
            parameters={
                **VOLUMES["parameters"],
                **({"kmsKeyId": args.disk_key} if args.disk_key else {}),
            },
            # A volume can't leave its zone, so it is made where its pod is.
            volume_binding_mode="WaitForFirstConsumer",
            allow_volume_expansion=True,
            reclaim_policy="Delete",
            opts=pulumi.ResourceOptions(parent=self),
        )
        karpenter = Karpenter(f"{name}-karpenter", args.karpenter, pulumi.ResourceOptions(parent=self))
        self.pools = karpenter.pools
        self.register_outputs({"pools": self.pools})
