"""Real jobs that are slow for one reason each: each reason's alert names the one, and no other alert does.

`tests/observability/test_slow_runs.py` asks the same of figures that were kept of such runs, in seconds. Run
as a program, this file writes them anew: `python -m tests.apps.history_exporter.test_slow_jobs`.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from components import versions
from tests.apps.history_exporter.test_history_exporter import Samples, Site, eventually, exporter
from tests.observability import slow_runs
from tests.observability.slow_runs import Kept
from tests.support.distributions import Distribution, unpacked
from tests.support.history_provider import compiled
from tests.support.history_server import history_server

pytestmark = [pytest.mark.spark, pytest.mark.promtool, pytest.mark.soak, pytest.mark.timeout(1200)]

PROGRAMS = Path(__file__).parent / "programs"

JVM = "-XX:+UseSerialGC -Xmn1m"
"""A young generation that holds next to nothing, whatever the number of cores."""
RUNS: Mapping[str, Mapping[str, str]] = {
    "skewed": {"spark.sql.adaptive.enabled": "false", "spark.driver.memory": "1g"},
    # 300 MiB are Spark's own; of the rest of 1 GiB, tasks get a twentieth: 36 MiB.
    "spilling": {"spark.driver.memory": "1g", "spark.memory.fraction": "0.05"},
    "collecting": {"spark.driver.memory": "620m", "spark.driver.extraJavaOptions": JVM},
    "sound": {"spark.driver.memory": "1g"},
}
"""What each job is run with, beside what all are run with."""

STREAM = {
    "spark.sql.streaming.metricsEnabled": "true",
    "spark.metrics.namespace": "spark",
    "spark.metrics.conf.*.sink.prometheusServlet.class": "org.apache.spark.metrics.sink.PrometheusServlet",
    "spark.metrics.conf.*.sink.prometheusServlet.path": "/metrics/prometheus",
}
"""As the platform's defaults have it."""


def submitted(
    distribution: Distribution, folder: Path, conf: Mapping[str, str], *program: str, cores: int = 2
) -> str:
    """Run a program, and give what it prints."""
    command = [str(distribution.home / "bin" / "spark-submit"), "--master", f"local[{cores}]"]
    command += [part for key, value in conf.items() for part in ("--conf", f"{key}={value}")]
    done = subprocess.run(
        [*command, *program],
        env=distribution.environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@contextmanager
def reading(distribution: Distribution, folder: Path) -> Iterator[Site]:
    """A history server over the folder."""
    (folder / "events" / "data-dev").mkdir(parents=True)
    classes = compiled(distribution.home / "jars", folder / "classes")
    with history_server(distribution, classes, folder, {"spark.history.tenants": "data-dev"}) as server:
        yield Site(distribution, folder, server.url)


def exported(site: Site) -> Samples:
    """What the exporter shows once it has counted a run of each job."""
    with exporter(site, site.folder / "ledger.json") as running:
        for name, conf in RUNS.items():
            log = {
                "spark.app.name": name,
                "spark.ui.enabled": "false",
                "spark.eventLog.enabled": "true",
                "spark.eventLog.dir": (site.folder / "events" / "data-dev").as_uri(),
            }
            submitted(site.distribution, site.folder, {**log, **conf}, str(PROGRAMS / "slow.py"), name)
        eventually("all are counted", lambda: _counted(running.samples()) == len(RUNS))
        return running.samples()


def _counted(samples: Samples) -> float:
    return sum(value for (name, _), value in samples.items() if name == "spark_history_apps_finished_total")


def made(distribution: Distribution, folder: Path) -> Kept:
    """Run everything once."""
    said: Any = json.loads(
        submitted(distribution, folder, STREAM, str(PROGRAMS / "streams.py"), cores=4).splitlines()[-1]
    )
    with reading(distribution, folder) as site:
        return slow_runs.kept(exported(site), said["page"], said["at"])


@pytest.fixture(scope="module")
def kept(distribution: Distribution, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    return made(distribution, tmp_path_factory.mktemp("slow"))


@pytest.mark.parametrize("alert", slow_runs.NAMES)
def test_an_alert_names_the_one_job_that_it_is_about(kept: Kept, alert: str, tmp_path: Path) -> None:
    assert "SUCCESS" in slow_runs.tested(kept, alert, tmp_path)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        slow_runs.FILE.write_text(json.dumps(made(unpacked(versions.SPARK), Path(scratch)), indent=1) + "\n")
