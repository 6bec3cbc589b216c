"""The operator's spark-submit without its pod: the real script, the real SparkSubmit in a JVM that stays."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from components.services.spark_operator.release import submit_data
from components.spark.conf import JobDefaults, config_map_data
from components.spark.pod_templates import driver_template, executor_template, render_template
from tests.support.definitions import Definitions

FOLDER: Final = Path(__file__).parent
SUBMISSION: Final = FOLDER.parents[1] / "docker" / "spark-operator" / "submission"
SCRIPT: Final = FOLDER.parents[1] / "components" / "services" / "spark_operator" / "spark_submit.sh"
MASTER: Final = "k8s://https://192.0.2.1:443"
"""The API server that the operator names."""

NAMESPACES: Final = ("data-dev", "science-dev")

JAVA: Final = """\
#!/bin/bash
# In the place of Java: notes the command line that the script ends in, for the JVM that stays.
printf '%s\\0' "$@" > "${0%/*}/command"
"""


@dataclass(frozen=True)
class Pod:
    """Folders of the operator's pod: Spark, the platform's defaults, the script's own files."""

    path: Path
    spark: Path
    api: Definitions

    def _to_us(self, arguments: Sequence[str]) -> list[str]:
        """The operator's arguments, with the API server that gives definitions for the one that it names."""
        return [self.api.master if each == MASTER else each for each in arguments]

    @property
    def command(self) -> Path:
        return self.path / "java" / "bin" / "command"

    def spark_submit(self, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run the script on the operator's arguments."""
        self.command.unlink(missing_ok=True)
        return subprocess.run(
            ["/bin/bash", str(SCRIPT), *self._to_us(arguments)],
            env={
                "PATH": os.environ["PATH"],
                "SPARK_HOME": str(self.spark),
                "SPARK_CONF_DIR": str(self.path / "conf"),
                "SPARK_SUBMIT_DIR": str(self.path / "submit"),
                "SPARK_SUBMIT_MODULES": str(SCRIPT.parents[3] / "apps"),
                "JAVA_HOME": str(self.path / "java"),
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def handed_on(self) -> list[str] | None:
        """What Spark gets from the script, after the name of its class; None if it was refused."""
        if not self.command.exists():
            return None
        command = self.command.read_bytes().decode("utf-8", "surrogateescape").split("\0")[:-1]
        handed_on = command[command.index("org.apache.spark.deploy.SparkSubmit") + 1 :]
        return [MASTER if each == self.api.master else each for each in handed_on]


def pod(path: Path, spark: Path, conf: dict[str, str], api: Definitions) -> Pod:
    """Lay out the folders.

    Args:
        path: where.
        spark: the unpacked distribution.
        conf: properties of spark-defaults.conf.
        api: what the definitions are read from.
    """
    driver = render_template(driver_template(priority_class="spark-normal"))
    executor = render_template(executor_template(priority_class="spark-normal"))
    files = {
        "conf": config_map_data(JobDefaults(properties=conf), driver, executor),
        "submit": submit_data(NAMESPACES, {}),
    }
    for folder, contents in files.items():
        (path / folder).mkdir(parents=True)
        for name, text in contents.items():
            (path / folder / name).write_text(text)
    java = path / "java" / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(JAVA)
    java.chmod(0o755)
    return Pod(path, spark, api)


@dataclass(frozen=True)
class Outcome:
    """What one submission did.

    Args:
        failure: how it ended, if not well.
        mode: the deploy mode that Spark's parser read.
        master: the address that it read.
        requests: what it asked of the API server, `METHOD path`.
        bodies: what it sent with each.
        touched: files, programs, addresses and classes that were none of its business.
        state: what of the JVM a submission could leave changed for the next, `name=value`.
    """

    failure: str
    mode: str
    master: str
    requests: list[str]
    bodies: list[str]
    touched: list[str]
    state: list[str]


class Submitter:
    """A JVM that submits one job after the other, with its own API server."""

    def __init__(self, pod: Pod, jars: Sequence[Path], work: Path) -> None:
        """Compile and start it.

        Args:
            pod: whose files it may read.
            jars: jars of the image.
            work: folder for its classes and its temporary files.
        """
        classes, canary, temporary = work / "classes", work / "canary", work / "tmp"
        temporary.mkdir(parents=True)
        classpath = [str(classes), str(pod.path / "submit"), str(pod.path / "conf"), *map(str, jars)]
        ours = [FOLDER / "Submitter.java", FOLDER / "State.java", *sorted(SUBMISSION.glob("*.java"))]
        for sources, target in ((ours, classes), ([FOLDER / "Canary.java"], canary)):
            compiler = ["javac", "-nowarn", "-cp", ":".join(classpath), "-d", str(target), *map(str, sources)]
            subprocess.run(compiler, check=True, capture_output=True, timeout=120)
        home = Path(str(shutil.which("java"))).resolve().parents[1]
        opened = ("lang", "lang.invoke", "lang.reflect", "io", "net", "nio", "util", "util.concurrent")
        known = [home, pod.path, classes, temporary, "/tmp/spark", *sorted({jar.parent for jar in jars})]
        command = [
            "java",
            "-Xmx512m",
            "-Djava.security.manager=allow",
            f"-Djava.io.tmpdir={temporary}",
            *(f"--add-opens=java.base/java.{each}=ALL-UNNAMED" for each in opened),
            "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
            "-cp",
            ":".join(classpath),
            "Submitter",
            *map(str, [canary, *known]),
            *SYSTEM_FILES,
        ]
        self._log = (work / "log").open("w")
        self._process = subprocess.Popen(
            command,
            env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "SPARK_CONF_DIR": str(pod.path / "conf")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            cwd=temporary,
        )

    def submit(self, arguments: Sequence[str]) -> Outcome:
        """Submit one job with the arguments that the script hands on."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(" ".join(map(_encode, arguments)) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the JVM has ended; see its log"
        failure, mode, master, *lists = line.rstrip("\n").split("\t")
        return Outcome(_decode(failure), _decode(mode), _decode(master), *map(_list, lists))

    def close(self) -> None:
        """End the JVM."""
        self._process.kill()
        self._process.wait()
        self._log.close()


SYSTEM_FILES: Final = (
    "/proc",
    "/sys",
    "/dev",
    "/etc/hosts",
    "/etc/resolv.conf",
    "/etc/nsswitch.conf",
    "/etc/java-17-openjdk",
    "/usr/share/java",
)
"""What any Java program reads."""


def _encode(text: str) -> str:
    return "." + base64.b64encode(text.encode("utf-8", "surrogateescape")).decode()


def _decode(word: str) -> str:
    return base64.b64decode(word[1:]).decode()


def _list(words: str) -> list[str]:
    return [_decode(word) for word in words.split(" ") if word]
