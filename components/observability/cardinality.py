"""How many series a source may bring, and which of its series are dropped before they are stored. Pure.

Each run of a job is a new set of pods, so every series about a pod is paid for again and again. What no rule,
alert or dashboard of ours reads, and what stands there twice, is dropped at the scrape.
"""

from __future__ import annotations

from typing import Final

from components.kube.monitors import Relabeling

KUBE_POD_DENIED: Final = (
    "kube_pod_annotations",
    "kube_pod_container_state_started",
    "kube_pod_container_status_(last_terminated_.*|ready|running|terminated|waiting)",
    "kube_pod_init_container_.*",
    "kube_pod_(ips|tolerations|restart_policy|runtimeclass_name_info|scheduler|service_account)",
    "kube_pod_spec_volumes_persistentvolumeclaims_readonly",
    "kube_pod_(overhead|nodeselectors).*",
    "kube_pod_status_(container_ready_time|initialized_time|qos_class|ready.*|scheduled)",
)
"""Families of kube-state-metrics about pods that nothing here reads: half of what each pod would bring.

`last_terminated` stays empty for Spark's pods, which never restart. Source: docs/metrics of the release."""

_SPARK_CONTAINERS: Final = "spark-kubernetes-(driver|executor)"

_CADVISOR_EXTRAS: Final = (
    "blkio_.*|cpu_(cfs_throttled_seconds_total|load_.*|system_seconds_total|user_seconds_total)|file_descriptors"
    "|fs_.*|hugetlb_.*|last_seen|memory_(cache|failcnt|failures_total|kernel_usage|mapped_file|max_usage_bytes"
    "|swap|total_.*)|oom_events_total|pressure_.*|processes|sockets|spec_.*|tasks_state|threads.*|ulimits_soft"
)
"""Of cAdvisor's metrics, `container_` left out. container_oom_events_total is there and stays 0 for pods that
are gone after their kill (google/cadvisor issue 3015)."""

_DRIVER_EXTRAS: Final = (
    "CodeGenerator|HiveExternalCatalog|appStatus_(jobs|jobDuration|tasks|stages_failedStages"
    "|stages_skippedStages)"
)
"""Sources of a driver that count compiled classes and the catalogue's files, and what AppStatusSource counts
besides stages that are done: executors' metrics have the tasks."""


def cadvisor_relabelings() -> list[Relabeling]:
    """What is dropped of containers' series: all without a pod, and of Spark's containers the unread part."""
    return [
        # The sums over the node's groups stand in the node exporter's series.
        {"action": "drop", "sourceLabels": ["pod", "container"], "regex": ";"},
        {
            "action": "drop",
            "sourceLabels": ["container", "__name__"],
            "regex": f"{_SPARK_CONTAINERS};container_({_CADVISOR_EXTRAS})",
        },
    ]


def resource_relabelings() -> list[Relabeling]:
    """Keep those of the kubelet's own figures that are about containers."""
    return [
        {
            "action": "keep",
            "sourceLabels": ["__name__"],
            "regex": "container_(cpu_usage_seconds_total|memory_working_set_bytes)",
        }
    ]


def kubelet_relabelings() -> list[Relabeling]:
    """What is kept of a kubelet's own series."""
    return [
        {
            "action": "keep",
            "sourceLabels": ["__name__"],
            "regex": "kubelet_(node_name|running_containers|running_pods|volume_stats_.*"
            "|pod_start_duration_seconds_(sum|count)|evictions)|process_.*",
        }
    ]


def api_server_relabelings() -> list[Relabeling]:
    """What is kept of the API server's series: its histograms alone would be half of all."""
    return [
        {
            "action": "keep",
            "sourceLabels": ["__name__"],
            "regex": "apiserver_(admission_controller_admission_duration_seconds_(sum|count)|request_total"
            "|current_inflight_requests|request_duration_seconds_(sum|count)|storage_objects)|process_.*",
        },
        # Only the built-in plug-in that refuses pods beyond a quota is read.
        {
            "action": "drop",
            "sourceLabels": ["__name__", "name"],
            "regex": "apiserver_admission_controller_.*;(?:[^R].*|R[^e].*)",
        },
    ]


def executor_relabelings() -> list[Relabeling]:
    """What is dropped of executors' series: the run's id, as the driver's pod is on them already."""
    return [{"action": "labeldrop", "regex": "application_id"}]


_STREAM: Final = "metrics_spark_driver_spark_streaming_(.+)"
"""How Spark calls the gauges of a streaming query: its name, or its id, is part of the metric's name
(MetricsReporter, `spark.streaming.<name>.inputRate-total`, as PrometheusServlet writes it)."""


def driver_relabelings() -> list[Relabeling]:
    """What is dropped of a driver's own series: the unread, and twins (_Number and _Value).

    Gauges of streaming queries get the same name for all queries, and the query as a label: six become four.
    """
    stream = {
        "sourceLabels": ["__name__"],
        "regex": f"{_STREAM}_(inputRate_total|processingRate_total|latency|eventTime_watermark)_Value",
        "action": "replace",
    }
    return [
        {
            "action": "drop",
            "sourceLabels": ["__name__"],
            "regex": f"{_STREAM}_states_(rowsTotal|usedBytes)_Value",
        },
        {**stream, "targetLabel": "query", "replacement": "$1"},
        {**stream, "targetLabel": "__name__", "replacement": "spark_streaming_$2"},
        {"action": "drop", "sourceLabels": ["__name__"], "regex": "metrics_spark_driver_.*_Number"},
        {
            "action": "drop",
            "sourceLabels": ["__name__"],
            "regex": f"metrics_spark_driver_({_DRIVER_EXTRAS})_.*",
        },
    ]


def karpenter_relabelings() -> list[Relabeling]:
    """What is dropped of Karpenter's series: those with a dozen labels for each pod."""
    return [{"action": "drop", "sourceLabels": ["__name__"], "regex": "karpenter_pods_state"}]
