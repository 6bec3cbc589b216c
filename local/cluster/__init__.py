"""The embedded cluster: a real Kubernetes node on this machine; one call starts, repairs or removes it.

The control plane is kwokctl's, the node is a containerd, a kubelet and a kube-proxy of our own; see
`lifecycle` for the order, `teardown` for what is removed and `host` for what is put back.
"""

from __future__ import annotations

from local.cluster.binaries import DEBIAN_PACKAGES, missing_packages
from local.cluster.lifecycle import (
    Outcome,
    Status,
    down,
    kubeconfig,
    status,
    stop,
    up,
    uses_external_cluster,
)
from local.cluster.runtime import NodeImages
from local.cluster.spec import ClusterSpec, Ports

__all__ = [
    "DEBIAN_PACKAGES",
    "ClusterSpec",
    "NodeImages",
    "Outcome",
    "Ports",
    "Status",
    "down",
    "kubeconfig",
    "missing_packages",
    "status",
    "stop",
    "up",
    "uses_external_cluster",
]
