"""NetworkPolicies that act: a controller that the kernel asks about each new connection of a pod.

kube-network-policies decides by the policies, pods and namespaces that it watches; a connection that was let
through is not asked about again. The rules that send it packets are in `packet_rules`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from local.cluster import api, control_plane, packet_rules, processes
from local.cluster.spec import POLICIES_SWITCH, ClusterSpec
from workspace.errors import ReportedError

NAME: Final = "kube-network-policies"
"""Name of the program, its process and its user."""

START_TIMEOUT: Final = 30.0
"""Seconds for it to have read the cluster's policies and pods; it takes less than one."""

QUEUES: Final = Path("/proc/net/netfilter/nfnetlink_queue")
"""This network namespace's netfilter queues that somebody reads: the number first (nfnetlink_queue.c)."""


def access() -> list[dict[str, Any]]:
    """Objects that let the controller read what it decides by, and nothing else."""
    group = "rbac.authorization.k8s.io"
    name = f"spark-on-eks:{NAME}"
    watch = ["list", "watch"]
    return [
        {
            "apiVersion": f"{group}/v1",
            "kind": "ClusterRole",
            "metadata": {"name": name},
            "rules": [
                {"apiGroups": [""], "resources": ["namespaces", "pods"], "verbs": watch},
                {"apiGroups": ["networking.k8s.io"], "resources": ["networkpolicies"], "verbs": watch},
            ],
        },
        {
            "apiVersion": f"{group}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": name},
            "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": name},
            "subjects": [{"apiGroup": group, "kind": "User", "name": f"system:{NAME}"}],
        },
    ]


def start(spec: ClusterSpec) -> bool:
    """Start the controller if it does not run or its program was replaced; end it where it is not wanted.

    Args:
        spec: the cluster.

    Returns:
        Whether it was started or ended.

    Raises:
        ReportedError: it does not read its queue in time.
    """
    record = processes.read_record(spec, NAME)
    if not spec.network_policies:
        return _end(spec, record)
    inputs = processes.digest([spec.bin / NAME])
    started = not processes.alive(record) or record is None or record.inputs != inputs
    if started:
        _end(spec, record)
        _require_free_queue()
        _spawn(spec, inputs)
    api.wait_for(
        "NetworkPolicies acting",
        lambda: reading(QUEUES),
        timeout=START_TIMEOUT,
        hint=lambda: processes.log_tail(spec.logs / f"{NAME}.log"),
        needs=lambda: processes.ended(spec, [NAME]),
    )
    return started


def _require_free_queue() -> None:
    """Refuse to believe that policies act because somebody else reads the queue that we would.

    Raises:
        ReportedError: it is read, by a program that is not ours.
    """
    if reading(QUEUES):
        raise ReportedError(
            f"netfilter queue {packet_rules.POLICY_QUEUE} is read by another program of this machine",
            hint=f"end it (an intrusion detection, perhaps), or set {POLICIES_SWITCH}=off: "
            "NetworkPolicies are then stored, and have no effect",
        )


def _end(spec: ClusterSpec, record: processes.Record | None) -> bool:
    if record is None:
        return False
    processes.end([record], grace=5)
    processes.forget(spec, NAME)
    return True


def _spawn(spec: ClusterSpec, inputs: str) -> None:
    kubeconfig = spec.state / f"{NAME}.kubeconfig"
    if not kubeconfig.exists():
        api.apply(spec, access())
        control_plane.write_private(
            kubeconfig, control_plane.client_kubeconfig(spec, f"system:{NAME}", f"system:{NAME}")
        )
    processes.spawn(
        spec,
        NAME,
        [
            str(spec.bin / NAME),
            f"--kubeconfig={kubeconfig}",
            f"--queue={packet_rules.POLICY_QUEUE}",
        ],
        inputs=inputs,
        environment=api.environment(spec),
    )


def reading(queues: Path) -> bool:
    """Say whether somebody reads the queue of the packets to decide about.

    Args:
        queues: the kernel's list, which does not exist before the first queue.
    """
    try:
        lines = queues.read_text().splitlines()
    except OSError:
        return False
    return any(line.split()[:1] == [str(packet_rules.POLICY_QUEUE)] for line in lines)
