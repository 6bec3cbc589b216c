"""Pods as Spark makes them, of properties and templates: no cluster, and no driver that runs."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from components.spark.conf import render_properties
from tests.support.brief_jvm import VARIABLES
from tests.support.distributions import Distribution

Json = dict[str, Any]

SOURCE: Final = Path(__file__).with_name("SparkPods.java")


class SparkPods:
    """A JVM that makes one pod after the other."""

    def __init__(self, distribution: Distribution, work: Path) -> None:
        """Compile and start it.

        Args:
            distribution: whose Spark.
            work: folder for its classes and files.
        """
        classes, jars = work / "classes", f"{distribution.home}/jars/*"
        compiler = ["javac", "-nowarn", "-cp", jars, "-d", str(classes), str(SOURCE)]
        subprocess.run(compiler, check=True, capture_output=True, timeout=120)
        self._properties = work / "properties"
        self._log = (work / "log").open("w")
        self._process = subprocess.Popen(
            ["java", "-Xmx256m", "-cp", f"{classes}:{jars}", "SparkPods"],
            env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **VARIABLES},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )

    def make(self, role: str, conf: Mapping[str, str]) -> Json:
        """Make the pod of a role.

        Args:
            role: "driver" or "executor".
            conf: all properties, the path of its template among them.
        """
        self._properties.write_text(render_properties(conf))
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{role} {self._properties}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line.startswith("{"), line or "the JVM has ended; see its log"
        found: Json = json.loads(line)
        return found

    def close(self) -> None:
        """End the JVM."""
        self._process.kill()
        self._process.wait()
        self._log.close()
