"""Figures of the plans for AWS as tables: what pods reserve of disks, what pools take of addresses."""

from __future__ import annotations

from collections.abc import Iterator

from components.aws_plans.disk_requests import disk_request, least_disk
from components.aws_plans.leftovers import leftovers
from components.aws_plans.node_pools import KINDS, Pool, PoolSize, demand
from tests.support.golden import Golden
from tests.unit.aws.examples import ACCOUNT

CPUS = ("250m", "1", "1500m", "3", "7.5", "16", "30", "31")
FIGURES = (8, 9, 16, 31, 32, 33, 64, 100, 512, 2000)


def _disks() -> Iterator[str]:
    for pool in (Pool.DRIVER, Pool.EXECUTOR):
        for cpu in CPUS:
            least = [least_disk(pool, cpu, largest) for largest in (4, 8, 16, 32)]
            yield f"{pool} of {cpu}: {disk_request(pool, cpu)}, on nodes of 4, 8, 16, 32 vCPU {least} GiB"


def _addresses() -> Iterator[str]:
    """Nodes, blocks of pod addresses and single addresses."""
    for pool in Pool:
        for cpu in (figure for figure in FIGURES if figure >= KINDS[pool].cpu[0]):
            found = demand([PoolSize(pool=pool, cpu=cpu)], system_nodes=2)
            yield f"{pool} of {cpu} vCPU: {found.nodes}, {found.prefixes}, {found.node_addresses}"
    for system in (2, 5):
        found = demand([PoolSize(pool=pool, cpu=64) for pool in Pool], system_nodes=system)
        yield f"all with {system} of the system: {found.nodes}, {found.prefixes}, {found.node_addresses}"


def test_what_pods_reserve_and_pools_take_changes_only_by_review(golden: Golden) -> None:
    golden("aws/figures.txt", "".join(f"{line}\n" for line in (*_disks(), *_addresses())))


def test_what_an_earlier_stack_may_have_left_changes_only_by_review(golden: Golden) -> None:
    found = leftovers(
        ACCOUNT,
        cluster="spark-prod",
        buckets=["acme-data", "acme-events"],
        repositories=["spark-prod/spark"],
        copy_region="eu-west-1",
        database=True,
    )
    shown = (
        f"{each.kind} {each.name} in {each.region}\n  {each.why}\n  {each.look}\n  {each.remove}\n"
        for each in found
    )
    golden("aws/leftovers.txt", "".join(shown))
