"""Who may reach whom around the logs: the NetworkPolicies of their two namespaces. Pure."""

from __future__ import annotations

from typing import Any, Final

from components.naming import LOG_NODES_NAMESPACE, LOGS_NAMESPACE
from components.network_policies import (
    ANYWHERE,
    API_SERVER_PORTS,
    NAMESPACE_LABEL,
    NetworkPlan,
    Spec,
    base_policies,
    object_store_egress,
)
from components.observability.logs_collector import METRICS_PORT
from components.observability.logs_pods import CLEANER, COLLECTOR, PAGE, PAGE_PORT, part_labels

LOKI: Final = "loki"
LOKI_PORT: Final = 3100
"""Loki's HTTP port (upstream chart's default)."""

LOKI_OWN_PORTS: Final = (7946, 9095)
"""Ports by which Loki's processes talk with each other: gossip and gRPC (upstream chart's default)."""


def collector_policies(plan: NetworkPlan, *, loki: bool = False) -> dict[str, Spec]:
    """Make the policies of the collectors' namespace.

    Args:
        plan: what lies around the logs.
        loki: True if lines go to Loki as well.

    Returns:
        Specs by the policy's name.

    Raises:
        ValueError: the object store's endpoint is no URL with a host.
    """
    api_server = _to([{"ipBlock": {"cidr": cidr}} for cidr in plan.api_server_cidrs], *API_SERVER_PORTS)
    searched = [_to([{**_namespace(LOGS_NAMESPACE), **_pods(LOKI)}], LOKI_PORT)] if loki else []
    return {
        **base_policies(),
        COLLECTOR: _policy(
            COLLECTOR,
            ingress=_scraped(plan, METRICS_PORT),
            egress=[api_server, *object_store_egress(plan.storage), *searched],
        ),
    }


def log_policies(plan: NetworkPlan, *, page_is_open: bool, loki: bool = False) -> dict[str, Spec]:
    """Make the policies of the namespace of page, clean-up and Loki.

    Args:
        plan: what lies around the logs.
        page_is_open: True if the page has a port on every node, so that anyone may reach it.
        loki: True if Loki runs in the namespace too.

    Returns:
        Specs by the policy's name.

    Raises:
        ValueError: the object store's endpoint is no URL with a host.
    """
    store = object_store_egress(plan.storage)
    anyone = [_from([{"ipBlock": {"cidr": cidr}} for cidr in ANYWHERE], PAGE_PORT)]
    return {
        **base_policies(),
        PAGE: _policy(PAGE, ingress=anyone if page_is_open else [], egress=store),
        CLEANER: _policy(CLEANER, ingress=[], egress=store),
        **({LOKI: _loki(plan)} if loki else {}),
    }


def _loki(plan: NetworkPlan) -> Spec:
    readers = [_namespace(LOG_NODES_NAMESPACE)]
    if plan.monitoring_namespace is not None:
        readers.append(_namespace(plan.monitoring_namespace))
    # Even alone it finds itself by gossip, and does not start without.
    itself = [_pods(LOKI)]
    return _policy(
        LOKI,
        ingress=[_from(readers, LOKI_PORT), _from(itself, *LOKI_OWN_PORTS)],
        egress=[_to(itself, *LOKI_OWN_PORTS)],
    )


def _policy(part: str, *, ingress: list[Spec], egress: list[Spec]) -> Spec:
    return {
        "podSelector": {"matchLabels": _selector(part)},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": ingress,
        "egress": egress,
    }


def _scraped(plan: NetworkPlan, port: int) -> list[Spec]:
    namespace = plan.monitoring_namespace
    return [] if namespace is None else [_from([_namespace(namespace)], port)]


def _selector(part: str) -> dict[str, str]:
    return {"app.kubernetes.io/name": part_labels(part)["app.kubernetes.io/name"]}


def _pods(part: str) -> Spec:
    return {"podSelector": {"matchLabels": _selector(part)}}


def _namespace(name: str) -> Spec:
    return {"namespaceSelector": {"matchLabels": {NAMESPACE_LABEL: name}}}


def _from(peers: list[Spec], *ports: int) -> Spec:
    return {"from": peers, "ports": _tcp(ports)}


def _to(peers: list[Spec], *ports: int) -> Spec:
    return {"to": peers, "ports": _tcp(ports)}


def _tcp(ports: tuple[int, ...]) -> list[dict[str, Any]]:
    return [{"port": port, "protocol": "TCP"} for port in ports]
