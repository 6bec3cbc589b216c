"""What NetworkPolicies are made of, and what lies around every namespace of the platform. Pure.

Everything is denied, and then just what is needed is allowed. Not every cluster enforces NetworkPolicies:
without a network plug-in that does, they are stored and have no effect. `enforcement_note` says so in the
program's output.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from components.domain import Manifest, ObjectStorage
from components.kube import karpenter
from components.naming import DATABASE_NAMESPACE, HISTORY_NAMESPACE
from components.records.database import PORT as DATABASE_PORT
from components.records.database import SERVER as DATABASE
from components.records.history import PORT as HISTORY_PORT
from components.records.model import Reach

Spec = dict[str, Any]
"""Spec of a NetworkPolicy, or part of one."""

NAMESPACE_LABEL: Final = "kubernetes.io/metadata.name"
"""Label with the namespace's name, which Kubernetes itself puts on every namespace."""

NAME_LABEL: Final = "app.kubernetes.io/name"
"""Label that finds the pods of one of the platform's own programs."""

HTTPS: Final = 443
"""Also the port of the `kubernetes` Service: every API server sets it up so."""

API_SERVER_PORT: Final = 6443
"""What API servers listen on behind that Service unless somebody chose another: kubeadm's default."""

DNS_PORT: Final = 53
ANY_ADDRESS: Final = ("0.0.0.0/0",)

POD_IDENTITY_AGENT: Final = "169.254.170.23/32"
"""Where pods on EKS get their credentials (EKS Pod Identity agent, port 80)."""


@dataclass(frozen=True, kw_only=True)
class ServiceName:
    """A Service of the cluster; its pods have its name as the label app.kubernetes.io/name.

    Args:
        name: the Service's.
        namespace: where it is.
    """

    name: str
    namespace: str


@dataclass(frozen=True, kw_only=True)
class NetworkPlan:
    """What lies around the platform's namespaces.

    Args:
        storage: the object store; an endpoint `http://name.namespace.svc:port` is a Service of this cluster,
            and its pods are found by the label app.kubernetes.io/name=name.
        api_server_cidrs: addresses of the API server. The default is any address, on its two ports: narrow it
            where the addresses are known and stay.
        api_server_port: port that its hosts listen on.
        monitoring_namespace: namespace that scrapes metrics; None if there is none.
        login_namespace: namespace by which people reach the pages; None if there is none.
        database_cidrs: addresses of a database server outside of the cluster; None for the one in it.
        karpenter: whether Karpenter makes the nodes.
        shows_drivers: what opens the page of a running driver for its people; None if nothing does.
    """

    storage: ObjectStorage
    api_server_port: int
    api_server_cidrs: Sequence[str] = ANY_ADDRESS
    monitoring_namespace: str | None = None
    login_namespace: str | None = None
    database_cidrs: Sequence[str] | None = None
    karpenter: bool = False
    shows_drivers: ServiceName | None = None


@dataclass(frozen=True, kw_only=True)
class StoreAddress:
    """Where an S3 server is.

    Args:
        port: its TCP port.
        service: its Service; None if it is outside of the cluster, at an address that may change.
    """

    port: int
    service: ServiceName | None


def wall(metadata: Mapping[str, Any], spec: Spec) -> Manifest:
    """Make a NetworkPolicy of its spec.

    Args:
        metadata: its metadata.
        spec: what it allows.
    """
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": dict(metadata),
        "spec": spec,
    }


def base_policies() -> dict[str, Spec]:
    """Deny everything in a namespace, except asking the cluster's DNS."""
    return {
        "default-deny": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
        "dns": {"podSelector": {}, "policyTypes": ["Egress"], "egress": [dns_egress()]},
    }


def policy(
    labels: Mapping[str, str], *, ingress: Sequence[Spec] | None = None, egress: Sequence[Spec] | None = None
) -> Spec:
    """Make a policy for both directions: what is not listed is denied.

    Args:
        labels: labels of the pods that it is for; none are all of the namespace.
        ingress: rules of what may reach them; None has no rule to write.
        egress: rules of what they may reach; None has no rule to write.
    """
    return {
        "podSelector": _selector(labels),
        "policyTypes": ["Ingress", "Egress"],
        **({"ingress": list(ingress)} if ingress is not None else {}),
        **({"egress": list(egress)} if egress is not None else {}),
    }


def object_store_egress(storage: ObjectStorage) -> list[Spec]:
    """Make the egress rules towards the object store, and towards what gives the pods their identity.

    Args:
        storage: the object store. AWS itself (no endpoint) is HTTPS to anywhere: S3 has no fixed addresses.

    Raises:
        ValueError: the endpoint is no URL with a host.
    """
    identity = [] if storage.static_credentials else [to([cidr(POD_IDENTITY_AGENT)], 80)]
    if storage.endpoint is None:
        return [to(cidrs(ANY_ADDRESS), HTTPS), *identity]
    store = store_address(storage.endpoint)
    peer = (
        cidr(ANY_ADDRESS[0])
        if store.service is None
        else pods_in(store.service.namespace, {NAME_LABEL: store.service.name})
    )
    return [to([peer], store.port), *identity]


def egress_to(reaches: Sequence[Reach], plan: NetworkPlan) -> list[Spec]:
    """Make the egress rules of a pod from its service's record.

    Args:
        reaches: what it may talk to, besides DNS.
        plan: what lies around it.

    Raises:
        ValueError: the object store's endpoint is no URL with a host.
    """
    return [rule for reach in reaches for rule in _egress_to(reach, plan)]


def _egress_to(reach: Reach, plan: NetworkPlan) -> list[Spec]:
    match reach:
        case Reach.API_SERVER:
            return [api_server_egress(plan)]
        case Reach.OBJECT_STORE:
            return object_store_egress(plan.storage)
        case Reach.HISTORY_SERVER:
            return [to([namespace(HISTORY_NAMESPACE)], HISTORY_PORT)]
        case Reach.DATABASE:
            inside = [pods_in(DATABASE_NAMESPACE, {NAME_LABEL: DATABASE})]
            return [to(cidrs(plan.database_cidrs) if plan.database_cidrs else inside, DATABASE_PORT)]
        case Reach.KARPENTER:
            inside = [pods_in(karpenter.NAMESPACE, {NAME_LABEL: karpenter.NAME})]
            return [to(inside, karpenter.METRICS_PORT)] if plan.karpenter else []


def store_address(endpoint: str) -> StoreAddress:
    """Read where an S3 server is.

    Args:
        endpoint: its URL. A host like `name.namespace.svc` is a Service of this cluster.

    Raises:
        ValueError: the endpoint is no URL with a host.
    """
    url = urlsplit(endpoint)
    if not url.hostname:
        raise ValueError(f"object store endpoint {endpoint!r}: write a URL, such as http://host:7070")
    port = url.port or (HTTPS if url.scheme == "https" else 80)
    name, *rest = url.hostname.split(".")
    inside = rest[1:] in (["svc"], ["svc", "cluster", "local"])
    return StoreAddress(port=port, service=ServiceName(name=name, namespace=rest[0]) if inside else None)


def api_server_egress(plan: NetworkPlan) -> Spec:
    """Make the egress rule towards the API server: plug-ins look at its Service's port or at its own.

    Args:
        plan: what lies around the pods.
    """
    return to(cidrs(plan.api_server_cidrs), HTTPS, plan.api_server_port)


def dns_egress() -> Spec:
    """Make the egress rule towards the cluster's DNS, by the label that it has on every distribution."""
    peer = {**namespace("kube-system"), **pods({"k8s-app": "kube-dns"})}
    return {"to": [peer], "ports": [{"port": DNS_PORT, "protocol": protocol} for protocol in ("UDP", "TCP")]}


def scraped_by(monitoring: str | None, *ports: int) -> list[Spec]:
    """Make the ingress rules of what Prometheus scrapes.

    Args:
        monitoring: namespace of Prometheus; None if there is none.
        ports: ports of the metrics.
    """
    return [] if monitoring is None else [from_([namespace(monitoring)], *ports)]


def opened_by(login: str | None, port: int) -> list[Spec]:
    """Make the ingress rules of a page that people open.

    Args:
        login: namespace of the login in front of it; None if there is none.
        port: port of the page.
    """
    return [] if login is None else [from_([namespace(login)], port)]


def shown_by(service: ServiceName | None, port: int) -> list[Spec]:
    """Make the ingress rules of a driver's page that one of the platform's pages shows.

    Args:
        service: what shows it; None if nothing does.
        port: port of the driver's page.
    """
    if service is None:
        return []
    return [from_([pods_in(service.namespace, {NAME_LABEL: service.name})], port)]


def enforcement_note(enforced: bool) -> str:
    """Say in one sentence whether the cluster enforces what is above.

    Args:
        enforced: True if the cluster's network plug-in enforces NetworkPolicies.
    """
    if enforced:
        return "NetworkPolicies are enforced: tenants can't reach each other's pods."
    return (
        "NetworkPolicies are stored but NOT enforced by this cluster's network: any pod can reach any other. "
        "Tenants are separated by access rights, quotas and object store keys only. On EKS, the VPC CNI "
        "enforces them once its network policy agent is enabled."
    )


def pods(labels: Mapping[str, str]) -> Spec:
    """Peer: pods of the policy's own namespace, by their labels.

    Args:
        labels: all that a pod must have; none means every pod.
    """
    return {"podSelector": _selector(labels)}


def namespace(name: str) -> Spec:
    """Peer: every pod of a namespace.

    Args:
        name: the namespace's.
    """
    return {"namespaceSelector": _selector({NAMESPACE_LABEL: name})}


def namespaces(names: Sequence[str]) -> Spec:
    """Peer: every pod of some namespaces.

    Args:
        names: of the namespaces, in any order.
    """
    expression = {"key": NAMESPACE_LABEL, "operator": "In", "values": sorted(set(names))}
    return {"namespaceSelector": {"matchExpressions": [expression]}}


def pods_in(name: str, labels: Mapping[str, str]) -> Spec:
    """Peer: pods of another namespace, by their labels.

    Args:
        name: the namespace's.
        labels: all that a pod must have; none means every pod.
    """
    return {**namespace(name), **pods(labels)}


def cidr(block: str) -> Spec:
    """Peer: an address range.

    Args:
        block: in CIDR notation.
    """
    return {"ipBlock": {"cidr": block}}


def cidrs(blocks: Sequence[str]) -> list[Spec]:
    """Peers: address ranges.

    Args:
        blocks: each in CIDR notation.
    """
    return [cidr(block) for block in blocks]


def from_(peers: Sequence[Spec], *ports: int) -> Spec:
    """Ingress rule: some peers on some TCP ports.

    Args:
        peers: who may connect; none means anybody.
        *ports: to which ports of the policy's own pods; none means all.
    """
    return {"from": list(peers), "ports": _tcp(ports)}


def to(peers: Sequence[Spec], *ports: int) -> Spec:
    """Egress rule: some peers on some TCP ports.

    Args:
        peers: where to; none means anywhere.
        *ports: to which of their ports; none means all.
    """
    return {"to": list(peers), "ports": _tcp(ports)}


def _selector(labels: Mapping[str, str]) -> Spec:
    return {"matchLabels": dict(labels)} if labels else {}


def _tcp(ports: Sequence[int]) -> list[Spec]:
    return [{"port": port, "protocol": "TCP"} for port in sorted(set(ports))]
