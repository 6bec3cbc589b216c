"""What the tests of the foundation `aws` have in common: an account, settings, and what they make."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s

from components.aws.foundation import AwsFoundation
from components.aws.in_cluster import ClusterServices
from components.aws.network import NetworkIds
from components.aws.roles import Owner
from components.aws_plans.account import Account
from components.aws_plans.address_plan import AddressPlan, plan_addresses
from components.aws_plans.kubeconfig import AwsLogin
from components.buckets import Buckets
from components.settings import Settings, parse
from components.settings.aws import AwsFoundationSettings as AwsSettings
from components.wiring.aws import foundation_args, provider_args
from tests.support.aws_answers import answer, look_up
from tests.support.recorder import World, build

ROOT = Path(__file__).resolve().parents[3]
REGION = "eu-central-1"
ACCOUNT = Account(id="111122223333", region=REGION)
OWNER = Owner(account=ACCOUNT, cluster="spark-prod")
BUCKETS = Buckets(data="acme-prod-data", events="acme-prod-events", artifacts="acme-prod-artifacts")
TENANTS = ("data-prod", "science-prod")
KINDS = ("prod", "dev")
"""What `world` knows: everything on, and all that costs off."""
ZONES = tuple(f"{REGION}{letter}" for letter in "abc")
KEY_ARN = ACCOUNT.arn("kms", "key/11111111-2222-3333-4444-555555555555")
COPY_KEY_ARN = f"arn:aws:kms:eu-west-1:{ACCOUNT.id}:key/66666666-7777-8888-9999-000000000000"


def plan(zones: tuple[str, ...] = ZONES) -> AddressPlan:
    """An address plan as a prod stack has it."""
    return plan_addresses(
        vpc_cidr="10.40.0.0/16", pod_cidr="100.64.0.0/14", service_cidr="172.20.0.0/16", zones=zones
    )


def aws_values(**changes: Any) -> dict[str, Any]:
    """What stands below `foundation` in a small stack file; keys given replace those here."""
    return {
        "kind": "aws",
        "name": "spark-prod",
        "accountId": ACCOUNT.id,
        "region": REGION,
        "network": {"zones": list(ZONES)},
        "nodes": {"pools": {"driver": {"cpu": 64}, "executor": {"cpu": 512}}},
        **changes,
    }


def aws_settings(**changes: Any) -> AwsSettings:
    """Settings of the foundation."""
    return AwsSettings.model_validate(aws_values(**changes))


def settings(**changes: Any) -> Settings:
    """All other settings, of a stack with two tenants."""
    return parse(
        {
            "environment": "prod",
            "foundation": {"kind": "kubernetes"},
            "objectStorage": {
                "region": REGION,
                "buckets": {"data": BUCKETS.data, "events": BUCKETS.events, "artifacts": BUCKETS.artifacts},
            },
            "tenants": [{"team": "data"}, {"team": "science"}],
            "observability": {
                "runbooks": "https://git.example.com/runbooks",
                "alerts": {
                    "receivers": [{"name": "on-call", "kind": "pagerduty", "secret": "on-call"}],
                    "default": "on-call",
                    "without": ["heartbeat"],
                },
            },
            **changes,
        }
    )


def whole_foundation(chosen: AwsSettings, rest: Settings) -> None:
    """A program that makes both halves of the foundation, with explicit providers as in the platform."""
    rest = rest.model_copy(update={"foundation": chosen})
    cloud = aws.Provider("aws", provider_args(rest, chosen))
    foundation = AwsFoundation(
        "foundation",
        foundation_args(rest, chosen, root=ROOT, stack="prod"),
        pulumi.ResourceOptions(providers=[cloud]),
    )
    cluster = k8s.Provider("cluster", kubeconfig=foundation.kubeconfig, cluster_identifier=chosen.name)
    ClusterServices("services", foundation.services, pulumi.ResourceOptions(provider=cluster))
    pulumi.export("images", foundation.images)
    pulumi.export("roles", foundation.roles)


@cache
def world(kind: str = "prod") -> World:
    """What a foundation registers: "prod" with everything on, or "dev" with all that costs off."""
    if kind == "prod":
        chosen = aws_settings(storage={"copyRegion": "eu-west-1"})
    else:
        chosen = aws_settings(
            network={
                "zones": list(ZONES[:2]),
                "nat": "single",
                "privateEndpoints": False,
                "flowLogs": "none",
            },
            protect=False,
            keepData=False,
        )
    return build(lambda: whole_foundation(chosen, settings()), answer=answer, look_up=look_up)


CLUSTER: dict[str, Any] = {
    "owner": OWNER,
    "network": NetworkIds(vpc_id="vpc-0", private_subnet_ids=["subnet-p"], pod_subnet_ids=["subnet-q"]),
    "version": "1.35",
    "service_cidr": "172.20.0.0/16",
    "support": "standard",
    "tier": "standard",
    "public_access": (),
    "log_types": ("audit",),
    "log_days": 30,
    "access": (),
    "credentials": AwsLogin(),
    "protect": False,
    "tags": {},
}
"""Arguments of a cluster for inside only."""
