"""Iceberg's jar for the platform's Spark, from Maven's repository, for tests that write tables by it."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from filelock import FileLock

from components import versions
from workspace import paths


def jar() -> Path:
    """The jar, downloaded once into the cache."""
    release = versions.SPARK.rpartition(".")[0]
    name = f"iceberg-spark-runtime-{release}_{versions.SCALA}"
    target = paths.CACHE / "spark" / f"{name}-{versions.ICEBERG}.jar"
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{target}.lock"):
        if not target.exists():
            with tempfile.TemporaryDirectory(dir=target.parent) as partial:
                artifact = f"org.apache.iceberg:{name}:{versions.ICEBERG}"
                command = ["mvn", "--batch-mode", "--quiet", "dependency:copy", f"-Dartifact={artifact}"]
                subprocess.run([*command, f"-DoutputDirectory={partial}"], check=True, cwd=partial)
                shutil.move(Path(partial) / target.name, target)
    return target
