"""What a tenant's pod may not have its node do: call an address, run a driver, hand out a device. Pure.

Pod Security lets all three through: it knows of the host in a probe only since Kubernetes 1.34, takes inline
volumes of any CSI driver, and says nothing of devices.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from components.records.rights import CORE
from components.tenants.admission_policy import Check, Policy, quoted

PROBES: Final = ("livenessProbe", "readinessProbe", "startupProbe")
HOOKS: Final = ("postStart", "preStop")
CALLS: Final = ("httpGet", "tcpSocket")
"""Kinds of call that can name a host."""

COUNTED: Final = ("cpu", "memory", "ephemeral-storage")
"""What every tenant's quota or limits bound; anything else is a device of the node, or its large pages."""


NODE_ORDERS: Final = (
    r"^(cdi\.k8s\.io|([^/]*\.)?cni\.cncf\.io|cni\.projectcalico\.org|k8s\.ovn\.org|iam\.amazonaws\.com"
    r"|external-dns[^/]*|io\.kubernetes\.cri-o[^/]*|run\.oci[^/]*)(/.*)?$"
)
"""Annotations by which a pod gets devices, networks, addresses, names or roles past the API server: orders to
containerd (the Container Device Interface), CRI-O, network plug-ins, kube2iam and external-dns. People's own
are too many for a list of what may be."""


def _no_host(handler: str) -> str:
    """That a probe or hook, if it is there, names no host."""
    calls = " && ".join(
        f"(!has({handler}.{call}) || !has({handler}.{call}.host) || {handler}.{call}.host == '')"
        for call in CALLS
    )
    return f"(!has({handler}) || ({calls}))"


_PROBES: Final = " && ".join(_no_host(f"each.{probe}") for probe in PROBES)
_HOOKS: Final = " && ".join(_no_host(f"each.lifecycle.{hook}") for hook in HOOKS)


def containers_policy(devices: Sequence[str]) -> Policy:
    """Make the rules for containers and volumes.

    Args:
        devices: extended resources that a quota of some tenant counts, such as `nvidia.com/gpu`.
    """
    known = quoted([*COUNTED, *devices])
    return Policy(
        subject="containers",
        kinds={CORE: ("pods",)},
        variables={
            # Containers can't change later, but for their image; nor can volumes.
            "created": "request.operation == 'CREATE'",
            "before": (
                "request.operation == 'UPDATE' && has(oldObject.metadata.annotations) ? "
                "oldObject.metadata.annotations.map(key, key) : []"
            ),
            "containers": (
                "object.spec.containers + (has(object.spec.initContainers) ? object.spec.initContainers : [])"
            ),
            # Kubernetes wants a device among the limits, and its request equal.
            "devices": (
                "variables.containers.filter(each, has(each.resources) && has(each.resources.limits) && "
                f"!each.resources.limits.all(name, name in {known}))"
                f".map(each, each.resources.limits.filter(name, !(name in {known})).join(', '))"
            ),
            "orders": (
                "!has(object.metadata.annotations) ? [] : object.metadata.annotations.filter(key, "
                f"key.matches(r'{NODE_ORDERS}') && !variables.before.exists(old, old == key))"
            ),
        },
        checks=(
            Check(
                f"!variables.created || variables.containers.all(each, {_PROBES} && "
                f"(!has(each.lifecycle) || ({_HOOKS})))",
                "'spec.containers: a probe or lifecycle hook must not name a host. Remove host: without it, "
                "the pod itself is asked'",
                "the node would call that address from its own network, which no network policy holds up",
            ),
            Check(
                "!variables.created || !has(object.spec.volumes) || "
                "object.spec.volumes.all(each, !has(each.csi))",
                "'spec.volumes must not have csi. Claim a volume by persistentVolumeClaim or ephemeral'",
                "a driver would do on the node what its attributes say, and no quota counts it",
            ),
            Check(
                "!variables.created || variables.devices.size() == 0",
                "'spec.containers must not ask for ' + variables.devices.join(', ') + "
                "': no tenant has a share of it. Remove it, or have tenants[].quota.devices name it'",
                "nothing would count what is taken, and on AWS nodes would be bought for it",
            ),
            Check(
                "variables.orders.size() == 0",
                "'metadata.annotations must not have ' + variables.orders.join(', ') + "
                "': it is an order to the node, its network or its cloud. Remove it'",
                "the pod would have devices, addresses, names or roles that nobody gave it",
            ),
        ),
    )
