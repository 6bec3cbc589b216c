"""Who may reach whom over the network: a tenant's NetworkPolicies and the operator's. Pure.

Everything is denied, and then just what Spark needs is allowed. A NetworkPolicy can't say "of the same job",
so jobs of one tenant may reach each other's Spark ports; other tenants' may not. What a given set of policies
allows is worked out by `components.network_reach`, and a test holds the whole table.

Not every cluster enforces NetworkPolicies: without a network plug-in that does, they are stored and have no
effect. `enforcement_note` says so in the program's output.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

from components.domain import ObjectStorage
from components.spark_conf_values import BLOCK_MANAGER_PORT, DRIVER_PORT, UI_PORT

Spec = dict[str, Any]
"""Spec of a NetworkPolicy."""

ROLE_LABEL: Final = "spark-role"
"""Label that Spark puts on its pods (k8s Constants.SPARK_ROLE_LABEL)."""

DRIVER: Final[Mapping[str, str]] = MappingProxyType({ROLE_LABEL: "driver"})
EXECUTOR: Final[Mapping[str, str]] = MappingProxyType({ROLE_LABEL: "executor"})

SUBMITTER: Final[Mapping[str, str]] = MappingProxyType({"app.kubernetes.io/component": "spark-submit"})
"""Label of pods that run spark-submit themselves: without it such a pod reaches nothing but DNS."""

NAMESPACE_LABEL: Final = "kubernetes.io/metadata.name"
"""Label with the namespace's name, which Kubernetes itself puts on every namespace."""

API_SERVER_PORTS: Final = (443, 6443)
"""Port of the `kubernetes` Service, and the usual one behind it: plug-ins differ in which they look at."""

HTTPS: Final = 443
ANYWHERE: Final = ("0.0.0.0/0",)

POD_IDENTITY_AGENT: Final = "169.254.170.23/32"
"""Where pods on EKS get their credentials (EKS Pod Identity agent, port 80)."""

OPERATOR_METRICS_PORT: Final = 8080
"""The operator's metrics (upstream chart's default)."""

JMX_PORT: Final = 8090
"""Metrics of a driver or executor with the JMX exporter (the operator's spec.monitoring)."""


@dataclass(frozen=True, kw_only=True)
class NetworkPlan:
    """What lies around the tenants.

    Args:
        storage: the object store; an endpoint `http://name.namespace.svc:port` is a Service of this cluster,
            and its pods are found by the label app.kubernetes.io/name=name.
        api_server_cidrs: addresses of the API server. The default is any address, on its two ports: narrow it
            where the addresses are known and stay.
        monitoring_namespace: namespace that scrapes metrics; None if there is none.
    """

    storage: ObjectStorage
    api_server_cidrs: Sequence[str] = ANYWHERE
    monitoring_namespace: str | None = None


def tenant_policies(plan: NetworkPlan) -> dict[str, Spec]:
    """Make the policies of a tenant's namespace.

    Args:
        plan: what lies around it.

    Returns:
        Specs by the policy's name.

    Raises:
        ValueError: the object store's endpoint is no URL with a host.
    """
    driver, executor = _pods(DRIVER), _pods(EXECUTOR)
    spark_ports = (DRIVER_PORT, BLOCK_MANAGER_PORT)
    store = object_store_egress(plan.storage)
    api_server = _to([_cidr(cidr) for cidr in plan.api_server_cidrs], *API_SERVER_PORTS)
    return {
        **base_policies(),
        "spark-driver": {
            "podSelector": _selector(DRIVER),
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [
                _from([executor], *spark_ports),
                *_scraped(plan.monitoring_namespace, UI_PORT, JMX_PORT),
            ],
            "egress": [_to([executor], BLOCK_MANAGER_PORT), api_server, *store],
        },
        "spark-executor": {
            "podSelector": _selector(EXECUTOR),
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [
                _from([driver, executor], BLOCK_MANAGER_PORT),
                *_scraped(plan.monitoring_namespace, JMX_PORT),
            ],
            "egress": [_to([driver], *spark_ports), _to([executor], BLOCK_MANAGER_PORT), *store],
        },
        "spark-submitter": {
            "podSelector": _selector(SUBMITTER),
            "policyTypes": ["Ingress", "Egress"],
            "egress": [api_server, *store],
        },
    }


def operator_policies(plan: NetworkPlan) -> dict[str, Spec]:
    """Make the policies of the operator's namespace.

    The operator submits jobs that others wrote, with rights in every tenant: it reaches the API server, and
    no place that something could be carried to.

    Args:
        plan: what lies around it.

    Returns:
        Specs by the policy's name.
    """
    return {
        **base_policies(),
        "spark-operator": {
            "podSelector": {},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": _scraped(plan.monitoring_namespace, OPERATOR_METRICS_PORT),
            "egress": [_to([_cidr(cidr) for cidr in plan.api_server_cidrs], *API_SERVER_PORTS)],
        },
    }


def base_policies() -> dict[str, Spec]:
    """Deny everything in a namespace, except asking the cluster's DNS."""
    return {
        "default-deny": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
        "dns": {"podSelector": {}, "policyTypes": ["Egress"], "egress": [_dns()]},
    }


def object_store_egress(storage: ObjectStorage) -> list[Spec]:
    """Make the egress rules towards the object store, and towards what gives the pods their identity.

    Args:
        storage: the object store. AWS itself (no endpoint) is HTTPS to anywhere: S3 has no fixed addresses.

    Raises:
        ValueError: the endpoint is no URL with a host.
    """
    identity = [] if storage.static_credentials else [_to([_cidr(POD_IDENTITY_AGENT)], 80)]
    if storage.endpoint is None:
        return [_to([_cidr(cidr) for cidr in ANYWHERE], HTTPS), *identity]
    url = urlsplit(storage.endpoint)
    if not url.hostname:
        raise ValueError(f"object store endpoint {storage.endpoint!r}: write a URL, such as http://host:7070")
    port = url.port or (HTTPS if url.scheme == "https" else 80)
    return [_to([_peer(url.hostname)], port), *identity]


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


def _peer(host: str) -> Spec:
    """A Service's pods, by its name inside the cluster; any address for a host outside it."""
    name, *rest = host.split(".")
    if rest[1:] in (["svc"], ["svc", "cluster", "local"]):
        return {
            "namespaceSelector": {"matchLabels": {NAMESPACE_LABEL: rest[0]}},
            "podSelector": {"matchLabels": {"app.kubernetes.io/name": name}},
        }
    return _cidr(ANYWHERE[0])


def _scraped(namespace: str | None, *ports: int) -> list[Spec]:
    if namespace is None:
        return []
    return [_from([{"namespaceSelector": {"matchLabels": {NAMESPACE_LABEL: namespace}}}], *ports)]


def _dns() -> Spec:
    peer = {
        "namespaceSelector": {"matchLabels": {NAMESPACE_LABEL: "kube-system"}},
        # The label of the cluster's DNS on every distribution, whatever it runs.
        "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
    }
    return {"to": [peer], "ports": [{"port": 53, "protocol": protocol} for protocol in ("UDP", "TCP")]}


def _selector(labels: Mapping[str, str]) -> Spec:
    return {"matchLabels": dict(labels)}


def _pods(labels: Mapping[str, str]) -> Spec:
    return {"podSelector": _selector(labels)}


def _cidr(cidr: str) -> Spec:
    return {"ipBlock": {"cidr": cidr}}


def _from(peers: Sequence[Spec], *ports: int) -> Spec:
    return {"from": list(peers), "ports": _tcp(ports)}


def _to(peers: Sequence[Spec], *ports: int) -> Spec:
    return {"to": list(peers), "ports": _tcp(ports)}


def _tcp(ports: Sequence[int]) -> list[Spec]:
    return [{"port": port, "protocol": "TCP"} for port in ports]
