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

import yaml

import images
from local import cluster
from local.cluster import ClusterSpec, Ports, runtime
from tests.local_cluster.support import private_network
from toolchain.kubectl import Kubectl
from toolchain.pulumi_cli import Stack
from workspace.paths import ROOT

CONTEXT = "spark-on-eks-local"
"""The context that the stack `local` insists on; a person names one so in a kubeconfig of their own."""

SPEC = ClusterSpec(
    name="second",
    node_name="second-node",
    state=Path("/var/lib/spark-on-eks-second"),
    run=Path("/run/spark-on-eks-second"),
    bridge="spark2nd0",
    pod_cidr=IPv4Network("10.246.0.0/16"),
    service_cidr=IPv4Network("10.98.0.0/16"),
    cgroup="spark-on-eks-second",
    ports=Ports(api_server=36443, etcd=32379, etcd_peer=32380),
)
"""Shares nothing with the cluster of this machine, and is not the one whose life and death are tested."""


@dataclass(frozen=True)
class Elsewhere:
    """A cluster that is not this checkout's, as a person with a kubeconfig has it.

    Args:
        kubeconfig: how to reach it.
        home: folder for what the commands keep between two calls.
        embedded: where the commands would make a cluster of their own; nothing is there.
    """

    kubeconfig: Path
    home: Path
    embedded: Path

    @property
    def kubectl(self) -> Kubectl:
        """The cluster's administrator."""
        return Kubectl(self.kubeconfig)

    @property
    def stack(self) -> Stack:
        """The stack as `local.platform` keeps it for a cluster that is not this machine's."""
        return Stack(name="local", state=self.home / "spark-on-eks", kubeconfig=self.kubeconfig)

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the Makefile with KUBECONFIG set."""
        environment = {
            **os.environ,
            "KUBECONFIG": str(self.kubeconfig),
            "XDG_STATE_HOME": str(self.home),
            "SPARK_ON_EKS_STATE": str(self.embedded),
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
    """Start the second cluster, with the platform's images on its node; remove it at the end.

    Args:
        folder: for kubeconfig and state.
    """
    with private_network():
        try:
            cluster.down(SPEC)
            cluster.up(SPEC, images=runtime.default_images())
            images.import_all(SPEC.containerd_socket)
            yield Elsewhere(write_kubeconfig(folder), folder / "state", folder / "embedded")
        finally:
            cluster.down(SPEC)


def write_kubeconfig(folder: Path) -> Path:
    """A copy of the cluster's kubeconfig whose context has the name that the stack wants."""
    content = yaml.safe_load(SPEC.kubeconfig.read_text())
    content["contexts"][0]["name"] = content["current-context"] = CONTEXT
    path = folder / "kubeconfig"
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(content))
    return path
