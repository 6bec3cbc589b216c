"""What Docker is told when a stack's images are pushed; Docker itself does not run here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from components.aws_plans.images import BUILT, DEBIAN_IMAGE, StackImage, stack_images
from components.versions import SPARK_LTS
from images.docker import command
from workspace.paths import ROOT

ARCHITECTURES = ("arm64", "amd64")
IMAGES = stack_images("111.dkr.ecr/spark-on-eks", root=ROOT, architectures=ARCHITECTURES)


def told(image: StackImage) -> list[str]:
    return command(image, IMAGES, ARCHITECTURES, Path("/fetched"))


def option(words: list[str], name: str) -> dict[str, str]:
    values = [word.removeprefix(f"--{name}=") for word in words if word.startswith(f"--{name}=")]
    return dict(value.partition("=")[::2] for value in values)


@pytest.mark.parametrize("image", IMAGES, ids=BUILT)
def test_docker_is_given_every_context_and_argument_that_a_dockerfile_asks_for(image: StackImage) -> None:
    words = told(image)
    dockerfile = (Path(words[-1]) / "Dockerfile").read_text()
    contexts, arguments = option(words, "build-context"), option(words, "build-arg")
    copied = set(re.findall(r"--from=(\w+)", dockerfile)) - set(re.findall(r" AS (\w+)", dockerfile))
    assert copied <= set(contexts), "Docker takes an unknown context for an image of its registry"
    assert {name: path for name, path in contexts.items() if name != "fetched"} == {
        name: str(ROOT / "apps" / name) for name in contexts if name != "fetched"
    }, "what is built is what the tag is made from"
    unset = set(re.findall(r"(?m)^ARG (\w+)$", dockerfile)) - {"TARGETARCH"}
    assert unset <= set(arguments), "each step gets the version that it installs"


@pytest.mark.parametrize("image", IMAGES, ids=BUILT)
def test_an_image_is_built_for_all_architectures_and_pushed_under_its_own_tag(image: StackImage) -> None:
    words = told(image)
    assert "--push" in words
    assert "--platform=linux/amd64,linux/arm64" in words
    assert f"--tag={image.reference}" in words


def test_the_operators_image_is_built_on_the_spark_image_that_was_pushed() -> None:
    bases = {image.name: option(told(image), "build-arg")["BASE"] for image in IMAGES}
    spark = next(image.reference for image in IMAGES if image.name == "spark")
    assert bases.pop("spark-operator") == bases.pop("spark-python") == spark
    older = next(image.reference for image in IMAGES if image.name == f"spark-{SPARK_LTS}")
    assert bases.pop(f"spark-python-{SPARK_LTS}") == older
    assert set(bases.values()) == {DEBIAN_IMAGE}
