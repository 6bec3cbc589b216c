"""Ten thousand executors, and as many finished pods as Kubernetes keeps: what watching them costs.

Real are the API server, kube-state-metrics and Prometheus with all rules and relabelings of the platform.
Drivers and kubelets are pages that are made up from what one real driver shows.
"""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import urllib3
import yaml

from components.domain import size_bytes
from components.kube.monitors import Relabeling
from components.observability import scrape_jobs as jobs
from components.observability.alerts import prometheus_rule_spec
from components.observability.cardinality import driver_relabelings, executor_relabelings
from components.observability.state_metrics import arguments
from components.settings.observability import ObservabilitySettings
from tests.binaries import binary, system_program
from tests.observability.api import PrometheusApi
from tests.observability.fleet import pages
from tests.observability.fleet.pods import Pod, write
from tests.observability.program import Program
from tests.observability.series import SITE
from tests.store.gateway import free_port
from tests.walls.server import ApiServer, api_server

pytestmark = [pytest.mark.apiserver, pytest.mark.promtool, pytest.mark.soak, pytest.mark.timeout(2400)]

NAMESPACES = tuple(f"team{number}-prod" for number in range(50))
DRIVERS = 100
EXECUTORS_EACH = 100
FINISHED = 12_500
"""`--terminated-pod-gc-threshold` of kube-controller-manager: of more, the oldest are removed."""

INTERVAL_SECONDS = 30
ROUNDS = 4
KNOWN_SECONDS = 900.0

DEFAULTS = ObservabilitySettings()


def running() -> Iterator[Pod]:
    for driver in range(DRIVERS):
        where = {
            "namespace": NAMESPACES[driver % len(NAMESPACES)],
            "app": f"job-{driver}",
            "phase": "Running",
        }
        yield Pod(role="driver", number=0, **where)
        yield from (Pod(role="executor", number=number + 1, **where) for number in range(EXECUTORS_EACH))


def finished() -> Iterator[Pod]:
    for number in range(FINISHED):
        run, executor = divmod(number, EXECUTORS_EACH)
        where = {"namespace": NAMESPACES[run % len(NAMESPACES)], "app": f"ended-{run}"}
        phase = "Failed" if number % 50 == 0 else "Succeeded"
        yield Pod(role="executor" if executor else "driver", number=executor, phase=phase, **where)


@dataclass(frozen=True)
class Load:
    """What was measured.

    Args:
        figures: name -> value.
    """

    figures: Mapping[str, float]


@contextmanager
def state_metrics(server: ApiServer, folder: Path) -> Iterator[tuple[str, int]]:
    """The real program over the API server: its address, and its process."""
    kubeconfig = folder / "kubeconfig"
    cluster = {"server": f"https://{server.address}", "insecure-skip-tls-verify": True}
    kubeconfig.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "all",
                "clusters": [{"name": "all", "cluster": cluster}],
                "users": [{"name": "all", "user": {"token": server.token}}],
                "contexts": [{"name": "all", "context": {"cluster": "all", "user": "all"}}],
            }
        )
    )
    port, telemetry = free_port(), free_port()
    # Of applications there are none here, so neither is what describes them.
    given = [
        each
        for each in arguments(port=port, telemetry_port=telemetry)
        if not each.startswith("--custom-resource-state")
    ]
    with (folder / "kube-state-metrics.log").open("wb") as log:
        process = subprocess.Popen(
            [
                str(binary("kube-state-metrics")),
                f"--kubeconfig={kubeconfig}",
                "--host=127.0.0.1",
                "--telemetry-host=127.0.0.1",
                *given,
            ],
            stdout=log,
            stderr=log,
        )
    try:
        yield f"127.0.0.1:{port}", process.pid
    finally:
        process.kill()
        process.wait()


def configured(relabelings: list[Relabeling]) -> list[dict[str, Any]]:
    """Relabelings as Prometheus' own file has them: the operator writes the keys in another way."""
    return [
        {re.sub("[A-Z]", lambda found: f"_{found[0].lower()}", key): value for key, value in each.items()}
        for each in relabelings
    ]


def scraped(ksm: str, others: str) -> list[dict[str, Any]]:
    """What Prometheus is told to scrape."""
    drivers = [
        {
            "targets": [others],
            "labels": {
                "namespace": NAMESPACES[driver % len(NAMESPACES)],
                "pod": f"job-{driver}-driver",
                "__metrics_path__": f"/job-{driver}",
            },
        }
        for driver in range(DRIVERS)
    ]
    return [
        {"job_name": jobs.KUBE_STATE_METRICS, "honor_labels": True, "static_configs": [{"targets": [ksm]}]},
        {
            "job_name": jobs.KUBELET,
            "honor_labels": True,
            "metrics_path": "/kubelets",
            "static_configs": [{"targets": [others], "labels": {"metrics_path": jobs.RESOURCE_PATH}}],
        },
        {
            "job_name": jobs.SPARK_DRIVER,
            "static_configs": drivers,
            "metric_relabel_configs": configured([*executor_relabelings(), *driver_relabelings()]),
            "sample_limit": DEFAULTS.samples_per_driver,
        },
    ]


def resident(process: int) -> tuple[float, float]:
    """Bytes in memory of a process: now, and at most."""
    text = Path(f"/proc/{process}/status").read_text()
    return tuple(1024.0 * int(re.search(rf"{key}:\s+(\d+)", text)[1]) for key in ("VmRSS", "VmHWM"))  # type: ignore[index]


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Load]:
    folder = tmp_path_factory.mktemp("fleet")
    alive = list(running())
    by_app: dict[str, list[Pod]] = {}
    for each in alive:
        by_app.setdefault(each.app, []).append(each)
    shown = {f"/{app}": pages.of_driver(app, found[1:]) for app, found in by_app.items()}
    shown["/kubelets"] = pages.of_kubelets(alive)
    with (
        api_server(folder) as server,
        pages.served(shown) as others,
        state_metrics(server, folder) as (ksm, ksm_process),
    ):
        for namespace in NAMESPACES:
            body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
            assert server.call("POST", "/api/v1/namespaces", body).refusal == ""
        write(server.etcd, [*alive, *finished()])
        yield Load(_watched(folder, ksm, ksm_process, others))


def _watched(folder: Path, ksm: str, ksm_process: int, others: str) -> dict[str, float]:
    """Let Prometheus look at all of it for some rounds, and ask what that took."""
    site = replace(SITE, teams={each: each.partition("-")[0] for each in NAMESPACES}, objectives={})
    (folder / "rules.yaml").write_text(yaml.safe_dump(prometheus_rule_spec(site), width=1000))
    every = f"{INTERVAL_SECONDS}s"
    times = {"scrape_interval": every, "scrape_timeout": every, "evaluation_interval": every}
    config = {"global": times, "rule_files": ["rules.yaml"], "scrape_configs": scraped(ksm, others)}
    (folder / "prometheus.yaml").write_text(yaml.safe_dump(config))
    port = free_port()
    prometheus = Program("Prometheus", folder / "prometheus.log", port)
    prometheus.start(
        system_program("prometheus"),
        f"--config.file={folder / 'prometheus.yaml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    )
    try:
        api = PrometheusApi(prometheus.url)
        _until(api, 'count(spark:pod:phase{phase="Running"})', DRIVERS * (EXECUTORS_EACH + 1))
        _until(api, 'count(kube_pod_status_phase{phase=~"Succeeded|Failed"} == 1)', FINISHED)
        time.sleep(ROUNDS * INTERVAL_SECONDS)
        return dict(_asked(api)) | dict(_memory(prometheus, ksm_process))
    finally:
        prometheus.stop()


def _until(api: PrometheusApi, question: str, number: int) -> None:
    deadline = time.monotonic() + KNOWN_SECONDS
    while True:
        found = _one(api, question)
        if found == number:
            return
        assert time.monotonic() < deadline, f"{question}: {found}, not {number}"
        time.sleep(5)


def _one(api: PrometheusApi, question: str) -> float:
    return max((float(each["value"][1]) for each in api.query(question)), default=0.0)


def _asked(api: PrometheusApi) -> Iterator[tuple[str, float]]:
    window = f"[{ROUNDS * INTERVAL_SECONDS}s]"
    for job in (jobs.KUBE_STATE_METRICS, jobs.SPARK_DRIVER):
        yield (
            f"scrape of {job}, s",
            _one(api, f'max(max_over_time(scrape_duration_seconds{{job="{job}"}}{window}))'),
        )
        yield f"samples of {job}", _one(api, f'sum(scrape_samples_post_metric_relabeling{{job="{job}"}})')
    yield "answers, of those asked", _one(api, "avg(up)")


def _memory(prometheus: Program, ksm_process: int) -> Iterator[tuple[str, float]]:
    page = _page(prometheus.url)
    rules = [v for k, v in page.items() if k.startswith("prometheus_rule_group_last_duration_seconds{")]
    yield "all rules, s", sum(rules)
    yield "series", page["prometheus_tsdb_head_series"]
    yield (
        "rules that failed",
        sum(v for k, v in page.items() if k.startswith("prometheus_rule_evaluation_failures")),
    )
    assert prometheus.process is not None
    yield "memory of Prometheus, MiB", resident(prometheus.process.pid)[1] / 2**20
    yield "memory of kube-state-metrics, MiB", resident(ksm_process)[1] / 2**20


def _page(url: str) -> dict[str, float]:
    text = urllib3.request("GET", f"{url}/metrics").data.decode()
    pairs = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in pairs}


def test_every_scrape_and_rule_is_done_long_before_the_next_round(load: Load) -> None:
    print(json.dumps(load.figures, indent=1))
    assert load.figures["answers, of those asked"] == 1
    assert load.figures["rules that failed"] == 0
    taken = {name: value for name, value in load.figures.items() if name.endswith(", s")}
    assert len(taken) == 3
    assert not {name: value for name, value in taken.items() if value > INTERVAL_SECONDS}


def test_prometheus_stays_within_the_memory_that_it_has_by_default(load: Load) -> None:
    assert load.figures["memory of Prometheus, MiB"] * 2**20 < size_bytes(DEFAULTS.memory)
