"""Types of single settings of the foundation `aws`: names, ids, ARNs and blocks of addresses."""

from __future__ import annotations

import re
from ipaddress import IPv4Network
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from components.aws_plans.access import check_principal
from components.aws_plans.account import CLUSTER_NAME_MAX
from components.aws_plans.addon_versions import NOT_YET
from components.settings.address_blocks import as_block
from components.settings.fields import Region

_BLOCK: Final = re.compile(r"[0-9.]+/[0-9]{1,2}")
_ZONE: Final = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9][a-z]")
_NAME: Final = re.compile(rf"[a-z][-a-z0-9]{{1,{CLUSTER_NAME_MAX - 2}}}[a-z0-9]")
_INSTANCE: Final = re.compile(r"[a-z][a-z0-9-]*[0-9][a-z0-9-]*\.[a-z0-9-]+")
_TAG: Final = re.compile(r"[\w .:/=+@-]{1,128}")
_ROLE: Final = re.compile(r"arn:aws(-us-gov)?:iam::[0-9]{12}:role/[\w+=,.@/-]+")
_BOUNDARY: Final = re.compile(r"arn:aws(-us-gov)?:iam::([0-9]{12}|aws):policy/[\w+=,.@/-]+")

_KEY: Final = re.compile(r"arn:aws(-us-gov)?:kms:[a-z0-9-]+:[0-9]{12}:key/(mrk-)?[0-9a-f-]{32,36}")

RETENTION = Literal[7, 14, 30, 60, 90, 180, 365, 731]
"""Days that a log may be kept: some of those that CloudWatch offers."""


def _matching(pattern: re.Pattern[str], advice: str, bound: str) -> Any:
    def check(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError(advice)
        return text

    return Annotated[
        str, AfterValidator(check), WithJsonSchema({"type": "string", "$comment": bound, "minLength": 1})
    ]


def _check_cidr(cidr: str, example: str = "10.0.0.0/16") -> str:
    block = as_block(cidr, example=example)
    if not _BLOCK.fullmatch(cidr):
        # Python takes a bare address and a netmask as well; AWS takes neither.
        more = (
            "" if "/" in cidr else f" for that address alone, or the block that it is in, such as {example}"
        )
        raise ValueError(f"is not a block of addresses as AWS takes it; write {block}{more}")
    return cidr


_OFFICE: Final = "203.0.113.0/24"
"""Example of a block that the internet sees (RFC 5737)."""

WHOLE_INTERNET: Final = 8
"""A block that is this long or shorter belongs to nobody's offices: the largest are /8s of registries."""

RESERVED: Final = tuple(
    IPv4Network(block)
    for block in (
        *("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.168.0.0/16", "224.0.0.0/3"),
    )
)
"""Blocks of addresses that nobody has on the internet (RFC 6890)."""


def _check_version(version: Any) -> Any:
    if version in NOT_YET:
        raise ValueError(NOT_YET[version])
    return version


def _check_region(region: str) -> str:
    if region.startswith(("cn-", "us-iso")):
        raise ValueError(
            "is in a partition whose service names and policies this project doesn't know; name a region of "
            "AWS or of GovCloud (US)"
        )
    return region


def _check_allowed(cidr: str) -> str:
    block = IPv4Network(_check_cidr(cidr, _OFFICE))
    if any(block.subnet_of(reserved) for reserved in RESERVED):
        raise ValueError(
            "is in no network that the internet sees; write the address that yours has outside, or remove "
            "it: from inside the VPC the API is reached anyway"
        )
    if block.prefixlen < WHOLE_INTERNET:
        raise ValueError(
            "opens the API to the whole internet; name the addresses of your offices, VPN or CI, such as "
            f"{_OFFICE}"
        )
    return cidr


KubernetesVersion = Annotated[Literal["1.35", "1.36"], BeforeValidator(_check_version)]

AccountId = _matching(
    re.compile(r"[0-9]{12}"),
    "is not an account id; write its 12 digits, in quotes, as YAML drops leading zeros",
    "12 digits, in quotes",
)
ClusterName = _matching(
    _NAME,
    f"is not a cluster name; use 3 to {CLUSTER_NAME_MAX} lower-case letters, digits and inner hyphens, "
    "beginning with a letter",
    f"3 to {CLUSTER_NAME_MAX} of `a-z`, `0-9` and inner `-`",
)
ZoneName = _matching(_ZONE, "is not a zone; write its full name, such as eu-central-1a", "name of a zone")
InstanceType = _matching(_INSTANCE, "is not an instance type; write one such as m7g.large", "instance type")
WorkspaceId = _matching(
    re.compile(r"ws-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "is not a workspace; write its id, `ws-` and a UUID",
    "id of a workspace: `ws-` and a UUID",
)
RoleArn = _matching(
    _ROLE, "is not the ARN of a role; write arn:aws:iam::<account>:role/<name>", "ARN of a role"
)
BoundaryArn = _matching(
    _BOUNDARY, "is not the ARN of a policy; write arn:aws:iam::<account>:policy/<name>", "ARN of a policy"
)
VpcId = _matching(re.compile(r"vpc-[0-9a-f]{8,17}"), "is not the id of a VPC; it begins with vpc-", "`vpc-…`")
SubnetId = _matching(
    re.compile(r"subnet-[0-9a-f]{8,17}"), "is not the id of a subnet; it begins with subnet-", "`subnet-…`"
)
TagText = _matching(
    _TAG,
    "can't be in a tag; use up to 128 letters, digits, blanks and . : / = + - @ _",
    "up to 128 characters",
)
CronTime = _matching(
    re.compile(r"(?:[0-9*/,-]+ ){2}(?:[0-9*?/,-]+ )(?:[0-9A-Z*/,-]+ )[0-9A-Z*?/,-]+"),
    "is not a time in cron's five fields; write one such as 0 1 * * *",
    "cron's five fields",
)
HoursAndMinutes = _matching(
    re.compile(r"(?=.)(?:[1-9][0-9]*h)?(?:[1-9][0-9]*m)?"),
    "is not a duration in hours and minutes; write one such as 8h or 1h30m",
    "hours and minutes, such as `8h`",
)
Cidr = Annotated[
    str, AfterValidator(_check_cidr), WithJsonSchema({"type": "string", "$comment": "block of addresses"})
]
AllowedCidr = Annotated[
    str,
    AfterValidator(_check_allowed),
    WithJsonSchema({"type": "string", "$comment": "block of addresses, not the whole internet"}),
]
Principal = Annotated[
    str,
    AfterValidator(check_principal),
    WithJsonSchema({"type": "string", "$comment": "ARN of a role or user"}),
]
AwsRegion = Annotated[Region, AfterValidator(_check_region)]
KeyArn = _matching(
    _KEY,
    "is not the ARN of a key; write arn:aws:kms:<region>:<account>:key/<id>, as an alias can move",
    "ARN of a key, no alias",
)
DatabaseName = _matching(
    re.compile(r"[a-z0-9_-]{1,255}"),
    "is not a database of Glue's; write its name in lower case, without *",
    "up to 255 of `a-z`, `0-9`, `_` and `-`",
)
CertificateArn = _matching(
    re.compile(r"arn:aws(-us-gov)?:acm:[a-z0-9-]+:[0-9]{12}:certificate/[0-9a-f-]{36}"),
    "is not the ARN of a certificate; write arn:aws:acm:<region>:<account>:certificate/<id>",
    "ARN of a certificate in ACM",
)
HostedZoneId = _matching(
    re.compile(r"Z[0-9A-Z]{4,31}"), "is not the id of a hosted zone; it begins with Z", "`Z…`"
)
