"""TPC-H at scale 1 through the platform: every answer is DuckDB's, and no executor outgrows its pod."""

from __future__ import annotations

import json
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rich.table import Table

from components.domain import PodSize
from flights import Platform, open_store
from tests.cluster.conftest import Say
from tests.cluster.waiting import eventually
from tests.support import tpch
from tests.support.distributions import Distribution
from tests.support.tpch import Tpch
from toolchain.kubectl import Kubectl

pytestmark = [pytest.mark.cluster, pytest.mark.soak, pytest.mark.timeout(3600)]

PROGRAM = Path(__file__).parent / "programs" / "tpch.py"
END_SECONDS = 1800.0
CORES = 2
HEAP = "1800m"
"""Of the executor, and of the only JVM of local mode: with this heap one was killed at heap and 384 MiB."""

QUERIES = 22


@dataclass(frozen=True)
class Runs:
    """Both runs, by query.

    Args:
        data: tables, queries and answers.
        platform: what Spark answered on the platform: rows and seconds.
        local: the same in local mode.
        executor: pod of the executor, after its end.
    """

    data: Tpch
    platform: dict[int, dict[str, Any]]
    local: dict[int, dict[str, Any]]
    executor: dict[str, Any]


def definition(name: str, platform: Platform, folder: str) -> dict[str, Any]:
    """One executor with as many cores as local mode has, and as much heap."""
    bucket = f"s3a://{platform.data_bucket}/{folder}"
    return {
        "apiVersion": "sparkoperator.k8s.io/v1beta2",
        "kind": "SparkApplication",
        "metadata": {"name": name, "namespace": platform.namespace},
        "spec": {
            "type": "Python",
            "mode": "cluster",
            "sparkVersion": "4.1.2",
            "mainApplicationFile": f"s3a://{platform.artifacts_bucket}/{folder}/tpch.py",
            "arguments": [f"{bucket}/tables", f"{bucket}/queries.json", f"{bucket}/runs/{name}"],
            "restartPolicy": {"type": "Never"},
            # Python runs in the driver alone: what the executor gets is what a job of the JVM gets.
            "memoryOverheadFactor": "0.2",
            "driver": {
                "cores": 1,
                "coreRequest": "250m",
                "memory": "1g",
                "serviceAccount": "spark-driver",
            },
            "executor": {
                "instances": 1,
                "cores": CORES,
                "coreRequest": "400m",
                "memory": HEAP,
                "serviceAccount": "spark-executor",
            },
        },
    }


def by_number(text: str) -> dict[int, dict[str, Any]]:
    """What the program wrote: a line of JSON for each query."""
    return {each["number"]: each for each in map(json.loads, text.splitlines())}


@contextmanager
def on_platform(
    kubectl: Kubectl, platform: Platform, data: Tpch
) -> Iterator[tuple[dict[int, dict[str, Any]], dict[str, Any]]]:
    """Run the queries, and give what they answered and the executor's pod."""
    name, folder = f"tpch-{secrets.token_hex(3)}", f"{platform.namespace}/tpch"
    with open_store(platform) as store:
        for table in tpch.TABLES:
            path = data.tables / f"{table}.parquet"
            store.upload(path, platform.data_bucket, f"{folder}/tables/{path.name}")
        store.write(platform.data_bucket, f"{folder}/queries.json", data.queries.encode())
        store.upload(PROGRAM, platform.artifacts_bucket, f"{folder}/{PROGRAM.name}")
    kubectl.create(definition(name, platform, folder))
    try:
        state = eventually("the end", lambda: ended(kubectl, platform, name), timeout=END_SECONDS, every=5)
        assert state["state"] == "COMPLETED", state
        pods = kubectl.list("pods", platform.namespace, f"sparkoperator.k8s.io/app-name={name}")
        (executor,) = (pod for pod in pods if pod["metadata"]["labels"]["spark-role"] == "executor")
        with open_store(platform) as store:
            keys = store.keys(platform.data_bucket, f"{folder}/runs/{name}")
            (key,) = (key for key in keys if "/part-" in key)
            written = store.read(platform.data_bucket, key)
        assert written is not None
        yield by_number(written.decode()), executor
    finally:
        kubectl.delete("sparkapplication", name, platform.namespace)


def ended(kubectl: Kubectl, platform: Platform, name: str) -> dict[str, Any] | None:
    job = kubectl.get("sparkapplication", name, platform.namespace) or {}
    state: dict[str, Any] = job.get("status", {}).get("applicationState", {})
    return state if state.get("state") in ("COMPLETED", "FAILED") else None


def in_local_mode(distribution: Distribution, data: Tpch, folder: Path) -> dict[int, dict[str, Any]]:
    """The same program and tables in one JVM, without a cluster and a store."""
    queries = folder / "queries.json"
    queries.write_text(data.queries)
    subprocess.run(
        [
            str(distribution.home / "bin" / "spark-submit"),
            *("--master", f"local[{CORES}]", "--driver-memory", HEAP),
            *("--conf", f"spark.local.dir={folder}", "--conf", "spark.ui.enabled=false"),
            *(str(PROGRAM), str(data.tables), str(queries), str(folder / "answers")),
        ],
        env=distribution.environment,
        cwd=folder,
        check=True,
    )
    (written,) = (folder / "answers").glob("part-*")
    return by_number(written.read_text())


@pytest.fixture(scope="module")
def runs(
    kubectl: Kubectl,
    mine: Platform,
    distribution: Distribution,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Runs]:
    """One run on the platform, then one in local mode."""
    data = tpch.fetch()
    with on_platform(kubectl, mine, data) as (answered, executor):
        local = in_local_mode(distribution, data, tmp_path_factory.mktemp("local"))
        yield Runs(data, answered, local, executor)


def test_every_answer_is_duckdbs(runs: Runs, say: Say) -> None:
    table = Table("query", "rows", "platform s", "local mode s", title="TPC-H, scale 1")
    for number, found in sorted(runs.platform.items()):
        seconds = (f"{each[number]['seconds']:.1f}" for each in (runs.platform, runs.local))
        table.add_row(str(number), str(len(found["rows"])), *seconds)
    totals = (f"{sum(q['seconds'] for q in each.values()):.0f}" for each in (runs.platform, runs.local))
    table.add_row("all", "", *totals)
    say(table)
    expected = {each["number"]: each["rows"] for each in runs.data.answers}
    assert len(expected) == QUERIES
    for answered in (runs.platform, runs.local):
        found = {
            number: tpch.differences(rows, answered[number]["rows"]) for number, rows in expected.items()
        }
        assert {number: some[:2] for number, some in found.items() if some} == {}


def test_the_executor_stays_within_heap_and_the_least_overhead(runs: Runs) -> None:
    (container,) = runs.executor["spec"]["containers"]
    size = PodSize(cores=CORES, cpu_request="400m", memory=HEAP)
    assert container["resources"]["limits"]["memory"] == f"{size.pod_memory_bytes // 2**20}Mi"
    (status,) = runs.executor["status"]["containerStatuses"]
    assert (status["state"]["terminated"]["reason"], status["restartCount"]) == ("Completed", 0)
