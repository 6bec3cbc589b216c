"""Gets the images' locked files with pip, Maven and npm, once, into the cache."""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from components import versions
from components.releases import RELEASES, SparkRelease
from images import host
from workspace import npm, paths
from workspace.errors import ReportedError

DOWNLOADS: Final = paths.CACHE / "downloads"
"""Fetched files, each in a folder named after its sha256, so that two versions never meet."""

SPARK_FOLDER: Final = paths.ROOT / "docker" / "spark"
PYTHON_FOLDER: Final = paths.ROOT / "docker" / "spark-python"
PROMETHEUS_FOLDER: Final = paths.ROOT / "docker" / "prometheus"

_WHEEL_PLATFORMS: Final = tuple(
    f"manylinux{glibc}_{machine}" for machine in ("x86_64", "aarch64") for glibc in ("_2_28", "_2_17", "2014")
)
"""What wheels run on with the glibc of Debian 12, 2.36, on both architectures of AWS."""


def locks(release: SparkRelease, folder: Path = SPARK_FOLDER) -> Path:
    """The folder with the locks of a release.

    Args:
        release: which one.
        folder: of the recipe that takes it.
    """
    return folder / "releases" / release.version


DEFAULT_LOCKS: Final = locks(RELEASES[versions.SPARK])
"""The locks of what the platform itself runs."""

PYTHON: Final = "3.11"
"""Python of Debian 12, which the wheels are for."""

_UPLOT_HINT: Final = "correct docker/prometheus/uplot.lock"


def read_lock(lock: Path) -> dict[str, str]:
    """File name -> sha256 of a lock in the format of `sha256sum`; lines that begin with # are comments.

    Args:
        lock: the file.

    Raises:
        ReportedError: a line is something else, or a name stands twice.
    """
    files: dict[str, str] = {}
    for number, line in enumerate(lock.read_text().splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        digest, _, name = line.partition("  ")
        if len(digest) != hashlib.sha256().digest_size * 2 or not name or name in files:
            raise ReportedError(
                f"{lock.name} line {number} is {line!r}; not a sha256, two spaces and a new name",
                hint=f"restore docker/spark/{lock.name}, or write it anew as docker/README.md says",
            )
        files[name] = digest
    return files


def read_requirements(lock: Path) -> dict[str, str]:
    """File name -> sha256 of the source distributions in a pip lock (`name==version --hash=sha256:...`).

    Args:
        lock: the file.

    Raises:
        ReportedError: a line is something else.
    """
    files: dict[str, str] = {}
    for line in lock.read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        requirement, _, digest = line.partition(" --hash=sha256:")
        name, pinned, version = requirement.partition("==")
        if not pinned or not digest:
            raise ReportedError(
                f"{lock.name} has the line {line!r}; it must be `name==version --hash=sha256:...`",
                hint=f"restore docker/spark/{lock.name}",
            )
        files[f"{name}-{version}.tar.gz"] = digest.strip()
    return files


def sha256(path: Path) -> str:
    """The sha256 of a file.

    Args:
        path: of the file.
    """
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def place(source: Path, target: Path) -> None:
    """Put a file there, without copying it where the file system allows.

    Args:
        source: a file, which stays.
        target: where it is wanted; what is there is replaced.
    """
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def spark(release: SparkRelease, folder: Path, log: Path) -> None:
    """Put every locked file of a Spark image into a folder; fetch only what the cache lacks.

    Args:
        release: which one.
        folder: where the files go.
        log: file for what the clients print.

    Raises:
        ReportedError: a client failed, or a file is not the locked one.
    """
    distribution = read_requirements(locks(release) / "requirements.lock")
    jars = read_lock(locks(release) / "jars.lock")
    ensure(distribution, lambda target: _pip(release, target, log))
    ensure(jars, lambda target: _maven(release, target, log))
    for name, digest in {**distribution, **jars}.items():
        place(cached(name, digest), folder / name)


def python_packages(release: SparkRelease, folder: Path, log: Path) -> None:
    """Put the wheels of the image with Python packages into a folder, for both architectures.

    Args:
        release: Spark's.
        folder: where the files go.
        log: file for what pip prints.

    Raises:
        ReportedError: pip failed, or a wheel is not a locked one.
    """
    wheels(locks(release, PYTHON_FOLDER) / "requirements.lock", folder, log)


def wheels(lock: Path, folder: Path, log: Path) -> None:
    """Put locked wheels into a folder, for both architectures.

    Args:
        lock: pip's own lock.
        folder: where the files go.
        log: file for what pip prints.

    Raises:
        ReportedError: pip failed, or a wheel is not a locked one.
    """
    kept = DOWNLOADS / f"wheels-{hashlib.sha256(lock.read_bytes()).hexdigest()[:16]}"
    if not kept.is_dir():
        DOWNLOADS.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=DOWNLOADS, prefix=".partial-") as partial:
            for machine in ("x86_64", "aarch64"):
                _wheels(lock, machine, Path(partial) / "wheels", log)
            # pip has compared each with the lock, so a folder that is there needs no second look.
            (Path(partial) / "wheels").replace(kept)
    for wheel in kept.iterdir():
        place(wheel, folder / wheel.name)


def _wheels(lock: Path, machine: str, target: Path, log: Path) -> None:
    platforms = [each for each in _WHEEL_PLATFORMS if each.endswith(machine)]
    host.run(
        [
            *host.pip(),
            *("download", "--no-deps", "--no-cache-dir", "--require-hashes", "--only-binary=:all:"),
            *(f"--platform={each}" for each in platforms),
            *("--python-version", PYTHON, "--requirement", str(lock), "--dest", str(target)),
        ],
        doing=f"downloading Python packages for {machine} with pip",
        log=log,
        hint="check that pip reaches its package index, then run the same command again",
    )


def signals_page(folder: Path, _log: Path) -> None:
    """Put what the signals page draws with into a folder; fetch it only if the cache lacks it.

    Args:
        folder: where the files go.

    Raises:
        ReportedError: npm failed, or a file is not the locked one.
    """
    locked = read_lock(PROMETHEUS_FOLDER / "uplot.lock")
    ensure(locked, lambda target: _npm(target, sorted(locked)))
    for name, digest in locked.items():
        place(cached(name, digest), folder / name)


def cached(name: str, digest: str) -> Path:
    """Where the cache keeps a fetched file.

    Args:
        name: of the file.
        digest: its sha256, in hex.
    """
    return DOWNLOADS / digest[:16] / name


def ensure(files: Mapping[str, str], download: Callable[[Path], None]) -> None:
    """Download files unless the cache has every one of them; let nothing into it that is not locked.

    Args:
        files: file name -> sha256.
        download: puts the files into a folder.
    """
    # A file gets its final name only after it was checked, so a name that is there needs no second look.
    if all(cached(name, digest).is_file() for name, digest in files.items()):
        return
    DOWNLOADS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=DOWNLOADS, prefix=".partial-") as partial:
        target = Path(partial)
        download(target)
        check(target, files)
        for name, digest in files.items():
            final = cached(name, digest)
            final.parent.mkdir(exist_ok=True)
            (target / name).replace(final)


def check(folder: Path, files: Mapping[str, str]) -> None:
    """Compare a folder with a lock.

    Args:
        folder: what was downloaded.
        files: file name -> sha256.

    Raises:
        ReportedError: a file is missing, is not in the lock, or has another sha256; all such files are named.
    """
    found = {path.name for path in folder.iterdir() if path.is_file()}
    problems = [f"{name} was not downloaded" for name in sorted(files.keys() - found)]
    problems += [f"{name} is not in the lock" for name in sorted(found - files.keys())]
    for name in sorted(files.keys() & found):
        actual = sha256(folder / name)
        if actual != files[name]:
            problems.append(f"{name} has sha256 {actual}, the lock says {files[name]}")
    if problems:
        raise ReportedError(
            "what was downloaded is not what is locked below docker/: " + "; ".join(problems),
            hint="if a version was changed on purpose, write the lock anew as docker/README.md says",
        )


def _pip(release: SparkRelease, target: Path, log: Path) -> None:
    host.run(
        [
            *host.pip(),
            *("download", "--no-deps", "--no-binary", "pyspark", "--no-cache-dir", "--require-hashes"),
            *("--requirement", str(locks(release) / "requirements.lock"), "--dest", str(target)),
        ],
        doing=f"downloading the distribution of Spark {release.version} (320 to 460 MB) with pip",
        log=log,
        # pip unpacks the distribution to read its metadata, which /tmp may be too small for.
        environment={**os.environ, "TMPDIR": str(target)},
        hint="check that pip reaches its package index, then run the same command again",
    )


def _npm(target: Path, names: list[str]) -> None:
    with tempfile.TemporaryDirectory(dir=DOWNLOADS, prefix=".partial-") as partial:
        archive = npm.pack("uplot", versions.UPLOT, Path(partial), purpose="the signals page's plots")
        with tarfile.open(archive) as package:
            for name in names:
                member = package.extractfile(f"package/dist/{name}")
                if member is None:
                    raise ReportedError(f"uplot {versions.UPLOT} has no file dist/{name}", hint=_UPLOT_HINT)
                with member, (target / name).open("wb") as output:
                    shutil.copyfileobj(member, output)


def _maven(release: SparkRelease, target: Path, log: Path) -> None:
    host.run(
        [
            *(host.command("mvn"), "--batch-mode", "--file", str(SPARK_FOLDER / "pom.xml")),
            *("dependency:copy-dependencies", f"-DoutputDirectory={target}"),
            *(f"-Dspark.version={release.version}", f"-Dscala.version={release.scala}"),
        ],
        doing="downloading the S3A jars with Maven",
        log=log,
        hint="check that Maven reaches its repository, then run the same command again",
    )
