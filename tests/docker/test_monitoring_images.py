"""The images of the collection run as strictly as its pods do, with the arguments that those are given."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from components import versions
from components.observability import workloads
from components.observability.prometheus import PAGE_FOLDER
from components.observability.state_metrics import custom_resource_state
from components.observability.workloads import USER
from tests.cluster.waiting import eventually
from tests.docker.conftest import OpenImage

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

WAIT_SECONDS = 30.0


def container_of(manifests: list[dict[str, Any]]) -> dict[str, Any]:
    """The only container of what runs among the manifests."""
    (pod,) = (
        each["spec"]["template"]["spec"] for each in manifests if each["kind"] in ("Deployment", "DaemonSet")
    )
    (container,) = pod["containers"]
    assert isinstance(container, dict)
    return container


def get(port: int, path: str = "/metrics") -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
        text = answer.read().decode()
        assert isinstance(text, str)
        return text


def metrics(port: int) -> Callable[[], str | None]:
    """What is exported there; None while nothing listens."""

    def ask() -> str | None:
        try:
            return get(port)
        except OSError:
            return None

    return ask


def test_prometheus_is_the_pinned_one_and_serves_the_page(unpacked: OpenImage, tmp_path: Path) -> None:
    (tmp_path / "prometheus.yml").write_text("global: {scrape_interval: 15s}\n")
    tmp_path.chmod(0o755)
    image = unpacked("prometheus")
    port = 39090
    container = image.start(
        "--config.file=/configuration/prometheus.yml",
        "--storage.tsdb.path=/tmp/data",
        f"--web.listen-address=127.0.0.1:{port}",
        f"--web.user-assets={PAGE_FOLDER}",
        uid=USER,
        gid=USER,
        mounts={tmp_path: "/configuration"},
    )
    try:
        found = eventually("Prometheus answers", metrics(port), timeout=WAIT_SECONDS)
        assert f'version="{versions.PROMETHEUS}' in found
        assert "<html" in get(port, "/user/").lower()
        assert "uPlot" in get(port, "/user/uPlot.esm.js")
    finally:
        container.remove()


def test_the_operator_takes_its_arguments_and_then_asks_for_a_cluster(unpacked: OpenImage) -> None:
    container = container_of(workloads.prometheus_operator("registry.example/operator:1"))
    status, output = unpacked("prometheus-operator").run(*container["args"], uid=USER, gid=USER, timeout=60)
    assert "flag provided but not defined" not in output, output
    assert status != 0, "there is no cluster here"
    assert f"version={versions.PROMETHEUS_OPERATOR}" in output, output


def test_the_reloader_lies_where_the_operator_starts_it(unpacked: OpenImage) -> None:
    image = unpacked("prometheus-operator")
    assert (image.root / "bin" / "prometheus-config-reloader").is_file()


def test_kube_state_metrics_takes_its_arguments_and_then_asks_for_a_cluster(
    unpacked: OpenImage, tmp_path: Path
) -> None:
    (tmp_path / "custom-resource-state.yaml").write_text(json.dumps(custom_resource_state()))
    tmp_path.chmod(0o755)
    container = container_of(workloads.state_metrics("registry.example/ksm:1", "512Mi"))
    image = unpacked("kube-state-metrics")
    arguments = [*container["args"], "--apiserver=https://127.0.0.1:1"]
    status, output = image.run(
        *arguments, uid=USER, gid=USER, mounts={tmp_path: "/etc/kube-state-metrics"}, timeout=90
    )
    assert "unknown flag" not in output, output
    assert status != 0, "there is no cluster here"
    assert "127.0.0.1:1" in output, output


def test_the_node_exporter_shows_the_machine_and_runs_no_collector_unasked(unpacked: OpenImage) -> None:
    container = container_of(workloads.node_exporter("registry.example/node-exporter:1"))
    port = 39100
    arguments = [
        re.sub(r"\[.*\]:\d+", f"127.0.0.1:{port}", each).replace("/host/root", "/").replace("/host", "")
        for each in container["args"]
    ]
    running = unpacked("node-exporter").start(*arguments, uid=USER, gid=USER)
    try:
        found = eventually("the exporter answers", metrics(port), timeout=WAIT_SECONDS)
        for name in ("node_cpu_seconds_total", "node_memory_MemAvailable_bytes", "node_load1"):
            assert f"\n{name}" in found, name
        assert "node_systemd" not in found
        assert 'node_scrape_collector_success{collector="cpu"} 1' in found
    finally:
        running.remove()


def test_the_history_exporter_runs_with_debians_own_library(unpacked: OpenImage) -> None:
    port = 39180
    environment = {
        "HISTORY_URL": "http://127.0.0.1:1",
        "LEDGER": "/tmp/ledger.json",
        "TEAMS": "{}",
        "PORT": str(port),
        "POLL_SECONDS": "1",
        "RUNS_PER_POLL": "1",
        "NAMES_PER_NAMESPACE": "1",
        "FORGET_SECONDS": "1",
        "ANNOUNCE_SECONDS": "0",
    }
    image = unpacked("history_exporter")
    running = image.start(uid=USER, gid=USER, environment=environment)
    try:
        found = eventually("the exporter answers", metrics(port), timeout=WAIT_SECONDS)
        assert "spark_history_poll_errors_total" in found
    finally:
        running.remove()
    status, version = image.run(uid=USER, gid=USER, environment={**environment, "LEDGER": "/"})
    assert status == 1, "a ledger that can't be read is an error at once"
    assert "can't be read" in version
