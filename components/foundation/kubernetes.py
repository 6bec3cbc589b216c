"""The foundation `kubernetes`: a cluster that exists, and an S3 server in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pulumi
import pulumi_kubernetes as k8s

from components.buckets import Buckets
from components.domain import ObjectStorage
from components.foundation.outputs import Door, FoundationOutputs
from components.kube.network_rules import ANY_ADDRESS
from components.naming import type_token
from components.object_store.server import ENDPOINT, ObjectStore, ObjectStoreArgs

CURRENT_CONTEXT: Final = "current"
"""Identifier of a cluster that is whatever the kubeconfig points at."""


def cluster_access(context: str | None) -> k8s.ProviderArgs:
    """Arguments of the provider that reaches the cluster.

    The kubeconfig is not among them: it is the one of KUBECONFIG, or ~/.kube/config, so none of its keys gets
    into the state, and one stack file serves every machine. The identifier keeps a kubeconfig that has merely
    moved from replacing the provider, and with it everything that it made.

    Args:
        context: context in the kubeconfig; None means its current one.
    """
    return k8s.ProviderArgs(
        context=context,
        cluster_identifier=context or CURRENT_CONTEXT,
        # Changed defaults reach running tenants in place; otherwise Pulumi deletes and makes the object anew.
        enable_config_map_mutable=True,
        enable_secret_mutable=True,
    )


@dataclass(frozen=True, kw_only=True)
class KubernetesFoundationArgs:
    """Arguments of a `KubernetesFoundation`.

    Args:
        store_image: reference of the object-store image.
        capacity: size of the volume that holds all buckets, as a Kubernetes quantity of bytes.
        region: region that S3 requests are signed for.
        buckets: names of the buckets.
        tenants: the tenants' namespaces; each gets a key of its own.
        registry: where the platform's images are.
        digests: images that were recorded when they were pushed, by digest.
        storage_class: StorageClass of volumes; None means the cluster's default.
        pages: where people open the pages.
        enforces_network_policy: True if the cluster's network acts on NetworkPolicies.
        api_server_cidrs: where the cluster's API is reached from inside.
        api_server_port: port that the API server's hosts listen on.
        cluster: what the cluster is called.
        protect: True to refuse the deletion of the S3 server's data.
    """

    store_image: str
    capacity: str
    region: str
    buckets: Buckets
    tenants: Sequence[str]
    registry: str
    pages: Door
    api_server_port: int
    digests: Mapping[str, str] = field(default_factory=dict)
    storage_class: str | None = None
    enforces_network_policy: bool = False
    api_server_cidrs: Sequence[str] = ANY_ADDRESS
    cluster: str = CURRENT_CONTEXT
    protect: bool = False


class KubernetesFoundation(pulumi.ComponentResource):
    """An S3 server in a cluster that exists, as what the platform stands on.

    Outputs:
        endpoint: URL of the S3 server, known once buckets and keys are in place.
    """

    endpoint: pulumi.Output[str]
    outputs: FoundationOutputs
    """For the platform; plain, because it decides what is made."""

    def __init__(
        self, name: str, args: KubernetesFoundationArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(type_token("KubernetesFoundation"), name, {}, opts)
        store = ObjectStore(
            f"{name}-object-store",
            ObjectStoreArgs(
                image=args.store_image,
                capacity=args.capacity,
                storage_class=args.storage_class,
                buckets=args.buckets,
                tenants=args.tenants,
                protect=args.protect,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.outputs = FoundationOutputs(
            storage=ObjectStorage(
                endpoint=ENDPOINT,
                region=args.region,
                path_style=True,
                data_bucket=args.buckets.data,
                events_bucket=args.buckets.events,
                artifacts_bucket=args.buckets.artifacts,
                static_credentials=True,
            ),
            credentials=store.credentials,
            ready=(store,),
            pages=args.pages,
            # The server has no lifecycle rules.
            deletes_old_logs=False,
            registry=args.registry,
            digests=args.digests,
            storage_class=args.storage_class,
            enforces_network_policy=args.enforces_network_policy,
            api_server_cidrs=args.api_server_cidrs,
            api_server_port=args.api_server_port,
            cluster=args.cluster,
        )
        self.endpoint = store.ready
        self.register_outputs({"endpoint": self.endpoint})
