"""Who is who on AWS: roles of tenants, history server, logs and jobs, each bound to its own pods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

import pulumi

from components.aws.roles import Owner, PodRole, PodRoleArgs
from components.aws_plans.account import Account
from components.aws_plans.database_plan import DatabaseUser
from components.aws_plans.iam import PolicyDocument
from components.aws_plans.iam_alerts import publish_policy
from components.aws_plans.iam_database import connect_policy, master_policy
from components.aws_plans.iam_grants import Grants, grants_policy
from components.aws_plans.iam_jobs import jobs_pages_policy, jobs_worker_policy
from components.aws_plans.iam_platform import remote_write_policy
from components.aws_plans.iam_spark import (
    history_policy,
    log_reader_policy,
    log_writer_policy,
    submitter_policy,
    tenant_policy,
)
from components.buckets import Buckets
from components.naming import (
    ALERTMANAGER_ACCOUNT,
    DATABASE_NAMESPACE,
    DRIVER_ACCOUNT,
    EXECUTOR_ACCOUNT,
    HISTORY_ACCOUNT,
    HISTORY_NAMESPACE,
    JOBS_NAMESPACE,
    LOG_COLLECTOR_ACCOUNT,
    LOG_NODES_NAMESPACE,
    LOG_PAGE_ACCOUNT,
    LOGS_NAMESPACE,
    MONITORING_NAMESPACE,
    PROMETHEUS_ACCOUNT,
    SUBMITTER_ACCOUNT,
    type_token,
)
from components.records.database import ROLES
from components.records.jobs import WEB, WORKER


class Rights(Protocol):
    """What makes the policy of a role."""

    def __call__(self, account: Account, *, buckets: Buckets, namespace: str, key_arn: str) -> PolicyDocument:
        """Make it for one namespace."""


@dataclass(frozen=True, kw_only=True)
class DatabaseIdentities:
    """What identities need to know of the database on RDS.

    Args:
        users: who gets in.
        resource_id: the instance's own id.
        master: ARN of the secret with its master's password.
    """

    users: Sequence[DatabaseUser]
    resource_id: pulumi.Output[str]
    master: pulumi.Output[str]


@dataclass(frozen=True, kw_only=True)
class IdentitiesArgs:
    """Arguments of `Identities`.

    Args:
        owner: whom the roles are made for.
        cluster_name: name of the cluster, known once it exists.
        tenants: the tenants' namespaces.
        grants: what tenants may use of what exists, by namespace.
        buckets: names of the buckets.
        key_arn: key of the buckets.
        metrics_workspace: workspace of Amazon Managed Service for Prometheus that Prometheus writes to; None
            for none.
        jobs: True if jobs come from Git: their worker and their pages have a role each.
        database: the database on RDS; None for none.
        alert_topics: ARNs of SNS' topics that Alertmanager publishes to.
    """

    owner: Owner
    cluster_name: pulumi.Input[str]
    tenants: Sequence[str]
    buckets: Buckets
    key_arn: pulumi.Output[str]
    metrics_workspace: str | None = None
    alert_topics: Sequence[str] = ()
    grants: Mapping[str, Grants] = field(default_factory=lambda: MappingProxyType({}))
    jobs: bool = False
    database: DatabaseIdentities | None = None


class Identities(pulumi.ComponentResource):
    """Roles of tenants, history server, logs and jobs, each limited to its own prefixes.

    Outputs:
        roles: ARN of each tenant's and the history server's role by namespace, known once its pods can take
            it. Roles of spark-submit pods and of the pods of logs and of what makes runs are not among them:
            no job has one.
    """

    roles: pulumi.Output[dict[str, str]]

    def __init__(self, name: str, args: IdentitiesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(type_token("Identities"), name, {}, opts)
        self._name, self._args = name, args
        made: dict[str, pulumi.Output[str]] = {}
        for tenant in args.tenants:
            made[tenant] = self._role(
                tenant,
                f"tenant-{tenant}",
                tenant,
                [DRIVER_ACCOUNT, EXECUTOR_ACCOUNT],
                tenant_policy,
                args.grants.get(tenant, Grants()),
            )
            self._role(f"{tenant}-submit", f"submit-{tenant}", tenant, [SUBMITTER_ACCOUNT], submitter_policy)
        # The chart names its service account after the release.
        made[HISTORY_NAMESPACE] = self._role(
            "history", "history", HISTORY_NAMESPACE, [HISTORY_ACCOUNT], _history_policy
        )
        self._role(
            "log-collector", "log-collector", LOG_NODES_NAMESPACE, [LOG_COLLECTOR_ACCOUNT], _log_writer
        )
        self._role("log-page", "log-page", LOGS_NAMESPACE, [LOG_PAGE_ACCOUNT], _log_reader)
        if args.jobs:
            self._role("jobs-worker", "jobs-worker", JOBS_NAMESPACE, [WORKER], _jobs_worker)
            self._role("jobs-web", "jobs-web", JOBS_NAMESPACE, [WEB], _jobs_pages)
        if args.database is not None:
            self._makes_databases(args.database.master)
        if args.metrics_workspace is not None:
            write = remote_write_policy(args.owner.account, workspace=args.metrics_workspace)
            made[MONITORING_NAMESPACE] = self._plain(
                "metrics", MONITORING_NAMESPACE, PROMETHEUS_ACCOUNT, {"write": write}
            )
        if args.alert_topics:
            self._plain(
                "alerts",
                MONITORING_NAMESPACE,
                ALERTMANAGER_ACCOUNT,
                {"publish": publish_policy(args.alert_topics)},
            )
        self.roles = pulumi.Output.all(**made)
        self.register_outputs({"roles": self.roles})

    def _role(
        self,
        key: str,
        purpose: str,
        namespace: str,
        service_accounts: Sequence[str],
        rights: Rights,
        grants: Grants | None = None,
    ) -> pulumi.Output[str]:
        args = self._args
        further = grants_policy(args.owner.account, grants) if grants else None
        connects = self._connects(namespace, service_accounts)

        def document(key_arn: str) -> PolicyDocument:
            return rights(args.owner.account, buckets=args.buckets, namespace=namespace, key_arn=key_arn)

        return PodRole(
            f"{self._name}-{key}",
            PodRoleArgs(
                owner=args.owner,
                cluster_name=args.cluster_name,
                purpose=purpose,
                namespace=namespace,
                service_accounts=service_accounts,
                policies={
                    "buckets": args.key_arn.apply(document),
                    **({"access": further} if further else {}),
                    **({"database": connects} if connects else {}),
                },
                attached=grants.policies if grants else (),
            ),
            pulumi.ResourceOptions(parent=self),
        ).arn

    def _connects(
        self, namespace: str, service_accounts: Sequence[str]
    ) -> pulumi.Output[PolicyDocument] | None:
        """Rights of pods to their database on RDS; None if they have none there."""
        database, account = self._args.database, self._args.owner.account
        names = {
            user.name
            for user in (database.users if database else ())
            if (user.namespace, user.service_account) in {(namespace, each) for each in service_accounts}
        }
        if database is None or not names:
            return None
        (name,) = names
        return database.resource_id.apply(
            lambda resource_id: connect_policy(account, resource_id=resource_id, user=name)
        )

    def _makes_databases(self, master: pulumi.Output[str]) -> None:
        args = self._args
        rights = pulumi.Output.all(master, args.key_arn).apply(
            lambda arns: master_policy(args.owner.account, secret_arn=arns[0], key_arn=arns[1])
        )
        self._plain(ROLES, DATABASE_NAMESPACE, ROLES, {"master": rights})

    def _plain(
        self,
        purpose: str,
        namespace: str,
        service_account: str,
        policies: Mapping[str, PolicyDocument | pulumi.Output[PolicyDocument]],
    ) -> pulumi.Output[str]:
        """ARN of a role that reaches no bucket."""
        args = self._args
        return PodRole(
            f"{self._name}-{purpose}",
            PodRoleArgs(
                owner=args.owner,
                cluster_name=args.cluster_name,
                purpose=purpose,
                namespace=namespace,
                service_accounts=[service_account],
                policies=policies,
            ),
            pulumi.ResourceOptions(parent=self),
        ).arn


def _history_policy(account: Account, *, buckets: Buckets, namespace: str, key_arn: str) -> PolicyDocument:
    """The history server's namespace is no prefix of anything."""
    return history_policy(account, buckets=buckets, key_arn=key_arn)


def _log_writer(account: Account, *, buckets: Buckets, namespace: str, key_arn: str) -> PolicyDocument:
    """The collector's namespace is no prefix of anything."""
    return log_writer_policy(account, buckets=buckets, key_arn=key_arn)


def _log_reader(account: Account, *, buckets: Buckets, namespace: str, key_arn: str) -> PolicyDocument:
    """The page's namespace is no prefix of anything."""
    return log_reader_policy(account, buckets=buckets, key_arn=key_arn)


def _jobs_worker(account: Account, *, buckets: Buckets, namespace: str, key_arn: str) -> PolicyDocument:
    """The jobs' namespace is no prefix of anything."""
    return jobs_worker_policy(account, buckets=buckets, key_arn=key_arn)


def _jobs_pages(account: Account, *, buckets: Buckets, namespace: str, key_arn: str) -> PolicyDocument:
    """The jobs' namespace is no prefix of anything."""
    return jobs_pages_policy(account, buckets=buckets, key_arn=key_arn)
