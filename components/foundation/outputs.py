"""What every foundation gives to the platform above it.

Where foundations differ, a field here says in which way (`upstream_charts`, `enforces_network_policy`), and
services are made from these values. The wiring alone knows which foundation a stack has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

from components.domain import ObjectStorage
from components.kube.credentials import Credentials
from components.kube.image_digests import Digests
from components.kube.network_rules import ANY_ADDRESS
from components.kube.placement import ANY_NODE, Placement


@dataclass(frozen=True, kw_only=True)
class Door:
    """The one way to all pages.

    Args:
        address: URL that a browser opens, without a slash at its end.
        node_port: port on every node that leads there; None opens none.
        target: name that the address has to lead to; None where it needs no name.
    """

    address: str
    node_port: int | None = None
    target: pulumi.Output[str] | None = None


@dataclass(frozen=True, kw_only=True)
class ManagedDatabase:
    """A database server that the cloud runs, and that takes an identity of the cloud in a password's place.

    Args:
        host: its name, known once it runs and pods can take the identities that it lets in.
        port: its port.
        region: where it is.
        authorities: PEM of the certificates that its own is checked by.
        master: ARN of the secret with name and password of its master.
        names: the databases that services have in it, each with a role of its name.
        cidrs: where it is reached from inside; any address where that is not known.
    """

    host: pulumi.Output[str]
    port: int
    region: str
    authorities: str
    master: pulumi.Output[str]
    names: Sequence[str]
    cidrs: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class FoundationOutputs:
    """What the platform stands on, known before anything exists as far as it decides what else is made.

    Args:
        storage: where data, event logs and job files are.
        credentials: S3 keys by tenant namespace and of `PLATFORM_ACCOUNTS`; empty where pods have identities.
        ready: what must be in place before anything uses the storage.
        pages: where people open the pages; None for forwarded ports alone.
        deletes_old_logs: True if the store deletes logs that are past their time by itself.
        registry: where the platform's images are.
        digests: images there that have a digest.
        images_made_of: what decides the images' content besides the checkout; part of their tags.
        storage_class: StorageClass of volumes; None means the cluster's default.
        cluster: what the cluster is called where metrics of several are kept.
        upstream_charts: True if nodes pull public images and Karpenter makes them: what is not ours then
            comes by its upstream chart, unchanged.
        driver_placement: nodes that drivers run on which name none themselves.
        executor_placement: the same for executors.
        driver_annotations: annotations of drivers, for whatever makes and removes nodes.
        api_server_cidrs: where the cluster's API is reached from inside; any address where that is not known.
        api_server_port: port that the API server's hosts listen on.
        enforces_network_policy: True if the cluster's network acts on NetworkPolicies.
        policies_attach_late: True if it begins to do so a moment after a pod has started.
        database: the server for services that have a database; None for one in the cluster.
    """

    storage: ObjectStorage
    credentials: Mapping[str, Credentials]
    ready: Sequence[pulumi.Resource]
    pages: Door | None
    deletes_old_logs: bool
    registry: str
    storage_class: str | None
    enforces_network_policy: bool
    cluster: str
    api_server_port: int
    api_server_cidrs: Sequence[str] = ANY_ADDRESS
    upstream_charts: bool = False
    policies_attach_late: bool = False
    database: ManagedDatabase | None = None
    driver_placement: Placement = ANY_NODE
    executor_placement: Placement = ANY_NODE
    driver_annotations: Mapping[str, str] = field(default_factory=dict)
    digests: Digests = field(default_factory=dict)
    images_made_of: Sequence[str] = ()
