"""Spark as its images have it, unpacked for tests that run it on this machine."""

from __future__ import annotations

import os
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from components.releases import RELEASES
from images import fetch
from tests.support import brief_jvm, class_archive
from workspace import paths


@dataclass(frozen=True)
class Distribution:
    """The unpacked pyspark distribution: the very files that the image is made of."""

    folder: Path

    @property
    def home(self) -> Path:
        return self.folder / "deps"

    @property
    def python_path(self) -> list[str]:
        return [str(self.folder), *(str(path) for path in (self.folder / "lib").glob("py4j-*.zip"))]

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to run its spark-submit."""
        return {
            **os.environ,
            "SPARK_HOME": str(self.home),
            "PYTHONPATH": os.pathsep.join(self.python_path),
            "PYSPARK_PYTHON": sys.executable,
            "SPARK_LOCAL_IP": "127.0.0.1",
        }

    @property
    def brief(self) -> dict[str, str]:
        """The same for a process that ends within a minute."""
        variables = {**self.environment, **brief_jvm.VARIABLES}
        return {**variables, "SPARK_SUBMIT_OPTS": class_archive.options(self.home, variables)}


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
            # What is killed halfway leaves nothing that the next one takes for whole.
            with tempfile.TemporaryDirectory(dir=target.parent) as partial, tarfile.open(source) as archive:
                archive.extractall(partial, filter="data")
                (Path(partial) / target.name).rename(target)
    return Distribution(target)
