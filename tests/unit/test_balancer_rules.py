"""The stand-in refuses of a load balancer what its API refuses."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.standin.balancer_rules import refused
from rehearsal.standin.values import UNKNOWN

LB, TARGETS, LISTENER = (
    f"aws:lb/{kind[0].lower()}{kind[1:]}:{kind}" for kind in ("LoadBalancer", "TargetGroup", "Listener")
)
REGION = "eu-central-1"
CERTIFICATE = f"arn:aws:acm:{REGION}:123456789012:certificate/1"

CASES: dict[str, tuple[str, dict[str, Any], str]] = {
    "a name of 33 characters": (LB, {"name": "x" * 33}, "name"),
    "a name with a dot": (LB, {"name": "spark.prod"}, "name"),
    "a name that ends with a hyphen": (TARGETS, {"name": "spark-"}, "name"),
    "AWS' own names": (LB, {"name": "internal-spark"}, "name"),
    "one zone": (LB, {"name": "spark", "subnets": ["subnet-1"]}, "subnets"),
    "one subnet twice": (LB, {"name": "spark", "subnets": ["subnet-1", "subnet-1"]}, "subnets"),
    "a prefix of seven": (TARGETS, {"namePrefix": "pages--"}, "namePrefix"),
    "no certificate": (LISTENER, {"protocol": "HTTPS"}, "certificateArn"),
    "a certificate without TLS": (
        LISTENER,
        {"protocol": "HTTP", "certificateArn": CERTIFICATE},
        "certificateArn",
    ),
    "a TLS policy without TLS": (LISTENER, {"protocol": "HTTP", "sslPolicy": "any"}, "sslPolicy"),
    "a certificate from elsewhere": (
        LISTENER,
        {"protocol": "HTTPS", "certificateArn": CERTIFICATE.replace(REGION, "us-east-1")},
        "certificateArn",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_the_api_refuses_is_refused(case: str) -> None:
    token, given, path = CASES[case]
    assert [failure.path for failure in refused(token, given, REGION)] == [path]


@pytest.mark.parametrize(
    ("token", "given"),
    [
        (LB, {"name": "spark-prod", "subnets": ["subnet-1", "subnet-2"]}),
        (LB, {"name": UNKNOWN, "subnets": [UNKNOWN, UNKNOWN]}),
        (LB, {"name": "spark-prod", "subnets": UNKNOWN}),
        (TARGETS, {"namePrefix": "pages-", "vpcId": UNKNOWN}),
        (LISTENER, {"protocol": "HTTPS", "certificateArn": CERTIFICATE, "sslPolicy": "any"}),
        (LISTENER, {"protocol": "HTTPS", "certificateArn": UNKNOWN}),
        ("aws:ec2/vpc:Vpc", {"name": "internal-"}),
    ],
)
def test_what_the_api_takes_or_nobody_knows_yet_passes(token: str, given: dict[str, Any]) -> None:
    assert refused(token, given, REGION) == []
