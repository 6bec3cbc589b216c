"""Runs the history server on this machine with what its chart renders."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import yaml

from components import versions
from components.domain import ObjectStorage
from components.services.history.server import HistoryServerArgs, history_values, log_places
from components.spark.conf import history_server_conf
from tests.binaries import binary
from tests.store.spark import s3_jars
from tests.support.distributions import Distribution
from tests.support.history_provider import compiled
from tests.support.history_server import Server, started
from workspace.paths import ROOT


def chart_conf(storage: ObjectStorage, tenants: Sequence[str]) -> str:
    """The spark-defaults.conf that the chart makes of the component's values."""
    args = HistoryServerArgs(
        chart="unused",
        image="spark:1",
        conf=history_server_conf(storage, overrides={"spark.history.fs.update.interval": "1s"}),
        memory="2Gi",
        store_size="10Gi",
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
) -> Iterator[Server]:
    """Run the history server.

    Args:
        distribution: Spark.
        folder: where it works.
        conf: its spark-defaults.conf.
        environment: further variables, such as credentials.
    """
    (folder / "conf").mkdir()
    (folder / "conf" / "spark-defaults.conf").write_text(conf.replace("/var/lib/spark-history", str(folder)))
    further = {
        **environment,
        "SPARK_CONF_DIR": str(folder / "conf"),
        "SPARK_DIST_CLASSPATH": s3_jars(),
        "SPARK_DAEMON_MEMORY": "614m",
    }
    classes = compiled(distribution.home / "jars", folder / "classes")
    with started(distribution, classes, folder, environment=further) as server:
        yield server
