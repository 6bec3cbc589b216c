"""A real Prometheus on loopback, over samples that were written beforehand."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3
import yaml
from urllib3.exceptions import HTTPError

from tests.binaries import system_program
from tests.observability.api import PrometheusApi
from tests.observability.world import Row, openmetrics

START_SECONDS = 60.0


@dataclass
class Server:
    """A Prometheus.

    Args:
        folder: of its files.
        port: on 127.0.0.1.
    """

    folder: Path
    port: int
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def load(self, rows: Sequence[Row], *, start: int, end: int) -> None:
        """Write samples into its store, before it starts."""
        text = self.folder / "samples.txt"
        blocks = [
            system_program("promtool"),
            "tsdb",
            "create-blocks-from",
            "openmetrics",
            str(text),
            self._store,
        ]
        with text.open("w") as file:
            file.writelines(openmetrics(list(rows), start=start, end=end))
        subprocess.run(blocks, check=True, capture_output=True, timeout=300)

    def start(
        self,
        rules: Mapping[str, Any],
        *,
        page: Path | None = None,
        every: str = "1s",
        alertmanager: int | None = None,
    ) -> None:
        """Start it, and wait until it answers.

        Args:
            rules: spec of a PrometheusRule.
            page: folder of what it serves below /user/.
            every: how often it evaluates the rules.
            alertmanager: port on 127.0.0.1 of who is told of alerts, once a second; None for nobody.
        """
        (self.folder / "rules.yaml").write_text(yaml.safe_dump(dict(rules), width=1000))
        config: dict[str, Any] = {"global": {"evaluation_interval": every}, "rule_files": ["rules.yaml"]}
        if alertmanager:
            targets = [{"targets": [f"127.0.0.1:{alertmanager}"]}]
            config["alerting"] = {"alertmanagers": [{"static_configs": targets}]}
        (self.folder / "prometheus.yaml").write_text(yaml.safe_dump(config))
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [
                    system_program("prometheus"),
                    f"--config.file={self.folder / 'prometheus.yaml'}",
                    f"--storage.tsdb.path={self._store}",
                    f"--web.listen-address=127.0.0.1:{self.port}",
                    *([f"--web.user-assets={page}"] if page else []),
                    *(["--rules.alert.resend-delay=1s"] if alertmanager else []),
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._ready():
            said = (self.folder / "log").read_text()
            assert self._process.poll() is None, f"Prometheus ended: {said[-2000:]}"
            assert time.monotonic() < deadline, f"Prometheus does not answer: {said[-2000:]}"
            time.sleep(0.2)

    def stop(self) -> None:
        """Stop it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=30)

    @property
    def api(self) -> PrometheusApi:
        """Its API."""
        return PrometheusApi(self.url)

    @property
    def _store(self) -> str:
        return str(self.folder / "data")

    def _ready(self) -> bool:
        try:
            answer = urllib3.request("GET", f"{self.url}/-/ready", timeout=2, retries=False)
        except HTTPError:
            return False
        return answer.status == 200
