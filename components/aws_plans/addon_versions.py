r"""Which releases go with which Kubernetes version: add-ons and node images. Pure.

An upgrade is one setting, `cluster.version`; everything in its row follows. EKS refuses an add-on release
made for another minor, so a row is taken whole. To renew a row, ask AWS and change all of it in one commit:

    aws eks describe-addon-versions --kubernetes-version 1.35 --addon-name coredns \
      --query "addons[].addonVersions[?compatibilities[0].defaultVersion].addonVersion"
    aws ssm get-parameter --query Parameter.Value --name \
      /aws/service/eks/optimized-ami/1.35/amazon-linux-2023/arm64/standard/recommended/release_version

The rows hold what AWS gave as defaults in August 2026, as users' published configurations of that month
record it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

_AMI_RELEASE: Final = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+-(?P<day>[0-9]{8})")


@dataclass(frozen=True, kw_only=True)
class Release:
    """Everything that is pinned for one Kubernetes version.

    Args:
        kubernetes: minor version, such as "1.35".
        standard_support_ends: day after which EKS upgrades the cluster by itself, or charges for extended
            support where that is on (EKS Kubernetes release calendar).
        retrieved: month in which the releases below were AWS' defaults.
        vpc_cni: release of the add-on vpc-cni: addresses of pods, and their NetworkPolicies.
        kube_proxy: release of the add-on kube-proxy.
        coredns: release of the add-on coredns.
        pod_identity_agent: release of the add-on eks-pod-identity-agent.
        ebs_csi_driver: release of the add-on aws-ebs-csi-driver: volumes.
        node_monitoring_agent: release of the add-on eks-node-monitoring-agent.
        metrics_server: release of the add-on metrics-server.
        ami: release of the EKS-optimised Amazon Linux 2023 image, for all nodes.
    """

    kubernetes: str
    standard_support_ends: date
    retrieved: str
    vpc_cni: str
    kube_proxy: str
    coredns: str
    pod_identity_agent: str
    ebs_csi_driver: str
    node_monitoring_agent: str
    metrics_server: str
    ami: str

    @property
    def addons(self) -> Mapping[str, str]:
        """Name of each add-on, as EKS knows it, and its release."""
        return MappingProxyType(
            {
                "vpc-cni": self.vpc_cni,
                "kube-proxy": self.kube_proxy,
                "coredns": self.coredns,
                "eks-pod-identity-agent": self.pod_identity_agent,
                "aws-ebs-csi-driver": self.ebs_csi_driver,
                "eks-node-monitoring-agent": self.node_monitoring_agent,
                "metrics-server": self.metrics_server,
            }
        )

    @property
    def ami_alias(self) -> str:
        """The same node image as Karpenter names it: `al2023@v<day>`."""
        match = _AMI_RELEASE.fullmatch(self.ami)
        if match is None:
            raise ValueError(f'node image "{self.ami}" is not a release; write it as 1.35.6-20260818')
        return f"al2023@v{match['day']}"


_ROWS: Final = (
    Release(
        kubernetes="1.35",
        standard_support_ends=date(2027, 3, 27),
        retrieved="2026-08",
        # 1.22.4: network policies need 1.14 or later, prefix delegation 1.9 or later (VPC CNI guide).
        vpc_cni="v1.22.4-eksbuild.3",
        kube_proxy="v1.35.3-eksbuild.21",
        coredns="v1.13.2-eksbuild.21",
        pod_identity_agent="v1.3.10-eksbuild.3",
        # The cluster-scoped policy that its role has needs 1.58 or later (see iam.py).
        ebs_csi_driver="v1.63.1-eksbuild.1",
        node_monitoring_agent="v1.7.0-eksbuild.1",
        metrics_server="v0.9.0-eksbuild.7",
        ami="1.35.6-20260818",
    ),
    Release(
        kubernetes="1.36",
        standard_support_ends=date(2027, 8, 2),
        retrieved="2026-08",
        vpc_cni="v1.22.4-eksbuild.3",
        kube_proxy="v1.36.0-eksbuild.21",
        coredns="v1.14.3-eksbuild.16",
        pod_identity_agent="v1.3.10-eksbuild.3",
        ebs_csi_driver="v1.63.1-eksbuild.1",
        node_monitoring_agent="v1.7.2-eksbuild.1",
        # What `describe-addon-versions` gave a user as 1.36's default, a month after the others.
        metrics_server="v0.9.0-eksbuild.11",
        ami="1.36.2-20260818",
    ),
)

RELEASES: Final[Mapping[str, Release]] = MappingProxyType({row.kubernetes: row for row in _ROWS})
"""The rows by Kubernetes version. 1.34 has none: its standard support ends on 2026-12-02."""

KARPENTER: Final = "1.14.1"
"""Karpenter and its CRDs. Kubernetes 1.36 needs 1.13 or later, 1.35 needs 1.9 (its compatibility matrix)."""

KARPENTER_KNOWS: Final = "1.36"
"""Newest Kubernetes that this Karpenter works with (its pkg/providers/version, MaxK8sVersion)."""

NOT_YET: Final[Mapping[str, str]] = MappingProxyType(
    {
        "1.37": f"is newer than Karpenter {KARPENTER} knows, {KARPENTER_KNOWS} at most, and has no releases "
        f"of add-ons in components/aws_plans/addon_versions.py yet; write {KARPENTER_KNOWS}",
    }
)
"""Versions that are out and can't be offered yet, with the reason. A row takes the place of each, once a
Karpenter that knows it is pinned and AWS has been asked for the add-ons."""

KARPENTER_CHART: Final = "oci://public.ecr.aws/karpenter/karpenter"
KARPENTER_CRD_CHART: Final = "oci://public.ecr.aws/karpenter/karpenter-crd"
"""The CRDs have a chart of their own, because Helm never updates those inside the main one."""


def release(kubernetes: str) -> Release:
    """The row of a Kubernetes version.

    Args:
        kubernetes: minor version, such as "1.35".

    Raises:
        ValueError: there is none; the message lists those there are.
    """
    if kubernetes not in RELEASES:
        raise ValueError(
            f"Kubernetes {kubernetes} has no row in components/aws_plans/addon_versions.py; "
            f"write one of {', '.join(RELEASES)}, or add its row"
        )
    return RELEASES[kubernetes]
