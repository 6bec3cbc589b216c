"""What a record says of a service. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from components.records.rights import Grant, PolicyRule


class Where(StrEnum):
    """Which nodes a pod is on, as far as it decides what it costs."""

    PLATFORM = "platform"
    """Nodes for the platform's own pods."""
    EVERY_NODE = "every node"
    """One on each node, the platform's among them."""
    JOB_NODES = "job nodes"
    """Nodes that Karpenter makes for jobs."""


class Reach(StrEnum):
    """What a pod may talk to, besides the cluster's DNS."""

    API_SERVER = "the API server"
    OBJECT_STORE = "the object store, and what gives the pod its identity there"
    HISTORY_SERVER = "the history server"
    DATABASE = "the database server"
    KARPENTER = "Karpenter's metrics, where it runs the nodes"


@dataclass(frozen=True, kw_only=True)
class ImageSource:
    """What an image is made from.

    Args:
        repository: last part of the image's name.
        version: version of what the image holds, in front of the tag.
        parent: name of the image it is built on; None for none of ours.
        pins: names in `components.versions` of what is put in besides the folders' files.
        apps: programs of ours that it holds: folders below `apps/`, each a build context of its name.
        packages: packages of the checkout that they use, in the same way.
        module: Go module of a program in it that is not ours: a folder below `toolchain/modules/`.
        arguments: build arguments besides `BASE`; what they say is a pin too.
        folder: folder below `docker/` where that is not the image's name: one recipe makes several images.
        release: of the folder's `releases/`, the only one that goes in.
        chart: True if an upstream chart brings another in its place on AWS.
    """

    repository: str
    version: str
    parent: str | None = None
    pins: tuple[str, ...] = ()
    apps: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    module: str | None = None
    arguments: Mapping[str, str] = field(default_factory=dict)
    folder: str | None = None
    release: str | None = None
    chart: bool = False


@dataclass(frozen=True, kw_only=True)
class PodRequest:
    """What one pod of a service reserves.

    Args:
        cpu: CPU request, as a Kubernetes quantity of cores; None where a setting says it.
        memory: memory request, as a Kubernetes quantity of bytes; None where a setting says it.
        where: which nodes it is on.
        chart: True if it runs only where the upstream charts do, that is on AWS.
        smaller: what it reserves where the upstream charts do not run, if that is not the same.
    """

    cpu: str | None
    memory: str | None
    where: Where = Where.PLATFORM
    chart: bool = False
    smaller: PodRequest | None = None

    @property
    def ours(self) -> PodRequest:
        """What it reserves where the upstream charts do not run."""
        return self.smaller or self

    def resources(self, memory: str | None = None) -> dict[str, Any]:
        """What its container asks for: CPU may burst; memory is the same reserved and at most.

        Args:
            memory: memory request, as a Kubernetes quantity of bytes, where a setting says it.
        """
        wanted = memory or self.memory
        return {"requests": {"cpu": self.cpu, "memory": wanted}, "limits": {"memory": wanted}}


class Viewers(StrEnum):
    """What somebody who has signed in sees of a page."""

    ALL = "all of it: the page can't tell whose a thing is, or who asks"
    OWN_TENANTS = "what belongs to tenants that the settings give the viewer"


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page that people open behind the login.

    Args:
        title: what the list of pages and messages call it.
        path: where it is below the one address, such as `logs`; one part without slashes.
        namespace: namespace of its Service.
        service: name of its Service.
        port: port of the Service, and of the pod behind it.
        start: what of it is opened first, below its path.
        asked: regular expression of what may be asked of it, below its path.
        passed: regular expression of what the login lets through without a session, for reading, below its
            path: the page itself asks for a pass there; None for nothing.
        viewers: who sees what of it.
        position: where it stands in the list of all pages, from the top.
    """

    title: str
    path: str
    namespace: str
    service: str
    port: int
    start: str = ""
    asked: str = ".*"
    passed: str | None = None
    viewers: Viewers = Viewers.ALL
    position: int = 100

    @property
    def url(self) -> str:
        """Its address inside the cluster."""
        return f"http://{self.service}.{self.namespace}.svc:{self.port}"


@dataclass(frozen=True, kw_only=True)
class DatabaseClient:
    """A service that has a database of its own in the platform's server.

    Args:
        database: name of the database, and of the role that owns it: a-z, 0-9 and _ from a letter on.
        namespace: where its pods are.
        pods: those that reach the server, by their label app.kubernetes.io/name.
    """

    database: str
    namespace: str
    pods: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Scrape:
    """Metrics that Prometheus takes of a service's pods, at the port that they call `metrics`.

    Args:
        part: which pods: a key of the record's `pods`, and their label app.kubernetes.io/name.
        namespace: where they are.
        port: the port's number.
        job: the label `job` of all their series, and name of the monitor.
        labels: further labels of the pods, besides their name.
        honored: True where series say themselves whose they are: their own `namespace` is kept.
        dropped: regular expression of labels that no series gets; None for none.
    """

    part: str
    namespace: str
    port: int
    job: str
    labels: Mapping[str, str] = field(default_factory=dict)
    honored: bool = False
    dropped: str | None = None


@dataclass(frozen=True, kw_only=True)
class ServiceRecord:
    """What others have to know of a service.

    Args:
        title: what it is, in a few words.
        namespaces: namespaces that it keeps for itself.
        guest_of: namespace of another service that its pods are in, where it keeps none.
        images: its own images: folder below `docker/` -> what it is made from.
        scraped: what Prometheus takes of it; empty where the collection itself says how.
        ports: what else others reach of it, besides its page and its metrics: what for -> port.
        page: what people open of it; None if there is nothing to see.
        node_port: key of the settings, as in the stack file, that opens a port of it on every node; None for
            none.
        client: its database in the platform's server; None if it has none.
        pods: what its pods reserve, by their name.
        passing: the same of pods that run for moments and end: what a bill does not show.
        reaches: what its pods may talk to, by their name; what depends on settings stands with the service.
        grants: rights of its service accounts, where the project makes them and no chart does.
        tenant_rules: rights of its service accounts, by their name, in the namespace of each tenant; none for
            one that may do nothing in its own name.
    """

    title: str
    namespaces: tuple[str, ...] = ()
    guest_of: str | None = None
    images: Mapping[str, ImageSource] = field(default_factory=dict)
    scraped: tuple[Scrape, ...] = ()
    ports: Mapping[str, int] = field(default_factory=dict)
    page: Page | None = None
    node_port: tuple[str, ...] | None = None
    client: DatabaseClient | None = None
    pods: Mapping[str, PodRequest] = field(default_factory=dict)
    passing: Mapping[str, PodRequest] = field(default_factory=dict)
    reaches: Mapping[str, tuple[Reach, ...]] = field(default_factory=dict)
    grants: tuple[Grant, ...] = ()
    tenant_rules: Mapping[str, tuple[PolicyRule, ...]] = field(default_factory=dict)

    @property
    def places(self) -> tuple[str, ...]:
        """Namespaces that its pods are in."""
        return self.namespaces or ((self.guest_of,) if self.guest_of else ())

    def granted(self, tenants: Sequence[str]) -> tuple[Grant, ...]:
        """All rights of its service accounts.

        Args:
            tenants: the tenants' namespaces.
        """
        return (
            *self.grants,
            *(
                Grant(account=account, home=self.places[0], place=tenant, rules=rules)
                for account, rules in self.tenant_rules.items()
                for tenant in tenants
            ),
        )
