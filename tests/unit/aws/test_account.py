"""Names and ARNs that are known before anything exists."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.aws_plans.account import ROLE_NAME_MAX, Account, role_name
from tests.unit.aws.examples import ACCOUNT

NAMES = st.from_regex(r"[a-z]([-a-z0-9]{0,60}[a-z0-9])?", fullmatch=True)


@given(NAMES, NAMES)
def test_a_role_name_fits_and_tells_purposes_apart(one: str, other: str) -> None:
    names = {role_name("spark-prod", f"tenant-{each}", "ap-southeast-1") for each in {one, other}}
    assert all(len(name) <= ROLE_NAME_MAX for name in names), "IAM refuses longer names"
    assert len(names) == len({one, other}), "two tenants must never share a role"
    assert all(name.startswith("spark-prod-") for name in names), "a deployer's rights end at this prefix"


def test_the_same_cluster_in_two_regions_has_roles_of_its_own() -> None:
    assert role_name("spark", "karpenter", "eu-west-1") != role_name("spark", "karpenter", "us-east-1")


def test_arns_follow_the_partition() -> None:
    government = Account(id="111122223333", region="us-gov-west-1")
    assert government.cluster_arn("c") == "arn:aws-us-gov:eks:us-gov-west-1:111122223333:cluster/c"
    assert ACCOUNT.bucket_arn("b") == "arn:aws:s3:::b"
    assert ACCOUNT.registry == "111122223333.dkr.ecr.eu-central-1.amazonaws.com"


def test_an_account_id_without_its_leading_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="12 digits; write it in quotes"):
        Account(id="11122223333", region="eu-west-1")
