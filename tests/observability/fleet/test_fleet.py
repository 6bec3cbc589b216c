"""10,000 executors, 12,500 pods that have ended, 5,000 SparkApplications: what their metrics may cost.

Prometheus, kube-state-metrics, API server and etcd are the real ones, with our rules, monitors and arguments.
Drivers are pages of series (`drivers.py`), and pods are objects without a node.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import yaml

from components.domain import Quota, Tenant, size_bytes
from components.kube.monitors import ScrapeLimits
from components.observability.alerts import prometheus_rule_spec
from components.records.monitoring import FINISHED_PODS, state_metrics_memory
from components.records.rights import SPARK_GROUP
from components.services.spark_operator.crds import typed_definition
from components.settings.observability import ObservabilitySettings
from tests.binaries import binary
from tests.cluster.conftest import Say, say
from tests.observability.api import PrometheusApi
from tests.observability.fleet import drivers, pods
from tests.observability.fleet.configuration import prometheus_config
from tests.observability.program import Program
from tests.observability.series import SITE as EVERYTHING
from tests.observability.state_metrics import StateMetrics
from tests.store.gateway import free_port
from tests.walls.conftest import CRDS
from tests.walls.server import ApiServer, api_server

__all__ = ["say"]

pytestmark = [pytest.mark.soak, pytest.mark.timeout(2400)]

SHARE = float(os.environ.get("SPARK_ON_EKS_FLEET_SHARE", "1"))
"""Part of the fleet, for a look at the test itself on a small machine; nothing is promised by less than 1."""

EXECUTORS = 100
DRIVERS = int(100 * SHARE)
FINISHED = int(FINISHED_PODS * SHARE)
APPLICATIONS = int(5000 * SHARE)
"""At work and ended; a third of these have no pods any more."""

TEAMS = {f"team{number}-prod": f"team{number}" for number in range(50)}

TENANTS = [
    Tenant(
        team=team,
        environment="prod",
        quota=Quota(cpu="1", memory="1Gi", pods=DRIVERS * (EXECUTORS + 1) // len(TEAMS)),
    )
    for team in TEAMS.values()
]
"""Whose quotas allow what runs here."""

SITE = replace(
    EVERYTHING,
    teams=TEAMS,
    objectives={namespace: {"success": 0.99, "timeliness": 0.95} for namespace in TEAMS},
)
"""Every rule and alert that there is, with what each team agreed on."""

MIB = 1024**2

CHOSEN = ObservabilitySettings()
LIMITS = ScrapeLimits(
    interval_seconds=CHOSEN.scrape_interval_seconds,
    samples=CHOSEN.samples_per_driver,
    drivers=CHOSEN.drivers_per_tenant,
)

LOOKED_AT = "2m"
"""The newest rounds: in the first ones all series are new, which happens after a restart alone."""

ROUNDS = 8
"""Scrapes and evaluations."""


@dataclass(frozen=True)
class Fleet:
    """What runs.

    Args:
        prometheus: its API.
        processes: id of each program's process, by name.
    """

    prometheus: PrometheusApi
    processes: dict[str, int]

    def value(self, promql: str) -> float:
        """The largest value of an expression."""
        found = [float(each["value"][1]) for each in self.prometheus.query(promql)]
        assert found, f"{promql} has no value"
        return max(found)

    def memory(self, name: str) -> int:
        """Bytes of memory that a program has (resident set)."""
        pages = Path(f"/proc/{self.processes[name]}/statm").read_text().split()
        return int(pages[1]) * resource.getpagesize()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with api_server(tmp_path_factory.mktemp("server")) as made:
        names = list(TEAMS)
        stored = pods.store(made.etcd, pods.running(names, DRIVERS, EXECUTORS))
        stored += pods.store(made.etcd, pods.finished(names, FINISHED, 9))
        assert stored == DRIVERS * (EXECUTORS + 1) + FINISHED
        _served(made)
        runs = pods.applications(names, DRIVERS, APPLICATIONS - DRIVERS)
        assert pods.store(made.etcd, runs) == APPLICATIONS
        yield made


def _served(server: ApiServer) -> None:
    """Have the API server know the operator's kinds, as they land."""
    for path in sorted(CRDS.glob("*.yaml")):
        definition = yaml.safe_load(path.read_text())
        body = {**definition, "spec": typed_definition(definition["spec"])}
        name = definition["metadata"]["name"]
        answer = server.apply(f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}", body)
        assert not answer.refusal, answer.refusal
    deadline = time.monotonic() + 60
    while server.call("GET", f"/apis/{SPARK_GROUP}/v1beta2/sparkapplications").refusal:
        assert time.monotonic() < deadline, "the operator's kinds are not served"
        time.sleep(0.5)


@pytest.fixture(scope="module")
def fleet(server: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    folder = tmp_path_factory.mktemp("fleet")
    states = StateMetrics(server, folder)
    states.start()
    pages = free_port()
    generator = subprocess.Popen(
        [sys.executable, "-m", drivers.__name__, str(pages), str(DRIVERS), str(EXECUTORS)]
    )
    own = free_port()
    config = prometheus_config(list(TEAMS), DRIVERS, LIMITS, pages=pages, states=states.port, own=own)
    (folder / "prometheus.yaml").write_text(yaml.safe_dump(config))
    (folder / "rules.yaml").write_text(yaml.safe_dump(prometheus_rule_spec(SITE), width=1000))
    prometheus = Program("Prometheus", folder / "prometheus.log", own)
    try:
        prometheus.start(
            binary("prometheus"),
            f"--config.file={folder / 'prometheus.yaml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{own}",
        )
        time.sleep(ROUNDS * LIMITS.interval_seconds)
        assert prometheus.process is not None
        assert states.process is not None
        processes = {
            "prometheus": prometheus.process.pid,
            "kube-state-metrics": states.process.pid,
        }
        yield Fleet(PrometheusApi(prometheus.url), processes)
    finally:
        prometheus.stop()
        generator.kill()
        states.kill()


def test_what_it_costs_is_what_is_promised(fleet: Fleet, say: Say) -> None:
    longest = {
        job: fleet.value(f'max(max_over_time(scrape_duration_seconds{{job="{job}"}}[{LOOKED_AT}]))')
        for job in ("spark-driver", "kube-state-metrics")
    }
    samples = {job: fleet.value(f'max(scrape_samples_scraped{{job="{job}"}})') for job in longest}
    rules = fleet.value(f"sum(max_over_time(prometheus_rule_group_last_duration_seconds[{LOOKED_AT}]))")
    slowest = fleet.value(f"max(max_over_time(prometheus_rule_group_last_duration_seconds[{LOOKED_AT}]))")
    memory = {name: fleet.memory(name) for name in fleet.processes}
    bounds = {
        "prometheus": size_bytes(CHOSEN.memory),
        "kube-state-metrics": size_bytes(state_metrics_memory(TENANTS)),
    }
    figures = [
        f"{DRIVERS} drivers of {EXECUTORS} executors, {FINISHED} finished pods, "
        f"{APPLICATIONS} SparkApplications",
        f"series: {fleet.value('prometheus_tsdb_head_series'):,.0f}",
        *(
            f"scrape of {job}: {took:.2f} s at most, of {samples[job]:,.0f} samples"
            for job, took in longest.items()
        ),
        f"rules: all groups {rules:.2f} s, the slowest {slowest:.2f} s, of {LIMITS.interval_seconds} s",
        *(f"memory of {name}: {memory[name] / MIB:,.0f} MiB of {bounds[name] / MIB:,.0f}" for name in memory),
    ]
    say("\n".join(figures))
    # At every scrape but the first one: a time-out minutes ago is one as well.
    all_along = f'min_over_time(up{{job=~"spark-driver|kube-state-metrics"}}[{LOOKED_AT}])'
    assert fleet.value(f"count({all_along} == 1)") == 2 * DRIVERS + 1
    assert fleet.value("count(spark:app:state == 1)") == APPLICATIONS
    assert fleet.value('sum(spark:pods:count{role="executor", phase="Running"})') == DRIVERS * EXECUTORS
    assert fleet.value('sum(spark:pods:count{phase=~"Succeeded|Failed"})') == FINISHED
    # An answer that came too late is none, so all are up; what is taken in has to be done before the next.
    assert max(longest.values()) < LIMITS.interval_seconds
    assert fleet.value("sum(prometheus_rule_evaluation_failures_total)") == 0
    assert fleet.value(f"sum(increase(prometheus_rule_group_iterations_missed_total[{LOOKED_AT}]))") == 0
    assert slowest < LIMITS.interval_seconds
    assert {name: memory[name] < bounds[name] for name in memory} == dict.fromkeys(memory, True)
