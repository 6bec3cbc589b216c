"""Rules about what tenants reach and may use, between their keys and the rest of the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

from components.aws_plans.account import Account
from components.aws_plans.iam_grants import INLINE_MAX, Grants, grants_policy
from components.aws_plans.iam_spark import tenant_policy
from components.aws_plans.storage_plan import copy_name
from components.buckets import Buckets
from components.settings.aws import AwsFoundationSettings
from components.settings.problems import ABSENT, Path, Problem

if TYPE_CHECKING:
    from components.settings.model import Settings, TenantSettings


def check(settings: Settings) -> Iterator[Problem]:
    """Find everything that contradicts something else.

    Args:
        settings: all settings.
    """
    yield from _scraped(settings)
    for number, tenant in enumerate(settings.tenants):
        here: Path = ("tenants", number)
        yield from _egress(settings, here, tenant)
        if isinstance(settings.foundation, AwsFoundationSettings):
            yield from _access(settings, settings.foundation, here, tenant)
        elif tenant.access.grants != Grants():
            yield Problem(
                path=(*here, "access"),
                value=ABSENT,
                message="is of AWS, and only pods on the foundation aws have an identity there; remove it",
                read=(("foundation", "kind"),),
            )


def _scraped(settings: Settings) -> Iterator[Problem]:
    """Of a tenant with more drivers than the bound none is scraped, and each of its pods may be a driver."""
    watched, pods = settings.observability, [tenant.quota.pods for tenant in settings.tenants]
    most = max(pods)
    if watched.enabled and most > watched.drivers_per_tenant:
        number = pods.index(most)
        yield Problem(
            path=("observability", "driversPerTenant"),
            value=watched.drivers_per_tenant,
            message=f"is less than the {most} drivers that {settings.tenants[number].team}'s quota has room "
            f"for: with one more than the bound none of them is scraped; write {most} or more, or lower "
            f"tenants[{number}].quota.pods",
            read=(("tenants", number, "quota", "pods"),),
        )


def _egress(settings: Settings, here: Path, tenant: TenantSettings) -> Iterator[Problem]:
    """What the cluster itself is made of is no outside: policies of its own say who reaches that."""
    chosen = settings.foundation
    if not isinstance(chosen, AwsFoundationSettings):
        return
    inside = {"serviceCidr": chosen.network.service_cidr}
    if chosen.network.adopt is None:
        inside["podCidr"] = chosen.network.pod_cidr
    for number, egress in enumerate(tenant.egress):
        for place, block in enumerate(egress.cidrs):
            for key, own in inside.items():
                if IPv4Network(block).overlaps(IPv4Network(own)):
                    yield Problem(
                        path=(*here, "egress", number, "cidrs", place),
                        value=block,
                        message=f"holds addresses of the cluster's own pods or Services, {own}; "
                        "write what is outside",
                        read=(("foundation", "network", key),),
                    )


def _access(
    settings: Settings, chosen: AwsFoundationSettings, here: Path, tenant: TenantSettings
) -> Iterator[Problem]:
    names = settings.object_storage.buckets.model_dump()
    platforms = {*names.values(), *_copies(names.values(), chosen.storage.copy_region)}
    seen: set[str] = set()
    for number, bucket in enumerate(tenant.access.buckets):
        path: Path = (*here, "access", "buckets", number, "name")
        if bucket.name in platforms:
            yield Problem(
                path=path,
                value=bucket.name,
                message="is the platform's, and holds what is other tenants'; each has a prefix of its own "
                "there, remove it",
                read=tuple(("objectStorage", "buckets", role) for role in names),
            )
        if bucket.name in seen:
            yield Problem(
                path=path, value=bucket.name, message="is there twice; write all its prefixes into one entry"
            )
        seen.add(bucket.name)
    yield from _policies_of_one_name(here, tenant)
    if len(set(names.values())) == len(names):
        yield from _fits_role(settings, chosen, here, tenant)


def buckets_of_others(settings: Settings, chosen: AwsFoundationSettings) -> list[str]:
    """Name the buckets that the network lets out to besides those of its own account, in order.

    Args:
        settings: all settings.
        chosen: its foundation.
    """
    used = (bucket for tenant in settings.tenants for bucket in tenant.access.buckets)
    return sorted({*chosen.network.foreign_buckets, *(bucket.name for bucket in used if not bucket.own)})


def _copies(buckets: Iterable[str], region: str | None) -> Iterator[str]:
    for name in buckets if region else ():
        # A name that is too long for its copy is a problem of its own.
        with suppress(ValueError):
            yield copy_name(name, str(region))


def _policies_of_one_name(here: Path, tenant: TenantSettings) -> Iterator[Problem]:
    """A role's attachments go by the policies' names; their paths don't count."""
    named = [arn.rpartition("/")[2] for arn in tenant.access.policies]
    for number, name in enumerate(named):
        first = named.index(name)
        if first < number:
            yield Problem(
                path=(*here, "access", "policies", number),
                value=tenant.access.policies[number],
                message=f"has the name of policies[{first}]; give it another one, or remove it",
                read=((*here, "access", "policies", first),),
            )


def _fits_role(
    settings: Settings, chosen: AwsFoundationSettings, here: Path, tenant: TenantSettings
) -> Iterator[Problem]:
    account = Account(id=chosen.account_id, region=chosen.region)
    own = tenant_policy(
        account,
        buckets=settings.object_storage.buckets.plain(Buckets),
        namespace=tenant.tenant(settings.environment).namespace,
        # Of the length that every key's ARN has.
        key_arn=account.arn("kms", f"key/{'0' * 36}"),
    )
    made = grants_policy(account, tenant.access.grants)
    size = len(own.json) + (len(made.json) if made else 0)
    if size > INLINE_MAX:
        yield Problem(
            path=(*here, "access"),
            value=f"{len(tenant.access.buckets)} buckets, {len(tenant.access.glue)} databases",
            message=f"makes {size} characters of rights; a role takes {INLINE_MAX}. Write a managed policy, "
            "and name it in access.policies",
            read=(("objectStorage", "buckets"),),
        )
