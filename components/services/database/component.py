"""The database server in the cluster: a volume, and a database with a password made here for each service."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.kube.claims import NOT_AWAITED, claim_spec
from components.kube.database_access import PASSWORD, DatabaseAccess
from components.kube.objects import typed
from components.kube.service_space import hidden_secret, network_walls, service_account, service_namespace
from components.naming import DATABASE_NAMESPACE, type_token
from components.random_secret import RandomSecret, RandomSecretArgs
from components.records.database import PORT, SERVER
from components.records.model import DatabaseClient
from components.services.database.pods import (
    HOST,
    SERVICES,
    VOLUME_CLAIM,
    server_labels,
    server_pod,
    server_policies,
    server_selector,
)
from components.services.database.scram import verifier


@dataclass(frozen=True, kw_only=True)
class DatabaseServerArgs:
    """Arguments of a `DatabaseServer`.

    Args:
        image: reference of the image postgres.
        clients: services that have a database, at least one.
        storage: size of its volume, as a Kubernetes quantity of bytes.
        memory: memory of the server, as a Kubernetes quantity of bytes.
        storage_class: StorageClass of the volume; None takes the cluster's default.
        monitoring: namespace of Prometheus; None if there is none.
        protect: True to refuse the deletion of the volume.
        generation: which passwords these are; raise it by one to get others.
    """

    image: str
    clients: Sequence[DatabaseClient]
    storage: str
    memory: str
    storage_class: str | None = None
    monitoring: str | None = None
    protect: bool = False
    generation: int


class DatabaseServer(pulumi.ComponentResource):
    """PostgreSQL with one volume, and a database and a role for each service that wants one.

    One pod writes the volume, so a restart is a short outage, which its clients wait for. A service that is
    taken out can't come in any more; its database stays.

    Outputs:
        host: the server's name inside the cluster, known once it runs.
    """

    host: pulumi.Output[str]
    access: Mapping[str, DatabaseAccess]
    """How each service gets in, by the name of its database."""

    def __init__(
        self, name: str, args: DatabaseServerArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(type_token("DatabaseServer"), name, {}, opts)
        self._name, self._args = name, args
        space = service_namespace(f"{name}-namespace", DATABASE_NAMESPACE, service=SERVER, parent=self)
        walls = server_policies(args.clients, args.monitoring)
        network_walls(name, space, walls, {key: _metadata(key) for key in walls}, parent=self)
        self._inside = pulumi.ResourceOptions(parent=self, depends_on=[space])
        made = {client.database: self._password(client.database) for client in args.clients}
        self.access = {
            database: DatabaseAccess(
                host=HOST, port=PORT, name=database, files={PASSWORD: each.value}, revision=each.id
            )
            for database, each in made.items()
        }
        server = self._server(self._services(made), made)
        k8s.core.v1.Service(
            f"{name}-service",
            metadata=_metadata(SERVER),
            spec=typed(
                {
                    "selector": server_selector(),
                    "ports": [{"name": "postgres", "port": PORT, "targetPort": "postgres"}],
                }
            ),
            opts=self._inside,
        )
        self.host = server.id.apply(lambda _: HOST)
        self.register_outputs({"host": self.host})

    def _password(self, database: str) -> RandomSecret:
        arguments = RandomSecretArgs(generation=self._args.generation)
        return RandomSecret(f"{self._name}-{database}", arguments, pulumi.ResourceOptions(parent=self))

    def _services(self, made: Mapping[str, RandomSecret]) -> k8s.core.v1.Secret:
        """What the server checks passwords by; the passwords themselves it never has."""
        # An id is random too, changes with the secret and says nothing about it: a salt.
        checked = {database: _verifier(each.value, each.id) for database, each in made.items()}
        return hidden_secret(f"{self._name}-services", _metadata(SERVICES), checked, self._inside)

    def _server(
        self, services: k8s.core.v1.Secret, made: Mapping[str, RandomSecret]
    ) -> k8s.apps.v1.StatefulSet:
        # An object of its own, so that data outlives a replaced StatefulSet.
        volume = k8s.core.v1.PersistentVolumeClaim(
            f"{self._name}-data",
            metadata=typed({**_metadata(VOLUME_CLAIM), "annotations": dict(NOT_AWAITED)}),
            spec=typed(claim_spec(self._args.storage, self._args.storage_class)),
            opts=pulumi.ResourceOptions.merge(
                self._inside, pulumi.ResourceOptions(protect=self._args.protect)
            ),
        )
        account = service_account(f"{self._name}-account", _metadata(SERVER), self._inside)
        # It reads the services at its start alone.
        revision = pulumi.Output.all(**{database: each.id for database, each in made.items()}).apply(
            lambda ids: hashlib.sha256(repr(sorted(ids.items())).encode()).hexdigest()[:12]
        )
        pod = server_pod(
            image=self._args.image,
            memory=self._args.memory,
            annotations={"spark-on-eks/services": revision},
        )
        return k8s.apps.v1.StatefulSet(
            f"{self._name}-server",
            metadata=_metadata(SERVER),
            spec=typed(
                {
                    "serviceName": SERVER,
                    "replicas": 1,
                    "selector": {"matchLabels": server_selector()},
                    "template": pod,
                }
            ),
            opts=pulumi.ResourceOptions.merge(
                self._inside, pulumi.ResourceOptions(depends_on=[services, account, volume])
            ),
        )


def _verifier(password: pulumi.Output[str], salt: pulumi.Output[str]) -> pulumi.Output[str]:
    made = pulumi.Output.all(password, salt).apply(lambda found: verifier(found[0], salt=found[1]))
    return pulumi.Output.secret(made)


def _metadata(name: str) -> Any:
    return {"name": name, "namespace": DATABASE_NAMESPACE, "labels": server_labels()}
