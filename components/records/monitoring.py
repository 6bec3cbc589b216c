"""The collection of metrics. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from components import versions
from components.domain import MIB, Tenant, size_bytes
from components.naming import MONITORING_NAMESPACE, NODE_METRICS_NAMESPACE
from components.records.alerts import ALERTMANAGER
from components.records.model import ImageSource, Page, PodRequest, Reach, ServiceRecord, Where
from components.records.rights import JOBS, SPARK_GROUP, Grant, PolicyRule

PROMETHEUS_GROUP: Final = "monitoring.coreos.com"
KUBELET_NAMESPACE: Final = "kube-system"
"""Where the operator keeps the Service of all kubelets, as kube-prometheus-stack has it."""

PROMETHEUS: Final = "prometheus"
OPERATOR: Final = "prometheus-operator"
STATE_METRICS: Final = "kube-state-metrics"
"""Service accounts, each named after its program."""

NODE_EXPORTER: Final = "node-exporter"
RELOADER: Final = "reloader"
"""What the operator puts beside Prometheus: it has new rules read."""

PROMETHEUS_PORT: Final = 9090
"""Port of its Service and of its pod (Prometheus' default)."""

RELOADER_PORT: Final = 8080
STATE_METRICS_PORT: Final = 8080
STATE_METRICS_TELEMETRY_PORT: Final = 8081
OPERATOR_PORT: Final = 8080
NODE_EXPORTER_PORT: Final = 9100
"""Ports of their metrics, each its program's default; kube-state-metrics has its own at the second."""

_LOOK: Final = ("get", "list", "watch")

OPERATOR_RULES: Final = (
    PolicyRule(
        ("prometheuses", "servicemonitors", "podmonitors", "probes", "prometheusrules"),
        _LOOK,
        "reads what is to be scraped and computed",
        PROMETHEUS_GROUP,
    ),
    PolicyRule(
        ("prometheuses/status", "prometheuses/finalizers", "servicemonitors/status", "podmonitors/status"),
        ("get", "update", "patch"),
        "says how they are",
        PROMETHEUS_GROUP,
    ),
    PolicyRule(
        ("statefulsets",),
        (*_LOOK, "create", "update", "patch", "delete", "deletecollection"),
        "runs Prometheus",
        "apps",
    ),
    PolicyRule(
        ("configmaps", "secrets"),
        (*_LOOK, "create", "update", "patch", "delete", "deletecollection"),
        "writes Prometheus' configuration and rules",
    ),
    PolicyRule(
        ("services", "services/finalizers"), ("get", "create", "update", "delete"), "Prometheus' own Service"
    ),
    PolicyRule(("pods",), ("list", "watch", "delete"), "sees whether Prometheus is up"),
    PolicyRule(("events",), ("create", "patch"), "says what it refused"),
)
"""Rights of the Prometheus operator in its own namespace, the only one that it watches (--namespaces)."""

OPERATOR_KUBELET_RULES: Final = (
    PolicyRule(("services",), ("get", "update"), "the Service of all kubelets"),
    PolicyRule(
        ("endpointslices",),
        ("get", "list", "create", "update", "delete"),
        "the nodes' addresses behind it",
        "discovery.k8s.io",
    ),
)
"""Its rights in the namespace of the kubelets' Service."""

OPERATOR_CLUSTER_RULES: Final = (
    PolicyRule(("nodes",), ("list", "watch"), "the nodes' addresses"),
    PolicyRule(
        ("namespaces",), ("get", "list", "watch"), "follows its own namespace; it asks for the whole list"
    ),
    PolicyRule(("storageclasses",), ("get",), "checks the class of Prometheus' volume", "storage.k8s.io"),
)
"""Its rights in the whole cluster."""

PROMETHEUS_CLUSTER_RULES: Final = (
    PolicyRule(("nodes/metrics",), ("get",), "asks the kubelets, which ask the API server whether it may"),
    PolicyRule(("pods", "services"), _LOOK, "finds what is to be scraped"),
    PolicyRule(("endpointslices",), _LOOK, "finds what is to be scraped", "discovery.k8s.io"),
)
"""Rights of Prometheus in the whole cluster; `METRICS_PATHS` besides."""

METRICS_PATHS: Final = ("/metrics",)
"""Paths of the API server that Prometheus may read."""

STATE_METRICS_RULES: Final = (
    PolicyRule(
        ("namespaces", "nodes", "persistentvolumeclaims", "pods", "resourcequotas"),
        ("list", "watch"),
        "shown",
    ),
    PolicyRule(("daemonsets", "deployments", "statefulsets"), ("list", "watch"), "shown", "apps"),
    PolicyRule(JOBS, ("list", "watch"), "their state, age and agreed time", SPARK_GROUP),
    PolicyRule(
        ("customresourcedefinitions",),
        ("list", "watch"),
        "finds out whether SparkApplications exist yet",
        "apiextensions.k8s.io",
    ),
)
"""Rights of kube-state-metrics: to look, and at no Secret and no ConfigMap."""


FINISHED_PODS: Final = 12_500
"""Finished pods that a cluster keeps (kube-controller-manager, --terminated-pod-gc-threshold): EKS leaves its
default, and so does the node of one machine."""

STATE_METRICS_BASE: Final = 64 * MIB
STATE_METRICS_POD: Final = 20 * 1024
"""Bytes that kube-state-metrics takes by itself, and for a pod: 360 MiB of 22,600 pods are 16 KiB each
(tests/observability/fleet), and names, labels and reasons of others' pods may be longer."""

STATE_METRICS_STEP: Final = 64 * MIB
"""Its memory is a multiple of it, so that not every quota that changes starts it anew."""


STATE_METRICS_LEAST_ON_AWS: Final = "512Mi"
"""Enough for quotas of 10,000 pods together: most stacks start it anew for no change of a quota."""


def state_metrics_memory(tenants: Iterable[Tenant], *, least: str = "64Mi") -> str:
    """Memory of kube-state-metrics, as a Kubernetes quantity: for as many pods as can be.

    At its bound it is killed, starts, lists all pods and is killed again: alerts about jobs are blind then.

    Args:
        tenants: those whose quotas say how many pods there are that have not finished.
        least: what it gets anyway, as a Kubernetes quantity.
    """
    pods = FINISHED_PODS + sum(tenant.quota.pods for tenant in tenants)
    wanted = max(STATE_METRICS_BASE + pods * STATE_METRICS_POD, size_bytes(least))
    return f"{-(-wanted // STATE_METRICS_STEP) * STATE_METRICS_STEP // MIB}Mi"


GRAFANA_NAME: Final = "grafana"
"""Name of its pods, by the label app.kubernetes.io/name."""

GRAFANA: Final = "kube-prometheus-stack-grafana"
"""Service of Grafana, which is there with the upstream charts alone."""

GRAFANA_PORT: Final = 3000
"""Port of its pod (Grafana's default), and of its Service where it is a page."""

GRAFANA_PAGE: Final = Page(
    title="Signals",
    path="grafana",
    namespace=MONITORING_NAMESPACE,
    service=GRAFANA,
    port=GRAFANA_PORT,
    position=40,
)

PAGE: Final = Page(
    title="Signals",
    path="prometheus",
    namespace=MONITORING_NAMESPACE,
    service=PROMETHEUS,
    port=PROMETHEUS_PORT,
    start="user/",
    # Below /-/ it can be told to end, or to read its configuration anew.
    asked="[a-z].*|",
    position=40,
)

RECORD: Final = ServiceRecord(
    title="metrics, rules, dashboards",
    namespaces=(MONITORING_NAMESPACE, NODE_METRICS_NAMESPACE),
    images={
        "kube-state-metrics": ImageSource(
            repository="kube-state-metrics",
            version=versions.KUBE_STATE_METRICS,
            pins=("KUBE_STATE_METRICS",),
            module="kube-state-metrics",
            arguments={"KUBE_STATE_METRICS_VERSION": versions.KUBE_STATE_METRICS},
            chart=True,
        ),
        "prometheus-operator": ImageSource(
            repository="prometheus-operator",
            version=versions.PROMETHEUS_OPERATOR,
            pins=("PROMETHEUS_OPERATOR",),
            module="prometheus-operator",
            arguments={"PROMETHEUS_OPERATOR_VERSION": versions.PROMETHEUS_OPERATOR},
            chart=True,
        ),
        "prometheus": ImageSource(
            repository="prometheus",
            version=versions.PROMETHEUS,
            parent="base",
            pins=("PROMETHEUS", "PROMETHEUS_MODULE", "UPLOT"),
            module="prometheus",
            arguments={"PROMETHEUS_VERSION": versions.PROMETHEUS, "UPLOT_VERSION": versions.UPLOT},
            chart=True,
        ),
        "node-exporter": ImageSource(
            repository="node-exporter",
            version=versions.NODE_EXPORTER,
            parent="base",
            pins=("NODE_EXPORTER",),
            arguments={"NODE_EXPORTER_VERSION": versions.NODE_EXPORTER},
            chart=True,
        ),
    },
    page=PAGE,
    ports={
        "the reloader": RELOADER_PORT,
        "kube-state-metrics": STATE_METRICS_PORT,
        "kube-state-metrics' own": STATE_METRICS_TELEMETRY_PORT,
        "the operator": OPERATOR_PORT,
        "the node exporter": NODE_EXPORTER_PORT,
        "Grafana, on AWS": GRAFANA_PORT,
    },
    # Sizes on AWS, where there is more to watch; the foundation `kubernetes` has the smaller ones.
    pods={
        PROMETHEUS: PodRequest(cpu="500m", memory=None, smaller=PodRequest(cpu="50m", memory=None)),
        RELOADER: PodRequest(cpu="10m", memory="64Mi", smaller=PodRequest(cpu="10m", memory="32Mi")),
        OPERATOR: PodRequest(cpu="20m", memory="256Mi", smaller=PodRequest(cpu="10m", memory="128Mi")),
        STATE_METRICS: PodRequest(cpu="50m", memory=None, smaller=PodRequest(cpu="10m", memory=None)),
        NODE_EXPORTER: PodRequest(
            cpu="20m",
            memory="64Mi",
            where=Where.EVERY_NODE,
            smaller=PodRequest(cpu="10m", memory="64Mi", where=Where.EVERY_NODE),
        ),
        # Elsewhere a service of its own: components/records/alerts.py.
        ALERTMANAGER: PodRequest(cpu="10m", memory="128Mi", chart=True),
        GRAFANA_NAME: PodRequest(cpu="50m", memory="256Mi", chart=True),
        "grafana-sidecar": PodRequest(cpu="10m", memory="128Mi", chart=True),
    },
    reaches={
        # Besides all that is scraped.
        PROMETHEUS: (Reach.API_SERVER,),
        OPERATOR: (Reach.API_SERVER,),
        GRAFANA_NAME: (Reach.API_SERVER,),
        STATE_METRICS: (Reach.API_SERVER,),
    },
    grants=(
        Grant(account=OPERATOR, home=MONITORING_NAMESPACE, place=MONITORING_NAMESPACE, rules=OPERATOR_RULES),
        Grant(
            account=OPERATOR, home=MONITORING_NAMESPACE, place=KUBELET_NAMESPACE, rules=OPERATOR_KUBELET_RULES
        ),
        Grant(account=OPERATOR, home=MONITORING_NAMESPACE, place=None, rules=OPERATOR_CLUSTER_RULES),
        Grant(
            account=PROMETHEUS,
            home=MONITORING_NAMESPACE,
            place=None,
            rules=PROMETHEUS_CLUSTER_RULES,
            paths=METRICS_PATHS,
        ),
        Grant(account=STATE_METRICS, home=MONITORING_NAMESPACE, place=None, rules=STATE_METRICS_RULES),
    ),
)
