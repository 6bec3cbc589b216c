"""PostgreSQL by RDS: encrypted, reached by the nodes alone, and without a password for its clients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import versions
from components.aws.roles import Owner
from components.aws_plans.database_plan import (
    AUTHORITY,
    FAMILY,
    MASTER,
    NO_EXTENDED_SUPPORT,
    PARAMETERS,
    DatabaseChoice,
    instance_name,
    snapshot_name,
)
from components.naming import type_token
from components.records.database import PORT
from components.rules.model import enforce
from components.rules.storage import DATABASE


@dataclass(frozen=True, kw_only=True)
class DatabaseInstanceArgs:
    """Arguments of a `DatabaseInstance`.

    Args:
        owner: whose it is.
        chosen: what the stack says of it.
        vpc_id: the VPC.
        subnet_ids: private subnets, of two zones at least.
        nodes_group_id: security group of the nodes, from which alone it is reached.
        key_arn: key of its disk, its snapshots and the master's password.
        keep: True to leave a snapshot when the stack is destroyed.
        protect: True to refuse its deletion, by Pulumi and by AWS.
    """

    owner: Owner
    chosen: DatabaseChoice
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    nodes_group_id: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    keep: bool
    protect: bool


class DatabaseInstance(pulumi.ComponentResource):
    """An instance of RDS for PostgreSQL.

    Outputs:
        host: its name, known once it runs and the nodes reach it.
        resource_id: its own id, which policies of clients name.
        master: ARN of the secret with name and password of the master, which RDS makes and changes each week.
    """

    host: pulumi.Output[str]
    resource_id: pulumi.Output[str]
    master: pulumi.Output[str]

    def __init__(
        self, name: str, args: DatabaseInstanceArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(type_token("DatabaseInstance"), name, {}, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        group, way = self._security_group()
        subnets = aws.rds.SubnetGroup(
            f"{name}-subnets",
            name=instance_name(args.owner.cluster),
            description="Private subnets of the database",
            subnet_ids=list(args.subnet_ids),
            opts=self._child,
        )
        parameters = aws.rds.ParameterGroup(
            f"{name}-parameters",
            # Another release has another family, and its group is made before this one goes.
            name=f"{instance_name(args.owner.cluster)}-{FAMILY}",
            family=FAMILY,
            description="Of the platform's database",
            parameters=[
                aws.rds.ParameterGroupParameterArgs(name=key, value=value)
                for key, value in PARAMETERS.items()
            ],
            opts=self._child,
        )
        instance = self._instance(group, subnets, parameters, way)
        self.host = pulumi.Output.all(instance.address, way.id).apply(lambda known: str(known[0]))
        self.resource_id = instance.resource_id
        self.master = instance.master_user_secrets.apply(lambda secrets: str(secrets[0].secret_arn))
        self.register_outputs({"host": self.host, "resourceId": self.resource_id, "master": self.master})

    def _security_group(self) -> tuple[aws.ec2.SecurityGroup, aws.vpc.SecurityGroupIngressRule]:
        """The instance's group, which reaches nobody, and the way in."""
        args = self._args
        group = aws.ec2.SecurityGroup(
            f"{self._name}-group",
            vpc_id=args.vpc_id,
            description="Database of the platform",
            tags={"Name": instance_name(args.owner.cluster)},
            opts=self._child,
        )
        way = aws.vpc.SecurityGroupIngressRule(
            f"{self._name}-from-nodes",
            security_group_id=group.id,
            referenced_security_group_id=args.nodes_group_id,
            ip_protocol="tcp",
            from_port=PORT,
            to_port=PORT,
            opts=self._child,
        )
        return group, way

    def _instance(
        self,
        group: aws.ec2.SecurityGroup,
        subnets: aws.rds.SubnetGroup,
        parameters: aws.rds.ParameterGroup,
        way: pulumi.Resource,
    ) -> aws.rds.Instance:
        args, chosen = self._args, self._args.chosen
        cluster = args.owner.cluster
        safety = {"storageEncrypted": True, "publiclyAccessible": False}
        enforce(DATABASE, part=safety, what=f"database {instance_name(cluster)}")
        return aws.rds.Instance(
            f"{self._name}-instance",
            identifier=instance_name(cluster),
            engine="postgres",
            # The major release alone: RDS puts in the minor ones, and none is ever taken back.
            engine_version=versions.POSTGRES,
            auto_minor_version_upgrade=True,
            engine_lifecycle_support=NO_EXTENDED_SUPPORT,
            instance_class=chosen.instance_class,
            allocated_storage=chosen.storage_gib,
            max_allocated_storage=chosen.storage_limit_gib,
            storage_type="gp3",
            storage_encrypted=safety["storageEncrypted"],
            kms_key_id=args.key_arn,
            publicly_accessible=safety["publiclyAccessible"],
            multi_az=chosen.multi_az,
            db_subnet_group_name=subnets.name,
            vpc_security_group_ids=[group.id],
            port=PORT,
            parameter_group_name=parameters.name,
            ca_cert_identifier=AUTHORITY,
            username=None if chosen.snapshot else MASTER,
            # RDS makes it, keeps it in Secrets Manager and changes it each week: no state and no log has it.
            manage_master_user_password=True,
            master_user_secret_kms_key_id=args.key_arn,
            iam_database_authentication_enabled=True,
            backup_retention_period=chosen.backup_days,
            copy_tags_to_snapshot=True,
            snapshot_identifier=chosen.snapshot,
            skip_final_snapshot=not args.keep,
            final_snapshot_identifier=group.id.apply(lambda id_: snapshot_name(cluster, id_))
            if args.keep
            else None,
            deletion_protection=args.protect,
            # It keeps the texts of questions, for people with further rights. How long the pages' questions
            # take is among their own metrics, and CloudWatch has the load.
            performance_insights_enabled=False,
            # What `up` has said is done is done; whoever runs it chooses when, and clients wait.
            apply_immediately=True,
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.protect,
                depends_on=[way],
                # It says what an instance was made from: a line less in the stack file shall not replace it.
                ignore_changes=["snapshotIdentifier", "username"],
            ),
        )
