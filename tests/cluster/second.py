"""A second cluster, made by the same tools, that stands for the cluster of a person who has one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path

import images
from images.recipes import PLATFORM_IMAGES
from local import cluster
from local.cluster import ClusterSpec, Ports, runtime
from tests import registry
from tests.local_cluster.support import private_network
from toolchain.kubectl import Kubectl
from toolchain.pulumi_cli import WRITTEN_ONCE, Stack
from workspace.paths import ROOT

SPEC = ClusterSpec(
    name="second",
    node_name="second-node",
    state=Path("/var/lib/spark-on-eks-second"),
    run=Path("/run/spark-on-eks-second"),
    bridge="spark2nd0",
    pod_cidr=IPv4Network("10.246.0.0/16"),
    service_cidr=IPv4Network("10.98.0.0/16"),
    cgroup="spark-on-eks-second",
    # Not the usual one: policies act here, and have to open the one that is found.
    ports=Ports(api_server=16443, etcd=32379, etcd_peer=32380),
)
"""Shares nothing with the cluster of this machine, and is not the one whose life and death are tested."""


PUBLIC_PORT = 5443
"""Of the registry that stands for a public one, on this cluster's network."""


@dataclass(frozen=True)
class Elsewhere:
    """A cluster that is not this checkout's, as a person with a kubeconfig has it.

    Args:
        kubeconfig: how to reach it.
        home: folder for what the commands keep between two calls.
        registry_image: image of a registry that the cluster can pull: what the public one is to others.
        embedded: where the commands would make a cluster of their own; nothing is there.
    """

    kubeconfig: Path
    home: Path
    embedded: Path
    registry_image: str

    @property
    def kubectl(self) -> Kubectl:
        """The cluster's administrator."""
        return Kubectl(self.kubeconfig)

    @property
    def stack(self) -> Stack:
        """The stack as `local.platform` keeps it for a cluster that is not this machine's."""
        (state,) = (self.home / "spark-on-eks").iterdir()
        return Stack(name="local", state=state, kubeconfig=self.kubeconfig)

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the Makefile with KUBECONFIG set."""
        environment = {
            **os.environ,
            "KUBECONFIG": str(self.kubeconfig),
            "XDG_STATE_HOME": str(self.home),
            "SPARK_ON_EKS_STATE": str(self.embedded),
            "SPARK_ON_EKS_REGISTRY_IMAGE": self.registry_image,
            # A crash would lose nothing that matters: the cluster goes as a whole.
            **WRITTEN_ONCE,
        }
        return subprocess.run(
            [sys.executable, "-m", "spark_on_eks", *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )


@contextmanager
def running(folder: Path) -> Iterator[Elsewhere]:
    """Start the second cluster, with nothing on its node but the node's own images; remove it at the end.

    Args:
        folder: for state, and for the registry that stands for a public one.
    """
    # Builds need the package sources, which are not reached from that network.
    images.build_all(names=PLATFORM_IMAGES)
    with private_network():
        try:
            cluster.down(SPEC)
            cluster.up(SPEC, images=runtime.default_images())
            with registry.running(folder, PUBLIC_PORT) as public:
                image = registry.push_itself(public)
                yield Elsewhere(SPEC.kubeconfig, folder / "state", folder / "embedded", image)
        finally:
            cluster.down(SPEC)
