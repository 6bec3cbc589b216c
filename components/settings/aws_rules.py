"""Rules between keys of the foundation `aws`, and between them and the rest of the file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import IPv4Network, collapse_addresses
from itertools import chain
from typing import TYPE_CHECKING, Final

from components.aws_plans.account import Account
from components.aws_plans.address_plan import AddressError, check_adopted, plan_addresses
from components.aws_plans.disk_requests import disk_request, least_disk
from components.aws_plans.disks import (
    FAST_PULL_THROUGHPUT,
    SYSTEM_VOLUME,
    VOLUMES,
)
from components.aws_plans.iam_nodes import ENDPOINT_POLICY_MAX, s3_endpoint_policy
from components.aws_plans.node_classes import architecture
from components.aws_plans.node_pools import DAEMON_CPU, KINDS, Disk, Pool, demand
from components.aws_plans.storage_plan import BUCKET_MAX
from components.domain import cpu_millicores
from components.settings import aws_login_rules
from components.settings.aws_fields import WHOLE_INTERNET
from components.settings.problems import ABSENT, Path, Problem
from components.settings.tenant_rules import buckets_of_others

if TYPE_CHECKING:
    from components.settings.aws import AwsFoundationSettings
    from components.settings.model import Settings

HERE: Final[Path] = ("foundation",)
NETWORK: Final[Path] = (*HERE, "network")
POOLS: Final[Path] = (*HERE, "nodes", "pools")

_OWN_KEYS: Final = {
    "zones": "zones",
    "cidr": "cidr",
    "pod_cidr": "podCidr",
    "nat": "nat",
    "routable": "routable",
    "private_endpoints": "privateEndpoints",
    "flow_logs": "flowLogs",
    "flow_log_days": "flowLogDays",
}
"""Settings of a network that is made, which say nothing about one that exists."""


def check(settings: Settings, chosen: AwsFoundationSettings) -> list[Problem]:
    """Find everything that contradicts something else.

    Args:
        settings: all settings.
        chosen: its foundation.
    """
    return list(
        chain(
            _region(settings, chosen),
            _zones(chosen),
            _addresses(chosen),
            _adopted_keys(chosen),
            _routable(chosen),
            _buckets(settings, chosen),
            _fits_endpoint(settings, chosen),
            _public_access(chosen),
            _access(chosen),
            _tenants_levels(settings, chosen),
            _system_nodes(chosen),
            _pods_fit_nodes(settings),
            _disks(chosen),
            _pods_fit_disks(settings, chosen),
            _disk_key(chosen),
            aws_login_rules.check(settings, chosen),
        )
    )


def _region(settings: Settings, chosen: AwsFoundationSettings) -> Iterator[Problem]:
    if settings.object_storage.region != chosen.region:
        yield Problem(
            path=("objectStorage", "region"),
            value=settings.object_storage.region,
            message=f"is not the region of the buckets, {chosen.region}; write that",
            read=((*HERE, "region"),),
        )
    copy = chosen.storage.copy_region
    if copy == chosen.region:
        yield Problem(
            path=(*HERE, "storage", "copyRegion"),
            value=copy,
            message="is the region that the copies are to survive; name another one, or remove it",
            read=((*HERE, "region"),),
        )
    elif copy is not None and (copy.startswith("us-gov-") != chosen.region.startswith("us-gov-")):
        yield Problem(
            path=(*HERE, "storage", "copyRegion"),
            value=copy,
            message=f"is in another partition than {chosen.region}, and nothing is copied between them",
            read=((*HERE, "region"),),
        )


def _zones(chosen: AwsFoundationSettings) -> Iterator[Problem]:
    for number, zone in enumerate(chosen.network.zones):
        if zone[:-1] != chosen.region:
            yield Problem(
                path=(*NETWORK, "zones", number),
                value=zone,
                message=f"is not in the region {chosen.region}; write {chosen.region} and a letter",
                read=((*HERE, "region"),),
            )


def _routable(chosen: AwsFoundationSettings) -> Iterator[Problem]:
    """A network beyond is reached by a route; addresses of one's own are always local."""
    network = chosen.network
    own = {"cidr": network.cidr, "podCidr": network.pod_cidr, "serviceCidr": network.service_cidr}
    for number, block in enumerate(network.routable):
        inside = [key for key, mine in own.items() if IPv4Network(block).overlaps(IPv4Network(mine))]
        for key in inside:
            yield Problem(
                path=(*NETWORK, "routable", number),
                value=block,
                message=f"overlaps {key}, {own[key]}, whose addresses are this network's; write others",
                read=((*NETWORK, key),),
            )
        for other, wider in enumerate(() if inside else network.routable[:number]):
            if IPv4Network(block).overlaps(IPv4Network(wider)):
                yield Problem(
                    path=(*NETWORK, "routable", number),
                    value=block,
                    message=f"overlaps routable[{other}], {wider}, and both go one way; write the larger one "
                    "alone",
                    read=((*NETWORK, "routable", other),),
                )


def _addresses(chosen: AwsFoundationSettings) -> Iterator[Problem]:
    network = chosen.network
    largest = demand(chosen.nodes.pools.sizes, system_nodes=chosen.nodes.system.count)
    try:
        if network.adopt is not None:
            # Two zones may share a subnet's block only if they are one subnet, which they can't be.
            check_adopted([zone.pod_cidr for zone in network.adopt.zones], network.service_cidr, largest)
        else:
            plan_addresses(
                vpc_cidr=network.cidr,
                pod_cidr=network.pod_cidr,
                service_cidr=network.service_cidr,
                zones=network.zones,
                demand=largest,
            )
    except AddressError as error:
        yield Problem(
            path=(*NETWORK, *_steps(error.key)),
            value=ABSENT,
            message=error.message,
            read=(NETWORK, POOLS, (*HERE, "nodes", "system")),
        )


def _steps(key: str) -> Path:
    """The keys and positions in a key such as `adopt.zones[1].podCidr`."""
    return tuple(int(step) if step.isdigit() else step for step in re.findall(r"[^.\[\]]+", key))


def _adopted_keys(chosen: AwsFoundationSettings) -> Iterator[Problem]:
    network = chosen.network
    if network.adopt is None:
        return
    for field, key in _OWN_KEYS.items():
        if field in network.model_fields_set:
            yield Problem(
                path=(*NETWORK, key),
                value=ABSENT,
                message="says nothing about a network that exists; remove it, or remove adopt",
                read=((*NETWORK, "adopt"),),
            )


def _buckets(settings: Settings, chosen: AwsFoundationSettings) -> Iterator[Problem]:
    copy = chosen.storage.copy_region
    longest = BUCKET_MAX - len(copy) - 1 if copy else BUCKET_MAX
    for role, name in settings.object_storage.buckets.model_dump().items():
        path = ("objectStorage", "buckets", role)
        if name == role:
            yield Problem(
                path=path,
                value=name,
                message="is surely taken: a bucket's name is unique in all of AWS; put the company and the "
                "environment into it",
            )
        elif len(name) > longest:
            yield Problem(
                path=path,
                value=name,
                message=f"has {len(name)} characters; its copy in {copy} leaves {longest}; shorten it",
                read=((*HERE, "storage", "copyRegion"),),
            )


def _fits_endpoint(settings: Settings, chosen: AwsFoundationSettings) -> Iterator[Problem]:
    if chosen.network.adopt is not None:
        return
    names = buckets_of_others(settings, chosen)
    account = Account(id=chosen.account_id, region=chosen.region)
    size = len(s3_endpoint_policy(account, foreign_buckets=names).json)
    if size > ENDPOINT_POLICY_MAX:
        yield Problem(
            path=(*NETWORK, "foreignBuckets"),
            value=f"{len(names)} buckets, those of tenants[].access among them",
            message=f"makes {size:,} characters of the S3 endpoint's policy, which takes "
            f"{ENDPOINT_POLICY_MAX:,}; write own: true at tenants' buckets that are of the account "
            f"{chosen.account_id}, or remove some",
            read=(("tenants",),),
        )


def _public_access(chosen: AwsFoundationSettings) -> Iterator[Problem]:
    """Blocks that are the whole internet together: `0.0.0.0/1` has a twin."""
    written = chosen.cluster.public_access
    open_to = sum(block.num_addresses for block in collapse_addresses(map(IPv4Network, written)))
    if open_to > 2 ** (32 - WHOLE_INTERNET):
        yield Problem(
            path=(*HERE, "cluster", "publicAccess"),
            value=written,
            message=f"opens the API to {open_to:,} addresses, more than a /{WHOLE_INTERNET}; name those of "
            "your offices, VPN or CI, such as 203.0.113.0/24",
        )


def _access(chosen: AwsFoundationSettings) -> Iterator[Problem]:
    names: dict[str, int] = {}
    principals: dict[str, int] = {}
    for number, entry in enumerate(chosen.cluster.access):
        path: Path = (*HERE, "cluster", "access", number)
        for key, value, seen in (("name", entry.name, names), ("principal", entry.principal, principals)):
            if value in seen:
                yield Problem(
                    path=(*path, key),
                    value=value,
                    message=f"is also that of access[{seen[value]}]; EKS takes each once, merge the entries",
                    read=((*HERE, "cluster", "access", seen[value], key),),
                )
            seen.setdefault(value, number)
        if entry.principal == chosen.deploy_role:
            yield Problem(
                path=(*path, "principal"),
                value=entry.principal,
                message="makes the cluster and so is its administrator already; EKS refuses a second entry, "
                "so remove this one",
                read=((*HERE, "deployRole"),),
            )
        if entry.level == "none" and not entry.groups:
            yield Problem(
                path=path,
                value=ABSENT,
                message="lets nobody do anything; give it a level or groups, or remove it",
            )


def _tenants_levels(settings: Settings, chosen: AwsFoundationSettings) -> Iterator[Problem]:
    """A level holds in the whole cluster, so it would show a tenant's people the other tenants' logs."""
    groups = {group: number for number, tenant in enumerate(settings.tenants) for group in tenant.groups}
    for number, entry in enumerate(chosen.cluster.access):
        theirs = [group for group in entry.groups if group in groups]
        if entry.level != "none" and theirs:
            yield Problem(
                path=(*HERE, "cluster", "access", number, "level"),
                value=entry.level.value,
                message=f"holds in the namespaces of all tenants, and {', '.join(theirs)} is a tenant's "
                "group; remove level: the groups give rights in the tenant's own namespace",
                read=tuple(("tenants", groups[group], "groups") for group in theirs),
            )


def _system_nodes(chosen: AwsFoundationSettings) -> Iterator[Problem]:
    types = chosen.nodes.system.instance_types
    found = {architecture(each) for each in types}
    path: Path = (*HERE, "nodes", "system", "instanceTypes")
    if len(found) > 1:
        yield Problem(
            path=path,
            value=types,
            message="mixes Graviton and x86, and a group of nodes has one image; write types of one kind",
        )


def _disks(chosen: AwsFoundationSettings) -> Iterator[Problem]:
    here: Path = (*HERE, "nodes", "disks")
    usual = {"system": SYSTEM_VOLUME, **{kind.value: volume for kind, volume in VOLUMES.items()}}
    for name, volume in usual.items():
        try:
            getattr(chosen.nodes.disks, name).volume(volume)
        except ValueError as error:
            yield Problem(path=(*here, name), value=ABSENT, message=str(error))
    throughput = chosen.nodes.disks.spill.throughput or VOLUMES[Disk.SPILL].throughput
    if chosen.nodes.fast_image_pull and throughput < FAST_PULL_THROUGHPUT:
        yield Problem(
            path=(*HERE, "nodes", "fastImagePull"),
            value=True,
            message=f"is slower than without on disks of {throughput} MiB/s; write {FAST_PULL_THROUGHPUT} or "
            "more into disks.spill.throughput, or remove it",
            read=((*here, "spill"),),
        )


def _disk_key(chosen: AwsFoundationSettings) -> Iterator[Problem]:
    key = chosen.nodes.disk_key
    if key is not None and key.split(":")[3] != chosen.region:
        yield Problem(
            path=(*HERE, "nodes", "diskKey"),
            value=key,
            message=f"is a key of another region than {chosen.region}, where the disks are; name one there",
            read=((*HERE, "region"),),
        )


def _pods_fit_disks(settings: Settings, chosen: AwsFoundationSettings) -> Iterator[Problem]:
    for role, pool in (("driver", Pool.DRIVER), ("executor", Pool.EXECUTOR)):
        request = getattr(settings.spark, role).cpu_request
        disk = KINDS[pool].disk
        written = getattr(chosen.nodes.disks, disk.value).gib
        largest = min(KINDS[pool].cpu[1], getattr(chosen.nodes.pools, pool.value).cpu)
        least = least_disk(pool, request, largest)
        if written is not None and written < least:
            yield Problem(
                path=(*HERE, "nodes", "disks", disk.value, "gib"),
                value=written,
                message=f"holds fewer {role}s than a node of {largest} vCPU, as each reserves "
                f"{disk_request(pool, request)} of it beside Linux and images; write {least} or more",
                read=(("spark", role, "cpuRequest"),),
            )


def _pods_fit_nodes(settings: Settings) -> Iterator[Problem]:
    for role, pool in (("driver", Pool.DRIVER), ("executor", Pool.EXECUTOR)):
        request = getattr(settings.spark, role).cpu_request
        most = KINDS[pool].cpu[1]
        if cpu_millicores(request) > most * 1000 - DAEMON_CPU:
            yield Problem(
                path=("spark", role, "cpuRequest"),
                value=request,
                message=f"fits no node of the pool {pool}, the largest has {most} vCPU and its daemons take "
                f"one; write {most - 1} or less",
            )
