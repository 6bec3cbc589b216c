"""Loki gets a trace as one entry, whatever it is of, while the archive keeps each line as it was printed."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from components.services.logs.collector import ENTRY_BYTES
from tests.apps.run_logs import DRIVER, PATIENCE, Collector, PodLog, wait_for
from tests.store.conftest import TENANTS
from tests.store.gateway import Gateway, free_port

pytestmark = pytest.mark.store


@dataclass
class Taken:
    """What stands for Loki was sent.

    Args:
        url: where it is sent.
        entries: what each entry says, in the order in which they came.
    """

    url: str
    entries: list[str] = field(default_factory=list)

    def wait_for(self, count: int) -> list[str]:
        """Wait for that many entries, and return what there is."""
        deadline = time.monotonic() + PATIENCE
        while len(self.entries) < count and time.monotonic() < deadline:
            time.sleep(0.1)
        return self.entries


@contextmanager
def endpoint() -> Iterator[Taken]:
    """Take logs by OTLP, as JSON."""
    taken = Taken("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            taken.entries += [
                record["body"]["stringValue"]
                for resource in said["resourceLogs"]
                for scope in resource["scopeLogs"]
                for record in scope["logRecords"]
            ]
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    taken.url = f"http://127.0.0.1:{server.server_port}/otlp"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield taken
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def loki() -> Iterator[Taken]:
    with endpoint() as taken:
        yield taken


@pytest.fixture
def collector(gateway: Gateway, loki: Taken, tmp_path: Path) -> Iterator[Collector]:
    """A collector that runs, with an endpoint beside the store."""
    done = gateway.set_up(TENANTS, scratch=tmp_path / "setup")
    assert done.returncode == 0, done.stderr
    made = Collector(store=gateway, folder=tmp_path / "node", loki=loki.url)
    made.start()
    yield made
    made.stop(signal.SIGKILL)


JVM = [
    "26/11/27 10:00:01 ERROR Executor: a task failed",
    "java.lang.IllegalStateException: one",
    "\tat org.example.Job$Frame.call(Job.scala:12)",
    "Caused by: java.io.IOException: no space left",
    "\tat org.example.Disk.write(Disk.scala:3)",
    "\t... 12 more",
    "",
    "Driver stacktrace:",
    "\tat org.apache.spark.scheduler.DAGScheduler.abort(DAGScheduler.scala:9)",
]
PYTHON = [
    "a day is missing",
    "Traceback (most recent call last):",
    '  File "job.py", line 7, in <module>',
    "KeyError: 'day'",
    "",
    "During handling of the above exception, another exception occurred:",
    "",
    "Traceback (most recent call last):",
    '  File "job.py", line 9, in <module>',
    "py4j.protocol.Py4JJavaError: An error occurred while calling o45.count.",
    ": org.apache.spark.SparkException: Job aborted",
    "\tat org.example.Job$Frame.call(Job.scala:12)",
]
PLAIN = ["26/11/27 10:00:00 INFO SparkContext: begins", "Error rates: 3 of 100", "|a|b|"]


def test_a_trace_is_one_entry_and_each_line_beside_it_one_of_its_own(
    collector: Collector, loki: Taken
) -> None:
    lines = [*PLAIN, *JVM, *PYTHON, *PLAIN]
    PodLog(collector.logs, "data-dev", "traces").write(*lines)
    entries = [*PLAIN, "\n".join(JVM), "\n".join(PYTHON), *PLAIN]
    assert loki.wait_for(len(entries)) == entries
    wanted = {f"data-dev/traces/{DRIVER}": "".join(f"{line}\n" for line in lines)}
    assert wait_for(collector.store, wanted) == wanted


def test_traces_of_two_pods_at_once_stay_apart(collector: Collector, loki: Taken) -> None:
    logs = [PodLog(collector.logs, "data-dev", name) for name in ("one", "two")]
    for line in JVM:
        for log in logs:
            log.write(line)
            time.sleep(0.02)
    assert loki.wait_for(2) == ["\n".join(JVM)] * 2


def test_a_trace_without_end_is_cut_before_it_is_too_long_for_loki(collector: Collector, loki: Taken) -> None:
    frames = [f"\tat org.example.Frame{number:0>900}.call(Frame.scala)" for number in range(500)]
    PodLog(collector.logs, "data-dev", "endless").write("a task failed", *frames)
    deadline = time.monotonic() + PATIENCE
    while sum(each.count("\n") + 1 for each in loki.entries) < 501 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert "\n".join(loki.entries) == "\n".join(["a task failed", *frames])
    assert len(loki.entries) > 1
    assert max(map(len, loki.entries)) <= ENTRY_BYTES + 1024


def test_a_loki_that_is_away_keeps_no_line_from_the_archive(gateway: Gateway, tmp_path: Path) -> None:
    done = gateway.set_up(TENANTS, scratch=tmp_path / "setup")
    assert done.returncode == 0, done.stderr
    made = Collector(store=gateway, folder=tmp_path / "node", loki=f"http://127.0.0.1:{free_port()}/otlp")
    made.start()
    try:
        # Twice as much as waits for Loki on the node's disk.
        lines = [f"{number:0>1023}" for number in range(2 * made.queue_bytes // 1024)]
        PodLog(made.logs, "data-dev", "away").write(*lines)
        wanted = {f"data-dev/away/{DRIVER}": "".join(f"{line}\n" for line in lines)}
        assert wait_for(made.store, wanted) == wanted
    finally:
        made.stop(signal.SIGKILL)
