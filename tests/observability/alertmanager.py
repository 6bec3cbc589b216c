"""A real Alertmanager on loopback, and what it is asked about its configuration."""

from __future__ import annotations

import copy
import json
import subprocess
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

import urllib3
import yaml
from prometheus_client.parser import text_string_to_metric_families

from components.observability.alert_receivers import SECRETS_FOLDER
from components.observability.alert_routing import NAMES_IN_METRICS
from components.observability.rule_model import seconds
from tests.binaries import binary
from tests.observability.program import Program

SOON = {"group_wait": "10s", "group_interval": "1s", "repeat_interval": "1h"}
"""Times of a test instead of the platform's minutes.

What explains another alert has to come within the wait. A Prometheus that starts, or whose Alertmanager does,
can lose it and say it again a round later: a second on an idle machine, some on a busy one.
"""

START_DELAY = "10s"
"""The same of the time after its start."""

SHORTER = 60
"""How many times shorter the heartbeat's times are in a test: their relation is what decides what is sent."""


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
        each.update(_shorter(each))
    return {**found, "route": route}


def _shorter(route: Mapping[str, Any]) -> dict[str, str]:
    """A route's own times, all shortened alike."""
    return {
        key: f"{seconds(route[key]) * 1000 // SHORTER}ms"
        for key in ("group_wait", "group_interval", "repeat_interval")
        if key in route
    }


class Alertmanager:
    """An Alertmanager.

    Args:
        folder: of its files.
        port: on 127.0.0.1.
    """

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        self._folder = folder
        self._program = Program("Alertmanager", folder / "log", port)

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
        self._program.start(
            binary("alertmanager"),
            f"--config.file={self._file}",
            f"--storage.path={self._folder / 'state'}",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--cluster.listen-address=",
            f"--dispatch.start-delay={START_DELAY}",
            f"--enable-feature={NAMES_IN_METRICS}",
        )

    def stop(self) -> None:
        """Stop it."""
        self._program.stop()

    def fire(self, *labels: Mapping[str, str]) -> None:
        """Say that alerts fire, as Prometheus does.

        Args:
            labels: of each.
        """
        alerts = [{"labels": dict(each)} for each in labels]
        answer = urllib3.request("POST", f"{self._address}/api/v2/alerts", json=alerts, timeout=30)
        assert answer.status == HTTPStatus.OK, answer.data

    def failed(self, receiver: str) -> float:
        """How many messages for a receiver it has given up.

        Args:
            receiver: its name.
        """
        text = urllib3.request("GET", f"{self._address}/metrics", timeout=30).data.decode()
        found = [
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == "alertmanager_notifications_failed_total"
            and sample.labels["receiver_name"] == receiver
        ]
        assert found, f"nothing is counted of {receiver!r}"
        return float(sum(found))

    @property
    def _address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def _file(self) -> Path:
        return self._folder / "alertmanager.yml"
