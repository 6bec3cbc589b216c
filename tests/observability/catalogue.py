"""Every metric that rules and dashboards use: where it comes from, and its labels. Pure.

A query with a misspelt metric is empty, not wrong, and nobody notices. So a test compares each query with
this list, and a run on the live platform compares this list with what is scraped there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from components.observability import scrape_jobs as jobs

TARGET_LABELS: Final = frozenset(
    {"job", "instance", "namespace", "pod", "container", "endpoint", "service", "node", "metrics_path"}
)
"""Labels that Prometheus adds to whatever a target exports."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """What exports metrics.

    Args:
        job: the label `job` of its series.
        reference: where the names were read.
        eks_only: whether it exists on EKS alone.
        when: what has to happen before it exports anything; empty if it always does.
    """

    job: str
    reference: str
    eks_only: bool = False
    when: str = ""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric that is used.

    Args:
        name: as it is written in queries.
        source: what exports it.
        labels: its own labels, without those that Prometheus adds.
    """

    name: str
    source: Source
    labels: frozenset[str]


PODS: Final = Source(
    job=jobs.KUBE_STATE_METRICS,
    reference="kube-state-metrics, docs/metrics/workload/pod-metrics.md",
)
CLAIMS: Final = Source(
    job=jobs.KUBE_STATE_METRICS,
    reference="kube-state-metrics, docs/metrics, of pods and of persistentvolumeclaims",
    when="a claim, and a pod that mounts one",
)
ENDED_PODS: Final = Source(
    job=jobs.KUBE_STATE_METRICS,
    reference="kube-state-metrics, docs/metrics/workload/pod-metrics.md",
    when="a pod that failed, was evicted or ended",
)
CLUSTER: Final = Source(
    job=jobs.KUBE_STATE_METRICS,
    reference="kube-state-metrics, docs/metrics/cluster/node-metrics.md, workload/daemonset-metrics.md "
    "and policy/resourcequota-metrics.md",
)
APPLICATIONS: Final = Source(
    job=jobs.KUBE_STATE_METRICS,
    reference="kube-state-metrics, docs/metrics/extend/customresourcestate-metrics.md, and our configuration",
    when="a SparkApplication that exists",
)
ENDED: Final = Source(
    job=jobs.KUBE_STATE_METRICS,
    reference="our configuration of kube-state-metrics' custom resource state",
    when="a SparkApplication that ended",
)
AGREED: Final = Source(
    job=jobs.KUBE_STATE_METRICS,
    reference="our configuration of kube-state-metrics' custom resource state",
    when="a SparkApplication with an SLA in its annotation",
)
SAID: Final = Source(
    job=jobs.KUBE_STATE_METRICS,
    reference="our configuration of kube-state-metrics' custom resource state",
    when="runs of the repository, of a schedule, and of Airflow's operator",
)
NAMED: Final = Source(
    job=jobs.KUBE_STATE_METRICS,
    reference="our configuration of kube-state-metrics' custom resource state",
    when="a SparkApplication that names its executors",
)
SUBMITTED: Final = Source(
    job=jobs.KUBE_STATE_METRICS,
    reference="our configuration of kube-state-metrics' custom resource state",
    when="a SparkApplication that was submitted",
)
RETRIED: Final = Source(
    job=jobs.KUBE_STATE_METRICS,
    reference="our configuration of kube-state-metrics' custom resource state",
    when="a SparkApplication with restartPolicy.onFailureRetries",
)
SCHEDULED: Final = Source(
    job=jobs.KUBE_STATE_METRICS,
    reference="our configuration of kube-state-metrics' custom resource state",
    when="a schedule that exists, and that the operator has seen",
)
CONTAINERS: Final = Source(
    job=jobs.KUBELET,
    reference="cAdvisor, docs/storage/prometheus.md, and Kubernetes, stable metrics of /metrics/resource",
)
NODE: Final = Source(
    job=jobs.NODE_EXPORTER, reference="node_exporter, collectors cpu, filesystem and meminfo"
)
API: Final = Source(
    job=jobs.API_SERVER,
    reference="Kubernetes, reference of the control plane's metrics, stable",
    when="a pod that a quota refused",
)
OPERATOR: Final = Source(
    job=jobs.SPARK_OPERATOR,
    reference="spark-operator 2.5, internal/metrics, and controller-runtime",
    when="an application that was submitted since the operator started",
)
OPERATOR_STATE: Final = Source(
    job=jobs.SPARK_OPERATOR, reference="controller-runtime 0.20, pkg/internal/controller/metrics"
)
EXECUTORS: Final = Source(
    job=jobs.SPARK_DRIVER,
    reference="Spark 4.1, PrometheusResource: /metrics/executors/prometheus of a running driver",
    when="a running driver with executors",
)
DRIVER: Final = Source(
    job=jobs.SPARK_DRIVER,
    reference="Spark 4.1, PrometheusServlet with spark.metrics.namespace=spark: /metrics/prometheus",
    when="a running driver",
)
HISTORY: Final = Source(
    job=jobs.SPARK_HISTORY, reference="our exporter of the history server", when="a finished run"
)
HISTORY_INTERVAL: Final = Source(
    job=jobs.SPARK_HISTORY,
    reference="our exporter of the history server",
    when="a finished run with spark.platform.dataIntervalEnd",
)
HISTORY_AGE: Final = Source(
    job=jobs.SPARK_HISTORY,
    reference="our exporter of the history server",
    when="a finished run with spark.platform.dataMaxAge",
)
STREAM: Final = Source(
    job=jobs.SPARK_DRIVER,
    reference="Spark 4.1, MetricsReporter, by PrometheusServlet and renamed by our relabeling",
    when="a running driver with a streaming query",
)
HISTORY_STATE: Final = Source(job=jobs.SPARK_HISTORY, reference="our exporter of the history server")
LOG_COLLECTOR: Final = Source(
    job=jobs.LOG_COLLECTOR, reference="OpenTelemetry Collector, exporterhelper/documentation.md"
)
CANARY: Final = Source(job=jobs.SPARK_CANARY, reference="our canary", when="a canary that got through")
JOBS_WORKER: Final = Source(
    job=jobs.SPARK_JOBS_WORKER,
    reference="our worker, apps/jobs/worker/signals.py",
    when="a stack with jobs.enabled",
)
JOBS_PAGES: Final = Source(
    job=jobs.SPARK_JOBS_PAGES,
    reference="our pages of all runs, apps/jobs/web/metrics.py",
    when="somebody opens a page, in a stack with jobs.enabled",
)
CANARY_CHECKS: Final = Source(job=jobs.SPARK_CANARY, reference="our canary's checker, docs/canary.md")
PROMETHEUS: Final = Source(job=jobs.PROMETHEUS, reference="Prometheus' metrics of itself")
ALERTMANAGER: Final = Source(
    job=jobs.ALERTMANAGER,
    reference="Alertmanager 0.31, notify/notify.go, with receiver-name-in-metrics",
)
SCRAPES: Final = Source(job="", reference="Prometheus, documentation of jobs and instances")
ALERTING: Final = Source(
    job="", reference="Prometheus, documentation of alerting rules", when="an alert that is pending or fires"
)
KARPENTER: Final = Source(
    job=jobs.KARPENTER, reference="Karpenter 1.14, reference of its metrics", eks_only=True
)

_POD: Final = "namespace pod uid"
_APP: Final = "namespace name"
_RUNS: Final = "namespace spark_job team"

_METRICS: Final[dict[Source, dict[str, str]]] = {
    PODS: {
        "kube_pod_labels": (
            f"{_POD} label_spark_role label_spark_app_name label_spark_app_selector "
            "label_sparkoperator_k8s_io_app_name label_jobs_spark_on_eks_job spark_job"
        ),
        "kube_pod_status_phase": f"{_POD} phase",
        "kube_pod_created": _POD,
        "kube_pod_start_time": _POD,
        "kube_pod_container_info": f"{_POD} container",
        "kube_pod_container_resource_requests": f"{_POD} container resource unit node",
        "kube_pod_container_resource_limits": f"{_POD} container resource unit node",
    },
    CLAIMS: {
        "kube_pod_spec_volumes_persistentvolumeclaims_info": f"{_POD} volume persistentvolumeclaim",
        "kube_persistentvolumeclaim_info": "namespace persistentvolumeclaim storageclass volumename",
    },
    ENDED_PODS: {
        "kube_pod_completion_time": _POD,
        "kube_pod_status_reason": f"{_POD} reason",
        "kube_pod_container_status_terminated_reason": f"{_POD} container reason",
    },
    CLUSTER: {
        "kube_resourcequota": "namespace resourcequota resource type",
        "kube_node_info": "node",
        "kube_node_created": "node",
        "kube_daemonset_status_desired_number_scheduled": "namespace daemonset",
        "kube_daemonset_status_number_unavailable": "namespace daemonset",
        "kube_daemonset_status_updated_number_scheduled": "namespace daemonset",
        "kube_node_status_allocatable": "node resource unit",
        "kube_node_status_condition": "node condition status",
    },
    APPLICATIONS: {
        "kube_sparkapp_created": f"{_APP} uid spark_job",
        "kube_sparkapp_state": f"{_APP} uid state",
    },
    SAID: {"kube_sparkapp_said_job": f"{_APP} said_job schedule dag_id task_id spark_job"},
    ENDED: {"kube_sparkapp_termination_time": f"{_APP} uid"},
    SUBMITTED: {"kube_sparkapp_execution_attempts": f"{_APP} uid"},
    RETRIED: {"kube_sparkapp_failure_retries": f"{_APP} uid"},
    SCHEDULED: {
        "kube_sparkschedule_state": f"{_APP} said_job state spark_job",
        "kube_sparkschedule_next_run": f"{_APP} said_job spark_job",
        "kube_sparkschedule_suspended": f"{_APP} said_job spark_job",
    },
    AGREED: {
        "kube_sparkapp_sla_seconds": f"{_APP} uid",
        "kube_sparkapp_sla_label_seconds": f"{_APP} uid",
    },
    NAMED: {"kube_sparkapp_executor_instances": _APP, "kube_sparkapp_conf_executor_instances": _APP},
    CONTAINERS: {
        "container_cpu_usage_seconds_total": "namespace pod container",
        "container_memory_working_set_bytes": "namespace pod container",
    },
    NODE: {
        "node_cpu_seconds_total": "cpu mode",
        "node_filesystem_avail_bytes": "device fstype mountpoint",
        "node_filesystem_size_bytes": "device fstype mountpoint",
        "node_memory_MemAvailable_bytes": "",
        "node_memory_MemTotal_bytes": "",
    },
    API: {
        "apiserver_admission_controller_admission_duration_seconds_count": "name operation rejected type",
    },
    OPERATOR: {
        "spark_application_submit_count": "exported_namespace",
        "spark_application_success_count": "exported_namespace",
        "spark_application_failure_count": "exported_namespace",
        "spark_application_failed_submission_count": "exported_namespace",
        "spark_application_running_count": "exported_namespace",
        "spark_executor_running_count": "exported_namespace",
        "spark_application_start_latency_seconds_histogram_bucket": "exported_namespace le",
    },
    OPERATOR_STATE: {
        "leader_election_master_status": "name",
        "workqueue_depth": "name controller",
        "workqueue_queue_duration_seconds_bucket": "name controller le",
        "workqueue_work_duration_seconds_bucket": "name controller le",
        "workqueue_longest_running_processor_seconds": "name controller",
        "workqueue_retries_total": "name controller",
        "controller_runtime_reconcile_errors_total": "controller",
    },
    EXECUTORS: {
        "metrics_executor_activeTasks": "application_name executor_id",
        "metrics_executor_completedTasks_total": "application_name executor_id",
        "metrics_executor_failedTasks_total": "application_name executor_id",
        "metrics_executor_totalDuration_seconds_total": "application_name executor_id",
        "metrics_executor_totalGCTime_seconds_total": "application_name executor_id",
        "metrics_executor_MinorGCTime_seconds_total": "application_name executor_id",
        "metrics_executor_MajorGCTime_seconds_total": "application_name executor_id",
        "metrics_executor_totalInputBytes_bytes_total": "application_name executor_id",
        "metrics_executor_totalShuffleRead_bytes_total": "application_name executor_id",
        "metrics_executor_totalShuffleWrite_bytes_total": "application_name executor_id",
        "metrics_executor_memoryUsed_bytes": "application_name executor_id",
        "metrics_executor_diskUsed_bytes": "application_name executor_id",
        "metrics_executor_JVMHeapMemory_bytes": "application_name executor_id",
    },
    DRIVER: {
        "metrics_spark_driver_ExecutorAllocationManager_executors_numberTargetExecutors_Value": "type",
        "metrics_spark_driver_LiveListenerBus_queue_eventLog_numDroppedEvents_Count": "type",
        "metrics_spark_driver_DAGScheduler_stage_runningStages_Value": "type",
        "metrics_spark_driver_appStatus_stages_completedStages_Count": "type",
        "metrics_spark_driver_DAGScheduler_stage_waitingStages_Value": "type",
    },
    STREAM: {
        "spark_streaming_inputRate_total": "query type",
        "spark_streaming_processingRate_total": "query type",
        "spark_streaming_latency": "query type",
        "spark_streaming_eventTime_watermark": "query type",
    },
    HISTORY: {
        "spark_history_input_records_total": _RUNS,
        "spark_history_input_bytes_total": _RUNS,
        "spark_history_output_records_total": _RUNS,
        "spark_history_output_bytes_total": _RUNS,
        "spark_history_shuffle_read_bytes_total": _RUNS,
        "spark_history_shuffle_write_bytes_total": _RUNS,
        "spark_history_spilled_memory_bytes_total": _RUNS,
        "spark_history_spilled_disk_bytes_total": _RUNS,
        "spark_history_task_seconds_total": _RUNS,
        "spark_history_gc_seconds_total": _RUNS,
        "spark_history_fetch_wait_seconds_total": _RUNS,
        "spark_history_core_seconds_total": _RUNS,
        "spark_history_app_last_duration_seconds": _RUNS,
        "spark_history_app_newest_run": f"{_RUNS} run",
        "spark_history_app_task_quantile_seconds": f"{_RUNS} quantile",
        "spark_history_app_duration_seconds_bucket": f"{_RUNS} le",
        "spark_history_app_duration_seconds_sum": _RUNS,
        "spark_history_app_duration_seconds_count": _RUNS,
        "spark_history_apps_finished_total": f"{_RUNS} outcome",
        "spark_history_app_last_end_timestamp_seconds": _RUNS,
        "spark_history_newest_end_timestamp_seconds": "",
    },
    HISTORY_INTERVAL: {"spark_history_data_interval_end_timestamp_seconds": _RUNS},
    HISTORY_AGE: {"spark_history_data_max_age_seconds": _RUNS},
    HISTORY_STATE: {
        "spark_history_last_poll_timestamp_seconds": "",
        "spark_history_dropped_runs_total": "reason",
        "spark_history_poll_errors_total": "",
        "spark_history_backlog_runs": "",
    },
    LOG_COLLECTOR: {
        "otelcol_exporter_queue_size": "exporter",
        "otelcol_exporter_queue_capacity": "exporter",
        "otelcol_exporter_sent_log_records": "exporter",
        "otelcol_exporter_send_failed_log_records": "exporter",
    },
    CANARY: {"spark_canary_last_success_timestamp_seconds": ""},
    CANARY_CHECKS: {"spark_canary_checks_total": "outcome"},
    JOBS_WORKER: {
        "spark_jobs_last_pass_timestamp_seconds": "",
        "spark_jobs_sync_timestamp_seconds": "",
        "spark_jobs_definition_faults": "",
        "spark_jobs_definitions_held": "",
        "spark_jobs_oldest_due_interval_seconds": "",
        "spark_jobs_intervals_waiting": "",
        "spark_jobs_intervals_missed": "",
        "spark_jobs_index_behind_seconds": "",
        "spark_jobs_index_waiting_runs": "",
        "spark_jobs_pass_seconds": "",
        "spark_jobs_failed_passes_total": "",
        "spark_jobs_definitions": "",
        "spark_jobs_runs": "phase",
        "spark_job_ends_total": "namespace spark_job outcome reason",
        "spark_job_run_seconds_sum": "namespace spark_job outcome",
        "spark_job_run_seconds_count": "namespace spark_job outcome",
        "spark_job_last_end_timestamp_seconds": "namespace outcome",
        "spark_job_agreed_times_total": "namespace result",
        "spark_job_agreed_times_last_timestamp_seconds": "namespace result",
    },
    JOBS_PAGES: {
        "spark_jobs_web_answers_total": "route status",
        "spark_jobs_web_answer_seconds_bucket": "route le",
    },
    PROMETHEUS: {
        "prometheus_rule_evaluation_failures_total": "rule_group",
        "prometheus_remote_storage_queue_highest_sent_timestamp_seconds": "remote_name",
        "prometheus_remote_storage_samples_failed_total": "remote_name",
        "prometheus_target_scrape_pool_targets": "scrape_job",
        "prometheus_target_scrape_pool_target_limit": "scrape_job",
    },
    ALERTMANAGER: {"alertmanager_notifications_failed_total": "receiver_name integration reason"},
    SCRAPES: {"up": "", "scrape_samples_scraped": ""},
    ALERTING: {"ALERTS": "alertname alertstate severity signal team app name reason state spark_job"},
    KARPENTER: {
        "karpenter_nodepools_usage": "nodepool resource_type",
        "karpenter_nodepools_limit": "nodepool resource_type",
        "karpenter_nodeclaims_created_total": "nodepool reason capacity_type",
        "karpenter_nodeclaims_terminated_total": "nodepool capacity_type",
        "karpenter_interruption_received_messages_total": "message_type",
    },
}


def _metrics() -> Iterator[Metric]:
    for source, found in _METRICS.items():
        for name, labels in found.items():
            yield Metric(name=name, source=source, labels=frozenset(labels.split()))


METRICS: Final = {each.name: each for each in _metrics()}
"""Every metric by its name."""
