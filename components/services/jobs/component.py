"""The worker of the jobs, and the repository that it follows where there is no other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_kubernetes as k8s

from components.domain import ObjectStorage
from components.kube.accounts import account_manifests
from components.kube.claims import NOT_AWAITED, claim_spec
from components.kube.credentials import Credentials
from components.kube.network_rules import NetworkPlan
from components.kube.objects import declare, logical_name, typed
from components.kube.service_space import key_secret, network_walls, service_namespace
from components.naming import JOBS_NAMESPACE, type_token
from components.random_secret import RandomSecret, RandomSecretArgs
from components.records.jobs import RECORD, REPOSITORY, REPOSITORY_PORT, WORKER
from components.services.jobs.network import jobs_policies
from components.services.jobs.pods import Followed, part_labels, repository_pod, worker_pod

USERNAME: Final = "jobs"
"""Name that the repository in the cluster asks for."""

OWN_URL: Final = f"http://{REPOSITORY}.{JOBS_NAMESPACE}.svc:{REPOSITORY_PORT}/jobs.git"
"""The repository in the cluster, as the worker knows it."""


@dataclass(frozen=True, kw_only=True)
class JobsArgs:
    """Arguments of `Jobs`.

    Args:
        image: reference of the image jobs.
        namespaces: the tenants' namespaces.
        storage: where records and event logs are.
        network: what lies around.
        repository: URL of the definitions' repository; None makes one in the cluster.
        branch: the branch that is followed.
        folder: folder of the definitions in it.
        sync_seconds: time between two looks at it.
        secret: Secret with the repository's `username` and `password`, made by whoever names a repository.
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
    repository: str | None
    branch: str
    folder: str
    sync_seconds: int
    secret: str | None = None
    credentials: Credentials | None = None
    disk: str = "1Gi"
    storage_class: str | None = None
    node_port: int | None = None
    protect: bool = False
    after: Sequence[pulumi.Resource] = ()


class Jobs(pulumi.ComponentResource):
    """What makes runs of definitions in Git.

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
            args.network, repository=args.repository, open_to_nodes=args.node_port is not None
        )
        network_walls(
            name, space, policies, {key: _metadata(key, part_labels(key)) for key in policies}, parent=self
        )
        self._inside = pulumi.ResourceOptions(parent=self, depends_on=[space])
        needs: list[pulumi.Resource] = []
        self.password = pulumi.Output.from_input("")
        if args.repository is None:
            needs.append(self._repository())
        self._worker([*needs, *self._rights()])
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
        account = k8s.core.v1.ServiceAccount(
            f"{self._name}-repository-account",
            metadata=_part(REPOSITORY),
            automount_service_account_token=False,
            opts=self._inside,
        )
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

    def _rights(self) -> list[pulumi.Resource]:
        """The account, and its rights in each tenant's namespace and at the operator's kinds."""
        manifests = account_manifests(RECORD.granted(self._args.namespaces), "jobs")
        return [declare(logical_name(self._name, manifest), manifest, self._inside) for manifest in manifests]

    def _worker(self, needs: Sequence[pulumi.Resource]) -> None:
        args = self._args
        keys = (
            []
            if args.credentials is None
            else [key_secret(f"{self._name}-worker-key", _part(WORKER), args.credentials, self._inside)]
        )
        own = args.repository is None
        followed = Followed(
            url=args.repository or OWN_URL,
            branch=args.branch,
            folder=args.folder,
            seconds=args.sync_seconds,
            secret=REPOSITORY if own else args.secret,
        )
        k8s.apps.v1.Deployment(
            f"{self._name}-worker",
            metadata=_part(WORKER),
            spec=typed(_one_pod(WORKER, worker_pod(args.image, args.storage, args.namespaces, followed))),
            opts=self._after(*needs, *keys),
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
