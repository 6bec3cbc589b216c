"""The flights themselves: fetched once with npm, checked against the committed pin, kept in the cache."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import tarfile
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from filelock import FileLock

from workspace import npm, paths
from workspace.errors import ReportedError

PIN: Final = paths.ROOT / "jobs" / "flights" / "data.json"
"""Package, version, its integrity as npm writes it, and the sha256 of each file that is used."""


@dataclass(frozen=True)
class Dataset:
    """The job's input on this machine.

    Args:
        flights: Parquet file with three million flights.
        airports: CSV file with their airports.
    """

    flights: Path
    airports: Path

    @property
    def files(self) -> tuple[Path, Path]:
        """Both files."""
        return (self.flights, self.airports)


@cache
def pin() -> dict[str, Any]:
    """What is committed about the data."""
    return dict(json.loads(PIN.read_text()))


def fetch() -> Dataset:
    """The data from the cache; downloads it first when the cache lacks a file or holds another one.

    Raises:
        ReportedError: npm is missing or fails, or the package is not the pinned one.
    """
    folder = paths.CACHE / "data" / f"{pin()['package']}-{pin()['version']}"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        if not all(_matches(folder / name, entry["sha256"]) for name, entry in pin()["files"].items()):
            _download(folder)
    return Dataset(folder / "flights-3m.parquet", folder / "airports.csv")


def _matches(path: Path, sha256: str) -> bool:
    return path.is_file() and file_sha256(path) == sha256


def file_sha256(path: Path) -> str:
    """The sha256 of a file, in hex.

    Args:
        path: of the file.
    """
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _download(folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder, prefix=".partial-") as partial:
        archive = npm.pack(pin()["package"], pin()["version"], Path(partial), purpose="the flights")
        check_integrity(archive, pin()["integrity"])
        with tarfile.open(archive) as package:
            for name, entry in pin()["files"].items():
                _extract(package, entry["member"], Path(partial) / name, entry["sha256"])
                (Path(partial) / name).replace(folder / name)


def check_integrity(archive: Path, integrity: str) -> None:
    """Compare an archive with npm's notation of its digest (`sha512-` and base64).

    Args:
        archive: as it was downloaded.
        integrity: what the pin says.

    Raises:
        ReportedError: it is another archive.
    """
    algorithm, _, _ = integrity.partition("-")
    with archive.open("rb") as stream:
        digest = hashlib.file_digest(stream, algorithm).digest()
    found = f"{algorithm}-{base64.b64encode(digest).decode()}"
    if found != integrity:
        raise ReportedError(
            f"{archive.name} has the integrity {found}, but {PIN.name} pins {integrity}",
            hint=f"someone changed the package: do not use it; ask its registry for {pin()['version']} again",
        )


def _extract(package: tarfile.TarFile, member: str, target: Path, sha256: str) -> None:
    stream = package.extractfile(member)
    if stream is None:
        raise ReportedError(f"the package holds no file {member}", hint=f"correct {PIN.name}")
    with stream, target.open("wb") as output:
        shutil.copyfileobj(stream, output)
    if not _matches(target, sha256):
        raise ReportedError(
            f"{member} has the sha256 {file_sha256(target)}, but {PIN.name} pins {sha256}",
            hint=f"correct {PIN.name}: its integrity and its sha256 are of different versions",
        )
