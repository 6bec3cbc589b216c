"""Runs Spark on this machine with what the platform gives to its pods: properties, jars and credentials."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from components import versions
from components.releases import RELEASES
from components.spark.conf import render_properties
from images import fetch
from tests.store.gateway import key_of
from tests.support.distributions import Distribution


def submit(
    distribution: Distribution,
    folder: Path,
    conf: Mapping[str, str],
    *arguments: str,
    namespace: str,
    environment: Mapping[str, str],
) -> subprocess.CompletedProcess[str]:
    """Run a job to its end.

    Args:
        distribution: Spark.
        folder: where the job works.
        conf: the platform's defaults for jobs.
        arguments: the application, and what it is given.
        namespace: the tenant's.
        environment: further variables, such as credentials.
    """
    here = {
        "spark.driver.extraClassPath": f"{s3_jars()}:{commit_classes(distribution, folder)}",
        "spark.local.dir": str(folder),
        "spark.ui.enabled": "false",
        "spark.hadoop.fs.s3a.buffer.dir": str(folder),
        # What the submission to Kubernetes would say.
        "spark.kubernetes.namespace": namespace,
    }
    (folder / "spark-defaults.conf").write_text(render_properties({**conf, **here}))
    brief = distribution.brief
    return subprocess.run(
        [
            str(distribution.home / "bin" / "spark-submit"),
            *("--master", "local[2]", "--driver-memory", "1g"),
            *("--properties-file", str(folder / "spark-defaults.conf"), *arguments),
        ],
        env={
            **brief,
            "SPARK_SUBMIT_OPTS": f"{brief['SPARK_SUBMIT_OPTS']} {commit_options(distribution, folder)}",
            **environment,
        },
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def commit_classes(distribution: Distribution, folder: Path, version: str = versions.SPARK) -> Path:
    """Compile what the image's recipe adds for commits; gives the folder of its classes.

    Args:
        distribution: Spark.
        folder: where the job works.
        version: the release of Spark.
    """
    target = folder / "commit"
    classpath = f"{distribution.home}/jars/*:{s3_jars(version)}"
    sources = map(str, (fetch.SPARK_FOLDER / "commit").glob("*.java"))
    command = ["javac", "-nowarn", "-cp", classpath, "-d", str(target), *sources]
    subprocess.run(command, env=distribution.environment, check=True)
    return target


def commit_options(distribution: Distribution, folder: Path) -> str:
    """Java's options by which a driver of the image commits, as its script says them.

    Args:
        distribution: Spark.
        folder: where the job works.
    """
    home = folder / "home"
    (home / "jars").mkdir(parents=True)
    (home / "jars" / "commit-protocol.jar").touch()
    for core in (distribution.home / "jars").glob("spark-core_*.jar"):
        (home / "jars" / core.name).touch()
    script = fetch.SPARK_FOLDER / "commit-protocol.sh"
    return subprocess.run(
        ["bash", "-c", 'source "$0"; printf %s "$SPARK_SUBMIT_OPTS"', str(script)],
        env={"SPARK_HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def keys(account: str) -> dict[str, str]:
    """An account's keys, as its pods get them."""
    return {"AWS_ACCESS_KEY_ID": account, "AWS_SECRET_ACCESS_KEY": key_of(account)}


def s3_jars(version: str = versions.SPARK) -> str:
    """Class path of the jars that the image adds to Spark.

    Args:
        version: the release of Spark.
    """
    locked = fetch.read_lock(fetch.locks(RELEASES[version]) / "jars.lock")
    paths = [fetch.cached(name, digest) for name, digest in locked.items()]
    missing = [path.name for path in paths if not path.is_file()]
    assert not missing, f"{', '.join(missing)}: `make images` downloads them"
    return ":".join(map(str, paths))
