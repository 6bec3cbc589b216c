"""Parts of a cluster that are resources of their own in Terraform, and how far it may grow."""

from __future__ import annotations

from typing import Any

import pytest

from emr.report import stay
from tests.emr.inputs import codes, flow, result, spec, submit

MAIN = """\
resource "aws_emr_cluster" "etl" {
  name          = "etl"
  release_label = "emr-6.15.0"
  master_instance_group { instance_type = "m5.xlarge" }
  core_instance_group { instance_type = "m5.xlarge" }
  step {
    name = "daily"
    action_on_failure = "CONTINUE"
    hadoop_jar_step {
      jar  = "command-runner.jar"
      args = ["spark-submit", "s3://code/a.py"]
    }
  }
}
"""
SCALING = """\
resource "aws_emr_managed_scaling_policy" "etl" {
  cluster_id = aws_emr_cluster.etl.id
  compute_limits {
    unit_type                       = "Instances"
    minimum_capacity_units          = 1
    maximum_capacity_units          = 10
    maximum_ondemand_capacity_units = 2
  }
}
"""
GROUP = """\
resource "aws_emr_instance_group" "more" {
  cluster_id     = aws_emr_cluster.etl.id
  instance_type  = "m5.xlarge"
  instance_count = 9
  bid_price      = "0.10"
}
"""
FLEET = """\
resource "aws_emr_instance_fleet" "more" {
  cluster_id = aws_emr_cluster.etl.id
  target_spot_capacity = 18
  instance_type_configs {
    instance_type = "m5.xlarge"
    weighted_capacity = 2
  }
}
"""
OTHER = 'resource "aws_emr_cluster" "other" {\n  name = "o"\n  release_label = "emr-6.15.0"\n  step = []\n}\n'


@pytest.mark.parametrize("part", [SCALING, GROUP, FLEET], ids=["scaling", "group", "fleet"])
def test_a_part_counts_for_the_cluster_that_it_names(part: str) -> None:
    found = result(MAIN + OTHER + part, "main.tf")
    (made,) = [each for each in found.applications if each.manifest]
    assert made.manifest is not None
    assert made.manifest["spec"]["dynamicAllocation"]["maxExecutors"] == 19
    assert not [each for each in stay.sentences([found]) if "too small" in each]
    assert "UNKNOWN_FIELD" not in codes(found)
    assert not found.ledger.missing


def test_a_part_of_another_cluster_does_not_count() -> None:
    part = SCALING.replace("aws_emr_cluster.etl", "aws_emr_cluster.other")
    assert spec(MAIN + OTHER + part, "main.tf")["dynamicAllocation"]["maxExecutors"] == 1


def test_a_plan_has_its_parts_side_by_side() -> None:
    values: dict[str, Any] = {
        "release_label": "emr-6.15.0",
        "core_instance_group": [{"instance_type": "m5.xlarge", "instance_count": 1}],
        "step": [
            {
                "name": "daily",
                "hadoop_jar_step": [
                    {
                        "jar": "command-runner.jar",
                        "args": ["spark-submit", "s3://code/a.py"],
                        "properties": None,
                    }
                ],
            }
        ],
    }
    limits = {"unit_type": "Instances", "maximum_capacity_units": 10, "minimum_capacity_units": 1}
    resources = [
        {"type": "aws_emr_cluster", "name": "etl", "values": values},
        {"type": "aws_emr_managed_scaling_policy", "name": "etl", "values": {"compute_limits": [limits]}},
    ]
    plan = {"planned_values": {"root_module": {"resources": resources}}}
    assert spec(plan, "plan.json")["dynamicAllocation"]["maxExecutors"] == 19
    assert "STEP_PROPERTIES" not in codes(result(plan, "plan.json"))


def limits(unit: str, most: int) -> dict[str, Any]:
    """A policy of managed scaling."""
    return {"ComputeLimits": {"UnitType": unit, "MinimumCapacityUnits": 1, "MaximumCapacityUnits": most}}


@pytest.mark.parametrize(("unit", "most"), [("Instances", 10), ("VCPU", 40)])
def test_scaling_is_read_by_each_unit(unit: str, most: int) -> None:
    made = flow(submit("s3://b/a.py"), ManagedScalingPolicy=limits(unit, most))
    assert spec(made)["dynamicAllocation"]["maxExecutors"] == 19


def test_units_of_a_fleet_are_weights() -> None:
    core = {
        "InstanceFleetType": "CORE",
        "TargetSpotCapacity": 2,
        "InstanceTypeConfigs": [{"InstanceType": "m5.xlarge", "WeightedCapacity": 2}],
    }
    made = flow(
        submit("s3://b/a.py"),
        Instances={"InstanceFleets": [core]},
        ManagedScalingPolicy=limits("InstanceFleetUnits", 20),
    )
    assert spec(made)["dynamicAllocation"]["maxExecutors"] == 19


def test_groups_that_scale_by_rules_count_at_their_largest() -> None:
    core = {
        "InstanceRole": "CORE",
        "InstanceType": "m5.xlarge",
        "InstanceCount": 1,
        "AutoScalingPolicy": {"Constraints": {"MinCapacity": 1, "MaxCapacity": 10}, "Rules": []},
    }
    made = flow(submit("s3://b/a.py"), Instances={"InstanceGroups": [core]})
    assert spec(made)["dynamicAllocation"]["maxExecutors"] == 19
