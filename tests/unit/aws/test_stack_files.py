"""The stack files of the foundation: complete, without contradiction, and different by data only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from components.settings import Settings, parse
from components.settings.aws import AwsFoundationSettings as AwsSettings
from components.settings.aws_rules import check
from tests.support.aws_answers import answer, look_up
from tests.support.recorder import build
from tests.unit.aws.examples import whole_foundation

FOLDER = Path(__file__).resolve().parents[3]
STACKS = ("dev", "staging", "prod")


def _read(stack: str) -> tuple[Settings, AwsSettings]:
    values: dict[str, Any] = yaml.safe_load((FOLDER / f"Pulumi.{stack}.yaml").read_text())
    settings = parse(values["config"]["spark-on-eks:settings"])
    assert isinstance(settings.foundation, AwsSettings)
    return settings, settings.foundation


@pytest.mark.parametrize("stack", STACKS)
def test_a_stack_file_has_no_problems_and_can_be_built(stack: str) -> None:
    rest, chosen = _read(stack)
    assert [each.message for each in check(rest, chosen)] == []
    made = build(lambda: whole_foundation(chosen, rest), stack=stack, answer=answer, look_up=look_up)
    assert made.duplicates() == []
    assert len(made.of("eks:index:Cluster")) == 1


def test_prod_is_the_one_that_is_hard_to_lose() -> None:
    prod = _read("prod")[1]
    assert prod.protect
    assert prod.keep_data
    assert prod.network.nat == "zone"
    assert prod.storage.copy_region
    assert len(prod.network.zones) == 3
    assert prod.deploy_role, "or the cluster's administrator is whoever ran Pulumi first"


def test_dev_is_the_one_that_is_cheap() -> None:
    dev = _read("dev")[1]
    assert dev.network.nat == "single"
    assert not dev.network.private_endpoints
    assert not dev.keep_data, "destroy leaves nothing"


def test_stacks_share_no_name_that_must_be_unique() -> None:
    found = [_read(stack) for stack in STACKS]
    names = [chosen.name for _, chosen in found]
    buckets = [name for rest, _ in found for name in rest.object_storage.buckets.model_dump().values()]
    blocks = [chosen.network.cidr for _, chosen in found]
    for each in (names, buckets, blocks):
        assert len(set(each)) == len(each)


@pytest.mark.parametrize("stack", STACKS)
def test_groups_of_tenants_are_groups_that_somebody_is_in(stack: str) -> None:
    rest, chosen = _read(stack)
    granted = {group for entry in chosen.cluster.access for group in entry.groups}
    assert {group for tenant in rest.tenants for group in tenant.groups} <= granted
