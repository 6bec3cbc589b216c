"""Settings of the foundation `aws`: what is refused, by which key, and what to write instead."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from components.aws_plans.access import Level
from components.aws_plans.node_classes import architecture
from components.settings.aws_rules import check
from components.settings.problems import show_path
from tests.support.stacks import stack_settings
from tests.unit.aws.examples import BUCKETS, aws_settings, aws_values, settings

POOLS = {"driver": {"cpu": 64}, "executor": {"cpu": 512}}


def _problems(chosen: dict[str, Any], rest: dict[str, Any] | None = None) -> dict[str, str]:
    found = check(settings(**(rest or {})), aws_settings(**chosen))
    return {show_path(each.path): each.message for each in found}


def test_a_sensible_file_has_no_problems() -> None:
    assert _problems({}) == {}
    assert _problems({"storage": {"copyRegion": "eu-west-1"}}) == {}


@pytest.mark.parametrize(
    ("key", "words", "chosen"),
    [
        (
            "foundation.network.zones[1]",
            "write eu-central-1 and a letter",
            {"zones": ["eu-central-1a", "eu-west-1b"]},
        ),
        ("foundation.network.zones", "name 2 to 4", {"zones": ["eu-central-1a"]}),
        ("foundation.network.zones", "none: name 2 to 4", {}),
        ("foundation.network.cidr", "write a block of /16 to /22", {"cidr": "10.0.0.0/12"}),
        ("foundation.network.podCidr", "blocks of 16 pod addresses", {"podCidr": "100.64.0.0/20"}),
        ("foundation.network.podCidr", "overlaps serviceCidr", {"serviceCidr": "100.64.0.0/16"}),
        (
            "foundation.network.routable[1]",
            "overlaps cidr, 10.0.0.0/16",
            {"routable": ["10.1.0.0/16", "10.0.0.0/8"]},
        ),
        ("foundation.network.routable[0]", "overlaps podCidr", {"routable": ["100.64.0.0/10"]}),
        (
            "foundation.network.routable[1]",
            "overlaps routable[0], 10.50.0.0/16",
            {"routable": ["10.50.0.0/16", "10.50.0.0/24"]},
        ),
        (
            "foundation.network.routable[1]",
            "write the larger",
            {"routable": ["10.50.7.0/24", "10.50.0.0/16"]},
        ),
        ("foundation.network.routable[1]", "overlaps routable[0]", {"routable": ["10.50.0.0/16"] * 2}),
    ],
)
def test_a_network_that_cannot_be_is_refused(key: str, words: str, chosen: dict[str, Any]) -> None:
    network = {"zones": ["eu-central-1a", "eu-central-1b"], **chosen} if chosen else {}
    found = _problems({"network": network})
    assert words in found[key]


ADOPTED = {
    "vpcId": "vpc-0123456789abcdef0",
    "zones": [
        {"private": "subnet-00000001", "pods": "subnet-00000003", "podCidr": "10.1.0.0/16"},
        {"private": "subnet-00000002", "pods": "subnet-00000004", "podCidr": "10.2.0.0/16"},
    ],
}


def test_an_adopted_network_takes_no_settings_of_one_that_is_made() -> None:
    assert _problems({"network": {"adopt": ADOPTED}}) == {}
    found = _problems({"network": {"adopt": ADOPTED, "nat": "single", "cidr": "10.0.0.0/16"}})
    assert set(found) == {"foundation.network.nat", "foundation.network.cidr"}


def test_an_adopted_network_that_is_too_small_is_refused() -> None:
    small = {**ADOPTED, "zones": [ADOPTED["zones"][0], {**ADOPTED["zones"][1], "podCidr": "10.2.0.0/26"}]}  # type: ignore[dict-item]
    (key,) = _problems({"network": {"adopt": small}})
    assert key == "foundation.network.adopt.zones[1].podCidr"


@pytest.mark.parametrize(
    ("key", "words", "chosen", "rest"),
    [
        (
            "objectStorage.region",
            "is not the region of the buckets, eu-central-1",
            {},
            {"objectStorage": {"buckets": {"data": "a-data", "events": "a-events", "artifacts": "a-files"}}},
        ),
        (
            "objectStorage.buckets.data",
            "unique in all of AWS",
            {},
            {"objectStorage": {"region": "eu-central-1"}},
        ),
        (
            "objectStorage.buckets.data",
            "shorten it",
            {"storage": {"copyRegion": "eu-west-1"}},
            {
                "objectStorage": {
                    "region": "eu-central-1",
                    "buckets": {"data": "d" * 60, "events": BUCKETS.events, "artifacts": BUCKETS.artifacts},
                }
            },
        ),
        ("foundation.storage.copyRegion", "to survive", {"storage": {"copyRegion": "eu-central-1"}}, {}),
        (
            "foundation.storage.copyRegion",
            "another partition",
            {"storage": {"copyRegion": "us-gov-west-1"}},
            {},
        ),
        (
            "foundation.nodes.system.instanceTypes",
            "mixes Graviton and x86",
            {"nodes": {"pools": POOLS, "system": {"instanceTypes": ["m7g.large", "m7i.large"]}}},
            {},
        ),
        (
            "spark.driver.cpuRequest",
            "fits no node of the pool driver, the largest has 16 vCPU",
            {},
            {
                "spark": {"driver": {"cores": 16, "cpuRequest": 16}},
                "tenants": [{"team": "data", "quota": {"cpu": 64}}],
            },
        ),
    ],
)
def test_keys_that_contradict_each_other_are_named(
    key: str, words: str, chosen: dict[str, Any], rest: dict[str, Any]
) -> None:
    assert words in _problems(chosen, rest)[key]


def test_pods_that_just_fit_the_largest_nodes_are_taken() -> None:
    sizes = {"driver": {"cores": 15, "cpuRequest": 15}, "executor": {"cores": 31, "cpuRequest": 31}}
    assert _problems({}, {"spark": sizes, "tenants": [_ROOMY]}) == {}


_ROOMY = {"team": "data", "quota": {"cpu": 64, "memory": "512Gi"}, "limits": {"maxCpu": 31}}

ROLE = "arn:aws:iam::111122223333:role"


@pytest.mark.parametrize(
    ("key", "words", "access"),
    [
        ("access[1].name", "merge the entries", [("a", "x", "admin"), ("a", "y", "view")]),
        ("access[1].principal", "merge the entries", [("a", "x", "admin"), ("b", "x", "view")]),
        ("access[0].principal", "administrator already", [("a", "deploy", "admin")]),
        ("access[0]", "lets nobody do anything", [("a", "x", "none")]),
    ],
)
def test_access_that_eks_would_refuse_or_ignore_is_refused(
    key: str, words: str, access: list[tuple[str, str, str]]
) -> None:
    entries = [{"name": name, "principal": f"{ROLE}/{role}", "level": level} for name, role, level in access]
    found = _problems({"deployRole": f"{ROLE}/deploy", "cluster": {"access": entries}})
    assert words in found[f"foundation.cluster.{key}"]


def _engineers(level: str, group: str) -> dict[str, str]:
    entry = {"name": "engineers", "principal": f"{ROLE}/engineers", "level": level, "groups": [group]}
    tenants = [{"team": "data", "groups": ["data-engineers"], "quota": {"cpu": 64}}]
    return _problems({"cluster": {"access": [entry]}}, {"tenants": tenants})


@pytest.mark.parametrize("level", [level.value for level in Level if level is not Level.NONE])
def test_a_tenants_group_gets_no_level_in_the_whole_cluster(level: str) -> None:
    before = _engineers("none", "data-engineers")
    after = _engineers(level, "data-engineers")
    (key,) = set(after) - set(before)
    assert key == "foundation.cluster.access[0].level"
    assert "data-engineers is a tenant's group; remove level" in after[key]


def test_a_group_of_no_tenant_may_have_a_level() -> None:
    assert "foundation.cluster.access[0].level" not in _engineers("admin", "platform-engineers")


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_no_stack_gives_its_tenants_people_a_level(stack: str) -> None:
    values = stack_settings(stack)
    theirs = {group for tenant in values["tenants"] for group in tenant["groups"]}
    entries = values["foundation"]["cluster"]["access"]
    assert [e["name"] for e in entries if theirs & set(e.get("groups", ()))] == ["engineers"]
    assert [e.get("level", "none") for e in entries if e["name"] == "engineers"] == ["none"]


@pytest.mark.parametrize(
    ("where", "value", "words"),
    [
        (("name",), "Spark", "is not a cluster name"),
        (("name",), "s" * 25, "3 to 24"),
        (("accountId",), "12345", "write its 12 digits"),
        (("accountId",), 111122223333, "valid string"),
        (("region",), "cn-north-1", "partition"),
        (("region",), "us-isob-east-1", "partition"),
        (("region",), "eusc-de-east-1", "is not a region"),
        (("region",), "frankfurt", "is not a region"),
        (("deployRole",), "arn:aws:iam::111122223333:user/x", "is not the ARN of a role"),
        (("permissionsBoundary",), "boundary", "is not the ARN of a policy"),
        (("tags",), {"a;b": "c"}, "can't be in a tag"),
        (("network", "zones"), ["a"], "write its full name"),
        (("network", "cidr"), "10.0.0.0", "as AWS takes it; write 10.0.0.0/32"),
        (
            ("network", "cidr"),
            "10.0.0.0/255.255.0.0",
            "as AWS takes it; write 10.0.0.0/16",
        ),
        (("network", "nat"), "none", "'zone' or 'single'"),
        (("network", "flowLogDays"), 31, "Input should be 7"),
        (("network", "adopt"), {"vpcId": "vpc", "zones": []}, "begins with vpc-"),
        (("cluster", "version"), "1.30", "'1.35' or '1.36'"),
        (("cluster", "version"), "1.37", r"is newer than Karpenter 1\.14\.1 knows, 1\.36 at most"),
        (("cluster", "tier"), "tier-3xl", "'tier-xl'"),
        (("nodes", "diskKey"), "alias/disks", "is not the ARN of a key"),
        (("nodes", "disks"), {"spill": {"throughput": 2000}}, "less than or equal to 1000"),
        (("cluster", "publicAccess"), ["0.0.0.0/0"], "opens the API to the whole internet"),
        (("cluster", "publicAccess"), ["0.0.0.0/4"], "opens the API to the whole internet"),
        (("cluster", "publicAccess"), ["203.0.113.7"], "write 203.0.113.7/32"),
        (("cluster", "publicAccess"), ["198.51.100.0/255.255.255.0"], "write 198.51.100.0/24"),
        (("cluster", "publicAccess"), ["10.1.0.0/16"], "is in no network that the internet sees"),
        (("cluster", "publicAccess"), ["office"], "is not a block of addresses"),
        (("cluster", "publicAccess"), ["203.0.113.7/24"], "write 203.0.113.0/24, or 203.0.113.7/32 for that"),
        (("cluster", "publicAccess"), ["2001:db8::/32"], "IPv4 as all addresses here"),
        (("cluster", "publicAccess"), ["203.0.113.7/32 "], "write 203.0.113.7/32"),
        (("cluster", "logTypes"), ["everything"], "Input should be"),
        (("cluster", "access"), [{"name": "a", "principal": "*"}], "is not the ARN of an IAM role or user"),
        (("nodes", "architectures"), [], "at least 1"),
        (("nodes", "system"), {"count": 1}, "greater than or equal to 2"),
        (("nodes", "system"), {"instanceTypes": ["large"]}, "is not an instance type"),
        (("nodes", "pools"), {"driver": {"cpu": 4}}, "Field required"),
        (("nodes", "pools"), {"driver": {"cpu": 2}, "executor": {"cpu": 8}}, "greater than or equal to 4"),
        (("nodes", "pools"), {"driver": {"cpu": 4, "spot": True}, "executor": {"cpu": 8}}, "Extra inputs"),
        (("nodes", "pools"), {**POOLS, "gpu": {"cpu": 8}}, "Extra inputs"),
        (("storage", "copyRegion"), "europe", "is not a region"),
        (("registry", "prefix"), "Spark", "is not a DNS label"),
        (("network", "privateEndpoints"), "yes", "valid boolean"),
    ],
)
def test_a_key_that_cannot_be_is_refused_with_what_it_should_be(
    where: tuple[str, ...], value: object, words: str
) -> None:
    values = aws_values()
    inside = values
    for key in where[:-1]:
        inside = inside.setdefault(key, {})
    inside[where[-1]] = value
    with pytest.raises(ValidationError, match=words):
        aws_settings(**values)


@pytest.mark.parametrize(
    ("instance_type", "expected"),
    [
        ("m7g.large", "arm64"),
        ("c6gn.xlarge", "arm64"),
        ("r8gd.2xlarge", "arm64"),
        ("t4g.medium", "arm64"),
        ("m7i.large", "amd64"),
        ("m7i-flex.large", "amd64"),
        ("g5.xlarge", "amd64"),
        ("c5.large", "amd64"),
    ],
)
def test_the_architecture_of_an_instance_type_is_in_its_name(instance_type: str, expected: str) -> None:
    assert architecture(instance_type) == expected


@pytest.mark.parametrize(
    ("nodes", "where", "words"),
    [
        ({"fastImagePull": True}, "fastImagePull", "is slower than without on disks of 500 MiB/s; write 600"),
        ({"disks": {"spill": {"throughput": 1000, "iops": 3000}}}, "disks.spill", "need 4000 operations"),
        ({"disks": {"system": {"iops": 16_000, "gib": 20}}}, "disks.system", "need 32 GiB"),
        ({"disks": {"spill": {"gib": 20, "iops": 6000}}}, "disks.spill.gib", "reserves 20Gi of it"),
        ({"disks": {"spill": {"gib": 60}}}, "disks.spill.gib", "a node of 32 vCPU, as each reserves 20Gi"),
        ({"disks": {"standard": {"gib": 20}}}, "disks.standard.gib", "reserves 4Gi of it"),
        (
            {"diskKey": f"arn:aws:kms:eu-west-1:111122223333:key/{'1' * 8}-2222-3333-4444-555555555555"},
            "diskKey",
            "is a key of another region than eu-central-1",
        ),
    ],
    ids=[
        "slow disks",
        "too few operations",
        "too small",
        "no executor fits",
        "two of seven executors fit",
        "no driver fits",
        "a key elsewhere",
    ],
)
def test_disks_that_contradict_themselves_are_refused(nodes: dict[str, Any], where: str, words: str) -> None:
    found = _problems({"nodes": {"pools": POOLS, **nodes}})
    assert words in found[f"foundation.nodes.{where}"]


def test_the_disk_that_the_message_names_is_taken() -> None:
    def found(gib: int) -> dict[str, str]:
        return _problems({"nodes": {"pools": POOLS, "disks": {"spill": {"gib": gib}}}})

    assert found(164)["foundation.nodes.disks.spill.gib"].endswith("write 165 or more")
    assert found(165) == {}


def test_blocks_that_are_the_whole_internet_together_are_one_error() -> None:
    blocks = [f"{first}.0.0.0/8" for first in (1, 2, 3)]
    found = _problems({"cluster": {"publicAccess": blocks}})
    assert "opens the API to 50,331,648 addresses" in found["foundation.cluster.publicAccess"]
    assert not _problems({"cluster": {"publicAccess": ["1.0.0.0/8", "1.2.0.0/16"]}}), "one is in the other"
