"""Names and label sets. They are an API: a rename replaces running resources, so tests hold a golden list."""

from __future__ import annotations

from typing import Final

from components.domain import Tenant

PROJECT: Final = "spark-on-eks"
"""Pulumi project, `part-of` label and label prefix."""

RUNBOOKS: Final = "docs/runbooks"
"""Where the runbook pages are, from the project's folder; one page an alert, `<name>.md`."""

OPERATOR_NAMESPACE: Final = "spark-operator"
HISTORY_NAMESPACE: Final = "spark-history"
OBJECT_STORE_NAMESPACE: Final = "object-store"
LOGS_NAMESPACE: Final = "spark-logs"
LOG_NODES_NAMESPACE: Final = "spark-logs-nodes"
"""Apart from the rest of the logs: the collector reads a folder of its node, which no other pod may."""
CANARY_NAMESPACE: Final = "spark-canary"
JOBS_NAMESPACE: Final = "spark-jobs"
LOGIN_NAMESPACE: Final = "spark-login"
DATABASE_NAMESPACE: Final = "spark-database"
MONITORING_NAMESPACE: Final = "monitoring"
NODE_METRICS_NAMESPACE: Final = "monitoring-nodes"
"""Apart from the rest: what reads a node's own figures needs more of the node than other pods may have."""

CLUSTER_NAMESPACES: Final = ("default", "kube-system", "kube-public", "kube-node-lease", "local-path-storage")
"""Namespaces that clusters bring along."""

DRIVER_ACCOUNT: Final = "spark-driver"
EXECUTOR_ACCOUNT: Final = "spark-executor"
SUBMITTER_ACCOUNT: Final = "spark-submitter"

HISTORY_ACCOUNT: Final = "spark-history"
"""Service account of the history server, as its chart names it: after the release."""
PROMETHEUS_ACCOUNT: Final = "kube-prometheus-stack-prometheus"
"""Service account of Prometheus on AWS, as the upstream chart names it: after the release."""
ALERTMANAGER_ACCOUNT: Final = "kube-prometheus-stack-alertmanager"
"""Service account of Alertmanager on AWS, as the same chart names it."""

LOG_COLLECTOR_ACCOUNT: Final = "log-collector"
LOG_PAGE_ACCOUNT: Final = "log-page"
LOG_CLEANER_ACCOUNT: Final = "log-cleaner"

CREDENTIALS_SECRET: Final = "s3-credentials"  # noqa: S105 - the name of a Secret, not its content
ACCESS_KEY: Final = "access-key"
SECRET_KEY: Final = "secret-key"  # noqa: S105 - a key in that Secret
DEFAULTS_CONFIG_MAP: Final = "spark-defaults"
CONF_DIR: Final = "/opt/spark/conf"
"""Where the Spark image looks for its configuration, and where `spark-defaults` is mounted."""

TENANT_LABEL: Final = f"{PROJECT}/tenant"
TEAM_LABEL: Final = f"{PROJECT}/team"
ENVIRONMENT_LABEL: Final = f"{PROJECT}/environment"
POOL_LABEL: Final = f"{PROJECT}/pool"
PRIORITY_LABEL: Final = f"{PROJECT}/priority-class"
"""Label of a tenant's namespace: the PriorityClass of its pods, which admission policies ask for."""
JOB_LABEL: Final = f"jobs.{PROJECT}/job"
"""Label of a run and of its pods: its job, which stays from run to run. Not below the platform's own prefix,
which nobody may write on a job."""
SLA_ANNOTATION: Final = f"{PROJECT}/sla-seconds"
"""Annotation of a SparkApplication: seconds from its creation within which it has to be done."""


def type_token(noun: str) -> str:
    """Pulumi type token of a component, such as `sparkeks:index:TenantNamespace`.

    Args:
        noun: the component's class name in PascalCase.
    """
    return f"sparkeks:index:{noun}"


def labels(name: str, component: str) -> dict[str, str]:
    """Labels that every object carries (Kubernetes' recommended set).

    Args:
        name: what the object belongs to, such as `spark-history`.
        component: its part in the architecture, such as `history-server`.
    """
    return {
        "app.kubernetes.io/name": name,
        "app.kubernetes.io/component": component,
        "app.kubernetes.io/part-of": PROJECT,
        "app.kubernetes.io/managed-by": "pulumi",
    }


def tenant_labels(tenant: Tenant) -> dict[str, str]:
    """Labels of everything in a tenant's namespace: the common set, and whose it is (policies select it).

    Args:
        tenant: whose namespace it is.
    """
    return {
        **labels(tenant.namespace, "tenant"),
        TENANT_LABEL: tenant.namespace,
        TEAM_LABEL: tenant.team,
        ENVIRONMENT_LABEL: tenant.environment,
    }


def priority_class(priority: str) -> str:
    """Name of the PriorityClass of a priority.

    Args:
        priority: as a tenant's settings name it.
    """
    return f"spark-{priority}"
