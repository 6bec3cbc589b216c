"""What one embedded cluster is: its name, folders, addresses and ports, fixed before anything starts."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Final

from workspace import paths
from workspace.errors import ReportedError

LINK_NAME_MAX: Final = 15
"""Characters in a Linux network interface's name (IFNAMSIZ minus the closing zero)."""

SOCKET_PATH_MAX: Final = 107
"""Bytes in a Unix socket's path (sun_path of unix(7) minus the closing zero)."""

DNS_HOST_NUMBER: Final = 10
"""The DNS Service is the tenth address of the service range: kubeadm's rule, which people expect."""

POD_CIDR: Final = ipaddress.IPv4Network("10.244.0.0/16")
"""Default addresses of pods: flannel's, which no cloud or container tool gives to anything else."""

SERVICE_CIDR: Final = ipaddress.IPv4Network("10.96.0.0/16")
"""Default addresses of Services: the beginning of kubeadm's range."""


POLICIES_SWITCH: Final = "SPARK_ON_EKS_NETWORK_POLICIES"
"""Environment variable that says whether NetworkPolicies act on this machine: on (the default) or off."""


def enforced(environment: Mapping[str, str] = os.environ) -> bool:
    """Say whether NetworkPolicies are to act on the embedded node.

    Args:
        environment: variables to read POLICIES_SWITCH from.

    Raises:
        ReportedError: its value is neither on nor off.
    """
    value = environment.get(POLICIES_SWITCH, "on")
    if value not in ("on", "off"):
        raise ReportedError(
            f"{POLICIES_SWITCH} is {value!r}, which is neither on nor off",
            hint="unset it: NetworkPolicies then act, as they do on EKS",
        )
    return value == "on"


@dataclass(frozen=True, kw_only=True)
class Ports:
    """TCP ports on this machine that one cluster listens on.

    Kubernetes' own numbers, so that what people know holds; etcd's are moved by 10000 because a machine may
    well run an etcd of its own.

    Args:
        api_server: of the API server.
        etcd: of etcd, for the API server.
        etcd_peer: of etcd, for others of its kind.
        controller_manager: of the controller manager, health and metrics.
        scheduler: of the scheduler, the same.
        kubelet: of the kubelet's API.
        kubelet_health: of the kubelet's health.
        proxy_health: of kube-proxy's health.
        proxy_metrics: of kube-proxy's metrics.
    """

    api_server: int = 6443
    etcd: int = 12379
    etcd_peer: int = 12380
    controller_manager: int = 10257
    scheduler: int = 10259
    kubelet: int = 10250
    kubelet_health: int = 10248
    proxy_health: int = 10256
    proxy_metrics: int = 10249


@dataclass(frozen=True, kw_only=True)
class ClusterSpec:
    """One embedded cluster; two of them run side by side when no field below is the same in both.

    Two clusters also need a network namespace each: kube-proxy's chains have fixed names.

    Args:
        name: cluster and kubeconfig context name.
        node_name: the only node's name.
        state: folder of everything that outlives a reboot; `down` removes it.
        run: folder of sockets and of containerd's running state; `down` removes it.
        bridge: network bridge that the pods are attached to.
        pod_cidr: addresses of pods; its first one is the bridge, the node and the API server's endpoint.
        service_cidr: addresses of Services.
        cgroup: name, below every cgroup hierarchy's root, of the group that holds all pods.
        ports: TCP ports taken on this machine.
        network_policies: whether NetworkPolicies act; without, they are stored and have no effect.
    """

    name: str = "spark-on-eks-local"
    node_name: str = "spark-local"
    state: Path = field(default_factory=lambda: paths.STATE)
    run: Path = Path("/run/spark-on-eks")
    bridge: str = "spark0"
    pod_cidr: ipaddress.IPv4Network = POD_CIDR
    service_cidr: ipaddress.IPv4Network = SERVICE_CIDR
    cgroup: str = "spark-on-eks"
    ports: Ports = field(default_factory=Ports)
    network_policies: bool = field(default_factory=enforced)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?", self.name):
            raise ReportedError(
                f"cluster name {self.name!r} is not 1 to 40 lower-case letters, digits and hyphens",
                hint="choose a name such as spark-on-eks-local",
            )
        if not 0 < len(self.bridge) <= LINK_NAME_MAX:
            raise ReportedError(
                f"bridge name {self.bridge!r} has {len(self.bridge)} characters, the kernel takes 1 to "
                f"{LINK_NAME_MAX}",
                hint="choose a shorter one, such as spark0",
            )
        if self.pod_cidr.overlaps(self.service_cidr):
            raise ReportedError(
                f"pod range {self.pod_cidr} and service range {self.service_cidr} overlap",
                hint="give the cluster two ranges without a common address",
            )
        for folder in (self.state, self.run):
            if not folder.is_absolute():
                raise ReportedError(
                    f"folder {folder} of cluster {self.name} is a relative path", hint="give an absolute path"
                )
        if len(str(self.containerd_socket) + ".ttrpc") > SOCKET_PATH_MAX:
            raise ReportedError(
                f"socket {self.containerd_socket}.ttrpc is longer than {SOCKET_PATH_MAX} bytes",
                hint="choose a shorter run folder",
            )
        numbers = [getattr(self.ports, port.name) for port in fields(self.ports)]
        if len(set(numbers)) != len(numbers):
            raise ReportedError(
                f"cluster {self.name} uses one port twice: {sorted(numbers)}", hint="give each its own port"
            )

    @property
    def gateway(self) -> ipaddress.IPv4Address:
        """The bridge's address: the node's address, and where pods reach the API server.

        It is the same on every machine and in every network, so certificates and the `kubernetes` Service's
        endpoint stay valid when a laptop changes its network.
        """
        return self.pod_cidr[1]

    @property
    def api_service(self) -> ipaddress.IPv4Address:
        """Address of the `kubernetes` Service: the first of the range (kube-apiserver's rule)."""
        return self.service_cidr[1]

    @property
    def dns_service(self) -> ipaddress.IPv4Address:
        """Address of the DNS Service."""
        return self.service_cidr[DNS_HOST_NUMBER]

    @property
    def kubeconfig(self) -> Path:
        """Administrator's kubeconfig (mode 0600)."""
        return self.state / "kubeconfig"

    @property
    def bin(self) -> Path:
        """Links to the tools: a process started through them is recognisably this cluster's."""
        return self.state / "bin"

    @property
    def logs(self) -> Path:
        """Logs of the processes that are not kwokctl's."""
        return self.state / "logs"

    @property
    def pod_logs(self) -> Path:
        """Logs of the pods."""
        return self.state / "pod-logs"

    @property
    def volumes(self) -> Path:
        """Data of PersistentVolumes."""
        return self.state / "volumes"

    @property
    def containerd_socket(self) -> Path:
        """Socket of the cluster's own containerd."""
        return self.run / "containerd.sock"

    @property
    def api_url(self) -> str:
        """The API server as this machine sees it."""
        return f"https://127.0.0.1:{self.ports.api_server}"
