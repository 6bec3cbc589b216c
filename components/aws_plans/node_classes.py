"""What a node is made of: image, disk, network, metadata service and tags (EC2NodeClass). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, Literal

from components.aws_plans.disks import FREE_IOPS, FREE_THROUGHPUT, SYSTEM_VOLUME, VOLUMES, Volume
from components.aws_plans.node_pools import PODS_PER_CORE, PODS_PER_NODE, Disk
from components.rules.cluster import METADATA_SERVICE
from components.rules.model import enforce
from components.rules.storage import NODE_DISK_ENCRYPTION
from components.rules.tags import LAUNCH_TEMPLATE_TAGS, NODE_CLASS_TAGS

ROOT_DEVICE: Final = "/dev/xvda"
"""Root disk of Amazon Linux 2023."""

_GRAVITON: Final = re.compile(r"[a-z]+[0-9]+g[a-z0-9-]*\..*")
"""A `g` behind the generation says that an instance type is Graviton: m7g, c6gn, r8gd."""

METADATA_OPTIONS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "httpEndpoint": "enabled",
        "httpTokens": "required",
        # One hop ends at the node: a pod can't take the node's credentials.
        "httpPutResponseHopLimit": 1,
        "httpProtocolIPv6": "disabled",
    }
)
"""How the metadata service answers: version 2 only, and to the node itself only."""


FAST_PULL: Final = """\
apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  featureGates:
    FastImagePull: true
"""
"""User data of Amazon Linux 2023 under which layers of an image are fetched and unpacked side by side
(nodeadm guide, "Enabling fast image pull")."""


def architecture(instance_type: str) -> Literal["arm64", "amd64"]:
    """Architecture of an instance type, as Kubernetes names it.

    Args:
        instance_type: the type, such as "m7g.large".
    """
    return "arm64" if _GRAVITON.fullmatch(instance_type) else "amd64"


def node_class(
    disk: Disk,
    *,
    cluster: str,
    role: Any,
    ami_alias: str,
    subnet_ids: Sequence[Any],
    security_group_id: Any,
    tags: Mapping[str, str],
    volume: Volume | None = None,
    disk_key: str | None = None,
    fast_pull: bool = False,
) -> dict[str, Any]:
    """Make the spec of an EC2NodeClass (karpenter.k8s.aws/v1).

    Subnets and security group are named by id. A selector by tag would take whatever else carries the tag.

    Args:
        disk: kind of disk.
        cluster: name of the cluster.
        role: name of the nodes' IAM role.
        ami_alias: image, such as "al2023@v20260818"; never "latest", which would replace nodes unasked.
        subnet_ids: ids of the pod subnets.
        security_group_id: id of the cluster's security group.
        tags: tags of instances, disks and interfaces.
        volume: root disk; None for the usual one of that kind.
        disk_key: ARN of the key that the disk is under; None for the account's default.
        fast_pull: True to fetch and unpack layers of images side by side.

    Raises:
        ValueError: the image has no fixed release, or the class breaks a guard rule.
    """
    if ami_alias.endswith("@latest") or "@" not in ami_alias:
        raise ValueError(f'node image "{ami_alias}" has no fixed release; write it as al2023@v20260818')
    volume = volume or VOLUMES[disk]
    spec: dict[str, Any] = {
        "role": role,
        "amiSelectorTerms": [{"alias": ami_alias}],
        "subnetSelectorTerms": [{"id": each} for each in subnet_ids],
        "securityGroupSelectorTerms": [{"id": security_group_id}],
        "associatePublicIPAddress": False,
        "metadataOptions": dict(METADATA_OPTIONS),
        "kubelet": {"maxPods": PODS_PER_NODE, "podsPerCore": PODS_PER_CORE},
        "blockDeviceMappings": [
            {
                "deviceName": ROOT_DEVICE,
                "rootVolume": True,
                "ebs": {
                    "volumeSize": f"{volume.gib}Gi",
                    "volumeType": "gp3",
                    "iops": volume.iops,
                    "throughput": volume.throughput,
                    "encrypted": True,
                    **({"kmsKeyID": disk_key} if disk_key else {}),
                    "deleteOnTermination": True,
                },
            }
        ],
        # The EBS driver's role may attach volumes only to instances with this tag (see iam_platform.py).
        "tags": {**tags, "ebs.csi.aws.com/cluster-name": cluster},
    }
    if disk is Disk.NVME:
        spec["instanceStorePolicy"] = "RAID0"
    if fast_pull:
        spec["userData"] = FAST_PULL
    what = f"node class {disk}"
    enforce(METADATA_SERVICE, NODE_DISK_ENCRYPTION, part=spec, what=what)
    enforce(NODE_CLASS_TAGS, part=spec["tags"], what=what)
    return spec


def system_template(
    tags: Mapping[str, str], *, volume: Volume = SYSTEM_VOLUME, disk_key: str | None = None
) -> dict[str, Any]:
    """Make what a launch template of system nodes says of a node: the same as the node classes.

    Args:
        tags: tags of instances, disks and interfaces: default tags don't reach what the group makes.
        volume: root disk.
        disk_key: ARN of the key that the disk is under; None for the account's default.

    Raises:
        RuleError: it breaks a guard rule; tags that are asked for are missing.
    """
    plan: dict[str, Any] = {
        "metadataOptions": {
            # The same option, as EC2's own API spells it.
            "httpProtocolIpv6" if key == "httpProtocolIPv6" else key: value
            for key, value in METADATA_OPTIONS.items()
        },
        "blockDeviceMappings": [
            {
                "deviceName": ROOT_DEVICE,
                "ebs": {
                    "volumeSize": volume.gib,
                    "volumeType": "gp3",
                    # What costs nothing is not written: a template that changes replaces every node.
                    **({"iops": volume.iops} if volume.iops > FREE_IOPS else {}),
                    **({"throughput": volume.throughput} if volume.throughput > FREE_THROUGHPUT else {}),
                    "encrypted": "true",
                    **({"kmsKeyId": disk_key} if disk_key else {}),
                    "deleteOnTermination": "true",
                },
            }
        ],
        "tagSpecifications": [
            {"resourceType": kind, "tags": dict(tags)} for kind in ("instance", "volume", "network-interface")
        ],
    }
    enforce(METADATA_SERVICE, NODE_DISK_ENCRYPTION, LAUNCH_TEMPLATE_TAGS, part=plan, what="system nodes")
    return plan
