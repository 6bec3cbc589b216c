"""Stacks on AWS run what was pushed, by digest; the others what the cluster has, by tag."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from components.kube.image_digests import in_pods
from components.naming import CANARY_NAMESPACE
from tests.support.recorder import World
from tests.support.stacks import STACKS, stack_settings, world_of

IMAGE = "spark.kubernetes.container.image="


def _looks_up(stack: str) -> bool:
    return bool(stack_settings(stack)["foundation"]["kind"] == "aws")


def _job_images(world: World) -> Iterator[tuple[str, str]]:
    """Namespace and image of every spark-defaults.conf."""
    for each in world.of("kubernetes:core/v1:ConfigMap"):
        for line in str(each.inputs["data"].get("spark-defaults.conf", "")).splitlines():
            if line.startswith(IMAGE):
                yield str(each.metadata["namespace"]), line.removeprefix(IMAGE).replace("\\:", ":")


@pytest.mark.parametrize("stack", STACKS)
def test_jobs_get_the_image_by_its_digest_where_the_stack_looks_it_up(stack: str) -> None:
    images = dict(_job_images(world_of(stack)))
    places = {"spark-operator", CANARY_NAMESPACE, *world_of(stack).exports["namespaces"]}
    assert places == set(images), "one for each place"
    for namespace, image in images.items():
        assert ("@sha256:" in image) is _looks_up(stack), f"{namespace}: {image}"
        assert ":4" in image.partition("@")[0], "the tag stays readable"


@pytest.mark.parametrize("stack", STACKS)
def test_operator_and_history_server_do_as_well(stack: str) -> None:
    for name in ("spark-operator-chart", "spark-history-chart"):
        chart = world_of(stack).one("kubernetes:helm.sh/v4:Chart", name)
        pins = [each for each in chart.transforms or () if each.__module__ == in_pods.__module__]
        assert bool(pins) is _looks_up(stack), f"{name} of {stack}"


def test_there_are_stacks_of_both_kinds() -> None:
    assert {_looks_up(stack) for stack in STACKS} == {True, False}
