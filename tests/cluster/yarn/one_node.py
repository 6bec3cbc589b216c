"""Starts YARN of one node on this machine, and runs jobs on it as `spark-submit` does."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from components import versions
from images import host
from tests.cluster.waiting import eventually
from tests.support.distributions import Distribution

HERE = Path(__file__).parent
START_SECONDS = 240.0


@dataclass(frozen=True)
class Yarn:
    """A YARN that runs.

    Args:
        folder: its own, with the clients' configuration and the containers' logs.
        distribution: Spark's jars, which drivers and executors read where they are.
    """

    folder: Path
    distribution: Distribution

    def submit(self, program: Path, arguments: Sequence[str], options: Sequence[str]) -> tuple[str, float]:
        """Run a Python program in cluster mode to its end.

        Args:
            program: the file.
            arguments: its own.
            options: of `spark-submit`.

        Returns:
            What the driver printed, and CPU seconds of `spark-submit`, a JVM of its own.
        """
        library = self.distribution.folder / "lib"
        archives = [library / "pyspark.zip", *library.glob("py4j-*.zip")]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [
                str(self.distribution.home / "bin" / "spark-submit"),
                *("--master", "yarn", "--deploy-mode", "cluster"),
                *("--conf", f"spark.yarn.jars=local:{self.distribution.home}/jars/*"),
                *("--conf", "spark.yarn.report.interval=500ms"),
                *("--conf", f"spark.yarn.appMasterEnv.PYSPARK_PYTHON={sys.executable}"),
                *("--conf", f"spark.executorEnv.PYSPARK_PYTHON={sys.executable}"),
                *options,
                str(program),
                *arguments,
            ],
            env={
                **self.distribution.environment,
                "YARN_CONF_DIR": str(self.folder / "client"),
                "PYSPARK_ARCHIVES_PATH": ",".join(f"local:{path}" for path in archives),
            },
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert done.returncode == 0, done.stderr[-3000:]
        found = re.search(r"application_\d+_\d+", done.stderr)
        assert found, done.stderr[-3000:]
        printed = "".join(path.read_text() for path in self.folder.rglob("stdout") if found[0] in str(path))
        return printed, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@contextmanager
def started(folder: Path, distribution: Distribution) -> Iterator[Yarn]:
    """Get Hadoop's jars with Maven, start YARN, and end it.

    Args:
        folder: an empty one.
        distribution: Spark, whose Hadoop it runs with.
    """
    own = folder / "jars"
    host.run(
        [
            *(host.command("mvn"), "--batch-mode", "--file", str(HERE / "pom.xml")),
            *("dependency:copy-dependencies", f"-DoutputDirectory={own}"),
            f"-Dhadoop.version={versions.HADOOP}",
        ],
        doing="downloading YARN of one node with Maven",
        log=folder / "maven.log",
        hint="check that Maven reaches its repository, then run the same command again",
    )
    (folder / "client").mkdir()
    said = folder / "yarn.log"
    with said.open("w") as log:
        process = subprocess.Popen(
            [
                *("java", "--add-opens=java.base/java.lang=ALL-UNNAMED"),
                *("-cp", f"{HERE}:{own}/*:{distribution.home}/jars/*"),
                *(str(HERE / "OneNode.java"), str(folder / "client")),
            ],
            # Its containers find Java by this.
            env={**os.environ, "JAVA_HOME": java_home()},
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        eventually("YARN of one node", lambda: "YARN ready" in said.read_text(), timeout=START_SECONDS)
        yield Yarn(folder, distribution)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(120)


def java_home() -> str:
    """Where this machine's Java is."""
    return str(Path(host.command("java")).resolve().parents[1])
