"""A job names a release of Spark that there is an image of, or brings its own image."""

from __future__ import annotations

from typing import Any

import pytest

from components.releases import RELEASES
from components.spark.conf import IMAGE_PROPERTY
from tests.admission.jobs import DRIVER, EXECUTOR
from tests.walls.attack import job, schedule
from tests.walls.world import World

pytestmark = pytest.mark.apiserver

OWN = "registry.example/own:1"


def refusal(world: World, kind: str = "SparkApplication", **spec: Any) -> str:
    roles = {
        role: {**sizes, **spec.pop(role, {})} for role, sizes in (("driver", DRIVER), ("executor", EXECUTOR))
    }
    if kind == "ScheduledSparkApplication":
        return str(world.create(schedule("@every 5m", template={**roles, **spec})).refusal)
    return str(world.create(job(**roles, **spec)).refusal)


@pytest.mark.parametrize("version", RELEASES)
def test_each_release_of_the_table_is_taken(world: World, version: str) -> None:
    assert refusal(world, sparkVersion=version) == ""


@pytest.mark.parametrize("kind", ["SparkApplication", "ScheduledSparkApplication"])
@pytest.mark.parametrize("version", ["3.5.7", "3.5", "4.0.0", ""])
def test_another_is_refused_with_the_list(world: World, kind: str, version: str) -> None:
    said = refusal(world, kind, sparkVersion=version)
    assert f"spec.sparkVersion {version} has no image here: the releases are {', '.join(RELEASES)}." in said


@pytest.mark.parametrize(
    "brought",
    [
        {"image": OWN},
        {"driver": {"image": OWN}, "executor": {"image": OWN}},
        {"sparkConf": {IMAGE_PROPERTY: OWN}},
    ],
)
def test_an_image_of_ones_own_may_hold_any_release(world: World, brought: dict[str, Any]) -> None:
    assert refusal(world, sparkVersion="3.4.1", **brought) == ""


def test_an_image_for_one_role_is_not_enough(world: World) -> None:
    assert "has no image here" in refusal(world, sparkVersion="3.4.1", driver={"image": OWN})
