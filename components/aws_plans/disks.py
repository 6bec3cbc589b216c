"""Root disks of nodes: how large and how fast, and what the key that they are under lets roles do. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from components.aws_plans.account import DNS_SUFFIX, Account
from components.aws_plans.iam import PolicyDocument, Statement, policy
from components.aws_plans.node_pools import Disk

FREE_IOPS: Final = 3000
"""Operations a second that a gp3 volume has without paying for them (Amazon EBS, "General Purpose SSD")."""

FREE_THROUGHPUT: Final = 125
"""MiB a second that it has likewise."""

IOPS_PER_GIB: Final = 500
"""Most operations a second for each GiB of a gp3 volume (the same page)."""

IOPS_PER_MIB: Final = 4
"""Fewest operations a second for each MiB a second of it (the same page: 0.25 MiB a second for each)."""

FAST_PULL_THROUGHPUT: Final = 600
"""MiB a second below which pulling images side by side is slower than one after the other, as AWS says of
nodeadm's FastImagePull."""


FAST_PULL_DISKS: Final = (Disk.SPILL, Disk.NVME)
"""Disks of the nodes whose images are pulled so: a job starts many of them at once. Where there are local
disks, images lie on those."""


@dataclass(frozen=True, kw_only=True)
class Volume:
    """A gp3 root disk.

    Args:
        gib: size in GiB.
        iops: operations a second; 3000 cost nothing.
        throughput: MiB a second; 125 cost nothing.

    Raises:
        ValueError: EBS has no such volume.
    """

    gib: int
    iops: int = FREE_IOPS
    throughput: int = FREE_THROUGHPUT

    def __post_init__(self) -> None:
        if self.iops > self.gib * IOPS_PER_GIB:
            raise ValueError(
                f"{self.iops} operations a second need {-(-self.iops // IOPS_PER_GIB)} GiB, and it has "
                f"{self.gib}; write more gib or less iops"
            )
        if self.throughput * IOPS_PER_MIB > self.iops:
            raise ValueError(
                f"{self.throughput} MiB a second need {self.throughput * IOPS_PER_MIB} operations a second, "
                f"and it has {self.iops}; write more iops or less throughput"
            )


SYSTEM_VOLUME: Final = Volume(gib=40)
"""Disk of the system nodes: the operating system and small images; they keep no data."""

VOLUMES: Final[Mapping[Disk, Volume]] = MappingProxyType(
    {
        # Images of the platform and of a driver, and logs.
        Disk.STANDARD: Volume(gib=80),
        # Shuffle and spill of executors that have no local disk: 200 GiB for up to 64 vCPU, written at the
        # speed of a spinning disk array rather than of gp3's default, which a single executor can fill.
        Disk.SPILL: Volume(gib=200, iops=6000, throughput=500),
        # The local disks hold everything but the operating system.
        Disk.NVME: Volume(gib=40),
    }
)
"""Root disk by kind."""


def disk_key_policy(account: Account, *, key_arn: str) -> PolicyDocument:
    """What Karpenter and the volume driver need of a key of one's own that disks are under.

    EC2 uses the key in the name of whoever starts the instance or makes the volume, and asks for a grant to
    go on doing so (EBS guide, "Requirements for Amazon EBS encryption"; Karpenter, "Troubleshooting: node
    terminates before ready on failed encrypted EBS volume").

    Args:
        account: where the disks are.
        key_arn: the key.
    """
    return policy(
        Statement(
            sid="UseKeyThroughEc2",
            actions=(
                "kms:Decrypt",
                "kms:DescribeKey",
                "kms:Encrypt",
                "kms:GenerateDataKey",
                "kms:GenerateDataKeyWithoutPlaintext",
                "kms:ReEncryptFrom",
                "kms:ReEncryptTo",
            ),
            resources=(key_arn,),
            conditions={"StringEquals": {"kms:ViaService": f"ec2.{account.region}.{DNS_SUFFIX}"}},
        ),
        Statement(
            sid="LetEc2GoOn",
            actions=("kms:CreateGrant",),
            resources=(key_arn,),
            conditions={
                "StringEquals": {"kms:ViaService": f"ec2.{account.region}.{DNS_SUFFIX}"},
                "Bool": {"kms:GrantIsForAWSResource": "true"},
            },
        ),
    )
