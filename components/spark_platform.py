"""The platform: puts foundation, tenants, operator and history server together.

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
from components.history import HistoryServer, HistoryServerArgs
from components.image_tags import image_ref
from components.naming import MONITORING_NAMESPACE, priority_class
from components.network_policies import NetworkPlan, enforcement_note
from components.object_store_policies import HISTORY_ACCOUNT, Buckets
from components.observability.arguments import chart_args, collection_args, history_exporter_plan
from components.observability.history_exporter import HistoryExporter, HistoryExporterArgs
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
    _operator(settings, foundation, network, conf, tenants, options)
    history = _history(settings, foundation, options)
    return {
        "namespaces": [tenant.namespace for tenant in settings.all_tenants],
        "historyUrl": history.url,
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
            tenants=[tenant.namespace for tenant in settings.all_tenants],
            registry=chosen.registry,
            storage_class=chosen.storage_class,
            history_node_port=chosen.history_node_port,
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
        image=spark.image or image_ref("spark", registry=foundation.registry, root=ROOT),
        overrides={**sizes, **spark.conf},
    )


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
            for tenant in settings.all_tenants
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
            namespaces=[tenant.namespace for tenant in settings.all_tenants],
            priorities={each.namespace: priority_class(each.priority) for each in settings.all_tenants},
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
            conf=history_server_conf(foundation.storage, overrides=settings.history.conf),
            credentials=foundation.credentials.get(HISTORY_ACCOUNT),
            egress=foundation.history_egress,
            node_port=foundation.history_node_port,
            memory=settings.history.memory,
            store_size=settings.history.disk,
            storage_class=foundation.storage_class,
            allowed_namespaces=[MONITORING_NAMESPACE] if settings.observability.enabled else [],
            after=foundation.ready,
            digests=foundation.digests,
        ),
        options,
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
        options,
    )
    return {"prometheusUrl": collection.url, "signalsUrl": shown}
