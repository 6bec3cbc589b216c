"""From settings to the foundation, with the provider that everything in its cluster is made by."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s

from components.aws.foundation import AwsFoundation
from components.aws.in_cluster import ClusterServices
from components.buckets import Buckets
from components.foundation.kubernetes import (
    CURRENT_CONTEXT,
    KubernetesFoundation,
    KubernetesFoundationArgs,
    cluster_access,
)
from components.foundation.outputs import Door, FoundationOutputs
from components.kube.image_lock import by_digest
from components.kube.image_tags import image_ref
from components.kube.network_rules import ANY_ADDRESS, API_SERVER_PORT
from components.records.login import PORT
from components.settings import Settings
from components.settings.aws import AwsFoundationSettings
from components.settings.foundation import KubernetesFoundationSettings
from components.settings.login import LoginSettings
from components.wiring.aws import foundation_args, provider_args
from components.wiring.ground import ROOT, Ground
from components.wiring.tenancy import job_tenants


def ground(settings: Settings) -> Ground:
    """Make the foundation that the settings name, and the provider of its cluster.

    Args:
        settings: the stack's settings.
    """
    chosen = settings.foundation
    if isinstance(chosen, AwsFoundationSettings):
        provider, foundation = _on_aws(settings, chosen)
    else:
        provider, foundation = _on_kubernetes(settings, chosen)
    # Everything in the cluster waits for the foundation, and goes before it.
    options = pulumi.ResourceOptions(provider=provider, depends_on=[*foundation.ready])
    return Ground(settings=settings, foundation=foundation, options=options)


def _on_aws(settings: Settings, chosen: AwsFoundationSettings) -> tuple[k8s.Provider, FoundationOutputs]:
    """The foundation `aws`: the cluster comes first, then a provider for it, then what runs in it."""
    cloud = aws.Provider("aws", provider_args(settings, chosen))
    foundation = AwsFoundation(
        "foundation",
        foundation_args(settings, chosen, root=ROOT, stack=pulumi.get_stack()),
        pulumi.ResourceOptions(providers=[cloud]),
    )
    provider = k8s.Provider(
        "cluster",
        kubeconfig=foundation.kubeconfig,
        cluster_identifier=chosen.name,
        # As on every other cluster (`cluster_access`): changed defaults reach running tenants in place.
        enable_config_map_mutable=True,
        enable_secret_mutable=True,
    )
    services = ClusterServices("services", foundation.services, pulumi.ResourceOptions(provider=provider))
    return provider, foundation.outputs(services)


def _recorded() -> dict[str, str]:
    """Images by the digest that `images push` recorded."""
    try:
        return by_digest(ROOT)
    except ValueError as error:
        raise pulumi.RunError(str(error)) from None


def _on_kubernetes(
    settings: Settings, chosen: KubernetesFoundationSettings
) -> tuple[k8s.Provider, FoundationOutputs]:
    """The foundation `kubernetes`: the provider comes first, because the object store runs in the cluster."""
    storage = settings.object_storage
    digests = _recorded()
    store = image_ref("object-store", registry=chosen.registry, root=ROOT)
    provider = k8s.Provider("cluster", cluster_access(chosen.context))
    foundation = KubernetesFoundation(
        "foundation",
        KubernetesFoundationArgs(
            store_image=digests.get(store, store),
            capacity=chosen.object_store.capacity,
            region=storage.region,
            buckets=storage.buckets.plain(Buckets),
            tenants=[tenant.namespace for tenant in job_tenants(settings)],
            registry=chosen.registry,
            digests=digests,
            storage_class=chosen.storage_class,
            pages=_door(chosen.login),
            enforces_network_policy=chosen.enforces_network_policy,
            api_server_cidrs=chosen.api_server_cidrs or ANY_ADDRESS,
            api_server_port=chosen.api_server_port or API_SERVER_PORT,
            cluster=chosen.context or CURRENT_CONTEXT,
            protect=chosen.protect,
        ),
        pulumi.ResourceOptions(provider=provider),
    )
    return provider, foundation.outputs


def _door(chosen: LoginSettings) -> Door:
    """Without an address it is this machine's own: at the port of its node, or at one that is forwarded."""
    usual = f"http://127.0.0.1:{chosen.node_port or PORT}"
    return Door(address=chosen.address or usual, node_port=chosen.node_port)
