"""Spark as its images have it, unpacked for tests that run it on this machine."""

from __future__ import annotations

import tarfile

from filelock import FileLock

from components.releases import RELEASES
from images import fetch
from tests.jobs.conftest import Distribution
from workspace import paths


def unpacked(version: str) -> Distribution:
    """The distribution of a release, from what was downloaded for its image.

    Args:
        version: the release ("3.5.8").
    """
    locked = fetch.read_requirements(fetch.locks(RELEASES[version]) / "requirements.lock")
    name = f"pyspark-{version}.tar.gz"
    source = fetch.DOWNLOADS / locked[name][:16] / name
    target = paths.CACHE / "spark" / f"pyspark-{version}"
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{target}.lock"):
        if not target.exists():
            assert source.is_file(), f"{source} is missing: `make images` downloads it"
            with tarfile.open(source) as archive:
                archive.extractall(target.parent, filter="data")
    return Distribution(target)
