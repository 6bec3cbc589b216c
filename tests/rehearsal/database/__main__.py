"""The platform's database on RDS, alone in a network: the settings decide what a test wants to see."""

import sys
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from components.aws.database import DatabaseInstance, DatabaseInstanceArgs
from components.aws.roles import Owner
from components.aws_plans.account import Account
from components.aws_plans.database_plan import DatabaseChoice, DatabaseUser

settings: dict[str, Any] = pulumi.Config().get_object("settings") or {}
REGION = "eu-west-1"

provider = aws.Provider("aws", region=REGION)
here = pulumi.ResourceOptions(provider=provider)
vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16", opts=here)
subnets = [
    aws.ec2.Subnet(
        f"subnet-{number}",
        vpc_id=vpc.id,
        cidr_block=f"10.0.{number}.0/24",
        availability_zone=f"{REGION}{zone}",
        opts=here,
    )
    for number, zone in enumerate(settings.get("zones", "ab"))
]
nodes = aws.ec2.SecurityGroup("nodes", vpc_id=vpc.id, description="nodes", opts=here)
key = aws.kms.Key("key", description="key", opts=here)
database = DatabaseInstance(
    "database",
    DatabaseInstanceArgs(
        owner=Owner(account=Account(id="123456789012", region=REGION), cluster="spark"),
        chosen=DatabaseChoice(
            instance_class=settings.get("instanceClass", "db.t4g.small"),
            storage_gib=settings.get("storageGib", 20),
            storage_limit_gib=settings.get("storageLimitGib", 100),
            multi_az=True,
            backup_days=7,
            snapshot=settings.get("snapshot"),
            users=(DatabaseUser(namespace="spark-jobs", service_account="jobs-worker", name="jobs"),),
        ),
        vpc_id=vpc.id,
        subnet_ids=[subnet.id for subnet in subnets],
        nodes_group_id=nodes.id,
        key_arn=key.arn,
        keep=settings.get("keep", True),
        protect=settings.get("protect", False),
    ),
    pulumi.ResourceOptions(providers=[provider]),
)
pulumi.export("host", database.host)
pulumi.export("master", database.master)
pulumi.export("resourceId", database.resource_id)
