"""Who may use the database on RDS: its clients by a token, and what makes their roles by the master. Pure."""

from __future__ import annotations

from components.aws_plans.account import DNS_SUFFIX, Account
from components.aws_plans.iam import PolicyDocument, Statement, policy


def connect_policy(account: Account, *, resource_id: str, user: str) -> PolicyDocument:
    """Rights of a client: to be one role of one instance, and no other.

    Args:
        account: where the instance is.
        resource_id: the instance's own id, `db-...`, which no other ever has (RDS User Guide, "Creating and
            using an IAM policy for IAM database access").
        user: the role in the database.
    """
    return policy(
        Statement(
            sid="BecomeRole",
            actions=("rds-db:connect",),
            resources=(account.arn("rds-db", f"dbuser:{resource_id}/{user}"),),
        )
    )


def master_policy(account: Account, *, secret_arn: str, key_arn: str) -> PolicyDocument:
    """Rights of what makes databases and roles: to read the master's password, which RDS keeps and changes.

    Args:
        account: where the instance is.
        secret_arn: ARN of the secret that RDS made for the instance.
        key_arn: ARN of the key that it is encrypted with.
    """
    return policy(
        Statement(
            sid="ReadMaster",
            actions=("secretsmanager:GetSecretValue",),
            resources=(secret_arn,),
        ),
        Statement(
            sid="Decrypt",
            actions=("kms:Decrypt",),
            resources=(key_arn,),
            conditions={
                "StringEquals": {
                    "kms:ViaService": f"secretsmanager.{account.region}.{DNS_SUFFIX}",
                    "kms:EncryptionContext:SecretARN": secret_arn,
                }
            },
        ),
    )
