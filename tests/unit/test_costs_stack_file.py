"""What the cost of a stack reads from its file."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.aws.network import INTERFACE_ENDPOINTS
from components.aws_plans.addon_versions import RELEASES
from components.settings.aws import AwsFoundationSettings
from components.settings.database import RdsSettings
from costs import stack_file
from costs.database import ManagedDatabase
from costs.disks import NodeDisk
from costs.formulas import HOURS_PER_MONTH
from costs.idle import fixed_cost, platform_node
from costs.prices import UnknownPriceError, load
from costs.shape import PlatformPods, PlatformShape, Volume
from tests.support.database_on_aws import with_database
from tests.support.pages_on_aws import with_login

ROOT = Path(__file__).parent.parent.parent
TABLE = load("us-east-1")
TODAY = date(2026, 11, 21)
PODS = PlatformPods(millicores=1500, memory_mib=7000)

FOUNDATION: dict[str, Any] = {
    "kind": "aws",
    "name": "spark",
    "accountId": "123456789012",
    "region": "us-east-1",
    "network": {"zones": ["us-east-1a", "us-east-1b", "us-east-1c"]},
    "nodes": {"pools": {"driver": {"cpu": 64}, "executor": {"cpu": 512}}},
}


def shape(today: date = TODAY, **changes: Any) -> PlatformShape:
    foundation = AwsFoundationSettings.model_validate({**FOUNDATION, **changes})
    return stack_file.shape_of(
        "prod", foundation, pods=PODS, volumes=[Volume(name="the history server", gib=10)], today=today
    )


def test_the_parts_that_cost_money_are_counted() -> None:
    found = shape()
    assert found.nat_gateways == 3, "one in each zone unless told otherwise"
    assert found.interface_endpoints == len(INTERFACE_ENDPOINTS), "all that private nodes need"
    assert found.kms_keys == 2, "one for the cluster's secrets, one for the buckets"
    assert (found.groups[0].instance, found.groups[0].count) == ("m7g.large", 2), "the system nodes"
    assert found.control_plane_logs, "the audit log is on unless told otherwise"


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        ({"nat": "single"}, (1, len(INTERFACE_ENDPOINTS))),
        ({"privateEndpoints": False}, (3, 0)),
    ],
)
def test_a_cheaper_network_is_cheaper(network: dict[str, Any], expected: tuple[int, int]) -> None:
    found = shape(network={**FOUNDATION["network"], **network})
    assert (found.nat_gateways, found.interface_endpoints) == expected, str(network)


def test_a_network_of_somebody_else_is_not_on_this_bill() -> None:
    zone = {"podCidr": "100.64.0.0/16"}
    adopted = {
        "vpcId": "vpc-0123456789abcdef0",
        "zones": [
            {**zone, "private": f"subnet-0123456789abcdef{n}", "pods": f"subnet-1123456789abcdef{n}"}
            for n in range(2)
        ],
    }
    found = shape(network={"adopt": adopted})
    assert (found.nat_gateways, found.interface_endpoints, found.availability_zones) == (0, 0, 2), (
        "its ways out are its owner's"
    )


def test_copies_in_a_second_region_cost_a_key_and_twice_the_storage() -> None:
    found = shape(storage={"copyRegion": "us-west-2"})
    assert (found.kms_keys, found.replicas) == (3, 3), "a key there, and a copy of each bucket"


@pytest.mark.parametrize("internet", [True, False])
def test_a_login_costs_a_load_balancer_and_public_addresses_if_the_internet_reaches_it(
    internet: bool,
) -> None:
    login = with_login(internet=internet)["foundation"]["login"]
    login["certificate"] = login["certificate"].replace("eu-central-1", FOUNDATION["region"])
    found, usual = (fixed_cost(shape(**changed), TABLE) for changed in ({"login": login}, {}))
    addresses = shape().availability_zones if internet else 0
    hourly = TABLE.amount("balancer/application") + addresses * TABLE.amount("ipv4/public")
    assert found.month - usual.month == hourly * HOURS_PER_MONTH
    assert any("LCU-hour" in line for line in found.by_use), "requests are paid besides"


def test_extended_support_begins_the_day_after_standard_support_ends() -> None:
    version = AwsFoundationSettings.model_validate(FOUNDATION).cluster.version
    last = RELEASES[version].standard_support_ends
    extended, late = {"support": "extended"}, last + timedelta(days=1)
    assert not shape(today=last, cluster=extended).extended_support, "the last day is still in it"
    assert shape(today=late, cluster=extended).extended_support, "the next one costs six times as much"
    assert not shape(today=late).extended_support, "without it EKS upgrades instead"


def test_disks_are_those_of_the_node_classes() -> None:
    found = shape()
    assert found.work_disk == NodeDisk(gib=200, iops=6000, throughput=500), "executors spill to it"
    # 200 x 0.08 + 3000 x 0.005 + 375 x 0.04
    assert found.work_disk.month(TABLE) == 46, "size, operations and throughput are paid apart"
    assert found.driver_disk.month(TABLE) == TABLE.amount("ebs/gp3") * 80, "what gp3 has anyway is free"


def test_faster_disks_cost_what_they_have_beyond_the_free_part() -> None:
    nodes = {**FOUNDATION["nodes"], "disks": {"system": {"gib": 50, "iops": 4000, "throughput": 225}}}
    found = fixed_cost(shape(nodes=nodes), TABLE)
    (line,) = [line for line in found.lines if line.what.startswith("disks of system nodes")]
    # Two nodes: 50 GiB at 0.08, 1000 operations at 0.005, 100 MB/s at 0.04.
    assert line.month == 2 * (50 * Decimal("0.08") + 1000 * Decimal("0.005") + 100 * Decimal("0.04"))
    assert "50 GiB with 4000 operations/s and 225 MB/s" in line.what


@pytest.mark.parametrize("tier", ["tier-xl", "tier-2xl", "tier-4xl", "tier-8xl"])
def test_a_control_plane_that_is_always_there_is_paid_by_the_hour_besides(tier: str) -> None:
    usual, chosen = (fixed_cost(shape(cluster={"tier": each}), TABLE) for each in ("standard", tier))
    assert chosen.month - usual.month == TABLE.amount(f"eks/{tier}") * HOURS_PER_MONTH
    assert TABLE.line(f"eks/{tier}").unverified, "nobody read AWS's own page"


def test_the_platforms_pods_get_the_cheapest_node_that_holds_them() -> None:
    found = platform_node(shape(), TABLE)
    instance = TABLE.instance(found.instance)
    assert instance.free_millicores >= PODS.millicores, "their CPU fits"
    assert instance.free_memory_mib >= PODS.memory_mib, "their memory fits"
    assert instance.vcpu >= 4, "the pool takes no smaller ones"
    cheaper = [
        other.name
        for other in TABLE.instances.values()
        if other.name[0] in "cmr"
        and other.generation >= 6
        and 4 <= other.vcpu <= 16
        and other.free_memory_mib >= PODS.memory_mib
        and TABLE.on_demand(other.name) < TABLE.on_demand(found.instance)
    ]
    assert cheaper == [], "Karpenter would take the cheapest"
    x86 = platform_node(replace(shape(), architectures=("amd64",)), TABLE)
    assert TABLE.instance(x86.instance).architecture == "amd64", "and only what images are built for"


def test_pods_that_no_type_holds_have_no_price() -> None:
    with pytest.raises(UnknownPriceError, match="a node for 90000m CPU"):
        platform_node(replace(shape(), platform=PlatformPods(millicores=90_000, memory_mib=1)), TABLE)


def test_a_stack_on_somebodys_cluster_is_not_priced() -> None:
    with pytest.raises(stack_file.NotPricedError, match="stands on the foundation 'kubernetes'"):
        stack_file.read("local", root=ROOT, today=TODAY)


def test_a_stack_without_a_file_is_refused_and_the_known_ones_are_named() -> None:
    with pytest.raises(stack_file.NotPricedError, match=r"no Pulumi\.nowhere\.yaml; the stacks are: .*local"):
        stack_file.read("nowhere", root=ROOT, today=TODAY)


def test_a_wrong_stack_file_is_told_as_pulumi_would_tell_it(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.prod.yaml").write_text("config: {'spark-on-eks:settings': {environment: PROD}}\n")
    with pytest.raises(stack_file.NotPricedError, match=r"Pulumi\.prod\.yaml has [0-9]+ errors"):
        stack_file.read("prod", root=tmp_path, today=TODAY)


def test_a_database_without_a_price_is_named_and_is_in_no_sum() -> None:
    database = ManagedDatabase(instance_class="db.t4g.small", gib=20, multi_az=True)
    kept = {item: line for item, line in TABLE.lines.items() if not item.startswith(("rds/", "secret/"))}
    table = replace(TABLE, lines=kept)
    usual = fixed_cost(shape(), table)
    found = fixed_cost(replace(shape(), database=database), table)
    assert found.month == usual.month
    assert usual.unknown == ()
    assert found.unknown == (
        "database: db.t4g.small, in two zones",
        "storage of the database: 20 GiB, in two zones",
        "secret of the database's master",
    )


@pytest.mark.parametrize("multi_az", [False, True])
def test_the_table_prices_the_database_that_a_stack_gets_without_saying_more(multi_az: bool) -> None:
    usual = RdsSettings()
    database = ManagedDatabase(instance_class=usual.instance_class, gib=usual.storage_gib, multi_az=multi_az)
    assert fixed_cost(replace(shape(), database=database), TABLE).unknown == ()


def test_a_database_with_prices_is_in_the_sum() -> None:
    lines = {
        item: replace(TABLE.line("ebs/gp3"), item=item, amount=Decimal(amount))
        for item, amount in (
            ("rds/db.t4g.small/single-az", "0.5"),
            ("rds/gp3/single-az", "0.25"),
            ("secret/stored", "2"),
        )
    }
    table = replace(TABLE, lines={**TABLE.lines, **lines})
    database = ManagedDatabase(instance_class="db.t4g.small", gib=20, multi_az=False)
    found = fixed_cost(replace(shape(), database=database), table)
    assert found.unknown == ()
    more = found.month - fixed_cost(shape(), table).month
    assert more == Decimal("0.5") * HOURS_PER_MONTH + 20 * Decimal("0.25") + 2


def test_the_database_of_a_stack_is_as_its_file_says(tmp_path: Path) -> None:
    values = with_database(instanceClass="db.m7g.large", storageGib=50)
    (tmp_path / "Pulumi.prod.yaml").write_text(yaml.safe_dump({"config": {"spark-on-eks:settings": values}}))
    (tmp_path / "charts").symlink_to(ROOT / "charts")
    found = stack_file.read("prod", root=tmp_path, today=TODAY)
    assert found.database == ManagedDatabase(instance_class="db.m7g.large", gib=50, multi_az=True)
