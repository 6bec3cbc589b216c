"""What kube-state-metrics shows: which objects, which of their labels, and SparkApplications' state. Pure."""

from __future__ import annotations

from typing import Any, Final

from components.naming import JOB_LABEL, SLA_ANNOTATION, TEAM_LABEL
from components.observability.cardinality import KUBE_POD_DENIED
from components.records.rights import SPARK_GROUP

POD_LABELS: Final = (
    "spark-role",
    "spark-app-selector",
    "spark-app-name",
    "spark-exec-id",
    "sparkoperator.k8s.io/app-name",
    JOB_LABEL,
    "team",
)
"""Labels of pods that become labels of kube_pod_labels; none does by default. `*` would be a series for every
value of every label of every pod."""

RESOURCES: Final = (
    "daemonsets",
    "deployments",
    "namespaces",
    "nodes",
    "persistentvolumeclaims",
    "pods",
    "resourcequotas",
    "statefulsets",
)
"""Objects that are shown. Each further kind is a right to read it in the whole cluster."""

STATES: Final = (
    "SUBMITTED",
    "RUNNING",
    "COMPLETED",
    "FAILED",
    "SUBMISSION_FAILED",
    "PENDING_RERUN",
    "INVALIDATING",
    "SUCCEEDING",
    "FAILING",
    "SUSPENDING",
    "SUSPENDED",
    "RESUMING",
    "UNKNOWN",
)
"""States that the Spark operator 2.5 writes (sparkapplication_types.go); at first it writes none."""


SCHEDULE_STATES: Final = ("Validating", "Scheduled", "FailedValidation")
"""States that it writes of a schedule (scheduledsparkapplication_types.go)."""


_SAID_JOB: Final = {
    "name": "said_job",
    "help": "What a SparkApplication says of its job; nothing if it says nothing.",
    "each": {
        "type": "Info",
        "info": {
            "labelsFromPath": {
                "said_job": ["metadata", "labels", JOB_LABEL],
                "schedule": ["metadata", "labels", "sparkoperator.k8s.io/scheduled-app-name"],
                # Airflow's operator writes them there, and nowhere else.
                "dag_id": ["spec", "driver", "labels", "dag_id"],
                "task_id": ["spec", "driver", "labels", "task_id"],
            }
        },
    },
}


def label_allow_list() -> list[str]:
    """Labels that are shown, as the program takes them: one entry for each kind of object."""
    return [f"pods=[{','.join(POD_LABELS)}]", f"namespaces=[{TEAM_LABEL}]"]


def deny_list() -> list[str]:
    """Families that are not shown, as regular expressions; the program itself anchors none of them."""
    return [f"^{family}$" for family in KUBE_POD_DENIED]


def custom_resource_state() -> dict[str, Any]:
    """SparkApplications as `kube_sparkapp_*`, and schedules: what alerts and dashboards read of them.

    A series exists as long as its application does, and a state only once the operator has written one.
    """
    return {
        "kind": "CustomResourceStateMetrics",
        "spec": {
            "resources": [
                {
                    "groupVersionKind": {
                        "group": SPARK_GROUP,
                        "version": "v1beta2",
                        "kind": "SparkApplication",
                    },
                    "metricNamePrefix": "kube_sparkapp",
                    "labelsFromPath": {
                        "namespace": ["metadata", "namespace"],
                        "name": ["metadata", "name"],
                        # A name comes back once its object was deleted; a uid does not.
                        "uid": ["metadata", "uid"],
                    },
                    # What an application doesn't have yet would be logged as an error at every look.
                    "errorLogV": 10,
                    "metrics": [
                        {
                            "name": "state",
                            "help": "State of a SparkApplication, as the operator says.",
                            "each": {
                                "type": "StateSet",
                                "stateSet": {
                                    "labelName": "state",
                                    "path": ["status", "applicationState", "state"],
                                    "list": list(STATES),
                                },
                            },
                        },
                        _SAID_JOB,
                        _gauge("created", "When it was created.", "metadata", "creationTimestamp"),
                        _gauge(
                            "termination_time", "When its last attempt ended.", "status", "terminationTime"
                        ),
                        _gauge("execution_attempts", "Attempts so far.", "status", "executionAttempts"),
                        _gauge(
                            "failure_retries",
                            "How often the operator tries it again by itself when its driver fails.",
                            *("spec", "restartPolicy", "onFailureRetries"),
                        ),
                        _gauge(
                            "executor_instances",
                            "Executors that its definition names.",
                            *("spec", "executor", "instances"),
                        ),
                        _gauge(
                            "conf_executor_instances",
                            "Executors that its Spark properties name; its definition's number wins.",
                            *("spec", "sparkConf", "spark.executor.instances"),
                        ),
                        _gauge(
                            "sla_seconds",
                            "Seconds from its creation within which it has to be done.",
                            *("metadata", "annotations", SLA_ANNOTATION),
                        ),
                        _gauge(
                            "sla_label_seconds",
                            # The operator gives a schedule's labels to its runs, and no annotation
                            # (scheduledsparkapplication/controller.go, createSparkApplication).
                            "The same, as a label: a schedule's runs have its labels.",
                            *("metadata", "labels", SLA_ANNOTATION),
                        ),
                    ],
                },
                _schedules(),
            ]
        },
    }


def _schedules() -> dict[str, Any]:
    return {
        "groupVersionKind": {
            "group": SPARK_GROUP,
            "version": "v1beta2",
            "kind": "ScheduledSparkApplication",
        },
        "metricNamePrefix": "kube_sparkschedule",
        "labelsFromPath": {
            "namespace": ["metadata", "namespace"],
            "name": ["metadata", "name"],
            # The operator gives a schedule's labels to its runs, so what it says of its job they say.
            "said_job": ["metadata", "labels", JOB_LABEL],
        },
        "errorLogV": 10,
        "metrics": [
            {
                "name": "state",
                "help": "State of a ScheduledSparkApplication, as the operator says.",
                "each": {
                    "type": "StateSet",
                    "stateSet": {
                        "labelName": "state",
                        "path": ["status", "scheduleState"],
                        "list": list(SCHEDULE_STATES),
                    },
                },
            },
            _gauge("next_run", "When its next run is due.", "status", "nextRun"),
            _gauge("suspended", "Whether it is suspended.", "spec", "suspend"),
        ],
    }


def arguments(*, port: int, telemetry_port: int) -> list[str]:
    """The program's arguments.

    Args:
        port: port of the metrics about objects.
        telemetry_port: port of the metrics about itself.
    """
    return [
        f"--port={port}",
        f"--telemetry-port={telemetry_port}",
        f"--resources={','.join(RESOURCES)}",
        f"--metric-labels-allowlist={','.join(label_allow_list())}",
        f"--metric-denylist={','.join(deny_list())}",
        "--custom-resource-state-config-file=/etc/kube-state-metrics/custom-resource-state.yaml",
        # The API server answers from its cache: a restart lists every pod there is.
        "--use-apiserver-cache",
    ]


def _gauge(name: str, text: str, *path: str) -> dict[str, Any]:
    return {"name": name, "help": text, "each": {"type": "Gauge", "gauge": {"path": list(path)}}}
