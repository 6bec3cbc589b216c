"""Commands for the images alone."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spark_on_eks.console import console
from workspace.errors import ReportedError

if TYPE_CHECKING:
    from images.push import PushedImage

_TITLE_WIDTH = 48
ARCHITECTURES = ("amd64", "arm64")
DEFAULT_SOCKET = Path("/run/spark-on-eks/containerd.sock")

app = typer.Typer(no_args_is_help=True, help="The images: build, fetch what goes in, import, weigh, tidy.")
Registry = Annotated[str, typer.Option(help="What stands before the images' names.")]


@app.command()
def build(registry: Registry = "localhost") -> None:
    """Build the images that are missing and print all references."""
    import images

    for image in images.build_all(registry=registry, console=console):
        console.print(image.reference, soft_wrap=True)


@app.command()
def push(
    stack: Annotated[str, typer.Option(help="Push what this stack runs to its registry.")] = "",
    registry: Annotated[str, typer.Option(help="Push what a cluster of one's own runs to this one.")] = "",
    architecture: Annotated[
        list[str] | None,
        typer.Option(
            help="For a cluster of one's own: what its nodes are, amd64, arm64 or both; Docker only."
        ),
    ] = None,
) -> None:
    """Push the images that a registry lacks, building what is missing; print all with their digests."""
    if bool(stack) == bool(registry):
        raise ReportedError(
            "nothing says where to push to, or two options do", hint="use either --stack or --registry"
        )
    wrong = sorted(set(architecture or ()) - set(ARCHITECTURES))
    if wrong:
        raise ReportedError(
            f"there is no architecture {', '.join(wrong)}", hint=f"use {', '.join(ARCHITECTURES)}"
        )
    pushed = _push_for(stack, architecture) if stack else _push_to(registry, architecture)
    for image in pushed:
        console.print(f"{image.reference} {image.digest}", soft_wrap=True)


def _push_to(registry: str, architectures: list[str] | None) -> list[PushedImage]:
    """Push to a registry that the program can't ask for digests, and record them."""
    from components.kube import image_lock
    from images import docker
    from images.recipes import PLATFORM_IMAGES
    from toolchain.golang import native
    from workspace import paths

    registry = registry.rstrip("/")
    try:
        image_lock.recorded(paths.ROOT)
    except ValueError as error:
        raise ReportedError(str(error), hint="nothing was pushed") from None
    if docker.available():
        images = docker.images_of(registry, PLATFORM_IMAGES)
        pushed = docker.push_all(images, architectures or [native()], console)
    elif architectures:
        raise ReportedError("without Docker's buildx images are built for this machine alone")
    else:
        pushed = _push_without_docker(registry)
    image_lock.record(paths.ROOT, registry, {image.reference: image.digest for image in pushed})
    console.print(f"recorded in {image_lock.FILE}; commit it, and every checkout runs exactly these")
    return pushed


def _push_without_docker(registry: str) -> list[PushedImage]:
    from images.push import push_all
    from images.recipes import PLATFORM_IMAGES, tools_of
    from toolchain import progress

    progress.ensure(console, tools_of(PLATFORM_IMAGES))
    return push_all(registry=registry, names=PLATFORM_IMAGES, console=console)


def _push_for(stack: str, architectures: list[str] | None) -> list[PushedImage]:
    from components.aws_plans.images import stack_images
    from components.settings import SettingsError, parse
    from components.settings.aws import AwsFoundationSettings
    from components.wiring.aws import registry as registry_of
    from components.wiring.presence import services
    from images import docker, ecr
    from leftovers.account import session
    from leftovers.adoption import pulumi
    from workspace import paths, stack_files

    file = stack_files.stack_file(stack, paths.ROOT)
    try:
        settings = parse(stack_files.settings(file), source=file.name)
    except SettingsError as error:
        raise ReportedError(str(error), hint="mend it there") from None
    foundation = settings.foundation
    if not isinstance(foundation, AwsFoundationSettings):
        return _push_to(foundation.registry, architectures)
    if architectures:
        raise ReportedError(
            f"{file.name} says what its images are built for", hint="set nodes.architectures there"
        )
    chosen = foundation.nodes.architectures
    registry = registry_of(foundation)
    images = stack_images(
        registry,
        root=paths.ROOT,
        architectures=chosen,
        services=[each.record for each in services(settings).values()],
    )
    # As the program does: with the stack's profile, and the role that it names.
    own = session(foundation)
    ecr.sign_in(own, registry)

    def engine(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
        # Looked for where a repository is missing alone: to push needs Docker and nothing else.
        return pulumi(stack)(arguments)

    ecr.make_missing(own, images, engine, console)
    return docker.push_all(images, chosen, console)


@app.command("import")
def import_(socket: Path = DEFAULT_SOCKET, registry: Registry = "localhost") -> None:
    """Import the images that containerd lacks."""
    import images

    imported = images.import_all(socket, registry=registry, console=console)
    console.print(f"imported {len(imported)} images; containerd at {socket} has all of them")


@app.command()
def fetch(name: str, folder: Path) -> None:
    """Put the files that an image is made from into FOLDER: the build context `fetched` of its Dockerfile."""
    from images.recipes import RECIPES
    from toolchain import progress

    if name not in RECIPES:
        raise ReportedError(f"no image is called {name!r}", hint=f"the images are {', '.join(RECIPES)}")
    folder.mkdir(parents=True, exist_ok=True)
    progress.ensure(console, RECIPES[name].needs)
    if prepare := RECIPES[name].prepare:
        prepare(folder, folder.with_name(f"{folder.name}.log"))
    console.print(
        f"{sum(1 for file in folder.rglob('*') if file.is_file())} files in {folder}", soft_wrap=True
    )


@app.command()
def sizes(names: Annotated[list[str] | None, typer.Argument()] = None) -> None:
    """Say what each layer of each image weighs, unpacked and as pulled."""
    import images
    from images.sizes import MIB, layers

    def mib(size: int) -> str:
        return f"{size / MIB:.1f}"

    for image in images.build_all(console=console):
        if names and image.name not in names:
            continue
        weighed = layers(image.archive)
        _line(image.reference, "MiB", "pulled", "files", "heaviest folder and file")
        for layer in weighed:
            heaviest = f"{layer.folder}: {layer.file}"
            _line(layer.instruction, mib(layer.size), mib(layer.packed), str(layer.files), heaviest)
        size, packed = sum(layer.size for layer in weighed), sum(layer.packed for layer in weighed)
        _line("in all", mib(size), mib(packed))


@app.command()
def sbom(
    names: Annotated[list[str] | None, typer.Argument()] = None,
    folder: Annotated[Path, typer.Option(help="Where the files go.")] = Path(),
) -> None:
    """Write what is in each image, as CycloneDX, and print its digest."""
    import images
    from images.sbom import bill_of_materials, digest_of

    folder.mkdir(parents=True, exist_ok=True)
    for image in images.build_all(names=names or None, console=console):
        target = folder / f"{image.archive.stem}.cdx.json"
        target.write_text(bill_of_materials(image.reference, image.archive))
        console.print(f"{image.reference} {digest_of(image.archive)} {target}", soft_wrap=True)


def _line(title: str, size: str, packed: str, files: str = "", heaviest: str = "") -> None:
    shown = title if len(title) <= _TITLE_WIDTH else f"{title[: _TITLE_WIDTH - 3]}..."
    line = f"{shown:{_TITLE_WIDTH}} {size:>7} {packed:>7} {files:>6}  {heaviest}"
    console.print(line.rstrip(), soft_wrap=True, markup=False)


@app.command()
def prune() -> None:
    """Delete layers of earlier builds and archives of images that have changed since."""
    from images import builder
    from images.sizes import MIB

    console.print(f"{builder.prune() / MIB:.0f} MiB freed")
