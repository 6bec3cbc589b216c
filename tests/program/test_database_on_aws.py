"""On AWS services may have their databases in RDS: encrypted, in private, without a password of theirs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from costs.platform_pods import platform_pods, volumes
from tests.support.database_on_aws import with_database
from tests.support.recorder import Landed, World
from tests.support.stacks import build_stack, world_of


@pytest.fixture(scope="module")
def world() -> World:
    return build_stack("prod", with_database())


@pytest.fixture
def instance(world: World) -> Landed:
    return world.one("aws:rds/instance:Instance")


def document(world: World, role: str, name: str) -> list[dict[str, Any]]:
    """Statements of a role's policy."""
    (found,) = [
        json.loads(each.inputs["policy"])["Statement"]
        for each in world.of("aws:iam/rolePolicy:RolePolicy")
        if each.name == f"foundation-identities-{role}-role-{name}"
    ]
    statements: list[dict[str, Any]] = found
    return statements


def test_a_stack_that_names_no_rds_has_none_and_one_in_its_cluster_then() -> None:
    assert not [each for each in world_of("prod").landed if each.type.startswith("aws:rds/")]


def test_it_is_encrypted_with_the_stacks_key_and_so_is_the_masters_password(instance: Landed) -> None:
    assert instance.inputs["storageEncrypted"] is True
    assert instance.inputs["kmsKeyId"] == "arn:aws:made:::foundation-storage-key"
    assert instance.inputs["masterUserSecretKmsKeyId"] == "arn:aws:made:::foundation-storage-key"


def test_nobody_wrote_a_password(world: World, instance: Landed) -> None:
    assert instance.inputs["manageMasterUserPassword"] is True
    assert not {"password", "passwordWo"} & instance.inputs.keys()
    assert instance.inputs["iamDatabaseAuthenticationEnabled"] is True
    assert not [each for each in world.of("RandomSecret") if "database" in each.name]


def test_a_zone_may_go_and_a_week_can_be_taken_back(instance: Landed) -> None:
    assert instance.inputs["multiAz"] is True
    assert instance.inputs["backupRetentionPeriod"] == 7


def test_minor_releases_come_by_themselves_and_no_old_major_one_is_paid_for(instance: Landed) -> None:
    assert instance.inputs["engineVersion"] == "15", "another minor one here would be a way back"
    assert instance.inputs["autoMinorVersionUpgrade"] is True
    assert instance.inputs["engineLifecycleSupport"] == "open-source-rds-extended-support-disabled"


def test_it_is_reached_in_private_by_tls_and_from_the_nodes_alone(world: World, instance: Landed) -> None:
    assert instance.inputs["publiclyAccessible"] is False
    subnets = world.one("aws:rds/subnetGroup:SubnetGroup").inputs["subnetIds"]
    private = [each for each in world.of("aws:ec2/subnet:Subnet") if "private" in each.name]
    assert len(subnets) == len(private) == 3, "RDS wants two zones at least"
    (group,) = instance.inputs["vpcSecurityGroupIds"]
    ways = [
        each.inputs
        for each in world.of("SecurityGroupIngressRule")
        if each.inputs["securityGroupId"] == group
    ]
    assert [(way["fromPort"], way["toPort"], way["ipProtocol"]) for way in ways] == [(5432, 5432, "tcp")]
    assert [way["referencedSecurityGroupId"] for way in ways] == ["sg-0123456789abcdef0"]
    assert not [
        each for each in world.of("SecurityGroupEgressRule") if each.inputs["securityGroupId"] == group
    ]
    parameters = world.one("aws:rds/parameterGroup:ParameterGroup").inputs
    assert parameters["family"] == "postgres15"
    assert {each["name"]: each["value"] for each in parameters["parameters"]} == {"rds.force_ssl": "1"}


def test_prod_refuses_its_deletion_and_keeps_a_snapshot_if_it_goes(instance: Landed) -> None:
    assert instance.protect
    assert instance.inputs["deletionProtection"] is True
    assert instance.inputs["skipFinalSnapshot"] is False
    assert instance.inputs["finalSnapshotIdentifier"].startswith("spark-prod-database-")


def test_dev_goes_without_a_trace() -> None:
    made = build_stack("dev", with_database("dev", multiAz=False)).one("aws:rds/instance:Instance")
    assert not made.protect
    assert made.inputs["skipFinalSnapshot"] is True
    assert not made.inputs.get("finalSnapshotIdentifier")
    assert made.inputs.get("deletionProtection") in (None, False)
    assert made.inputs["multiAz"] is False


@pytest.mark.parametrize("role", ["jobs-worker", "jobs-web"])
def test_each_client_may_be_its_own_role_of_this_instance_and_nothing_else(world: World, role: str) -> None:
    (statement,) = document(world, role, "database")
    assert statement["Action"] == ["rds-db:connect"]
    assert statement["Resource"] == ["arn:aws:rds-db:eu-central-1:444455556666:dbuser:db-MADE/jobs"]


def test_no_other_role_gets_in_or_reads_the_master(world: World) -> None:
    having = {
        (each.name.removeprefix("foundation-identities-"), action)
        for each in world.of("aws:iam/rolePolicy:RolePolicy")
        for statement in json.loads(each.inputs["policy"])["Statement"]
        for action in statement["Action"]
        if action.startswith(("rds-db:", "secretsmanager:"))
    }
    assert having == {
        ("jobs-worker-role-database", "rds-db:connect"),
        ("jobs-web-role-database", "rds-db:connect"),
        ("database-roles-role-master", "secretsmanager:GetSecretValue"),
    }


def test_the_masters_password_is_read_by_one_job_which_makes_the_databases(world: World) -> None:
    read, decrypt = document(world, "database-roles", "master")
    master = "arn:aws:made:::foundation-database-instance-master"
    assert read["Resource"] == [master]
    assert decrypt["Condition"]["StringEquals"]["kms:EncryptionContext:SecretARN"] == master
    job = next(each for each in world.of("Job") if each.metadata["namespace"] == "spark-database")
    (container,) = job.inputs["spec"]["template"]["spec"]["containers"]
    told = {each["name"]: each["value"] for each in container["env"]}
    assert told["DATABASE_NAMES"] == "jobs"
    assert told["DATABASE_MASTER"] == master, "an address, no password"
    association = [
        each.inputs
        for each in world.of("aws:eks/podIdentityAssociation:PodIdentityAssociation")
        if each.inputs["namespace"] == "spark-database"
    ]
    account = job.inputs["spec"]["template"]["spec"]["serviceAccountName"]
    assert [each["serviceAccount"] for each in association] == [account]


def test_pods_reach_its_subnets_at_its_port_and_there_is_no_server_in_the_cluster(world: World) -> None:
    assert not world.of("DatabaseServer")
    worker = next(each for each in world.of("NetworkPolicy") if each.metadata["name"] == "database-roles")
    blocks = {
        peer["ipBlock"]["cidr"]
        for rule in worker.inputs["spec"]["egress"]
        for peer in rule["to"]
        if rule["ports"][0]["port"] == 5432
    }
    private = {
        each.inputs["cidrBlock"]
        for each in world.of("aws:ec2/subnet:Subnet")
        if each.inputs["cidrBlock"] in blocks
    }
    assert private == blocks
    assert len(blocks) == 3


def test_nothing_of_the_cluster_is_paid_for_or_watched_for_it(world: World) -> None:
    from components.settings import parse

    settings = parse(with_database())
    assert "the database" not in {each.name for each in volumes(settings)}
    without = parse({key: value for key, value in with_database().items() if key != "database"})
    assert platform_pods(without).memory_mib - platform_pods(settings).memory_mib == 432
    assert "9187" not in json.dumps([each.inputs for each in world.of("NetworkPolicy")], default=str)
