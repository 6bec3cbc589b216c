"""What each image takes from this machine besides the checkout: files made or found before the build starts.

A Dockerfile sees them as the build context `fetched`, which takes the place of the stages that compile or
download them: so a build here takes what the toolchain made, and one with Docker makes it by itself. The base
is another matter: they are its only context, as `ADD` of a tar file keeps owners, which copying from a named
context does not.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from components import versions
from components.kube.image_tags import IMAGES
from components.releases import RELEASES
from images import fetch, host
from workspace import paths
from workspace.errors import ReportedError

NODE_IMAGES: Final = frozenset({"pause", "coredns", "local-path-provisioner"})
"""Images of the embedded node; every other cluster has its own."""

PLATFORM_IMAGES: Final = tuple(name for name in IMAGES if name not in NODE_IMAGES)
"""Images that the platform runs in a cluster of one's own."""

Prepare = Callable[[Path, Path], None]
"""Puts the files into the first folder; what it runs prints into the second, a log file."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How an image is built.

    Args:
        needs: tools that have to be built before it.
        programs: what it runs of this machine besides buildah, of `host.PROGRAMS`.
        prepare: gets the files that the Dockerfile calls `fetched`; None when all that the image holds comes
            from the checkout and from Debian.
        fetched_is_context: whether those files are the whole build context.
    """

    needs: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    prepare: Prepare | None = None
    fetched_is_context: bool = False


def _root_filesystem(folder: Path, log: Path) -> None:
    if os.geteuid() != 0:
        raise ReportedError(
            "making the base image needs root: it unpacks Debian's packages with their owners"
        )
    path = f"{Path(host.command('debootstrap')).parent}:{os.environ['PATH']}"
    script = paths.ROOT / "docker" / "base" / "make-rootfs.sh"
    host.run(
        [str(script), versions.DEBIAN, str(folder / "rootfs.tar")],
        doing="making the base image from Debian's packages",
        log=log,
        environment={**os.environ, "PATH": path},
    )


def _init(folder: Path, _log: Path) -> None:
    fetch.place(Path(host.command("catatonit")).resolve(), folder / "catatonit")


def built_tool(name: str) -> Path:
    """The binary of a tool that goes into an image.

    Only one that was built here will do: those are static, while a distribution's may need libraries.

    Args:
        name: of a tool in toolchain/.

    Raises:
        ReportedError: it is not built yet.
    """
    binary = paths.TOOLS / name
    if not binary.is_file():
        raise ReportedError(
            f"{binary} is missing, and an image needs it", hint="run `make tools` to build it"
        )
    return binary


def _with_tools(*names: str, prepare: Prepare | None = None) -> Recipe:
    def place(folder: Path, log: Path) -> None:
        for name in names:
            fetch.place(built_tool(name), folder / name)
        if prepare:
            prepare(folder, log)

    return Recipe(needs=names, prepare=place)


_TAKING: Final[dict[str, Recipe]] = {
    "base": Recipe(programs=("debootstrap",), prepare=_root_filesystem, fetched_is_context=True),
    "pause": Recipe(programs=("catatonit",), prepare=_init),
    "coredns": _with_tools("coredns"),
    "local-path-provisioner": _with_tools("local-path-provisioner"),
    "object-store": _with_tools("versitygw"),
    **{
        release.image: Recipe(programs=("pip", "mvn"), prepare=partial(fetch.spark, release))
        for release in RELEASES.values()
    },
    **{
        release.python_image: Recipe(programs=("pip",), prepare=partial(fetch.python_packages, release))
        for release in RELEASES.values()
    },
    "spark-operator": _with_tools("spark-operator"),
    "kube-state-metrics": _with_tools("kube-state-metrics"),
    "prometheus-operator": _with_tools("prometheus-operator", "prometheus-config-reloader"),
    "prometheus": _with_tools("prometheus", prepare=fetch.signals_page),
    "alertmanager": _with_tools("alertmanager"),
    "run-logs": _with_tools("log-collector", "log-archive"),
    "login-proxy": _with_tools("oauth2-proxy"),
    "jobs": Recipe(
        programs=("pip",),
        prepare=partial(fetch.wheels, paths.ROOT / "docker" / "jobs" / "requirements.lock"),
    ),
}
"""Name of an image that takes something from this machine -> recipe."""

RECIPES: Final[dict[str, Recipe]] = {**{name: Recipe() for name in IMAGES}, **_TAKING}
"""Name of an image -> recipe, in build order. For one that takes nothing its folder and record are enough."""


def need_no_tool() -> list[str]:
    """Images that no tool of ours goes into, nor into what they are built on, in build order."""
    found: list[str] = []
    for name, recipe in RECIPES.items():
        parent = IMAGES[name].parent
        if not recipe.needs and (parent is None or parent in found):
            found.append(name)
    return found


def tools_of(names: Iterable[str]) -> set[str]:
    """Tools that go into some images.

    Args:
        names: of images.
    """
    return {tool for name in names for tool in RECIPES[name].needs}


def programs_of(names: Iterable[str]) -> set[str]:
    """Programs of this machine that making some images without Docker takes, and what they are built on.

    Args:
        names: the images; none take none.
    """
    found: set[str] = set()
    for name in names:
        parent = IMAGES[name].parent
        found |= {"buildah", *RECIPES[name].programs, *programs_of([parent] if parent else [])}
    return found
