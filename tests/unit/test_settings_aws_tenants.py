"""What a tenant may reach and use on AWS: what the stack file refuses of it, and why."""

from __future__ import annotations

from typing import Any

import pytest

from components.settings import tenant_rules
from components.settings.aws_rules import check
from components.settings.model import TenantSettings
from components.settings.problems import show_path
from tests.unit.aws.examples import BUCKETS, aws_settings, settings


def _tenant_problems(tenant: dict[str, Any], **foundation: Any) -> dict[str, str]:
    tenants = (TenantSettings.model_validate({"team": "data", **tenant}),)
    whole = settings().model_copy(update={"tenants": tenants, "foundation": aws_settings(**foundation)})
    return {show_path(each.path): each.message for each in tenant_rules.check(whole)}


def test_a_tenant_may_reach_databases_and_use_what_the_company_has() -> None:
    granted = {
        "egress": [{"cidrs": ["10.0.16.0/20", "192.168.0.0/16"], "ports": [5432, 5439]}],
        "access": {
            "buckets": [{"name": "acme-orders", "prefixes": ["orders"]}, {"name": "acme-all", "write": True}],
            "kmsKeys": ["arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"],
            "glue": [{"name": "sales"}],
            "policies": ["arn:aws:iam::111122223333:policy/athena"],
        },
    }
    assert _tenant_problems(granted) == {}


@pytest.mark.parametrize(
    ("key", "words", "tenant"),
    [
        (
            "tenants[0].egress[0].cidrs[0]",
            "the cluster's own pods or Services, 100.64.0.0/14",
            {"egress": [{"cidrs": ["100.64.1.0/24"], "ports": [443]}]},
        ),
        (
            "tenants[0].egress[0].cidrs[0]",
            "the cluster's own pods or Services, 172.20.0.0/16",
            {"egress": [{"cidrs": ["172.16.0.0/12"], "ports": [443]}]},
        ),
        (
            "tenants[0].access.buckets[0].name",
            "is the platform's, and holds what is other tenants'",
            {"access": {"buckets": [{"name": BUCKETS.data}]}},
        ),
        (
            "tenants[0].access.buckets[0].name",
            "is the platform's",
            {"access": {"buckets": [{"name": f"{BUCKETS.events}-eu-west-1"}]}},
        ),
        (
            "tenants[0].access.buckets[1].name",
            "is there twice",
            {"access": {"buckets": [{"name": "acme-orders"}, {"name": "acme-orders", "write": True}]}},
        ),
        (
            "tenants[0].access.policies[1]",
            "has the name of policies[0]",
            {"access": {"policies": [f"arn:aws:iam::111122223333:policy/{path}/athena" for path in "ab"]}},
        ),
        (
            "tenants[0].access",
            "a role takes 10240",
            {"access": {"buckets": [{"name": f"acme-orders-{number}"} for number in range(40)]}},
        ),
    ],
)
def test_rights_that_would_open_other_tenants_or_fit_no_role_are_refused(
    key: str, words: str, tenant: dict[str, Any]
) -> None:
    assert words in _tenant_problems(tenant, storage={"copyRegion": "eu-west-1"})[key]


def _with_buckets(teams: int, **more: Any) -> dict[str, str]:
    """What is wrong with tenants that use twenty buckets each."""
    names = [[f"acme-{team:02}-{number:02}-{'x' * 40}" for number in range(20)] for team in range(teams)]
    tenants = [
        {
            "team": f"team{team:02}",
            "access": {"buckets": [{"name": name, "prefixes": ["a"], **more} for name in each]},
        }
        for team, each in enumerate(names)
    ]
    whole = settings().model_copy(
        update={"tenants": tuple(TenantSettings.model_validate(each) for each in tenants)}
    )
    return {show_path(each.path): each.message for each in check(whole, aws_settings())}


def test_more_buckets_than_the_way_to_s3_can_name_are_refused_and_own_ones_need_no_name() -> None:
    key = "foundation.network.foreignBuckets"
    assert key not in _with_buckets(4)
    found = _with_buckets(8)[key]
    assert "of the S3 endpoint's policy, which takes 20,480" in found
    assert "write own: true at tenants' buckets that are of the account 111122223333" in found
    assert key not in _with_buckets(8, own=True)
