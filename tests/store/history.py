"""Runs the history server on this machine with what its chart renders, and asks it."""

from __future__ import annotations

import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import yaml

from components import versions
from components.domain import ObjectStorage
from components.services.history.server import HistoryServerArgs, history_values, log_places
from components.spark.conf import history_server_conf
from tests.binaries import binary
from tests.jobs.conftest import Distribution
from tests.store.gateway import free_port
from tests.store.spark import s3_jars
from tests.support.history_provider import compiled
from workspace.paths import ROOT

_START_SECONDS: Final = 180
"""It starts in ten on an idle machine; tests share theirs with builds."""


def chart_conf(storage: ObjectStorage, tenants: Sequence[str]) -> str:
    """The spark-defaults.conf that the chart makes of the component's values."""
    args = HistoryServerArgs(
        chart="unused",
        image="spark:1",
        conf=history_server_conf(storage, overrides={"spark.history.fs.update.interval": "1s"}),
        tenants=tenants,
        egress=log_places(storage),
    )
    chart, version = str(ROOT / "charts" / "spark-history-server"), versions.KUBERNETES_LOCAL
    done = subprocess.run(
        [str(binary("helm")), "template", "x", chart, "--kube-version", version, "--values", "-"],
        input=json.dumps(history_values(args)),
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    (config,) = [each for each in yaml.safe_load_all(done.stdout) if each and each["kind"] == "ConfigMap"]
    return str(config["data"]["spark-defaults.conf"])


@contextmanager
def history_server(
    distribution: Distribution, folder: Path, conf: str, environment: Mapping[str, str]
) -> Iterator[str]:
    """Run the history server; gives its address.

    Args:
        distribution: Spark.
        folder: where it works.
        conf: its spark-defaults.conf.
        environment: further variables, such as credentials.
    """
    port = free_port()
    conf = conf.replace("ui.port 18080", f"ui.port {port}").replace("/var/lib/spark-history", str(folder))
    (folder / "conf").mkdir()
    (folder / "conf" / "spark-defaults.conf").write_text(conf)
    process = subprocess.Popen(
        [
            str(distribution.home / "bin" / "spark-class"),
            "org.apache.spark.deploy.history.HistoryServer",
        ],
        env={
            **distribution.environment,
            **environment,
            "SPARK_CONF_DIR": str(folder / "conf"),
            "SPARK_DIST_CLASSPATH": s3_jars(),
            "SPARK_DAEMON_CLASSPATH": str(compiled(distribution.home / "jars", folder / "classes")),
            "SPARK_DAEMON_MEMORY": "614m",
        },
        stdout=(folder / "log").open("w"),
        stderr=subprocess.STDOUT,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + _START_SECONDS
        while ask(f"{address}/api/v1/version") is None:
            assert process.poll() is None, (folder / "log").read_text()[-3000:]
            assert time.monotonic() < deadline, f"no answer within {_START_SECONDS} s"
            time.sleep(0.5)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=60)


def ask(url: str) -> Any:
    """The JSON at a URL, or None if nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=10) as response:  # noqa: S310 - loopback
            return json.load(response)
    except (urllib.error.URLError, OSError):
        return None


def wait_for(history: str, name: str) -> Any:
    """The listed application of a name, once it is listed."""
    deadline = time.monotonic() + _START_SECONDS
    while True:
        for each in ask(f"{history}/api/v1/applications") or ():
            if each["name"] == name:
                return each
        assert time.monotonic() < deadline, f"{name} not listed within {_START_SECONDS} s"
        time.sleep(0.3)
