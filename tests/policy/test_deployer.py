"""The deployer's rights: enough for every type that a stack has, one stack's only, and readable by IAM."""

from __future__ import annotations

import fnmatch
import json
from pathlib import Path
from typing import Any

import parliament  # type: ignore[import-untyped]
import pytest
import yaml

from components.aws_plans.iam import PolicyDocument
from policy.deployer import SIZE_MAX, of_stack, write
from tests.support.database_on_aws import with_database
from tests.support.golden import Golden
from tests.support.pages_on_aws import with_login, world_with_login
from tests.support.stacks import STACKS, build_stack, stack_settings, world_of

ON_AWS = [stack for stack in STACKS if stack_settings(stack)["foundation"]["kind"] == "aws"]

NEEDS = yaml.safe_load((Path(__file__).with_name("provider_calls.yaml")).read_text())
"""Type of a resource -> service -> what is called."""

MADE_BY_EKS = {"aws:eks/cluster:Cluster", "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"}
"""Types that pulumi-eks makes within its component."""


def _allowed(made: dict[str, PolicyDocument]) -> set[str]:
    return {action for document in made.values() for each in document.statements for action in each.actions}


def _needed(type_: str) -> set[str]:
    return {f"{service}:{name}" for service, names in NEEDS[type_].items() for name in names.split()}


@pytest.mark.parametrize("stack", ON_AWS)
def test_the_rights_are_enough_for_every_type_that_the_stack_has(stack: str) -> None:
    types = {each.type for each in world_of(stack).landed if each.type.startswith("aws:")}
    assert types - set(NEEDS) == set(), "write down what is called for these types"
    allowed = _allowed(of_stack(stack))
    for type_ in sorted(types | MADE_BY_EKS):
        assert _needed(type_) - allowed == set(), f"{type_} could not be made, read, changed or deleted"


def test_the_rights_are_enough_for_a_login_too_and_reach_no_other_load_balancer(tmp_path: Path) -> None:
    types = {each.type for each in world_with_login().landed if each.type.startswith("aws:")}
    made = _documents(tmp_path, with_login())
    assert {needed for type_ in types for needed in _needed(type_)} - _allowed(made) == set()
    assert not parliament.analyze_policy_string(made["pages"].json).findings
    assert len(made["pages"].json) <= SIZE_MAX
    other = "arn:aws:elasticloadbalancing:eu-central-1:444455556666:loadbalancer/app/shop/50dc6c495c0c9188"
    for action in ("DeleteLoadBalancer", "ModifyLoadBalancerAttributes", "CreateListener"):
        for resource in _resources(made, f"elasticloadbalancing:{action}"):
            assert not fnmatch.fnmatchcase(other, resource)
    zone = "arn:aws:route53:::hostedzone/"
    assert _resources(made, "route53:ChangeResourceRecordSets") == [f"{zone}Z0123456789ABC"]


def test_the_rights_are_enough_for_a_database_too_and_reach_no_other(tmp_path: Path) -> None:
    landed = build_stack("prod", with_database()).landed
    types = {each.type for each in landed if each.type.startswith("aws:")}
    made = _documents(tmp_path, with_database())
    assert {needed for type_ in types for needed in _needed(type_)} - _allowed(made) == set()
    assert not parliament.analyze_policy_string(made["database"].json).findings
    assert len(made["database"].json) <= SIZE_MAX
    for action in ("DeleteDBInstance", "ModifyDBInstance", "RestoreDBInstanceFromDBSnapshot"):
        for resource in _resources(made, f"rds:{action}"):
            assert not fnmatch.fnmatchcase("arn:aws:rds:eu-central-1:444455556666:db:shop", resource)
    assert _resources(made, "secretsmanager:GetSecretValue") == [], "who deploys reads no password"


@pytest.mark.parametrize("name", list(of_stack("prod")))
def test_iam_can_read_the_documents_and_has_room_for_them(name: str, golden: Golden) -> None:
    document = of_stack("prod")[name]
    findings = parliament.analyze_policy_string(document.json).findings
    assert not findings, [(each.issue, each.detail) for each in findings]
    assert len(document.json) <= SIZE_MAX, f"{name} is too long for a managed policy: split it"
    golden(f"policy/deployer-prod-{name}.json", document.document)


def _resources(made: dict[str, PolicyDocument], action: str) -> list[str]:
    return [
        resource
        for document in made.values()
        for each in document.statements
        if action in each.actions
        for resource in each.resources
    ]


@pytest.mark.parametrize(
    ("action", "other"),
    [
        ("eks:DeleteCluster", "arn:aws:eks:eu-central-1:444455556666:cluster/spark-other"),
        ("iam:PutRolePolicy", "arn:aws:iam::444455556666:role/admin"),
        ("iam:PassRole", "arn:aws:iam::444455556666:role/admin"),
        ("s3:DeleteBucket", "arn:aws:s3:::acme-payroll"),
        ("s3:GetObject", "arn:aws:s3:::acme-payroll/salaries.csv"),
        ("sqs:DeleteQueue", "arn:aws:sqs:eu-central-1:444455556666:orders"),
        ("logs:DeleteLogGroup", "arn:aws:logs:eu-central-1:444455556666:log-group:/aws/eks/other/cluster"),
        ("ecr:PutImage", "arn:aws:ecr:eu-central-1:444455556666:repository/shop/web"),
        ("ec2:DeleteVpc", "arn:aws:ec2:us-east-1:444455556666:vpc/vpc-1"),
    ],
)
def test_what_belongs_to_others_is_out_of_reach(action: str, other: str) -> None:
    for resource in _resources(of_stack("prod"), action):
        assert not fnmatch.fnmatchcase(other, resource), f"{action} reaches {other}"


def test_what_is_deleted_by_an_id_that_is_anybodys_carries_the_clusters_tag() -> None:
    for document in of_stack("prod").values():
        for each in document.statements:
            ends = [action for action in each.actions if action.startswith(("ec2:Delete", "kms:Schedule"))]
            # The second is what the network plugin puts on its interfaces.
            tags = ("aws:ResourceTag/Cluster", "aws:ResourceTag/cluster.k8s.amazonaws.com/name")
            equal = each.conditions.get("StringEquals", {})
            by_tag = any(equal.get(tag) == "spark-prod" for tag in tags)
            excused = {"ec2:DeleteTags", "ec2:DeleteSubnetCidrReservation"}
            assert by_tag or set(ends) <= excused, f"{ends} would reach what others made"


def _prod(**foundation: Any) -> dict[str, Any]:
    values = stack_settings("prod")
    return {**values, "foundation": {**values["foundation"], **foundation}}


def _documents(tmp_path: Path, values: dict[str, Any]) -> dict[str, PolicyDocument]:
    (tmp_path / "Pulumi.prod.yaml").write_text(yaml.safe_dump({"config": {"spark-on-eks:settings": values}}))
    return of_stack("prod", tmp_path)


def test_a_permissions_boundary_is_asked_of_every_role(tmp_path: Path) -> None:
    boundary = "arn:aws:iam::444455556666:policy/Boundary"
    made = _documents(tmp_path, _prod(permissionsBoundary=boundary))["roles"]
    for each in made.statements:
        if {"iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"} & set(each.actions):
            assert each.conditions["StringEquals"]["iam:PermissionsBoundary"] == boundary, (
                "a role without it could be given anything"
            )


def test_a_control_planes_role_named_after_its_cluster_keeps_two_stacks_deployers_apart(
    tmp_path: Path,
) -> None:
    other = "arn:aws:iam::444455556666:role/foundation-cluster-eks-eksRole-role-0123abc"
    cluster = stack_settings("prod")["foundation"]["cluster"]
    for name, reached in (("generated", True), ("cluster", False)):
        made = _documents(tmp_path, _prod(cluster={**cluster, "roleName": name}))
        given = _resources(made, "iam:PutRolePolicy")
        assert any(fnmatch.fnmatchcase(other, resource) for resource in given) is reached


def test_copies_in_another_region_are_within_reach(tmp_path: Path) -> None:
    made = _documents(tmp_path, _prod(storage={"copyRegion": "eu-west-1"}))
    assert "arn:aws:s3:::acme-spark-prod-data-eu-west-1" in _resources(made, "s3:CreateBucket")
    assert "arn:aws:kms:eu-west-1:444455556666:key/*" in _resources(made, "kms:PutKeyPolicy")


def test_whoever_only_looks_changes_nothing_and_reads_no_data() -> None:
    actions = {
        action.partition(":")[2] for each in of_stack("prod")["look"].statements for action in each.actions
    }
    assert actions, "it sees nothing"
    assert all(action.startswith(("Describe", "Get", "List")) for action in actions)
    assert not actions & {"GetObject", "GetDownloadUrlForLayer", "GetAuthorizationToken"}


def test_a_stack_that_is_not_on_aws_needs_no_rights() -> None:
    with pytest.raises(SystemExit, match="not on AWS"):
        of_stack("local")


def test_the_command_writes_a_file_for_each_document(tmp_path: Path) -> None:
    files = write("prod", tmp_path / "rights")
    assert set(files) == set((tmp_path / "rights").iterdir()), "and says which"
    written = {path.name: json.loads(path.read_text()) for path in (tmp_path / "rights").iterdir()}
    assert set(written) == {f"prod-{name}.json" for name in of_stack("prod")}
    assert all(document["Version"] == "2012-10-17" for document in written.values())
