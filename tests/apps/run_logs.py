"""The real log collector and archive program on loopback, and log files as the kubelet writes them."""

from __future__ import annotations

import gzip
import os
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import yaml

from components.domain import ObjectStorage
from components.object_store.pods import REGION
from components.object_store.policies import LOG_CLEANER, LOG_READER, LOG_WRITER
from components.records.logs import METRICS_PORT
from components.services.logs.collector import (
    HALF_PACKED,
    HEALTH_PORT,
    PACKED,
    POD_LOGS,
    QUEUE_LEAST_BYTES,
    SHARED_LABELS,
    STATE,
    CollectorPlan,
    collector_config,
)
from tests.binaries import binary
from tests.store.gateway import BUCKETS, Gateway, free_port, key_of

DRIVER: Final = "spark-kubernetes-driver"
EXECUTOR: Final = "spark-kubernetes-executor"
FLUSH_SECONDS: Final = 1
PATIENCE: Final = 30
"""Seconds in which everything has to arrive; a line takes two."""


@dataclass
class PodLog:
    """The log file of a container, line by line in the CRI's format.

    Args:
        root: stands for /var/log/pods.
        namespace: namespace of the pod.
        pod: its name.
        container: the container.
    """

    root: Path
    namespace: str
    pod: str
    container: str = DRIVER
    _at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def folder(self) -> Path:
        """The pod's folder, which the kubelet deletes with the pod."""
        return self.root / f"{self.namespace}_{self.pod}_{uuid.uuid5(uuid.NAMESPACE_DNS, self.pod)}"

    @property
    def file(self) -> Path:
        """The file that is written to."""
        return self.folder / self.container / "0.log"

    def write(self, *lines: str, tag: str = "F", stream: str = "stdout") -> None:
        """Append lines; `P` is the tag of a part whose rest follows."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with self.file.open("a") as target:
            for line in lines:
                self._at += timedelta(microseconds=1)
                target.write(f"{self._at.strftime('%Y-%m-%dT%H:%M:%S.%f')}000Z {stream} {tag} {line}\n")

    def rotate(self) -> None:
        """Begin a new file, as the kubelet does when one is too large: those before are packed first."""
        for old in self.folder.glob(f"{self.container}/0.log.*[0-9]"):
            half = old.with_name(f"{old.name}{HALF_PACKED}")
            half.write_bytes(gzip.compress(old.read_bytes()))
            half.rename(old.with_name(f"{old.name}{PACKED}"))
            old.unlink()
        # The name has whole seconds, and the kubelet looks every ten.
        self._at += timedelta(seconds=10)
        self.file.rename(self.file.with_name(f"0.log.{self._at:%Y%m%d-%H%M%S}"))

    def delete(self) -> None:
        """Delete everything, as the kubelet does when the pod is deleted."""
        shutil.rmtree(self.folder)


@dataclass(kw_only=True)
class Collector:
    """The log collector, with the configuration of its pods.

    Args:
        store: where lines go.
        folder: holds its files, and stands for the node's.
        namespaces: namespaces that it reads.
        queue_bytes: lines of a namespace that wait while the store is away.
        place: where it finds the store, if not in a cluster's own.
        environment: its credentials, if not the in-cluster account's key.
        masked: what it replaces in each line.
        loki: URL of what stands for Loki's endpoint, which gets JSON; None for none.
    """

    store: Gateway
    folder: Path
    namespaces: tuple[str, ...] = ("data-dev", "science-dev")
    queue_bytes: int = QUEUE_LEAST_BYTES
    place: ObjectStorage | None = None
    environment: Mapping[str, str] | None = None
    masked: tuple[str, ...] = ()
    loki: str | None = None
    health: int = field(default_factory=free_port)
    metrics: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def logs(self) -> Path:
        """Stands for /var/log/pods."""
        return self.folder / "pods"

    @property
    def output(self) -> Path:
        """What it says about itself."""
        return self.folder / "collector.log"

    def start(self) -> None:
        """Start it and wait until it is well."""
        for name in (self.logs, self.folder / "state"):
            name.mkdir(parents=True, exist_ok=True)
        config = self.folder / "collector.yaml"
        config.write_text(self._config())
        with self.output.open("ab") as output:
            self._process = subprocess.Popen(
                [str(binary("log-collector")), f"--config=file:{config}", f"--feature-gates={SHARED_LABELS}"],
                env={
                    **(self.environment or _environment(LOG_WRITER)),
                    "POD_IP": "127.0.0.1",
                    "NODE_NAME": "node",
                },
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + PATIENCE
        while not answers(f"http://127.0.0.1:{self.health}/"):
            assert self._process.poll() is None, self.output.read_text()
            assert time.monotonic() < deadline, self.output.read_text()
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it, as Kubernetes does, or as a node that is lost."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(timeout=60)
            self._process = None

    def _config(self) -> str:
        plan = CollectorPlan(
            namespaces=self.namespaces,
            storage=self.place
            or ObjectStorage(
                endpoint=self.store.url,
                region=REGION,
                path_style=True,
                data_bucket=BUCKETS.data,
                events_bucket=BUCKETS.events,
                artifacts_bucket=BUCKETS.artifacts,
                static_credentials=True,
            ),
            memory="256Mi",
            flush_seconds=FLUSH_SECONDS,
            masked=self.masked,
            loki=self.loki,
        )
        made = collector_config(plan)
        # Whose pod it is needs an API server: the tests on the running platform show that part.
        del made["processors"]["k8s_attributes"]
        for pipeline in made["service"]["pipelines"].values():
            pipeline["processors"].remove("k8s_attributes")
        for name, exporter in made["exporters"].items():
            exporter["sending_queue"]["queue_size"] = self.queue_bytes
            if name.startswith("otlp_http/"):
                exporter |= {"encoding": "json", "compression": "none"}
        text: str = yaml.safe_dump(made)
        for real, here in (
            (POD_LOGS, str(self.logs)),
            (STATE, str(self.folder / "state")),
            (str(HEALTH_PORT), str(self.health)),
            (str(METRICS_PORT), str(self.metrics)),
        ):
            text = text.replace(real, here)
        return text


def stored(store: Gateway) -> dict[str, str]:
    """What is stored: the text of each container, by `namespace/pod/container`, in the order of the keys."""
    admin = store.client("admin")
    texts: defaultdict[str, str] = defaultdict(str)
    for page in admin.get_paginator("list_objects_v2").paginate(Bucket=BUCKETS.events, Prefix="logs/"):
        for each in page.get("Contents", ()):
            _, namespace, _app, _run, pod, container, _name = each["Key"].split("/")
            packed = admin.get_object(Bucket=BUCKETS.events, Key=each["Key"])["Body"].read()
            texts[f"{namespace}/{pod}/{container}"] += gzip.decompress(packed).decode()
    return dict(texts)


def wait_for(store: Gateway, wanted: dict[str, str]) -> dict[str, str]:
    """Wait until everything wanted is stored, and return what is."""
    deadline = time.monotonic() + PATIENCE
    found = stored(store)
    while found != wanted and time.monotonic() < deadline:
        time.sleep(0.2)
        found = stored(store)
    return found


def put(store: Gateway, place: str, text: str, *, at: str = "20261124T100000.000000000Z") -> str:
    """Store a chunk as the collector does, and return its key."""
    key = f"logs/{place}/{at}-0a1b2c3d.log.gz"
    store.client("admin").put_object(Bucket=BUCKETS.events, Key=key, Body=gzip.compress(text.encode()))
    return key


@contextmanager
def pages(
    store: Gateway,
    environment: Mapping[str, str] | None = None,
    *,
    viewers: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[str]:
    """Serve the log pages; gives their address.

    Args:
        store: where lines are.
        environment: credentials and place, if not those of a cluster's own store.
        viewers: further variables, which say who sees what.
    """
    port = free_port()
    process = subprocess.Popen(
        [str(binary("log-archive")), "serve", f"--listen=127.0.0.1:{port}"],
        env={**(environment or _environment(LOG_READER) | _place(store)), **viewers},
        stderr=subprocess.PIPE,
    )
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + PATIENCE
    while not answers(f"{address}/-/healthy"):
        assert process.poll() is None, process.stderr and process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    try:
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)


def clean(store: Gateway, days: int) -> subprocess.CompletedProcess[str]:
    """Delete what is older than some days, as the job does."""
    return subprocess.run(
        [str(binary("log-archive")), "clean", f"--days={days}"],
        env=_environment(LOG_CLEANER) | _place(store),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def answers(url: str) -> bool:
    """Whether something answers there with success."""
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 - loopback
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _environment(account: str) -> dict[str, str]:
    keys = {"AWS_ACCESS_KEY_ID": account, "AWS_SECRET_ACCESS_KEY": key_of(account)}
    return {"PATH": os.environ["PATH"], "AWS_REGION": REGION, **keys}


def _place(store: Gateway) -> dict[str, Any]:
    return {"LOGS_BUCKET": BUCKETS.events, "LOGS_PREFIX": "logs", "LOGS_ENDPOINT": store.url}
