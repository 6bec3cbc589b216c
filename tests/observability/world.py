"""Samples as a small busy cluster would give them: one series at least of every metric of the catalogue.

Only names and labels are taken from the catalogue, and labels have values that belong together: a pod has one
uid, one role, one application. So a query that joins by the wrong label finds nothing here either.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from components.observability import scrape_jobs as jobs
from components.observability.alerts import recorded as recorded_groups
from tests.observability import groups_of_jobs
from tests.observability.catalogue import METRICS, Metric
from tests.observability.series import SITE, TEAMS

STEP_SECONDS = 30

Labels = Mapping[str, str]


@dataclass(frozen=True)
class Pod:
    """A Spark pod.

    Args:
        namespace: a tenant's.
        pod: its name.
        role: driver or executor.
        app: its application.
        phase: the phase that it is in.
        reason: what ended it, if it failed.
    """

    namespace: str
    pod: str
    role: str
    app: str
    phase: str
    reason: str = ""

    def labels(self) -> dict[str, str]:
        """Every label that some series of this pod has."""
        return {
            "namespace": self.namespace,
            "pod": self.pod,
            "uid": f"uid-{self.pod}",
            "role": self.role,
            "app": self.app,
            "team": TEAMS[self.namespace],
            "phase": self.phase,
            "container": f"spark-kubernetes-{self.role}",
            "label_spark_role": self.role,
            "label_spark_app_name": self.app,
            "spark_job": self.app,
            "label_sparkoperator_k8s_io_app_name": self.app,
            "label_jobs_spark_on_eks_job": self.app,
            "node": "node-1",
        } | ({"reason": self.reason} if self.reason else {})


PODS = (
    Pod("data-dev", "flights-driver", "driver", "flights", "Running"),
    Pod("data-dev", "flights-exec-1", "executor", "flights", "Running"),
    Pod("data-dev", "flights-exec-2", "executor", "flights", "Running"),
    Pod("data-dev", "flights-exec-3", "executor", "flights", "Pending"),
    Pod("data-dev", "nightly-driver", "driver", "nightly", "Succeeded"),
    Pod("data-dev", "queued-driver", "driver", "queued", "Pending"),
    Pod("science-dev", "model-driver", "driver", "model", "Running"),
    Pod("science-dev", "model-exec-1", "executor", "model", "Running"),
    Pod("science-dev", "broken-driver", "driver", "broken", "Failed", "Error"),
    Pod("science-dev", "greedy-exec-1", "executor", "greedy", "Failed", "OOMKilled"),
)

APPLICATIONS = {
    "flights": "RUNNING",
    "nightly": "SUBMITTED",
    "broken": "FAILED",
    "hourly": "COMPLETED",
    "refused": "SUBMISSION_FAILED",
}
"""SparkApplications of each team, and what the operator says of them."""

VALUES: dict[str, tuple[str, ...]] = {
    "instance": ("10.0.0.1:9100", "10.0.0.2:9100"),
    "alertname": ("SparkDriverFailed", "SparkNamespaceQuotaNearlyExhausted"),
    "alertstate": ("firing",),
    "severity": ("warning",),
    "condition": ("Ready",),
    "status": ("true", "false"),
    "cpu": ("0", "1"),
    "mode": ("idle", "user", "system"),
    "device": ("/dev/sda1",),
    "fstype": ("ext4",),
    "mountpoint": ("/",),
    "resource": ("cpu", "memory"),
    "resourcequota": ("quota",),
    "operation": ("CREATE",),
    "rejected": ("true",),
    "le": ("1", "10", "100", "1000", "+Inf"),
    "executor_id": ("driver", "1", "2"),
    "nodepool": ("driver", "executor"),
    "resource_type": ("cpu", "memory", "nodes"),
    "message_type": ("spot_interrupted",),
    "outcome": ("completed", "failed"),
    "controller": ("sparkapplication",),
    "objective": ("success", "timeliness"),
    "result": ("good", "bad"),
    "quantile": ("0.5", "0.99", "1"),
    "query": ("clicks",),
    "rule_group": ("/rules/all.yaml;spark-signals",),
    "node": ("node-1", "node-2"),
    "route": ("/runs", "/jobs/{namespace}/{job}"),
}
"""Values of labels that mean the same wherever they stand."""

OF_METRIC: dict[str, dict[str, tuple[str, ...]]] = {
    "kube_resourcequota": {"type": ("used", "hard"), "resource": ("requests.cpu", "requests.memory")},
    "spark:quota_used:ratio": {"resource": ("requests.cpu", "requests.memory")},
    "apiserver_admission_controller_admission_duration_seconds_count": {"name": ("ResourceQuota",)},
    "spark:run:ended_timestamp_seconds": {"outcome": ("good", "bad")},
    "spark:runs_ended:total": {"outcome": ("succeeded", "failed")},
    "spark_job_ends_total": {"outcome": ("succeeded", "failed"), "reason": ("", "DATA_ERROR")},
    "spark_job_run_seconds_sum": {"outcome": ("succeeded", "failed")},
    "spark_job_run_seconds_count": {"outcome": ("succeeded", "failed")},
    "spark_job_last_end_timestamp_seconds": {"outcome": ("succeeded", "failed")},
    "spark:pods:count": {"role": ("driver", "executor"), "phase": ("Running", "Pending")},
    "spark:drivers_finished:count1h": {"phase": ("Succeeded", "Failed")},
    "spark:container_memory_limit_ratio:p95": {
        "container": ("spark-kubernetes-driver", "spark-kubernetes-executor")
    },
    "spark:container_cpu_request_ratio:avg5m": {
        "container": ("spark-kubernetes-driver", "spark-kubernetes-executor")
    },
    "karpenter_nodeclaims_created_total": {"reason": ("provisioned",), "capacity_type": ("spot",)},
    "spark_jobs_web_answers_total": {"status": ("2xx", "5xx")},
    "karpenter_nodeclaims_terminated_total": {"capacity_type": ("spot",)},
}

ONLY_FAILED = {"kube_pod_status_reason", "kube_pod_container_status_terminated_reason"}
ENDED = {"kube_pod_completion_time", "spark:pod:finished_timestamp_seconds", "spark:driver:run_seconds"}


@dataclass(frozen=True)
class Row:
    """One series.

    Args:
        name: of the metric.
        labels: all its labels.
    """

    name: str
    labels: tuple[tuple[str, str], ...]

    def at(self, moment: float, *, start: float) -> float:
        """Its value.

        Args:
            moment: second of the sample.
            start: second of the first one.
        """
        seed = sum(map(ord, str(self.labels))) % 7
        wave = math.sin((moment - start) / 600 + seed)
        labels = dict(self.labels)
        if self.name == "kube_sparkapp_termination_time" or self.name.startswith("spark:objective:event_t"):
            # So new that it lies in the shortest window of burn rates.
            return moment - 60
        if self.name.endswith(("_created", "_time", "_timestamp_seconds")):
            return start + 4800 + seed
        if self.name == "spark_streaming_eventTime_watermark":
            return (moment - 60) * 1000
        if self.name.startswith("spark_streaming_"):
            return 100 + 10 * wave
        if self.name in _ONE or self.name == "up":
            return 1.0
        if self.name in _PARTS:
            return _PARTS[self.name] * (1 + 0.2 * wave) if labels.get("type") != "hard" else 20.0
        if self.name == "node_cpu_seconds_total":
            return (moment - start) * {"idle": 0.4, "user": 0.5}.get(labels["mode"], 0.1)
        if self.name.endswith(("_total", "_count", "_sum")) and not self.name.endswith("running_count"):
            return (moment - start) * (1 + seed)
        if self.name.endswith("_bucket"):
            share = {"1": 0.2, "10": 0.6, "100": 0.9}.get(labels["le"], 1.0)
            return round((moment - start) * share)
        return 5 + 2 * wave


_ONE = {
    "kube_pod_labels", "kube_pod_status_phase", "kube_pod_status_reason", "kube_pod_container_info",
    "kube_pod_container_status_terminated_reason", "kube_node_info", "kube_sparkapp_state", "ALERTS",
    "leader_election_master_status", "spark:namespace:team", "spark:pod:labels", "spark:pod:info",
    "spark:pod:phase", "spark:pod:failed_reason", "spark:app:state", "spark:app:job",
    "kube_sparkapp_said_job",
}  # fmt: skip

_PARTS = {
    "kube_resourcequota": 14.0,
    "node_filesystem_avail_bytes": 40e9,
    "node_filesystem_size_bytes": 100e9,
    "node_memory_MemAvailable_bytes": 9e9,
    "node_memory_MemTotal_bytes": 16e9,
    "container_memory_working_set_bytes": 9e8,
    "kube_pod_container_resource_limits": 1.4e9,
    "kube_sparkapp_sla_seconds": 3600.0,
    "kube_sparkapp_sla_label_seconds": 3600.0,
    "spark:quota_used:ratio": 0.7,
    "spark:container_memory_limit_ratio:p95": 0.65,
    "spark:container_cpu_request_ratio:avg5m": 0.8,
    "spark:app:sla_used:ratio": 0.8,
    "spark:input_bytes:rate5m": 4e7,
    "metrics_executor_JVMHeapMemory_bytes": 4e8,
}
"""Values of gauges that only make sense in a certain size."""


def scraped() -> list[Row]:
    """Every series that something exports."""
    return [row for row in everything() if row.name != "ALERTS"]


def everything() -> list[Row]:
    """Every series of the catalogue, also those that Prometheus makes itself."""
    return [row for metric in METRICS.values() for row in _of_metric(metric)]


def recorded() -> list[Row]:
    """Every series that rules record, as if they had been at work before."""
    rows: set[Row] = set()
    for rule in (each for group in recorded_groups(SITE) for each in group.recording):
        rows.update(_rows(rule.record, tuple(rule.gives.split()), {}))
    return sorted(rows, key=lambda row: (row.name, row.labels))


def _of_metric(metric: Metric) -> Iterator[Row]:
    job = metric.source.job
    target = {"job": job} if job else {"job": jobs.KUBE_STATE_METRICS}
    labels = set(metric.labels)
    if job in (jobs.SPARK_DRIVER,):
        labels |= {"namespace", "pod"}
    if job in (jobs.NODE_EXPORTER,):
        labels.add("instance")
    if metric.name.startswith("container_"):
        target["metrics_path"] = "/metrics/resource"
        yield from _operator_container(metric.name, target)
    if metric.name == "up":
        yield from (Row("up", (("job", each),)) for each in (*groups_of_jobs.SPARK, *groups_of_jobs.CLUSTER))
        return
    yield from _rows(metric.name, tuple(sorted(labels)), target)


def _operator_container(name: str, target: Labels) -> Iterator[Row]:
    for namespace, container in (
        ("spark-operator", "spark-operator-controller"),
        ("spark-history", "history-server"),
    ):
        labels = {**target, "namespace": namespace, "pod": f"{namespace}-0", "container": container}
        yield Row(name, tuple(sorted(labels.items())))


def _rows(name: str, labels: tuple[str, ...], target: Labels) -> Iterator[Row]:
    if "pod" in labels:
        bases = [pod.labels() for pod in PODS if _has(name, pod, target)]
    else:
        bases = [
            {
                "namespace": namespace,
                "team": team,
                "app": app,
                "name": app,
                "spark_job": app,
                "said_job": app,
                "state": state,
                "exported_namespace": namespace,
            }
            for namespace, team in TEAMS.items()
            for app, state in APPLICATIONS.items()
        ]
    seen: set[Row] = set()
    for base in bases:
        axes = {label: _values(name, label, base) for label in labels}
        for chosen in itertools.product(*axes.values()):
            found = {**target, **dict(zip(axes, chosen, strict=True))}
            row = Row(name, tuple(sorted(found.items())))
            if row not in seen:
                seen.add(row)
                yield row


def _has(name: str, pod: Pod, target: Labels) -> bool:
    if name in ONLY_FAILED or name == "spark:pod:failed_reason":
        return pod.phase == "Failed" and (name != "kube_pod_status_reason" or pod.reason == "Error")
    if name in ENDED:
        return pod.phase in ("Succeeded", "Failed") and (pod.role == "driver" or ":driver:" not in name)
    if name == "spark:driver:queue_seconds":
        return pod.role == "driver"
    if target.get("job") == jobs.SPARK_DRIVER:
        return pod.role == "driver" and pod.phase == "Running"
    return True


def _values(name: str, label: str, base: Labels) -> tuple[str, ...]:
    own = OF_METRIC.get(name, {})
    if label in own:
        return own[label]
    if label in base:
        return (base[label],)
    return VALUES.get(label, ("x",))


def openmetrics(rows: list[Row], *, start: int, end: int) -> Iterator[str]:
    """The samples, as `promtool tsdb create-blocks-from openmetrics` reads them.

    Args:
        rows: the series.
        start: second of the first sample.
        end: second of the last one.
    """
    for row in rows:
        labels = ",".join(f'{key}="{value}"' for key, value in row.labels)
        for moment in range(start, end, STEP_SECONDS):
            yield f"{row.name}{{{labels}}} {row.at(moment, start=start):.15g} {moment}\n"
    yield "# EOF\n"
