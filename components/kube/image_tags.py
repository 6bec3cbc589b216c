"""References of the images that the platform builds. Pure.

A tag is made from an image's inputs, so the Pulumi program and the builder agree without asking each other; a
changed Dockerfile is a new tag, and an unchanged one never rolls a pod.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from components import versions
from components.records.every import RECORDS
from components.records.model import ImageSource
from components.releases import COMMON_PINS, RELEASES, SparkRelease

_HASH_LENGTH: Final = 12
"""Hexadecimal digits of a tag: 48 bits, so that two of a thousand builds collide once in 5 * 10^8 times."""

_NOT_INPUTS: Final = ("README.md", "__pycache__")
"""What lies in an image's folder and never gets into the image."""

_RELEASES_FOLDER: Final = "releases"
"""What a folder with one recipe for several images keeps of each of them."""


def _spark(release: SparkRelease) -> ImageSource:
    return ImageSource(
        repository="spark",
        version=release.version,
        parent="base",
        pins=(*release.pins, *COMMON_PINS),
        arguments={
            "SPARK_VERSION": release.version,
            "SCALA_VERSION": release.scala,
            "JAVA_VERSION": versions.JAVA,
        },
        folder="spark",
        release=release.version,
    )


def _spark_python(release: SparkRelease) -> ImageSource:
    return ImageSource(
        repository="spark",
        version=f"{release.version}-python",
        parent=release.image,
        pins=release.pins,
        arguments={"SPARK_VERSION": release.version},
        folder="spark-python",
        release=release.version,
    )


IMAGES: Final[dict[str, ImageSource]] = {
    "base": ImageSource(repository="debian-base", version=versions.DEBIAN, pins=("DEBIAN",)),
    "pause": ImageSource(repository="pause", version=versions.DEBIAN, pins=("DEBIAN",)),
    "coredns": ImageSource(
        repository="coredns", version=versions.COREDNS, pins=("COREDNS",), module="coredns"
    ),
    "local-path-provisioner": ImageSource(
        repository="local-path-provisioner",
        version=versions.LOCAL_PATH_PROVISIONER,
        pins=("LOCAL_PATH_PROVISIONER",),
        module="local-path-provisioner",
    ),
    **{release.image: _spark(release) for release in RELEASES.values()},
    **{release.python_image: _spark_python(release) for release in RELEASES.values()},
    **{name: source for record in RECORDS.values() for name, source in record.images.items()},
}
"""Name -> source, each after the one it is built on: what is no service's own, then what the records name.
The name is also the folder below `docker/`, unless the source names another."""


def folder_of(name: str, root: Path) -> Path:
    """The folder with an image's recipe.

    Args:
        name: a key of `IMAGES`.
        root: the checkout.
    """
    return root / "docker" / (IMAGES[name].folder or name)


def image_ref(name: str, *, registry: str, root: Path, made_of: Sequence[str] = ()) -> str:
    """Make the reference of an image: `{registry}/{repository}:{version}-{hash of its inputs}`.

    Args:
        name: a key of `IMAGES`, for instance `spark`.
        registry: what stands before the repository, for instance `localhost`; a trailing slash is ignored.
        root: the checkout, whose `docker/` folder holds the images, `apps/` the programs of ours in them with
            packages beside it, and `toolchain/modules/` what pins the others.
        made_of: what else decides the content: a base that is not ours, by its digest, and architectures.

    Raises:
        ValueError: no image has that name, or the registry is empty.
        FileNotFoundError: the image has no Dockerfile, or no program of that name, below `root`.
    """
    if name not in IMAGES:
        raise ValueError(f"no image is called {name!r}; the images are {', '.join(IMAGES)}")
    prefix = registry.rstrip("/")
    if not prefix:
        raise ValueError("an image's registry is empty; write `localhost` for images that are never pulled")
    source = IMAGES[name]
    summed = _digest(name, root)
    if made_of:
        summed = hashlib.sha256("\n".join((summed, *made_of)).encode()).hexdigest()
    digest = summed[:_HASH_LENGTH]
    return f"{prefix}/{source.repository}:{source.version}-{digest}"


def _digest(name: str, root: Path) -> str:
    folder = folder_of(name, root)
    if not (folder / "Dockerfile").is_file():
        raise FileNotFoundError(
            f"{folder / 'Dockerfile'} is missing: the tag of image {name!r} comes from it"
        )
    source = IMAGES[name]
    summed = hashlib.sha256()
    # Lengths stand before contents, so that no two different sets of files are the same stream of bytes.
    for path, content in _inputs(folder, source.release):
        summed.update(f"file {path} {len(content)}\n".encode() + content)
    for context, held in contexts(source, root).items():
        for path, content in _inputs(held):
            summed.update(f"context {context} {path} {len(content)}\n".encode() + content)
    for pin in source.pins:
        summed.update(f"pin {pin} {getattr(versions, pin)}\n".encode())
    if source.parent:
        summed.update(f"parent {_digest(source.parent, root)}\n".encode())
    return summed.hexdigest()


def contexts(source: ImageSource, root: Path) -> dict[str, Path]:
    """Folders besides its own that an image's Dockerfile takes files from, by the names that it has for them.

    Args:
        source: the image.
        root: the checkout.

    Raises:
        FileNotFoundError: one of them is not there.
    """
    found = {app: root / "apps" / app for app in source.apps}
    found |= {package: root / package for package in source.packages}
    if source.module:
        found["module"] = root / "toolchain" / "modules" / source.module
    for folder in found.values():
        if not folder.is_dir():
            raise FileNotFoundError(f"{folder} is missing: an image holds the program in it")
    return found


def _inputs(folder: Path, release: str | None = None) -> Iterator[tuple[str, bytes]]:
    """Relative path and content of every input, in an order that does not depend on the machine."""
    found = {
        path.relative_to(folder).as_posix(): path
        for path in folder.rglob("*")
        if path.is_file() and not set(path.relative_to(folder).parts) & set(_NOT_INPUTS)
    }
    for name in sorted(found):
        first, _, rest = name.partition("/")
        if release is None or first != _RELEASES_FOLDER or rest.partition("/")[0] == release:
            yield name, found[name].read_bytes()
