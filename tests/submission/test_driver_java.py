"""How Java compiles in a driver is as Spark's own launcher says it to Java, and in words that Java knows."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from components.releases import RELEASES
from components.spark.conf import spark_defaults
from components.spark.conf_java import LATER, THRESHOLDS, java_settings
from components.versions import SPARK, SPARK_LTS
from tests.support.distributions import unpacked
from tests.support.object_storages import AWS

pytestmark = pytest.mark.spark

JOBS_OWN = "-XX:TieredStopAtLevel=1"


def command(version: str, folder: Path) -> list[str]:
    """The command line for a driver that runs in its pod: what the launcher would have the shell run."""
    found = unpacked(version)
    conf = {
        **spark_defaults(AWS, spark_version=version, image="a:1"),
        "spark.driver.extraJavaOptions": JOBS_OWN,
    }
    written = folder / "spark.properties"
    written.write_text("".join(f"{key} {value}\n" for key, value in conf.items()))
    launcher = ("java", "-cp", f"{found.home}/jars/*", "org.apache.spark.launcher.Main")
    submit = ("org.apache.spark.deploy.SparkSubmit", "--deploy-mode", "client", "--properties-file")
    done = subprocess.run(
        [*launcher, *submit, str(written), "--class", "Job", "local:///job.jar"],
        # What Spark's script load-spark-env.sh says.
        env={**found.environment, "SPARK_SCALA_VERSION": RELEASES[version].scala},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.strip("\0\n").split("\0")


@pytest.mark.parametrize("version", [SPARK, SPARK_LTS])
def test_a_driver_compiles_later_unless_its_job_says_otherwise(version: str, tmp_path: Path) -> None:
    words = command(version, tmp_path)
    (setting,) = java_settings()
    wanted = setting.value.split()
    assert [word for word in words if word in wanted] == wanted
    assert words.index(JOBS_OWN) > words.index(wanted[-1]), "of two that disagree, Java takes the later"


def test_the_thresholds_are_javas_own_so_many_times() -> None:
    def flags(*options: str) -> dict[str, int]:
        ask = ["java", *options, "-XX:+PrintFlagsFinal", "-version"]
        text = subprocess.run(ask, capture_output=True, text=True, check=True, timeout=60).stdout
        return {name: int(re.search(rf"\b{name}\s+= (\d+)", text)[1]) for name in THRESHOLDS}  # type: ignore[index]

    (setting,) = java_settings()
    assert flags() == THRESHOLDS
    assert flags(*setting.value.split()) == {name: LATER * runs for name, runs in THRESHOLDS.items()}
