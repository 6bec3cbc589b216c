"""Spark's history server, run on this machine, and event logs for it."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from components import versions
from tests.store.gateway import free_port
from tests.support.distributions import Distribution

WAIT_SECONDS: Final = 180.0
"""Until it has started and read a few logs, on a busy machine."""

TENANTS: Final = ("data-dev", "science-dev")

NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True)
class Server:
    """A running history server.

    Args:
        process: its process.
        url: its address.
    """

    process: subprocess.Popen[bytes]
    url: str

    def get(self, path: str, **head: str) -> bytes:
        """What it answers.

        Args:
            path: of the page, with its slash.
            head: further headers.
        """
        request = urllib.request.Request(self.url + path, headers=head)  # noqa: S310 - loopback
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            content: bytes = answer.read()
        return content

    def api(self, path: str) -> Any:
        """What its REST API answers.

        Args:
            path: below `/api/v1/`.
        """
        return json.loads(self.get(f"/api/v1/{path}"))

    def listed(self) -> dict[str, dict[str, Any]]:
        """Its applications by id; empty until it answers."""
        try:
            return {each["id"]: each for each in self.api("applications")}
        except (OSError, ValueError):
            return {}

    def named(self, name: str) -> dict[str, Any]:
        """Wait until it lists an application of a name, and give it."""
        deadline = time.monotonic() + WAIT_SECONDS
        while not (found := [each for each in self.listed().values() if each["name"] == name]):
            assert self.process.poll() is None, "the history server has ended"
            assert time.monotonic() < deadline, f"{name} not listed after {WAIT_SECONDS:.0f} s"
            time.sleep(0.3)
        return found[0]

    def until_listed(self, *ids: str) -> dict[str, dict[str, Any]]:
        """Wait until it lists applications, and give all that it lists."""
        deadline = time.monotonic() + WAIT_SECONDS
        while not set(ids) <= (found := self.listed()).keys():
            assert time.monotonic() < deadline, f"{ids} not listed after {WAIT_SECONDS:.0f} s, but {found}"
            time.sleep(0.3)
        return found


@contextmanager
def history_server(
    distribution: Distribution, classes: Path, folder: Path, further: Mapping[str, str] = NOTHING
) -> Iterator[Server]:
    """Run it over a folder; it is killed at the end, not stopped.

    Args:
        distribution: Spark.
        classes: what the image adds to it.
        folder: has the logs in `events/`, a folder for each tenant; its databases go into `store/`.
        further: more properties.
    """
    (folder / "store").mkdir(exist_ok=True)
    properties = {
        "spark.history.fs.logDirectory": (folder / "events").as_uri(),
        "spark.history.fs.update.interval": "1s",
        "spark.history.store.path": str(folder / "store"),
        "spark.history.provider": "sparkoneks.history.TenantsHistoryProvider",
        "spark.history.tenants": ",".join(TENANTS),
        "spark.ui.filters": "sparkoneks.history.PageGuard",
        **further,
    }
    with started(distribution, classes, folder, properties) as server:
        yield server


@contextmanager
def started(
    distribution: Distribution,
    classes: Path,
    folder: Path,
    properties: Mapping[str, str] = NOTHING,
    environment: Mapping[str, str] = NOTHING,
) -> Iterator[Server]:
    """Run it with these properties and no others; it is killed at the end, not stopped.

    Args:
        distribution: Spark.
        classes: what the image adds to it.
        folder: where it works; what it prints goes into `history-<port>.log`.
        properties: before those of a spark-defaults.conf.
        environment: further variables.
    """
    port = free_port()
    options = {**properties, "spark.history.ui.port": str(port)}
    command = [
        str(distribution.home / "bin" / "spark-class"),
        "org.apache.spark.deploy.history.HistoryServer",
    ]
    with (folder / f"history-{port}.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            env={
                **distribution.brief,
                "SPARK_DAEMON_CLASSPATH": str(classes),
                "SPARK_HISTORY_OPTS": " ".join(f"-D{key}={value}" for key, value in options.items()),
                **environment,
            },
            cwd=folder,
            stdout=log,
            stderr=log,
        )
    try:
        yield Server(process, f"http://127.0.0.1:{port}")
    finally:
        process.kill()
        process.wait()


def write_log(folder: Path, tenant: str, file: str, *further: dict[str, Any], **said: Any) -> Path:
    """Write the event log of a run that never was.

    Args:
        folder: the history server's.
        tenant: in whose folder.
        file: its name there.
        further: events between start and end.
        said: `id` of the application, its `name`, and the `version` of Spark.
    """
    now = int(time.time() * 1000)
    events = [
        {"Event": "SparkListenerLogStart", "Spark Version": said.get("version", versions.SPARK)},
        {
            "Event": "SparkListenerApplicationStart",
            "App Name": said.get("name", "forged"),
            "App ID": said["id"],
            "Timestamp": now - 1000,
            "User": "nobody",
        },
        *further,
        {"Event": "SparkListenerApplicationEnd", "Timestamp": now},
    ]
    path = folder / "events" / tenant / file
    path.parent.mkdir(parents=True, exist_ok=True)
    # Spark finds events by how their lines begin, so there are no blanks.
    path.write_text("".join(json.dumps(each, separators=(",", ":")) + "\n" for each in events))
    return path
