"""The history exporter against a real history server and the event logs of real runs."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import ROOT
from tests.support.distributions import Distribution
from tests.support.history_provider import compiled
from tests.support.history_server import history_server

pytestmark = [pytest.mark.spark, pytest.mark.timeout(600)]

PROGRAM = Path(__file__).parent / "counted.py"
ROWS = 1000
DISTINCT = 10
WAIT_SECONDS = 90.0
INTERVAL_END = "2026-01-02T00:00:00+00:00"
LABELS = {"namespace": "data-dev", "spark_job": "etl", "team": "data"}

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(what: str, ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        try:
            if ready():
                return
        except (OSError, ValueError):
            # Not there yet, or there before its pages are: then the history server's answer is empty.
            pass
        time.sleep(0.3)
    raise AssertionError(f"{what}: not within {WAIT_SECONDS:.0f} s")


@dataclass(frozen=True)
class Site:
    """A history server, the logs that it reads, and what runs jobs that write them."""

    distribution: Distribution
    folder: Path
    url: str

    def run(self, name: str, *, outcome: str = "succeed") -> None:
        """Run the job once, as an application of that name in the namespace data-dev."""
        properties = {
            "spark.ui.enabled": "false",
            "spark.eventLog.enabled": "true",
            "spark.eventLog.dir": (self.folder / "events" / "data-dev").as_uri(),
            "spark.eventLog.rolling.enabled": "true",
            "spark.kubernetes.namespace": "forged",
            "spark.platform.dataIntervalEnd": INTERVAL_END,
            "spark.sql.shuffle.partitions": "2",
            "spark.driver.extraJavaOptions": f"-Dderby.system.home={self.folder}",
        }
        command = [
            str(self.distribution.home / "bin" / "spark-submit"),
            *("--master", "local[1]", "--name", name),
            *(part for key, value in properties.items() for part in ("--conf", f"{key}={value}")),
            *(str(PROGRAM), str(self.folder / "input.txt"), str(self.folder / "output"), outcome),
        ]
        done = subprocess.run(
            command,
            env=self.distribution.brief,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode == 0) == (outcome == "succeed"), done.stderr[-2000:]

    def listed(self) -> int:
        """How many runs the history server lists as ended."""
        listing = f"{self.url}/api/v1/applications?status=completed"
        with urllib.request.urlopen(listing, timeout=10) as answer:  # noqa: S310 - loopback
            return len(json.load(answer))


@pytest.fixture(scope="module")
def site(distribution: Distribution, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("history")
    (folder / "events" / "data-dev").mkdir(parents=True)
    (folder / "input.txt").write_text("".join(f"line {number % DISTINCT}\n" for number in range(ROWS)))
    classes = compiled(distribution.home / "jars", folder / "classes")
    with history_server(distribution, classes, folder, {"spark.history.tenants": "data-dev"}) as server:
        found = Site(distribution, folder, server.url)
        eventually("the history server answers", lambda: found.listed() >= 0)
        yield found


@dataclass(frozen=True)
class Exporter:
    """A running exporter."""

    process: subprocess.Popen[bytes]
    port: int

    def samples(self) -> Samples:
        """What Prometheus would read now."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        return {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    def of(self, name: str, **labels: str) -> float | None:
        """The value of one series; None if there is none."""
        return self.samples().get((name, tuple(sorted(labels.items()))))


@contextmanager
def exporter(site: Site, ledger: Path) -> Iterator[Exporter]:
    """Run the exporter as its image does; it is killed at the end, not stopped."""
    port = free_port()
    settings = {
        "HISTORY_URL": site.url,
        "LEDGER": str(ledger),
        "TEAMS": json.dumps({"data-dev": "data"}),
        "PORT": str(port),
        "POLL_SECONDS": "0.3",
        "RUNS_PER_POLL": "10",
        "NAMES_PER_NAMESPACE": "50",
        "FORGET_SECONDS": "86400",
        "ANNOUNCE_SECONDS": "0",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "apps.history_exporter"], cwd=ROOT, env={**os.environ, **settings}
    )
    running = Exporter(process, port)
    try:
        eventually("the exporter answers", lambda: bool(running.samples()))
        yield running
    finally:
        process.kill()
        process.wait()


def finished(running: Exporter, outcome: str, **labels: str) -> float:
    return running.of("spark_history_apps_finished_total", outcome=outcome, **labels) or 0


@pytest.fixture(scope="module")
def ledger(site: Site) -> Path:
    return site.folder / "ledger.json"


@pytest.fixture(scope="module")
def first(site: Site, ledger: Path) -> Samples:
    """What is exported after one run that succeeded and one whose job failed."""
    with exporter(site, ledger) as running:
        site.run("etl")
        site.run("etl", outcome="fail")
        eventually(
            "both runs are counted",
            lambda: finished(running, "completed", **LABELS) + finished(running, "failed", **LABELS) == 2,
        )
        return running.samples()


def value(samples: Samples, name: str, **labels: str) -> float:
    return samples[name, tuple(sorted(labels.items()))]


def test_rows_and_bytes_are_those_that_the_runs_read_and_wrote(first: Samples, site: Site) -> None:
    size = (site.folder / "input.txt").stat().st_size
    assert value(first, "spark_history_input_records_total", **LABELS) == 2 * ROWS
    assert value(first, "spark_history_input_bytes_total", **LABELS) >= 2 * size
    assert value(first, "spark_history_output_records_total", **LABELS) == 2 * DISTINCT
    assert value(first, "spark_history_output_bytes_total", **LABELS) > 0


def test_what_was_shuffled_was_written_and_read(first: Samples) -> None:
    written = value(first, "spark_history_shuffle_write_bytes_total", **LABELS)
    assert written > 0
    assert value(first, "spark_history_shuffle_read_bytes_total", **LABELS) == written


def test_a_run_with_a_failed_job_is_told_from_one_without(first: Samples) -> None:
    assert value(first, "spark_history_apps_finished_total", outcome="completed", **LABELS) == 1
    assert value(first, "spark_history_apps_finished_total", outcome="failed", **LABELS) == 1


def test_durations_and_ends_are_those_of_the_runs(first: Samples) -> None:
    assert value(first, "spark_history_app_duration_seconds_count", **LABELS) == 2
    assert value(first, "spark_history_app_duration_seconds_sum", **LABELS) > 1
    assert time.time() - value(first, "spark_history_newest_end_timestamp_seconds") < WAIT_SECONDS


def test_up_to_where_the_data_reaches_is_what_the_runs_say(first: Samples) -> None:
    assert value(first, "spark_history_data_interval_end_timestamp_seconds", **LABELS) == 1767312000


def test_polling_went_well(first: Samples) -> None:
    assert value(first, "spark_history_poll_errors_total") == 0
    assert value(first, "spark_history_last_poll_timestamp_seconds") > 0


def test_a_restart_neither_loses_a_run_nor_counts_one_twice(first: Samples, site: Site, ledger: Path) -> None:
    before = site.listed()
    site.run("etl")  # while no exporter runs
    eventually("the new run is listed", lambda: site.listed() == before + 1)
    with exporter(site, ledger) as running:
        eventually("the new run is counted", lambda: finished(running, "completed", **LABELS) == 2)
        time.sleep(2)  # further polls, which list the same runs again
        assert finished(running, "completed", **LABELS) == 2
        assert running.of("spark_history_input_records_total", **LABELS) == 3 * ROWS


def test_without_a_ledger_the_history_of_before_is_not_counted(first: Samples, site: Site) -> None:
    with exporter(site, site.folder / "new.json") as running:
        eventually("a poll has ended", lambda: bool(running.of("spark_history_last_poll_timestamp_seconds")))
        assert running.of("spark_history_input_records_total", **LABELS) is None


def test_a_history_server_that_does_not_answer_is_counted_and_survived(site: Site, tmp_path: Path) -> None:
    nowhere = Site(site.distribution, site.folder, f"http://127.0.0.1:{free_port()}")
    with exporter(nowhere, tmp_path / "ledger.json") as running:
        eventually("errors are counted", lambda: (running.of("spark_history_poll_errors_total") or 0) >= 2)
        assert running.process.poll() is None
        assert running.of("spark_history_last_poll_timestamp_seconds") == 0
