"""Spark's classes as Java has them in memory, for tests' short JVMs: mapped, not loaded and checked anew.

On two busy cores of an AMD EPYC, a session with a query of a line took 10.8 and 11.2 CPU s without, and 5.8
and 6.1 with it. It is made once, by such a session, and kept in the cache.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from filelock import FileLock

from workspace import paths

PROGRAM: Final = """\
import sys
from pyspark.sql import SparkSession

session = SparkSession.builder.config("spark.ui.enabled", "false").getOrCreate()
rows = session.range(1000).selectExpr("id", "id % 7 AS k").groupBy("k").count()
rows.write.parquet(sys.argv[1])
session.read.parquet(sys.argv[1]).collect()
session.stop()
"""

QUIET: Final = "-Xshare:auto -Xlog:cds=off -Xlog:cds+dynamic=off"
"""Java goes on without an archive that does not fit, as of jars in another place, and says nothing of it."""

LIMIT_SECONDS: Final = 600.0
"""It takes 48 s of CPU time, on a machine that others use as well."""


def options(home: Path, environment: Mapping[str, str]) -> str:
    """What a JVM of a distribution is told to map the archive, which is made first if there is none.

    Args:
        home: of Spark; its folder is named after the release.
        environment: of a process that runs its spark-submit.
    """
    return f"{QUIET} -XX:SharedArchiveFile={_archive(home, environment)}"


def _archive(home: Path, environment: Mapping[str, str]) -> Path:
    told = "\n".join((_java(), environment.get("JAVA_TOOL_OPTIONS", ""), PROGRAM))
    # Java refuses an archive of other bytes of itself; by this name it gets one of its own.
    name = f"{home.parent.name}-{hashlib.sha256(told.encode()).hexdigest()[:12]}.jsa"
    target = paths.CACHE / "spark" / name
    with FileLock(f"{target}.lock"):
        if not target.exists():
            # What is killed halfway leaves nothing that the next one takes for whole.
            with tempfile.TemporaryDirectory(dir=target.parent) as folder:
                _make(home, environment, Path(folder)).rename(target)
    return target


def java_program() -> str:
    """The Java that Spark starts."""
    java = Path(os.environ["JAVA_HOME"], "bin", "java") if "JAVA_HOME" in os.environ else shutil.which("java")
    assert java, "there is no Java: `spark-on-eks doctor` says how to get one"
    return str(java)


@cache
def _java() -> str:
    """The version of the Java that Spark starts, to its build."""
    return subprocess.run(
        [java_program(), "-version"], check=True, capture_output=True, text=True, timeout=60
    ).stderr


def _make(home: Path, environment: Mapping[str, str], folder: Path) -> Path:
    program, made = folder / "program.py", folder / "classes.jsa"
    program.write_text(PROGRAM)
    done = subprocess.run(
        [home / "bin" / "spark-submit", "--master", "local[2]", program, folder / "rows"],
        env={**environment, "SPARK_SUBMIT_OPTS": f"{QUIET} -XX:ArchiveClassesAtExit={made}"},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    assert made.is_file(), f"no archive of Spark's classes was made:\n{done.stdout}{done.stderr}"
    return made
