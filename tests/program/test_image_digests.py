"""Stacks on AWS run what was pushed, by digest; the others what was recorded, or what the cluster has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.kube.image_digests import in_pods
from components.kube.image_lock import FILE, by_digest, record
from components.kube.image_tags import image_ref
from components.naming import CANARY_NAMESPACE
from components.wiring import foundations
from images.recipes import PLATFORM_IMAGES
from tests.support.recorder import Landed, World
from tests.support.stacks import ROOT, STACKS, build_stack, stack_settings, world_of

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


REGISTRY = "registry.example/spark"


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A cluster of one's own, from a checkout in which `images push` recorded what it pushed."""
    references = [image_ref(name, registry=REGISTRY, root=ROOT) for name in PLATFORM_IMAGES]
    record(tmp_path, REGISTRY, {each: f"sha256:{number:064}" for number, each in enumerate(references)})
    monkeypatch.setattr(foundations, "by_digest", lambda _root: by_digest(tmp_path))
    values = stack_settings("local")
    values["foundation"]["registry"] = REGISTRY
    return build_stack("local", values)


def _images(part: Any) -> Iterator[str]:
    """Every image of that registry in some arguments."""
    if isinstance(part, dict):
        for value in part.values():
            yield from _images(value)
    elif isinstance(part, list):
        for value in part:
            yield from _images(value)
    elif isinstance(part, str) and REGISTRY in part:
        yield from (word for word in part.replace("\\:", ":").split() if REGISTRY in word)


def _lands_by_digest(world: World, made: Landed) -> bool:
    """Whether the engine puts the digests into what it makes of a resource, or of one that contains it."""
    by_urn = {each.urn: each for each in world.landed}
    place: Landed | None = made
    while place is not None:
        if any(each.__module__ == in_pods.__module__ for each in place.transforms or ()):
            return True
        place = by_urn.get(place.parent)
    return False


def test_what_was_recorded_is_what_every_pod_and_job_runs(recorded: World) -> None:
    found = [
        (image, made)
        for made in recorded.landed
        # A policy compares names, and runs nothing.
        if not made.type.endswith(":ValidatingAdmissionPolicy")
        for image in _images(made.inputs)
    ]
    by_tag = [made for image, made in found if "@sha256:" not in image]
    assert not [made.name for made in by_tag if not _lands_by_digest(recorded, made)], (
        "a tag may be something else by now"
    )
    text = " ".join(image for image, _ in found)
    for name in ("object-store", "spark", "prometheus", "run-logs"):
        assert f"{REGISTRY}/{name}:" in text, f"{name} is not looked at"


def test_a_broken_record_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / FILE).write_text("<<<<<<< HEAD\n")
    monkeypatch.setattr(foundations, "by_digest", lambda _root: by_digest(tmp_path))
    with pytest.raises(pulumi.RunError, match=r"images\.lock line 1 is"):
        build_stack("local")
