"""Databases and roles on a server that the cloud runs: a Job makes them, with the rights of its master."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_kubernetes as k8s

from components.foundation.outputs import ManagedDatabase
from components.kube.database_access import AUTHORITIES, FOLDER, DatabaseAccess, mount, volume
from components.kube.objects import typed
from components.kube.service_space import network_walls, service_account, service_namespace
from components.naming import DATABASE_NAMESPACE, labels, type_token
from components.records.database import ROLES
from components.records.model import DatabaseClient
from components.services.database.roles_pod import roles_pod, roles_policies

DEADLINE_SECONDS: Final = 1800
"""A node for the pod may have to start, and a new role of IAM takes a moment; then something is wrong."""

RETRIES: Final = 20


@dataclass(frozen=True, kw_only=True)
class DatabaseRolesArgs:
    """Arguments of `DatabaseRoles`.

    Args:
        image: reference of the image that has the program.
        clients: services that have a database, at least one.
        server: the server.
        after: what must be in place first: the server, and the role by which its master's password is read.
    """

    image: str
    clients: Sequence[DatabaseClient]
    server: ManagedDatabase
    after: Sequence[pulumi.Resource] = ()


class DatabaseRoles(pulumi.ComponentResource):
    """A database and a role for each service that wants one, on a server that the cloud runs.

    Outputs:
        host: the server's name, known once the databases are there.
    """

    host: pulumi.Output[str]
    access: Mapping[str, DatabaseAccess]
    """How each service gets in, by the name of its database."""

    def __init__(
        self, name: str, args: DatabaseRolesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(type_token("DatabaseRoles"), name, {}, opts)
        server = args.server
        space = service_namespace(
            f"{name}-namespace", DATABASE_NAMESPACE, service=ROLES, parent=self, after=args.after
        )
        walls = roles_policies(server.cidrs, server.port)
        policies = network_walls(name, space, walls, {key: _metadata(key) for key in walls}, parent=self)
        inside = pulumi.ResourceOptions(parent=self, depends_on=[space])
        account = service_account(f"{name}-account", _metadata(ROLES), inside)
        authorities = k8s.core.v1.Secret(
            f"{name}-authorities",
            metadata=_metadata(ROLES),
            string_data={AUTHORITIES: server.authorities},
            opts=inside,
        )
        environment = {
            "DATABASE_HOST": server.host,
            "DATABASE_PORT": str(server.port),
            "DATABASE_REGION": server.region,
            "DATABASE_AUTHORITIES": f"{FOLDER}/{AUTHORITIES}",
            "DATABASE_MASTER": server.master,
            "DATABASE_NAMES": ",".join(sorted(server.names)),
        }
        pod = roles_pod(image=args.image, environment=environment, mount=mount(), volume=volume(ROLES))
        names = hashlib.sha256(repr((args.image, sorted(server.names))).encode()).hexdigest()[:8]
        job = k8s.batch.v1.Job(
            f"{name}-job",
            # A Job never changes: with another image, or another service, it is another one. One that has
            # failed stays failed: the next `pulumi up` makes it anew.
            metadata=_metadata(f"{ROLES}-{names}", {"pulumi.com/replaceUnready": "true"}),
            spec=typed(
                {
                    "backoffLimit": RETRIES,
                    "activeDeadlineSeconds": DEADLINE_SECONDS,
                    "template": pod,
                }
            ),
            opts=pulumi.ResourceOptions.merge(
                inside, pulumi.ResourceOptions(depends_on=[account, authorities, *policies])
            ),
        )
        self.host = pulumi.Output.all(server.host, job.id).apply(lambda known: str(known[0]))
        self.access = {
            client.database: DatabaseAccess(
                host=self.host,
                port=server.port,
                name=client.database,
                files={AUTHORITIES: server.authorities},
                revision=hashlib.sha256(server.authorities.encode()).hexdigest()[:12],
                region=server.region,
            )
            for client in args.clients
        }
        self.register_outputs({"host": self.host})


def _metadata(name: str, annotations: Mapping[str, str] | None = None) -> Any:
    about = {"annotations": dict(annotations)} if annotations else {}
    return {"name": name, "namespace": DATABASE_NAMESPACE, "labels": labels(ROLES, "database"), **about}
