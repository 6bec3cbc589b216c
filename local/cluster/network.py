"""The node's network: a bridge for the pods, their way out, and the plugin configuration for containerd."""

from __future__ import annotations

import ipaddress
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from local.cluster import binaries, packet_rules
from local.cluster.spec import ClusterSpec
from workspace.errors import ReportedError

CNI_VERSION: Final = "1.0.0"
"""Network plugin specification: the newest that Debian 12's plugins (1.1.1) and containerd (1.6) know."""

BRIDGE_FILTER: Final = Path("/proc/sys/net/bridge/bridge-nf-call-iptables")
"""Exists once the kernel can show bridged packets to iptables, which Services on one node depend on."""

RESOLVERS: Final = (Path("/run/systemd/resolve/resolv.conf"), Path("/etc/resolv.conf"))
"""Where the machine's name servers are listed; systemd-resolved puts only itself into /etc/resolv.conf."""


def resolver_file(candidates: Sequence[Path] = RESOLVERS) -> Path:
    """The file that lists the machine's name servers.

    Args:
        candidates: files to look for; the last is taken if there is none.
    """
    return next((path for path in candidates if path.exists()), candidates[-1])


def name_servers(file: Path) -> list[str]:
    """Name servers in a resolv.conf that a pod can reach: all but those on this machine's loopback.

    Args:
        file: in the format of resolv.conf(5); one that does not exist names none.
    """
    found = []
    for line in file.read_text().splitlines() if file.exists() else ():
        words = line.split()
        if len(words) > 1 and words[0] == "nameserver":
            try:
                address = ipaddress.ip_address(words[1].partition("%")[0])
            except ValueError:
                continue
            if not address.is_loopback and not address.is_link_local:
                found.append(words[1])
    return found


def run(*command: str, check: bool = True) -> str:
    """Output of an operating system's program.

    Args:
        command: the program's name, which is looked up, and its arguments.
        check: False to go on where it fails.

    Raises:
        ReportedError: it failed and `check` is set.
    """
    done = subprocess.run(
        [binaries.system(command[0]), *command[1:]], capture_output=True, text=True, check=False
    )
    if check and done.returncode != 0:
        raise ReportedError(
            f"{' '.join(command)} failed: {done.stderr.strip()}",
            hint="the embedded cluster needs root and a kernel with bridges and netfilter",
        )
    return done.stdout


def links() -> list[dict[str, Any]]:
    """This network namespace's links, as `ip -j -d address` shows them."""
    return [link for link in json.loads(run("ip", "-j", "-d", "address", "show") or "[]") if link]


def alias(spec: ClusterSpec) -> str:
    """The mark by which the bridge is known to be this cluster's.

    Args:
        spec: the cluster.
    """
    return f"spark-on-eks {spec.name} {spec.state}"


def up(spec: ClusterSpec) -> bool:
    """Make the bridge and the rules around it, where they are missing.

    Args:
        spec: the cluster.

    Returns:
        Whether anything was missing.

    Raises:
        ReportedError: the bridge's name or addresses belong to something else.
    """
    made = _bridge(spec)
    return packet_rules.ensure(spec) or made


def _bridge(spec: ClusterSpec) -> bool:
    found = next((link for link in links() if link["ifname"] == spec.bridge), None)
    if found is None:
        run("ip", "link", "add", spec.bridge, "type", "bridge")
        run("ip", "link", "set", spec.bridge, "alias", alias(spec))
    elif found.get("ifalias") != alias(spec):
        raise ReportedError(
            f"network link {spec.bridge} exists and is not this cluster's "
            f"(its alias is {found.get('ifalias') or 'empty'!r}, ours would be {alias(spec)!r})",
            hint=f"take down what made it, or remove it with: ip link delete {spec.bridge}",
        )
    address = f"{spec.gateway}/{spec.pod_cidr.prefixlen}"
    if found is not None and "UP" in found["flags"] and _has_address(found, spec.gateway):
        return False
    run("ip", "address", "replace", address, "dev", spec.bridge)
    run("ip", "link", "set", spec.bridge, "up")
    # Service addresses have a route even on a machine that is not connected to anything.
    run("ip", "route", "replace", str(spec.service_cidr), "dev", spec.bridge)
    return True


def _has_address(link: dict[str, Any], address: ipaddress.IPv4Address) -> bool:
    return any(entry.get("local") == str(address) for entry in link.get("addr_info", []))


def plugin_configuration(spec: ClusterSpec) -> dict[str, Any]:
    """How containerd attaches a pod to the network (a CNI configuration list).

    Args:
        spec: the cluster.
    """
    return {
        "cniVersion": CNI_VERSION,
        "name": spec.name,
        "plugins": [
            {
                "type": "bridge",
                "bridge": spec.bridge,
                "isGateway": True,
                "isDefaultGateway": True,
                "hairpinMode": True,
                # One rule of ours does it for all pods; the plugin would add a chain for each.
                "ipMasq": False,
                "ipam": {
                    "type": "host-local",
                    "ranges": [[{"subnet": str(spec.pod_cidr), "gateway": str(spec.gateway)}]],
                    "dataDir": str(spec.state / "cni" / "addresses"),
                },
            },
            {"type": "portmap", "capabilities": {"portMappings": True}},
        ],
    }


def plugin_folder(spec: ClusterSpec) -> Path:
    """Folder of the plugin configuration; not /etc/cni, which belongs to the machine.

    Args:
        spec: the cluster.
    """
    return spec.state / "cni" / "conf"


def write_plugin_configuration(spec: ClusterSpec) -> Path:
    """Write the plugin configuration; returns the file.

    Args:
        spec: the cluster.
    """
    folder = plugin_folder(spec)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "10-pods.conflist"
    text = json.dumps(plugin_configuration(spec), indent=2)
    if not file.exists() or file.read_text() != text:
        file.write_text(text)
    return file


def require_bridge_filter() -> None:
    """Load the kernel module without which Services do not work between pods of one node.

    Raises:
        ReportedError: the kernel lacks it.
    """
    if BRIDGE_FILTER.exists():
        return
    if binaries.locate("modprobe") is not None:
        run("modprobe", "br_netfilter", check=False)
    if not BRIDGE_FILTER.exists():
        raise ReportedError(
            "the kernel cannot filter bridged packets (no /proc/sys/net/bridge)",
            hint="load the module br_netfilter (package kmod, command: modprobe br_netfilter)",
        )
