"""Java commands of Spark take the image's class archive where Java can use it; others are left alone."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from workspace.paths import ROOT

SCRIPT = ROOT / "docker" / "spark" / "class-archive.sh"
JARS = ("a.jar", "slf4j-api-2.jar", "z.jar")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home of Spark with an archive of its jars."""
    (tmp_path / "jars").mkdir()
    for name in JARS:
        (tmp_path / "jars" / name).touch()
    (tmp_path / "classes.jsa").touch()
    (tmp_path / "class-path").write_text(archived(tmp_path))
    return tmp_path


def archived(home: Path) -> str:
    return ":".join(f"{home}/jars/{name}" for name in ("slf4j-api-2.jar", *JARS))


def changed(home: Path, path: str, *, java: str = "/opt/java/bin/java", **environment: str) -> list[str]:
    """The command that becomes of Java with a class path."""
    given = [java, "-Xmx1g", "-cp", path, "Main", "two words", "-cp"]
    code = 'source "$1"; shift; command=("$@"); use_class_archive command; printf "%s\\0" "${command[@]}"'
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", code, "bash", str(SCRIPT), *given],
        env={"SPARK_HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.split("\0")[:-1]


def with_archive(home: Path, path: str) -> list[str]:
    option = f"-XX:SharedArchiveFile={home}/classes.jsa"
    return ["/opt/java/bin/java", option, "-Xmx1g", "-cp", path, "Main", "two words", "-cp"]


def as_it_was(path: str, java: str = "/opt/java/bin/java") -> list[str]:
    return [java, "-Xmx1g", "-cp", path, "Main", "two words", "-cp"]


def test_the_jars_come_first_in_the_archives_order_and_the_configuration_after_them(home: Path) -> None:
    launchers = f"{home}/conf/:{home}/jars/slf4j-api-2.jar:{home}/jars/*:/etc/hadoop:/more/*"
    assert changed(home, launchers) == with_archive(
        home, f"{archived(home)}:{home}/conf/:/etc/hadoop:/more/*"
    )


def test_an_executors_folders_of_configuration_are_known_wherever_they_are(home: Path) -> None:
    path = changed(
        home,
        f"/mounted/conf:/mounted/hadoop:{home}/jars/*:/work",
        SPARK_CONF_DIR="/mounted/conf",
        HADOOP_CONF_DIR="/mounted/hadoop",
    )
    assert path == with_archive(home, f"{archived(home)}:/mounted/conf:/mounted/hadoop:/work")


def test_further_jars_of_an_image_that_is_built_on_this_one_are_on_the_class_path(home: Path) -> None:
    (home / "jars" / "driver-of-a-database.jar").touch()
    path = changed(home, f"{home}/conf/:{home}/jars/*")
    assert path == with_archive(home, f"{archived(home)}:{home}/conf/:{home}/jars/*")


def test_what_a_job_puts_before_sparks_jars_stays_there(home: Path) -> None:
    path = f"/opt/mine/*:{home}/conf/:{home}/jars/*"
    assert changed(home, path) == as_it_was(path)


@pytest.mark.parametrize(
    ("path", "java"),
    [("{home}/conf/:{home}/jars/*", "env"), ("/opt/other/*", "/opt/java/bin/java")],
    ids=["not Java", "not Spark's jars"],
)
def test_other_commands_are_left_alone(home: Path, path: str, java: str) -> None:
    path = path.format(home=home)
    assert changed(home, path, java=java) == as_it_was(path, java)


def test_an_image_without_an_archive_starts_as_spark_does(home: Path) -> None:
    (home / "classes.jsa").unlink()
    path = f"{home}/conf/:{home}/jars/*"
    assert changed(home, path) == as_it_was(path)
