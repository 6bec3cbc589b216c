"""The worker of the jobs, the pages of all runs, and a repository for those who have none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import pulumi
import pulumi_kubernetes as k8s

from components.domain import ObjectStorage
from components.kube.accounts import account_manifests
from components.kube.claims import NOT_AWAITED, claim_spec
from components.kube.credentials import Credentials
from components.kube.database_access import DatabaseAccess, environment, mount, volume
from components.kube.network_rules import NetworkPlan
from components.kube.objects import declare, logical_name, typed
from components.kube.service_space import (
    hidden_secret,
    key_secret,
    network_walls,
    service_account,
    service_namespace,
)
from components.naming import JOBS_NAMESPACE, TENANT_LABEL, type_token
from components.random_secret import RandomSecret, RandomSecretArgs
from components.records.jobs import RECORD, REPOSITORY, REPOSITORY_PORT, WEB, WEB_PORT, WORKER
from components.records.rights import Grant
from components.services.jobs.network import jobs_policies
from components.services.jobs.pods import (
    LIVE_KEY,
    LOGIN_SECRET,
    PAGE_PASSWORD,
    Common,
    Followed,
    Index,
    Shown,
    part_labels,
    repository_pod,
    web_pod,
    worker_pod,
)
from components.tenants.viewers import impersonation_rules

USERNAME: Final = "jobs"
"""Name that the repository in the cluster asks for."""

DATABASE_SECRET: Final = "jobs-database"  # noqa: S105 - the name of a Secret

OWN_URL: Final = f"http://{REPOSITORY}.{JOBS_NAMESPACE}.svc:{REPOSITORY_PORT}/jobs.git"
"""The repository in the cluster, as the worker knows it."""


@dataclass(frozen=True, kw_only=True)
class Pages:
    """The pages of all runs.

    Args:
        shown: what they show, and to whom.
        password: what the login proves itself by, a secret.
        credentials: their S3 key; None where the cloud gives identities.
    """

    shown: Shown
    password: pulumi.Input[str]
    credentials: Credentials | None = None


@dataclass(frozen=True, kw_only=True)
class JobsArgs:
    """Arguments of `Jobs`.

    Args:
        image: reference of the image jobs.
        namespaces: the tenants' namespaces.
        storage: where records and event logs are.
        network: what lies around.
        database: the index of runs.
        pages: the pages; None where there is no login to open them by.
        repository: URL of the definitions' repository; None makes one in the cluster.
        branch: the branch that is followed.
        folder: folder of the definitions in it.
        sync_seconds: time between two looks at it.
        keep_seconds: how long a run stays in the cluster after its end, if its definition does not say it.
        secret: Secret with the repository's `username` and `password`, made by whoever names a repository.
        prices: USD of a node's hour by instance type, before those of the table.
        scrape_seconds: time between two looks at the worker's metrics.
        credentials: the worker's S3 key; None where the cloud gives identities.
        disk: volume of the repository in the cluster.
        storage_class: of that volume; None for the cluster's default.
        node_port: port on every node that opens the repository in the cluster; None opens none.
        protect: whether Pulumi refuses to remove that volume.
        after: what must be in place first: the tenants, the operator's kinds and the bucket.
    """

    image: str
    namespaces: Sequence[str]
    storage: ObjectStorage
    network: NetworkPlan
    database: DatabaseAccess
    pages: Pages | None
    repository: str | None
    branch: str
    folder: str
    sync_seconds: int
    keep_seconds: int
    secret: str | None = None
    prices: Mapping[str, str] = field(default_factory=dict)
    scrape_seconds: int
    credentials: Credentials | None = None
    disk: str
    storage_class: str | None = None
    node_port: int | None = None
    protect: bool = False
    after: Sequence[pulumi.Resource] = ()


class Jobs(pulumi.ComponentResource):
    """What makes runs of definitions in Git, and shows all runs.

    Outputs:
        url: where people push to.
        password: of the repository in the cluster, a secret; empty where there is none.
    """

    url: pulumi.Output[str]
    password: pulumi.Output[str]

    def __init__(self, name: str, args: JobsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(type_token("Jobs"), name, {}, opts)
        self._name, self._args = name, args
        space = service_namespace(
            f"{name}-namespace", JOBS_NAMESPACE, service=JOBS_NAMESPACE, parent=self, after=args.after
        )
        policies = jobs_policies(
            args.network,
            args.namespaces,
            repository=args.repository,
            open_to_nodes=args.node_port is not None,
        )
        network_walls(
            name, space, policies, {key: _metadata(key, part_labels(key)) for key in policies}, parent=self
        )
        self._inside = pulumi.ResourceOptions(parent=self, depends_on=[space])
        needs: list[pulumi.Resource] = []
        self.password = pulumi.Output.from_input("")
        if args.repository is None:
            needs.append(self._repository())
        index = hidden_secret(
            f"{name}-database",
            _metadata(DATABASE_SECRET, part_labels(WORKER)),
            args.database.files,
            self._inside,
        )
        self._common = Common(
            image=args.image,
            storage=args.storage,
            namespaces=args.namespaces,
            index=Index(variables=environment(args.database), mount=mount(), volume=volume(DATABASE_SECRET)),
            annotations={"spark-on-eks/database": args.database.revision},
        )
        self._worker([*needs, index, *self._rights(WORKER, RECORD.granted(args.namespaces))])
        if args.pages is not None:
            self._web(args.pages, index)
        self.url = space.id.apply(lambda _: _people_url(args))
        self.register_outputs({"url": self.url, "password": self.password})

    def _repository(self) -> pulumi.Resource:
        """The repository in the cluster, with its volume; people's work lies in it."""
        args = self._args
        made = RandomSecret(
            f"{self._name}-repository-password", RandomSecretArgs(), pulumi.ResourceOptions(parent=self)
        )
        self.password = pulumi.Output.secret(made.value)
        secret = k8s.core.v1.Secret(
            f"{self._name}-repository-secret",
            metadata=_part(REPOSITORY),
            string_data={"username": USERNAME, "password": self.password},
            opts=self._inside,
        )
        account = service_account(f"{self._name}-repository-account", _part(REPOSITORY), self._inside)
        volume = declare(
            f"{self._name}-repository-volume",
            {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "metadata": {**_part(REPOSITORY), "annotations": dict(NOT_AWAITED)},
                "spec": claim_spec(args.disk, args.storage_class),
            },
            pulumi.ResourceOptions.merge(self._inside, pulumi.ResourceOptions(protect=args.protect)),
        )
        port: dict[str, Any] = {"name": "http", "port": REPOSITORY_PORT, "targetPort": "http"}
        if args.node_port is not None:
            port["nodePort"] = args.node_port
        k8s.core.v1.Service(
            f"{self._name}-repository-service",
            metadata=_part(REPOSITORY),
            spec=typed(
                {
                    "type": "ClusterIP" if args.node_port is None else "NodePort",
                    "selector": _selector(REPOSITORY),
                    "ports": [port],
                }
            ),
            opts=self._inside,
        )
        return k8s.apps.v1.Deployment(
            f"{self._name}-repository",
            metadata=_part(REPOSITORY),
            spec=typed(_one_pod(REPOSITORY, repository_pod(args.image, {"spark-on-eks/secrets": made.id}))),
            opts=self._after(secret, account, volume),
        )

    def _rights(self, account: str, grants: Sequence[Grant]) -> list[pulumi.Resource]:
        """An account with its rights; those in a tenant's namespace come after that, and say whose it is."""
        manifests = account_manifests([grant for grant in grants if grant.account == account], "jobs")
        after = self._after(*self._args.after)
        made: list[pulumi.Resource] = []
        for manifest in manifests:
            place = manifest["metadata"].get("namespace")
            name = logical_name(self._name, manifest)
            if place in self._args.namespaces:
                metadata = manifest["metadata"]
                theirs = {**metadata, "labels": {**metadata["labels"], TENANT_LABEL: place}}
                made.append(declare(name, {**manifest, "metadata": theirs}, after))
            else:
                made.append(declare(name, manifest, self._inside))
        return made

    def _key(self, part: str, name: str, key: Credentials | None) -> list[pulumi.Resource]:
        return [] if key is None else [key_secret(f"{self._name}-{part}-key", _part(name), key, self._inside)]

    def _worker(self, needs: Sequence[pulumi.Resource]) -> None:
        args = self._args
        keys = self._key("worker", WORKER, args.credentials)
        own = args.repository is None
        followed = Followed(
            url=args.repository or OWN_URL,
            branch=args.branch,
            folder=args.folder,
            seconds=args.sync_seconds,
            keep_seconds=args.keep_seconds,
            secret=REPOSITORY if own else args.secret,
        )
        pod = worker_pod(
            self._common,
            followed,
            args.prices,
            scrape_seconds=args.scrape_seconds,
            karpenter=args.network.karpenter,
        )
        k8s.apps.v1.Deployment(
            f"{self._name}-worker",
            metadata=_part(WORKER),
            spec=typed(_one_pod(WORKER, pod)),
            opts=self._after(*needs, *keys),
        )

    def _web(self, pages: Pages, index: pulumi.Resource) -> None:
        """The pages: their account may do nothing but act as the people who look."""
        become = Grant(
            account=WEB, home=JOBS_NAMESPACE, place=None, rules=impersonation_rules(pages.shown.groups)
        )
        live = RandomSecret(f"{self._name}-live-key", RandomSecretArgs(), pulumi.ResourceOptions(parent=self))
        login = hidden_secret(
            f"{self._name}-login",
            _metadata(LOGIN_SECRET, part_labels(WEB)),
            {PAGE_PASSWORD: pages.password, LIVE_KEY: live.value},
            self._inside,
        )
        # It reads the key at its start.
        restarts = {**self._common.annotations, "spark-on-eks/secrets": live.id}
        common = replace(self._common, annotations=restarts)
        needs = [index, login, *self._rights(WEB, [become]), *self._key("web", WEB, pages.credentials)]
        k8s.core.v1.Service(
            f"{self._name}-web-service",
            metadata=_part(WEB),
            spec=typed(
                {
                    "selector": _selector(WEB),
                    "ports": [{"name": "http", "port": WEB_PORT, "targetPort": "http"}],
                }
            ),
            opts=self._inside,
        )
        k8s.apps.v1.Deployment(
            f"{self._name}-web",
            metadata=_part(WEB),
            spec=typed(_one_pod(WEB, web_pod(common, pages.shown))),
            opts=self._after(*needs),
        )

    def _after(self, *needs: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions.merge(self._inside, pulumi.ResourceOptions(depends_on=list(needs)))


def _people_url(args: JobsArgs) -> str:
    """Where people push to: without a port of the nodes, where `kubectl port-forward` puts it."""
    return args.repository or f"http://127.0.0.1:{args.node_port or REPOSITORY_PORT}/jobs.git"


def _one_pod(part: str, pod: dict[str, Any]) -> dict[str, Any]:
    """One at a time: two workers would do no harm, and each other's work twice; a volume has one pod."""
    return {
        "replicas": 1,
        "strategy": {"type": "Recreate"},
        "selector": {"matchLabels": _selector(part)},
        "template": pod,
    }


def _selector(part: str) -> dict[str, str]:
    return {"app.kubernetes.io/name": part}


def _part(part: str) -> Any:
    return _metadata(part, part_labels(part))


def _metadata(name: str, found: dict[str, str]) -> Any:
    return {"name": name, "namespace": JOBS_NAMESPACE, "labels": found}
