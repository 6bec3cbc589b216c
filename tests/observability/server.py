"""A real Prometheus on loopback, over samples that were written beforehand."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.binaries import binary, system_program
from tests.observability.api import PrometheusApi
from tests.observability.program import Program
from tests.observability.world import Row, openmetrics


class Server:
    """A Prometheus.

    Args:
        folder: of its files.
        port: on 127.0.0.1.
    """

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self._program = Program("Prometheus", folder / "log", port)

    @property
    def url(self) -> str:
        """Where it answers."""
        return self._program.url

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
        self._program.start(
            system_program("prometheus"),
            f"--config.file={self.folder / 'prometheus.yaml'}",
            f"--storage.tsdb.path={self._store}",
            f"--web.listen-address=127.0.0.1:{self.port}",
            *([f"--web.user-assets={page}"] if page else []),
            *(["--rules.alert.resend-delay=1s"] if alertmanager else []),
        )

    def stop(self) -> None:
        """Stop it."""
        self._program.stop()

    @property
    def api(self) -> PrometheusApi:
        """Its API."""
        return PrometheusApi(self.url)

    @property
    def _store(self) -> str:
        return str(self.folder / "data")


@contextmanager
def scraping(folder: Path, port: int, config: Mapping[str, Any]) -> Iterator[PrometheusApi]:
    """The Prometheus that the platform's image holds, which scrapes; it has stopped at the end.

    Args:
        folder: of its files.
        port: on 127.0.0.1.
        config: its configuration.
    """
    (folder / "prometheus.yaml").write_text(yaml.safe_dump(config))
    program = Program("Prometheus", folder / "log", port)
    program.start(
        binary("prometheus"),
        f"--config.file={folder / 'prometheus.yaml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    )
    try:
        yield PrometheusApi(program.url)
    finally:
        program.stop()
