"""Configuration of the log collector: an OpenTelemetry Collector on each node. Pure.

A line's way: file of the container -> who wrote it (the pod's labels, from the API server) -> queue on the
node's disk -> an object of the container's own in S3. Where a line was read up to is on the node's disk too,
so a restart loses nothing. Files that are deleted are read to their end: the collector holds them open. Files
that the kubelet rotated and packed while nobody read are read as well.

Each namespace has a reader, a queue and a sender of its own. With one for all, a job that prints without end
would keep the others waiting until the kubelet has rotated their lines away.

Loki, where it is, has a reader of its own: it gets a trace as one entry, and the archive each line at once.
So its outage keeps no line from the archive, and what waits for the rest of a trace is in memory.

Keys are `logs/<namespace>/<application>/<application id>/<pod>/<container>/<time>-<hash>.log.gz`: found by
namespace and name, apart for each run, and in the order of time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from components.buckets import LOGS_PREFIX
from components.domain import MIB, ObjectStorage, size_bytes
from components.records.logs import METRICS_PORT
from components.spark.log_links import APP_ID_LABEL, APP_NAME_LABEL, SUBMITTED_NAME
from components.spark.pod_labels import ROLE_LABEL
from components.spark.pod_templates import DRIVER_CONTAINER, EXECUTOR_CONTAINER

Config = dict[str, Any]

POD_LOGS: Final = "/var/log/pods"
"""Where the kubelet keeps containers' logs: `<namespace>_<pod>_<uid>/<container>/<restart>.log`.

Beside it lies what it rotated last, `<restart>.log.<time>`, and packed since, `<restart>.log.<time>.gz`
(pkg/kubelet/logs/container_log_manager.go).
"""

PACKED: Final = ".gz"
HALF_PACKED: Final = ".tmp"
"""Endings of the kubelet's packed files, of those that it has and of the one that it is at."""

STATE: Final = "/var/lib/log-collector"
"""Where the collector keeps its queue, and up to where it has read each file."""

HEALTH_PORT: Final = 13133
"""The Collector's usual ports."""

MASK: Final = "***"
"""What stands in the place of what is masked."""

TIME_BYTES: Final = 38
"""Begin of a line in the CRI's format: time in nanoseconds, stream and tag, and nothing that was printed."""

KEY_ATTRIBUTES: Final = (
    "k8s.namespace.name",
    "spark.app.name|spark.submitted.name",
    "spark.app.id",
    "k8s.pod.name",
    "k8s.container.name",
)
"""What makes a key, in order, and what stands in where it is missing; names are OpenTelemetry's where it has
one."""

CONTINUES: Final = (
    "[[:space:]]",
    "Caused by: ",
    "Traceback [(]most recent call last[)]",
    "[A-Za-z0-9_.$]+(Error|Exception|Warning|Interrupt|Exit)(:|$)",
    ": ",
    "Driver stacktrace:",
    "During handling of the above exception",
    "The above exception was the direct cause",
)
"""Begins of lines that belong to the one before them: frames of the JVM's and Python's traces, what was
raised with the message that was logged of it, causes, and what stands between traces of one failure; RE2."""

ENTRY_BYTES: Final = 192 * 1024
"""Bytes of an entry after which no further line is put into it: Loki takes 256 KB (its `max_line_size`), and
the last line may be a long one."""

ENTRY_SECONDS: Final = 5
"""Time after which an entry is sent although its next one has not begun."""

POLL: Final = "250ms"
"""Time between two looks for new files. A container that begins, ends and is deleted between two is missed;
the kubelet takes longer than that to do so."""

QUEUE_BYTES: Final = 512 * MIB
"""Lines that wait on the node's disk while the store is away, in equal shares of the namespaces; whoever has
filled its share is not read until the store is back."""

CHUNK_BYTES: Final = 4 * MIB
"""Lines that are sent at once although the time for it has not come."""

QUEUE_LEAST_BYTES: Final = 4 * CHUNK_BYTES
"""Least share of a namespace: two chunks on their way, and as much again that waits."""

SHARED_LABELS: Final = "processor.k8sattributes.ShareProcessorBetweenPipelines"
"""Feature of the Collector by which all pipelines watch a node's pods once, instead of once each (0.150 and
later)."""

_PATH: Final = 'attributes["log.file.path"]'

_READING_SHARE: Final = 0.75
"""Part of the memory limit at which the collector stops reading until it has sent what it holds."""

_BURST_SHARE: Final = 0.2
"""Part of that limit kept free for what arrives between two looks at the memory."""


@dataclass(frozen=True, kw_only=True)
class CollectorPlan:
    """What the collector is to do.

    Args:
        namespaces: namespaces whose drivers and executors are read; no others.
        storage: where the lines go: the bucket of the event logs.
        memory: its memory limit, as a Kubernetes quantity of bytes.
        flush_seconds: longest time in seconds until a line is stored.
        loki: URL of Loki's OTLP endpoint that gets every line as well, a trace as one entry; None for none.
        masked: regular expressions (RE2) of what is replaced in each line before it is kept anywhere.
    """

    namespaces: Sequence[str]
    storage: ObjectStorage
    memory: str
    flush_seconds: int
    loki: str | None = None
    masked: Sequence[str] = ()


def collector_config(plan: CollectorPlan) -> Config:
    """Make the configuration.

    Args:
        plan: what the collector is to do.

    Raises:
        ValueError: there is no namespace to read; a pattern without one would read every pod.
    """
    if not plan.namespaces:
        raise ValueError("log collector: no namespaces; name the tenants', or switch the logs off")
    namespaces = sorted(plan.namespaces)
    receivers = {f"file_log/{namespace}": _files(namespace, plan.masked) for namespace in namespaces}
    exporters = {f"s3archive/{namespace}": _archive(plan) for namespace in namespaces}
    pipelines = {f"logs/{namespace}": _pipeline(namespace, "s3archive") for namespace in namespaces}
    if plan.loki is not None:
        for namespace in namespaces:
            receivers[f"file_log/{namespace}/loki"] = _entries(namespace, plan.masked)
            exporters[f"otlp_http/{namespace}"] = _loki(plan, plan.loki)
            pipelines[f"logs/{namespace}/loki"] = _pipeline(namespace, "otlp_http", "/loki")
    return {
        "extensions": {
            "file_storage": {
                "directory": STATE,
                # A queue that was long leaves a large file behind.
                "compaction": {"on_start": True, "directory": STATE},
            },
            "health_check": {"endpoint": f"${{env:POD_IP}}:{HEALTH_PORT}"},
        },
        "receivers": receivers,
        "processors": {"memory_limiter": _memory(plan.memory), "k8s_attributes": _writers()},
        "exporters": exporters,
        "service": {
            "extensions": ["file_storage", "health_check"],
            "pipelines": pipelines,
            "telemetry": {
                "logs": {"level": "warn", "encoding": "json"},
                "metrics": {"readers": [_scraped()]},
            },
        },
    }


def _pipeline(namespace: str, exporter: str, reader: str = "") -> Config:
    return {
        "receivers": [f"file_log/{namespace}{reader}"],
        "processors": ["memory_limiter", "k8s_attributes"],
        "exporters": [f"{exporter}/{namespace}"],
    }


def _loki(plan: CollectorPlan, url: str) -> Config:
    return {"endpoint": url, "sending_queue": _queue(plan), **_patience()}


def _entries(namespace: str, masked: Sequence[str]) -> Config:
    """A reader that makes one entry of a trace."""
    reader = _files(namespace, masked)
    continues = "|".join(CONTINUES).replace("$", "$$")
    recombine = {
        "type": "recombine",
        "combine_field": "body",
        "combine_with": "\n",
        "source_identifier": _PATH,
        "is_first_entry": f'not (body == "" or body matches "^({continues})")',
        "max_log_size": ENTRY_BYTES,
        "force_flush_period": f"{ENTRY_SECONDS}s",
    }
    return {**reader, "operators": [*reader["operators"], recombine]}


def _files(namespace: str, masked: Sequence[str]) -> Config:
    containers = f"{POD_LOGS}/{namespace}_*/{{{DRIVER_CONTAINER},{EXECUTOR_CONTAINER}}}"
    return {
        "include": [f"{containers}/*.log", f"{containers}/*.log.*"],
        "exclude": [f"{containers}/*{HALF_PACKED}"],
        # A file that is packed after it was read is the same file, by what it begins with.
        "compression": "auto",
        "start_at": "beginning",
        "poll_interval": POLL,
        "include_file_name": False,
        # A line is stored as it was printed.
        "preserve_leading_whitespaces": True,
        "preserve_trailing_whitespaces": True,
        # Namespace, pod and container are read from the path, and the two lines of a split one put together.
        "include_file_path": True,
        "operators": [
            {
                # The parser below knows rotated files, and not packed ones.
                "type": "add",
                "field": _PATH,
                "value": f'EXPR(trimSuffix({_PATH}, "{PACKED}"))',
            },
            {"type": "container", "format": "containerd", "add_metadata_from_filepath": True},
            {
                "type": "regex_parser",
                "parse_from": 'resource["k8s.pod.name"]',
                "regex": SUBMITTED_NAME,
                "on_error": "send_quiet",
            },
            {
                "type": "move",
                "from": "attributes.submitted",
                "to": 'resource["spark.submitted.name"]',
                "if": "attributes.submitted != nil",
            },
            # Here, and not where lines are sent: nothing else than this lies in the queue on the node's disk.
            *map(_masking, masked),
        ],
        "storage": "file_storage",
        # It keeps what a file begins with, to know it again: 1,000 bytes, if nothing in them is to be hidden.
        **({"fingerprint_size": TIME_BYTES} if masked else {}),
        # For ever: what can't be sent now is read again, and not dropped.
        "retry_on_failure": {"enabled": True, "max_elapsed_time": "0s"},
    }


def _masking(pattern: str) -> Config:
    return {
        "type": "regex_replace",
        "field": "body",
        # The collector puts variables in where a dollar stands, unless there are two.
        "regex": pattern.replace("$", "$$"),
        "replace_with": MASK,
    }


def _writers() -> Config:
    labels = {"spark.app.name": APP_NAME_LABEL, "spark.app.id": APP_ID_LABEL}
    return {
        "auth_type": "serviceAccount",
        # Else the first lines after a restart would have no application.
        "wait_for_metadata": True,
        "wait_for_metadata_timeout": "30s",
        "filter": {
            "node_from_env_var": "NODE_NAME",
            "labels": [{"key": ROLE_LABEL, "op": "exists"}],
        },
        "extract": {
            "metadata": [],
            "labels": [{"tag_name": name, "key": key, "from": "pod"} for name, key in labels.items()],
        },
        "pod_association": [{"sources": [{"from": "resource_attribute", "name": "k8s.pod.uid"}]}],
    }


def _archive(plan: CollectorPlan) -> Config:
    storage = plan.storage
    return {
        "bucket": storage.events_bucket,
        "prefix": LOGS_PREFIX,
        "region": storage.region,
        **({"endpoint": storage.endpoint} if storage.endpoint is not None else {}),
        "key_attributes": list(KEY_ATTRIBUTES),
        "timeout": "30s",
        "sending_queue": _queue(plan),
        **_patience(),
    }


def _queue(plan: CollectorPlan) -> Config:
    return {
        "storage": "file_storage",
        "sizer": "bytes",
        "queue_size": max(QUEUE_BYTES // len(set(plan.namespaces)), QUEUE_LEAST_BYTES),
        # Reading waits; without this, lines that find the queue full are dropped.
        "block_on_overflow": True,
        "num_consumers": 1,
        "batch": {
            "flush_timeout": f"{plan.flush_seconds}s",
            "sizer": "bytes",
            "min_size": CHUNK_BYTES,
            "max_size": 2 * CHUNK_BYTES,
        },
    }


def _patience() -> Config:
    """Try again for ever: a store that is away for a night costs a delay, no lines."""
    return {
        "retry_on_failure": {
            "enabled": True,
            "initial_interval": "1s",
            "max_interval": "30s",
            "max_elapsed_time": "0s",
        }
    }


def _memory(limit: str) -> Config:
    reading = size_bytes(limit) / MIB * _READING_SHARE
    return {
        "check_interval": "1s",
        "limit_mib": int(reading),
        "spike_limit_mib": int(reading * _BURST_SHARE),
    }


def _scraped() -> Config:
    return {"pull": {"exporter": {"prometheus": {"host": "${env:POD_IP}", "port": METRICS_PORT}}}}
