"""The collection of metrics. Pure."""

from __future__ import annotations

from typing import Final

from components import versions
from components.naming import MONITORING_NAMESPACE, NODE_METRICS_NAMESPACE
from components.records.model import ImageSource, PodRequest, ServiceRecord, Where

RECORD: Final = ServiceRecord(
    namespaces=(MONITORING_NAMESPACE, NODE_METRICS_NAMESPACE),
    images={
        "kube-state-metrics": ImageSource(
            repository="kube-state-metrics", version=versions.KUBE_STATE_METRICS, pins=("KUBE_STATE_METRICS",)
        ),
        "prometheus-operator": ImageSource(
            repository="prometheus-operator",
            version=versions.PROMETHEUS_OPERATOR,
            pins=("PROMETHEUS_OPERATOR",),
        ),
        "prometheus": ImageSource(
            repository="prometheus",
            version=versions.PROMETHEUS,
            parent="base",
            pins=("PROMETHEUS", "PROMETHEUS_MODULE", "UPLOT"),
        ),
        "node-exporter": ImageSource(
            repository="node-exporter",
            version=versions.NODE_EXPORTER,
            parent="base",
            pins=("NODE_EXPORTER",),
            arguments={"NODE_EXPORTER_VERSION": versions.NODE_EXPORTER},
        ),
        "history_exporter": ImageSource(
            repository="spark-history-exporter",
            version=versions.PROMETHEUS_CLIENT,
            parent="base",
            pins=("PROMETHEUS_CLIENT",),
            apps=("history_exporter",),
            arguments={"PROMETHEUS_CLIENT_VERSION": versions.PROMETHEUS_CLIENT},
        ),
    },
    node_port="signals_node_port",
    page="the signals",
    # Sizes on AWS, where they cost; the foundation `kubernetes` has smaller ones.
    pods={
        "prometheus": PodRequest(cpu="500m", memory=None),
        "reloader": PodRequest(cpu="10m", memory="64Mi", chart=True),
        "operator": PodRequest(cpu="20m", memory="256Mi", chart=True),
        "kube-state-metrics": PodRequest(cpu="50m", memory="512Mi", chart=True),
        "node-exporter": PodRequest(cpu="20m", memory="64Mi", where=Where.EVERY_NODE, chart=True),
        "alertmanager": PodRequest(cpu="10m", memory="128Mi", chart=True),
        "grafana": PodRequest(cpu="50m", memory="256Mi", chart=True),
        "grafana-sidecar": PodRequest(cpu="10m", memory="128Mi", chart=True),
        "history-exporter": PodRequest(cpu="10m", memory="128Mi"),
    },
)
