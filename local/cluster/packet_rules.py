"""The iptables rules around the pods: their way out, who may come in, and what policies decide about.

Kubernetes' own chains are kube-proxy's and the kubelet's; what they leave is removed by `firewall`.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from local.cluster import binaries
from local.cluster.spec import ClusterSpec
from workspace.errors import ReportedError

NEW: Final = ("-m", "conntrack", "!", "--ctstate", "RELATED,ESTABLISHED")
"""Matches what no connection stands for yet: a connection's first packets, and packets of none."""

POLICY_QUEUE: Final = 100
"""Netfilter queue by which the policy controller gets packets: its upstream's default."""

IPV6_ADDRESSES: Final = Path("/proc/net/if_inet6")
"""Exists on a kernel that speaks IPv6."""


@dataclass(frozen=True)
class Rule:
    """One rule.

    Args:
        table: iptables' table.
        chain: built-in chain.
        words: match and target.
        program: iptables or ip6tables.
    """

    table: str
    chain: str
    words: tuple[str, ...]
    program: str = "iptables"

    def command(self, action: str) -> list[str]:
        """Arguments that do `action` (-C, -I or -D) with the rule.

        Args:
            action: -C to check, -I to insert, -D to delete.
        """
        return [binaries.system(self.program), "-w", "-t", self.table, action, self.chain, *self.words]


def wanted(spec: ClusterSpec) -> list[Rule]:
    """The rules of a cluster.

    The walls are in the table mangle: its chains come before those of the table filter, where kube-proxy and
    firewalls such as Docker's put their rules ahead of each other.

    Args:
        spec: the cluster.
    """
    return [*_way_out(spec), *_neighbours(spec), *_local_users(spec), *_without_ipv6(spec), *_policies(spec)]


def _note(spec: ClusterSpec) -> tuple[str, ...]:
    return ("-m", "comment", "--comment", f"{spec.name} {spec.bridge}")


def _way_out(spec: ClusterSpec) -> Iterator[Rule]:
    """Pods reach the outside with the machine's address, whatever a firewall does by default."""
    note, pods = _note(spec), str(spec.pod_cidr)
    yield Rule("nat", "POSTROUTING", ("-s", pods, "!", "-d", pods, *note, "-j", "MASQUERADE"))
    yield Rule("filter", "FORWARD", ("-i", spec.bridge, *note, "-j", "ACCEPT"))
    replies = ("-m", "conntrack", "--ctstate", "RELATED,ESTABLISHED")
    yield Rule("filter", "FORWARD", ("-o", spec.bridge, *replies, *note, "-j", "ACCEPT"))


def _neighbours(spec: ClusterSpec) -> Iterator[Rule]:
    """Other hosts open no connection to pods, Services, node ports or what listens on the bridge.

    This machine forwards, so any host of its network that sends packets for a pod's address here would reach
    it. The API server listens on every address, for the bridge and the loopback; nobody else has to ask it.
    """
    note, drop = _note(spec), ("-j", "DROP")
    yield Rule("mangle", "FORWARD", ("!", "-i", spec.bridge, "-o", spec.bridge, *NEW, *note, *drop))
    strangers = ("!", "-i", "lo", "!", "-s", str(spec.pod_cidr))
    yield Rule("mangle", "INPUT", (*strangers, "-d", str(spec.gateway), *note, *drop))
    api_server = ("-p", "tcp", "--dport", str(spec.ports.api_server))
    yield Rule("mangle", "INPUT", (*strangers, *api_server, *note, *drop))


def _local_users(spec: ClusterSpec) -> Iterator[Rule]:
    """Of this machine only root reaches pods and Services directly; everybody reaches node ports.

    Policies don't hold for what the node itself sends: probes come from there. What has no login because only
    its own namespace reaches it (a driver, Spark Connect, Prometheus) would be open to every local user.
    """
    others = ("-m", "owner", "!", "--uid-owner", "0", *_note(spec))
    refuse = ("-j", "REJECT")
    yield Rule(
        "filter",
        "OUTPUT",
        (
            "-o",
            spec.bridge,
            "-m",
            "conntrack",
            "!",
            "--ctstate",
            "RELATED,ESTABLISHED,DNAT",
            *others,
            *refuse,
        ),
    )
    services = ("-m", "conntrack", "--ctstate", "NEW", "--ctorigdst", str(spec.service_cidr))
    yield Rule("filter", "OUTPUT", (*services, *others, *refuse))


def _without_ipv6(spec: ClusterSpec) -> Iterator[Rule]:
    """Pods have no IPv6 but the address that every link makes for itself, which no policy knows of."""
    if not IPV6_ADDRESSES.exists():
        return
    for chain in ("FORWARD", "INPUT"):
        yield Rule("mangle", chain, ("-i", spec.bridge, *_note(spec), "-j", "DROP"), "ip6tables")


def _policies(spec: ClusterSpec) -> Iterator[Rule]:
    """The policy controller decides about each new connection of a pod: to another, out, to this machine.

    Without `--queue-bypass` nothing passes while it does not run: an attacker who ends it gains nothing.
    """
    if not spec.network_policies:
        return
    queue = ("-j", "NFQUEUE", "--queue-num", str(POLICY_QUEUE))
    for chain in ("FORWARD", "INPUT"):
        yield Rule("mangle", chain, ("-i", spec.bridge, *NEW, *_note(spec), *queue))


def unwanted(spec: ClusterSpec) -> list[Rule]:
    """Rules that an earlier version, or other choices, may have left.

    Args:
        spec: the cluster.
    """
    open_door = Rule("filter", "FORWARD", ("-o", spec.bridge, *_note(spec), "-j", "ACCEPT"))
    asked = [] if spec.network_policies else list(_policies(replace(spec, network_policies=True)))
    return [open_door, *asked]


def ensure(spec: ClusterSpec) -> bool:
    """Add the rules that are missing, and take out what an earlier start left.

    Args:
        spec: the cluster.

    Returns:
        Whether anything was changed.

    Raises:
        ReportedError: netfilter refused a rule.
    """
    changed = False
    for rule in unwanted(spec):
        changed = remove(rule) or changed
    for rule in wanted(spec):
        if subprocess.run(rule.command("-C"), capture_output=True, check=False).returncode == 0:
            continue
        done = subprocess.run(rule.command("-I"), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise ReportedError(
                f"{' '.join(rule.command('-I'))} failed: {done.stderr.strip()}",
                hint="the embedded cluster needs root and a kernel with bridges and netfilter",
            )
        changed = True
    return changed


def remove(rule: Rule) -> bool:
    """Remove a rule, however often it is there; returns whether it was."""
    found = False
    while subprocess.run(rule.command("-D"), capture_output=True, check=False).returncode == 0:
        found = True
    return found


def remove_all(spec: ClusterSpec) -> None:
    """Remove every rule that a cluster of this or an earlier version has.

    Args:
        spec: the cluster.
    """
    whole = replace(spec, network_policies=True)
    for rule in (*wanted(whole), *unwanted(whole)):
        remove(rule)
