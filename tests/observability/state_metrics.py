"""kube-state-metrics with the platform's own arguments, for an API server on loopback."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from components.observability.state_metrics import arguments, custom_resource_state
from tests.binaries import binary
from tests.store.gateway import free_port
from tests.walls.server import ApiServer


@dataclass
class StateMetrics:
    """The program.

    Args:
        server: the API server.
        folder: for its configuration and its log.
        port: on 127.0.0.1.
    """

    server: ApiServer
    folder: Path
    port: int = field(default_factory=free_port)
    telemetry: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it."""
        state = self.folder / "custom-resource-state.yaml"
        state.write_text(json.dumps(custom_resource_state()))
        kubeconfig = self.folder / "kube-state-metrics.kubeconfig"
        kubeconfig.write_text(yaml.safe_dump(self.server.kubeconfig))
        given = [
            re.sub(r"(config-file=).*", rf"\g<1>{state}", each)
            for each in arguments(port=self.port, telemetry_port=self.telemetry)
        ]
        command = [
            str(binary("kube-state-metrics")),
            f"--kubeconfig={kubeconfig}",
            "--host=127.0.0.1",
            *given,
        ]
        with (self.folder / "kube-state-metrics.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)

    def kill(self) -> None:
        """End it at once, if it runs."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(timeout=30)
            self.process = None
