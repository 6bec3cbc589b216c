"""What Prometheus scrapes of the cluster on the foundation `kubernetes`, as on AWS the chart does. Pure."""

from __future__ import annotations

from typing import Any, Final

from components.domain import Manifest
from components.kube.monitors import (
    API,
    Relabeling,
    ScrapeLimits,
    endpoint_defaults,
    metadata,
    named,
    pod_monitor,
)
from components.naming import MONITORING_NAMESPACE, NODE_METRICS_NAMESPACE
from components.observability import scrape_jobs
from components.observability.cardinality import (
    api_server_relabelings,
    cadvisor_relabelings,
    kubelet_relabelings,
    resource_relabelings,
)
from components.observability.job_relabelings import job_relabelings
from components.records.monitoring import KUBELET_NAMESPACE, STATE_METRICS

_ACCOUNT: Final = "/var/run/secrets/kubernetes.io/serviceaccount"


def cluster_monitors(limits: ScrapeLimits) -> list[Manifest]:
    """List the monitors of the cluster's own sources.

    Args:
        limits: for the interval.
    """
    return [
        _service_monitor(
            "kube-state-metrics",
            scrape_jobs.KUBE_STATE_METRICS,
            MONITORING_NAMESPACE,
            {"app.kubernetes.io/name": STATE_METRICS},
            # What it says about a pod of another namespace carries that namespace.
            [{"port": "http", "honorLabels": True, "metricRelabelings": job_relabelings()}],
            limits,
        ),
        _kubelet(limits),
        _api_server(limits),
        pod_monitor(
            "node-exporter",
            scrape_jobs.NODE_EXPORTER,
            NODE_METRICS_NAMESPACE,
            {"app.kubernetes.io/name": "node-exporter"},
            [{"port": "http-metrics", "relabelings": _with_node(scrape_jobs.NODE_EXPORTER)}],
            limits,
        ),
    ]


def _kubelet(limits: ScrapeLimits) -> Manifest:
    paths = {
        "/metrics": kubelet_relabelings(),
        scrape_jobs.CADVISOR_PATH: cadvisor_relabelings(),
        # Where cAdvisor doesn't know the runtime's containers, the kubelet itself does.
        scrape_jobs.RESOURCE_PATH: resource_relabelings(),
    }
    endpoints = [
        {
            "port": "https-metrics",
            "scheme": "https",
            "path": path,
            "honorLabels": True,
            # cAdvisor's own times are up to 15 s old, and make series that end seem to live on.
            "honorTimestamps": False,
            "bearerTokenFile": f"{_ACCOUNT}/token",
            # The kubelet signs its certificate itself unless somebody approves one; the token is what counts.
            "tlsConfig": {"caFile": f"{_ACCOUNT}/ca.crt", "insecureSkipVerify": True},
            "metricRelabelings": kept,
            "relabelings": _with_node(
                scrape_jobs.KUBELET, "__meta_kubernetes_endpointslice_address_target_name"
            ),
        }
        for path, kept in paths.items()
    ]
    return _service_monitor(
        "kubelet",
        scrape_jobs.KUBELET,
        KUBELET_NAMESPACE,
        {"app.kubernetes.io/name": "kubelet", "k8s-app": "kubelet"},
        endpoints,
        limits,
    )


def _api_server(limits: ScrapeLimits) -> Manifest:
    endpoint = {
        "port": "https",
        "scheme": "https",
        "bearerTokenFile": f"{_ACCOUNT}/token",
        "tlsConfig": {"caFile": f"{_ACCOUNT}/ca.crt", "serverName": "kubernetes"},
        "metricRelabelings": api_server_relabelings(),
    }
    return _service_monitor(
        "apiserver",
        scrape_jobs.API_SERVER,
        "default",
        {"component": "apiserver", "provider": "kubernetes"},
        [endpoint],
        limits,
    )


def _with_node(job: str, source: str = "__meta_kubernetes_pod_node_name") -> list[Relabeling]:
    return [*named(job), {"sourceLabels": [source], "targetLabel": "node", "action": "replace"}]


def _service_monitor(
    name: str,
    job: str,
    namespace: str,
    selector: dict[str, str],
    endpoints: list[dict[str, Any]],
    limits: ScrapeLimits,
) -> Manifest:
    return {
        "apiVersion": API,
        "kind": "ServiceMonitor",
        "metadata": metadata(name),
        "spec": {
            "selector": {"matchLabels": selector},
            "namespaceSelector": {"matchNames": [namespace]},
            "endpoints": [{**endpoint_defaults(job, limits), **endpoint} for endpoint in endpoints],
        },
    }
