"""The platform: puts foundation, tenants, operator, history server, logs and canary together.

The only module that knows all the others and sees the settings whole. It makes the providers, hands each
component just its own arguments, and says what depends on what.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import pulumi
import pulumi_aws as aws
import pulumi_docker_build as docker
import pulumi_kubernetes as k8s

from components import versions
from components.aws.arguments import foundation_args, provider_args
from components.aws.foundation import AwsFoundation
from components.aws.in_cluster import ClusterServices
from components.foundation.kubernetes import (
    CURRENT_CONTEXT,
    KubernetesFoundation,
    KubernetesFoundationArgs,
    cluster_access,
)
from components.foundation.outputs import FoundationOutputs
from components.history import PORT as HISTORY_PORT
from components.history import HistoryServer, HistoryServerArgs, service_url
from components.image_digests import in_pods
from components.image_tags import image_ref
from components.naming import CANARY_NAMESPACE, MONITORING_NAMESPACE, priority_class
from components.network_policies import NetworkPlan, enforcement_note
from components.object_store_policies import HISTORY_ACCOUNT, LOG_CLEANER, LOG_READER, LOG_WRITER, Buckets
from components.observability.arguments import chart_args, collection_args, history_exporter_plan
from components.observability.canary import Canary, CanaryArgs
from components.observability.history_exporter import HistoryExporter, HistoryExporterArgs
from components.observability.log_links import HISTORY_URL, LIVE_URL, executor_log_url
from components.observability.logs import RunLogs, RunLogsArgs
from components.observability.logs_pods import CLEANER, COLLECTOR, PAGE, NodeFolders
from components.observability.loki import Loki, LokiArgs
from components.observability.loki_values import OTLP_URL, LokiValues
from components.observability.monitoring import Monitoring
from components.observability.monitoring_chart import MonitoringChart
from components.settings import Settings
from components.settings.aws import AwsFoundationSettings
from components.settings.foundation import KubernetesFoundation as KubernetesFoundationSettings
from components.sizing import job_sizes
from components.spark_conf import history_server_conf, spark_defaults
from components.spark_operator import SparkOperator, SparkOperatorArgs
from components.tenants import (
    JobRules,
    JobRulesArgs,
    PriorityClasses,
    PriorityClassesArgs,
    TenantNamespace,
    TenantNamespaceArgs,
)

ROOT: Final = Path(__file__).resolve().parent.parent
"""The project's folder: image tags are made from what lies in it."""

FETCHED: Final = ROOT / ".fetched"
"""What the images are built from, if this program builds them; a folder for each image."""

HISTORY_CHART: Final = "./charts/spark-history-server"

OPERATOR_REPOSITORY: Final = "https://kubeflow.github.io/spark-operator"
"""Upstream's Helm repository (README of the chart spark-operator)."""

LOKI_REPOSITORY: Final = "https://grafana-community.github.io/helm-charts"
"""Loki's Helm repository (Grafana's documentation, "Install the monolithic Helm chart")."""

FORWARDED_LOGS: Final = "http://127.0.0.1:8081"
"""Where the log page is seen that has no port on the nodes: docs/logs.md says how to forward one."""


def build(settings: Settings) -> dict[str, pulumi.Input[object]]:
    """Make everything, and return what the stack exports.

    Args:
        settings: the stack's settings.
    """
    provider, foundation = _foundation(settings)
    # Everything in the cluster waits for the foundation, and goes before it.
    options = pulumi.ResourceOptions(provider=provider, depends_on=[*foundation.ready])
    network = NetworkPlan(
        storage=foundation.storage,
        monitoring_namespace=MONITORING_NAMESPACE if settings.observability.enabled else None,
    )
    conf = _job_defaults(settings, foundation)
    tenants = _tenants(settings, foundation, network, conf, options)
    operator = _operator(settings, foundation, network, conf, tenants, options)
    history = _history(settings, foundation, options)
    _logs(settings, foundation, network, options)
    _canary(settings, foundation, network, [*tenants, operator, history], options)
    return {
        "namespaces": [tenant.namespace for tenant in settings.all_tenants],
        "historyUrl": history.url,
        **({"logsUrl": _logs_address(settings, foundation)} if settings.observability.logs.enabled else {}),
        "dataBucket": foundation.storage.data_bucket,
        "artifactsBucket": foundation.storage.artifacts_bucket,
        "networkPolicies": enforcement_note(foundation.enforces_network_policy),
        **_observability(settings, foundation, options),
    }


def _foundation(settings: Settings) -> tuple[k8s.Provider, FoundationOutputs]:
    chosen = settings.foundation
    if isinstance(chosen, AwsFoundationSettings):
        return _on_aws(settings, chosen)
    return _on_kubernetes(settings, chosen)


def _on_aws(settings: Settings, chosen: AwsFoundationSettings) -> tuple[k8s.Provider, FoundationOutputs]:
    """The foundation `aws`: the cluster comes first, then a provider for it, then what runs in it."""
    cloud = aws.Provider("aws", provider_args(settings, chosen))
    foundation = AwsFoundation(
        "foundation",
        foundation_args(settings, chosen, root=ROOT, fetched=FETCHED),
        pulumi.ResourceOptions(providers=[cloud, docker.Provider("images")]),
    )
    provider = k8s.Provider("cluster", kubeconfig=foundation.kubeconfig, cluster_identifier=chosen.name)
    services = ClusterServices("services", foundation.services, pulumi.ResourceOptions(provider=provider))
    return provider, foundation.outputs(services)


def _on_kubernetes(
    settings: Settings, chosen: KubernetesFoundationSettings
) -> tuple[k8s.Provider, FoundationOutputs]:
    """The foundation `kubernetes`: the provider comes first, because the object store runs in the cluster."""
    storage = settings.object_storage
    provider = k8s.Provider("cluster", cluster_access(chosen.context))
    foundation = KubernetesFoundation(
        "foundation",
        KubernetesFoundationArgs(
            store_image=image_ref("object-store", registry=chosen.registry, root=ROOT),
            capacity=chosen.object_store.capacity,
            region=storage.region,
            buckets=Buckets(**storage.buckets.model_dump()),
            tenants=[tenant.namespace for tenant in settings.job_tenants],
            registry=chosen.registry,
            storage_class=chosen.storage_class,
            history_node_port=chosen.history_node_port,
            logs_node_port=chosen.logs_node_port,
            signals_node_port=chosen.signals_node_port,
            enforces_network_policy=chosen.enforces_network_policy,
            cluster=chosen.context or CURRENT_CONTEXT,
        ),
        pulumi.ResourceOptions(provider=provider),
    )
    return provider, foundation.outputs


def _job_defaults(settings: Settings, foundation: FoundationOutputs) -> dict[str, str]:
    spark = settings.spark
    sizes = job_sizes(spark.driver.size, spark.executor.size, max_executors=spark.max_executors)
    return spark_defaults(
        foundation.storage,
        spark_version=spark.version,
        image=_spark_image(settings, foundation),
        overrides={**sizes, **_log_links(settings, foundation, LIVE_URL), **spark.conf},
    )


def _spark_image(settings: Settings, foundation: FoundationOutputs) -> str:
    return settings.spark.image or image_ref("spark", registry=foundation.registry, root=ROOT)


def _logs_address(settings: Settings, foundation: FoundationOutputs) -> str:
    """Where a browser sees the log page."""
    port = foundation.logs_node_port
    return settings.observability.logs.address or (f"http://127.0.0.1:{port}" if port else FORWARDED_LOGS)


def _log_links(settings: Settings, foundation: FoundationOutputs, key: str) -> dict[str, str]:
    """The property that links Spark's pages with the stored logs."""
    if not settings.observability.logs.enabled:
        return {}
    return {key: executor_log_url(_logs_address(settings, foundation))}


def _tenants(
    settings: Settings,
    foundation: FoundationOutputs,
    network: NetworkPlan,
    conf: Mapping[str, str],
    options: pulumi.ResourceOptions,
) -> list[pulumi.Resource]:
    """The tenants' namespaces, and what there is once for all of them."""
    return [
        PriorityClasses("spark-priorities", PriorityClassesArgs(), options),
        JobRules("spark-job-rules", JobRulesArgs(), options),
        *(
            TenantNamespace(
                f"tenant-{tenant.namespace}",
                TenantNamespaceArgs(
                    tenant=tenant,
                    network=network,
                    spark_defaults=conf,
                    credentials=foundation.credentials.get(tenant.namespace),
                    driver_placement=foundation.driver_placement,
                    executor_placement=foundation.executor_placement,
                    digests=foundation.digests,
                ),
                options,
            )
            for tenant in settings.job_tenants
        ),
    ]


def _operator(
    settings: Settings,
    foundation: FoundationOutputs,
    network: NetworkPlan,
    conf: Mapping[str, str],
    tenants: Sequence[pulumi.Resource],
    options: pulumi.ResourceOptions,
) -> SparkOperator:
    """The operator comes after the tenants' namespaces: its chart makes Roles in them."""
    chosen = settings.operator
    named = not chosen.chart.startswith((".", "/"))
    address = "://" in chosen.chart
    return SparkOperator(
        "spark-operator",
        SparkOperatorArgs(
            chart=chosen.chart,
            chart_version=(chosen.chart_version or versions.SPARK_OPERATOR) if named else None,
            repository=(chosen.repository or OPERATOR_REPOSITORY) if named and not address else None,
            image=chosen.image or image_ref("spark-operator", registry=foundation.registry, root=ROOT),
            namespaces=[tenant.namespace for tenant in settings.job_tenants],
            priorities={each.namespace: priority_class(each.priority) for each in settings.job_tenants},
            spark_defaults=conf,
            network=network,
            workers=chosen.workers,
            cpu=chosen.cpu_request,
            after=tenants,
            driver_placement=foundation.driver_placement,
            executor_placement=foundation.executor_placement,
            digests=foundation.digests,
        ),
        options,
    )


def _history(
    settings: Settings, foundation: FoundationOutputs, options: pulumi.ResourceOptions
) -> HistoryServer:
    return HistoryServer(
        "spark-history",
        HistoryServerArgs(
            chart=HISTORY_CHART,
            # Not the jobs' image: a newer server reads older applications' logs, not the other way round.
            image=image_ref("spark", registry=foundation.registry, root=ROOT),
            conf=history_server_conf(
                foundation.storage,
                overrides={**settings.history.conf, **_log_links(settings, foundation, HISTORY_URL)},
            ),
            credentials=foundation.credentials.get(HISTORY_ACCOUNT),
            egress=foundation.history_egress,
            node_port=foundation.history_node_port,
            memory=settings.history.memory,
            store_size=settings.history.disk,
            storage_class=foundation.storage_class,
            tenants=[tenant.namespace for tenant in settings.job_tenants],
            allowed_namespaces=[
                *([MONITORING_NAMESPACE] if settings.observability.enabled else []),
                *([CANARY_NAMESPACE] if settings.observability.canary.enabled else []),
            ],
            after=foundation.ready,
            digests=foundation.digests,
        ),
        options,
    )


def _with_digests(foundation: FoundationOutputs, options: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
    """Options of a component whose pods run images that this program may push."""
    transforms = pulumi.ResourceOptions(transforms=in_pods(foundation.digests))
    return pulumi.ResourceOptions.merge(options, transforms)


def _logs(
    settings: Settings, foundation: FoundationOutputs, network: NetworkPlan, options: pulumi.ResourceOptions
) -> None:
    """Collect what drivers and executors print."""
    chosen = settings.observability.logs
    if not chosen.enabled:
        return
    accounts = {COLLECTOR: LOG_WRITER, PAGE: LOG_READER, CLEANER: LOG_CLEANER}
    logs = RunLogs(
        "run-logs",
        RunLogsArgs(
            image=image_ref("run-logs", registry=foundation.registry, root=ROOT),
            namespaces=[tenant.namespace for tenant in settings.job_tenants],
            storage=foundation.storage,
            network=network,
            memory=chosen.memory,
            flush_seconds=chosen.flush_seconds,
            clean_days=None if foundation.deletes_old_logs else chosen.retention_days,
            credentials={
                part: foundation.credentials[account]
                for part, account in accounts.items()
                if account in foundation.credentials
            },
            node_port=foundation.logs_node_port,
            placements=(foundation.driver_placement, foundation.executor_placement),
            folders=NodeFolders(pod_logs=chosen.pod_logs, state=chosen.state_folder),
            loki=OTLP_URL if chosen.loki.enabled else None,
            after=foundation.ready,
        ),
        _with_digests(foundation, options),
    )
    if chosen.loki.enabled:
        Loki(
            "loki",
            LokiArgs(
                chart="loki",
                chart_version=versions.LOKI_CHART,
                repository=LOKI_REPOSITORY,
                values=LokiValues(
                    retention_days=chosen.loki.retention_days,
                    memory=chosen.loki.memory,
                    disk=chosen.loki.disk,
                    storage_class=foundation.storage_class,
                ),
                after=[logs],
            ),
            options,
        )


def _canary(
    settings: Settings,
    foundation: FoundationOutputs,
    network: NetworkPlan,
    after: Sequence[pulumi.Resource],
    options: pulumi.ResourceOptions,
) -> None:
    """Run a small job again and again; it goes before the operator, as all jobs do."""
    chosen = settings.observability.canary
    if not chosen.enabled:
        return
    Canary(
        "canary",
        CanaryArgs(
            image=image_ref("canary_checker", registry=foundation.registry, root=ROOT),
            spark_image=_spark_image(settings, foundation),
            spark_version=settings.spark.version,
            interval_minutes=chosen.interval_minutes,
            network=network,
            history_url=service_url(),
            history_port=HISTORY_PORT,
            after=after,
            digests=foundation.digests,
        ),
        _with_digests(foundation, options),
    )


def _observability(
    settings: Settings, foundation: FoundationOutputs, options: pulumi.ResourceOptions
) -> dict[str, pulumi.Input[object]]:
    """What watches the platform; gives what the stack exports about it."""
    if not settings.observability.enabled:
        return {}
    collection: Monitoring | MonitoringChart
    if foundation.upstream_charts:
        collection = MonitoringChart("observability", chart_args(settings, foundation), options)
        shown = collection.grafana_url
    else:
        collection = Monitoring("observability", collection_args(settings, foundation, ROOT), options)
        shown = collection.page_url
    HistoryExporter(
        "history-exporter",
        HistoryExporterArgs(
            plan=history_exporter_plan(settings, foundation, ROOT),
            namespace=collection.namespace,
            storage_class=foundation.storage_class,
        ),
        _with_digests(foundation, options),
    )
    return {"prometheusUrl": collection.url, "signalsUrl": shown}
