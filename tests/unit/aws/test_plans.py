"""The small plans: lifecycle rules, images, kubeconfig, access entries, tags."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.aws.addons import disk_configuration, dns_configuration, network_configuration
from components.aws_plans import images
from components.aws_plans.access import Level, access_policy_arn, check_principal
from components.aws_plans.account import Account
from components.aws_plans.images import DEBIAN_IMAGE, FOR_JOBS, repository_lifecycle, stack_images
from components.aws_plans.kubeconfig import with_profile
from components.aws_plans.storage_plan import CLEANER_MARGIN_DAYS, copy_name, lifecycle
from components.aws_plans.tags import tags
from components.buckets import EVENTS_PREFIX, event_log_markers
from components.records.every import RECORDS
from tests.support.golden import Golden
from tests.unit.aws.examples import ACCOUNT, ROOT, TENANTS

ROLES = ("data", "events", "artifacts")
MARKERS = event_log_markers(TENANTS)


@given(st.sampled_from(ROLES), st.integers(1, 3650))
def test_no_rule_ever_deletes_a_marker_that_drivers_and_the_history_server_need(role: str, days: int) -> None:
    for rule in lifecycle(role, log_retention_days=days, printed_log_days=30, tenants=TENANTS):
        for marker in MARKERS:
            assert rule.expire_days is None or not marker.startswith(rule.prefix), (
                f"{rule.id} deletes {marker}"
            )


@pytest.mark.parametrize("folder", ["", *(f"{tenant}/" for tenant in TENANTS)])
@pytest.mark.parametrize(
    "log", ["eventlog_v2_spark-0a1b/events_1_spark-0a1b.zstd", "spark-0a1b", "spark-0a1b.inprogress"]
)
def test_logs_go_a_week_after_the_history_server_should_have_cleaned_them(folder: str, log: str) -> None:
    (rule,) = (
        each
        for each in lifecycle("events", log_retention_days=30, printed_log_days=30, tenants=TENANTS)
        if each.expire_days and f"{EVENTS_PREFIX}/{folder}{log}".startswith(each.prefix)
    )
    assert rule.expire_days == 30 + CLEANER_MARGIN_DAYS


@pytest.mark.parametrize("role", ROLES)
def test_every_bucket_drops_unfinished_uploads_and_old_versions(role: str) -> None:
    rules = lifecycle(role, log_retention_days=30, printed_log_days=30, tenants=TENANTS)
    (tidy,) = (each for each in rules if not each.prefix)
    assert tidy.upload_days == 7
    assert tidy.noncurrent_days, "versions that nobody drops are paid for for ever"
    assert tidy.drop_markers
    assert tidy.expire_days is None, "a rule for the whole bucket must not delete what is current"
    assert len({each.id for each in rules}) == len(rules), "S3 wants ids to differ"


def test_only_what_spark_submit_uploads_expires_among_job_files() -> None:
    expiring = [
        each
        for each in lifecycle("artifacts", log_retention_days=30, printed_log_days=30, tenants=TENANTS)
        if each.prefix
    ]
    assert [each.prefix for each in expiring] == ["data-prod/uploads/", "science-prod/uploads/"]


def test_a_copys_name_that_is_too_long_is_refused_with_what_is_left() -> None:
    assert copy_name("acme-data", "eu-west-1") == "acme-data-eu-west-1"
    with pytest.raises(ValueError, match="shorten the bucket's name to 53"):
        copy_name("a" * 60, "eu-west-1")


def listed(*architectures: str) -> dict[str, str]:
    """Reference of each image by its repository."""
    found = stack_images(
        "111.dkr.ecr/spark-on-eks", root=ROOT, architectures=architectures, services=RECORDS.values()
    )
    return {each.repository: each.reference for each in found}


def test_images_lie_below_the_registrys_prefix() -> None:
    found = listed("amd64")
    assert found["spark-on-eks/spark"].startswith("111.dkr.ecr/spark-on-eks/spark:")
    assert "@sha256:" in DEBIAN_IMAGE, "a tag of somebody else's image may move"


def test_a_service_that_is_switched_off_keeps_its_repository() -> None:
    found = stack_images("111.dkr.ecr/spark-on-eks", root=ROOT, architectures=("amd64",), services=())
    repositories = {each.name: each.repository for each in found if each.name not in FOR_JOBS}
    assert repositories == {
        "history_exporter": "spark-on-eks/spark-history-exporter",
        "run-logs": "spark-on-eks/run-logs",
        "canary_checker": "spark-on-eks/spark-canary-checker",
    }, "ECR would refuse the name when it comes back"


def test_a_tag_says_for_which_architectures_it_was_built_in_any_order() -> None:
    one, both = listed("amd64"), listed("amd64", "arm64")
    assert not set(one.values()) & set(both.values()), "a stack with more architectures needs another image"
    assert both == listed("arm64", "amd64")


def test_a_patched_base_is_a_new_tag_of_every_image(monkeypatch: pytest.MonkeyPatch) -> None:
    before = listed("amd64")
    monkeypatch.setattr(images, "DEBIAN_IMAGE", DEBIAN_IMAGE.replace("sha256:8", "sha256:9"))
    assert not set(before.values()) & set(listed("amd64").values())


def test_repositories_forget_what_nobody_names() -> None:
    rules = json.loads(repository_lifecycle())["rules"]
    assert [rule["rulePriority"] for rule in rules] == [1, 2], "ECR wants `any` last"
    assert rules[0]["selection"]["tagStatus"] == "untagged"
    assert rules[-1]["selection"]["tagStatus"] == "any"


def test_a_profile_reaches_the_command_that_gets_tokens() -> None:
    config = json.dumps({"users": [{"user": {"exec": {"command": "aws", "args": ["eks", "get-token"]}}}]})
    assert with_profile(config, None) == config
    (user,) = json.loads(with_profile(config, "data-prod"))["users"]
    assert user["user"]["exec"]["args"] == ["eks", "get-token", "--profile", "data-prod"]


@pytest.mark.parametrize(
    "principal",
    [
        "arn:aws:iam::111122223333:role/ops",
        "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Data_0a1b",
        "arn:aws-us-gov:iam::111122223333:user/ci",
    ],
)
def test_roles_and_users_may_have_access(principal: str) -> None:
    assert check_principal(principal) == principal


@pytest.mark.parametrize(
    "principal",
    ["*", "ops", "arn:aws:sts::111122223333:assumed-role/ops/me", "arn:aws:iam::111122223333:root"],
)
def test_sessions_wildcards_and_whole_accounts_may_not(principal: str) -> None:
    with pytest.raises(ValueError, match="is not the ARN of an IAM role or user"):
        check_principal(principal)


def test_access_levels_are_policies_of_eks() -> None:
    government = Account(id="111122223333", region="us-gov-west-1")
    assert access_policy_arn(ACCOUNT, Level.NONE) is None
    assert access_policy_arn(government, Level.VIEW) == (
        "arn:aws-us-gov:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
    )


def test_a_companys_tags_cannot_replace_the_platforms() -> None:
    made = tags(environment="prod", cluster="c", further={"CostCentre": "7", "ManagedBy": "hand"})
    assert made["CostCentre"] == "7"
    assert made["ManagedBy"] == "pulumi"


def test_the_add_ons_configuration_is_what_was_reviewed(golden: Golden) -> None:
    golden(
        "aws/addon-configuration.json",
        {
            "vpc-cni": network_configuration(),
            "coredns": dns_configuration(),
            "aws-ebs-csi-driver": disk_configuration({"Project": "spark-on-eks"}),
        },
    )


def test_the_network_agent_is_in_the_mode_that_lets_kube_system_start() -> None:
    mode = network_configuration()["env"]["NETWORK_POLICY_ENFORCING_MODE"]
    assert mode == "standard", "strict refuses DNS and the volume driver, which no policy names"
