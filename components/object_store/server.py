"""The S3 server in the cluster: it holds data, event logs and job files where there is no cloud to do so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_kubernetes as k8s

from components.buckets import Buckets
from components.kube.claims import NOT_AWAITED, claim_spec
from components.kube.credentials import Credentials
from components.kube.objects import typed
from components.kube.service_space import (
    hidden_secret,
    key_secret,
    network_walls,
    service_account,
    service_namespace,
)
from components.naming import OBJECT_STORE_NAMESPACE, type_token
from components.object_store.network import network_policies, server_labels, setup_labels
from components.object_store.pods import (
    ADMIN_KEYS,
    HOST,
    MEMORY_MIB,
    NAME,
    VOLUME_CLAIM,
    server_pod,
    setup_pod,
)
from components.object_store.policies import ADMIN_ACCOUNT
from components.object_store.setup import config_maps, setup_accounts, setup_files, setup_revision
from components.random_secret import RandomSecret, RandomSecretArgs
from components.records.every import services_that_reach
from components.records.model import Reach
from components.records.object_store import ADMIN_PORT, S3_PORT

ENDPOINT: Final = f"http://{HOST}:{S3_PORT}"
"""URL of the server from inside the cluster; buckets are addressed by path."""

_SETUP_SECONDS: Final = 600
"""Longest time that the set-up may take; it needs one, and three with a hundred tenants."""


@dataclass(frozen=True, kw_only=True)
class ObjectStoreArgs:
    """Arguments of an `ObjectStore`.

    Args:
        image: reference of the object-store image: versitygw, curl and a shell.
        capacity: size of its volume, as a Kubernetes quantity of bytes ("20Gi").
        storage_class: StorageClass of the volume; None takes the cluster's default.
        buckets: names of the buckets to make.
        tenants: the tenants' namespaces; each gets a key for its own prefixes.
        protect: True to refuse the deletion of the volume, which holds all data.
        key_generation: raise it by one to replace every key, the administrator's included.
    """

    image: str
    capacity: str
    buckets: Buckets
    tenants: Sequence[str]
    storage_class: str | None = None
    protect: bool = False
    key_generation: int = 1


class ObjectStore(pulumi.ComponentResource):
    """An S3 server with one volume, its buckets, and for each tenant a key that opens the tenant's prefixes.

    One pod writes the volume, so a restart is a short outage: clients retry, and no data is lost. Data goes
    when the namespace does.

    Outputs:
        endpoint: URL of the server.
        ready: the same, known once buckets, accounts and policies are in place.
        credentials: the keys, by tenant namespace, and for `PLATFORM_ACCOUNTS` and "admin".
    """

    endpoint: pulumi.Output[str]
    ready: pulumi.Output[str]
    credentials: Mapping[str, Credentials]

    def __init__(self, name: str, args: ObjectStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(type_token("ObjectStore"), name, {}, opts)
        self._name, self._args = name, args
        self._keys = {
            account: RandomSecret(
                f"{name}-{account}-key", RandomSecretArgs(generation=args.key_generation), self._child()
            )
            for account in (ADMIN_ACCOUNT, *setup_accounts(args.tenants))
        }
        self.credentials = {
            account: Credentials(access_key=account, secret_key=key.value)
            for account, key in self._keys.items()
        }

        self._namespace = service_namespace(
            f"{name}-namespace", OBJECT_STORE_NAMESPACE, service=NAME, parent=self
        )
        walls = network_policies((*args.tenants, *services_that_reach(Reach.OBJECT_STORE)))
        network_walls(name, self._namespace, walls, {key: self._metadata(key) for key in walls}, parent=self)
        volume = self._volume()
        job = self._setup(volume, self._service(), self._server(volume))

        self.endpoint = pulumi.Output.from_input(ENDPOINT)
        self.ready = job.id.apply(lambda _: ENDPOINT)
        self.register_outputs({"endpoint": self.endpoint, "ready": self.ready})

    def _volume(self) -> k8s.core.v1.PersistentVolumeClaim:
        """The claim is an object of its own, so that data outlives a replaced StatefulSet."""
        return k8s.core.v1.PersistentVolumeClaim(
            f"{self._name}-data",
            metadata=typed({**self._metadata(VOLUME_CLAIM), "annotations": dict(NOT_AWAITED)}),
            spec=typed(claim_spec(self._args.capacity, self._args.storage_class)),
            opts=pulumi.ResourceOptions.merge(
                self._inside(), pulumi.ResourceOptions(protect=self._args.protect)
            ),
        )

    def _service(self) -> k8s.core.v1.Service:
        return k8s.core.v1.Service(
            f"{self._name}-service",
            metadata=self._metadata(NAME),
            spec={
                "selector": server_labels(),
                "ports": [
                    {"name": "s3", "port": S3_PORT, "target_port": "s3"},
                    {"name": "admin", "port": ADMIN_PORT, "target_port": "admin"},
                ],
            },
            opts=self._inside(),
        )

    def _server(self, volume: pulumi.Resource) -> k8s.apps.v1.StatefulSet:
        admin = self._keys[ADMIN_ACCOUNT]
        secret = key_secret(
            f"{self._name}-admin",
            self._metadata(ADMIN_KEYS),
            self.credentials[ADMIN_ACCOUNT],
            self._inside(),
        )
        account = service_account(f"{self._name}-account", self._metadata(NAME), self._inside())
        pod = server_pod(
            image=self._args.image,
            memory_mib=MEMORY_MIB,
            # The server reads its key at start only.
            annotations={"spark-on-eks/admin-key": admin.id},
        )
        return k8s.apps.v1.StatefulSet(
            f"{self._name}-server",
            metadata=self._metadata(NAME),
            spec=typed(
                {
                    "serviceName": NAME,
                    "replicas": 1,
                    "selector": {"matchLabels": server_labels()},
                    "template": pod,
                }
            ),
            opts=self._inside(secret, account, volume),
        )

    def _setup(self, volume: k8s.core.v1.PersistentVolumeClaim, *after: pulumi.Resource) -> k8s.batch.v1.Job:
        """Run the set-up once for every wanted state.

        What it is given carries the state's revision in its name, so a changed state makes new objects, runs,
        and only then drops the old ones. A new volume is a new state too: it is empty.
        """
        files = setup_files(self._args.buckets, self._args.tenants)
        accounts = {account: key for account, key in self._keys.items() if account != ADMIN_ACCOUNT}
        identities = [
            volume.metadata.apply(lambda metadata: metadata.uid or ""),
            *(key.id for key in self._keys.values()),
        ]
        revision = pulumi.Output.all(*identities).apply(
            lambda ids: setup_revision(files, [self._args.image, *ids])
        )
        name = revision.apply(lambda text: f"object-store-setup-{text}")
        metadata = {
            "name": name,
            "namespace": OBJECT_STORE_NAMESPACE,
            "labels": setup_labels(),
        }
        configs = {
            part: k8s.core.v1.ConfigMap(
                f"{self._name}-setup-{part}",
                metadata=typed({**metadata, "name": pulumi.Output.concat(name, f"-{part}")}),
                data=held,
                opts=self._inside(),
            )
            for part, held in config_maps(files).items()
        }
        secret = hidden_secret(
            f"{self._name}-setup-accounts",
            metadata,
            {account: key.value for account, key in accounts.items()},
            self._inside(),
        )
        pod = setup_pod(
            image=self._args.image,
            files=[pulumi.Output.concat(name, f"-{part}") for part in configs],
            accounts=name,
        )
        return k8s.batch.v1.Job(
            f"{self._name}-setup-job",
            # A Job that has failed stays failed: the next `pulumi up` has to make it anew.
            metadata=typed({**metadata, "annotations": {"pulumi.com/replaceUnready": "true"}}),
            spec=typed({"backoffLimit": 3, "activeDeadlineSeconds": _SETUP_SECONDS, "template": pod}),
            opts=self._inside(*configs.values(), secret, *after),
        )

    def _metadata(self, name: str) -> Any:
        # No empty annotations: the provider does not keep a Secret's, and would add them at every update.
        return {"name": name, "namespace": OBJECT_STORE_NAMESPACE, "labels": server_labels()}

    def _child(self) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self)

    def _inside(self, *after: pulumi.Resource) -> pulumi.ResourceOptions:
        """Options of something in the namespace, made after what it needs and deleted before it."""
        return pulumi.ResourceOptions(parent=self, depends_on=[self._namespace, *after])
