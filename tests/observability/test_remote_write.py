"""A store outside that refuses, or is down, is known by what the real Prometheus says of it."""

from __future__ import annotations

import http.server
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import urllib3
import yaml

from components.observability.alerts_remote import remote_alerts
from components.observability.remote_write import KEPT, LETS_GO
from components.observability.rule_model import one_line
from tests.binaries import binary, system_program
from tests.cluster.waiting import eventually
from tests.observability.api import PrometheusApi
from tests.observability.program import Program
from tests.store.gateway import free_port
from tests.support.serving import serving

pytestmark = pytest.mark.promtool

LEFT_SECONDS = 40.0
"""Twice what samples and metrics' names may take each, and as much for a busy machine."""

ANSWERS = {"takes": 204, "down": 500, "refuses": 400}
"""Stores by what each answers to a write."""

WAIT_SECONDS = 60.0


@contextmanager
def answering(status: int) -> Iterator[int]:
    """A store that gives every write the same answer; gives its port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with serving(server):
        yield server.server_address[1]


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusApi]:
    folder: Path = tmp_path_factory.mktemp("remote")
    port = free_port()
    with ExitStack() as stores:
        ports = {name: stores.enter_context(answering(status)) for name, status in ANSWERS.items()}
        keep = [{"source_labels": ["__name__"], "regex": KEPT, "action": "keep"}]
        config = {
            "global": {"scrape_interval": "1s"},
            "scrape_configs": [
                {"job_name": "prometheus", "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}
            ],
            "remote_write": [
                {"name": name, "url": f"http://127.0.0.1:{at}/push", "write_relabel_configs": keep}
                for name, at in ports.items()
            ],
        }
        (folder / "prometheus.yaml").write_text(yaml.safe_dump(config))
        program = Program("Prometheus", folder / "log", port)
        program.start(
            system_program("prometheus"),
            f"--config.file={folder / 'prometheus.yaml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            # It would wait for the one that is down.
            "--storage.remote.flush-deadline=1s",
        )
        try:
            yield PrometheusApi(program.url)
        finally:
            program.stop()


def test_the_alert_names_those_that_do_not_take_the_samples(prometheus: PrometheusApi) -> None:
    (alert,) = remote_alerts()

    def named() -> set[str]:
        return {each["metric"]["remote_name"] for each in prometheus.query(one_line(alert.expr))}

    eventually("the two are named", lambda: named() == {"down", "refuses"}, timeout=WAIT_SECONDS)
    sent = "prometheus_remote_storage_queue_highest_sent_timestamp_seconds"
    assert prometheus.query(f'time() - {sent}{{remote_name="takes"}} < 60'), "what is taken was sent"


@contextmanager
def hanging() -> Iterator[int]:
    """A store that takes connections and answers nothing; gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_rules_go_on_soon_after_a_store_that_hangs_is_left(tmp_path: Path) -> None:
    own, file = free_port(), tmp_path / "prometheus.yaml"
    with hanging() as port:
        config = {
            "global": {"scrape_interval": "1s"},
            "scrape_configs": [
                {"job_name": "prometheus", "static_configs": [{"targets": [f"127.0.0.1:{own}"]}]}
            ],
        }
        store = {"name": "hangs", "url": f"http://127.0.0.1:{port}/push"}
        file.write_text(yaml.safe_dump({**config, "remote_write": [store]}))
        program = Program("Prometheus", tmp_path / "log", own)
        program.start(
            binary("prometheus"),
            f"--config.file={file}",
            f"--storage.tsdb.path={tmp_path / 'data'}",
            f"--web.listen-address=127.0.0.1:{own}",
            "--web.enable-lifecycle",
            f"--{LETS_GO['name']}={LETS_GO['value']}",
        )
        try:
            api = PrometheusApi(program.url)
            waits = "prometheus_remote_storage_samples_pending > 0"
            eventually("samples wait for it", lambda: api.query(waits), timeout=WAIT_SECONDS)
            file.write_text(yaml.safe_dump(config))
            began = time.monotonic()
            urllib3.request("POST", f"{program.url}/-/reload", timeout=2 * WAIT_SECONDS, retries=False)
            assert time.monotonic() - began < LEFT_SECONDS
            assert api.query("up")
        finally:
            program.stop()
