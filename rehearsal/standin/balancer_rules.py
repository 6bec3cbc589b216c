"""What Elastic Load Balancing refuses of a load balancer's arguments, as far as its API reference says so.

Source: the descriptions in botocore's model of the API (elbv2, 2015-12-01: CreateLoadBalancer,
CreateTargetGroup, CreateListener), and for a name's prefix the AWS provider's own check.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from rehearsal.standin import values
from rehearsal.standin.check import Failure

NAME_MAX: Final = 32
PREFIX_MAX: Final = 6
"""Characters of a prefix: the provider adds 26 (its internal/service/elbv2, name_prefix)."""

ZONES_MIN: Final = 2

_NAME: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?")


def refused(token: str, given: Mapping[str, Any], region: str) -> list[Failure]:
    """Find what is refused; nothing for types that are no part of a load balancer.

    Args:
        token: type of the resource.
        given: its arguments; what is not known yet passes.
        region: the provider's region.
    """
    rules = _RULES.get(token)
    # What is not known has no form yet, but it will be there.
    known = {key: None if value == values.UNKNOWN else value for key, value in given.items()}
    return list(rules(known, region)) if rules else []


def _balancer(given: Mapping[str, Any], _: str) -> Iterator[Failure]:
    yield from _name(given)
    if str(given.get("name")).startswith("internal-"):
        yield Failure("name", "begins with internal-, which is kept for AWS; write another one")
    subnets = given.get("subnets")
    if isinstance(subnets, list) and len(subnets) < ZONES_MIN:
        yield Failure("subnets", f"are {len(subnets)}; name subnets of {ZONES_MIN} zones at least")
    known = [each for each in subnets or [] if each != values.UNKNOWN]
    if len(set(known)) < len(known):
        yield Failure("subnets", "has one twice; a zone takes one subnet")


def _targets(given: Mapping[str, Any], _: str) -> Iterator[Failure]:
    yield from _name(given)
    prefix = given.get("namePrefix") or ""
    if len(prefix) > PREFIX_MAX:
        yield Failure("namePrefix", f"has {len(prefix)} characters; {PREFIX_MAX} are allowed")


def _listener(given: Mapping[str, Any], region: str) -> Iterator[Failure]:
    secure, certificate = given.get("protocol") == "HTTPS", given.get("certificateArn")
    if secure and "certificateArn" not in given:
        yield Failure("certificateArn", "is missing; a listener with HTTPS has exactly one")
    if not secure:
        for key in ("certificateArn", "sslPolicy"):
            if given.get(key):
                yield Failure(key, "belongs to a listener with HTTPS")
    if isinstance(certificate, str) and certificate.split(":")[3:4] != [region]:
        yield Failure("certificateArn", f"is not of the region {region}: CertificateNotFound")


def _name(given: Mapping[str, Any]) -> Iterator[Failure]:
    name = given.get("name")
    if isinstance(name, str) and (len(name) > NAME_MAX or not _NAME.fullmatch(name)):
        yield Failure("name", f"is {name!r}; write up to {NAME_MAX} letters, digits and inner hyphens")


_RULES: Final[Mapping[str, Callable[[Mapping[str, Any], str], Iterator[Failure]]]] = {
    "aws:lb/loadBalancer:LoadBalancer": _balancer,
    "aws:lb/targetGroup:TargetGroup": _targets,
    "aws:lb/listener:Listener": _listener,
}
