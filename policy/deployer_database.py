"""The statements of a deployer's rights over the database on RDS."""

from __future__ import annotations

from collections.abc import Iterator

from components.aws_plans.account import DNS_SUFFIX, Account
from components.aws_plans.database_plan import instance_name
from components.aws_plans.iam import Statement
from policy.deployer_rights import actions


def database(account: Account, cluster: str) -> Iterator[Statement]:
    """Rights over the instance, its groups and its snapshots, and the master's password that RDS makes.

    Args:
        account: where the instance is.
        cluster: name of the cluster that it belongs to.
    """
    name = instance_name(cluster)
    own = tuple(
        account.arn("rds", each)
        for each in (f"db:{name}", f"subgrp:{name}", f"pg:{name}-*", f"snapshot:{name}-*")
    )
    yield Statement(
        sid="LookAtDatabases",
        actions=actions(
            "rds",
            "DescribeDBInstances DescribeDBParameterGroups DescribeDBParameters DescribeDBSnapshots "
            "DescribeDBSubnetGroups",
        ),
        # A list is asked for with a name or without one, and RDS judges it by the kind alone.
        resources=tuple(account.arn("rds", f"{kind}:*") for kind in ("db", "pg", "snapshot", "subgrp")),
    )
    yield Statement(
        sid="OwnDatabase",
        actions=actions(
            "rds",
            # CreateDBSnapshot: the one that is left when the instance goes; `leftovers --remove` deletes it.
            "AddTagsToResource CreateDBInstance CreateDBParameterGroup CreateDBSnapshot CreateDBSubnetGroup "
            "DeleteDBInstance DeleteDBParameterGroup DeleteDBSnapshot DeleteDBSubnetGroup "
            "ListTagsForResource ModifyDBInstance ModifyDBParameterGroup ModifyDBSubnetGroup "
            "RebootDBInstance RemoveTagsFromResource ResetDBParameterGroup RestoreDBInstanceFromDBSnapshot",
        ),
        resources=(
            *own,
            # RDS' own, which an instance has unless it names another.
            account.arn("rds", "og:default:*"),
        ),
    )
    yield Statement(
        sid="MastersPassword",
        # In the name of whoever makes the instance (RDS User Guide, "Permissions required for Secrets Manager
        # integration"); nobody here reads it.
        actions=actions("secretsmanager", "CreateSecret TagResource"),
        resources=(account.arn("secretsmanager", "secret:rds!db-*"),),
    )
    yield Statement(
        sid="LetRdsIn",
        actions=actions("iam", "CreateServiceLinkedRole GetRole"),
        resources=(account.role_arn(f"aws-service-role/rds.{DNS_SUFFIX}/*"),),
    )
