"""A program that a test starts and asks on loopback."""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import urllib3
from urllib3.exceptions import HTTPError

START_SECONDS: Final = 60.0


@dataclass
class Program:
    """A program with an address `/-/ready`, as those of Prometheus have.

    Args:
        name: what failures call it.
        log: file that gets its output.
        port: on 127.0.0.1.
    """

    name: str
    log: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, *command: str | Path) -> None:
        """Start it, and wait until it is ready.

        Args:
            command: the program and its options.
        """
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + START_SECONDS
        while not self._ready():
            said = self.log.read_text()[-2000:]
            assert self.process.poll() is None, f"{self.name} ended: {said}"
            assert time.monotonic() < deadline, f"{self.name} does not answer: {said}"
            time.sleep(0.2)

    def stop(self) -> None:
        """Stop it, if it runs."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=30)
            self.process = None

    def _ready(self) -> bool:
        try:
            answer = urllib3.request("GET", f"{self.url}/-/ready", timeout=2, retries=False)
        except HTTPError:
            return False
        return answer.status == 200
