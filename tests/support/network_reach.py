"""Work out what a set of NetworkPolicies allows: who may reach whom, as a table. Pure.

The rules are those of the NetworkPolicy API (https://kubernetes.io/docs/concepts/services-networking/
network-policies/): a pod that no policy selects for a direction is open in it; one that is selected is open
only to what some policy allows; a connection needs the sender's egress and the receiver's ingress. Where
plug-ins differ, the more open reading is taken: an address block also matches pods with such addresses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any, Final

Spec = Mapping[str, Any]
"""Spec of a NetworkPolicy, or part of one, in Kubernetes' own form."""

Policies = Mapping[str, Sequence[Spec]]
"""Specs of all NetworkPolicies, by namespace."""

_DIRECTIONS: Final = {"Egress": ("egress", "to"), "Ingress": ("ingress", "from")}


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A pod, or a host outside the cluster.

    Args:
        name: what the table calls it.
        address: its IP address.
        namespace: the pod's namespace; None for a host outside, to which no policy applies.
        labels: the pod's labels.
        namespace_labels: its namespace's labels, besides the one with the name that Kubernetes sets.
    """

    name: str
    address: str
    namespace: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    namespace_labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, order=True)
class Port:
    """A port that something listens on.

    Args:
        number: the port's number.
        protocol: TCP, UDP or SCTP.
    """

    number: int
    protocol: str = "TCP"


def reaches(policies: Policies, source: Endpoint, target: Endpoint, port: Port) -> bool:
    """Say whether a connection is allowed by both ends.

    Args:
        policies: all policies of the cluster.
        source: who connects.
        target: who is connected to.
        port: the port on the target.

    Raises:
        ValueError: a policy uses a port by name; it can't be told here which number that is.
    """
    return _open(policies, "Egress", source, target, port) and _open(
        policies, "Ingress", target, source, port
    )


def reach_table(
    policies: Policies, endpoints: Sequence[Endpoint], ports: Sequence[Port]
) -> Iterator[tuple[str, str, Port]]:
    """List every connection that is allowed between different endpoints: source, target, port.

    Args:
        policies: all policies of the cluster.
        endpoints: who may connect and be connected to.
        ports: the ports to try.
    """
    for source in endpoints:
        for target in endpoints:
            for port in ports:
                if source is not target and reaches(policies, source, target, port):
                    yield source.name, target.name, port


def _open(policies: Policies, direction: str, pod: Endpoint, other: Endpoint, port: Port) -> bool:
    if pod.namespace is None:
        return True
    selecting = [
        spec
        for spec in policies.get(pod.namespace, ())
        if direction in _types(spec) and _selects(spec["podSelector"], pod.labels)
    ]
    rules, peers = _DIRECTIONS[direction]
    return not selecting or any(
        _allows(rule, rule.get(peers), pod.namespace, other, port)
        for spec in selecting
        for rule in spec.get(rules, ())
    )


def _types(spec: Spec) -> Sequence[str]:
    """The directions that a policy is about; the API's own default depends on its rules."""
    default = ["Ingress", *(["Egress"] if spec.get("egress") else [])]
    types: Sequence[str] = spec.get("policyTypes") or default
    return types


def _allows(rule: Spec, peers: Sequence[Spec] | None, namespace: str, other: Endpoint, port: Port) -> bool:
    return _any_port(rule.get("ports"), port) and (
        not peers or any(_matches(peer, namespace, other) for peer in peers)
    )


def _any_port(ports: Sequence[Spec] | None, port: Port) -> bool:
    return not ports or any(_covers(spec, port) for spec in ports)


def _covers(spec: Spec, port: Port) -> bool:
    number = spec.get("port")
    if isinstance(number, str):
        raise ValueError(f"port {number!r} of a NetworkPolicy: write its number, names can't be looked up")
    if spec.get("protocol", "TCP") != port.protocol:
        return False
    return number is None or number <= port.number <= spec.get("endPort", number)


def _matches(peer: Spec, namespace: str, other: Endpoint) -> bool:
    if "ipBlock" in peer:
        return _in_block(peer["ipBlock"], other.address)
    if other.namespace is None:
        return False
    if "namespaceSelector" not in peer:
        return other.namespace == namespace and _selects(peer["podSelector"], other.labels)
    names = {**other.namespace_labels, "kubernetes.io/metadata.name": other.namespace}
    return _selects(peer["namespaceSelector"], names) and _selects(peer.get("podSelector", {}), other.labels)


def _in_block(block: Spec, address: str) -> bool:
    host = ip_address(address)
    return host in ip_network(block["cidr"]) and not any(
        host in ip_network(hole) for hole in block.get("except", ())
    )


def _selects(selector: Spec, labels: Mapping[str, str]) -> bool:
    exact = all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())
    return exact and all(_meets(each, labels) for each in selector.get("matchExpressions", ()))


def _meets(expression: Spec, labels: Mapping[str, str]) -> bool:
    value = labels.get(expression["key"])
    match expression["operator"]:
        case "In":
            return value in expression["values"]
        case "NotIn":
            return value not in expression["values"]
        case "Exists":
            return value is not None
        case _:
            return value is None
