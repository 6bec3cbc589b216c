"""A real Alertmanager on loopback, and what it is asked about its configuration."""

from __future__ import annotations

import copy
import json
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3
import yaml
from urllib3.exceptions import HTTPError

from components.observability.alert_receivers import SECRETS_FOLDER
from tests.binaries import binary

START_SECONDS = 60.0

SOON = {"group_wait": "10s", "group_interval": "1s", "repeat_interval": "1h"}
"""Times of a test instead of the platform's minutes.

What explains another alert has to come within the wait. A Prometheus that starts, or whose Alertmanager does,
can lose it and say it again a round later: a second on an idle machine, some on a busy one.
"""

START_DELAY = "10s"
"""The same of the time after its start."""

BEAT = {"group_wait": "0s", "group_interval": "1s", "repeat_interval": "1s"}


def amtool(*arguments: str) -> str:
    """Run it, and give what it says.

    Args:
        arguments: of the command line.
    """
    done = subprocess.run(
        [binary("amtool"), *arguments], capture_output=True, text=True, timeout=120, check=False
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-4000:]
    return said


def quick(config: Mapping[str, Any], secrets: Path) -> dict[str, Any]:
    """The same configuration with a test's times, and the secrets' files where a test has them.

    Args:
        config: the platform's.
        secrets: folder in the place of where Secrets are mounted.
    """
    found: dict[str, Any] = json.loads(json.dumps(config).replace(SECRETS_FOLDER, str(secrets)))
    route = copy.deepcopy(found["route"])
    route |= SOON
    for each in route["routes"]:
        each.update(BEAT if "group_interval" in each else {})
    return {**found, "route": route}


@dataclass
class Alertmanager:
    """An Alertmanager.

    Args:
        folder: of its files.
        port: on 127.0.0.1.
    """

    folder: Path
    port: int
    _process: subprocess.Popen[bytes] | None = None

    def start(self, config: Mapping[str, Any]) -> None:
        """Start it, and wait until it answers.

        Args:
            config: its configuration.
        """
        self._file.write_text(yaml.safe_dump(dict(config)))
        self.restart()

    def restart(self) -> None:
        """Start it again with what it has on its disk, and wait until it answers."""
        self.stop()
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    binary("alertmanager"),
                    f"--config.file={self._file}",
                    f"--storage.path={self.folder / 'state'}",
                    f"--web.listen-address=127.0.0.1:{self.port}",
                    "--cluster.listen-address=",
                    f"--dispatch.start-delay={START_DELAY}",
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._ready():
            said = (self.folder / "log").read_text()
            assert self._process.poll() is None, f"Alertmanager ended: {said[-2000:]}"
            assert time.monotonic() < deadline, f"Alertmanager does not answer: {said[-2000:]}"
            time.sleep(0.2)

    def stop(self) -> None:
        """Stop it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=30)
            self._process = None

    @property
    def _file(self) -> Path:
        return self.folder / "alertmanager.yml"

    def _ready(self) -> bool:
        try:
            answer = urllib3.request("GET", f"http://127.0.0.1:{self.port}/-/ready", timeout=2, retries=False)
        except HTTPError:
            return False
        return answer.status == 200
