"""Who watches the runs, each a process that can be killed: the worker, kube-state-metrics, and Prometheus."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import yaml
from prometheus_client.parser import text_string_to_metric_families

from components.kube.monitors import ScrapeLimits
from components.observability.alerts import prometheus_rule_spec
from components.observability.recording_ends import TOTAL
from components.observability.scrape_jobs import SPARK_JOBS_WORKER
from components.settings.observability import ObservabilitySettings
from tests.apps.jobs.worlds import NAMESPACE
from tests.binaries import binary
from tests.observability.api import PrometheusApi
from tests.observability.fleet.configuration import states_job
from tests.observability.program import Program
from tests.observability.series import SITE
from tests.store.gateway import free_port

_PROGRAM = """
import sys, sqlalchemy
import apps.jobs.worker.__main__ as worker
worker.connect = lambda _: sqlalchemy.create_engine(sys.argv[1], pool_pre_ping=True)
worker.main()
"""
"""The worker, with a database that is reached by its socket."""


PASS_SECONDS = 400.0
"""From a start to a pass and a count of ends: the first one makes all runs, on a machine that may be busy."""


class Watched:
    """The worker's process, which dies and comes back, and what it tells.

    Args:
        environment: its own.
        database: URL of the index.
    """

    def __init__(self, environment: dict[str, str], database: str, output: Path) -> None:
        self.port = free_port()
        self._environment = {
            **environment,
            "JOBS_METRICS_PORT": str(self.port),
            "JOBS_SCRAPE_SECONDS": "1",
        }
        self._database, self._output = database, output
        self._process: subprocess.Popen[bytes] | None = None
        self._has_passed = False
        self.told: list[Counter[str]] = []

    def start(self) -> None:
        command = [sys.executable, "-c", _PROGRAM, self._database]
        with self._output.open("ab") as output:
            self._process = subprocess.Popen(command, env=self._environment, stdout=output, stderr=output)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def wait(self) -> None:
        """Until it has passed, and tells of ends."""
        deadline = time.monotonic() + PASS_SECONDS
        while self.look() is None or not self._has_passed:
            assert time.monotonic() < deadline, self._output.read_text()[-3000:]
            time.sleep(0.2)

    def look(self) -> Counter[str] | None:
        """Totals by outcome; None while nothing is told."""
        with suppress(httpx2.HTTPError):
            text = httpx2.get(f"http://127.0.0.1:{self.port}/metrics", timeout=10).text
            found: Counter[str] = Counter()
            self._has_passed = "\nspark_jobs_last_pass_timestamp_seconds 0.0" not in text
            for family in text_string_to_metric_families(text):
                for sample in family.samples if family.name == "spark_job_ends" else ():
                    if sample.name == "spark_job_ends_total":
                        found[sample.labels["outcome"]] += int(sample.value)
            if found.keys():
                self.told.append(found)
                return found
        return None


EVERY = "2s"
"""Between two scrapes, and between two looks at the rules."""

_CHOSEN = ObservabilitySettings()
_LIMITS = ScrapeLimits(
    interval_seconds=2, samples=_CHOSEN.samples_per_driver, drivers=_CHOSEN.drivers_per_tenant
)


class Asked:
    """A Prometheus with all of the platform's rules, which asks the worker and kube-state-metrics.

    Args:
        folder: of its files.
        worker: port of the worker's metrics.
        states: port of kube-state-metrics.
    """

    def __init__(self, folder: Path, *, worker: int, states: int) -> None:
        self._folder = folder
        self._program = Program("Prometheus", folder / "prometheus.log", free_port())
        site = replace(SITE, teams={NAMESPACE: "data"}, objectives={NAMESPACE: {"success": 0.99}})
        (folder / "rules.yaml").write_text(yaml.safe_dump(prometheus_rule_spec(site), width=1000))
        jobs = {
            "job_name": SPARK_JOBS_WORKER,
            "honor_labels": True,
            "static_configs": [{"targets": [f"127.0.0.1:{worker}"]}],
        }
        config = {
            "global": {"scrape_interval": EVERY, "evaluation_interval": EVERY, "scrape_timeout": EVERY},
            "rule_files": ["rules.yaml"],
            "scrape_configs": [jobs, states_job(_LIMITS, states)],
        }
        (folder / "prometheus.yaml").write_text(yaml.safe_dump(config))

    def start(self) -> None:
        """Start it with what is on its disk, and wait until it answers."""
        self._program.start(
            binary("prometheus"),
            f"--config.file={self._folder / 'prometheus.yaml'}",
            f"--storage.tsdb.path={self._folder / 'prometheus'}",
            f"--web.listen-address=127.0.0.1:{self._program.port}",
        )

    def kill(self) -> None:
        """End it at once, if it runs."""
        if self._program.process is not None:
            self._program.process.kill()
            self._program.stop()

    def totals(self) -> Counter[str]:
        """Runs that ended, by outcome, as our rule records them."""
        return self._by("outcome", f'sum by (outcome) ({TOTAL}{{namespace="{NAMESPACE}"}})')

    def finished(self) -> Counter[str]:
        """Runs that ended within the hour, by phase, as our rule records them."""
        return self._by(
            "phase", f'sum by (phase) (spark:drivers_finished:count1h{{namespace="{NAMESPACE}"}})'
        )

    def states(self) -> Counter[str]:
        """Applications that there are, by the operator's word, as our rule records them."""
        return self._by("state", f'count by (state) (spark:app:state{{namespace="{NAMESPACE}"}})')

    def failing_rules(self) -> dict[str, str]:
        """Rules that can't be evaluated, and why."""
        groups: list[dict[str, Any]] = self._api.get("rules")["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        assert rules, "it has no rules"
        return {rule["name"]: rule["lastError"] for rule in rules if rule.get("lastError")}

    @property
    def _api(self) -> PrometheusApi:
        return PrometheusApi(self._program.url)

    def _by(self, label: str, promql: str) -> Counter[str]:
        found = {each["metric"][label]: float(each["value"][1]) for each in self._api.query(promql)}
        assert all(value.is_integer() for value in found.values()), f"{promql}: {found}"
        return Counter({key: int(value) for key, value in found.items()})
