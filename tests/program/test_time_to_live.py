"""How long a run stays after its end, in each stack as its operator's chart lands."""

from __future__ import annotations

import copy
from typing import Any

import pulumi
import pytest

from components.services.spark_operator.crds import CRD
from tests.support.recorder import World
from tests.support.stacks import STACKS, build_stack, stack_settings, world_of


def _time_to_live(world: World) -> Any:
    """What the API server fills into a run that says nothing."""
    said = {"properties": {"spec": {"properties": {"timeToLiveSeconds": {"type": "integer"}}}}}
    version = {"name": "v1beta2", "schema": {"openAPIV3Schema": said}}
    definition = pulumi.ResourceTransformArgs(
        custom=True,
        type_=CRD,
        name="runs",
        props={"spec": {"names": {"kind": "SparkApplication"}, "versions": [version]}},
        opts=pulumi.ResourceOptions(),
    )
    first, *_ = world.one("Chart", "spark-operator-chart").transforms
    landed: Any = first(definition)
    schema = landed.props["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    return schema["properties"]["timeToLiveSeconds"]["default"]


@pytest.mark.parametrize("stack", STACKS)
def test_it_is_nine_hours_unless_the_stack_says_otherwise(stack: str) -> None:
    assert _time_to_live(world_of(stack)) == 9 * 60 * 60


def test_it_is_the_stacks_to_say_also_without_jobs() -> None:
    values = copy.deepcopy(stack_settings("local"))
    values["observability"] = {"enabled": False}  # half of what is built
    values["jobs"] = {"enabled": False, "keepSeconds": 600}
    assert _time_to_live(build_stack("local", values)) == 600
