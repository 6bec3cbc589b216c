"""Builds the images that are missing, with buildah, and keeps them as OCI archives in the cache."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil
from filelock import FileLock, Timeout
from rich.console import Console

from components.kube.image_tags import IMAGES, contexts, folder_of, image_ref
from images import host
from images.progress import Steps
from images.recipes import RECIPES
from toolchain import golang
from workspace import paths
from workspace.errors import ReportedError

ARCHIVES: Final = paths.CACHE / "images"
"""One OCI archive an image, at `registry/name-tag.tar`."""

_WORK: Final = ARCHIVES / "work"
"""Files that Dockerfiles take, and logs; only the run that holds the lock touches it."""

STORE: Final = paths.CACHE / "buildah"
"""buildah's own store with the layers of earlier builds: apart from the user's, and safe to delete."""

_RUN: Final = Path("/run/spark-on-eks/buildah")
"""buildah's locks and mounts, which must not survive a reboot."""


@dataclass(frozen=True, kw_only=True)
class BuiltImage:
    """An image that is ready.

    Args:
        name: key of `components.kube.image_tags.IMAGES`.
        reference: what a pod names it by.
        archive: its OCI archive.
        built: whether this run built it, rather than found it.
        seconds: time that took; 0 when it was found.
    """

    name: str
    reference: str
    archive: Path
    built: bool
    seconds: float


def archive_of(reference: str) -> Path:
    """Where the archive of an image is, or would be.

    Args:
        reference: name and tag of an image.
    """
    repository, _, tag = reference.rpartition(":")
    return ARCHIVES / f"{repository.replace(':', '_')}-{tag}.tar"


def buildah(*arguments: str) -> list[str]:
    """A buildah command line on the store of this project.

    Args:
        arguments: what buildah is to do.
    """
    return [host.command("buildah"), "--root", str(STORE), "--runroot", str(_RUN), *arguments]


@contextmanager
def only_one(console: Console) -> Iterator[None]:
    """Wait until no other run builds images; whoever comes second finds everything done.

    Args:
        console: where it is said that another run is waited for.
    """
    ARCHIVES.mkdir(parents=True, exist_ok=True)
    lock = FileLock(ARCHIVES / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        console.print("images: another run is building them; waiting for it")
        lock.acquire()
    try:
        yield
    finally:
        _release_store()
        lock.release()


def build_all(
    *,
    registry: str = "localhost",
    names: Collection[str] | None = None,
    console: Console | None = None,
    beside: bool = False,
) -> list[BuiltImage]:
    """Build the images that have no archive yet.

    An interrupted run loses the step it was in: layers and downloads that are done are found again.

    Args:
        registry: what stands before the images' names.
        names: the images that are wanted, of `components.kube.image_tags.IMAGES`; None for all.
        console: where progress goes; None for standard error.
        beside: whether something else draws its progress on the console meanwhile; lines are printed then.

    Returns:
        The wanted images and those they are built on, each after the one it is built on.

    Raises:
        ReportedError: a program, a tool or a download is missing, or a build failed.
        KeyError: no image has one of the names.
    """
    shown = console or Console(stderr=True, highlight=False)
    wanted = {
        name: image_ref(name, registry=registry, root=paths.ROOT)
        for name in _with_parents(IMAGES if names is None else names)
    }
    if all(archive_of(reference).is_file() for reference in wanted.values()):
        return [_found(name, reference) for name, reference in wanted.items()]
    with only_one(shown):
        missing = [name for name, reference in wanted.items() if not archive_of(reference).is_file()]
        with Steps(shown, missing, drawn=shown.is_terminal and not beside) as steps:
            return [
                _build(name, wanted, steps) if name in missing else _found(name, reference)
                for name, reference in wanted.items()
            ]


def is_built(*, registry: str = "localhost") -> bool:
    """Say whether every image has its archive.

    Args:
        registry: what stands before the images' names.
    """
    return all(archive.is_file() for archive in _current(registry))


def _current(registry: str) -> set[Path]:
    """Where the archives are, or would be, of the images as they stand in this checkout."""
    return {archive_of(image_ref(name, registry=registry, root=paths.ROOT)) for name in IMAGES}


def _with_parents(names: Collection[str]) -> list[str]:
    """The images and those they are built on, in build order."""
    wanted = set(names)
    for name in reversed(IMAGES):
        parent = IMAGES[name].parent
        if name in wanted and parent:
            wanted.add(parent)
    unknown = wanted - IMAGES.keys()
    if unknown:
        raise KeyError(f"no image is called {', '.join(sorted(unknown))}")
    return [name for name in IMAGES if name in wanted]


def _found(name: str, reference: str) -> BuiltImage:
    return BuiltImage(name=name, reference=reference, archive=archive_of(reference), built=False, seconds=0.0)


def _build(name: str, references: dict[str, str], steps: Steps) -> BuiltImage:
    started = time.monotonic()
    reference = references[name]
    archive = archive_of(reference)
    recipe, parent = RECIPES[name], IMAGES[name].parent
    work, log = _WORK / name, _WORK / f"{name}.log"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)

    with steps.step(name, "getting what it is made from"):
        if recipe.prepare:
            recipe.prepare(work, log)
    arguments = {**IMAGES[name].arguments, "TARGETARCH": golang.native()}
    if parent:
        ensure_in_store(references[parent])
        arguments["BASE"] = references[parent]
    folder = folder_of(name, paths.ROOT)
    with steps.step(name, "building its layers", log=log):
        _run(
            *("build", "--isolation", "chroot", "--layers", "--pull-never", "--format", "oci"),
            *("--file", str(folder / "Dockerfile"), "--tag", reference),
            *(f"--build-arg={key}={value}" for key, value in arguments.items()),
            *([] if recipe.fetched_is_context else [f"--build-context=fetched={work}"]),
            *(f"--build-context={key}={held}" for key, held in contexts(IMAGES[name], paths.ROOT).items()),
            str(work if recipe.fetched_is_context else folder),
            doing=f"building image {name}",
            log=log,
        )
    with steps.step(name, "writing its archive"):
        _write_archive(reference, archive)
    shutil.rmtree(work)
    seconds = time.monotonic() - started
    steps.finish(name, reference, seconds)
    return BuiltImage(name=name, reference=reference, archive=archive, built=True, seconds=seconds)


def _run(*arguments: str, doing: str, log: Path) -> None:
    """Run buildah; what it leaves in its temporary folder when it is stopped is deleted by the next call."""
    scratch = _WORK / "tmp"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    host.run(buildah(*arguments), doing=doing, log=log, environment={**os.environ, "TMPDIR": str(scratch)})


def ensure_in_store(reference: str) -> None:
    """Make an image that was built earlier known to buildah again after its store was deleted.

    Args:
        reference: name and tag of an image whose archive is there.
    """
    known = subprocess.run(
        buildah("images", "--quiet", reference), capture_output=True, text=True, check=False
    )
    if known.returncode == 0 and known.stdout.strip():
        return
    _run(
        *("pull", f"oci-archive:{archive_of(reference)}:{reference}"),
        doing=f"reading the archive of {reference}",
        log=_WORK / "pull.log",
    )


def _write_archive(reference: str, archive: Path) -> None:
    """Write the archive under another name first, so that a file with the final name is always whole."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    partial = archive.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    _run(
        *("push", reference, f"oci-archive:{partial}:{reference}"),
        doing=f"writing the archive of {reference}",
        log=_WORK / "push.log",
    )
    partial.replace(archive)


def prune(*, registry: str = "localhost") -> int:
    """Delete buildah's store and the archives that no current image has; return the bytes that were freed.

    Args:
        registry: the registry of the images whose archives stay.

    Raises:
        ReportedError: a container of the store is in use.
    """
    with only_one(Console(stderr=True, highlight=False)):
        before = _size(ARCHIVES) + _size(STORE)
        current = _current(registry)
        for archive in ARCHIVES.rglob("*.tar"):
            if archive not in current:
                archive.unlink()
        shutil.rmtree(_WORK, ignore_errors=True)
        if STORE.exists():
            _delete_store()
        return before - _size(ARCHIVES) - _size(STORE)


def _delete_store() -> None:
    """Delete buildah's store, but never through a mount: what is mounted there is not ours to delete."""
    _release_store()
    mounted = _mounts_below(STORE)
    if mounted:
        raise ReportedError(
            f"the image store {STORE} is in use: {len(mounted)} mounts below it, the first is {mounted[0]}",
            hint=f"end what uses it; what was killed leaves its mounts: umount {STORE}/overlay/*/merged",
        )
    # Containers of builds that were killed: removing them first lets buildah undo what it knows of.
    subprocess.run(buildah("rm", "--all"), capture_output=True, check=False)
    _release_store()
    shutil.rmtree(STORE)


def _release_store() -> None:
    """Undo what buildah leaves behind on the machine: a mount of its store on itself, and its run folder."""
    overlay = str(STORE / "overlay")
    if _mounts_below(STORE) == [overlay]:
        subprocess.run(["umount", overlay], capture_output=True, check=False)
    # The run folder says what is mounted: without it buildah takes mounts that are in use for stale ones.
    if not _mounts_below(STORE) and not _mounts_below(_RUN):
        shutil.rmtree(_RUN, ignore_errors=True)


def _mounts_below(folder: Path) -> list[str]:
    """Mount points at or below a folder."""
    points = [each.mountpoint for each in psutil.disk_partitions(all=True)]
    return [point for point in points if Path(point).is_relative_to(folder)]


def _size(folder: Path) -> int:
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())
