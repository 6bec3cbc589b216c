"""What Docker is told when images are pushed; `tests/docker/test_laptop.py` has its builder do it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from components.aws_plans.images import (
    DEBIAN_IMAGE,
    FOR_JOBS,
    GO_IMAGE,
    StackImage,
    stack_images,
)
from components.kube import image_lock
from components.kube.image_tags import IMAGES as SOURCES
from components.kube.image_tags import folder_of
from components.records.every import RECORDS
from components.versions import SPARK_LTS
from images.docker import command, images_of
from images.recipes import PLATFORM_IMAGES, RECIPES
from spark_on_eks.main import app
from toolchain.recipes import BY_NAME, Recipe, module_folder
from workspace.errors import ReportedError
from workspace.paths import ROOT

ARCHITECTURES = ("arm64", "amd64")
IMAGES = stack_images(
    "111.dkr.ecr/spark-on-eks", root=ROOT, architectures=ARCHITECTURES, services=RECORDS.values()
)
OWN = images_of("registry.example/spark", PLATFORM_IMAGES)
"""Of a cluster of one's own."""

COMPILED = [(image, tool) for image in PLATFORM_IMAGES for tool in RECIPES[image].needs]
"""Each program in an image that Docker builds."""


def told(image: StackImage) -> list[str]:
    return command(image, IMAGES if image in IMAGES else OWN, ARCHITECTURES)


def option(words: list[str], name: str) -> dict[str, str]:
    values = [word.removeprefix(f"--{name}=") for word in words if word.startswith(f"--{name}=")]
    return dict(value.partition("=")[::2] for value in values)


built_by_docker = pytest.mark.parametrize(
    "image",
    [*IMAGES, *(image for image in OWN if image.name != "base")],
    ids=lambda image: f"{image.name}-{'aws' if image in IMAGES else 'own'}",
)


@built_by_docker
def test_docker_is_given_every_context_and_argument_that_a_dockerfile_asks_for(image: StackImage) -> None:
    words = told(image)
    dockerfile = (Path(words[-1]) / "Dockerfile").read_text()
    contexts, arguments = option(words, "build-context"), option(words, "build-arg")
    copied = set(re.findall(r"--from=(\w+)", dockerfile)) - set(re.findall(r" AS (\w+)", dockerfile))
    assert copied == set(contexts), "Docker takes an unknown context for an image of its registry"
    assert all(Path(folder).is_dir() and ROOT in Path(folder).parents for folder in contexts.values())
    unset = set(re.findall(r"(?m)^ARG (\w+)$", dockerfile)) - {"TARGETARCH"}
    assert unset <= set(arguments), "each step gets the version that it installs"


@built_by_docker
def test_nothing_that_an_image_holds_has_to_be_on_the_machine(image: StackImage) -> None:
    assert "fetched" not in option(told(image), "build-context"), "its stages get it by themselves"
    if RECIPES[image.name].prepare:
        dockerfile = (folder_of(image.name, ROOT) / "Dockerfile").read_text()
        assert re.search(r"(?m)^FROM scratch AS fetched$", dockerfile), "nothing would be there to copy"


@built_by_docker
def test_an_image_is_built_for_all_architectures_and_pushed_under_its_own_tag(image: StackImage) -> None:
    words = told(image)
    assert "--push" in words
    assert "--platform=linux/amd64,linux/arm64" in words
    assert f"--tag={image.reference}" in words


@pytest.mark.parametrize("images", [IMAGES, OWN], ids=["aws", "own"])
def test_the_operators_image_is_built_on_the_spark_image_that_was_pushed(
    images: tuple[StackImage, ...],
) -> None:
    bases = {image.name: option(told(image), "build-arg")["BASE"] for image in images if image.name != "base"}
    spark = next(image.reference for image in images if image.name == "spark")
    assert bases.pop("spark-operator") == bases.pop("spark-python") == spark
    older = next(image.reference for image in images if image.name == f"spark-{SPARK_LTS}")
    assert bases.pop(f"spark-python-{SPARK_LTS}") == older
    assert set(bases.values()) == {DEBIAN_IMAGE}


def test_the_base_is_debians_own_and_copied_as_it_is() -> None:
    (base,) = (image for image in OWN if image.name == "base")
    assert told(base)[-2:] == [f"--tag={base.reference}", DEBIAN_IMAGE]
    assert "build" not in told(base)


def test_aws_gets_no_image_that_its_nodes_have_from_elsewhere() -> None:
    ours = {
        "spark-operator",
        "history_exporter",
        "run-logs",
        "canary_checker",
        "jobs",
        "postgres",
        "login-proxy",
    }
    # The S3 server's comes with a service that no stack on AWS has.
    assert {image.name for image in IMAGES} == {*FOR_JOBS, *ours, "object-store"}


@pytest.mark.parametrize("image", [DEBIAN_IMAGE, GO_IMAGE])
def test_what_builds_start_from_is_named_by_digest(image: str) -> None:
    assert re.search(r":[^@/]+@sha256:[0-9a-f]{64}$", image), "a tag of somebody else's image may move"


def compiled(image: str, recipe: Recipe) -> list[str]:
    """The words of the `go build` in a Dockerfile that makes a program, with its values filled in."""
    source = SOURCES[image]
    text = (folder_of(image, ROOT) / "Dockerfile").read_text().replace("\\\n", " ")
    package = recipe.package.rpartition("/")[2]
    for name, value in source.arguments.items():
        text = text.replace(f"${{{name}}}", value)
    lines = [line for line in text.replace("$program", package).splitlines() if "go build" in line]
    words = [shlex.split(line[line.index("go build") :].partition(" || ")[0]) for line in lines]
    wanted = {f"/out/{recipe.name}", f"/out/{package}"}
    (found,) = (each for each in words if each[each.index("-o") + 1] in wanted)
    return found


def pinned(recipe: Recipe) -> str:
    """The version that its go.mod has."""
    text = (module_folder(recipe.module) / "go.mod").read_text()
    found = re.search(rf"(?m)^(?:require)?\s+{re.escape(recipe.source)} (v\S+)", text)
    assert found, f"{recipe.source} is not required"
    return found[1]


@pytest.mark.parametrize(("image", "tool"), COMPILED)
def test_docker_compiles_a_program_as_the_toolchain_does(image: str, tool: str) -> None:
    recipe = BY_NAME[tool]
    words = compiled(image, recipe)
    version = pinned(recipe)
    stamps = [
        f"-X {stamp.format(version=version, bare=version.removeprefix('v'))}" for stamp in recipe.stamps
    ]
    assert words[words.index("-ldflags") + 1] == " ".join(["-s", "-w", *stamps])
    assert "-trimpath" in words
    assert words[-1] == recipe.package
    source = SOURCES[image]
    folders = {*(f"apps/{app}" for app in source.apps), str(source.module)}
    assert recipe.module in folders, "the tag would not change with what pins the program"


@pytest.mark.parametrize("image", sorted({image for image, _ in COMPILED}))
def test_a_program_is_compiled_without_emulation_for_the_architecture_of_the_image(image: str) -> None:
    text = (folder_of(image, ROOT) / "Dockerfile").read_text()
    stage = text[text.index("FROM --platform=${BUILDPLATFORM} ${GO} AS compiled") :]
    assert "ENV CGO_ENABLED=0 GOTOOLCHAIN=local\n" in stage, "it runs where there is no C library"
    assert stage.count("go build") == stage.count("GOARCH=${TARGETARCH} go build")


def test_a_broken_record_is_told_before_anything_is_pushed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / image_lock.FILE
    broken.write_text("<<<<<<< HEAD\n")
    monkeypatch.setattr(image_lock, "FILE", str(broken))
    done = CliRunner().invoke(app, ["images", "push", "--registry", "127.0.0.1:1/none"])
    assert isinstance(done.exception, ReportedError)
    assert "images.lock line 1 is '<<<<<<< HEAD'" in str(done.exception)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--registry", "127.0.0.1:1/none", "--architecture", "riscv64"], "there is no architecture riscv64"),
        (["--stack", "dev", "--architecture", "arm64"], "Pulumi.dev.yaml says what its images are built for"),
        ([], "nothing says where to push to"),
    ],
)
def test_what_can_not_be_meant_is_refused_with_what_to_write(options: list[str], says: str) -> None:
    done = CliRunner().invoke(app, ["images", "push", *options])
    assert isinstance(done.exception, ReportedError)
    assert says in str(done.exception)
    assert done.exception.hint
