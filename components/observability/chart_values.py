"""Values of kube-prometheus-stack, typed: the collection on AWS. Pure.

The chart brings operator, Prometheus, kube-state-metrics, node exporter, Alertmanager and Grafana. What is
scraped of the platform, and all rules and dashboards about Spark, are our own objects, as everywhere.
Helm ignores a misspelt value without a word: a test compares every key with the chart's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from components.kube.claims import claim_spec
from components.kube.monitors import DROPPED_TARGETS_KEPT, METRICS_PORT_NAME
from components.kube.pod_security import restricted_container
from components.naming import MONITORING_NAMESPACE, NODE_METRICS_NAMESPACE, PROJECT, PROMETHEUS_ACCOUNT
from components.observability import scrape_jobs
from components.observability.alert_routing import NAMES_IN_METRICS, AlertRouting, alertmanager_config
from components.observability.cardinality import api_server_relabelings, cadvisor_relabelings
from components.observability.job_relabelings import job_relabelings
from components.observability.prometheus import MetricStorage
from components.observability.remote_write import LETS_GO, RemoteWrite
from components.observability.replaced_alerts import disabled
from components.observability.state_metrics import (
    RESOURCES,
    custom_resource_state,
    deny_list,
    label_allow_list,
)
from components.records.alerts import ALERTMANAGER
from components.records.monitoring import GRAFANA_PORT, OPERATOR, PROMETHEUS_PORT, RECORD, RELOADER
from components.records.rights import JOBS, SPARK_GROUP

RELEASE: Final = "kube-prometheus-stack"
"""Name of the Helm release, and so of the chart's objects."""

GRAFANA_SECRET: Final = "grafana-admin"  # noqa: S105 - the name of a Secret, not its content
GRAFANA_USER_KEY: Final = "admin-user"
GRAFANA_PASSWORD_KEY: Final = "admin-password"  # noqa: S105 - a key in that Secret

SILENT_RULES: Final = (
    # EKS runs these and shows no metrics of them.
    *("etcd", "kubeControllerManager", "kubeProxy", "kubeSchedulerAlerting", "kubeSchedulerRecording"),
    # Computed from the API server's histograms, which are dropped.
    *("kubeApiserverAvailability", "kubeApiserverBurnrate", "kubeApiserverHistogram", "kubeApiserverSlos"),
    "windows",
)
"""Groups of the chart's rules that have nothing to be computed from."""

ALERTMANAGER_DISK: Final = "1Gi"
"""Silences and what was sent take some MiB; EBS has no smaller volumes."""

CHART_INHIBIT_RULES: Final = (
    *(
        {
            "source_matchers": [f"severity = {source}"],
            "target_matchers": [f"severity =~ {target}"],
            "equal": ["namespace", "alertname"],
        }
        for source, target in (("critical", "warning|info"), ("warning", "info"))
    ),
    {
        "source_matchers": ["alertname = InfoInhibitor"],
        "target_matchers": ["severity = info"],
        "equal": ["namespace"],
    },
    {"target_matchers": ["alertname = InfoInhibitor"]},
)
"""The chart's own rules (values.yaml of the pinned release): Helm replaces lists, so they stand here too."""

_METRICS_PATH: Final = {
    "action": "replace",
    "sourceLabels": ["__metrics_path__"],
    "targetLabel": "metrics_path",
}


@dataclass(frozen=True, kw_only=True)
class StackValues:
    """What the platform decides about the chart.

    Args:
        storage: what Prometheus keeps.
        interval_seconds: seconds between two scrapes and two evaluations.
        memory: memory of Prometheus, request and limit.
        state_metrics_memory: the same of kube-state-metrics.
        cluster: name of the cluster: the label `cluster` of what leaves it.
        alerts: who is told of what.
        remote_write: where else samples go; None for nowhere.
        grafana: URL by which browsers open Grafana behind the login; None for forwarded ports alone.
        loki: URL of Loki, which Grafana then asks as well; None for none.
    """

    storage: MetricStorage
    interval_seconds: int
    memory: str
    state_metrics_memory: str
    cluster: str
    alerts: AlertRouting
    remote_write: RemoteWrite | None = None
    grafana: str | None = None
    loki: str | None = None


def chart_values(values: StackValues) -> dict[str, Any]:
    """Make the chart's values.

    Args:
        values: what the platform decides.
    """
    return {
        "commonLabels": {"app.kubernetes.io/part-of": PROJECT},
        "defaultRules": {
            "rules": dict.fromkeys(SILENT_RULES, False),
            "disabled": disabled(),
        },
        "kubeApiServer": {
            "serviceMonitor": {"metricRelabelings": api_server_relabelings(), "jobLabel": "component"}
        },
        "kubelet": {
            "serviceMonitor": {
                "cAdvisorInterval": f"{values.interval_seconds}s",
                "probes": False,
                "honorTimestamps": False,
                "cAdvisorMetricRelabelings": cadvisor_relabelings(),
                "cAdvisorRelabelings": [dict(_METRICS_PATH)],
                "relabelings": [dict(_METRICS_PATH)],
            }
        },
        **{key: {"enabled": False} for key in ("coreDns", "kubeControllerManager", "kubeEtcd")},
        **{key: {"enabled": False} for key in ("kubeProxy", "kubeScheduler")},
        "kube-state-metrics": _state_metrics(values.state_metrics_memory),
        "prometheus-node-exporter": _node_exporter(),
        "prometheusOperator": _operator(),
        # Its own monitor beside ours: the chart's rules about Prometheus select by the job of its Service.
        "prometheus": {"serviceMonitor": {"selfMonitor": True}, "prometheusSpec": _prometheus(values)},
        "alertmanager": _alertmanager(values),
        "grafana": {
            **_grafana(),
            **(_behind_login(values.grafana) if values.grafana else {}),
            **(_searching(values.loki) if values.loki else {}),
        },
    }


def _prometheus(values: StackValues) -> dict[str, Any]:
    interval = f"{values.interval_seconds}s"
    places = {
        "matchExpressions": [
            {
                "key": "kubernetes.io/metadata.name",
                "operator": "In",
                # Ours alone: a tenant can't add to what is scraped.
                "values": [MONITORING_NAMESPACE, NODE_METRICS_NAMESPACE],
            }
        ]
    }
    remote = values.remote_write
    return {
        "portName": "web",
        "scrapeInterval": interval,
        "evaluationInterval": interval,
        "retention": f"{values.storage.retention_days}d",
        "retentionSize": values.storage.retention_size,
        "enforcedKeepDroppedTargets": DROPPED_TARGETS_KEPT,
        "externalLabels": {"cluster": values.cluster},
        "additionalArgs": [dict(LETS_GO)],
        **{
            f"{kind}{part}": value
            for kind in ("podMonitor", "probe", "rule", "serviceMonitor")
            for part, value in (("SelectorNilUsesHelmValues", False), ("NamespaceSelector", places))
        },
        "resources": RECORD.pods["prometheus"].resources(values.memory),
        "storageSpec": {
            "volumeClaimTemplate": {
                "spec": {
                    "accessModes": ["ReadWriteOnce"],
                    "resources": {"requests": {"storage": values.storage.size}},
                    **(
                        {"storageClassName": values.storage.storage_class}
                        if values.storage.storage_class
                        else {}
                    ),
                }
            }
        },
        **({"remoteWrite": [remote.spec()]} if remote else {}),
    }


def _alertmanager(values: StackValues) -> dict[str, Any]:
    config = alertmanager_config(values.alerts)
    claim = claim_spec(ALERTMANAGER_DISK, values.storage.storage_class)
    return {
        "config": {**config, "inhibit_rules": [*CHART_INHIBIT_RULES, *config["inhibit_rules"]]},
        "alertmanagerSpec": {
            "resources": RECORD.pods[ALERTMANAGER].resources(),
            "automountServiceAccountToken": False,
            # As our monitor of it has it.
            "portName": METRICS_PORT_NAME,
            "additionalArgs": [
                {"name": "enable-feature", "value": NAMES_IN_METRICS},
                # The operator leaves its own out where this names one (its pull request 8201).
                {"name": "dispatch.start-delay", "value": values.alerts.start_delay},
            ],
            # Mounted below `alert_receivers.SECRETS_FOLDER`.
            "secrets": list(values.alerts.secrets),
            # Silences, and what was sent: after a restart nobody is told twice.
            "storage": {"volumeClaimTemplate": {"spec": claim}},
        },
    }


def _state_metrics(memory: str) -> dict[str, Any]:
    return {
        "collectors": list(RESOURCES),
        "metricLabelsAllowlist": label_allow_list(),
        "metricDenylist": deny_list(),
        "customResourceState": {"enabled": True, "config": custom_resource_state()},
        "rbac": {
            "extraRules": [{"apiGroups": [SPARK_GROUP], "resources": list(JOBS), "verbs": ["list", "watch"]}]
        },
        "extraArgs": ["--use-apiserver-cache"],
        "prometheus": {"monitor": {"http": {"honorLabels": True, "metricRelabelings": job_relabelings()}}},
        "resources": RECORD.pods["kube-state-metrics"].resources(memory),
    }


def _node_exporter() -> dict[str, Any]:
    return {
        "namespaceOverride": NODE_METRICS_NAMESPACE,
        "hostPID": False,
        "service": {"listenOnAllInterfaces": False},
        "podLabels": {"jobLabel": scrape_jobs.NODE_EXPORTER},
        "containerSecurityContext": restricted_container(),
        "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
        "prometheus": {"monitor": {"jobLabel": "jobLabel"}},
        "resources": RECORD.pods["node-exporter"].resources(),
    }


def _operator() -> dict[str, Any]:
    return {
        # Its certificate would come from hook jobs, which helm.v4.Chart leaves out.
        "admissionWebhooks": {"enabled": False},
        "tls": {"enabled": False},
        # It may do much: no other namespace has objects for it.
        "namespaces": {"releaseNamespace": True, "additional": [NODE_METRICS_NAMESPACE]},
        "kubeletEndpointsEnabled": False,
        "kubeletEndpointSliceEnabled": True,
        "serviceMonitor": {"selfMonitor": False},
        "resources": RECORD.pods[OPERATOR].resources(),
        "prometheusConfigReloader": {"resources": RECORD.pods[RELOADER].resources()},
    }


def _grafana() -> dict[str, Any]:
    return {
        # The chart's own password would be another one at every look.
        "admin": {
            "existingSecret": GRAFANA_SECRET,
            "userKey": GRAFANA_USER_KEY,
            "passwordKey": GRAFANA_PASSWORD_KEY,
        },
        "defaultDashboardsEditable": False,
        "sidecar": {
            "dashboards": {"searchNamespace": MONITORING_NAMESPACE},
            "resources": RECORD.pods["grafana-sidecar"].resources(),
        },
        "testFramework": {"enabled": False},
        "serviceMonitor": {"enabled": False},
        "rbac": {"namespaced": True},
        "resources": RECORD.pods["grafana"].resources(),
    }


def _searching(loki: str) -> dict[str, Any]:
    return {"additionalDataSources": [{"name": "Loki", "type": "loki", "uid": "loki", "url": loki}]}


def _behind_login(address: str) -> dict[str, Any]:
    """Who has come past the login looks; what changes something still asks for Grafana's own password.

    No header says who it is, so none can be made up by a pod that reaches Grafana.
    """
    return {
        "service": {"port": GRAFANA_PORT},
        "grafana.ini": {
            # The login takes the path off; Grafana writes it into its links.
            "server": {"root_url": f"{address}/"},
            "auth.anonymous": {"enabled": True, "org_role": "Viewer"},
        },
    }


def grafana_url() -> str:
    """Where Grafana is reached from inside the cluster; from outside by `kubectl port-forward`."""
    return f"http://{RELEASE}-grafana.{MONITORING_NAMESPACE}.svc"


def prometheus_url() -> str:
    """Where the chart's Prometheus is reached from inside the cluster."""
    return f"http://{PROMETHEUS_ACCOUNT}.{MONITORING_NAMESPACE}.svc:{PROMETHEUS_PORT}"
